"""One sheet as shown: what Excel shows where cells are merged, hidden, escaped, counted from 1904, or told by colour."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from casefiles.intake.limits import FactsLimits
from casefiles.tables.model import TableLimits, TableRefused, Workbook
from casefiles.tables.workbook import read_workbook

SHEET = "xl/worksheets/sheet1.xml"


def book(
    folder: Path, fill: Callable[[Worksheet], object], *changes: tuple[str, str], epoch: bool = False
) -> Path:
    made = openpyxl.Workbook()
    if epoch:
        made.epoch = CALENDAR_MAC_1904
    assert made.active is not None
    fill(made.active)
    out = io.BytesIO()
    made.save(out)
    path = folder / "w.xlsx"
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            for before, after in changes if name == SHEET else ():
                assert before.encode() in data
                data = data.replace(before.encode(), after.encode(), 1)
            target.writestr(name, data)
    return path


def read(path: Path) -> Workbook:
    return read_workbook(path, FactsLimits(), TableLimits())


def codes(found: Workbook) -> dict[str, str]:
    return {each.code: each.message for each in found.remarks}


def words(found: Workbook) -> list[str]:
    return list(found.sheets[0].words())


def put(sheet: Worksheet, value: object, code: str = "General") -> None:
    sheet["A1"] = value  # type: ignore[assignment]
    sheet["A1"].number_format = code


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (-5, "0.00;[Red]0.00", "-5.00"),
        (-0.25, "0%;[Red]0%", "-25%"),
        (-5, "#,##0_ ;[Red]#,##0 ", "-5"),
        (-1234.5, '"£"#,##0.00;[Color 3]"£"#,##0.00', "-£1,234.50"),
    ],
)
def test_a_number_that_only_a_colour_tells_from_a_positive_one_gets_its_sign(
    tmp_path: Path, value: float, code: str, shown: str
) -> None:
    found = read(book(tmp_path, lambda s: put(s, value, code)))
    assert [each.strip() for each in words(found)] == [shown]
    assert ": 1;" in codes(found)["workbook-negative-by-colour"]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (5, "0.00;[Red]0.00", "5.00"),
        (0, "0.00;[Red]0.00", "0.00"),
        (-5, "0.00;[Red]-0.00", "-5.00"),
        (-5, "0.00;[Red](0.00)", "(5.00)"),
        (-5, '0.00;[Red]0.00" CR"', "5.00 CR"),
        (-5, "0.00;0.00", "5.00"),  # as Excel: no colour says anything
    ],
)
def test_other_numbers_stay_as_their_format_says(tmp_path: Path, value: float, code: str, shown: str) -> None:
    found = read(book(tmp_path, lambda s: put(s, value, code)))
    assert words(found) == [shown]
    assert "workbook-negative-by-colour" not in codes(found)


@pytest.mark.parametrize(
    ("value", "epoch", "shown"),
    [
        (0, False, "00/01/1900 00:00"),
        (0.5, False, "00/01/1900 12:00"),
        (1, False, "01/01/1900 00:00"),
        (59, False, "28/02/1900 00:00"),
        (61, False, "01/03/1900 00:00"),
        (46000.25, False, "09/12/2025 06:00"),
        (0, True, "01/01/1904 00:00"),
        (0.5, True, "01/01/1904 12:00"),
        (1, True, "02/01/1904 00:00"),
        (44538.25, True, "09/12/2025 06:00"),
    ],
)
def test_dates_of_both_calendars_from_their_first_day(
    tmp_path: Path, value: float, epoch: bool, shown: str
) -> None:
    path = book(tmp_path, lambda s: put(s, value, "dd/mm/yyyy hh:mm"), epoch=epoch)
    assert words(read(path)) == [shown]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("one_x000D_\ntwo", "one\ntwo"),
        ("one_x000D_two", "one\ntwo"),
        ("one_x0009_two", "one\ttwo"),
        ("_x0041_ and x000D", "_x0041_ and x000D"),
    ],
)
def test_escaped_control_characters_are_what_they_stand_for(tmp_path: Path, value: str, shown: str) -> None:
    assert words(read(book(tmp_path, lambda s: put(s, value)))) == [shown]


def title_over(sheet: Worksheet) -> None:
    for row in (
        ["Autumn register", None, None],
        ["Id", "Pupil", "Share"],
        [1, "Zoë", 0.5],
        [2, "Łukasz", 0.7],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:C1")


@pytest.mark.parametrize("hide", ["A", "AB"])
def test_a_title_over_a_hidden_column_is_shown_as_excel_shows_it(tmp_path: Path, hide: str) -> None:
    def filled(sheet: Worksheet) -> None:
        title_over(sheet)
        for letter in hide:
            sheet.column_dimensions[letter].hidden = True

    sheet = read(book(tmp_path, filled)).sheets[0]
    assert "Autumn register" in sheet.text()
    assert sheet.spans[0].column == len(hide) + 1
    assert "Id" not in sheet.text()


def test_a_title_whose_columns_are_all_hidden_is_not_shown(tmp_path: Path) -> None:
    def filled(sheet: Worksheet) -> None:
        title_over(sheet)
        sheet["D3"] = "seen"
        for letter in "ABC":
            sheet.column_dimensions[letter].hidden = True

    found = read(book(tmp_path, filled))
    assert words(found) == ["seen"]
    assert ": 3;" in codes(found)["workbook-hidden-columns"]


def test_what_lies_under_merged_cells_is_said(tmp_path: Path) -> None:
    path = book(tmp_path, title_over, ('ref="A1:C1"', 'ref="A2:B3"'))
    found = read(path)
    assert {"Pupil", "Zoë", "1"}.isdisjoint(words(found))
    assert "under merged cells: 3;" in codes(found)["workbook-covered-values"]


def test_a_comment_under_merged_cells_is_said(tmp_path: Path) -> None:
    def filled(sheet: Worksheet) -> None:
        title_over(sheet)
        sheet.unmerge_cells("A1:C1")
        sheet["B3"].comment = Comment("was ill", "AB")

    mark = '<mergeCells count="1"><mergeCell ref="A3:C3" /></mergeCells><pageMargins'
    found = read(book(tmp_path, filled, ("<pageMargins", mark)))
    assert "workbook-covered-comments" in codes(found)


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ('&amp;C&amp;"Arial,Bold"School report&amp;"Arial,Regular" 2025', "School report 2025"),
        ("&amp;LSmith &amp;&amp; Lamb&amp;RPage &amp;P of &amp;N", "Smith & Lamb"),
        ("&amp;L&amp;KFF0000Red&amp;K01+000 words&amp;C&amp;14Big", "Red words · Big"),
        ("Words without a place", "Words without a place"),
        ("&amp;A&amp;&amp;&amp;RRight", "& · Right"),
    ],
)
def test_every_word_of_a_printed_header_is_kept(tmp_path: Path, header: str, shown: str) -> None:
    mark = f"<headerFooter><oddHeader>{header}</oddHeader></headerFooter></worksheet>"
    found = read(book(tmp_path, title_over, ("</worksheet>", mark)))
    assert found.sheets[0].remarks == (f"Printed header and footer: {shown}",)


def test_collapsed_groups_are_hidden_and_rows_hidden_by_default_are_not(tmp_path: Path) -> None:
    def filled(sheet: Worksheet) -> None:
        title_over(sheet)
        sheet.row_dimensions.group(3, 4, hidden=True)
        sheet.sheet_format.zeroHeight = True

    found = read(book(tmp_path, filled))
    assert "Pupil" in words(found)
    assert "Zoë" not in words(found)
    assert ": 2;" in codes(found)["workbook-hidden-rows"]


def test_a_sheet_whose_part_is_missing_holds_the_workbook(tmp_path: Path) -> None:
    path = book(tmp_path, title_over)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    more = b'<sheet name="Lost" sheetId="7" state="visible" r:id="rId9"/></sheets>'
    link = (
        b'<Relationship Id="rId9" Target="/xl/worksheets/gone.xml" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>'
    )
    workbook, relations = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    space = b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    members[workbook] = members[workbook].replace(b"</sheets>", more.replace(b"r:id", space + b"r:id"))
    members[relations] = members[relations].replace(b"</Relationships>", link)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(TableRefused, match="1 of its 2 sheets"):
        read(path)
