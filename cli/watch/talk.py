"""How a watcher speaks: a live line for a person at a terminal, else one JSON object a line without personal data.

A log line names a case by its reference, or a folder by a digest of its name; files by the start of their SHA-256.
Never a file's name, a path, a person or the words of an error.
"""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from casefiles.chain.canonical import instant_text
from casefiles.errors import CasebinderError
from casefiles.hashing import sha256_bytes
from casefiles.intake.scan import ScanReport
from casefiles.layout import CaseLayout
from casefiles.shown import safe_text, shown_path
from casefiles.uk_dates import london
from cli.failures import keep_details
from cli.wording import counted
from cli.workspace import OpenCase, Workspace
from cli.workspace_scan import CaseOutcome
from watcher.hints import NoHints
from watcher.service import Happening, RoundReport, Said

if TYPE_CHECKING:
    from rich.live import Live

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,59}")
_CHANGES = ("received", "changed", "missing", "moved", "restored")
_LEVELS = {
    Happening.AWAY: "warning",
    Happening.BLOCKED: "error",
    Happening.FAILED: "error",
    Happening.HINTS_OFF: "warning",
}
_NO_HINTS = {
    NoHints.SHARED: "other machines or a program stand behind this share",
    NoHints.LIMIT: "this machine's limit for watched folders is reached (fs.inotify.max_user_watches)",
    NoHints.REFUSED: "the system refused",
    NoHints.ENDED: "the part that listens has stopped",
    NoHints.SILENT: "files came without a word from the system",
    NoHints.NOT_ASKED: "as you asked",
}
IDS_LOGGED = 20


class Talk(Protocol):
    """Who hears the watcher."""

    def say(self, said: Said) -> None:
        """Something happened to the service."""

    def case(self, outcome: CaseOutcome) -> None:
        """A case was scanned."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """A round has come so far."""

    def thread_failed(self, error: BaseException | None) -> None:
        """A thread died of it."""

    def close(self) -> None:
        """It is over."""


class JsonLog:
    """One JSON object a line: when (UTC), how grave, what, which case, numbers."""

    def __init__(self, space: Workspace, stream: TextIO) -> None:
        self._space = space
        self._stream = stream
        self._problems: dict[Path, str] = {}

    def say(self, said: Said) -> None:
        """Write a line, except for a round in which nothing happened."""
        report = said.report
        if report is not None and not (report.looked or said.facts.get("thorough")):
            return
        level = _LEVELS.get(said.what, "info")
        if said.facts.get("reason") in (NoHints.SHARED, NoHints.NOT_ASKED):
            level = "info"
        facts: dict[str, object] = {**said.facts, **(_numbers(report) if report else {})}
        if said.error is not None and not isinstance(said.error, CasebinderError):
            facts |= {"type": type(said.error).__name__, "place": place_of(said.error)}
            keep_details(said.error)
        self._write(level, said.what.value, facts)

    def case(self, outcome: CaseOutcome) -> None:
        """Write what was recorded of a case, and a problem where it is new."""
        problem = outcome.problem.code if outcome.problem else ""
        if problem != self._problems.get(outcome.folder, ""):
            self._problems[outcome.folder] = problem
            facts = self._which(outcome.folder) | ({"code": problem} if problem else {})
            self._write(
                "warning" if problem else "info", "case-problem" if problem else "case-well-again", facts
            )
        if outcome.report is not None and outcome.report.events:
            self._write("info", "case", self._which(outcome.folder) | _recorded(outcome.report))

    def progress(self, stage: str, done: int, total: int) -> None:
        """Nothing: the round's own line says it all."""

    def thread_failed(self, error: BaseException | None) -> None:
        """Write its type and place."""
        place = place_of(error) if error is not None else ""
        self._write("warning", "thread-failed", {"type": type(error).__name__, "place": place})

    def close(self) -> None:
        """Nothing is open."""

    def _which(self, folder: Path) -> dict[str, object]:
        reference = OpenCase(self._space, CaseLayout(folder)).reference_and_kind[0]
        if _REFERENCE.fullmatch(reference):
            return {"case": reference}
        return {"folder": sha256_bytes(folder.name.encode("utf-8", "surrogateescape"))[:8]}

    def _write(self, level: str, event: str, facts: Mapping[str, object]) -> None:
        line = {"at": instant_text(self._space.recorder.now()), "level": level, "event": event, **facts}
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()


class LiveLine:
    """One line that is kept up to date, and above it whatever a person must know."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        from rich.console import Console
        from rich.live import Live

        self._now = now
        self._console = Console(stderr=True, highlight=False)
        self._live: Live = Live(console=self._console, auto_refresh=False, transient=True)
        self._live.start()
        self._share, self._hints = "share is there", ""
        self._last = "first look"
        self._problems: dict[Path, str] = {}

    def say(self, said: Said) -> None:
        """Draw the line anew; print what a person must know."""
        if said.report is not None:
            self._last = f"last look {london(self._now()):%H:%M:%S} · {_in_words(said.report)}"
        elif said.what is Happening.HINTS_ON:
            self._hints = ""
        elif said.what is Happening.HINTS_OFF:
            reason = NoHints(str(said.facts["reason"]))
            self._hints = "looking at intervals"
            if reason is not NoHints.NOT_ASKED:
                self._print(f"Looking at intervals only: {_NO_HINTS[reason]}.")
        elif said.what in (Happening.AWAY, Happening.BLOCKED):
            self._share = "trying again"
            self._print_error(said.error)
        elif said.what is Happening.FAILED and said.error is not None:
            self._share = "trying again"
            kept = keep_details(said.error)
            where = f" Details, which may name people, are in {shown_path(kept)}." if kept else ""
            self._print(f"A look failed unexpectedly ({type(said.error).__name__}).{where}")
        if said.what is Happening.BACK:
            self._share = "share is there"
            self._print("Looking again.")
        self._draw(self._last)

    def case(self, outcome: CaseOutcome) -> None:
        """Print what was recorded of a case, and a problem where it is new."""
        words = outcome.problem.message if outcome.problem else ""
        if words != self._problems.get(outcome.folder, ""):
            self._problems[outcome.folder] = words
            self._print_error(outcome.problem)
        if outcome.report is not None and outcome.report.events:
            counts = [
                f"{len(lines)} {change}" for change in _CHANGES if (lines := getattr(outcome.report, change))
            ]
            self._print(
                f"{outcome.folder.name}: {', '.join(counts) or counted(outcome.report.events, 'event')}"
            )

    def progress(self, stage: str, done: int, total: int) -> None:
        """Show how far the round has come."""
        self._draw(f"{stage} {done}/{total}")

    def thread_failed(self, error: BaseException | None) -> None:
        """Say which kind of error it was."""
        self._print(f"A part of the watcher has stopped ({type(error).__name__}).")

    def close(self) -> None:
        """Take the line away."""
        self._live.stop()

    def _print_error(self, error: Exception | None) -> None:
        if isinstance(error, CasebinderError):
            self._print(error.message + (f"\n  What to do: {error.remedy}" if error.remedy else ""))

    def _print(self, words: str) -> None:
        at = f"{london(self._now()):%H:%M:%S}"
        self._console.print(f"{at}  {safe_text(words)}", markup=False, soft_wrap=True)

    def _draw(self, words: str) -> None:
        from rich.text import Text

        parts = [words, self._share, *([self._hints] if self._hints else []), "Ctrl-C stops"]
        self._live.update(Text(" · ".join(parts), overflow="ellipsis", no_wrap=True), refresh=True)


def talk_for(space: Workspace, *, live: bool) -> Talk:
    """The live line, or the log on standard error."""
    return LiveLine(space.recorder.now) if live else JsonLog(space, sys.stderr)


def place_of(error: BaseException) -> str:
    """Module and line (from 1) of our own code where an error arose."""
    ours = ("casefiles", "templates", "bundles", "watcher", "cli")
    frames = [
        f"{frame.f_globals.get('__name__', '')}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return next((place for place in reversed(frames) if place.startswith(ours)), frames[-1] if frames else "")


def _numbers(report: RoundReport) -> dict[str, object]:
    return {
        "cases": report.cases,
        "looked": report.looked,
        "events": report.events,
        "waiting": report.waiting,
        "held": report.held,
        "in-trouble": report.in_trouble,
    }


def _in_words(report: RoundReport) -> str:
    words = [counted(report.cases, "case")]
    if report.waiting:
        words.append(f"{counted(report.waiting, 'file')} not finished yet")
    if report.held:
        words.append(f"{report.held} held")
    if report.in_trouble:
        words.append(f"{counted(report.in_trouble, 'case')} cannot be scanned")
    return " · ".join(words)


def _recorded(report: ScanReport) -> dict[str, object]:
    counts: dict[str, object] = {
        change: len(lines) for change in _CHANGES if (lines := getattr(report, change))
    }
    ids = [line.id for change in _CHANGES for line in getattr(report, change)]
    return {"events": report.events, **counts, "ids": ids[:IDS_LOGGED]}
