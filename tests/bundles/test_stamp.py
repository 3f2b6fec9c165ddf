"""The stamp prints its number where the profile says, on every size of page, and touches nothing else."""

from __future__ import annotations

import re
import subprocess

import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.derived import StampBox
from bundles.stamp import Stamper, StampStyle, stamp_content

BOX = StampBox(20, 16, 56, 20)
SIZES = [(595, 842), (842, 595), (842, 1191), (300, 200), (595.276, 841.89)]


def stamped(derived, mark="", numbers=None):
    target = derived.path.with_name("stamped.pdf")
    with pikepdf.open(derived.path) as pdf:
        stamper = Stamper(pdf, StampStyle(BOX, 12, mark))
        for number, page in enumerate(pdf.pages, start=1):
            stamper.stamp(page.obj, (numbers or {}).get(number, str(number)))
        pdf.save(target)
    return target


def words(path, page=1):
    """Each word on a page and its box from the top left, as poppler sees them."""
    text = subprocess.run(
        ["pdftotext", "-bbox", "-f", str(page), "-l", str(page), path, "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', text)
    return {word: tuple(map(float, box)) for *box, word in found}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("number", ["1", "99999"])
def test_the_number_stands_upright_in_its_box(make_derived, size, number):
    path = stamped(make_derived("a", 1, size=size), numbers={1: number})
    left, top, right, bottom = words(path)[number]
    box = BOX.on_page(size[0])
    assert box.x_pt <= left < right <= box.x_pt + box.width_pt
    assert size[1] - box.y_pt - box.height_pt - 3 <= top < bottom <= size[1] - box.y_pt + 3
    with pypdfium2.PdfDocument(path) as pdf:
        picture = pdf[0].render(scale=2, grayscale=True).to_pil()
    floor = picture.height - round(2 * box.y_pt)
    edges = (
        round(2 * box.x_pt),
        floor - round(2 * box.height_pt),
        round(2 * (box.x_pt + box.width_pt)),
        floor,
    )
    assert picture.crop(edges).getextrema()[0] < 60
    assert picture.crop((0, floor, picture.width, picture.height)).getextrema()[0] > 200, "ink below the box"


def test_everything_else_of_the_page_stays(make_derived):
    derived = make_derived("a", 2, links=[(1, 2)])
    path = stamped(derived, mark="DRAFT")
    with pikepdf.open(derived.path) as before, pikepdf.open(path) as after:
        for old, new in zip(before.pages, after.pages, strict=True):
            assert set(new.obj.keys()) == set(old.obj.keys())
            assert list(new.obj.MediaBox) == list(old.obj.MediaBox)
            assert len(new.obj.Contents) == 2
            assert new.obj.Contents[0].read_bytes() == old.obj.Contents.read_bytes()
            assert new.obj.Resources.XObject.P.read_bytes() == old.obj.Resources.XObject.P.read_bytes()
            assert set(new.obj.Resources.keys()) == {"/XObject", "/Font", "/ExtGState"}
            assert list(new.obj.Resources.Font.keys()) == ["/CbStamp"]
            assert list(new.obj.Resources.ExtGState.keys()) == ["/CbMark"]


def test_a_final_bundle_has_no_mark(make_derived):
    path = stamped(make_derived("a", 1))
    with pikepdf.open(path) as pdf:
        assert set(pdf.pages[0].obj.Resources.keys()) == {"/XObject", "/Font"}
        assert pdf.pages[0].obj.Contents[1].read_bytes().count(b"Tj") == 1


def test_resources_that_pages_share_are_copied_first(make_derived):
    derived = make_derived("a", 2)
    with pikepdf.open(derived.path, allow_overwriting_input=True) as pdf:
        pdf.pages[1].obj.Resources = pdf.make_indirect(pdf.pages[0].obj.Resources)
        pdf.pages[0].obj.Resources = pdf.pages[1].obj.Resources
        pdf.save(derived.path)
    with pikepdf.open(derived.path) as pdf:
        Stamper(pdf, StampStyle(BOX, 12, "")).stamp(pdf.pages[0].obj, "1")
        assert "/Font" in pdf.pages[0].obj.Resources
        assert "/Font" not in pdf.pages[1].obj.Resources


@pytest.mark.parametrize("size", SIZES)
def test_a_draft_says_so_and_its_text_stays_readable(make_derived, size):
    path = stamped(make_derived("a", 1, size=size), mark="DRAFT")
    with pypdfium2.PdfDocument(path) as pdf:
        text = pdf[0].get_textpage().get_text_range()
        shades = pdf[0].render(scale=1, grayscale=True).to_pil().histogram()
    assert "DRAFT" in re.sub(r"\s", "", text)
    assert "a page 1 of 1" in text
    assert sum(shades[200:250]) > 0.02 * sum(shades), "no mark to see"
    assert sum(shades[60:200]) < 0.01 * sum(shades), "the mark is too dark"


@given(st.floats(150, 2000), st.floats(100, 2000), st.integers(1, 99999), st.sampled_from(["", "DRAFT"]))
def test_the_stream_is_balanced_and_plain(width, height, number, mark):
    content = stamp_content(str(number), width, height, StampStyle(BOX, 12, mark)).decode("ascii")
    tokens = content.split()
    for start, end in (("q", "Q"), ("BT", "ET"), ("BDC", "EMC")):
        assert tokens.count(start) == tokens.count(end) == (2 if mark else 1)
    assert f"({number}) Tj" in content
    assert not re.search(r"\d[eE][-+]?\d", content)


@pytest.mark.parametrize("number", ["123456789", "1)", "Ł", "(", "\\"])
def test_what_the_box_or_the_font_cannot_take_is_refused(number):
    with pytest.raises(ValueError, match=r"wider|cannot print"):
        stamp_content(number, 595, 842, StampStyle(BOX, 12, ""))
