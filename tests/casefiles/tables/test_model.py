"""Names of columns, choices of sheets, the row of headings."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import column_index_from_string

from casefiles.tables.model import Cell, Row, Sheet, SheetChoice, TableRefused, column_name, find_header


@given(st.integers(1, 16_384))
def test_a_columns_name_leads_back_to_its_number(number: int) -> None:
    assert column_index_from_string(column_name(number)) == number


@pytest.mark.parametrize(
    ("choice", "picked"),
    [
        (SheetChoice(), ()),
        (SheetChoice(names=("Two",)), (2,)),
        (SheetChoice(names=(" ONE ",)), (1,)),
        (SheetChoice(names=("two",), numbers=(3, 1)), (1, 2, 3)),
        (SheetChoice(names=("TWICE",)), None),
        (SheetChoice(names=("Twice",)), (3,)),
        (SheetChoice(names=("Three",)), None),
        (SheetChoice(numbers=(5,)), None),
    ],
)
def test_sheets_are_picked_by_name_and_number_in_the_files_order(
    choice: SheetChoice, picked: tuple[int, ...] | None
) -> None:
    listed = ["One", "Two", "Twice", "twice"]
    if picked is None:
        with pytest.raises(TableRefused) as refusal:
            choice.pick(listed)
        assert refusal.value.code == "chosen-sheet-not-there"
        assert "“Twice”" in refusal.value.message
    else:
        assert choice.pick(listed) == picked


def test_a_refusal_passes_between_processes_whole() -> None:
    again = pickle.loads(pickle.dumps(TableRefused("a", "b", "c")))
    assert (again.code, again.message, again.remedy) == ("a", "b", "c")


def row(number: int, *texts: str) -> Row:
    return Row(number, {place: Cell(text) for place, text in enumerate(texts, 1) if text})


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([row(1, "Pupil", "Share", "Sum"), row(2, "Zoë", "1", "2")], 1),
        ([row(1, "A title"), row(2), row(3, "Pupil", "Share", ""), row(4, "Zoë", "1")], 3),
        ([row(1, "Pupil", "Share", "Sum")], 0),
        ([row(1, "only"), row(2, "one")], 0),
        ([row(n, "a") for n in range(1, 25)] + [row(25, "a", "b", "c"), row(26, "a", "b", "c")], 0),
    ],
)
def test_the_row_of_headings_is_the_first_that_fills_half_the_columns(rows: list[Row], header: int) -> None:
    assert find_header(tuple(rows), 3) == header


def test_the_text_of_a_sheet_is_that_of_its_columns_shown() -> None:
    sheet = Sheet("Autumn", (row(1, "a", "hidden", "c"),), (1, 3))
    assert sheet.text() == "Autumn\na\tc"
    assert list(sheet.words()) == ["a", "c"]
