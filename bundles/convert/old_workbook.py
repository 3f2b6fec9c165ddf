"""Old Excel (xls) and OpenDocument (ods) workbooks: LibreOffice in its cage makes an xlsx, which is then drawn.

A second library reads the original: every text and number that it finds must be in what LibreOffice made.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path

from bundles.convert.base import ConversionRequest, ConversionResult, Converter, HeldError
from bundles.convert.office import CALC_XLSX, SOFFICE, to_pdf
from bundles.convert.sheet_choice import chosen_sheets, drawn_sheets
from bundles.convert.table_pages import draw_workbook, held
from casefiles.files.scratch import write_scratch
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers import ole
from casefiles.tables.model import SheetChoice, TableLimits, TableRefused
from casefiles.tables.plain_cells import plain_sheets
from casefiles.tables.workbook import read_workbook

_OFFER = "print it as PDF from Excel and add that, or record a placeholder"
_DIGITS = 9
_EPOCH = datetime(1899, 12, 30)


def draw(request: ConversionRequest) -> ConversionResult:
    """Draw an xls or ods workbook.

    Raises:
        HeldError: it is locked, damaged, larger than a limit, or LibreOffice changed a value in it.
        OSError: a scratch file cannot be written.
    """
    facts, limits = FactsLimits(), TableLimits()
    suffix, import_filter = _filter(request)
    copy = request.scratch / f"workbook{suffix}"
    try:
        chosen = chosen_sheets(request)
        before = _values(request.original, facts, limits, chosen)
        write_scratch(copy, request.original.read_bytes())
        made = to_pdf(
            request.programs[SOFFICE.name], [copy], import_filter, request.scratch, export_filter=CALC_XLSX
        ).get(copy)
        if made is None:
            raise HeldError(_problem(request, "workbook-not-converted", "LibreOffice could not read it"))
        book = read_workbook(made, facts, limits, chosen)
        changed = before - _values(made, facts, limits, chosen)
    except TableRefused as refusal:
        raise held(request, refusal) from refusal
    if changed:
        example = next(iter(sorted(changed)))
        message = f"{changed.total()} of its values are not what was saved after conversion, such as “{example[:60]}”"
        raise HeldError(_problem(request, "workbook-values-changed", message))
    return drawn_sheets(draw_workbook(request, book, limits), request, book, CONVERTER)


def _filter(request: ConversionRequest) -> tuple[str, str]:
    """The suffix and LibreOffice's import filter, by content."""
    if request.kind is Kind.ODS:
        return ".ods", "calc8"
    old = "Workbook" not in ole.entry_names(request.original)
    return ".xls", "MS Excel 5.0/95" if old else "MS Excel 97"


def _values(path: Path, facts: FactsLimits, limits: TableLimits, chosen: SheetChoice) -> Counter[str]:
    """Each text and number of the sheets shown, how often; numbers to nine digits."""
    return Counter(
        _same(value)
        for sheet in plain_sheets(path, facts, limits, chosen).sheets
        for value in sheet.values
    )  # fmt: skip


def _same(value: object) -> str:
    """A value whatever its look: dates, times and truth values as the number that a workbook holds."""
    if isinstance(value, datetime | date):
        at = value if isinstance(value, datetime) else datetime.combine(value, time())
        value = (at - _EPOCH) / timedelta(days=1)
    elif isinstance(value, time):
        value = (datetime.combine(_EPOCH.date(), value) - _EPOCH) / timedelta(days=1)
    elif isinstance(value, timedelta):
        value = value / timedelta(days=1)
    elif isinstance(value, bool | int):
        value = float(value)
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.{_DIGITS}g}"
    return " ".join(str(value).split())


def _problem(request: ConversionRequest, code: str, message: str) -> Finding:
    return request.finding(code, Severity.ERROR, message, _OFFER)


CONVERTER = Converter(
    name="old workbook",
    version="3",
    kinds=frozenset({Kind.XLS, Kind.ODS}),
    convert=draw,
    programs=(SOFFICE,),
)
