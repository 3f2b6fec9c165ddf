"""A page too small for a number gets more paper; what it shows stays where it was, at the top."""

from pathlib import Path

import pypdfium2
import pytest
from reportlab.pdfgen import canvas

from bundles.convert.normalise import SMALLEST_PAGE_PT, normalise
from bundles.derived import StampBox

STAMP = StampBox(20, 16, 56, 20)


@pytest.mark.parametrize("size", [(144, 18), (400, 72), (40, 300), (99, 99), (10, 10)])
def test_a_small_page_has_room_for_its_number(tmp_path: Path, size: tuple[int, int]) -> None:
    source, output = tmp_path / "small.pdf", tmp_path / "out.pdf"
    drawing = canvas.Canvas(str(source), pagesize=size, invariant=True)
    drawing.setFont("Helvetica", 4)
    drawing.drawString(1, 2, "Tag")
    drawing.save()
    page = normalise(source, output, STAMP).pages[0]
    assert min(page.width_pt, page.height_pt) >= SMALLEST_PAGE_PT
    assert page.height_pt >= size[1] + STAMP.bottom_pt + STAMP.height_pt
    with pypdfium2.PdfDocument(output) as pdf:
        assert "Tag" in pdf[0].get_textpage().get_text_range()
        image = pdf[0].render(scale=2).to_pil().convert("L")
    box = STAMP.on_page(page.width_pt)
    x, top = int(box.x_pt * 2), int((page.height_pt - box.y_pt - box.height_pt) * 2)
    below = image.crop((x, top, x + int(box.width_pt * 2), top + int(box.height_pt * 2)))
    assert below.getextrema() == (255, 255)
    assert image.getextrema()[0] < 200


def test_an_ordinary_page_keeps_its_size(tmp_path: Path) -> None:
    source, output = tmp_path / "a5.pdf", tmp_path / "out.pdf"
    drawing = canvas.Canvas(str(source), pagesize=(420, 595), invariant=True)
    drawing.drawString(72, 400, "A5")
    drawing.save()
    page = normalise(source, output, STAMP).pages[0]
    assert (page.width_pt, page.height_pt) == (420, 595)
