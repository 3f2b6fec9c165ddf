"""What a person needs to know about all cases at once: plain values, put together without looking at the share.

`Cases status.html` and the menu read these. They name cases by reference and folder and count the rest; no file,
no person and no reason is in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from casefiles.case import Case
from casefiles.chain.names import display_name
from casefiles.findings import Finding, Severity
from casefiles.status.view import CaseStatus, ItemState
from casefiles.uk_dates import clock_time, london

ARRIVALS_KEPT = 14
"""Dates with arrivals that a summary keeps, the latest of them."""
HEARTBEAT = timedelta(minutes=15)
"""The time of the last scan is rounded down to this, so that the page is not written anew at every scan."""
DATES_SHOWN = 3
_WEIGHTS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}

Dated = tuple[date, str]


@dataclass(frozen=True)
class CaseSummary:
    """One case in a line: kept by a scan, so that a case in which nothing happened need not be read again.

    `folder` is the raw name of its folder in `cases/`; `held` counts files that cannot be shown whole and for which
    nothing is recorded yet; `items` all files received; `next_dates` all hearings (London dates), `received` the files
    that arrived on each of the last dates with arrivals (London); `problem` says why it cannot be scanned, or nothing.
    `unread` counts files that this machine has not read yet: what is wrong with them is not known. `scans_waiting`
    counts scanned pages that wait to be read by machine.
    """

    folder: bytes
    reference: str
    title: str
    needs_attention: int
    held: int
    items: int
    next_dates: tuple[Dated, ...]
    received: tuple[tuple[date, int], ...]
    last_event_at: datetime | None
    problem: str = ""
    unread: int = 0
    scans_waiting: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain values; the folder's name percent-encoded, because it may be any bytes."""
        return {
            "folder": quote_from_bytes(self.folder, safe=" "),
            "reference": self.reference,
            "title": self.title,
            "needs_attention": self.needs_attention,
            "held": self.held,
            "items": self.items,
            "next_dates": [[day.isoformat(), what] for day, what in self.next_dates],
            "received": [[day.isoformat(), count] for day, count in self.received],
            "last_event_at": self.last_event_at.isoformat() if self.last_event_at else None,
            "problem": self.problem,
            "unread": self.unread,
            "scans_waiting": self.scans_waiting,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> CaseSummary:
        """The inverse of `as_json`.

        Raises:
            ValueError, TypeError, KeyError: it is not what `as_json` gives.
        """
        at = row["last_event_at"]
        return cls(
            folder=unquote_to_bytes(row["folder"]),
            reference=row["reference"],
            title=row["title"],
            needs_attention=row["needs_attention"],
            held=row["held"],
            items=row["items"],
            next_dates=tuple((date.fromisoformat(day), str(what)) for day, what in row["next_dates"]),
            received=tuple((date.fromisoformat(day), int(count)) for day, count in row["received"]),
            last_event_at=datetime.fromisoformat(at).astimezone(UTC) if at else None,
            problem=row["problem"],
            unread=row["unread"],
            scans_waiting=row["scans_waiting"],
        )


def summary_of(
    folder: Path, status: CaseStatus | None, case: Case | None, *, problem: str = ""
) -> CaseSummary:
    """The summary of the case in `folder`. Without a status (the chain cannot be read) it has nothing but its name,
    without facts (`case.toml` cannot be read) no dates."""
    name = folder.name
    raw = name.encode("utf-8", "surrogateescape")
    reference = case.reference if case else status.reference if status else display_name(raw)
    if status is None:
        return CaseSummary(raw, reference, "", 1, 0, 0, _hearings(case), (), None, problem)
    held = {line.sha256 for line in status.items if line.state is ItemState.HELD and not line.settled}
    return CaseSummary(
        folder=raw,
        reference=reference,
        title=status.title,
        needs_attention=status.needs_attention + bool(problem),
        held=len(held),
        items=len(status.items),
        next_dates=_hearings(case),
        received=_received(status),
        last_event_at=status.as_of,
        problem=problem,
        unread=status.unread,
        scans_waiting=status.scans_waiting,
    )


def _hearings(case: Case | None) -> tuple[Dated, ...]:
    hearings = sorted(case.hearings, key=lambda hearing: (hearing.at, hearing.id)) if case else ()
    return tuple((each.at.date(), f"{clock_time(each.at)}, {each.kind}") for each in hearings)


def _received(status: CaseStatus) -> tuple[tuple[date, int], ...]:
    days = Counter(london(line.received_at).date() for line in status.items)
    return tuple(sorted(days.items())[-ARRIVALS_KEPT:])


@dataclass(frozen=True, order=True)
class Misplaced:
    """Something that lies where casebinder does not look, or a case folder that is not what it seems.

    `path` is raw, relative to the workspace's root, with `/`; the finding's subject is the same as shown. `paged`
    says that the folder has a page of ours which tells what to do.
    """

    path: bytes
    finding: Finding
    paged: bool = False


@dataclass(frozen=True)
class MisplacedLine:
    """Things in the wrong place of which the same is to be said, in order: (raw path, as shown, has a page)."""

    severity: Severity
    code: str
    places: tuple[tuple[bytes, str, bool], ...]
    message: str
    remedy: str


@dataclass(frozen=True)
class CaseLine:
    """One case as the root page shows it; `dates` from today on, `new` the files received since yesterday began."""

    folder: bytes
    shown_folder: str
    reference: str
    title: str
    needs_attention: int
    held: int
    items: int
    dates: tuple[Dated, ...]
    new: int
    problem: str
    scans_waiting: int = 0


@dataclass(frozen=True)
class WorkspaceStatus:
    """Everything that the root page says. `scanned_at` is UTC, rounded down to the quarter of an hour."""

    authority: str
    contact: str
    scanned_at: datetime
    today: date
    cases: tuple[CaseLine, ...]
    misplaced: tuple[MisplacedLine, ...]

    @property
    def needing_attention(self) -> int:
        """How many cases somebody has to look at."""
        return sum(line.needs_attention > 0 for line in self.cases)

    @property
    def scans_waiting(self) -> int:
        """How many scanned pages wait to be read by machine, over all cases."""
        return sum(line.scans_waiting for line in self.cases)


def workspace_status(
    summaries: Iterable[CaseSummary],
    misplaced: Sequence[Misplaced],
    *,
    now: datetime,
    contact: str = "",
    authority: str = "",
) -> WorkspaceStatus:
    """All cases as of `now` (aware): those with a problem first, then by their next date, then by reference. Pure."""
    today = london(now).date()
    cases = sorted((_case_line(summary, today) for summary in summaries), key=_order)
    return WorkspaceStatus(
        authority, contact, heartbeat(now), today, tuple(cases), tuple(_grouped(misplaced))
    )


def heartbeat(now: datetime) -> datetime:
    """An instant rounded down to the quarter of an hour, in UTC."""
    return now.astimezone(UTC) - (now.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) % HEARTBEAT


def _case_line(summary: CaseSummary, today: date) -> CaseLine:
    yesterday = today - timedelta(days=1)
    return CaseLine(
        folder=summary.folder,
        shown_folder=display_name(summary.folder),
        reference=summary.reference,
        title=summary.title,
        needs_attention=summary.needs_attention,
        held=summary.held,
        items=summary.items,
        dates=tuple(each for each in summary.next_dates if each[0] >= today)[:DATES_SHOWN],
        new=sum(count for day, count in summary.received if day >= yesterday),
        problem=summary.problem,
        scans_waiting=summary.scans_waiting,
    )


def _order(line: CaseLine) -> tuple[bool, date, str, bytes]:
    return not line.problem, line.dates[0][0] if line.dates else date.max, line.reference, line.folder


def _grouped(misplaced: Iterable[Misplaced]) -> list[MisplacedLine]:
    """What lies about, the gravest first; things of which the same is to be said, once."""
    groups: dict[tuple[Severity, str, str, str], list[Misplaced]] = {}
    for each in sorted(misplaced, key=lambda one: one.path):
        said = (each.finding.severity, each.finding.code, each.finding.message, each.finding.remedy)
        groups.setdefault(said, []).append(each)
    lines = [
        MisplacedLine(
            severity,
            code,
            tuple(dict.fromkeys((one.path, one.finding.subject, one.paged) for one in found)),
            message,
            remedy,
        )
        for (severity, code, message, remedy), found in groups.items()
    ]
    return sorted(lines, key=lambda line: (_WEIGHTS[line.severity], line.code, line.places))
