"""Makes any PDF into one of the derived shape (`bundles.derived`): upright, inert, and shown as its author's
viewer shows it, page for page.

1. open: no password, every page there and readable, within limits (`source`);
2. prepare: layers that are off removed, filled fields and comments painted into the page (`prepare`);
3. build a new PDF, each page one form XObject (`form_pages`);
4. compare each page's text, and its picture where text cannot decide, with the source; a page that differs
   becomes a picture of the source's page (`compare`);
5. where ink lies under the number's box, draw the page smaller;
6. record what each page is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
from PIL import Image

from bundles.convert.base import Drawn, HeldError
from bundles.convert.normalising.comment_sheet import SHEET_TITLE, draw_comments
from bundles.convert.normalising.compare import Checked, Origin, check_pages
from bundles.convert.normalising.form_pages import DerivedFile
from bundles.convert.normalising.limits import PdfLimits
from bundles.convert.normalising.page_text import page_text, text_sha256
from bundles.convert.normalising.prepare import Prepared, prepare
from bundles.convert.normalising.resources import ResourceCleaner, paints_through
from bundles.convert.normalising.source import Report, Source, open_source
from bundles.convert.normalising.viewing import opened, page_of, picture
from bundles.derived import DerivedPage, OutlineEntry, StampBox
from casefiles.files.scratch import scratch_folder
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_file

REDUCED_FACTOR = 0.96
SMALLEST_FACTOR = 0.5
SMALLEST_PAGE_PT = 100.0
"""A page with a shorter side gets more paper, so that its number can stand beside what it shows."""
PICTURE_DPI = 200
PICTURE_PIXELS = 40_000_000


def normalise(
    source: Path,
    output: Path,
    stamp: StampBox,
    *,
    subject: str = "",
    scratch: Path | None = None,
    limits: PdfLimits | None = None,
) -> Drawn:
    """Write `source` as a PDF of the derived shape to `output`, and say what each page is.

    `subject` is how findings name the file (default: its file name); `scratch` a folder for working files
    (default: the folder of `output`).

    Raises:
        HeldError: the file cannot be shown page for page; its findings say why.
        OSError: a file cannot be read or written.
    """

    def report(code: str, severity: Severity, message: str, remedy: str) -> Finding:
        return Finding(code, severity, subject or source.name, message, remedy)

    limits = limits or PdfLimits()
    with scratch_folder(scratch or output.parent) as folder, ExitStack() as stack:
        work = _Work(folder, stamp, report, limits, stack)
        try:
            return _draw(_parts(source, work), output, work)
        except (pikepdf.PdfError, pdfium.PdfiumError, RuntimeError) as problem:
            remedy = "open the file, print it to PDF and add that; or record a placeholder for it"
            words = "is damaged: its pages cannot be copied and shown"
            raise HeldError(report("pdf-damaged", Severity.ERROR, words, remedy)) from problem


@dataclass(frozen=True)
class _Work:
    """What every step needs."""

    folder: Path
    stamp: StampBox
    report: Report
    limits: PdfLimits
    stack: ExitStack


@dataclass(frozen=True)
class _Part:
    """A file whose pages go into the derived file: opened, and prepared."""

    source: Source
    prepared: Prepared


def _parts(source: Path, work: _Work) -> list[_Part]:
    parts = [_part(source, work)]
    comments = parts[0].prepared.comments
    if comments:
        sheet = work.folder / "comments.pdf"
        draw_comments(comments, sheet, work.stamp)
        parts.append(_part(sheet, work))
    return parts


@dataclass(frozen=True)
class _Picture:
    """A page as a picture, and its size in points."""

    image: Image.Image
    width_pt: float
    height_pt: float


def _part(path: Path, work: _Work) -> _Part:
    source = work.stack.enter_context(open_source(path, work.report, work.limits))
    prepared = prepare(source, path, work.folder, work.report, work.limits)
    if prepared.path != path:
        source = work.stack.enter_context(open_source(prepared.path, work.report, work.limits))
    return _Part(source, prepared)


def _draw(parts: Sequence[_Part], output: Path, work: _Work) -> Drawn:
    origins = [
        Origin(part.prepared.path, part.prepared.shown, index, _doubtful(part, index), page.frame.unit)
        for part in parts
        for index, page in enumerate(part.source.pages)
    ]
    draft = work.folder / "derived.pdf"
    derived = _build(parts, {})
    derived.save(draft)
    checked = check_pages(draft, origins, work.stamp, {})
    wrong = [index for index, page in enumerate(checked) if not page.same]
    if wrong:
        pictures = {index: _picture(origins[index]) for index in wrong}
        derived = _build(parts, pictures)
        derived.save(draft)
        given = {index: each.image for index, each in pictures.items()}
        checked = check_pages(draft, origins, work.stamp, given)
    findings = [_as_picture(index, checked[index], work.report) for index in wrong]
    findings += [
        _text_changed(index, work.report)
        for index, page in enumerate(checked)
        if not page.text_kept and index not in wrong
    ]
    enlarged = _enlarge(derived, len(checked), work.stamp)
    reduced = _reduce(derived, checked, work.stamp, enlarged)
    derived.add_links(parts[0].prepared.links.inside)
    derived.save(output)
    pages = _facts(derived, checked, reduced, enlarged, output)
    outline = _outline(parts)
    own_pages = len(origins) - len(parts[0].source.pages)
    return Drawn(sha256_file(output), pages, outline, (*parts[0].prepared.findings, *findings), own_pages)


def _doubtful(part: _Part, index: int) -> bool:
    page = part.source.pages[index]
    return index in part.prepared.doubtful or page.frame.turns != 0 or paints_through(page.page)


def _outline(parts: Sequence[_Part]) -> tuple[OutlineEntry, ...]:
    own = parts[0].prepared.bookmarks.entries
    if len(parts) == 1:
        return own
    return (*own, OutlineEntry(1, SHEET_TITLE, len(parts[0].source.pages) + 1))


def _build(parts: Sequence[_Part], pictures: Mapping[int, _Picture]) -> DerivedFile:
    derived = DerivedFile()
    index = 0
    for part in parts:
        source = part.source
        cleaner = ResourceCleaner(source.pdf)
        for each in source.pages:
            frame = each.frame
            if index in pictures:
                image = pictures[index]
                derived.add_picture(image.image.tobytes(), image.image.size, image.width_pt, image.height_pt)
            else:
                derived.add_page(source.pdf, each.page, frame, each.content, cleaner)
            index += 1
    return derived


def _picture(origin: Origin) -> _Picture:
    with opened(origin.shown, forms=True) as file, page_of(file, origin.index) as page:
        width, height = page.get_size()
        most = 72 * (PICTURE_PIXELS / max(1.0, width * height)) ** 0.5 / origin.unit
        image = picture(page, min(PICTURE_DPI, most), unit=origin.unit, grey=False)
        return _Picture(image, width * origin.unit, height * origin.unit)


def _as_picture(index: int, checked: Checked, report: Report) -> Finding:
    """A finding about a page bound as a picture.

    Raises:
        HeldError: not even the picture shows what the source shows.
    """
    if checked.same:
        message = f"page {index + 1} could not be copied exactly and is bound as a picture of the page"
        return report("pdf-page-as-picture", Severity.WARNING, message, "compare the page with the original")
    message = f"page {index + 1} cannot be shown as the file's author saw it"
    remedy = "open the file, print it to PDF and add that; or record a placeholder for it"
    raise HeldError(report("pdf-page-not-shown", Severity.ERROR, message, remedy))


def _text_changed(index: int, report: Report) -> Finding:
    message = f"page {index + 1} looks the same as in the original, but the text that can be searched differs"
    return report("pdf-text-differs", Severity.WARNING, message, "compare the page with the original")


def _enlarge(derived: DerivedFile, count: int, stamp: StampBox) -> set[int]:
    """Give a page that is too small for a number enough paper for one, below what it shows."""
    enlarged = set()
    for index in range(count):
        width, height = derived.size_pt(index)
        if min(width, height) < SMALLEST_PAGE_PT:
            room = height + stamp.bottom_pt + stamp.height_pt
            derived.enlarge(index, max(width, SMALLEST_PAGE_PT), max(room, SMALLEST_PAGE_PT))
            enlarged.add(index)
    return enlarged


def _reduce(
    derived: DerivedFile, checked: Sequence[Checked], stamp: StampBox, enlarged: set[int]
) -> set[int]:
    """Make room for the number: at most 96 %, less only where the number's box stands higher than that."""
    reduced = set()
    for index, page in enumerate(checked):
        _, height = derived.size_pt(index)
        factor = min(REDUCED_FACTOR, 1 - (stamp.bottom_pt + stamp.height_pt) / height)
        if page.ink_under_stamp and factor >= SMALLEST_FACTOR and index not in enlarged:
            derived.reduce(index, factor)
            reduced.add(index)
    return reduced


def _facts(
    derived: DerivedFile, checked: Sequence[Checked], reduced: set[int], enlarged: set[int], output: Path
) -> tuple[DerivedPage, ...]:
    facts = []
    with opened(output) as file:
        for index, page in enumerate(checked):
            text = page.text
            if index in reduced | enlarged:
                with page_of(file, index) as final:
                    text = page_text(final)
            width, height = derived.size_pt(index)
            shows = page.shows_something
            facts.append(
                DerivedPage(
                    width_pt=round(width, 4),
                    height_pt=round(height, 4),
                    blank=not shows,
                    reduced=index in reduced,
                    image_only=shows and not text.strip(),
                    text_sha256=text_sha256(text),
                )
            )
    return tuple(facts)
