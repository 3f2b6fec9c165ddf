"""Excel workbooks, made with openpyxl, then broken and loaded with hidden things."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from casefiles.intake.limits import FactsLimits
from casefiles.tables.model import Sheet, Span, TableLimits, TableRefused, Workbook
from casefiles.tables.workbook import read_workbook

Members = dict[str, bytes]
SHEET = "xl/worksheets/sheet1.xml"


def rows(sheet: Worksheet) -> None:
    for row in (["Pupil", "Possible", "%"], ["Łukasz", 140, 0.914], ["Zoë", 139, 0.5]):
        sheet.append(row)
    sheet["C2"].number_format = sheet["C3"].number_format = "0.0%"


def saved(folder: Path, *changes: Callable[[Worksheet], object]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    rows(book.active)
    for change in changes:
        change(book.active)
    path = folder / "w.xlsx"
    book.save(path)
    return path


def changed(path: Path, change: Callable[[Members], object]) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    path.write_bytes(out.getvalue())
    return path


def read(path: Path, limits: TableLimits | None = None) -> Workbook:
    return read_workbook(path, FactsLimits(), limits or TableLimits())


def codes(book: Workbook) -> set[str]:
    return {each.code for each in book.remarks}


def shown(sheet: Sheet) -> list[list[str]]:
    return [[row.cells[n].text if n in row.cells else "" for n in sheet.columns] for row in sheet.rows]


def test_values_stand_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    book = read(saved(tmp_path))
    assert shown(book.sheets[0]) == [
        ["Pupil", "Possible", "%"],
        ["Łukasz", "140", "91.4%"],
        ["Zoë", "139", "50.0%"],
    ]
    assert book.sheets[0].header == 1
    assert codes(book) == set()


def test_dates_are_read_in_the_workbooks_own_calendar(tmp_path: Path) -> None:
    def dated(sheet: Worksheet) -> None:
        assert sheet.parent is not None
        sheet.parent.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        sheet["A2"] = date(2025, 9, 3)
        sheet["A2"].number_format = "dd/mm/yyyy"

    path = saved(tmp_path, dated)
    assert "03/09/2025" in set(read(path).sheets[0].words())


def hide_row(sheet: Worksheet) -> None:
    sheet.row_dimensions[2].hidden = True


def hide_column(sheet: Worksheet) -> None:
    sheet.column_dimensions["A"].hidden = True


@pytest.mark.parametrize(
    ("change", "code", "gone"),
    [
        (hide_row, "workbook-hidden-rows", "Łukasz"),
        (hide_column, "workbook-hidden-columns", "Łukasz"),
        (lambda s: setattr(s["A2"], "number_format", ";;;"), "workbook-hidden-values", "Łukasz"),
    ],
)
def test_hidden_things_are_not_shown_and_are_reported(
    tmp_path: Path, change: Callable[[Worksheet], object], code: str, gone: str
) -> None:
    book = read(saved(tmp_path, change))
    assert code in codes(book)
    assert gone not in book.sheets[0].text()


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_named_and_not_shown(tmp_path: Path, state: str) -> None:
    def second(sheet: Worksheet) -> None:
        assert sheet.parent is not None
        other = sheet.parent.create_sheet("Other family")
        other["A1"] = "private"
        other.sheet_state = state

    book = read(saved(tmp_path, second))
    assert [sheet.name for sheet in book.sheets] == ["Sheet"]
    assert "“Other family”" in next(
        each.message for each in book.remarks if each.code == "workbook-hidden-sheets"
    )


def filtered(sheet: Worksheet) -> None:
    hide_row(sheet)
    sheet.auto_filter.ref = "A1:C3"
    sheet.auto_filter.add_filter_column(0, ["Zoë"])


@pytest.mark.parametrize(
    ("change", "code", "kept"),
    [
        (filtered, "workbook-filtered", "Zoë"),
        (
            lambda s: setattr(s["A2"], "comment", Comment("he was ill", "AB")),
            "workbook-comments",
            "he was ill",
        ),
        (lambda s: setattr(s["A2"], "font", Font(color="FFFFFFFF")), "workbook-white-text", "Łukasz"),
        (
            lambda s: setattr(s["A2"], "fill", PatternFill("solid", fgColor="FFFF0000")),
            "workbook-colours",
            "Łukasz",
        ),
        (lambda s: s.append(["=SUM(B2:B3)"]), "workbook-formulas-unsaved", "=SUM(B2:B3)"),
        (
            lambda s: setattr(s.oddHeader.center, "text", "Ashfield Academy"),
            "workbook-headers-footers",
            "Pupil",
        ),
    ],
)
def test_what_is_shown_in_another_way_is_reported(
    tmp_path: Path, change: Callable[[Worksheet], object], code: str, kept: str
) -> None:
    book = read(saved(tmp_path, change))
    assert code in codes(book)
    assert kept in set(book.sheets[0].words())


def test_a_saved_error_and_a_saved_result_are_shown(tmp_path: Path) -> None:
    path = saved(tmp_path, lambda s: s.append(["=1/0", "=B2+1"]))

    def save_results(members: Members) -> None:
        sheet = re.sub(
            rb'<c r="A4"[^>]*><f>1/0</f><v ?/?>(</v>)?',
            b'<c r="A4" t="e"><f>1/0</f><v>#DIV/0!</v>',
            members[SHEET],
        )
        members[SHEET] = re.sub(rb"<f>B2\+1</f><v ?/?>(</v>)?", b"<f>B2+1</f><v>141</v>", sheet)

    book = read(changed(path, save_results))
    assert shown(book.sheets[0])[3][:2] == ["#DIV/0!", "141"]
    assert "workbook-formulas-unsaved" not in codes(book)


def test_merged_cells_frozen_headings_and_labels(tmp_path: Path) -> None:
    def shaped(sheet: Worksheet) -> None:
        sheet.insert_rows(1)
        sheet["A1"] = "Title"
        sheet.merge_cells("A1:C1")
        sheet.freeze_panes = "B3"

    sheet = read(saved(tmp_path, shaped)).sheets[0]
    assert sheet.spans == (Span(1, 1, 1, 3),)
    assert (sheet.header, sheet.heading_rows, sheet.labels) == (2, 1, (1,))


def part(name: str, data: bytes = b"<x/>") -> Callable[[Members], object]:
    return lambda members: members.update({name: data})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("xl/vbaProject.bin", "workbook-macros"),
        ("xl/externalLinks/externalLink1.xml", "workbook-external"),
        ("xl/connections.xml", "workbook-external"),
        ("xl/pivotCache/pivotCacheRecords1.xml", "workbook-pivot-data"),
        ("xl/media/image1.png", "workbook-drawings-not-shown"),
        ("xl/charts/chart1.xml", "workbook-drawings-not-shown"),
    ],
)
def test_what_no_cell_shows_is_reported(tmp_path: Path, name: str, code: str) -> None:
    assert code in codes(read(changed(saved(tmp_path), part(name))))


def insert(data: bytes, before: bytes) -> Callable[[Members], object]:
    return lambda m: m.update({SHEET: m[SHEET].replace(before, data + before, 1)})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda m: m.pop("xl/workbook.xml"), "workbook-damaged"),
        (part(SHEET, b"<worksheet"), "workbook-damaged"),
        (insert(b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<worksheet"), "workbook-doctype"),
        (part("../evil.xml"), "workbook-unsafe-names"),
        (part("xl/workbook.bin", b"x"), "workbook-binary"),
        (
            insert(b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>', b"<pageMargins"),
            "workbook-too-large",
        ),
        (part("deep.xml", b"<a>" * 300 + b"</a>" * 300), "workbook-too-large"),
    ],
)
def test_hostile_and_broken_workbooks_are_refused(
    tmp_path: Path, change: Callable[[Members], object], code: str
) -> None:
    with pytest.raises(TableRefused) as refusal:
        read(changed(saved(tmp_path), change))
    assert refusal.value.code == code


def test_a_cut_file_a_locked_one_and_one_over_a_limit_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    whole = path.read_bytes()
    with pytest.raises(TableRefused, match="5 filled cells"):
        read(path, TableLimits(cells=5))
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TableRefused, match="cut or broken"):
        read(path)
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    with pytest.raises(TableRefused, match="needs a password"):
        read(path)


def test_a_cell_in_the_last_row_of_all_costs_nothing(tmp_path: Path) -> None:
    sheet = read(saved(tmp_path, lambda s: s.cell(1_048_576, 16_384, "far"))).sheets[0]
    assert [row.number for row in sheet.rows] == [1, 2, 3, 1_048_576]
    assert sheet.columns == (1, 2, 3, 16_384)
    assert len(sheet.remarks) == 2


@pytest.mark.parametrize("name", ["no ending", "wrong.pdf", "wrong.xls"])
def test_a_workbook_is_told_by_its_content_and_not_by_its_name(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path, rows).rename(tmp_path / name)
    assert shown(read(path).sheets[0])
