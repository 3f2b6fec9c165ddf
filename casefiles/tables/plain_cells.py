"""Saved values of old Excel (xls) and OpenDocument (ods) workbooks, without their look: for search and as a second opinion.

Hidden sheets are left out; rows and columns are not told apart, because the library does not say which are hidden.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers import docx_package
from casefiles.tables.model import NOTHING_CHOSEN, SheetChoice, TableLimits
from casefiles.tables.package import refused

_MANIFEST = "META-INF/manifest.xml"


@dataclass(frozen=True)
class PlainSheet:
    """One sheet: its name, and the saved value of each cell that has one."""

    name: str
    values: tuple[object, ...]


def plain_sheets(
    path: Path, limits: FactsLimits, tables: TableLimits, chosen: SheetChoice = NOTHING_CHOSEN
) -> tuple[PlainSheet, ...]:
    """The sheets of an xls or ods file that were chosen; without a choice those that are not hidden.

    Raises:
        TableRefused: it is locked, damaged, larger than a limit, or has not the sheets chosen.
        OSError: the file cannot be read.
    """
    import python_calamine

    with path.open("rb") as stream:
        if stream.read(2) == b"PK":
            _check_package(path, limits)
    try:
        with path.open("rb") as stream:  # by its path it would be told by its name
            book = python_calamine.CalamineWorkbook.from_filelike(stream)
            sheets = tuple(_read(book, tables, chosen))
    except python_calamine.PasswordError as problem:
        raise refused("workbook-needs-password", "it needs a password to open") from problem
    except python_calamine.CalamineError as problem:
        raise refused("workbook-damaged", "it cannot be read as a workbook") from problem
    return sheets


def _read(book: object, tables: TableLimits, chosen: SheetChoice) -> Iterator[PlainSheet]:
    import python_calamine

    assert isinstance(book, python_calamine.CalamineWorkbook)  # noqa: S101 - for the type checker
    cells = 0
    listed = [each for each in book.sheets_metadata if each.typ is python_calamine.SheetTypeEnum.WorkSheet]
    numbers = chosen.pick([each.name for each in listed]) if chosen else ()
    for number, facts in enumerate(listed, 1):
        visible = facts.visible is python_calamine.SheetVisibleEnum.Visible
        if number not in numbers if chosen else not visible:
            continue
        values: list[object] = []
        for row in book.get_sheet_by_name(facts.name).to_python(skip_empty_area=True):
            values.extend(value for value in row if value not in ("", None))
        cells += len(values)
        if cells > tables.cells:
            message = f"it has more than {tables.cells:,} filled cells, the most that casebinder draws"
            raise refused("workbook-too-large", message)
        yield PlainSheet(facts.name, tuple(values))


def _check_package(path: Path, limits: FactsLimits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            docx_package.check_directory(archive, limits)
            total = 0
            manifest = b""
            for member in archive.infolist():
                for piece in docx_package.unpacked(archive, member):
                    total += len(piece)
                    manifest += piece if member.orig_filename == _MANIFEST else b""
                    if total > limits.zip_bytes:
                        raise refused("workbook-too-large", "it unpacks to more than casebinder reads")
                    if b"<!DOCTYPE" in piece and member.orig_filename.endswith(".xml"):
                        raise refused("workbook-doctype", "a part of it declares a document type (DOCTYPE)")
    except docx_package.Refused as refusal:
        raise refused(refusal.code.replace("docx-", "workbook-"), refusal.message) from refusal
    except docx_package.ZIP_ERRORS as problem:
        raise refused("workbook-damaged", "the file is cut or broken") from problem
    if b"encryption-data" in manifest:
        raise refused("workbook-needs-password", "it needs a password to open")
