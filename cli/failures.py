"""The one place that turns an exception into words for a person and an exit code."""

from __future__ import annotations

import traceback

import click

from casefiles.errors import CasebinderError, ExitCode
from casefiles.findings import Finding, Severity
from cli.local_state import local_layout


def explain(error: Exception) -> int:
    """Say what happened and what to do next on standard error; return the exit code (see `ExitCode`)."""
    if isinstance(error, CasebinderError):
        click.secho(error.message, fg="red", err=True)
        for finding in getattr(error, "findings", ()):
            show_finding(finding)
        if error.remedy:
            click.echo(f"What to do: {error.remedy}", err=True)
        return int(error.exit_code)
    if isinstance(error, OSError) and error.filename is not None:
        click.secho(f"{error.filename} cannot be used: {error.strerror}.", fg="red", err=True)
        click.echo(
            "What to do: check that the share is connected and has room, then run the command again.",
            err=True,
        )
        return int(ExitCode.UNAVAILABLE)
    return _unexpected(error)


def show_finding(finding: Finding) -> None:
    """One finding, indented, with its remedy, on standard error."""
    said = finding.message.removeprefix(f"{finding.subject[:1].upper()}{finding.subject[1:]}: ")
    colour = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: None}[finding.severity]
    click.echo(
        "  "
        + click.style(finding.severity.value, fg=colour)
        + f"  {finding.subject}: {_sentence(said, begins=finding.subject)}",
        err=True,
    )
    if finding.remedy:
        click.echo(f"         → {_sentence(finding.remedy)}", err=True)


def _sentence(words: str, begins: str = "casebinder ") -> str:
    """With a capital and a full stop; a command, or a file's name, begins as it is."""
    ended = words if not words or words[-1] in ".!?…" else f"{words}."
    return ended if ended.startswith(("casebinder ", begins)) else ended[:1].upper() + ended[1:]


def _unexpected(error: Exception) -> int:
    """Keep the details on this machine (they may name people) and say where."""
    click.secho(f"Something unexpected went wrong ({type(error).__name__}).", fg="red", err=True)
    details = "".join(traceback.format_exception(error))
    try:
        file = local_layout().root / "last-failure.txt"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(details, encoding="utf-8", errors="backslashreplace")
        click.echo(
            f"What to do: run the command again. If it happens again, send us {file}; it may name people.",
            err=True,
        )
    except OSError:
        click.echo(
            "What to do: run the command again. If it happens again, tell us what you typed.", err=True
        )
    return int(ExitCode.UNEXPECTED)
