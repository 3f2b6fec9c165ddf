"""What the menu shows of cases, line by line. Pure: nothing here reads the share or a clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from casefiles.findings import Finding, Severity
from casefiles.shown import display_name
from casefiles.status.view import CaseStatus, ItemState
from casefiles.status.workspace import CaseSummary
from casefiles.uk_dates import long_date
from cli.menu.actions import Action, CaseView, held, missing, named
from cli.menu.choosing import Offer, column, fitted
from cli.wording import counted

_DUE_COLUMNS = 29
_LOOK_COLUMNS = 14
_NUMBER_COLUMNS = 6


def in_days(day: date, today: date) -> str:
    """`today`, `tomorrow`, `in 12 days`."""
    days = (day - today).days
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days:,} days")


def next_date(summary: CaseSummary, today: date) -> tuple[date, str] | None:
    """The first hearing from today on, or None."""
    return min((row for row in summary.next_dates if row[0] >= today), default=None)


def in_order(summaries: Iterable[CaseSummary], today: date) -> tuple[CaseSummary, ...]:
    """The next hearing first, then the cases without one; among equals by reference."""

    def key(summary: CaseSummary) -> tuple[bool, date, str, bytes]:
        due = next_date(summary, today)
        return due is None, due[0] if due else date.max, summary.reference, summary.folder

    return tuple(sorted(summaries, key=key))


def case_offers(summaries: Sequence[CaseSummary], today: date, width: int) -> tuple[Offer, ...]:
    """One line a case: its folder's name, its next hearing, and how much there is to look at."""
    return tuple(Offer(str(number), *_row(each, today, width)) for number, each in enumerate(summaries))


def _row(summary: CaseSummary, today: date, width: int) -> tuple[str, str]:
    folder = display_name(summary.folder)
    name = folder if folder.startswith(summary.reference) else f"{summary.reference} ({folder})"
    due = next_date(summary, today)
    when = f"{due[0]:%a} {due[0].day} {due[0]:%b %Y}, {in_days(due[0], today)}" if due else "no hearing"
    wide = max(12, width - _NUMBER_COLUMNS - _DUE_COLUMNS - _LOOK_COLUMNS - 1)
    shown = f"{column(name, wide)} {column(when, _DUE_COLUMNS)}{_to_look_at(summary)}"
    return shown, f"{summary.reference} {folder}"


def _to_look_at(summary: CaseSummary) -> str:
    if summary.problem:
        return "! problem"
    if summary.needs_attention:
        return f"{summary.needs_attention} to look at"
    return "not read here" if summary.unread else "-"


def case_lines(view: CaseView, width: int) -> list[str]:
    """The chosen case in a few lines: hearing, files, what is held, edited or missing, bundles."""
    status = view.status
    if status is None:
        return [fitted(f"  problem   {view.problem}", width)]
    lines = [f"  hearing   {view.hearings[0]}" if view.hearings else "  hearing   none from today on"]
    files = counted(len(status.items), "file")
    lines.append(f"  files     {files}, {counted(status.needs_attention, 'thing')} to look at")
    if status.unread:
        lines.append(f"  unread    {status.unread:,} of them here; take them in to see what is wrong")
    lines += _few("look at", [f"{each.subject}: {each.message}" for each in _pressing(status)])
    lines += _few("held", [named(line) for line in held(view)])
    lines += _few("edited", [f"{line.name} (now {line.new_id})" for line in status.versions])
    lines += _few("missing", [named(line) for line in missing(view)])
    lines += _few(
        "bundles",
        [
            f"{line.name} v{line.version} {'issued' if line.issued else 'drafted'} {long_date(line.at.date())}"
            for line in reversed(status.bundles)
        ],
    )
    if view.problem:
        lines.append(f"  problem   {view.problem}")
    return [fitted(line, width) for line in lines]


def _pressing(status: CaseStatus) -> list[Finding]:
    """What a person has to look at and no other line names: notes and held files stand elsewhere."""
    held_names = {line.name for line in status.items if line.state is ItemState.HELD}
    return [
        finding
        for finding in status.findings
        if finding.severity is not Severity.NOTE
        and not any(finding.subject.endswith(name) for name in held_names)
    ]


def _few(word: str, names: Sequence[str]) -> list[str]:
    """How many, and the first names, in one line; nothing where there are none."""
    return [f"  {word:9} {len(names)}: {'; '.join(names)}"] if names else []


def action_lines(actions: Sequence[Action], width: int) -> list[str]:
    """The numbered actions."""
    return [fitted(f"{number:>4}  {action.label}", width) for number, action in enumerate(actions, 1)]
