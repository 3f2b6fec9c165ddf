"""The one place that turns an exception into words for a person and an exit code."""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from casefiles.errors import CasebinderError, ExitCode
from casefiles.files.reach import unavailable
from casefiles.files.scratch import make_scratch_folder, write_scratch
from casefiles.findings import Finding, Severity
from cli.local_state import local_layout
from cli.output import Coloured, say

if TYPE_CHECKING:
    from casefiles.status.workspace import Misplaced


def explain(error: Exception) -> int:
    """Say what happened and what to do next on standard error; return the exit code (see `ExitCode`)."""
    if isinstance(error, CasebinderError):
        say(error.message, fg="red", err=True)
        for finding in getattr(error, "findings", ()):
            show_finding(finding)
        if error.remedy:
            say(f"What to do: {error.remedy}", err=True)
        return int(error.exit_code)
    if isinstance(error, OSError) and error.filename is not None:
        path = Path(os.fsdecode(error.filename))
        return explain(unavailable(path, error, local=path.is_relative_to(local_layout().root)))
    return _unexpected(error)


def show_finding(finding: Finding) -> None:
    """One finding, indented, with its remedy, on standard error."""
    said = finding.message.removeprefix(f"{finding.subject[:1].upper()}{finding.subject[1:]}: ")
    colour = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: None}[finding.severity]
    say(
        "  ",
        Coloured(finding.severity.value, colour),
        f"  {finding.subject}: {_sentence(said, begins=finding.subject)}",
        err=True,
    )
    if finding.remedy:
        say(f"         → {_sentence(finding.remedy)}", err=True)


def show_misplaced(misplaced: Sequence[Misplaced]) -> None:
    """What lies in the wrong place, on standard error; notes are left to the root page."""
    pressing = [each.finding for each in misplaced if each.finding.severity is not Severity.NOTE]
    if pressing:
        say("In the wrong place:", err=True)
    for finding in pressing:
        show_finding(finding)


def _sentence(words: str, begins: str = "casebinder ") -> str:
    """With a capital and a full stop; a command, or a file's name, begins as it is."""
    ended = words if not words or words[-1] in ".!?…" else f"{words}."
    return ended if ended.startswith(("casebinder ", begins)) else ended[:1].upper() + ended[1:]


def keep_details(error: Exception) -> Path | None:
    """Keep what happened in a private file of this machine (it may name people); where, or None if it cannot be."""
    file = local_layout().root / "last-failure.txt"
    details = "".join(traceback.format_exception(error))
    try:
        make_scratch_folder(file.parent)
        write_scratch(file, details.encode("utf-8", "backslashreplace"))
    except (OSError, CasebinderError):
        return None
    return file


def _unexpected(error: Exception) -> int:
    say(f"Something unexpected went wrong ({type(error).__name__}).", fg="red", err=True)
    file = keep_details(error)
    if file is not None:
        say(
            f"What to do: run the command again. If it happens again, send us {file}; it may name people.",
            err=True,
        )
    else:
        say("What to do: run the command again. If it happens again, tell us what you typed.", err=True)
    return int(ExitCode.UNEXPECTED)
