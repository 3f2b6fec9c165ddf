"""Facts of an Excel workbook (xlsx, xlsm): read as the converter will read it; files embedded in it are children."""

from __future__ import annotations

from dataclasses import replace

from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.readers import office_embedded
from casefiles.intake.readers.children import ChildWriter
from casefiles.intake.readers.table import readable, refused
from casefiles.tables.model import TableLimits, TableRefused
from casefiles.tables.workbook import read_workbook


def read(reading: Reading) -> FileFacts:
    """Say whether the workbook can be drawn, and give its text sheet by sheet.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    try:
        book = read_workbook(reading.path, reading.limits, TableLimits())
    except TableRefused as refusal:
        return refused(reading, refusal)
    return with_children(reading, readable(reading, book))


def with_children(reading: Reading, facts: FileFacts) -> FileFacts:
    """The same facts with the files embedded in the workbook.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    children = ChildWriter(reading)
    taken = office_embedded.take_out(reading, children)
    found = (*facts.findings, *taken)
    lost = office_embedded.lost(taken)
    if lost:
        return reading.held(*lost, others=found, children=children.children)
    return replace(facts, findings=found, children=tuple(children.children))
