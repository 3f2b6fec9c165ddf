"""A3 and larger reduced to A4: still a drawing, upright, nothing under the number; what is smaller stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.units import mm
from reportlab.pdfgen import canvas

from bundles.convert.normalising.viewing import ink_in, opened, page_of
from bundles.profile import load_profile
from bundles.treat.paper import A4_PT, TOLERANCE, apply, reduction
from bundles.treatment import Treatment

A4 = Treatment(paper="A4")
STAMP = load_profile("judiciary-2021").stamp


def plan(folder: Path, sizes: list[tuple[float, float]], *, ink_to_the_edge: bool = False) -> Path:
    path = folder / "plan.pdf"
    drawing = canvas.Canvas(str(path), invariant=True)
    for number, (width, height) in enumerate(sizes, 1):
        drawing.setPageSize((width, height))
        drawing.bookmarkPage(f"p{number}", fit="XYZ", left=100, top=height - 100)
        drawing.drawString(width / 2, height / 2, f"Plan {number}")
        drawing.linkAbsolute("first", "p1", (width / 2, height / 2, width / 2 + 40, height / 2 + 20))
        if ink_to_the_edge:
            drawing.rect(0, 0, width, height, fill=1)
        drawing.showPage()
    drawing.save()
    return path


def sizes_of(path: Path) -> list[tuple[int, int]]:
    pages = pypdf.PdfReader(path).pages
    return [(round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pages]


def test_large_pages_become_a4_and_smaller_ones_stay(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    sizes = [
        (420 * mm, 297 * mm),
        (297 * mm, 420 * mm),
        (612, 792),
        (148 * mm, 210 * mm),
        (216 * mm, 356 * mm),
    ]
    request, whole = prepared(plan(tmp_path, sizes), A4)
    made = apply(request, whole)
    assert sizes_of(made.path) == [(842, 595), (595, 842), (612, 792), (420, 595), (595, 842)]
    assert made.choice == "3 large pages reduced to A4"
    assert [round(page.width_pt) for page in made.pages] == [842, 595, 612, 420, 595]
    assert [page.extract_text().split()[0] for page in pypdf.PdfReader(made.path).pages] == ["Plan"] * 5
    with pikepdf.open(made.path) as pdf:
        assert all(not page.get_images() for page in pdf.pages), "still a drawing"
    assert made.findings == ()


def test_links_lie_and_lead_where_they_did(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    request, whole = prepared(plan(tmp_path, [(420 * mm, 297 * mm), (300, 300)]), A4)
    made = apply(request, whole)
    scale = 841.89 / (420 * mm)
    with pikepdf.open(made.path) as pdf:
        (link,) = pdf.pages[0].obj.Annots
        assert float(link.Rect[0]) == pytest.approx(210 * mm * scale, abs=0.5)
        (other,) = pdf.pages[1].obj.Annots
        assert other.Dest[0].objgen == pdf.pages[0].obj.objgen
        assert float(other.Dest[3]) == pytest.approx((297 * mm - 100) * scale, abs=0.5)
        assert float(other.Rect[0]) == pytest.approx(150, abs=0.5), "a page that stays keeps its links"


def test_nothing_stands_under_the_number(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    path = plan(tmp_path, [(420 * mm, 297 * mm), (841 * mm, 1189 * mm)], ink_to_the_edge=True)
    request, whole = prepared(path, A4)
    made = apply(request, whole)
    assert [page.reduced for page in made.pages] == [True, True]
    with opened(made.path) as file:
        for index in range(2):
            with page_of(file, index) as page:
                assert not ink_in(page, STAMP.on_page(page.get_width()))
    (finding,) = made.findings
    assert finding.code == "paper-reduced-far"
    assert "25%" in finding.message


def test_without_large_pages_or_without_the_choice_nothing_changes(
    tmp_path: Path, prepared: Callable[..., tuple]
) -> None:
    request, whole = prepared(plan(tmp_path, [A4_PT]), A4)
    assert apply(request, whole) == whole
    request, whole = prepared(plan(tmp_path, [(420 * mm, 297 * mm)]))
    assert apply(request, whole) == whole


@given(st.floats(A4_PT[1] * TOLERANCE, 14_400), st.floats(50, 14_400), st.booleans(), st.booleans())
def test_what_is_reduced_lies_on_the_page(long: float, short: float, across: bool, keep_free: bool) -> None:
    width, height = (long, min(short, long)) if across else (min(short, long), long)
    paper_height, (a, _, _, d, e, f) = reduction(width, height, STAMP, keep_free=keep_free)
    paper_width = sum(A4_PT) - paper_height
    assert a == d <= 1
    assert min(e, f) >= -1e-6
    assert e + a * width <= paper_width + 1e-6
    assert f + d * height <= paper_height + 1e-6
    if keep_free:
        assert f >= STAMP.bottom_pt + STAMP.height_pt - 1e-6
