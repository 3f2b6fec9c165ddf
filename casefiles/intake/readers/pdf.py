"""Facts of a PDF: is every page there, its text, what it carries, what is attached to it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pikepdf
import pypdfium2

from casefiles.files.scratch import remove_scratch_file
from casefiles.findings import Finding, Severity
from casefiles.intake.facts import ASK_AGAIN, FileFacts, Reading
from casefiles.intake.readers import pdf_embedded, pdf_features, pdf_pages, pdf_tail
from casefiles.intake.readers.children import ChildWriter
from casefiles.intake.readers.pdf_pages import NoPages, PageTruth
from casefiles.intake.readers.pdf_streams import TooMuch
from casefiles.search.page_text import numbered

UNLOCK = "`casebinder decide CASE --unlock FILE` asks for the password; it is not stored"
_MENDED_NAME = "mended.pdf"


def read(reading: Reading) -> FileFacts:
    """Read a PDF.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    try:
        with open_pdf(reading.path) as pdf:
            return _read_pages(reading, pdf, _truth_of(pdf, reading))
    except pikepdf.PasswordError:
        return reading.held("pdf-needs-password", "the file opens only with a password", UNLOCK)
    except TooMuch as limit:
        return reading.held("pdf-too-large", str(limit), "File the pages that matter as a smaller PDF")
    except NoPages as problem:
        return reading.held("pdf-damaged", f"no page can be read: {problem}")
    except pikepdf.PdfError:
        return _held_unopened(reading)


def _held_unopened(reading: Reading) -> FileFacts:
    if pdf_tail.needs_key(reading.path):
        what = "the file opens only with a key (a certificate) of the person it was sent to"
        return reading.held("pdf-needs-key", what, "Ask for a copy that is not locked")
    if pdf_tail.is_deeply_nested(reading.path):
        return reading.held("pdf-too-large", pdf_pages.TOO_DEEP)
    return reading.held("pdf-damaged", "no page can be read: the file is cut or broken")


def _read_pages(reading: Reading, pdf: pikepdf.Pdf, truth: PageTruth) -> FileFacts:
    seen = pdf_features.Features()
    seen.look(pdf)
    children = ChildWriter(reading)
    found = [*_about_the_file(pdf, truth, reading), *pdf_features.findings(pdf, seen, reading)]
    found += pdf_embedded.take_out(pdf, seen, reading, children)
    found += children.findings()
    texts = _texts(pdf, truth, reading)
    qpdf_pages = len(pdf.pages)
    dynamic = pdf_features.is_dynamic_form(pdf, (texts[0] or "") if texts else "")
    lost = _lost(truth, qpdf_pages, texts)
    if lost:
        return reading.held("pdf-damaged", lost, ASK_AGAIN, others=found, children=children.children)
    if dynamic:
        what = "this form is empty in every program but Adobe's (XFA)"
        remedy = "Open it in Adobe Reader, print it to PDF and file that too"
        return reading.held("pdf-dynamic-form", what, remedy, others=found, children=children.children)
    return reading.readable(
        pages=truth.readable,
        texts=numbered(texts),
        findings=found,
        children=children.children,
    )


def examine_pages(reading: Reading, password: str = "") -> PageTruth:
    """Which pages are really there.

    Raises:
        pikepdf.PasswordError: it opens only with another password.
        pikepdf.PdfError: it does not open at all.
        NoPages, TooMuch: see `pdf_pages.examine`.
    """
    with open_pdf(reading.path, password) as pdf:
        return _truth_of(pdf, reading, password)


def _truth_of(pdf: pikepdf.Pdf, reading: Reading, password: str = "") -> PageTruth:
    return pdf_pages.examine(pdf, partial(open_pdf, reading.path, password), reading.path, reading.limits)


def open_pdf(path: Path, password: str = "") -> pikepdf.Pdf:
    """Open a PDF as it stands, qpdf's warnings kept for asking.

    Raises:
        pikepdf.PdfError: it does not open.
    """
    return pikepdf.open(path, password=password, suppress_warnings=True, inherit_page_attributes=False)


def pages_in_words(truth: PageTruth) -> str:
    """ "13 of 40 pages readable", or what can be said instead."""
    if truth.expected is None:
        pages = "page" if truth.readable == 1 else "pages"
        return f"{truth.readable} {pages} readable, the file does not say of how many"
    return f"{truth.readable} of {max(truth.expected, len(truth.problems))} pages readable"


def _lost(truth: PageTruth, qpdf_pages: int, texts: Sequence[str | None]) -> str:
    """What is missing, as a message; empty where nothing is."""
    if not truth.complete:
        first = next((number for number, problem in enumerate(truth.problems, 1) if problem), None)
        reason = f" (page {first}: {truth.problems[first - 1]})" if first else ""
        return pages_in_words(truth) + reason
    unread = [number for number, text in enumerate(texts, 1) if text is None]
    if unread:
        readable = truth.readable - len(unread)
        return f"{readable} of {truth.readable} pages readable (page {unread[0]}: it cannot be drawn)"
    if not truth.readable == qpdf_pages == len(texts):
        counts = f"{truth.readable}, {qpdf_pages} and {len(texts)}"
        return f"three programs disagree about how many pages it has: {counts}"
    return ""


def _about_the_file(pdf: pikepdf.Pdf, truth: PageTruth, reading: Reading) -> Iterator[Finding]:
    if truth.repaired and truth.complete:
        yield reading.finding(
            "pdf-repaired",
            Severity.WARNING,
            f"The file is damaged, but all {truth.readable} pages are there: it was cut or badly copied",
            "Compare the pages with the sender's, or ask for a fresh copy",
        )
    if truth.doubts:
        yield reading.finding(
            "pdf-parts-missing",
            Severity.WARNING,
            "Something that the pages refer to is not in the file (a font, for example)",
            "Compare the bound pages with the original",
        )
    if pdf.is_encrypted:
        yield reading.finding(
            "pdf-restricted",
            Severity.NOTE,
            "The file opens without a password; its author has restricted printing, copying or changing",
        )


def _texts(pdf: pikepdf.Pdf, truth: PageTruth, reading: Reading) -> list[str | None]:
    """The text of each page as PDFium reads it, empty once there is enough; None where it cannot load the page."""
    if not truth.complete:
        return []
    path = reading.path
    mended = reading.scratch / _MENDED_NAME
    try:
        if truth.repaired:  # PDFium refuses much that qpdf can mend
            pdf.save(mended)
            path = mended
        return _pdfium_texts(path, reading.limits.text_characters)
    except pypdfium2.PdfiumError:
        return []
    finally:
        remove_scratch_file(mended)


def _pdfium_texts(path: Path, wanted: int) -> list[str | None]:
    texts: list[str | None] = []
    characters = 0
    with contextlib.closing(pypdfium2.PdfDocument(path)) as document:
        for index in range(len(document)):
            try:
                with contextlib.closing(document[index]) as page:
                    text = ""
                    if characters < wanted:
                        with contextlib.closing(page.get_textpage()) as textpage:
                            text = textpage.get_text_range()
            except pypdfium2.PdfiumError:
                texts.append(None)
                continue
            texts.append(text)
            characters += len(text)
    return texts
