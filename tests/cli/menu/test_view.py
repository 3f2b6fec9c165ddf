"""What the menu shows and which actions it offers, without a terminal."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

from casefiles.chain.bodies import DisposalReason
from casefiles.findings import Finding, Severity
from casefiles.status.view import (
    BundleLine,
    CaseStatus,
    ChainLine,
    ItemLine,
    ItemState,
    MissingLine,
    Place,
    VersionLine,
)
from casefiles.status.workspace import CaseSummary
from cli.main import COMMANDS, casebinder
from cli.menu.actions import (
    CASE_ACTIONS,
    MAIN_ACTIONS,
    REASONS,
    Action,
    Case,
    CaseView,
    Pick,
    Words,
    fitting,
    held,
    locked,
)
from cli.menu.view import action_lines, case_lines, case_offers, in_days, in_order

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = date(2026, 3, 1)


def item(
    name: str, state: ItemState = ItemState.READABLE, place: Place = Place.PRESENT, **more: object
) -> ItemLine:
    digest = f"{abs(hash(name)):064x}"[-64:]
    values = {
        "id": digest[:8], "sha256": digest, "number": 2, "received_at": NOW, "folder": "evidence", "name": name,
        "kind": "PDF", "pages": 1, "size_bytes": 10, "state": state, "place": place, "inside": "", "inside_id": "",
        "exhibit": "",
    }  # fmt: skip
    return ItemLine(**(values | more))  # type: ignore[arg-type]


def status(*items: ItemLine, **more: object) -> CaseStatus:
    values = {
        "reference": "2026-0042", "title": "Prosecution", "as_of": NOW, "items": items, "findings": (),
        "versions": (), "missing": (), "duplicates": (), "ignored": (), "withdrawn": (), "bundles": (),
        "chain": ChainLine(3, "ab" * 32, "", None),
    }  # fmt: skip
    return CaseStatus(**(values | more))  # type: ignore[arg-type]


def view(state: CaseStatus | None, bundles: tuple[str, ...] = (), problem: str = "") -> CaseView:
    folder = Path("/srv/cases/2026-0042 DOE")
    hearings = ("18 June 2026, 10am, first hearing, Anytown",)
    return CaseView("2026-0042", folder, state, bundles, hearings, folder / "Case status.html", problem)


LOCKED = item("locked.pdf", ItemState.HELD)
NEEDS = Finding("pdf-needs-password", Severity.ERROR, "evidence/locked.pdf", "needs a password")
FULL = status(
    item("letter.pdf"),
    LOCKED,
    item("scan.pdf", ItemState.HELD),
    item("settled.pdf", ItemState.HELD, settled=True),
    item("gone.pdf", place=Place.MISSING),
    findings=(NEEDS, Finding("x", Severity.WARNING, "evidence/letter.pdf", "a page was lost")),
    versions=(VersionLine("evidence/letter.pdf", "11111111", "22222222", NOW, "AB/1"),),
    missing=(MissingLine("evidence/gone.pdf", "33333333", NOW, "", ()),),
    bundles=(BundleLine("bundle", 1, True, NOW, 9), BundleLine("trial", 1, False, NOW, 12)),
)


def labels(of: CaseView, commands: dict[str, tuple[str, str]] = COMMANDS) -> set[str]:
    return {action.label for action in fitting(CASE_ACTIONS, of, tuple(commands))}


def test_an_empty_case_offers_only_what_makes_sense() -> None:
    offered = labels(view(status()))
    assert {"Take in what was dropped", "Check that everything is as recorded"} <= offered
    assert not any(
        word in label for label in offered for word in ("bundle", "password", "Withdraw", "version")
    )


def test_a_full_case_offers_everything() -> None:
    commands = {**COMMANDS, "search": ("", "")}
    assert labels(view(FULL, ("bundle",)), commands) == {action.label for action in CASE_ACTIONS}
    without = {name: value for name, value in commands.items() if name != "search"}
    assert "Search in it" not in labels(view(FULL, ("bundle",)), without)


def test_held_and_locked_are_told_apart() -> None:
    assert [line.name for line in held(view(FULL))] == ["locked.pdf", "scan.pdf"]
    assert [line.name for line in locked(view(FULL))] == ["locked.pdf"]


def test_a_case_whose_chain_is_broken_still_has_a_screen() -> None:
    broken = view(None, problem="Event 3 is not as recorded.")
    assert case_lines(broken, 80) == ["  problem   Event 3 is not as recorded."]
    assert "Check that everything is as recorded" in labels(broken)


def test_the_case_in_a_few_lines() -> None:
    lines = case_lines(view(FULL, ("bundle",)), 80)
    assert lines[0] == "  hearing   18 June 2026, 10am, first hearing, Anytown"
    assert lines[1] == "  files     5 files, 4 things to look at"
    text = "\n".join(lines)
    for words in (
        "look at   1: evidence/letter.pdf: a page was lost",
        "held      2: evidence/locked.pdf; evidence/scan.pdf",
        "edited    1: evidence/letter.pdf (now 22222222)",
        "missing   1: evidence/gone.pdf",
        "bundles   2: trial v1 drafted 1 March 2026; bundle v1 issued 1 Marc",
    ):
        assert words in text


def test_the_fullest_case_fits_a_screen_of_24_rows() -> None:
    many = replace(
        FULL,
        items=tuple(item(f"{'long name ' * 12}{n}.pdf", ItemState.HELD) for n in range(300)),
        versions=FULL.versions * 40,
        bundles=FULL.bundles * 20,
        findings=(NEEDS, *(Finding("x", Severity.WARNING, f"file {n}", "y" * 200) for n in range(40))),
    )
    shown = view(many, ("bundle", "trial"))
    lines = case_lines(shown, 80) + action_lines(fitting(CASE_ACTIONS, shown, tuple(COMMANDS)), 80)
    assert all(cell_len(line) <= 80 for line in lines)
    assert any(line.startswith("  held      300: evidence/long name") for line in lines)
    assert len(lines) <= 21


def summary(folder: str, **more: object) -> CaseSummary:
    values = {
        "folder": folder.encode("utf-8", "surrogateescape"), "reference": folder.partition(" ")[0], "title": "",
        "needs_attention": 0, "held": 0, "items": 0, "next_dates": (), "received": (), "last_event_at": None,
    }  # fmt: skip
    return CaseSummary(**(values | more))  # type: ignore[arg-type]


def test_the_next_hearing_comes_first_and_a_past_one_counts_for_nothing() -> None:
    cases = [
        summary("2026-0001 A"),
        summary("2026-0002 B", next_dates=((date(2026, 2, 1), "past"),)),
        summary("2026-0003 C", next_dates=((date(2026, 2, 1), "past"), (date(2026, 3, 13), "next"))),
        summary("2026-0004 D", next_dates=((date(2026, 3, 1), "now"),)),
    ]
    ordered = in_order(cases, TODAY)
    assert [case.reference for case in ordered] == ["2026-0004", "2026-0003", "2026-0001", "2026-0002"]
    shown = [offer.shown for offer in case_offers(ordered, TODAY, 80)]
    assert "Sun 1 Mar 2026, today" in shown[0]
    assert "Fri 13 Mar 2026, in 12 days" in shown[1]
    assert "no hearing" in shown[3]
    assert in_days(date(2026, 3, 2), TODAY) == "tomorrow"


def test_a_line_says_what_there_is_to_look_at_and_never_breaks_the_terminal() -> None:
    cases = [
        summary("2026-0001 A", needs_attention=12),
        summary("2026-0002 B", problem="case.toml, line 3"),
        summary("2026-0003 \x1b[2J\u202egpj \udcff", reference="R/3"),
        summary("2026-0004 " + "王" * 60),
    ]
    offers = case_offers(cases, TODAY, 80)
    assert offers[0].shown.endswith("12 to look at")
    assert offers[1].shown.endswith("! problem")
    assert "R/3 (2026-0003 \\x1b" in offers[2].shown
    assert all(offer.shown.isprintable() for offer in offers)
    assert all(cell_len(f"{1:>4}  {offer.shown}") <= 80 for offer in offers)


def test_nothing_to_look_at_is_not_said_of_files_that_nobody_read_here() -> None:
    offers = case_offers([summary("2026-0001 A", unread=3), summary("2026-0002 B")], TODAY, 80)
    assert offers[0].shown.endswith("not read here")
    assert offers[1].shown.endswith("-")
    items = tuple(
        replace(line, state=ItemState.UNREAD, place=Place.PRESENT, settled=False) for line in FULL.items
    )
    lines = case_lines(view(replace(FULL, items=items)), 80)
    assert f"  unread    {len(items)} of them here; take them in to see what is wrong" in lines


def test_every_reason_for_withdrawing_has_plain_words() -> None:
    assert set(REASONS) == set(DisposalReason)
    assert len(set(REASONS.values())) == len(REASONS)


SAMPLES = {"Its name, in small letters, such as trial": "trial"}


@pytest.mark.parametrize(
    "action",
    [each for each in (*CASE_ACTIONS, *MAIN_ACTIONS.values()) if each.words and each.command in COMMANDS],
    ids=lambda action: action.label,
)
def test_the_command_line_of_each_action_is_one_that_casebinder_understands(action: Action) -> None:
    words: list[str] = []
    for part in action.words:
        match part:
            case str():
                words.append(part)
            case Case():
                words.append("2026-0042")
            case Pick():
                offers = part.offers(view(FULL, ("bundle",)))
                words.append(offers[0].value if offers else "x")
            case Words():
                words += [part.option, "x"] if part.option else [SAMPLES.get(part.question, "x")]
    context = casebinder.make_context("casebinder", list(words), resilient_parsing=False)
    name, command, rest = casebinder.resolve_command(context, words)
    assert command is not None
    command.make_context(name, rest, parent=context)


def test_what_cannot_be_undone_is_asked_twice() -> None:
    withdraw = next(action for action in CASE_ACTIONS if action.command == "withdraw")
    assert len(withdraw.sure) == 2
    issue = next(action for action in CASE_ACTIONS if "--issue" in action.words)
    assert issue.sure
    assert issue.before


def test_a_wrong_command_line_would_be_noticed() -> None:
    with pytest.raises(click.UsageError):
        context = casebinder.make_context("casebinder", ["withdraw", "x"])
        _, command, rest = casebinder.resolve_command(context, ["withdraw", "x"])
        assert command is not None
        command.make_context("withdraw", rest, parent=context)
