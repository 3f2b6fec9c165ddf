"""Facts of an Excel workbook (xlsx, xlsm): read as the converter will read it; files embedded in it are children."""

from __future__ import annotations

import zipfile
from dataclasses import replace

from casefiles.findings import Severity
from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.readers import docx_package
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
    return _with_children(reading, readable(reading, book))


def _with_children(reading: Reading, facts: FileFacts) -> FileFacts:
    children = ChildWriter(reading)
    with zipfile.ZipFile(reading.path) as archive:
        for member in archive.infolist():
            folder, _, name = member.orig_filename.rpartition("/")
            if folder.lower() == "xl/embeddings" and name:
                children.add(name.encode("utf-8", "surrogateescape"), docx_package.unpacked(archive, member))
    if not children.children:
        return replace(facts, findings=(*facts.findings, *children.findings()))
    text = f"{len(children.children)} files are embedded in this one; each is evidence of its own"
    note = reading.finding("workbook-attachments", Severity.NOTE, text, "Decide on each of them")
    return replace(
        facts,
        findings=(*facts.findings, *children.findings(), note),
        children=tuple(children.children),
    )
