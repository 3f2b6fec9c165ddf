"""Dates and times: which formats are the computer's own, and which read the wrong way round in Britain."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles.numbers import BUILTIN_FORMATS

from casefiles.intake.limits import FactsLimits
from casefiles.tables.date_format import in_britain
from casefiles.tables.model import TableLimits
from casefiles.tables.number_format import shown_value, shows_month_first
from casefiles.tables.workbook import read_workbook

NINTH_OF_MARCH = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (BUILTIN_FORMATS[14], "09/03/2026"),
        (BUILTIN_FORMATS[22], "09/03/2026 00:00"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "09 March 2026"),
        ("[$-x-sysdate]dddd", "Monday"),
        ("[$-F400]h:mm:ss\\ AM/PM", "00:00:00"),
        ("[$-809]dd mmmm yyyy;@", "09 March 2026"),
        ("m/d/yyyy", "3/9/2026"),
    ],
)
def test_the_computers_own_formats_are_british(code: str, shown: str) -> None:
    assert shown_value(NINTH_OF_MARCH, in_britain(code)) == shown


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("m/d/yyyy", True), ("mm-dd", True), ("yyyy/mm/dd", False), ("[$-409]m/d/yy h:mm AM/PM;@", True),
        ("dd/mm/yyyy", False), ("d mmm yyyy", False), ("mmm d, yyyy", False), ("mmmm dd", False),
        ("h:mm", False), ("mm:ss", False), ("dd/mm/yyyy hh:mm", False), ("0.00", False), ("General", False),
    ],
)  # fmt: skip
def test_which_show_the_month_first(code: str, first: bool) -> None:
    assert shows_month_first(code) is first


@given(st.dates(date(1900, 3, 1), date(2200, 1, 1)))
def test_a_plain_short_date_is_day_month_year(day: date) -> None:
    assert shown_value(day, in_britain("mm-dd-yy")) == f"{day:%d/%m/}{day.year:04d}"


def workbook(folder: Path, code: str, value: object = datetime(2026, 3, 9)) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Pupil", "When"])
    sheet.append(["A", value])
    sheet["B2"].number_format = code
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


@pytest.mark.parametrize(
    ("code", "value", "shown", "finding"),
    [
        ("mm-dd-yy", datetime(2026, 3, 9), "09/03/2026", ""),
        ("m/d/yyyy", datetime(2026, 3, 9), "3/9/2026", "workbook-month-first"),
        (BUILTIN_FORMATS[44], 60, "", "workbook-local-currency"),
        ('"£"#,##0', 60, "£60", ""),
    ],
)
def test_what_a_person_must_be_told(
    tmp_path: Path, code: str, value: object, shown: str, finding: str
) -> None:
    book = read_workbook(workbook(tmp_path, code, value), FactsLimits(), TableLimits())
    assert shown in book.sheets[0].rows[1].cells[2].text
    assert {remark.code for remark in book.remarks} == ({finding} if finding else set())
