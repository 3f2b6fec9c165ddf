"""Opens a PDF that somebody else made, and refuses one whose pages cannot all be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pikepdf

from bundles.convert.base import HeldError
from bundles.convert.normalising.content import (
    Content,
    ContentDamaged,
    ContentTooLarge,
    names_used,
    read_content,
)
from bundles.convert.normalising.geometry import PageFrame, frame_of
from bundles.convert.normalising.limits import PdfLimits
from bundles.convert.normalising.resources import entries
from casefiles.findings import Finding, Severity
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers import pdf_pages, pdf_streams, pdf_tail
from casefiles.intake.readers.pdf import open_pdf, pages_in_words

Report = Callable[[str, Severity, str, str], Finding]

_INHERITED = ("/MediaBox", "/CropBox", "/Resources", "/Rotate")
_DEEPEST_TREE = 100
_ASK_AGAIN = "ask the sender for the file again, or record a placeholder for it"


@dataclass(frozen=True)
class SourcePage:
    """One page of an opened source: its dictionary, how it is shown, and its content."""

    page: pikepdf.Object
    frame: PageFrame
    content: Content


@dataclass(frozen=True)
class Source:
    """An opened source whose every page can be read; `mended` says that it does not stand as it was written."""

    pdf: pikepdf.Pdf
    pages: tuple[SourcePage, ...]
    mended: bool

    @property
    def frames(self) -> list[PageFrame]:
        """How each page is shown."""
        return [page.frame for page in self.pages]


@contextmanager
def open_source(path: Path, report: Report, limits: PdfLimits) -> Iterator[Source]:
    """Open a PDF without a password and read the content of all its pages.

    Raises:
        HeldError: it needs a password, is damaged or goes beyond a limit.
        OSError: the file cannot be read.
    """
    try:
        pdf = pikepdf.open(path, inherit_page_attributes=False)  # to do so, qpdf would mend /Count first
    except pikepdf.PasswordError:
        raise HeldError(
            report("pdf-needs-password", Severity.ERROR, "needs a password to open",
                   "open it with casebinder at a terminal and give the password when asked")
        ) from None  # fmt: skip
    except (pikepdf.PdfError, RuntimeError) as problem:  # qpdf's own errors and too deep nesting
        raise _damaged(report, "cannot be opened as a PDF") from problem
    with pdf:
        yield _read(pdf, path, report, limits)


def _read(pdf: pikepdf.Pdf, path: Path, report: Report, limits: PdfLimits) -> Source:
    try:
        claimed = pdf.Root.Pages.get("/Count")
        found = len(pdf.pages)
    except (pikepdf.PdfError, AttributeError, RuntimeError) as problem:
        raise _damaged(report, "has no readable list of pages") from problem
    if found > limits.pages:
        message = f"has {found:,} pages; the limit is {limits.pages:,}"
        raise HeldError(report("pdf-too-large", Severity.ERROR, message, "split it into smaller files"))
    for page in pdf.pages:
        _inherit(page.obj)
    pages = tuple(
        _read_page(page.obj, number, found, report, limits) for number, page in enumerate(pdf.pages, start=1)
    )
    ending = pdf_tail.examine(path)
    mended = claimed != found or found == 0 or ending.cut or ending.unfinished_update
    mended = bool(pdf.get_warnings()) or mended  # asking for the warnings also forgets them
    if mended or any(map(_asks_for_more, pages)):
        _require_every_page(path, report)
    return Source(pdf, pages, mended)


def _read_page(
    page: pikepdf.Object, number: int, count: int, report: Report, limits: PdfLimits
) -> SourcePage:
    try:
        return SourcePage(page, frame_of(page), read_content(page, limits.content_bytes))
    except ContentTooLarge as problem:
        message = f"page {number} of {count} cannot be read: its content is {problem}, the limit"
        raise HeldError(report("pdf-too-large", Severity.ERROR, message, _ASK_AGAIN)) from problem
    except ContentDamaged as problem:
        raise _damaged(report, f"page {number} of {count} cannot be read: {problem}") from problem


def _inherit(page: pikepdf.Object) -> None:
    """Write what a page inherits onto the page itself. Source: ISO 32000-2, 7.7.3.4."""
    for key in _INHERITED:
        node: pikepdf.Object | None = page
        for _ in range(_DEEPEST_TREE):
            if not isinstance(node, pikepdf.Dictionary) or key in node:
                break
            node = node.get("/Parent")
        if node is not page and isinstance(node, pikepdf.Dictionary) and key in node:
            page[key] = node[key]


def _asks_for_more(page: SourcePage) -> bool:
    """Whether the content draws a picture or form that its resources do not hold: lost, or never there."""
    there = {name for name, _ in entries(page.page.get("/Resources"), "/XObject")}
    return not names_used(page.content.data, "Do") <= there


def _require_every_page(path: Path, report: Report) -> None:
    """Nothing, if every page that the file speaks of is there with all that it draws.

    Raises:
        HeldError: pages are lost, or nobody can tell how many there should be.
    """
    try:
        with open_pdf(path) as pdf:
            truth = pdf_pages.examine(pdf, partial(open_pdf, path), path, FactsLimits())
    except pdf_streams.TooMuch as limit:
        raise HeldError(report("pdf-too-large", Severity.ERROR, str(limit), _ASK_AGAIN)) from limit
    except (pdf_pages.NoPages, pikepdf.PdfError, RuntimeError) as problem:
        raise _damaged(report, "no page can be read") from problem
    if truth.complete:
        return
    lost = next((number for number, why in enumerate(truth.problems, 1) if why), None)
    reason = f" (page {lost}: {truth.problems[lost - 1]})" if lost else ""
    raise _damaged(report, pages_in_words(truth) + reason)


def _damaged(report: Report, message: str) -> HeldError:
    return HeldError(report("pdf-damaged", Severity.ERROR, message, _ASK_AGAIN))
