"""Delimited text: every cell of every row, whatever the file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.tables.delimited import find_delimiter, read_delimited
from casefiles.tables.model import TableLimits, TableRefused, Workbook

ROWS = [
    ["Date", "Code", "Note"],
    ["03/09/2025", "/", "line one\nline two"],
    ["04/09/2025", "O", 'said "no", twice'],
]


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def read(folder: Path, data: bytes, name: str = "t.csv", limits: TableLimits | None = None) -> Workbook:
    path = folder / name
    path.write_bytes(data)
    return read_delimited(path, limits or TableLimits())


def cells(book: Workbook) -> list[list[str]]:
    sheet = book.sheets[0]
    return [[row.cells[n].text if n in row.cells else "" for n in sheet.columns] for row in sheet.rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16"])
def test_each_delimiter_and_charset_gives_the_same_cells(
    tmp_path: Path, delimiter: str, charset: str
) -> None:
    book = read(tmp_path, written(ROWS, delimiter).encode(charset))
    assert cells(book) == ROWS
    assert book.sheets[0].header == 1
    assert book.remarks == ()


def test_the_line_that_names_the_delimiter_is_believed(tmp_path: Path) -> None:
    assert cells(read(tmp_path, b"sep=;\r\na,b;c,d\r\ne,f;g,h\r\n")) == [["a,b", "c,d"], ["e,f", "g,h"]]


def test_formulas_stay_text_and_numbers_keep_their_digits(tmp_path: Path) -> None:
    rows = [["UPN", "Phone", "x"], ["007", "+44 7700", "=1+1"], ["1e5", "@home", "-5"]]
    assert cells(read(tmp_path, written(rows).encode())) == rows


def test_rows_of_another_length_are_named(tmp_path: Path) -> None:
    book = read(tmp_path, b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n")
    assert cells(book)[3] == ["6", "7", "8", "9"]
    assert [each.code for each in book.remarks] == ["table-ragged"]
    assert "such as row 3 with 2" in book.remarks[0].message


@pytest.mark.parametrize(
    ("data", "code", "kept"),
    [
        (b'a,b\n1,"two\n3,4\n', "table-quote-open", '"two'),
        (b'a,b\n1,"two"x\n3,4\n', "table-quotes-odd", "twox"),
        ("a,b\n1,£5\n".encode("cp1252"), "text-charset-guessed", "£5"),
        (b"", "table-empty", ""),
    ],
)
def test_what_is_odd_is_said_and_nothing_is_lost(tmp_path: Path, data: bytes, code: str, kept: str) -> None:
    book = read(tmp_path, data)
    assert code in [each.code for each in book.remarks]
    assert kept in book.sheets[0].text()


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (TableLimits(rows=2), "2 rows"),
        (TableLimits(cells=5), "5 filled cells"),
        (TableLimits(columns=2), "2 columns"),
        (TableLimits(characters=20), "20 characters"),
        (TableLimits(cell_characters=10), "10 characters in one cell"),
        (TableLimits(file_bytes=10), "10 bytes"),
    ],
)
def test_a_limit_that_stops_it_is_named(tmp_path: Path, limits: TableLimits, named: str) -> None:
    with pytest.raises(TableRefused, match=named):
        read(tmp_path, written(ROWS).encode(), limits=limits)
    assert read(tmp_path, written(ROWS).encode(), limits=replace(TableLimits(), rows=3)).sheets


def test_an_enormous_cell_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableRefused, match="in one cell"):
        read(tmp_path, b"a,b\n1," + b"x" * 200_000)
    with pytest.raises(TableRefused, match="cannot be read as text"):
        read(tmp_path, b"a,b\n\x00\x01\x02")


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1),
            min_size=3,
            max_size=3,
        ),
        min_size=2,
    )
)
def test_rows_that_were_written_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "back.csv"
    path.write_bytes(b"\xef\xbb\xbfsep=,\r\n" + written(rows).encode())
    assert cells(read_delimited(path, TableLimits())) == rows


@given(st.text())
def test_a_delimiter_is_always_found(text: str) -> None:
    assert find_delimiter(text) in {",", ";", "\t", "|"}
