"""Delimited text and Excel workbooks as readable pages."""

from __future__ import annotations

from bundles.convert.base import ConversionRequest, ConversionResult, Converter
from bundles.convert.sheet_choice import chosen_sheets, drawn_sheets
from bundles.convert.table_pages import draw_workbook, held
from casefiles.intake.kinds import Kind
from casefiles.intake.limits import FactsLimits
from casefiles.tables.delimited import read_delimited
from casefiles.tables.model import TableLimits, TableRefused
from casefiles.tables.workbook import read_workbook


def draw(request: ConversionRequest) -> ConversionResult:
    """Draw a table as intake read it.

    Raises:
        HeldError: it is locked, damaged, larger than a limit, or has not the sheets chosen.
    """
    limits = TableLimits()
    try:
        if request.kind is Kind.TABLE:
            book = read_delimited(request.original, limits)
        else:
            book = read_workbook(request.original, FactsLimits(), limits, chosen_sheets(request))
    except TableRefused as refusal:
        raise held(request, refusal) from refusal
    return drawn_sheets(draw_workbook(request, book, limits), request, book, CONVERTER)


CONVERTER = Converter(
    name="table",
    version="3",
    kinds=frozenset({Kind.TABLE, Kind.XLSX}),
    convert=draw,
)
