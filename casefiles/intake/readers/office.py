"""Facts of documents and presentations that go through LibreOffice: doc, odt, rtf, pptx, ppt, odp.

Rules: those of `office_contents`. A file whose bytes are not of its kind, that is locked, cut, unsafe or too large is
held; nothing in it is run and nothing outside is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from casefiles.intake.facts import ASK_AGAIN, FileFacts, Reading
from casefiles.intake.kinds import Kind
from casefiles.intake.limits import FactsLimits, size_in_words
from casefiles.intake.readers import compound, office_embedded, office_package, opendocument, presentation
from casefiles.intake.readers.children import ChildWriter
from casefiles.intake.readers.office_contents import Contents, Refused, rows
from casefiles.intake.readers.powerpoint_binary import read_powerpoint
from casefiles.intake.readers.rich_text import read_rich_text
from casefiles.intake.readers.word_binary import Patch, read_word
from casefiles.search.page_text import whole

_REMEDIES = {
    "office-needs-password": "Ask for a copy without a password, or save one and file that",
    "office-too-large": "File the pages that matter as a PDF",
    "office-doctype": "Open it on a safe machine, save it anew or as PDF, and file that too",
    "office-unsafe-names": "Ask the sender for a PDF of it",
    "office-double-parts": "Ask the sender for a PDF of it",
    "office-too-old": "Open it in Word or LibreOffice, save it as PDF, and file that too",
    "office-nothing-shown": "Ask for a copy in which the slides are not hidden",
}


@dataclass(frozen=True)
class Looked:
    """What a file holds, and what a copy for LibreOffice leaves out (rtf) or has otherwise (doc, ppt)."""

    contents: Contents
    left_out: list[tuple[int, int]] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)


def look(path: Path, kind: Kind, limits: FactsLimits) -> Looked:
    """Read a file of one of these kinds.

    Raises:
        Refused: it must not go any further; why.
        OSError: the file cannot be read.
    """
    if kind in {Kind.ODT, Kind.ODP, Kind.PPTX}:
        with office_package.opened(path, limits) as package:
            if kind is Kind.PPTX:
                looked = Looked(presentation.read_contents(package))
            else:
                body = "text" if kind is Kind.ODT else "presentation"
                looked = Looked(opendocument.read_contents(package, body))
    elif kind is Kind.RTF:
        if path.stat().st_size > limits.zip_bytes:
            raise Refused("office-too-large", f"it is larger than {size_in_words(limits.zip_bytes)}")
        text = read_rich_text(path.read_bytes())
        looked = Looked(text.contents, left_out=text.left_out)
    else:
        opened = compound.opened(path, limits)
        old = read_word(opened) if kind is Kind.DOC else read_powerpoint(opened)
        looked = Looked(old.contents, patches=old.patches)
    if kind in {Kind.ODP, Kind.PPTX, Kind.PPT} and not looked.contents.shown:
        message = "it has no slides" if not looked.contents.slides else "all of its slides are hidden"
        raise Refused("office-nothing-shown", message)
    return looked


def read(reading: Reading) -> FileFacts:
    """Read one file.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    try:
        contents = look(reading.path, reading.kind.kind, reading.limits).contents
    except Refused as refusal:
        return reading.held(refusal.code, refusal.message, _REMEDIES.get(refusal.code, ASK_AGAIN))
    found = [
        reading.finding(row.code, row.severity, row.message[:1].upper() + row.message[1:], row.remedy)
        for row in rows(contents)
    ]
    children = ChildWriter(reading)
    found += office_embedded.take_out(reading, children)
    lost = office_embedded.lost(found)
    if lost:
        return reading.held(*lost, others=found, children=children.children)
    return reading.readable(texts=whole(contents.searchable), findings=found, children=children.children)
