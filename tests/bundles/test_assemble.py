"""The finished PDF, read back with pypdf, poppler and qpdf."""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdf
import pytest

from bundles.assemble import AssemblyFailed, assemble
from bundles.front import draw_front
from bundles.manifest import ATTACHMENT_NAME, decode_manifest, manifest_of
from bundles.model import PageRange
from bundles.plan import FrontFacts, RowLink, index_rows, lay_out, plan_bundle

LONG = "Łukasz Żółć & <Sons> 学校からの手紙 " + "long " * 53


class Binder:
    """Binds items behind a plain one-page cover and a plain one-page index."""

    def __init__(self, folder, front, facts, court):
        self.folder, self.front, self.facts, self.court = folder, front, facts, court

    def plan(self, items):
        rows = index_rows(lay_out(items, self.court.section_titles, 2))
        links = tuple(RowLink(row, 2, 50, 700 - 2 * row, 500, 701.5 - 2 * row) for row in range(len(rows)))
        known = FrontFacts(self.front.sha256, PageRange(1, 1), PageRange(2, 2), links)
        return plan_bundle(self.facts, self.court, items, known)

    def bind(self, items, name="bundle.pdf", plan=None):
        plan = plan or self.plan(items)
        output = self.folder / name
        derived = {item.derived.sha256: item.derived.path for item in items}
        assemble(plan, self.front.path, derived, manifest_of(plan, "0.1.0"), output, profile=self.court)
        return output, plan


@pytest.fixture
def binder(tmp_path, make_derived, make_facts, court):
    return Binder(tmp_path, make_derived("front", 2), make_facts(title="Bundle & <Łódź>"), court)


@pytest.fixture
def items(make_derived, make_item):
    """Two documents with bookmarks and links of their own, one of them landscape."""
    statement = make_derived(
        "statement", 3, links=[(1, 3), (3, 2)], outline=[(1, "Łódź", 1), (2, "Deeper", 3)]
    )
    table = make_derived("table", 2, size=(842, 595), links=[(2, 1)])
    return [
        make_item(statement, section="C", title="Statement", exhibit=""),
        make_item(table, section="D", title=LONG),
    ]


def text_of(path, page):
    command = ["pdftotext", "-f", str(page), "-l", str(page), path, "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def link_targets(path):
    """For each page (1-based) the pages that its links lead to."""
    reader = pypdf.PdfReader(path)
    number_of = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, start=1)}
    return {
        number: [number_of[link.get_object()["/Dest"][0].idnum] for link in page.get("/Annots", [])]
        for number, page in enumerate(reader.pages, start=1)
    }


def test_every_page_is_there_in_order_with_its_number(binder, items):
    path, plan = binder.bind(items)
    assert plan.page_count == 7
    wanted = [f"front page {n} of 2" for n in (1, 2)] + [f"statement page {n} of 3" for n in (1, 2, 3)]
    wanted += [f"table page {n} of 2" for n in (1, 2)]
    for number, words in enumerate(wanted, start=1):
        assert text_of(path, number).split() == [*words.split(), str(number)]


def test_qpdf_and_poppler_find_nothing_wrong(binder, items):
    path, _ = binder.bind(items)
    checked = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=True)
    assert "No syntax or stream encoding errors" in checked.stdout
    information = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True)
    assert not information.stderr
    assert re.search(r"^Title: +2026-0042 Bundle & <Łódź>$", information.stdout, re.MULTILINE)
    assert re.search(r"^Pages: +7$", information.stdout, re.MULTILINE)
    assert re.search(r"^CreationDate: .*2026", information.stdout, re.MULTILINE)


def test_it_opens_at_100_percent_with_bookmarks_labels_title_and_language(binder, items):
    path, _ = binder.bind(items)
    with pikepdf.open(path) as pdf:
        page, how, left, top, zoom = list(pdf.Root.OpenAction)
        assert pikepdf.Page(page).index == 0
        assert (how, left, top, zoom) == (pikepdf.Name.XYZ, None, None, 1)
        assert pdf.Root.PageMode == pikepdf.Name.UseOutlines
        assert str(pdf.Root.Lang) == "en-GB"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert [page.label for page in pdf.pages] == [str(n) for n in range(1, 8)]
        assert set(pdf.Root.keys()) == {
            "/AF", "/Lang", "/Metadata", "/Names", "/OpenAction", "/Outlines", "/PageLabels", "/PageMode", "/Pages",
            "/Type", "/ViewerPreferences",
        }  # fmt: skip
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            assert metadata["dc:title"] == "2026-0042 Bundle & <Łódź>"
            assert metadata["xmp:ModifyDate"] == "2026-03-22T10:11:12Z"
        assert not pdf.is_encrypted


def test_bookmarks_are_the_plans(binder, items):
    path, plan = binder.bind(items)
    with pikepdf.open(path) as pdf, pdf.open_outline() as outline:
        found = []

        def walk(entries, level):
            for entry in entries:
                found.append((level, entry.title, pikepdf.Page(entry.destination[0]).index + 1))
                walk(entry.children, level + 1)

        walk(outline.root, 1)
    assert found == [(mark.level, mark.title, mark.page) for mark in plan.bookmarks]
    assert (4, "Deeper p 5", 5) in found


def test_the_index_leads_to_each_document(binder, items):
    path, plan = binder.bind(items)
    assert link_targets(path)[2] == [3, 3, 6, 6]
    with pikepdf.open(path) as pdf:
        for link, planned in zip(pdf.pages[1].obj.Annots, plan.index_links, strict=True):
            corners = (planned.left_pt, planned.bottom_pt, planned.right_pt, planned.top_pt)
            assert [float(value) for value in link.Rect] == pytest.approx(corners, abs=0.01)
            assert list(link.Border) == [0, 0, 0]
            assert link.Dest[3] == pdf.pages[planned.to_page - 1].obj.MediaBox[3]


def test_links_within_a_document_lead_to_its_own_pages(binder, items):
    path, _ = binder.bind(items)
    targets = link_targets(path)
    assert (targets[3], targets[4], targets[5]) == ([5], [], [4])
    assert (targets[6], targets[7]) == ([], [6])


def test_one_derived_file_bound_three_times_has_links_of_its_own_each_time(binder, make_item, make_derived):
    derived = make_derived("twice", 3, links=[(1, 3), (2, 2), (3, 1)])
    other = make_derived("other", 1)
    items = [make_item(derived), make_item(other), make_item(derived), make_item(derived)]
    path, _ = binder.bind(items)
    targets = link_targets(path)
    assert [targets[page] for page in (3, 4, 5)] == [[5], [4], [3]]
    assert [targets[page] for page in (7, 8, 9)] == [[9], [8], [7]]
    assert [targets[page] for page in (10, 11, 12)] == [[12], [11], [10]]
    for page in (3, 7, 10):
        assert text_of(path, page).split() == ["twice", "page", "1", "of", "3", str(page)]
    with pikepdf.open(path) as pdf:
        forms = {pdf.pages[index].obj.Resources.XObject.P.objgen for index in (2, 6, 9)}
    assert len(forms) == 1, "the pages' content is there once"


def test_only_the_stamp_is_added_to_a_derived_page(binder, items):
    path, _ = binder.bind(items)
    with pikepdf.open(path) as bundle, pikepdf.open(items[0].derived.path) as derived:
        for index, old in enumerate(derived.pages):
            new = bundle.pages[2 + index].obj
            assert set(new.keys()) == set(old.obj.keys())
            assert new.Contents[0].read_raw_bytes() == old.obj.Contents.read_raw_bytes()
            assert len(new.Contents) == 2
            assert new.Resources.XObject.P.read_raw_bytes() == old.obj.Resources.XObject.P.read_raw_bytes()
            assert set(new.Resources.keys()) == {"/XObject", "/Font"}


def test_the_manifest_is_attached_and_says_where_pages_came_from(binder, items):
    path, plan = binder.bind(items)
    attached = pypdf.PdfReader(path).attachments[ATTACHMENT_NAME]
    manifest = decode_manifest(attached[0])
    assert manifest == manifest_of(plan, "0.1.0")
    with pikepdf.open(path) as pdf:
        entry = pdf.Root.AF[0]
        assert entry.objgen == pdf.Root.Names.EmbeddedFiles.Names[1].objgen
        assert entry.AFRelationship == pikepdf.Name.Data
        parameters = entry.EF.F.Params
        assert str(parameters.ModDate) == str(parameters.CreationDate) == "D:20260322101112Z"
        assert parameters.Size == len(attached[0])
        assert bytes(parameters.CheckSum) == hashlib.md5(attached[0]).digest()


def test_each_bundle_has_an_identifier_of_its_own(binder, items):
    first, _ = binder.bind(items, "a.pdf")
    again, _ = binder.bind(items, "b.pdf")
    other, _ = binder.bind(items[:1], "c.pdf")
    assert first.read_bytes() == again.read_bytes()
    identifiers = []
    for path in (first, other):
        with pikepdf.open(path) as pdf:
            one, two = (bytes(value) for value in pdf.trailer.ID)
        assert one == two
        assert len(one) == 16
        identifiers.append(one)
    assert len(set(identifiers)) == 2
    assert b"31415926535897932384626433832795" not in first.read_bytes()


CHILD = """
import pickle, sys
from pathlib import Path
from bundles.assemble import assemble
from bundles.front import draw_front
from bundles.manifest import manifest_of
from bundles.plan import plan_bundle
from bundles.profile import load_profile
view, facts, items, folder = pickle.load(open(sys.argv[1], "rb"))
court = load_profile("judiciary-2021")
front = draw_front(view, court, items, Path(folder) / "front.pdf")
plan = plan_bundle(facts, court, items, front.facts)
derived = {item.derived.sha256: item.derived.path for item in items}
assemble(plan, front.path, derived, manifest_of(plan, "0.1.0"), Path(folder) / "bundle.pdf", profile=court)
"""


def test_another_process_elsewhere_makes_the_same_bytes(tmp_path, items, make_view, make_facts, court):
    import pickle

    digests = []
    for number, (zone, language, home) in enumerate(
        [("UTC", "C.UTF-8", "/"), ("Pacific/Auckland", "pl_PL.UTF-8", "/nonexistent")]
    ):
        folder = tmp_path / f"elsewhere {number} ł"
        folder.mkdir()
        given = folder / "given.pickle"
        given.write_bytes(pickle.dumps((make_view(), make_facts(mark="DRAFT"), items, str(folder))))
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONHASHSEED": str(number),
            "TZ": zone,
            "LANG": language,
            "LC_ALL": language,
            "HOME": home,
        }
        subprocess.run([sys.executable, "-c", CHILD, given], cwd=folder, env=environment, check=True)
        digests.append(hashlib.sha256((folder / "bundle.pdf").read_bytes()).hexdigest())
    assert digests[0] == digests[1]


def test_hundreds_of_files_under_a_small_limit_of_open_files(binder, make_item, make_derived):
    items = [
        make_item(make_derived(f"file {number}", 1), title=f"Document {number}") for number in range(300)
    ]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    try:
        path, plan = binder.bind(items)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert plan.page_count == 302
    assert text_of(path, 302).split() == ["file", "299", "page", "1", "of", "1", "302"]


def test_names_of_files_are_names_whatever_they_hold(binder, make_item, make_derived, tmp_path):
    derived = make_derived("plain", 1)
    odd = tmp_path / "1-z,r2 @list --empty ł'\".pdf"
    derived.path.rename(odd)
    path, _ = binder.bind([make_item(replace(derived, path=odd))])
    assert "plain page 1" in text_of(path, 3)


def test_a_draft_has_its_mark_on_every_page(binder, items):
    binder.facts = replace(binder.facts, mark="DRAFT")
    path, plan = binder.bind(items)
    for number in range(1, plan.page_count + 1):
        assert "DRAFT" in re.sub(r"\s", "", pypdf.PdfReader(path).pages[number - 1].extract_text())


def test_a_file_with_other_pages_than_planned_is_named(binder, make_item, make_derived):
    items = [make_item(make_derived("one", 1)), make_item(make_derived("two", 2))]
    plan = binder.plan(items)
    first, second = (item.derived for item in items)
    swapped = [
        replace(items[0], derived=replace(first, path=second.path)),
        replace(items[1], derived=replace(second, path=first.path)),
    ]
    with pytest.raises(AssemblyFailed, match="tab D1 has 2 pages, the plan 1"):
        binder.bind(swapped, plan=plan)


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"not a PDF")])
def test_a_missing_or_damaged_file_is_refused(binder, items, damage):
    damage(items[1].derived.path)
    with pytest.raises(AssemblyFailed, match="tab D1") as refused:
        binder.bind(items)
    assert refused.value.remedy
    assert not (binder.folder / "bundle.pdf").exists()


def test_a_link_out_of_its_document_is_refused(binder, items):
    path = items[0].derived.path
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj.Annots[0].Dest = pikepdf.Array([None, pikepdf.Name.Fit])
        pdf.save(path)
    with pytest.raises(AssemblyFailed, match="link in tab C1"):
        binder.bind(items)


def test_a_whole_bundle_with_a_drawn_front(tmp_path, items, make_view, make_facts, court):
    front = draw_front(make_view(draft=True), court, items, tmp_path / "front.pdf")
    plan = plan_bundle(make_facts(mark="DRAFT"), court, items, front.facts)
    output = tmp_path / "bundle.pdf"
    derived = {item.derived.sha256: item.derived.path for item in items}
    assemble(plan, front.path, derived, manifest_of(plan, "0.1.0"), output, profile=court)
    assert link_targets(output)[2] == [link.to_page for link in plan.index_links]
    assert "LONG".lower() in text_of(output, 2)
    rows = json.loads(pypdf.PdfReader(output).attachments[ATTACHMENT_NAME][0])["rows"]
    assert [row["page"] for row in rows] == [3, 4, 5, 6, 7]
