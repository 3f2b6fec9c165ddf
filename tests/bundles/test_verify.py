"""Verifying an issued bundle: each forgery, with a manifest (and derived file) re-made to match, is named by page."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import docx
import pikepdf
import pytest
from pikepdf import Name
from PIL import Image

from bundles.rederived import nothing_rederived
from bundles.verify import lines, verify_bundle
from casefiles.chain.report import Outcome, Report
from casefiles.errors import VerificationFailed
from tests.bundles.proof.issued import Issued, copy_of, documents, forge_derived, issue
from tests.bundles.proof.sample import changed, save, with_manifest

TYPED, SCAN_ONE, SCAN_TWO, AFTER_BLANK = 4, 6, 7, 8
LEVEL_1, LEVEL_2, LEVEL_3 = 6, 7, 8


@pytest.fixture(scope="session")
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, executor: Executor) -> Issued:
    root = tmp_path_factory.mktemp("issued")
    return issue(root, executor, documents(root))


@pytest.fixture
def issued(original: Issued, tmp_path: Path) -> Issued:
    return copy_of(original, tmp_path)


def verify(issued: Issued, path: Path | None = None) -> Report:
    return verify_bundle(path or issued.pdf, issued.kit.layout, issued.sources)


def step(report: Report, number: int) -> set[str]:
    """The subjects at fault in one step."""
    found = report.steps[number - 1]
    assert found.number == number
    errors = {finding.subject for finding in found.findings if finding.severity == "error"}
    assert bool(errors) == (found.outcome is Outcome.FAILED)
    return errors


def attack(issued: Issued, edit: Callable[[pikepdf.Pdf], None]) -> None:
    with pikepdf.open(issued.pdf, allow_overwriting_input=True) as pdf:
        edit(pdf)
        save(pdf, issued.pdf)


def page(pdf: pikepdf.Pdf, number: int) -> pikepdf.Object:
    return pdf.pages[number - 1].obj


def one_digit(form: pikepdf.Object) -> None:
    data = form.read_bytes()
    assert b"14 March" in data
    form.write(data.replace(b"14 March", b"15 March"))


def another_image(form: pikepdf.Object) -> None:
    image = next(iter(form.Resources.XObject.values()))
    stream = io.BytesIO()
    Image.new("RGB", (int(image.Width), int(image.Height)), "gray").save(stream, "JPEG")
    image.write(stream.getvalue(), filter=Name.DCTDecode)


def blank(form: pikepdf.Object) -> None:
    form.write(b"")


# --- a good one ----------------------------------------------------------------------------------------------------


def test_an_issued_bundle_verifies(issued: Issued) -> None:
    report = verify(issued)
    assert [finding.message for finding in report.findings] == []
    assert report.passed
    assert [found.number for found in report.steps] == list(range(1, 9))
    outcomes = [found.outcome for found in report.steps]
    assert outcomes[:LEVEL_2] == [Outcome.PASSED] * LEVEL_2
    assert outcomes[LEVEL_3 - 1] is Outcome.NOT_CHECKED  # there is no Office file in it
    pages = issued.sample.plan.page_count
    assert report.steps[LEVEL_1 - 1].looked_at == pages
    assert report.steps[LEVEL_2 - 1].looked_at == pages - 2


def test_a_copy_elsewhere_verifies_too(issued: Issued, tmp_path: Path) -> None:
    copied = tmp_path / "sent by e-mail.pdf"
    copied.write_bytes(issued.pdf.read_bytes())
    assert verify(issued, copied).passed


def test_a_draft_verifies_with_what_the_cache_has(tmp_path: Path, executor: Executor) -> None:
    made = issue(tmp_path, executor, documents(tmp_path)[:2], mark="DRAFT")
    report = verify(made)
    assert report.passed
    notes = report.steps[LEVEL_1 - 1].findings
    assert [note.subject for note in notes] == ["pages 1 to 2"]  # a draft's cover and index are not kept


def test_the_report_as_lines(issued: Issued) -> None:
    shown = list(lines(verify(issued)))
    assert shown[0] == "Verifying bundle.pdf"
    assert shown[1].startswith(" 1. Digests: ok (")
    assert "not done" in shown[-1]


# --- the four forgeries, each with a matching manifest --------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "edit"),
    [(TYPED, one_digit), (SCAN_TWO, another_image), (AFTER_BLANK, blank), (SCAN_ONE, blank)],
)
def test_a_page_forged_in_the_bundle(
    issued: Issued, number: int, edit: Callable[[pikepdf.Object], None]
) -> None:
    def forge(pdf: pikepdf.Pdf) -> None:
        edit(page(pdf, number).Resources.XObject.P)
        with_manifest(pdf, issued.sample.manifest)

    attack(issued, forge)
    report = verify(issued)
    assert step(report, 1) == {"bundle.pdf"}
    assert step(report, LEVEL_1) == {f"page {number}"}
    assert step(report, LEVEL_2) == {f"page {number}"}
    assert step(report, 2) == step(report, 3) == step(report, 4) == step(report, 5) == set()


def test_two_scans_of_equal_size_swapped(issued: Issued) -> None:
    one, two = (row for row in issued.sample.manifest.rows if row.page in (SCAN_ONE, SCAN_TWO))
    manifest = changed(
        issued.sample.manifest,
        SCAN_ONE,
        evidence_sha256=two.evidence_sha256,
        derived_sha256=two.derived_sha256,
        event=two.event,
        exhibit=two.exhibit,
    )
    manifest = changed(
        manifest,
        SCAN_TWO,
        evidence_sha256=one.evidence_sha256,
        derived_sha256=one.derived_sha256,
        event=one.event,
        exhibit=one.exhibit,
    )

    def swap(pdf: pikepdf.Pdf) -> None:
        first, second = page(pdf, SCAN_ONE).Resources.XObject, page(pdf, SCAN_TWO).Resources.XObject
        first.P, second.P = second.P, first.P
        with_manifest(pdf, manifest)

    attack(issued, swap)
    report = verify(issued)
    named = {f"page {SCAN_ONE}", f"page {SCAN_TWO}"}
    assert step(report, 5) == named
    assert step(report, LEVEL_1) == named
    assert step(report, LEVEL_2) == named


@pytest.mark.parametrize("keeps_manifest", [True, False])
@pytest.mark.parametrize(
    ("number", "edit"), [(TYPED, one_digit), (SCAN_TWO, another_image), (AFTER_BLANK, blank)]
)
def test_a_page_forged_with_a_derived_file_to_match(
    issued: Issued, number: int, edit: Callable[[pikepdf.Object], None], keeps_manifest: bool
) -> None:
    old, new = forge_derived(issued, number, lambda _, leaf: edit(leaf.Resources.XObject.P))
    manifest = replace(
        issued.sample.manifest,
        rows=tuple(
            replace(row, derived_sha256=new) if row.derived_sha256 == old else row
            for row in issued.sample.manifest.rows
        ),
    )
    if not keeps_manifest:
        (issued.folder / "casebinder-manifest.json").write_bytes(manifest.encode())

    def forge(pdf: pikepdf.Pdf) -> None:
        edit(page(pdf, number).Resources.XObject.P)
        with_manifest(pdf, manifest)

    attack(issued, forge)
    report = verify(issued)
    assert {"bundle.pdf", f"{old}.pdf", f"{new}.pdf"} <= step(report, 1)
    assert f"page {number}" in step(report, 5)
    assert step(report, LEVEL_2) == {f"page {number}"}


def test_a_number_forged(issued: Issued) -> None:
    def forge(pdf: pikepdf.Pdf) -> None:
        stamp = page(pdf, TYPED).Contents[1]
        page(pdf, TYPED).Contents[1] = pikepdf.Stream(pdf, stamp.read_bytes().replace(b"(4)", b"(5)"))

    attack(issued, forge)
    assert step(verify(issued), LEVEL_1) == {f"page {TYPED}"}


def test_an_index_row_that_leads_nowhere_known(issued: Issued) -> None:
    attack(issued, lambda pdf: page(pdf, 2).Annots[0].Dest.__setitem__(0, page(pdf, 4)))
    assert step(verify(issued), LEVEL_1) == {"page 2"}


def test_a_page_added_at_the_end(issued: Issued) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        pdf.pages.append(pdf.pages[3])

    attack(issued, add)
    last = issued.sample.plan.page_count + 1
    report = verify(issued)
    assert f"page {last}" in step(report, LEVEL_1)
    assert "page 1" in step(report, 5)


def test_pages_in_another_order(issued: Issued) -> None:
    def swap(pdf: pikepdf.Pdf) -> None:
        kids = pdf.Root.Pages.Kids
        kids[2], kids[4] = kids[4], kids[2]

    attack(issued, swap)
    assert {"page 3", "page 5"} <= step(verify(issued), LEVEL_1)


# --- manifest, events, originals, kept files -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"event": 1},
        {"event": 9999},
        {"evidence_sha256": "0" * 64},
        {"derived_sha256": "0" * 64},
        {"source_page": 3},
        {"printed": "9"},
        {"exhibit": "AB/9"},
        {"kind": "sheet"},
    ],
)
def test_a_manifest_row_altered(issued: Issued, values: dict[str, object]) -> None:
    attack(issued, lambda pdf: with_manifest(pdf, changed(issued.sample.manifest, TYPED, **values)))
    report = verify(issued)
    assert step(report, 5) == {f"page {TYPED}"}
    assert step(report, 1) == {"bundle.pdf"}


def test_no_manifest(issued: Issued) -> None:
    def strip(pdf: pikepdf.Pdf) -> None:
        del pdf.Root.AF
        del pdf.Root.Names

    attack(issued, strip)
    report = verify(issued)
    assert not report.passed
    assert "bundle.pdf" in step(report, 1)


def test_a_bundle_of_another_case(
    issued: Issued, original: Issued, tmp_path: Path, executor: Executor
) -> None:
    (tmp_path / "other").mkdir()
    other = issue(tmp_path / "other", executor, documents(tmp_path / "other")[3:4])
    report = verify_bundle(other.pdf, issued.kit.layout, replace(issued.sources, rederive=nothing_rederived))
    assert not report.passed
    assert "bundle.pdf" in step(report, 1)


def test_an_event_altered(issued: Issued) -> None:
    path = issued.kit.event_file(3)
    value = json.loads(path.read_bytes())
    value["at"] = "2026-03-02T09:00:00.001Z"
    path.chmod(0o644)
    path.write_bytes(json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    report = verify(issued)
    assert step(report, 2) == {"event 4"}
    assert step(report, 3)
    assert step(report, LEVEL_1) == set()


def test_the_signature_altered(issued: Issued) -> None:
    signature = next(issued.kit.layout.checkpoints.glob("*.sig"))
    signature.chmod(0o644)
    signature.write_bytes(bytes(64))
    assert step(verify(issued), 4)


def test_a_checkpoint_taken_away(issued: Issued) -> None:
    for path in issued.kit.layout.checkpoints.glob("0*"):
        path.unlink()
    assert step(verify(issued), 4)


def test_an_original_altered(issued: Issued) -> None:
    row = next(row for row in issued.sample.manifest.rows if row.page == SCAN_ONE)
    path = next(issued.kit.layout.originals.glob(f"*/{row.evidence_sha256}*"))
    path.chmod(0o644)
    path.write_bytes(b"x")
    assert step(verify(issued), LEVEL_2) == {f"page {SCAN_ONE}"}


def test_a_kept_file_missing(issued: Issued) -> None:
    gone = issued.kept(SCAN_ONE)
    gone.unlink()
    report = verify_bundle(issued.pdf, issued.kit.layout, replace(issued.sources, cached=lambda *_: None))
    assert step(report, 1) == {gone.name}
    assert step(report, LEVEL_1) == {f"page {SCAN_ONE}"}
    assert step(report, LEVEL_2) == set()


def test_a_file_that_is_no_pdf(issued: Issued) -> None:
    issued.pdf.write_bytes(b"%PDF-1.7\nrubbish")
    report = verify(issued)
    assert "bundle.pdf" in step(report, 1)
    assert not report.passed


def test_it_raises_for_exit_code_4(issued: Issued) -> None:
    attack(issued, lambda pdf: blank(page(pdf, TYPED).Resources.XObject.P))
    with pytest.raises(VerificationFailed) as raised:
        verify(issued).require_passed()
    assert f"page {TYPED}" in {finding.subject for finding in raised.value.findings}
    assert raised.value.exit_code == 4


def test_what_is_not_rederived_is_never_passed(issued: Issued) -> None:
    report = verify_bundle(issued.pdf, issued.kit.layout, replace(issued.sources, rederive=nothing_rederived))
    assert report.steps[LEVEL_2 - 1].outcome is Outcome.NOT_CHECKED
    assert all("not made again" in finding.message for finding in report.steps[LEVEL_2 - 1].findings)


@pytest.mark.slow
def test_office_files_are_made_again_by_the_same_version_only(tmp_path: Path, executor: Executor) -> None:
    letter = docx.Document()
    letter.add_paragraph("You missed 14 sessions.")
    path = tmp_path / "letter.docx"
    letter.save(str(path))
    made = issue(tmp_path, executor, [("A1", "Letter", None, path)], programs_path="/usr/bin:/bin")
    report = verify(made)
    assert report.passed
    assert report.steps[LEVEL_3 - 1].outcome is Outcome.PASSED
    assert report.steps[LEVEL_3 - 1].looked_at == 1

    rederive = made.sources.rederive
    other = {"soffice": replace(rederive.maker.programs["soffice"], version="1.2.3")}  # type: ignore[attr-defined]
    newer = replace(rederive, maker=replace(rederive.maker, programs=other))  # type: ignore[type-var,attr-defined]
    report = verify_bundle(made.pdf, made.kit.layout, replace(made.sources, rederive=newer))
    assert report.steps[LEVEL_3 - 1].outcome is Outcome.NOT_CHECKED
    assert "; this machine has soffice 1.2.3" in report.steps[LEVEL_3 - 1].findings[0].message

    without = replace(rederive, maker=replace(rederive.maker, programs={}))  # type: ignore[type-var,attr-defined]
    report = verify_bundle(made.pdf, made.kit.layout, replace(made.sources, rederive=without))
    assert report.steps[LEVEL_3 - 1].outcome is Outcome.NOT_CHECKED
    assert "not made again: soffice is not on this machine" in report.steps[LEVEL_3 - 1].findings[0].message
