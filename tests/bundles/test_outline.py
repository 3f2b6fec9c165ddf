"""The outline, read back with another library."""

from __future__ import annotations

import pikepdf
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundles.model import PlannedBookmark
from bundles.outline import text_string, write_outline


def written(path, bookmarks, pages=9):
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(595, 842))
        write_outline(pdf, [page.obj for page in pdf.pages], bookmarks)
        pdf.save(path)


def read_back(path):
    """Level, title and page of each bookmark, as pypdf sees them."""
    reader = pypdf.PdfReader(path)
    found = []

    def walk(entries, level):
        for entry in entries:
            if isinstance(entry, list):
                walk(entry, level + 1)
            else:
                found.append((level, entry.title, reader.get_destination_page_number(entry) + 1))

    walk(reader.outline, 1)
    return found


@st.composite
def outlines(draw):
    level, marks = 0, []
    for _ in range(draw(st.integers(1, 25))):
        level = draw(st.integers(1, level + 1))
        title = draw(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=15))
        marks.append(PlannedBookmark(level, title, draw(st.integers(1, 9))))
    return marks


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(outlines())
def test_every_outline_comes_back_as_planned(tmp_path, marks):
    path = tmp_path / "outline.pdf"
    written(path, marks)
    assert read_back(path) == [(mark.level, mark.title, mark.page) for mark in marks]


@pytest.mark.parametrize(
    "title",
    ["A & <b> (c) \\ d", "Łukasz Żółć", "学校からの手紙", "þÿ not UTF-16", "ï»¿ not UTF-8", "x" * 300, "😀"],
)
def test_titles_are_exact(tmp_path, title):
    written(tmp_path / "a.pdf", [PlannedBookmark(1, title, 1)])
    assert read_back(tmp_path / "a.pdf") == [(1, title, 1)]
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert str(pdf.Root.Outlines.First.Title) == title


def test_sections_stand_open_and_tabs_closed(tmp_path):
    marks = [PlannedBookmark(level, f"{level}", 1) for level in (1, 2, 3, 3, 2, 1)]
    written(tmp_path / "a.pdf", marks)
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        root = pdf.Root.Outlines
        assert root.Count == 4
        assert root.First.Count == 2
        assert root.First.First.Count == -2
        assert "/Count" not in root.Last


def test_a_destination_is_the_top_of_its_page_at_the_readers_zoom(tmp_path):
    written(tmp_path / "a.pdf", [PlannedBookmark(1, "x", 3)])
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        page, how, left, top, zoom = list(pdf.Root.Outlines.First.Dest)
        assert pikepdf.Page(page).index == 2
        assert (how, left, top, zoom) == (pikepdf.Name.XYZ, None, 842, None)


@pytest.mark.parametrize(
    "marks",
    [
        [PlannedBookmark(2, "too deep", 1)],
        [PlannedBookmark(1, "a", 1), PlannedBookmark(3, "jump", 1)],
        [PlannedBookmark(1, "no page", 10)],
        [PlannedBookmark(0, "no level", 1)],
    ],
)
def test_what_has_no_place_is_refused(tmp_path, marks):
    with pytest.raises(ValueError, match="no place"):
        written(tmp_path / "a.pdf", marks)


def test_plain_ascii_stays_plain():
    assert bytes(text_string("D2 Letter p 14")) == b"D2 Letter p 14"
