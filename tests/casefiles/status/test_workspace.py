"""All cases at a glance: summaries survive being kept, and the order is the one people need."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from casefiles.case import Case, Hearing
from casefiles.findings import Finding, Severity
from casefiles.status.view import CaseStatus, ChainLine, ItemLine, ItemState, Place
from casefiles.status.workspace import (
    CaseSummary,
    Misplaced,
    heartbeat,
    summary_of,
    workspace_status,
)

NOW = datetime(2026, 11, 24, 9, 7, 31, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PLAIN = CaseSummary(b"2026-0042 DOE", "2026-0042", "Prosecution", 0, 0, 3, (), (), NOW)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(
    st.builds(
        CaseSummary,
        folder=st.binary(min_size=1, max_size=255),
        reference=st.text(),
        title=st.text(),
        needs_attention=st.integers(0),
        held=st.integers(0),
        items=st.integers(0),
        next_dates=st.lists(st.tuples(st.dates(), st.text())).map(tuple),
        received=st.lists(st.tuples(st.dates(), st.integers(0))).map(tuple),
        last_event_at=st.none() | INSTANTS,
        problem=st.text(),
    )
)
def test_a_summary_survives_being_kept(summary: CaseSummary) -> None:
    assert CaseSummary.from_json(json.loads(json.dumps(summary.as_json()))) == summary


@given(st.datetimes(datetime(1990, 1, 1), timezones=st.timezones()))
def test_the_heartbeat_is_the_quarter_of_an_hour_before(now: datetime) -> None:
    beat = heartbeat(now)
    assert timedelta(0) <= now.astimezone(UTC) - beat < timedelta(minutes=15)
    assert (beat.minute % 15, beat.second, beat.microsecond) == (0, 0, 0)


def order(*summaries: CaseSummary, now: datetime = NOW) -> list[str]:
    return [line.reference for line in workspace_status(summaries, (), now=now).cases]


def test_problems_come_first_then_the_next_date_then_the_reference() -> None:
    def case(reference: str, *dates: date, problem: str = "") -> CaseSummary:
        return replace(
            PLAIN, reference=reference, next_dates=tuple((day, "x") for day in dates), problem=problem
        )

    past, soon, late = TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=9)
    found = order(
        case("b"), case("a", past), case("late", late), case("soon", past, soon), case("broken", problem="!")
    )
    assert found == ["broken", "soon", "late", "a", "b"]


def test_only_dates_from_today_on_are_shown_and_today_is_londons() -> None:
    summary = replace(PLAIN, next_dates=((TODAY, "10am, trial"), (TODAY + timedelta(days=1), "2pm, trial")))
    late = datetime(2026, 6, 24, 23, 30, tzinfo=UTC)  # already the 25th in London
    summer = replace(PLAIN, next_dates=((date(2026, 6, 24), "gone"), (date(2026, 6, 25), "today")))
    assert workspace_status([summary], (), now=NOW).cases[0].dates == summary.next_dates
    assert workspace_status([summer], (), now=late).cases[0].dates == ((date(2026, 6, 25), "today"),)


def test_new_is_what_came_since_yesterday_began() -> None:
    days = tuple((TODAY - timedelta(days=back), 10**back) for back in (3, 2, 1, 0))
    assert workspace_status([replace(PLAIN, received=days)], (), now=NOW).cases[0].new == 11


def test_the_values_do_not_change_within_a_quarter_of_an_hour() -> None:
    one, other = (
        workspace_status([PLAIN], (), now=NOW.replace(minute=minute, second=5)) for minute in (0, 14)
    )
    assert one == other
    assert one != workspace_status([PLAIN], (), now=NOW.replace(minute=15))


def test_things_of_which_the_same_is_said_are_said_once_the_gravest_first() -> None:
    def lying(path: str, severity: Severity) -> Misplaced:
        return Misplaced(path.encode(), Finding("file-in-root", severity, path, "m", "r"))

    found = [lying("b", Severity.WARNING), lying("z", Severity.ERROR), lying("a", Severity.WARNING)]
    lines = workspace_status([], [*found, found[0]], now=NOW).misplaced
    assert [[shown for _path, shown, _paged in line.places] for line in lines] == [["z"], ["a", "b"]]


def item(name: str, day: int, state: ItemState = ItemState.READABLE, *, settled: bool = False) -> ItemLine:
    at = datetime(2026, 3, day, 12, tzinfo=UTC)
    sha256 = name.encode().hex().ljust(64, "0")
    return ItemLine(
        sha256[:8], sha256, 1, at, "evidence", name, "PDF", 1, 5, state, Place.PRESENT, "", "", "", settled
    )


def test_a_summary_counts_held_files_that_need_somebody() -> None:
    status = CaseStatus(
        "2026-0042", "Prosecution", NOW,
        (
            item("a", 1), item("b", 2, ItemState.HELD), item("b", 3, ItemState.HELD),
            item("c", 3, ItemState.HELD, settled=True), item("d", 3, ItemState.SHEET),
        ),
        (Finding("x", Severity.ERROR, "b", "m"),), (), (), (), (), (), (), ChainLine(9, "", "", None),
    )  # fmt: skip
    hearings = (
        Hearing("second", "court", "trial", datetime(2026, 12, 1, 14, 30)),
        Hearing("first", "court", "first hearing", datetime(2026, 6, 18, 10)),
    )
    case = Case("2026-0042", "prosecution-444-1a", TODAY, "AB", ("evidence",), (), (), hearings)
    summary = summary_of(Path("/share/cases/2026-0042 DOE"), status, case)
    assert (summary.folder, summary.reference) == (b"2026-0042 DOE", "2026-0042")
    assert (summary.held, summary.items, summary.needs_attention) == (1, 5, 1)
    assert summary.next_dates == (
        (date(2026, 6, 18), "10am, first hearing"),
        (date(2026, 12, 1), "2.30pm, trial"),
    )
    assert summary.received == ((date(2026, 3, 1), 1), (date(2026, 3, 2), 1), (date(2026, 3, 3), 3))
    assert summary_of(Path("/x/2026-0042 DOE"), status, None, problem="!").needs_attention == 2


def test_a_case_that_nobody_can_read_still_has_a_line() -> None:
    summary = summary_of(Path("/share/cases/M\udcfcLLER"), None, None, problem="gone")
    assert (summary.folder, summary.reference, summary.needs_attention) == (b"M\xfcLLER", "M\\xfcLLER", 1)
