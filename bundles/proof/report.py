"""What proof and verify hand back: numbered checks that say what was compared with what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from casefiles.findings import Finding, Severity


class Outcome(StrEnum):
    """How a check or step ended; `NOT_DONE` is never counted as passed."""

    OK = "ok"
    FAILED = "failed"
    NOT_DONE = "not done"


@dataclass(frozen=True)
class Check:
    """One numbered check: its title, what was compared with what, and what was found.

    `reason` says why a check was not done, or what part of it was not.
    """

    number: int
    title: str
    compared: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class ProofReport:
    """All checks of one finished bundle, in order."""

    sha256: str
    pages: int
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Every check was done and found nothing."""
        return all(check.outcome is Outcome.OK for check in self.checks)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What all checks found, in order."""
        return tuple(finding for check in self.checks for finding in check.findings)


def page_finding(code: str, page: int, message: str, source: str = "") -> Finding:
    """An error about one page of the bundle (1-based)."""
    return Finding(
        code=code,
        severity=Severity.ERROR,
        subject=f"page {page}",
        message=f"Page {page}: {message}",
        remedy="Do not use this bundle. Make it again, and keep this file to show what happened.",
        source=source,
    )


def file_finding(code: str, message: str, source: str = "") -> Finding:
    """An error about the bundle file as a whole."""
    return Finding(
        code=code,
        severity=Severity.ERROR,
        subject="bundle",
        message=message,
        remedy="Do not use this bundle. Make it again, and keep this file to show what happened.",
        source=source,
    )
