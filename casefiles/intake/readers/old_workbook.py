"""Facts of old Excel (xls) and OpenDocument (ods) workbooks: whether they can be read, and their saved values."""

from __future__ import annotations

from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.readers.table import refused
from casefiles.intake.readers.workbook import with_children
from casefiles.search.page_text import whole
from casefiles.tables.model import TableLimits, TableRefused
from casefiles.tables.plain_cells import plain_sheets


def read(reading: Reading) -> FileFacts:
    """Say whether the workbook can be drawn, and give its text sheet by sheet.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    try:
        sheets = plain_sheets(reading.path, reading.limits, TableLimits())
    except TableRefused as refusal:
        return refused(reading, refusal)
    text = "\n\n".join("\n".join([sheet.name, *map(str, sheet.values)]) for sheet in sheets)
    return with_children(reading, reading.readable(texts=whole(text)))
