"""Excel workbooks (xlsx, xlsm) as tables: saved values as their number formats show them.

The rule for hidden things: hidden sheets, rows and columns are not shown, their number is said on the page and in a
finding; comments of shown cells are listed after the sheet; pictures, charts and macros are reported.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from casefiles.findings import Severity
from casefiles.intake.limits import FactsLimits
from casefiles.tables.model import (
    NOTHING_CHOSEN,
    Remark,
    Sheet,
    SheetChoice,
    TableLimits,
    TableRefused,
    Workbook,
)
from casefiles.tables.package import Survey, refused, survey
from casefiles.tables.worksheet import SheetReader, Totals

if TYPE_CHECKING:
    import openpyxl
    from openpyxl.worksheet.worksheet import Worksheet

_PRINT = "If it matters, print the workbook as PDF in Excel and add that too"
_NOT_SHOWN = (
    ("charts", "charts", _PRINT),
    ("chart sheets", "sheets that are nothing but a chart", _PRINT),
    ("pictures", "pictures", _PRINT),
    ("controls", "form controls", _PRINT),
)


def read_workbook(
    path: Path, limits: FactsLimits, tables: TableLimits, chosen: SheetChoice = NOTHING_CHOSEN
) -> Workbook:
    """Read a workbook; formulas are never calculated, links never followed, macros never run.

    Of the sheets those chosen, hidden ones among them; without a choice those that are not hidden.

    Raises:
        TableRefused: it is locked, damaged, unsafe, larger than a limit, or has not the sheets chosen.
        OSError: the file cannot be read.
    """
    found = survey(path, limits, tables)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        book, parts = _opened(path, data_only=True)
        formulas = _opened(path, data_only=False)[0] if found.formulas_unsaved else None
    if len(book.sheetnames) < found.sheets:
        message = f"{found.sheets - len(book.sheetnames)} of its {found.sheets} sheets cannot be found in it"
        raise refused("workbook-damaged", message)
    totals = Totals(tables)
    sheets: list[Sheet] = []
    hidden: list[tuple[str, bool]] = []
    numbers = chosen.pick([sheet.title for sheet in book.worksheets]) if chosen else ()
    for number, sheet in enumerate(book.worksheets):
        if sheet.sheet_state != "visible" and number + 1 not in numbers:
            hidden.append((sheet.title, sheet.sheet_state == "veryHidden"))
        if sheet.sheet_state != "visible" if not chosen else number + 1 not in numbers:
            continue
        if len(sheets) >= tables.sheets:
            message = f"it has more than {tables.sheets:,} sheets, the most that casebinder draws"
            raise refused("workbook-too-large", message)
        formula_sheet = formulas.worksheets[number] if formulas else None
        read = SheetReader(sheet, formula_sheet, totals, found.printed.get(parts[number], ())).read()
        if chosen:
            read = replace(read, remarks=(_which(sheet, number + 1, len(book.worksheets)), *read.remarks))
        sheets.append(read)
    remarks = [*hidden_sheets(hidden), *totals.remarks(), *_carried(found)]
    lost = sum("has a comment which will be removed" in str(each.message) for each in said)
    if lost:
        message = f"Comments on cells that lie under merged ones: {lost}; they are not listed"
        remedy = "Open the original, unmerge these cells and read their comments"
        remarks.append(Remark("workbook-covered-comments", Severity.WARNING, message, remedy))
    if any("outside the limits for dates" in str(each.message) for each in said):
        message = "Some dates lie outside what the workbook's calendar has; they are shown as #VALUE!"
        remarks.append(Remark("workbook-dates-impossible", Severity.WARNING, message, _PRINT))
    if not any(sheet.rows for sheet in sheets):
        which = "None of the sheets chosen" if chosen else "No visible sheet of the workbook"
        message = f"{which} has anything in its cells"
        remarks.append(
            Remark("table-empty", Severity.WARNING, message, "Ask the sender whether it is complete")
        )
    return Workbook(tuple(sheets), tuple(remarks), numbers, len(book.worksheets))


def _which(sheet: Worksheet, number: int, count: int) -> str:
    """Which sheet of the workbook a chosen one is, for its own page."""
    return f"Sheet {number} of {count}" + (
        "" if sheet.sheet_state == "visible" else ", hidden in the workbook"
    )


def _opened(path: Path, *, data_only: bool) -> tuple[openpyxl.Workbook, list[str]]:
    """The workbook, and the part that each of its worksheets is."""
    from openpyxl.reader.excel import ExcelReader

    try:
        with path.open("rb") as stream:  # by its path it would be told by its name
            reader = ExcelReader(stream, data_only=data_only, keep_links=False)
            reader.read()
            parts = [
                str(rel.target)
                for _, rel in reader.parser.find_sheets()
                if rel.target in reader.valid_files and "chartsheet" not in rel.Type
            ]
            return reader.wb, parts
    except (OSError, MemoryError, TableRefused):
        raise
    except Exception as problem:  # whatever the library makes of a broken workbook
        message = f"it cannot be read as a workbook ({type(problem).__name__})"
        raise refused("workbook-damaged", message) from problem


def hidden_sheets(hidden: Sequence[tuple[str, bool]]) -> Iterator[Remark]:
    """A remark that names hidden sheets: each its name, and whether Excel's own list hides it too."""
    if not hidden:
        return
    named = ", ".join(
        f"“{name}”" + (" (hidden from Excel's own list too)" if deep else "") for name, deep in hidden[:5]
    )
    more = f" and {len(hidden) - 5} more" if len(hidden) > 5 else ""
    count = "1 hidden sheet" if len(hidden) == 1 else f"{len(hidden)} hidden sheets"
    yield Remark(
        "workbook-hidden-sheets",
        Severity.WARNING,
        f"The workbook has {count}, not shown on the pages: {named}{more}",
        "Open the original, decide whether they matter and may be served, and ask for a copy that shows them if so",
    )


def _carried(found: Survey) -> Iterator[Remark]:
    carried = found.carried
    listed = [f"{carried[what]} {words}" for what, words, _ in _NOT_SHOWN if carried[what]]
    if found.shapes:
        listed.append(f"{found.shapes} drawn shapes or text boxes")
    if listed:
        message = f"The workbook has {', '.join(listed)}; the pages show its cells only"
        yield Remark("workbook-drawings-not-shown", Severity.WARNING, message, _PRINT)
    if found.covered:
        message = f"Cells with something in them that lie under merged cells: {found.covered}; Excel does not show them, nor do the pages"
        remedy = "Open the original, unmerge these cells, and decide whether what they hold matters"
        yield Remark("workbook-covered-values", Severity.WARNING, message, remedy)
    if carried["macros"] or carried["old macros"]:
        message = "The workbook carries macros; they are never run, and are not on the pages"
        yield Remark("workbook-macros", Severity.WARNING, message)
    if carried["links"] or carried["connections"]:
        message = "The workbook takes values from other files or databases; the values saved in it are shown, nothing is fetched"
        remedy = "Ask for the source if the values are disputed"
        yield Remark("workbook-external", Severity.WARNING, message, remedy)
    if carried["pivots"]:
        message = (
            "The workbook keeps a copy of the data behind a pivot table; the pages show the pivot table only"
        )
        yield Remark(
            "workbook-pivot-data", Severity.WARNING, message,
            "That copy may name other people: think of it before the original is handed over",
        )  # fmt: skip
