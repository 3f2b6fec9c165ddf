"""Facts of a Word file: scanned as a zip before any word processor sees it.

Rules: a declared document type, a bomb, an unsafe or double name, a password and damage hold the file. Macros,
outside references and tracked changes are reported; macros are never run, and nothing outside is fetched.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from casefiles.findings import Finding, Severity
from casefiles.intake.facts import ASK_AGAIN, FileFacts, Reading
from casefiles.intake.readers import docx_package, office_embedded, ole
from casefiles.intake.readers.children import ChildWriter
from casefiles.intake.readers.docx_package import PackageFacts, Refused
from casefiles.search.page_text import whole

_REMEDIES = {
    "docx-needs-password": "Ask for a copy without a password, or save one in Word and file that",
    "docx-too-large": "File the pages that matter as a PDF",
    "docx-doctype": "Open it in Word on a safe machine, save it anew or as PDF, and file that too",
    "docx-unsafe-names": "Ask the sender for a PDF of it",
    "docx-double-parts": "Ask the sender for a PDF of it",
}


def read(reading: Reading) -> FileFacts:
    """Read a docx or docm.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    with reading.path.open("rb") as stream:
        if stream.read(8) == ole.MAGIC:
            return _held(reading, Refused("docx-needs-password", "it opens only with a password"))
    try:
        with zipfile.ZipFile(reading.path) as archive:
            return _read_package(reading, archive)
    except Refused as refusal:
        return _held(reading, refusal)
    except docx_package.ZIP_ERRORS:
        return _held(reading, Refused("docx-damaged", "the file is cut or broken"))


def _held(reading: Reading, refusal: Refused) -> FileFacts:
    return reading.held(refusal.code, refusal.message, _REMEDIES.get(refusal.code, ASK_AGAIN))


def _read_package(reading: Reading, archive: zipfile.ZipFile) -> FileFacts:
    docx_package.check_directory(archive, reading.limits)
    facts = docx_package.read_parts(archive, reading.limits)
    if not facts.marks["body"]:
        raise Refused("docx-damaged", "its main part is missing")
    names = [member.orig_filename for member in archive.infolist()]
    children = ChildWriter(reading)
    found = [*_findings(reading, facts, names), *office_embedded.take_out(reading, children)]
    lost = office_embedded.lost(found)
    if lost:
        return reading.held(*lost, others=found, children=children.children)
    return reading.readable(
        texts=whole("".join(facts.text).strip()), findings=found, children=children.children
    )


def _findings(reading: Reading, facts: PackageFacts, names: list[str]) -> Iterator[Finding]:
    def warning(code: str, message: str, remedy: str = "") -> Finding:
        return reading.finding(code, Severity.WARNING, message, remedy)

    lowered = [name.lower() for name in names]
    if any(name.endswith("vbaproject.bin") for name in lowered):
        yield warning(
            "docx-macros", "The file carries macros; they are never run, and are not in the bound copy"
        )
    if any(name.startswith("word/activex/") for name in lowered):
        yield warning("docx-controls", "The file carries ActiveX controls; they are never run")
    links = facts.external["hyperlink"]
    others = {name: count for name, count in facts.external.items() if name != "hyperlink"}
    if others:
        listed = ", ".join(f"{count} × {name or 'unnamed'}" for name, count in sorted(others.items()))
        yield warning(
            "docx-external",
            f"The file refers to things outside itself ({listed}); they are not fetched, so they are not shown",
            "Ask for a PDF made where they could be seen, if they matter",
        )
    if facts.fields:
        listed = ", ".join(sorted(facts.fields))
        yield warning(
            "docx-fields", f"The file has fields that fetch from outside ({listed}); they are not updated"
        )
    if links:
        text = f"{links} links to the internet lose their action in the bound copy and keep their text"
        yield reading.finding("docx-web-links", Severity.NOTE, text)
    changes = sum(facts.marks[name] for name in ("ins", "del", "moveFrom", "moveTo"))
    if changes:
        yield warning(
            "docx-tracked-changes",
            f"The file holds {changes} tracked changes that nobody has accepted or rejected",
            "Ask which version is meant, and for a PDF of it",
        )
    if facts.marks["comment"]:
        text = f"The file carries {facts.marks['comment']} comments by a reader"
        yield reading.finding("docx-comments", Severity.NOTE, text)
    if facts.marks["vanish"]:
        yield warning(
            "docx-hidden-text", "The file holds text that is marked as hidden, and is not shown when printed"
        )
