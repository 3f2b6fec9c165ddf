"""The pages chosen of a document: these and no others, what leads to them right, what led elsewhere counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdf
import pytest
from reportlab.pdfgen import canvas

from bundles.convert.base import HeldError
from bundles.model import PageRange
from bundles.treat import apply as apply_all
from bundles.treat.page_range import apply
from bundles.treatment import Treatment, decode
from casefiles.hashing import sha256_file


def document(folder: Path, pages: int = 10) -> Path:
    """Each page has a bookmark, a link to the page after it and one to page 1."""
    path = folder / "long.pdf"
    drawing = canvas.Canvas(str(path), invariant=True)
    for number in range(1, pages + 1):
        drawing.drawString(72, 700, f"Words of page {number}")
        drawing.bookmarkPage(f"p{number}")
        drawing.addOutlineEntry(f"Part {number}", f"p{number}", level=0 if number % 2 else 1)
        drawing.linkAbsolute("on", f"p{min(number + 1, pages)}", (72, 600, 200, 620))
        drawing.linkAbsolute("back", "p1", (72, 500, 200, 520))
        drawing.showPage()
    drawing.save()
    return path


def test_the_chosen_pages_alone(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    treatment = decode("pages=3-5,9")
    request, whole = prepared(document(tmp_path), treatment)
    made = apply(request, whole)
    reader = pypdf.PdfReader(made.path)
    words = [page.extract_text().strip() for page in reader.pages]
    assert words == [f"Words of page {number}" for number in (3, 4, 5, 9)]
    assert made.sha256 == sha256_file(made.path)
    assert made.pages == tuple(whole.pages[number - 1] for number in (3, 4, 5, 9))
    assert [(entry.title, entry.page) for entry in made.outline] == [
        ("Part 3", 1), ("Part 4", 2), ("Part 5", 3), ("Part 9", 4),
    ]  # fmt: skip
    assert made.choice == "pages 3–5, 9 of 10"
    assert [treatment.page_of_whole(number) for number in (1, 2, 3, 4)] == [3, 4, 5, 9]


def test_links_lead_to_the_pages_they_led_to(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    request, whole = prepared(document(tmp_path), decode("pages=3-5,9"))
    made = apply(request, whole)
    with pikepdf.open(made.path) as pdf:
        places = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
        led = [
            (number, places[link.Dest[0].objgen])
            for number, page in enumerate(pdf.pages, 1)
            for link in page.obj.get("/Annots", [])
        ]
        kinds = {str(each.get("/Type")) for each in pdf.objects if isinstance(each, pikepdf.Dictionary)}
        count = sum(
            isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Page" for each in pdf.objects
        )
    assert led == [(1, 2), (2, 3)]
    assert "/Page" in kinds
    assert count == 4, "no page that was left out is in the file"
    codes = {finding.code: finding.message for finding in made.findings}
    assert codes["links-to-pages-left-out"].startswith("6 links lead")
    assert codes["bookmarks-to-pages-left-out"].startswith("6 of its bookmarks")


def test_the_same_pages_give_the_same_bytes(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    request, whole = prepared(document(tmp_path), decode("pages=2-3"))
    first = apply(request, whole).sha256
    assert apply(request, whole).sha256 == first
    assert apply(prepared(request.original, decode("pages=2-4"))[0], whole).sha256 != first


@pytest.mark.parametrize(("pages", "page"), [("pages=11", "11"), ("pages=1,9-12", "12")])
def test_a_page_that_is_not_there(
    tmp_path: Path, prepared: Callable[..., tuple], pages: str, page: str
) -> None:
    request, whole = prepared(document(tmp_path), decode(pages))
    with pytest.raises(HeldError) as caught:
        apply(request, whole)
    (finding,) = caught.value.findings
    assert finding.code == "chosen-page-not-there"
    assert finding.message == f"page {page} was chosen, and it has 10 pages"
    assert 'pages = "1-10"' in finding.remedy


def test_nothing_chosen_leaves_the_file(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    request, whole = prepared(document(tmp_path))
    assert apply_all(request, whole) == whole
    request, whole = prepared(document(tmp_path), Treatment(pages=(PageRange(1, 2),)))
    assert apply_all(request, whole).treatment == "pages=1-2"


def commented(folder: Path) -> Path:
    """Three pages; a comment on the first and one on the third."""
    path = document(folder, 3)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        for index in (0, 2):
            note = pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[300, 700, 320, 720],
                Contents=f"Remark on {index + 1}", T="Pat",
            )  # fmt: skip
            pdf.pages[index].obj.Annots.append(pdf.make_indirect(note))
        pdf.save(path)
    return path


def test_the_list_of_comments_is_no_page_of_the_document(
    tmp_path: Path, prepared: Callable[..., tuple]
) -> None:
    request, whole = prepared(commented(tmp_path), decode("pages=2-3"))
    assert (len(whole.pages), whole.own_pages) == (4, 1)
    made = apply(request, whole)
    assert made.choice == "pages 2–3 of 3"
    assert "Remark" not in "".join(page.extract_text() for page in pypdf.PdfReader(made.path).pages)
    found = {finding.code: finding for finding in made.findings}
    assert "choose page 4 as well" in found["comments-list-left-out"].remedy
    assert found["pdf-comments"].message.startswith("has 2 comments on page 3 (page 2 of those bound)")
    assert "not named here" in found["pdf-comments"].message
    assert "listed on a page after" not in found["pdf-comments"].message


def test_the_list_of_comments_may_be_chosen(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    request, whole = prepared(commented(tmp_path), decode("pages=2,4"))
    made = apply(request, whole)
    assert made.choice == "page 2 of 3, with the list of its comments"
    assert made.own_pages == 1
    assert "Remark on 1" in pypdf.PdfReader(made.path).pages[1].extract_text()
    codes = {finding.code for finding in made.findings}
    assert "comments-list-left-out" not in codes
    assert "pdf-comments" not in codes, "none of them is on a page that was chosen"
