"""Facts of old Excel (xls) and OpenDocument (ods) workbooks: whether they can be read, and their saved values."""

from __future__ import annotations

from datetime import date, datetime, time

from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.readers.table import refused
from casefiles.intake.readers.workbook import with_children
from casefiles.search.page_text import whole
from casefiles.tables.model import TableLimits, TableRefused
from casefiles.tables.plain_cells import plain_sheets
from casefiles.tables.workbook import hidden_sheets


def read(reading: Reading) -> FileFacts:
    """Say whether the workbook can be drawn, and give its text sheet by sheet.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    try:
        book = plain_sheets(reading.path, reading.limits, TableLimits())
    except TableRefused as refusal:
        return refused(reading, refusal)
    text = "\n\n".join("\n".join([sheet.name, *map(_as_people_write, sheet.values)]) for sheet in book.sheets)
    found = [
        reading.finding(one.code, one.severity, one.message, one.remedy) for one in hidden_sheets(book.hidden)
    ]
    return with_children(reading, reading.readable(texts=whole(text), findings=found))


def _as_people_write(value: object) -> str:
    """A saved value for search: whole numbers without a point, dates as they are drawn."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}" if value.time() != time() else f"{value:%d/%m/%Y}"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)
