"""Brings an opened source to where its pages can be copied as they are shown.

What a viewer shows beside the page's own content (filled fields, comments, stamps) is painted into the page;
what it does not show (layers that are off, hidden annotations) is removed; what acts is left behind and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium

from bundles.convert.base import HeldError
from bundles.convert.normalising.active import Active, read_active
from bundles.convert.normalising.annotations import Annotated, Comment, sort_annotations
from bundles.convert.normalising.bookmarks import Bookmarks, read_bookmarks
from bundles.convert.normalising.compare import first_difference, is_read
from bundles.convert.normalising.destinations import Destinations
from bundles.convert.normalising.flatten import CannotPrepare, flatten
from bundles.convert.normalising.geometry import drop_empty_crop
from bundles.convert.normalising.layer_filter import LayerFilter
from bundles.convert.normalising.layers import Layers, hides_something, painters
from bundles.convert.normalising.limits import PdfLimits
from bundles.convert.normalising.links import Links, annotations_of, read_links
from bundles.convert.normalising.page_text import page_text
from bundles.convert.normalising.source import Report, Source
from bundles.convert.normalising.viewing import opened, page_of
from casefiles.findings import Finding, Severity
from casefiles.intake.readers.pdf_features import is_dynamic_form

_NOT_NEEDED = {
    "/OpenAction", "/AA", "/Names", "/Dests", "/Outlines", "/StructTreeRoot", "/Metadata", "/PieceInfo",
}  # fmt: skip


@dataclass(frozen=True)
class Prepared:
    """`path` is the file whose pages are copied, `shown` the one that a viewer shows the same way.

    `doubtful` holds the 0-based pages whose pictures must be compared.
    """

    path: Path
    shown: Path
    doubtful: frozenset[int]
    links: Links
    bookmarks: Bookmarks
    comments: tuple[Comment, ...]
    findings: tuple[Finding, ...]


def prepare(source: Source, path: Path, folder: Path, report: Report, limits: PdfLimits) -> Prepared:
    """Prepare the source opened from `path`; new files go into `folder`.

    Raises:
        HeldError: what the file shows cannot be brought onto pages.
    """
    pdf, pages = source.pdf, [page.page for page in source.pages]
    destinations = Destinations(pdf, source.frames, limits)
    links = read_links(pages, source.frames, destinations)
    bookmarks = read_bookmarks(pdf, destinations, limits)
    active = read_active(pdf, pages)
    if _only_adobe_shows(pdf, path):
        raise HeldError(
            report("pdf-dynamic-form", Severity.ERROR, "is an XFA form, which shows its contents in Adobe Reader only",
                   "open it in Adobe Reader, print it to PDF and add that; or record a placeholder for it")
        )  # fmt: skip
    layers = Layers(pdf)
    annotated = sort_annotations(pages, layers.shows)
    hidden_on = _pages_hiding(pages, layers)
    findings = (
        *_about_file(source, report),
        *_about_active(active, links, bookmarks, report),
        *_about_annotations(annotated, report),
        *_about_layers(hidden_on | annotated.on_hidden_layer, layers, report),
    )
    try:
        cropped = [page for page in pages if drop_empty_crop(page)]
        made, shown = _make(source, path, folder, annotated.painted, hidden_on, layers, changed=bool(cropped))
    except (CannotPrepare, pdfium.PdfiumError, pikepdf.PdfError) as problem:
        why = str(problem) if isinstance(problem, CannotPrepare) else "the file is damaged"
        message = f"its filled fields, comments or layers cannot be brought onto the page: {why}"
        remedy = "open the file, print it to PDF and add that; or record a placeholder for it"
        raise HeldError(report("pdf-page-not-shown", Severity.ERROR, message, remedy)) from problem
    doubtful = frozenset(annotated.painted | hidden_on)
    return Prepared(made, shown, doubtful, links, bookmarks, tuple(annotated.comments), findings)


def _only_adobe_shows(pdf: pikepdf.Pdf, path: Path) -> bool:
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary) or "/XFA" not in form:
        return False
    with opened(path) as document, page_of(document, 0) as page:
        return is_dynamic_form(pdf, page_text(page))


def _make(
    source: Source,
    path: Path,
    folder: Path,
    painted: set[int],
    hidden_on: set[int],
    layers: Layers,
    *,
    changed: bool,
) -> tuple[Path, Path]:
    """The prepared file and the one that a viewer shows the same way; the source itself where nothing is to do."""
    readable = not source.mended or is_read(path, len(source.pages))
    if not (painted or hidden_on or changed) and readable:
        return path, path
    pdf = source.pdf
    for key in _NOT_NEEDED & set(pdf.Root.keys()):
        del pdf.Root[key]
    if "/AcroForm" not in pdf.Root:
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([]))
    if "/XFA" in pdf.Root.AcroForm:
        del pdf.Root.AcroForm["/XFA"]
    made = shown = folder / "shown.pdf"
    if hidden_on:
        layers.make_explicit()
    pdf.save(shown, encryption=False)
    if readable:
        _require_same_reading(path, shown, len(source.pages))
    if hidden_on:
        made = folder / "without-layers.pdf"
        _remove_hidden(source, hidden_on, layers)
        pdf.save(made, encryption=False)
    if painted:
        flatten(made, folder / "flat.pdf", painted)
        made = folder / "flat.pdf"
    return made, shown


def _require_same_reading(path: Path, shown: Path, count: int) -> None:
    """What qpdf read must be what PDFium reads: otherwise the comparison to come would compare qpdf with itself.

    Raises:
        CannotPrepare: a page differs.
    """
    different = first_difference(path, shown, count)
    if different is not None:
        raise CannotPrepare(f"two programs read page {different + 1} in two ways")


def _pages_hiding(pages: Sequence[pikepdf.Object], layers: Layers) -> set[int]:
    if not layers.present:
        return set()
    hiding = set()
    for index, page in enumerate(pages):
        forms = [form for annotation in annotations_of(page) for form in _appearances(annotation)]
        if (
            hides_something(layers, page.get("/Resources"))
            or any(not layers.shows(form.get("/OC")) for form in forms)
            or any(hides_something(layers, form.get("/Resources")) for form in forms)
        ):
            hiding.add(index)
    return hiding


def _remove_hidden(source: Source, hidden_on: set[int], layers: Layers) -> None:
    layer_filter = LayerFilter(layers)
    for index in sorted(hidden_on):
        page = source.pages[index].page
        layer_filter.clean_page(source.pdf, page)
        for form in [form for annotation in annotations_of(page) for form in _appearances(annotation)]:
            layer_filter.clean_form(form)
    for page_index in sorted(set(range(len(source.pages))) - hidden_on):
        for painter in painters(source.pages[page_index].page.get("/Resources")):
            layer_filter.clean_form(painter)
    if "/OCProperties" in source.pdf.Root:
        del source.pdf.Root["/OCProperties"]


def _appearances(annotation: pikepdf.Object) -> list[pikepdf.Object]:
    appearance = annotation.get("/AP")
    normal = appearance.get("/N") if isinstance(appearance, pikepdf.Dictionary) else None
    if isinstance(normal, pikepdf.Stream):
        return [normal]
    states = normal.as_dict().values() if isinstance(normal, pikepdf.Dictionary) else []
    return [state for state in states if isinstance(state, pikepdf.Stream)]


def _about_file(source: Source, report: Report) -> Iterable[Finding]:
    if source.mended:
        yield report(
            "pdf-repaired", Severity.WARNING, "is damaged; every page could still be read",
            "compare the pages with the sender's copy",
        )  # fmt: skip
    if source.pdf.is_encrypted:
        yield report(
            "pdf-restricted", Severity.NOTE, "carries restrictions on printing or copying; it opens without a password",
            "",
        )  # fmt: skip


def _about_active(active: Active, links: Links, bookmarks: Bookmarks, report: Report) -> Iterable[Finding]:
    if active.kinds:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(active.kinds.items()))
        message = f"contains parts that act by themselves; they are left out of the copy: {kinds}"
        yield report("pdf-active-content-removed", Severity.WARNING, message, "")
    if active.attached:
        message = f"carries {active.attached} attached file{'s' * (active.attached != 1)}, which are items of their own"
        yield report("pdf-attached-files", Severity.WARNING, message, "check that each is listed as evidence")
    if links.outside:
        message = f"{len(links.outside)} links lead out of the file; their text stays, they can no longer be clicked"
        yield report("pdf-outside-links-removed", Severity.NOTE, message, "")
    if links.lost_on:
        message = (
            f"links on {_on_pages(links.lost_on)} lead to a place that is not in the file; they are dropped"
        )
        yield report("pdf-link-target-missing", Severity.NOTE, message, "")
    if bookmarks.lost:
        message = f"{len(bookmarks.lost)} bookmarks lead to a place that is not in the file; they are dropped"
        yield report("pdf-bookmark-target-missing", Severity.NOTE, message, "")
    if bookmarks.cut:
        yield report(
            "pdf-bookmarks-cut", Severity.WARNING, "its bookmarks are damaged; not all could be kept", ""
        )


def _about_annotations(annotated: Annotated, report: Report) -> Iterable[Finding]:
    if annotated.comments:
        where = _on_pages(comment.page - 1 for comment in annotated.comments)
        message = (
            f"has {len(annotated.comments)} comments on {where}; they are listed on a page after the document"
        )
        yield report("pdf-comments", Severity.WARNING, message, "check that they may be served")
    if annotated.hidden:
        message = f"has hidden notes or fields on {_on_pages(annotated.hidden)}; they stay hidden"
        yield report("pdf-hidden-annotation", Severity.WARNING, message, "open the original to see them")
    if annotated.not_paintable:
        message = (
            f"a comment on {_on_pages(annotated.not_paintable)} has no appearance of its own and is not drawn"
        )
        yield report("pdf-comment-not-drawn", Severity.WARNING, message, "its words are on the comments page")


def _about_layers(hidden_on: set[int], layers: Layers, report: Report) -> Iterable[Finding]:
    if hidden_on:
        names = ", ".join(f"“{name}”" for name in layers.names_off())
        message = f"has layers that are switched off ({names}) on {_on_pages(hidden_on)}; they are not shown"
        yield report("pdf-hidden-layer", Severity.WARNING, message, "open the original to see them")


def _on_pages(indices: Iterable[int]) -> str:
    numbers = sorted({index + 1 for index in indices})
    words = ", ".join(map(str, numbers[:20])) + (" and others" if len(numbers) > 20 else "")
    return f"page{'s' * (len(numbers) != 1)} {words}"
