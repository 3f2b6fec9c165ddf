"""A bundle in volumes that was tampered with: proof names the page, or the volume, of every forgery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from bundles.assemble import assemble
from bundles.manifest import manifest_of
from bundles.model import BundlePlan, PageRange
from bundles.profile import Profile
from bundles.proof import ProofFacts, ProofReport, prove
from bundles.proof.whole_set import set_findings
from bundles.volume_front import draw_volume_fronts
from bundles.volume_plan import plan_volumes
from bundles.volumes import TabSpan
from tests.bundles.proof.sample import save

SPANS = (
    (TabSpan(0, PageRange(1, 2)),),
    (TabSpan(1, PageRange(1, 3)),),
    (TabSpan(1, PageRange(4, 5)), TabSpan(2, PageRange(1, 1))),
)
NAMES = tuple(f"Łódź bundle volume {number} of 3.pdf" for number in (1, 2, 3))


@dataclass(frozen=True)
class Bound:
    """The volumes as they were assembled, and what proof is given."""

    pdfs: tuple[Path, ...]
    plans: tuple[BundlePlan, ...]
    fronts: tuple[Path, ...]
    files: dict[str, Path]
    facts: ProofFacts
    pages: tuple[tuple[str, int], ...]

    def prove(self, volume: int, pdf: Path | None = None) -> ProofReport:
        at = volume - 1
        return prove(
            pdf or self.pdfs[at], self.plans[at], self.files.__getitem__, self.fronts[at], self.facts
        )


@pytest.fixture
def bound(tmp_path, make_derived, make_item, make_facts, make_view, court: Profile) -> Bound:
    items = [
        make_item(make_derived("one", 2), section="C", title="Statement", exhibit=""),
        make_item(make_derived("two", 5, links=((4, 5), (1, 5)), outline=((1, "Part", 1), (1, "End", 5)))),
        make_item(make_derived("three", 1), title="A note", event=9),
    ]
    drawn = draw_volume_fronts(
        make_view(), court, items, SPANS, lambda number: tmp_path / f"front-{number}.pdf"
    )
    facts = [front.facts for front in drawn.fronts]
    plans = plan_volumes(make_facts(), court, items, drawn.layout, facts, NAMES)
    files = {item.derived.sha256: item.derived.path for item in items}
    pdfs = []
    for plan, front in zip(plans, drawn.fronts, strict=True):
        pdfs.append(tmp_path / f"{plan.volume}.pdf")
        assemble(plan, front.path, files, manifest_of(plan, "1"), pdfs[-1], profile=court, share=True)
    return Bound(
        tuple(pdfs),
        plans,
        tuple(front.path for front in drawn.fronts),
        files,
        ProofFacts(court.stamp),
        tuple((item.derived.sha256, len(item.derived.pages)) for item in items),
    )


def subjects(report: ProofReport, title: str = "") -> set[str]:
    """What was found at fault, in the check whose title holds that word."""
    return {
        finding.subject
        for check in report.checks
        if title in check.title.lower()
        for finding in check.findings
    }


def attacked(bound: Bound, volume: int, edit: Callable[[pikepdf.Pdf], None], tmp_path: Path) -> ProofReport:
    """The proof of a volume after `edit`."""
    with pikepdf.open(bound.pdfs[volume - 1]) as pdf:
        edit(pdf)
        save(pdf, tmp_path / "attacked.pdf")
    return bound.prove(volume, tmp_path / "attacked.pdf")


def outside(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """The first link into another volume; it stands on page 2 of each volume."""
    return next(note for note in pdf.pages[1].obj.Annots if "/A" in note)


def file_name(name: str) -> Callable[[pikepdf.Object], None]:
    def edit(note: pikepdf.Object) -> None:
        note.A.F.UF, note.A.F.F = String(name), String(name.encode("ascii", "replace").decode())

    return edit


def entry(key: str, value: object) -> Callable[[pikepdf.Object], None]:
    def edit(note: pikepdf.Object) -> None:
        note.A[key] = value

    return edit


def instead(action: Dictionary) -> Callable[[pikepdf.Object], None]:
    def edit(note: pikepdf.Object) -> None:
        note.A = action

    return edit


def look_at_the_name_only(note: pikepdf.Object) -> None:
    note.A.F.F = String("other.pdf")


def show_both(note: pikepdf.Object) -> None:
    note.Dest = Array([note.A.D[0], Name.Fit])


FORGED_LINKS = {
    "another volume": file_name(NAMES[2]),
    "another file": file_name("other.pdf"),
    "two names": look_at_the_name_only,
    "a folder": file_name(f"away/{NAMES[1]}"),
    "the folder above": file_name(f"..\\{NAMES[1]}"),
    "a drive": file_name(f"C:{NAMES[1]}"),
    "a share": file_name(f"//server/{NAMES[1]}"),
    "no PDF": file_name("volume 2.exe"),
    "turned letters": file_name("volume\u202e 2.pdf"),
    "the next page": entry("/D", Array([3, Name.Fit])),
    "page 0": entry("/D", Array([-1, Name.Fit])),
    "half a page": entry("/D", Array([2.5, Name.Fit])),
    "a named place": entry("/D", String("chapter")),
    "another view": entry("/D", Array([2, Name.XYZ, 0, 0, 9])),
    "a second action": entry("/Next", Dictionary(S=Name.Launch, F=String("x.exe"))),
    "an address": instead(Dictionary(S=Name.URI, URI=String("https://example.org/"))),
    "a program": instead(Dictionary(S=Name.Launch, F=String("x.exe"))),
    "a script": instead(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))),
    "a form sent away": instead(Dictionary(S=Name.SubmitForm, F=String("https://example.org/"))),
    "a file inside": instead(Dictionary(S=Name.GoToE, D=Array([2, Name.Fit]))),
    "a page here": instead(Dictionary(S=Name.GoTo, D=Array([2, Name.Fit]))),
    "a page of both": show_both,
}


def test_the_volumes_as_they_were_made_are_proved(bound: Bound) -> None:
    for volume in (1, 2, 3):
        assert bound.prove(volume).ok, bound.prove(volume).findings
    assert not list(set_findings(bound.plans, bound.pages))


@pytest.mark.parametrize("how", FORGED_LINKS)
def test_a_forged_link_into_another_volume_is_named_by_its_page(
    bound: Bound, tmp_path: Path, how: str
) -> None:
    report = attacked(bound, 1, lambda pdf: FORGED_LINKS[how](outside(pdf)), tmp_path)
    assert subjects(report, "link") == {"page 2"}
    later = attacked(bound, 3, lambda pdf: FORGED_LINKS[how](outside(pdf)), tmp_path)
    index = bound.plans[2].index_pages.first
    assert subjects(later, "link") == {f"page {index}"}


@pytest.mark.parametrize(
    "edit",
    [
        lambda pdf: pdf.pages[1].obj.Annots.__delitem__(list(pdf.pages[1].obj.Annots).index(outside(pdf))),
        lambda pdf: pdf.pages[1].obj.Annots.append(outside(pdf)),
        lambda pdf: outside(pdf).__setattr__("Rect", Array([10, 10, 300, 300])),
        lambda pdf: outside(pdf).__setattr__("Border", Array([0, 0, 9])),
        lambda pdf: outside(pdf).__setattr__("F", 2),
    ],
    ids=["taken away", "doubled", "moved", "framed", "hidden"],
)
def test_a_link_that_is_not_where_it_was_is_named_by_its_page(bound: Bound, tmp_path: Path, edit) -> None:
    assert subjects(attacked(bound, 1, edit, tmp_path), "link") == {"page 2"}


def test_a_link_out_of_the_file_on_a_document_is_named_by_its_page(bound: Bound, tmp_path: Path) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        pdf.pages[3].obj.Annots = Array([outside(pdf)])

    assert subjects(attacked(bound, 1, add, tmp_path), "link") == {"page 4"}


def test_the_part_of_a_divided_tab_shifted_by_a_page_is_named_page_by_page(
    bound: Bound, tmp_path: Path
) -> None:
    """Volume 3 goes on with page 4 of its tab; here it goes on with page 3, which volume 2 has already."""
    first = bound.plans[2].tabs[0].pages.first

    def shift(pdf: pikepdf.Pdf) -> None:
        at = first - bound.plans[2].first_page
        with pikepdf.open(bound.files[bound.plans[2].tabs[0].derived_sha256]) as whole:
            for step, number in enumerate((3, 4)):
                theirs = pdf.copy_foreign(whole.pages[number - 1].obj.Resources.XObject.P)
                pdf.pages[at + step].obj.Resources.XObject.P = theirs

    report = attacked(bound, 3, shift, tmp_path)
    assert {f"page {first}", f"page {first + 1}"} <= subjects(report)
    assert f"page {first + 2}" not in subjects(report)


def test_a_page_moved_from_one_volume_to_the_next_is_named_in_both(bound: Bound, tmp_path: Path) -> None:
    with pikepdf.open(bound.pdfs[1]) as second, pikepdf.open(bound.pdfs[2]) as third:
        third.pages.insert(2, second.pages[-1])
        del second.pages[-1]
        save(second, tmp_path / "short.pdf")
        save(third, tmp_path / "long.pdf")
    short, long = bound.prove(2, tmp_path / "short.pdf"), bound.prove(3, tmp_path / "long.pdf")
    assert any("has 4 pages and the plan 5" in finding.message for finding in short.findings)
    plan = bound.plans[2]
    moved = {f"page {number}" for number in range(plan.tabs[0].pages.first, plan.last_page + 1)}
    assert moved <= subjects(long)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 3), (3, 1)])
def test_a_volume_put_for_another_is_found_on_every_page(bound: Bound, one: int, other: int) -> None:
    report = bound.prove(one, bound.pdfs[other - 1])
    plan = bound.plans[one - 1]
    both = min(plan.page_count, bound.plans[other - 1].page_count)
    pages = range(plan.first_page, plan.first_page + both)
    assert {f"page {number}" for number in pages} <= subjects(report)


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda plans: plans[1:], "do not run on"),
        (lambda plans: plans[:2], "8 were to be bound"),
        (lambda plans: (plans[0], plans[2]), "do not run on"),
        (lambda plans: (plans[1], plans[0], plans[2]), "not counted as they are"),
        (lambda plans: (*plans, plans[2]), "not counted as they are"),
    ],
)
def test_a_set_without_one_of_its_volumes_or_in_another_order_is_not_proved(
    bound: Bound, break_it, said: str
) -> None:
    found = list(set_findings(break_it(bound.plans), bound.pages))
    assert any(said in finding.message for finding in found)
    assert {(finding.code, finding.subject) for finding in found} == {("proof-volumes", "bundle")}
