"""Saved values of old Excel (xls) and OpenDocument (ods) workbooks, without their look: for search and as a second opinion.

Hidden sheets are left out; rows and columns are not told apart, because the library does not say which are hidden.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers import docx_package
from casefiles.tables.model import NOTHING_CHOSEN, SheetChoice, TableLimits
from casefiles.tables.package import refused

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook, SheetMetadata

_MANIFEST = "META-INF/manifest.xml"
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class PlainBook:
    """The sheets wanted, and those hidden and not wanted: each its name, and whether the program's own list hides it too."""

    sheets: tuple[PlainSheet, ...]
    hidden: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class PlainSheet:
    """One sheet: its name, and the saved value of each cell that has one."""

    name: str
    values: tuple[object, ...]


def plain_sheets(
    path: Path, limits: FactsLimits, tables: TableLimits, chosen: SheetChoice = NOTHING_CHOSEN
) -> PlainBook:
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
            return PlainBook(tuple(_read(book, tables, chosen)), tuple(_hidden(book, chosen)))
    except python_calamine.PasswordError as problem:
        raise refused("workbook-needs-password", "it needs a password to open") from problem
    except python_calamine.CalamineError as problem:
        raise refused("workbook-damaged", "it cannot be read as a workbook") from problem
    except BaseException as problem:  # the library's own crash is no Exception
        if type(problem).__module__ != "pyo3_runtime":
            raise
        raise refused("workbook-damaged", "it cannot be read as a workbook") from problem


def _worksheets(book: CalamineWorkbook) -> list[SheetMetadata]:
    import python_calamine

    return [each for each in book.sheets_metadata if each.typ is python_calamine.SheetTypeEnum.WorkSheet]


def _hidden(book: CalamineWorkbook, chosen: SheetChoice) -> Iterator[tuple[str, bool]]:
    import python_calamine

    visible, deep = python_calamine.SheetVisibleEnum.Visible, python_calamine.SheetVisibleEnum.VeryHidden
    listed = _worksheets(book)
    numbers = chosen.pick([each.name for each in listed]) if chosen else ()
    for number, facts in enumerate(listed, 1):
        if facts.visible is not visible and number not in numbers:
            yield facts.name, facts.visible is deep


def _read(book: CalamineWorkbook, tables: TableLimits, chosen: SheetChoice) -> Iterator[PlainSheet]:
    import python_calamine

    cells = 0
    listed = _worksheets(book)
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
            manifest = seam = b""
            for member in archive.infolist():
                for piece in docx_package.unpacked(archive, member):
                    total += len(piece)
                    manifest += piece if member.orig_filename == _MANIFEST else b""
                    if total > limits.zip_bytes:
                        raise refused("workbook-too-large", "it unpacks to more than casebinder reads")
                    seam = (seam[-32:] + piece).replace(b"\0", b"")  # UTF-16 too, and across two pieces
                    if _DOCTYPE.search(seam) and member.orig_filename.lower().endswith((".xml", ".rdf")):
                        raise refused("workbook-doctype", "a part of it declares a document type (DOCTYPE)")
                seam = b""
    except docx_package.Refused as refusal:
        raise refused(refusal.code.replace("docx-", "workbook-"), refusal.message) from refusal
    except docx_package.ZIP_ERRORS as problem:
        raise refused("workbook-damaged", "the file is cut or broken") from problem
    if b"encryption-data" in manifest:
        raise refused("workbook-needs-password", "it needs a password to open")
