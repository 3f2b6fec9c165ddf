"""Earlier versions of a PDF that lie within the file: how many, and whether one shows other pages.

A program may save a change by writing it after the end of the file; what was before can be brought back by cutting
there. Only the last version is bound; the copy carries none of the others.

Source: ISO 32000-2, 7.5.6 (incremental updates); annex F (a linearized file has two ends and one version).
"""

from __future__ import annotations

import re
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium

from bundles.convert.base import ConversionRequest
from bundles.convert.normalising.page_text import page_text
from bundles.convert.normalising.viewing import SHOWN_DPI, opened, page_of, picture, same_picture
from casefiles.files.scratch import remove_scratch_file, write_scratch
from casefiles.findings import Finding, Severity

MAX_BYTES = 256 << 20
MAX_VERSIONS = 5
MAX_PAGES = 100
_END = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF[ \t]*\r?\n?")
_TABLE = re.compile(rb"\s*(?:xref\b|\d{1,10}\s+\d{1,5}\s+obj\b)")
_HEAD_BYTES = 2048


def revision_findings(request: ConversionRequest) -> list[Finding]:
    """What is said of earlier versions of a PDF; nothing where it was saved once, or is too large to be looked at.

    Raises:
        OSError: a file cannot be read or written.
    """
    if request.original.stat().st_size > MAX_BYTES:
        return []
    data = request.original.read_bytes()
    ends = version_ends(data)
    if not ends:
        return []
    count = len(ends)
    were = "an earlier version" if count == 1 else f"{count} earlier versions"
    differing = _differing(request, data, ends[-MAX_VERSIONS:])
    if differing:
        message = f"{were} of it can be brought back from the file, and {differing}; only the last is shown"
        remedy = "open the original, and ask the sender what was changed and why"
        return [request.finding("pdf-earlier-version-differs", Severity.WARNING, message, remedy)]
    message = f"{were} of it can be brought back from the file; as far as they could be compared, the pages are the same"
    return [request.finding("pdf-earlier-versions", Severity.NOTE, message)]


def version_ends(data: bytes) -> list[int]:
    """Where each earlier version ends, in bytes from the start, the oldest first; the last version is left out."""
    marks = [(int(found[1]), found.end()) for found in _END.finditer(data)]
    if len(marks) < 2:
        return []
    # the first end of a linearized file points to no table or forwards: it ends no version
    ends = [end for table, end in marks[:-1] if 0 < table < end and _TABLE.match(data, table)]
    if b"/Linearized" in data[:_HEAD_BYTES] and ends and ends[0] == marks[0][1]:
        ends = ends[1:]
    tables = {table for table, _ in marks[1:]}
    return [end for end in ends if any(table >= end for table in tables)]


def _differing(request: ConversionRequest, data: bytes, ends: list[int]) -> str:
    """In which way the newest differing version shows other pages, in words; empty where none does."""
    for number, end in enumerate(reversed(ends), 1):
        earlier = request.scratch / f"version-{number}.pdf"
        write_scratch(earlier, data[:end])
        try:
            words = _compared(request.original, earlier)
        except (pdfium.PdfiumError, pikepdf.PdfError):
            continue  # what is no whole file shows nobody anything
        finally:
            remove_scratch_file(earlier)
        if words:
            return words
    return ""


def _compared(last: Path, earlier: Path) -> str:
    with pikepdf.open(earlier, attempt_recovery=False):
        pass  # what only a repair makes readable is no version that was ever saved
    with opened(last, forms=True) as now, opened(earlier, forms=True) as before:
        if len(now) != len(before):
            return f"one has {len(before)} page{'s' * (len(before) != 1)} where this has {len(now)}"
        other = [index + 1 for index in range(min(len(now), MAX_PAGES)) if not _same(now, before, index)]
    if not other:
        return ""
    numbers = ", ".join(map(str, other[:10])) + (" and others" if len(other) > 10 else "")
    return f"one shows something else on page{'s' * (len(other) != 1)} {numbers}"


def _same(now: pdfium.PdfDocument, before: pdfium.PdfDocument, index: int) -> bool:
    with page_of(now, index) as new, page_of(before, index) as old:
        return page_text(new) == page_text(old) and same_picture(
            picture(new, SHOWN_DPI), picture(old, SHOWN_DPI)
        )
