"""Facts of delimited text (CSV, TSV): read as the converter will read it."""

from __future__ import annotations

from casefiles.intake.facts import FileFacts, Reading
from casefiles.search.page_text import whole
from casefiles.tables.delimited import read_delimited
from casefiles.tables.model import TableLimits, TableRefused, Workbook


def read(reading: Reading) -> FileFacts:
    """Say whether the table can be drawn, and give its text.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        book = read_delimited(reading.path, TableLimits())
    except TableRefused as refusal:
        return refused(reading, refusal)
    return readable(reading, book)


def refused(reading: Reading, refusal: TableRefused) -> FileFacts:
    """Facts of a table that is held."""
    return reading.held(refusal.code, refusal.message, refusal.remedy)


def readable(reading: Reading, book: Workbook) -> FileFacts:
    """Facts of a table that will be drawn: the text sheet by sheet."""
    findings = [reading.finding(one.code, one.severity, one.message, one.remedy) for one in book.remarks]
    text = "\n\n".join(text for sheet in book.sheets if (text := sheet.text()))
    return reading.readable(texts=whole(text), findings=findings)
