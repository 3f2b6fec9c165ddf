"""Files attached to a PDF become children.

Source: ISO 32000-1, 7.11.3 and 7.11.4 (file specifications, embedded file streams); ISO 32000-2, 14.13 (/AF).
"""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf
from pikepdf import Name

from casefiles.findings import Finding, Severity
from casefiles.intake.facts import Reading
from casefiles.intake.limits import size_in_words
from casefiles.intake.readers.children import ChildWriter
from casefiles.intake.readers.pdf_features import Features, name_tree
from casefiles.intake.readers.pdf_streams import Broken, Budget, TooMuch, unpacked


def take_out(pdf: pikepdf.Pdf, seen: Features, reading: Reading, children: ChildWriter) -> list[Finding]:
    """Write each attached file to the scratch folder, once; say which could not be had.

    Raises:
        OSError: the scratch folder cannot be written.
    """
    budget = Budget(reading.limits)
    done: set[tuple[int, int]] = set()
    damaged = 0
    oversized = 0
    for specification in _specifications(pdf, seen):
        stream = _stream(specification)
        if stream is None or stream.objgen in done:
            continue
        done.add(stream.objgen)
        try:
            children.add(_name(specification), unpacked(stream, budget))
        except TooMuch:
            oversized += 1
        except (Broken, pikepdf.PdfError, pikepdf.DataDecodingError, ValueError):
            damaged += 1
    return _report(reading, len(done), damaged, oversized)


def _report(reading: Reading, found: int, damaged: int, oversized: int) -> list[Finding]:
    made = []
    if found:
        text = (
            "One file is attached to this one; it is evidence of its own"
            if found == 1
            else f"{found} files are attached to this one; each is evidence of its own"
        )
        made.append(reading.finding("pdf-attachments", Severity.NOTE, text, "Decide on each of them"))
    for count, why in (
        (damaged, "are damaged and were not taken out"),
        (
            oversized,
            f"unpack to more than {size_in_words(reading.limits.stream_bytes)} and were not taken out",
        ),
    ):
        if count:
            text = f"{count} of the attached files {why}"
            remedy = "Ask for the attached files themselves"
            made.append(reading.finding("pdf-attachments-lost", Severity.ERROR, text, remedy))
    return made


def _specifications(pdf: pikepdf.Pdf, seen: Features) -> Iterator[pikepdf.Object]:
    names = pdf.Root.get(Name.Names)
    if isinstance(names, pikepdf.Dictionary):
        for _, specification in name_tree(names.get(Name.EmbeddedFiles)):
            yield specification
    yield from seen.attached
    for holder in (pdf.Root, *(page.obj for page in pdf.pages)):
        associated = holder.get(Name.AF)
        if isinstance(associated, pikepdf.Array):
            yield from associated


def _stream(specification: pikepdf.Object) -> pikepdf.Stream | None:
    files = specification.get(Name.EF) if isinstance(specification, pikepdf.Dictionary) else None
    if not isinstance(files, pikepdf.Dictionary):
        return None
    for key in (Name.UF, Name.F, Name.DOS, Name.Mac, Name.Unix):
        one = files.get(key)
        if isinstance(one, pikepdf.Stream):
            return one
    return None


def _name(specification: pikepdf.Object) -> bytes:
    for key in (Name.UF, Name.F, Name.Unix, Name.DOS, Name.Mac):
        one = specification.get(key)
        if isinstance(one, pikepdf.String):
            return str(one).encode("utf-8", "surrogateescape")
    return b""
