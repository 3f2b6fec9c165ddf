"""Proof of a whole bundle: a good one passes, and each attack is found and its page named."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from bundles.derived import StampBox
from bundles.model import PageRange
from bundles.proof import Outcome, ProofFacts, prove
from tests.bundles.proof.conftest import Attack, everywhere, named
from tests.bundles.proof.sample import Sample, changed, derive, edited, save, sha, with_manifest

TYPED = 3
SCAN_ONE, SCAN_TWO = 6, 7
LAST = 11


def page(pdf: pikepdf.Pdf, number: int) -> pikepdf.Object:
    return pdf.pages[number - 1].obj


def rewrite_stamp(pdf: pikepdf.Pdf, number: int, change: Callable[[bytes], bytes]) -> None:
    stamp = page(pdf, number).Contents[1]
    data = change(stamp.read_bytes())
    assert data != stamp.read_bytes()
    page(pdf, number).Contents[1] = pikepdf.Stream(pdf, data)


def own_form(pdf: pikepdf.Pdf, number: int) -> pikepdf.Object:
    return page(pdf, number).Resources.XObject.P


def image_of(pdf: pikepdf.Pdf, number: int) -> pikepdf.Object:
    return next(iter(own_form(pdf, number).Resources.XObject.values()))


def test_a_good_bundle_passes_every_check(sample: Sample) -> None:
    report = prove(sample.pdf, sample.plan, sample.derived, sample.front, sample.facts)
    assert report.findings == ()
    assert report.ok
    assert [check.number for check in report.checks] == list(range(1, 15))
    assert {check.outcome for check in report.checks} == {Outcome.OK}
    assert (report.pages, report.sha256) == (LAST, sha(sample.pdf))


def test_a_good_draft_passes_every_check(draft: Sample) -> None:
    report = prove(draft.pdf, draft.plan, draft.derived, draft.front, draft.facts)
    assert report.findings == ()
    assert report.ok


def test_without_facts_the_derived_files_are_read_instead(sample: Sample) -> None:
    report = prove(sample.pdf, sample.plan, sample.derived, sample.front, ProofFacts(sample.stamp))
    assert report.findings == ()


def test_it_writes_nothing_and_is_the_same_twice(sample: Sample) -> None:
    before = sha(sample.pdf)
    reports = [prove(sample.pdf, sample.plan, sample.derived, sample.front, sample.facts) for _ in range(2)]
    assert reports[0] == reports[1]
    assert sha(sample.pdf) == before


def test_a_draft_is_not_an_issue(sample: Sample, draft: Sample) -> None:
    unmarked = prove(sample.pdf, draft.plan, draft.derived, draft.front, draft.facts)
    assert "page 7" in named(unmarked, "What casebinder printed")
    marked = prove(draft.pdf, sample.plan, sample.derived, sample.front, sample.facts)
    assert "page 7" in named(marked, "What casebinder printed")


# --- pages ---------------------------------------------------------------------------------------------------------


def test_two_scans_swapped(attack: Attack) -> None:
    def swap(pdf: pikepdf.Pdf) -> None:
        one, two = page(pdf, SCAN_ONE).Resources.XObject, page(pdf, SCAN_TWO).Resources.XObject
        one.P, two.P = two.P, one.P

    assert set(named(attack(swap), "Content")) == {f"page {SCAN_ONE}", f"page {SCAN_TWO}"}


def test_page_order_swapped(attack: Attack) -> None:
    def swap(pdf: pikepdf.Pdf) -> None:
        kids = pdf.Root.Pages.Kids
        kids[3], kids[4] = kids[4], kids[3]

    report = attack(swap)
    assert {"page 4", "page 5"} <= set(named(report, "Content"))
    assert {"page 4", "page 5"} <= set(named(report, "What casebinder printed"))


def test_one_page_doubled(attack: Attack) -> None:
    def double(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Pages.Kids.insert(5, page(pdf, 5))
        pdf.Root.Pages.Count += 1

    report = attack(double)
    assert "page 6" in named(report, "Every page is there")
    assert "page 12" in named(report, "Every page is there")


def test_one_page_gone(attack: Attack) -> None:
    report = attack(lambda pdf: pdf.pages.__delitem__(9))
    assert named(report, "Every page is there") == ["bundle"]
    assert "page 10" in named(report, "Content")


def test_one_digit_changed_on_a_typed_page(attack: Attack) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        form = own_form(pdf, TYPED)
        data = form.read_bytes()
        assert b"60 is due" in data
        form.write(data.replace(b"60 is due", b"80 is due"))

    report = attack(change)
    assert named(report, "Content") == [f"page {TYPED}"]
    assert f"page {TYPED}" in named(report, "Text")


def test_one_page_blanked(attack: Attack) -> None:
    report = attack(lambda pdf: own_form(pdf, SCAN_ONE).write(b""))
    assert named(report, "Content") == [f"page {SCAN_ONE}"]


def test_a_blanked_page_is_seen_by_eye_where_no_facts_are_known(sample: Sample, tmp_path: Path) -> None:
    path = edited(sample, tmp_path / "blank.pdf", lambda pdf: own_form(pdf, SCAN_ONE).write(b""))
    report = prove(path, sample.plan, sample.derived, sample.front, ProofFacts(sample.stamp))
    assert f"page {SCAN_ONE}" in named(report, "Text")


def test_an_image_replaced_by_one_of_the_same_size(attack: Attack) -> None:
    def replace_image(pdf: pikepdf.Pdf) -> None:
        image = image_of(pdf, SCAN_TWO)
        assert str(image.Filter[-1] if isinstance(image.Filter, Array) else image.Filter) == "/DCTDecode"
        stream = io.BytesIO()
        Image.new("L", (int(image.Width), int(image.Height)), 40).save(stream, "JPEG")
        image.write(stream.getvalue(), filter=Name.DCTDecode)

    report = attack(replace_image)
    assert named(report, "Content") == [f"page {SCAN_TWO}"]
    assert "image" in report.findings[0].message


def test_a_font_that_reads_differently(attack: Attack) -> None:
    def swap_text(pdf: pikepdf.Pdf) -> None:
        fonts = own_form(pdf, 4).Resources.Font
        cmap = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00><FF> endcodespacerange " \
            b"1 beginbfchar <32> <0037> endbfchar endcmap end"  # fmt: skip
        for font in fonts.values():
            font.ToUnicode = pikepdf.Stream(pdf, cmap)

    report = attack(swap_text)
    assert {"page 3", "page 4", "page 5"} <= set(named(report, "Content"))
    assert "page 4" in named(report, "Text")


def test_a_rotated_page(attack: Attack) -> None:
    report = attack(lambda pdf: page(pdf, 8).__setattr__("Rotate", 90))
    assert named(report, "Size and position") == ["page 8"]


def test_a_rotation_that_all_pages_inherit(attack: Attack) -> None:
    report = attack(lambda pdf: pdf.Root.Pages.__setattr__("Rotate", 180))
    assert len(named(report, "Size and position")) == LAST
    assert not report.ok


@pytest.mark.parametrize("key", ["/CropBox", "/UserUnit"])
def test_a_page_cropped_or_scaled(attack: Attack, key: str) -> None:
    value = Array([0, 0, 300, 300]) if key == "/CropBox" else 2
    assert "page 5" in named(attack(lambda pdf: page(pdf, 5).__setitem__(key, value)), "Size and position")


def test_another_size(attack: Attack) -> None:
    report = attack(lambda pdf: page(pdf, 8).__setattr__("MediaBox", Array([0, 0, 842, 600])))
    assert named(report, "Size and position") == ["page 8"]


def test_a_third_content_stream(attack: Attack) -> None:
    def cover(pdf: pikepdf.Pdf) -> None:
        page(pdf, 4).Contents.insert(1, pikepdf.Stream(pdf, b"1 g 0 0 600 800 re f"))

    assert named(attack(cover), "Content") == ["page 4"]


def test_a_clip_that_hides_what_comes_after(attack: Attack) -> None:
    def clip(pdf: pikepdf.Pdf) -> None:
        page(pdf, 4).Contents[0] = pikepdf.Stream(pdf, b"q 0 0 1 1 re W n /P Do")

    assert named(attack(clip), "Content") == ["page 4"]


def test_a_layer_added(attack: Attack) -> None:
    def layer(pdf: pikepdf.Pdf) -> None:
        group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="x"))
        own_form(pdf, 5).OC = group
        pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group])))

    report = attack(layer)
    assert named(report, "Content") == ["page 5"]
    assert named(report, "Nothing else inside") == ["bundle"]


def test_a_layer_around_the_stamp(attack: Attack) -> None:
    def layer(pdf: pikepdf.Pdf) -> None:
        page(pdf, 5).Resources.Properties = Dictionary(
            L=pdf.make_indirect(Dictionary(Type=Name.OCG, Name="x"))
        )
        rewrite_stamp(pdf, 5, lambda data: b"/OC /L BDC\n" + data + b"\nEMC")

    report = attack(layer)
    assert named(report, "Content") == ["page 5"]
    assert named(report, "What casebinder printed") == ["page 5"]


# --- what is printed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "checks"),
    [
        (lambda data: data.replace(b"(5)", b"(6)"), {"What casebinder printed", "Number where it must be", "Text"}),
        (lambda data: data.replace(b"0 Tr", b"3 Tr"), {"What casebinder printed", "Number where it must be"}),
        (lambda data: data.replace(b"0 g", b"1 g"), {"What casebinder printed", "Number where it must be"}),
        (lambda data: b"1 0 0 1 0 5000 cm " + data, {"What casebinder printed", "Number where it must be"}),
        (lambda data: data.replace(b" Tm (", b" Tm 0 300 Td ("), {"What casebinder printed"}),
        (lambda data: data.replace(b"1 0 0 1", b"0 1 -1 0"), {"What casebinder printed"}),
        (lambda data: data.replace(b"1 0 0 1", b"-1 0 0 1"), {"What casebinder printed"}),
        (lambda data: data.replace(b"1 0 0 1", b"0.01 0 0 0.01"), {"What casebinder printed"}),
        (lambda data: b"q 1 g 0 0 595 842 re f Q\n" + data, {"What casebinder printed"}),
        (lambda data: data + b"\nq 1 g 500 0 95 60 re f Q", {"What casebinder printed"}),
        (lambda data: data + b"\nq /P Do Q", {"What casebinder printed"}),
        (lambda data: data + b"\nq BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q", {"What casebinder printed"}),
        (lambda data: data.replace(b"(5) Tj", b"(5) Tj (9) Tj"), {"What casebinder printed"}),
        (lambda data: data + b"\nQ", {"What casebinder printed"}),
        (lambda _: b" ", {"What casebinder printed", "Number where it must be", "Text"}),
    ],
    ids=[
        "another number", "invisible", "white", "moved off by cm", "moved off by Td", "turned", "mirrored", "tiny",
        "white under the number", "white over the number", "draws the page again", "inline image", "two numbers",
        "unbalanced", "nothing",
    ],
)  # fmt: skip
def test_what_is_printed(attack: Attack, change: Callable[[bytes], bytes], checks: set[str]) -> None:
    report = attack(lambda pdf: rewrite_stamp(pdf, 5, change))
    for check in checks:
        assert "page 5" in named(report, check)
    assert everywhere(report) == {"page 5"}


def test_a_number_whose_font_shows_other_digits(attack: Attack) -> None:
    def swap(pdf: pikepdf.Pdf) -> None:
        font = Dictionary(page(pdf, 5).Resources.Font.CbStamp)
        font.Encoding = Dictionary(Type=Name.Encoding, Differences=Array([ord("5"), Name.seven]))
        resources = Dictionary(page(pdf, 5).Resources)
        resources.Font = Dictionary(CbStamp=pdf.make_indirect(font))
        page(pdf, 5).Resources = resources

    assert named(attack(swap), "What casebinder printed") == ["page 5"]


def test_a_mark_that_hides_the_page(draft: Sample, tmp_path: Path) -> None:
    def opaque(pdf: pikepdf.Pdf) -> None:
        page(pdf, 5).Resources.ExtGState.CbMark.ca = 1

    path = edited(draft, tmp_path / "opaque.pdf", opaque)
    report = prove(path, draft.plan, draft.derived, draft.front, draft.facts)
    assert "page 5" in named(report, "What casebinder printed")


def test_a_number_outside_of_the_profile_s_place(sample: Sample) -> None:
    facts = replace(sample.facts, stamp=StampBox(300, 700, 50, 20))
    report = prove(sample.pdf, sample.plan, sample.derived, sample.front, facts)
    assert len(named(report, "What casebinder printed")) == LAST
    assert len(named(report, "Number where it must be")) == LAST


# --- links, bookmarks, labels --------------------------------------------------------------------------------------


def test_an_index_link_off_by_one(attack: Attack) -> None:
    def move(pdf: pikepdf.Pdf) -> None:
        page(pdf, 2).Annots[2].Dest[0] = page(pdf, SCAN_TWO + 1)

    report = attack(move)
    assert named(report, "Links") == ["page 2"]
    assert "leads to page 8 instead of page 7" in report.findings[0].message


def test_a_source_link_off_by_one(attack: Attack) -> None:
    report = attack(lambda pdf: page(pdf, 3).Annots[0].Dest.__setitem__(0, page(pdf, 4)))
    assert named(report, "Links") == ["page 3"]


@pytest.mark.parametrize(
    "change",
    [
        lambda pdf: page(pdf, 2).Annots.__delitem__(0),
        lambda pdf: page(pdf, 2).Annots[0].__setattr__("F", 2),
        lambda pdf: page(pdf, 2).Annots[0].__setattr__("Rect", Array([0, 0, 5, 5])),
        lambda pdf: page(pdf, 2).Annots[0].__setattr__("Border", Array([0, 0, 40])),
        lambda pdf: page(pdf, 2).Annots[0].__setattr__("AP", Dictionary()),
        lambda pdf: page(pdf, 2).Annots[0].__setattr__("A", Dictionary(S=Name.URI, URI="http://example.org")),
        lambda pdf: page(pdf, 2).Annots.append(page(pdf, 2).Annots[0]),
    ],
    ids=["gone", "hidden", "elsewhere", "with a border", "with an appearance", "to the web", "doubled"],
)
def test_index_links(attack: Attack, change: Callable[[pikepdf.Pdf], None]) -> None:
    assert "page 2" in named(attack(change), "Links")


def test_a_stamp_annotation_that_covers_text(attack: Attack) -> None:
    def cover(pdf: pikepdf.Pdf) -> None:
        white = pikepdf.Stream(pdf, b"1 g 0 0 595 842 re f")
        white.Type, white.Subtype, white.BBox = Name.XObject, Name.Form, Array([0, 0, 595, 842])
        note = Dictionary(
            Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 595, 842]), F=4, AP=Dictionary(N=white)
        )
        page(pdf, 4).Annots = Array([pdf.make_indirect(note)])

    report = attack(cover)
    assert named(report, "Links") == ["page 4"]
    assert "not a link (/Stamp)" in report.findings[0].message


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (
            lambda root, pdf: root.First.Next.Next.First.__setattr__("Dest", Array([page(pdf, 4), Name.Fit])),
            "page 3",
        ),
        (lambda root, _: root.First.Next.Next.First.__setattr__("Title", "A1 – p. 4"), "page 3"),
        (lambda root, _: root.First.__setattr__("Next", root.First.Next.Next), "page 2"),
        (lambda root, _: root.First.Next.__setattr__("Next", root.First), "page 1"),
        (lambda root, _: root.First.__setattr__("A", Dictionary(S=Name.JavaScript, JS="x")), "page 1"),
    ],
    ids=["leads elsewhere", "other words", "one gone", "runs in a circle", "with an action"],
)
def test_bookmarks(attack: Attack, change: Callable[..., None], subject: str) -> None:
    assert subject in named(attack(lambda pdf: change(pdf.Root.Outlines, pdf)), "Bookmarks")


def test_a_bookmark_without_its_number(sample: Sample) -> None:
    plan = replace(
        sample.plan, bookmarks=(replace(sample.plan.bookmarks[0], title="Cover"), *sample.plan.bookmarks[1:])
    )
    report = prove(sample.pdf, plan, sample.derived, sample.front, sample.facts)
    assert named(report, "Bookmarks") == ["page 1"]


def test_labels_shifted(attack: Attack) -> None:
    report = attack(lambda pdf: pdf.Root.PageLabels.Nums[1].__setattr__("St", 2))
    assert len(named(report, "Page labels")) == LAST


def test_labels_gone(attack: Attack) -> None:
    assert named(attack(lambda pdf: pdf.Root.__delattr__("PageLabels")), "Page labels") == ["page 1"]


def test_labels_that_start_again(attack: Attack) -> None:
    report = attack(lambda pdf: pdf.Root.PageLabels.Nums.extend([9, Dictionary(S=Name.r)]))
    assert named(report, "Page labels") == ["page 10", "page 11"]


# --- the file as a whole -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda pdf: pdf.Root.OpenAction.__setitem__(4, 2), "Opening view, title and language"),
        (lambda pdf: pdf.Root.OpenAction.__setitem__(0, page(pdf, 2)), "Opening view, title and language"),
        (lambda pdf: pdf.Root.__delattr__("OpenAction"), "Opening view, title and language"),
        (lambda pdf: pdf.Root.__setattr__("Lang", "fr"), "Opening view, title and language"),
        (lambda pdf: pdf.docinfo.__setitem__("/Title", "Another"), "Opening view, title and language"),
        (lambda pdf: pdf.Root.__delattr__("ViewerPreferences"), "Opening view, title and language"),
        (lambda pdf: pdf.Root.__setattr__("AA", Dictionary()), "Nothing else inside"),
        (lambda pdf: pdf.Root.__setattr__("AcroForm", Dictionary(Fields=Array([]))), "Nothing else inside"),
        (
            lambda pdf: pdf.Root.Names.__setattr__("JavaScript", Dictionary(Names=Array([]))),
            "Nothing else inside",
        ),
        (
            lambda pdf: pdf.Root.__setattr__("OpenAction", Dictionary(S=Name.JavaScript, JS="x")),
            "Opening view, title and language",
        ),
    ],
)
def test_the_whole_file(attack: Attack, change: Callable[[pikepdf.Pdf], None], check: str) -> None:
    report = attack(change)
    assert named(report, check) == ["bundle"]


def test_an_action_on_a_page(attack: Attack) -> None:
    report = attack(
        lambda pdf: page(pdf, 6).__setattr__("AA", Dictionary(O=Dictionary(S=Name.Launch, F="x")))
    )
    assert named(report, "Nothing else inside") == ["page 6"]


def test_an_encrypted_file(sample: Sample, tmp_path: Path) -> None:
    with pikepdf.open(sample.pdf) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="x", user=""))
    report = prove(tmp_path / "locked.pdf", sample.plan, sample.derived, sample.front, sample.facts)
    assert "bundle" in named(report, "The file opens")


def test_a_truncated_file(sample: Sample, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(sample.pdf.read_bytes()[:-2000])
    report = prove(cut, sample.plan, sample.derived, sample.front, sample.facts)
    assert not report.ok
    assert "bundle" in named(report, "The file opens")
    assert Outcome.NOT_DONE in {check.outcome for check in report.checks}


def test_a_file_that_a_reader_must_mend(sample: Sample, tmp_path: Path) -> None:
    mended = tmp_path / "mended.pdf"
    data = sample.pdf.read_bytes()
    mended.write_bytes(data.replace(b"startxref\n", b"startxref\n1", 1))
    report = prove(mended, sample.plan, sample.derived, sample.front, sample.facts)
    assert named(report, "The file opens")


def test_an_earlier_revision_under_the_last(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "revised.pdf"
    shutil.copy(sample.pdf, path)
    data = path.read_bytes()
    start = int(data.rsplit(b"startxref", 1)[1].split()[0])
    trailer = data[data.rindex(b"trailer <<") + len(b"trailer <<") : data.rindex(b">>\nstartxref")]
    body = b"\nxref\n0 0\ntrailer << /Prev %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        start,
        trailer,
        len(data) + 1,
    )
    path.write_bytes(data + body)
    subprocess.run(["qpdf", "--check", path], check=True, capture_output=True)
    report = prove(path, sample.plan, sample.derived, sample.front, sample.facts)
    assert any("earlier revision" in finding.message for finding in report.findings)


def test_something_before_the_header(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "mixed.pdf"
    path.write_bytes(b"MZ junk\n" + sample.pdf.read_bytes())
    assert "bundle" in named(
        prove(path, sample.plan, sample.derived, sample.front, sample.facts), "The file opens"
    )


# --- index and manifest --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title"},
        {"exhibit": "AB/77"},
        {"choice": "pages 3–7 of 60"},
    ],
)
def test_the_index_says_what_the_plan_says(sample: Sample, change: dict[str, object]) -> None:
    section = sample.plan.sections[0]
    tab = replace(section.tabs[0], **change)  # type: ignore[arg-type]
    plan = replace(
        sample.plan, sections=(replace(section, tabs=(tab, *section.tabs[1:])), *sample.plan.sections[1:])
    )
    report = prove(sample.pdf, plan, sample.derived, sample.front, sample.facts)
    assert named(report, "Index") == ["page 2"]


def test_the_index_carries_dates_pages_and_checkpoint(sample: Sample) -> None:
    from datetime import date

    section = sample.plan.sections[0]
    dated = replace(section.tabs[0], dated=date(2026, 1, 20))
    plan = replace(
        sample.plan,
        sections=(replace(section, tabs=(dated, *section.tabs[1:])), *sample.plan.sections[1:]),
        checkpoint="21:0000000000000000",
    )
    report = prove(sample.pdf, plan, sample.derived, sample.front, sample.facts)
    assert named(report, "Index") == ["page 2", "page 2"]
    ranged = replace(section.tabs[0], pages=PageRange(3, 4))
    plan = replace(
        sample.plan, sections=(replace(section, tabs=(ranged, *section.tabs[1:])), *sample.plan.sections[1:])
    )
    assert "page 2" in named(prove(sample.pdf, plan, sample.derived, sample.front, sample.facts), "Index")


def test_a_manifest_row_altered(attack: Attack, sample: Sample) -> None:
    row = sample.manifest.rows[4]
    report = attack(lambda pdf: with_manifest(pdf, changed(sample.manifest, row.page, exhibit="AB/9")))
    assert named(report, "Manifest") == [f"page {row.page}"]
    assert everywhere(report) == {f"page {row.page}"}


def test_a_manifest_that_is_not_canonical(attack: Attack, sample: Sample) -> None:
    report = attack(lambda pdf: pdf.Root.AF[0].EF.F.write(sample.manifest.encode() + b" "))
    assert named(report, "Manifest") == ["bundle"]


def test_a_second_attachment(attack: Attack) -> None:
    def attach(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["evil.exe"] = b"MZ"

    assert "bundle" in named(attack(attach), "Manifest")


# --- the derived files ---------------------------------------------------------------------------------------------


def test_a_derived_file_that_is_not_the_one_planned(sample: Sample, tmp_path: Path) -> None:
    wrong = derive(sample.sources[sample.plan.tabs[0].evidence_sha256], tmp_path / "wrong.pdf")

    def other(digest: str) -> Path:
        return wrong if digest == sample.plan.tabs[0].derived_sha256 else sample.files[digest]

    report = prove(sample.pdf, sample.plan, other, sample.front, sample.facts)
    assert "page 3" in named(report, "Content")


def test_saving_again_changes_nothing_that_matters(sample: Sample, tmp_path: Path) -> None:
    with pikepdf.open(sample.pdf) as pdf:
        save(pdf, tmp_path / "again.pdf")
    report = prove(tmp_path / "again.pdf", sample.plan, sample.derived, sample.front, sample.facts)
    assert report.ok
