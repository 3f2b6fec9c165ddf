"""Pages turned and straightened by a matrix: everything stays on the paper, and the picture stays as it is."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from bundles.convert.normalising.geometry import Matrix
from bundles.treat.page_reading import PageReading
from bundles.treat.text_layer import LayeredFile, about_centre, shrink_of, times, turning

SIZES = st.floats(100, 2000)


def moved(point: tuple[float, float], matrix: Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f


@given(SIZES, SIZES, st.sampled_from([0, 90, 180, 270]), st.floats(-15, 15))
def test_every_corner_stays_on_the_page(width: float, height: float, turn: int, skew: float) -> None:
    new = (height, width) if turn in {90, 270} else (width, height)
    straight = about_centre(skew, shrink_of(skew, *new), *new)
    matrix = times(turning(turn, width, height), straight)
    for corner in ((0.0, 0.0), (width, 0.0), (0.0, height), (width, height)):
        x, y = moved(corner, matrix)
        assert -1e-6 <= x <= new[0] + 1e-6
        assert -1e-6 <= y <= new[1] + 1e-6


@pytest.mark.parametrize(
    ("turn", "top_left"), [(0, (0, 200)), (90, (200, 100)), (180, (100, 0)), (270, (0, 0))]
)
def test_a_turn_is_clockwise(turn: int, top_left: tuple[float, float]) -> None:
    assert moved((0.0, 200.0), turning(turn, 100.0, 200.0)) == pytest.approx(top_left)


def derived(path: Path) -> Path:
    """Two pages with a picture; the first has a link, the second leads back to the first."""
    with pikepdf.new() as pdf:
        for _ in range(2):
            image = pikepdf.Stream(pdf, bytes(range(256)) * 3)
            image.Type, image.Subtype = Name.XObject, Name.Image
            image.Width, image.Height, image.ColorSpace, image.BitsPerComponent = 16, 16, Name.DeviceRGB, 8
            form = pikepdf.Stream(pdf, b"q 300 0 0 400 0 0 cm /Im Do Q")
            form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 300, 400])
            form.Resources = Dictionary(XObject=Dictionary(Im=image))
            page = Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, 300, 400]),
                Contents=pikepdf.Stream(pdf, b"/P Do"),
                Resources=Dictionary(XObject=Dictionary(P=form)),
            )
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        for start, end in ((0, 1), (1, 0)):
            link = Dictionary(
                Type=Name.Annot, Subtype=Name.Link, Rect=Array([10, 20, 60, 40]), Border=Array([0, 0, 0]),
                Dest=Array([pdf.pages[end].obj, Name.XYZ, 10, 390, None]),
            )  # fmt: skip
            pdf.pages[start].obj.Annots = Array([pdf.make_indirect(link)])
        pdf.save(path)
    return path


def layer(path: Path, width: float, height: float) -> Path:
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(width, height))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        pdf.pages[0].obj.Resources = Dictionary(Font=Dictionary(F=font))
        pdf.pages[0].obj.Contents = pikepdf.Stream(pdf, b"BT 3 Tr /F 12 Tf 50 60 Td (word) Tj ET")
        pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS="app.alert(1)"))
        pdf.save(path)
    return path


def test_picture_bits_stay_links_follow_and_nothing_but_words_is_taken(tmp_path: Path) -> None:
    source = derived(tmp_path / "derived.pdf")
    file = LayeredFile(source)
    placed = file.lay(0, PageReading(90, 0.0, 3, 95, "", "word"), layer(tmp_path / "layer.pdf", 400, 300))
    file.move_links(0, placed.matrix)
    file.write(tmp_path / "out.pdf")
    file.close()
    with pikepdf.open(source) as before, pikepdf.open(tmp_path / "out.pdf") as after:
        first, second = after.pages[0].obj, after.pages[1].obj
        assert list(first.MediaBox) == [0, 0, 400, 300]
        outer = first.Resources.XObject.P
        old = before.pages[0].obj.Resources.XObject.P.Resources.XObject.Im
        assert outer.Resources.XObject.P.Resources.XObject.Im.read_bytes() == old.read_bytes()
        assert set(outer.Resources.XObject.T.Resources.keys()) == {"/Font"}
        assert b"JavaScript" not in (tmp_path / "out.pdf").read_bytes()
        # 50 to 60 wide, 20 to 40 high, on paper 300 wide that is turned to the right
        assert [float(each) for each in first.Annots[0].Rect] == [20, 240, 40, 290]
        assert [float(each) for each in list(second.Annots[0].Dest)[2:4]] == [390, 290]
        assert bytes(second.Contents.read_bytes()) == b"/P Do"


def test_the_same_pages_give_the_same_bytes(tmp_path: Path) -> None:
    source = derived(tmp_path / "derived.pdf")
    words = layer(tmp_path / "layer.pdf", 300, 400)
    for name in ("one.pdf", "two.pdf"):
        file = LayeredFile(source)
        file.lay(0, PageReading(0, 2.0, 3, 95, "", "word"), words)
        file.write(tmp_path / name)
        file.close()
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
