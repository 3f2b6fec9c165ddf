"""Which items a bundle draws: the officer's words, held items, labels that never move, secrets that stay in."""

from dataclasses import replace
from datetime import date

import pytest

from bundles.bundle_file import new_bundle_text, parse_bundle_file
from bundles.model import TabKind, Use
from bundles.selection import (
    KnownItem,
    Selection,
    bindable,
    confidential_values_shown,
    new_labels,
    propose_lines,
    select,
)
from casefiles.case_schema import parse_case
from casefiles.chain.bodies import EventType
from casefiles.chain.events import Actor, ChainEvent, Clock
from casefiles.chain.state import CaseState, DecisionMade, EvidenceItem, PathState, PathStatus
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind
from templates.case_kinds import read_kind

KIND = read_kind("prosecution-444-1a")
HELD = Finding(
    "pdf-needs-password", Severity.ERROR, "x", "Held: the file opens only with a password", "Unlock it."
)


def item(number: int, **changes: object) -> EvidenceItem:
    values: dict[str, object] = {
        "sha256": f"{number:08x}" * 8, "size_bytes": 1, "suffix": "pdf", "seq": number, "received_at": "", "receptions": (),
    }  # fmt: skip
    return EvidenceItem(**{**values, **changes})  # type: ignore[arg-type]


def changed_event(version: EvidenceItem) -> ChainEvent:
    body = {"sha256": version.sha256}
    actor = Actor("ewo", "desk", "test")
    return ChainEvent(1, version.seq, "", "", EventType.EVIDENCE_CHANGED, "", actor, Clock(None), body)


def known(
    found: EvidenceItem,
    name: str,
    *,
    findings: tuple[Finding, ...] = (),
    text: str = "",
    drawable: bool = True,
) -> KnownItem:
    return KnownItem(found, name, Kind.PDF, "PDF", drawable, findings, text)


def state(
    *items: EvidenceItem,
    exhibits: dict[str, str] | None = None,
    decisions: tuple[DecisionMade, ...] = (),
    superseded: dict[str, str] | None = None,
    edited: tuple[EvidenceItem, ...] = (),
) -> CaseState:
    return CaseState(
        seq=9, case_uuid="u", kind=KIND.id, reference="r", facts_sha256=None,
        items={each.sha256: each for each in items}, paths={}, unnamed_paths={}, exhibits=exhibits or {},
        superseded=superseded or {}, decisions=decisions, bundles=(), checkpoints=(), keys=(),
        events=tuple(changed_event(each) for each in edited),
    )  # fmt: skip


ONE, TWO, THREE = item(1), item(2), item(3)
KNOWN = {
    ONE.sha256: known(ONE, "evidence/statements/AB s9.pdf"),
    TWO.sha256: known(
        TWO, "evidence/letter 19 January 2026.docx", text="Flat 2,\n9 Elsewhere Road, Anytown AN2 2BB"
    ),
    THREE.sha256: known(THREE, "evidence/legal advice/note.pdf"),
}
NOW = state(ONE, TWO, THREE)


def a_file(**uses: str):  # type: ignore[no-untyped-def]
    """The proposed bundle file with some words changed: `a_file(o1="serve")`."""
    text = new_bundle_text("judiciary-2021", "", "T", propose_lines(bindable(NOW, KNOWN), KIND, None))
    lines = text.splitlines()
    for key, use in uses.items():
        at = next(n for n, line in enumerate(lines) if f'id = "{int(key[1:]):08x}"' in line)
        lines[at] = lines[at].replace('"undecided"', f'"{use}"').replace('"sensitive"', f'"{use}"')
    return parse_bundle_file("\n".join(lines).encode(), "bundle.toml")


def test_proposals_come_from_names_and_folders() -> None:
    lines = propose_lines(bindable(NOW, KNOWN), KIND, None)
    assert [(line.use, line.section, line.title, line.dated) for line in lines] == [
        (Use.UNDECIDED, "C", "AB s9", None),
        (Use.UNDECIDED, "D", "Letter", date(2026, 1, 19)),
        (Use.SENSITIVE, "D", "Note", None),
    ]
    assert propose_lines(bindable(NOW, KNOWN), KIND, a_file()) == []


@pytest.mark.parametrize("name", ["evidence/...txt", "evidence/ ", "evidence/x›", "evidence/-"])
def test_every_item_gets_a_line_that_reads_back_whatever_its_name(name: str) -> None:
    lines = propose_lines([known(ONE, name)], KIND, None)
    text = new_bundle_text("judiciary-2021", "", "T", lines)
    assert parse_bundle_file(text.encode(), "bundle.toml").lines[0].title


def test_ids_that_begin_alike_are_written_longer() -> None:
    twin = item(4, sha256=ONE.sha256[:12] + "f" * 52)
    both = {ONE.sha256: KNOWN[ONE.sha256], twin.sha256: known(twin, "evidence/b.pdf")}
    lines = propose_lines(bindable(state(ONE, twin), both), KIND, None)
    assert len({line.id for line in lines}) == 2
    assert all(len(line.id) > 8 for line in lines)


def test_a_draft_draws_undecided_and_an_issue_does_not() -> None:
    file = a_file(o1="serve")
    draft = select(file, NOW, KNOWN, KIND, issue=False)
    assert [each.line.title for each in draft.items] == ["AB s9", "Letter"]
    issue = select(file, NOW, KNOWN, KIND, issue=True)
    assert [each.line.title for each in issue.items] == ["AB s9"]
    assert [finding.code for finding in issue.blocking] == ["undecided"]
    assert "line 10" in issue.blocking[0].remedy


def test_unused_and_sensitive_are_never_drawn() -> None:
    file = a_file(o1="unused", o2="not relevant")
    selection = select(file, NOW, KNOWN, KIND, issue=True)
    assert (selection.items, selection.blocking) == ((), ())


def test_a_held_item_gets_a_placeholder_and_blocks_until_a_reason_is_recorded() -> None:
    locked = {**KNOWN, ONE.sha256: known(ONE, "evidence/a.pdf", findings=(HELD,))}
    file = a_file(o1="serve", o2="unused")
    held = select(file, NOW, locked, KIND, issue=True)
    assert held.items[0].form is TabKind.PLACEHOLDER
    assert [finding.code for finding in held.blocking] == ["pdf-needs-password"]
    made = DecisionMade(7, "", "placeholder", ONE.sha256, "The school is asked", "ewo")
    lifted = select(file, state(ONE, TWO, THREE, decisions=(made,)), locked, KIND, issue=True)
    assert lifted.blocking == ()
    assert lifted.items[0].placeholder == "The school is asked"
    assert [finding.severity for finding in lifted.findings] == [Severity.WARNING]


def test_the_opened_copy_is_what_is_drawn() -> None:
    copy = item(5, unlocked_from=ONE.sha256)
    locked = replace(ONE, unlocked_as=copy.sha256)
    case = state(locked, TWO, THREE, copy)
    items = {
        **KNOWN,
        ONE.sha256: known(locked, "evidence/a.pdf", findings=(HELD,)),
        copy.sha256: known(copy, "evidence/a.pdf › opened copy"),
    }
    assert copy.sha256 not in {each.item.sha256 for each in bindable(case, items)}
    drawn = select(a_file(o1="serve"), case, items, KIND, issue=False).items[0]
    assert (drawn.item.sha256, drawn.source.item.sha256, drawn.form) == (
        ONE.sha256,
        copy.sha256,
        TabKind.EVIDENCE,
    )


def test_what_cannot_be_drawn_gets_a_sheet() -> None:
    items = {**KNOWN, ONE.sha256: known(ONE, "evidence/a.mp3", drawable=False)}
    assert select(a_file(o1="serve"), NOW, items, KIND, issue=False).items[0].form is TabKind.SHEET


def test_edited_versions_wait_and_are_said() -> None:
    edited = replace(ONE, awaiting=(item(6).sha256,))
    case = state(edited, TWO, THREE, item(6), edited=(item(6),))
    items = {**KNOWN, item(6).sha256: known(item(6), "evidence/statements/AB s9.pdf")}
    assert item(6).sha256 not in {each.item.sha256 for each in bindable(case, items)}
    findings = select(a_file(o1="serve"), case, items, KIND, issue=False).findings
    assert "newer-version-waits" in {finding.code for finding in findings}


def test_a_version_that_was_rejected_is_not_proposed_and_an_accepted_one_is() -> None:
    items = {**KNOWN, item(6).sha256: known(item(6), "evidence/statements/AB s9.pdf")}
    for words, bound in (("reject", False), ("accept", True)):
        made = DecisionMade(7, "", words, item(6).sha256, None, "ewo")
        case = state(ONE, TWO, THREE, item(6), edited=(item(6),), decisions=(made,))
        found = {each.item.sha256 for each in bindable(case, items)}
        assert (item(6).sha256 in found) is bound
        assert ONE.sha256 in found


def test_a_version_in_whose_stead_another_was_accepted_is_said_where_it_is_still_bound() -> None:
    items = {**KNOWN, item(6).sha256: known(item(6), "evidence/statements/AB s9.pdf")}
    newer = {ONE.sha256: item(6).sha256}
    case = state(ONE, TWO, THREE, item(6), superseded=newer)
    assert ONE.sha256 not in {each.item.sha256 for each in bindable(case, items)}
    findings = select(a_file(o1="serve"), case, items, KIND, issue=True).findings
    assert {"older-version-bound"} <= {finding.code for finding in findings}
    exhibit = state(ONE, TWO, THREE, item(6), superseded=newer, exhibits={ONE.sha256: "AB/1"})
    assert ONE.sha256 in {each.item.sha256 for each in bindable(exhibit, items)}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('section = "C"', 'section = "Z"', "section-unknown"),
        ('id = "00000001"', 'id = "ffffffff"', "item-unknown"),
    ],
)
def test_lines_that_lead_nowhere_are_errors(old: str, new: str, code: str) -> None:
    file = a_file(o1="serve", o2="unused")
    text = file.source.text.replace(old, new, 1)
    found = select(parse_bundle_file(text.encode(), "bundle.toml"), NOW, KNOWN, KIND, issue=True)
    assert [finding.code for finding in found.blocking] == [code]
    assert "line 9" in found.blocking[0].subject


def test_labels_go_to_served_exhibits_in_order_and_never_twice() -> None:
    file = a_file(o1="serve", o2="serve", o3="serve")
    selection = select(file, NOW, KNOWN, KIND, issue=False)
    assert new_labels(selection, KIND, NOW, "AB") == [(TWO.sha256, "AB/1"), (THREE.sha256, "AB/2")]
    later = state(ONE, TWO, THREE, exhibits={THREE.sha256: "AB/7", "gone": "CD/9"})
    assert new_labels(select(file, later, KNOWN, KIND, issue=False), KIND, later, "AB") == [
        (TWO.sha256, "AB/8")
    ]
    undecided = select(a_file(), NOW, KNOWN, KIND, issue=False)
    assert new_labels(undecided, KIND, NOW, "AB") == []


CASE_TEXT = b"""reference = "r"
kind = "prosecution-444-1a"
opened = 2026-01-01
officer = "AB"
[[people]]
id = "pat"
role = "defendant"
name = "Pat"
[[people]]
id = "kit"
role = "defendant"
name = "Kit"
address = { value = "Flat 2, 9 Elsewhere Road, Anytown AN2 2BB", confidential = true, keep_from = ["pat"] }
"""
CASE = parse_case(CASE_TEXT)


@pytest.mark.parametrize(("defendant", "shown"), [("pat", True), ("kit", False), ("", True)])
def test_a_secret_address_blocks_the_bundle_of_whoever_must_not_see_it(defendant: str, shown: bool) -> None:
    selection = select(a_file(o1="serve", o2="serve"), NOW, KNOWN, KIND, issue=True)
    found = confidential_values_shown(selection, CASE, defendant)
    assert [finding.code for finding in found] == (["confidential-value-shown"] if shown else [])
    assert all("Elsewhere" not in finding.message + finding.remedy for finding in found)


@pytest.mark.parametrize("where", ["title", "placeholder", "file"])
def test_a_secret_address_in_a_title_a_reason_or_a_file_name_blocks_it(where: str) -> None:
    secret = "Letter to 9 Elsewhere Road"
    case = parse_case(CASE_TEXT.replace(b"Flat 2, 9 Elsewhere Road, Anytown AN2 2BB", b"9 Elsewhere Road"))
    selected = select(
        a_file(o1="serve"), NOW, {ONE.sha256: known(ONE, "evidence/a.pdf")}, KIND, issue=True
    ).items[0]
    line = replace(selected.line, title=secret if where == "title" else "T")
    changes = {
        "title": replace(selected, line=line),
        "placeholder": replace(selected, line=line, form=TabKind.PLACEHOLDER, placeholder=secret),
        "file": replace(selected, line=replace(line, file=f"evidence/{secret}.heic"), form=TabKind.SHEET),
    }
    for form, shown in ((changes[where], 1), (replace(selected, line=replace(line, title="T")), 0)):
        assert len(confidential_values_shown(Selection((form,), ()), case, "pat")) == shown


def test_a_text_too_long_to_search_is_said() -> None:
    long = {**KNOWN, ONE.sha256: known(ONE, "evidence/a.pdf", text="x" * 200_000)}
    selection = select(a_file(o1="serve", o2="unused"), NOW, long, KIND, issue=True)
    found = confidential_values_shown(selection, CASE, "pat")
    assert [finding.code for finding in found] == ["confidential-search-incomplete"]
    assert found[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ((PathStatus.PRESENT,), False),
        ((PathStatus.MISSING,), True),
        ((PathStatus.MISSING, PathStatus.PRESENT), False),
        ((), False),
    ],
)
def test_what_is_bound_though_its_file_is_missing_is_said(places: tuple[PathStatus, ...], said: bool) -> None:
    paths = {
        b"evidence/%d" % number: PathState(
            b"evidence/%d" % number, f"{number}", ONE.sha256, status, (), ONE.sha256, 1, None
        )
        for number, status in enumerate(places)
    }
    case = replace(NOW, paths=paths)
    codes = {finding.code for finding in select(a_file(o1="serve"), case, KNOWN, KIND, issue=True).findings}
    assert ("bound-though-missing" in codes) is said
