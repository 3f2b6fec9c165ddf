"""The one family of errors: a stable code, an exit code, a message and what to type next.

Raise one of these only where the work cannot go on. A problem found *in a case* is a
`casefiles.findings.Finding`, is collected, and stops nothing but an issue.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import ClassVar

from casefiles.findings import Finding


class ExitCode(IntEnum):
    """What the process returns; stable, documented in `docs/reference/commands.md`."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    BLOCKED = 3
    VERIFICATION_FAILED = 4
    UNAVAILABLE = 5
    PROGRAM_MISSING = 6
    INTERRUPTED = 130


class CasebinderError(Exception):
    """Base of everything casebinder raises on purpose."""

    code: ClassVar[str] = "unexpected"
    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(CasebinderError):
    """The command's words cannot be carried out: an unknown case, file or name."""

    code = "usage"
    exit_code = ExitCode.USAGE


class FileInvalid(CasebinderError):
    """A settings, case or bundle file does not follow its schema; names file and line (1-based)."""

    code = "file-invalid"
    exit_code = ExitCode.USAGE

    def __init__(self, file: str, line: int, problem: str, *, remedy: str) -> None:
        super().__init__(f"{file}, line {line}: {problem}", remedy=remedy)
        self.file = file
        self.line = line


class Blocked(CasebinderError):
    """A gate or an unresolved finding stands in the way of an issue."""

    code = "blocked"
    exit_code = ExitCode.BLOCKED

    def __init__(self, message: str, *, remedy: str = "", findings: Sequence[Finding] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.findings = tuple(findings)


class VerificationFailed(CasebinderError):
    """Something is not as recorded; names the page, file or event."""

    code = "verification-failed"
    exit_code = ExitCode.VERIFICATION_FAILED

    def __init__(self, message: str, *, remedy: str = "", findings: Sequence[Finding] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.findings = tuple(findings)


class Unavailable(CasebinderError):
    """The workspace or the share cannot be reached, read or written now."""

    code = "unavailable"
    exit_code = ExitCode.UNAVAILABLE


class ProgramMissing(CasebinderError):
    """A needed outside program is not installed; the remedy is the line to type."""

    code = "program-missing"
    exit_code = ExitCode.PROGRAM_MISSING
