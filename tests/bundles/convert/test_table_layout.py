"""Where cells go: no row and no column is lost, and no number is broken for want of a hair's breadth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.convert.table_layout import PAD_PT, Page, lay_out, line_count, text_width_pt
from bundles.derived import StampBox
from casefiles.tables.model import Cell, Row, Sheet, Span

STAMP = StampBox(20, 16, 56, 20)
words = st.text("abc 0123456789.,-\n", max_size=40)


def sheet(rows: list[list[str]], spans: tuple[Span, ...] = (), header: int = 1) -> Sheet:
    width = max(map(len, rows))
    made = tuple(
        Row(number, {place: Cell(text) for place, text in enumerate(row, 1) if text})
        for number, row in enumerate(rows, 1)
    )
    return Sheet(
        "S", made, tuple(range(1, width + 1)), header=header, heading_rows=header, labels=(1,), spans=spans,
        last_row=len(rows), last_column=width,
    )  # fmt: skip


def pages(of: Sheet) -> list[Page]:
    return list(lay_out(of, STAMP, "Title"))


@given(st.lists(st.lists(words, min_size=1, max_size=9), min_size=1, max_size=60))
def test_every_cell_is_on_a_page(rows: list[list[str]]) -> None:
    made = sheet(rows, header=0)
    drawn = [cell.text for page in pages(made) for _, cells in page.rows for cell in cells]
    for row in rows:
        for text in filter(None, row):
            assert text in drawn


@given(st.lists(st.lists(words, min_size=2, max_size=6), min_size=3, max_size=80))
def test_rows_run_on_from_page_to_page_under_their_heading(rows: list[list[str]]) -> None:
    drawn = pages(sheet(rows))
    runs: dict[tuple[str, ...], list[int]] = {}
    for page in drawn:
        assert [number for number, _ in page.headings] == [1]
        runs.setdefault(page.letters, []).extend(number for number, _ in page.rows)
    assert all(numbers == list(range(2, len(rows) + 1)) for numbers in runs.values())


@pytest.mark.parametrize(
    ("rows", "spans", "column"),
    [
        ([["10"], ["13"]], (), 0),
        ([["24", ""], ["1", ""]], (Span(1, 1, 2, 2),), 0),
        ([["2026", "", "x"], ["1", "2", "3"]], (Span(1, 1, 1, 2),), 0),
    ],
)
def test_a_number_stands_on_one_line_with_room_for_the_lines_beside_it(
    rows: list[list[str]], spans: tuple[Span, ...], column: int
) -> None:
    (page,) = pages(sheet(rows, spans, header=0))
    cell = page.rows[0][1][column]
    assert cell.width_pt >= text_width_pt(cell.text) + 2 * PAD_PT + 0.8
    assert line_count(cell.text, cell.width_pt - 2 * PAD_PT) == 1


def test_a_wide_table_is_split_with_its_labels_on_each_run() -> None:
    rows = [["name", *(f"heading number {n}" for n in range(30))], ["A. Pupil", *map(str, range(30))]]
    drawn = pages(sheet(rows))
    assert len(drawn) > 1
    assert all(page.landscape and page.letters[0] == "A" for page in drawn)
    assert all(sum(page.widths_pt) + page.number_pt <= 841.89 - 80 + 0.01 for page in drawn)
    shown = [letter for page in drawn for letter in page.letters[1 if page is not drawn[0] else 0 :]]
    assert len(shown) == len(set(shown)) == 31
