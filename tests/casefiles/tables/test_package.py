"""What the parts of a workbook say before any library opens it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from casefiles.intake.limits import FactsLimits
from casefiles.tables.model import TableLimits, TableRefused
from casefiles.tables.package import Survey, survey

SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PART = "xl/worksheets/sheet1.xml"


def workbook(folder: Path, body: str, part: str = PART, space: str = SPACE) -> Path:
    """A workbook that openpyxl wrote, with another body of its sheet."""
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    del members[PART]
    members[part] = f'<worksheet xmlns="{space}">{body}</worksheet>'.encode()
    path = folder / "w.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def look(path: Path, limits: TableLimits | None = None) -> Survey:
    return survey(path, FactsLimits(), limits or TableLimits())


FOUR = (
    "<sheetData><row r='1'><c r='A1'><v>1</v></c><c r='B1'><v>2</v></c></row>"
    "<row><c><v>3</v></c><c t='inlineStr'><is><t>words</t></is></c></row></sheetData>"
)


@pytest.mark.parametrize(
    ("spans", "covered"),
    [
        ("", 0),
        ("<mergeCell ref='A1:B1'/>", 1),
        ("<mergeCell ref='A1:B2'/>", 3),
        ("<mergeCell ref='B2:A1'/>", 3),
        ("<mergeCell ref='$B$1:$C$9'/>", 1),
        ("<mergeCell ref='D1:E5'/>", 0),
        ("<mergeCell ref='nonsense'/>", 0),
    ],
)
def test_what_lies_under_merged_cells_is_counted(tmp_path: Path, spans: str, covered: int) -> None:
    found = look(workbook(tmp_path, f"{FOUR}<mergeCells>{spans}</mergeCells>"))
    assert (found.cells, found.covered) == (4, covered)


@pytest.mark.parametrize("part", [PART, "xl/pages/eins.xml", "XL/Worksheets/Sheet1.XML"])
@pytest.mark.parametrize("space", [SPACE, "http://purl.oclc.org/ooxml/spreadsheetml/main"])
def test_a_sheet_is_told_by_its_root_wherever_it_lies(tmp_path: Path, part: str, space: str) -> None:
    body = "<sheetData><row r='1'><c r='A1'><f>1+1</f></c><c r='B1' t='str'><f>T()</f></c></row></sheetData>"
    found = look(workbook(tmp_path, body, part, space))
    assert (found.cells, found.formulas_unsaved) == (2, 1)


@pytest.mark.parametrize(
    ("flags", "printed"),
    [
        ("", ["odd"]),
        ("differentFirst='1'", ["odd", "first"]),
        ("differentOddEven='true'", ["odd", "even"]),
        ("differentFirst='0'", ["odd"]),
    ],
)
def test_headers_that_are_printed_are_kept(tmp_path: Path, flags: str, printed: list[str]) -> None:
    headers = "<oddHeader>odd</oddHeader><evenHeader>even</evenHeader><firstHeader>first</firstHeader>"
    found = look(workbook(tmp_path, f"{FOUR}<headerFooter {flags}>{headers}</headerFooter>"))
    assert sorted(found.printed[PART]) == sorted(printed)


def test_sheets_that_the_workbook_lists_are_counted(tmp_path: Path) -> None:
    assert look(workbook(tmp_path, FOUR)).sheets == 1


def test_limits_hold(tmp_path: Path) -> None:
    path = workbook(tmp_path, FOUR)
    assert look(path, TableLimits(cells=4)).cells == 4
    for limits, body in ((3, ""), (4, "<mergeCells><mergeCell ref='A1:U1'/></mergeCells>")):
        with pytest.raises(TableRefused) as refusal:
            look(workbook(tmp_path, FOUR + body), TableLimits(cells=limits))
        assert refusal.value.code == "workbook-too-large"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<sheetData>", "workbook-damaged"),
        ("<a>" * 300 + "</a>" * 300, "workbook-too-large"),
        ("<!DOCTYPE x>", "workbook-doctype"),
    ],
)
def test_broken_and_hostile_parts_are_refused(tmp_path: Path, body: str, code: str) -> None:
    with pytest.raises(TableRefused) as refusal:
        look(workbook(tmp_path, body))
    assert refusal.value.code == code
