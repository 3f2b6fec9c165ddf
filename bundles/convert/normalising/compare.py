"""Compares each page of a new derived file with the page it was made of, by text and, where that cannot decide,
by picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

from bundles.convert.normalising.page_text import page_text
from bundles.convert.normalising.viewing import (
    SHOWN_DPI,
    ink_in,
    opened,
    page_of,
    picture,
    same_picture,
    shows_something,
)
from bundles.derived import StampBox


@dataclass(frozen=True)
class Origin:
    """Where a derived page comes from: the prepared file (text) and the file as a viewer shows it (picture).

    `index` is 0-based in both. `doubtful` asks for the picture whatever the text says; `unit` is the UserUnit.
    """

    prepared: Path
    shown: Path
    index: int
    doubtful: bool
    unit: float


@dataclass(frozen=True)
class Checked:
    """What was seen of one derived page. `same` is the verdict; `text_kept` that no text was gained or lost."""

    text: str
    shows_something: bool
    ink_under_stamp: bool
    same: bool
    text_kept: bool


def check_pages(
    derived: Path, origins: Sequence[Origin], stamp: StampBox, pictures: Mapping[int, Image.Image]
) -> list[Checked]:
    """Look at every page of a derived file beside its origin, or beside the picture that it was given (0-based).

    Raises:
        pypdfium2.PdfiumError: PDFium cannot open one of the files.
    """
    with ExitStack() as stack:
        new = stack.enter_context(opened(derived))
        paths = dict.fromkeys(path for origin in origins for path in (origin.prepared, origin.shown))
        files = {path: stack.enter_context(opened(path, forms=True)) for path in paths}
        return [
            _check(new, index, files, origin, stamp, pictures.get(index))
            for index, origin in enumerate(origins)
        ]


def _check(
    new: pdfium.PdfDocument,
    index: int,
    files: dict[Path, pdfium.PdfDocument],
    origin: Origin,
    stamp: StampBox,
    given: Image.Image | None,
) -> Checked:
    with page_of(new, index) as page:
        text = page_text(page)
        before = _read(files[origin.prepared], origin.index)
        kept = before is not None and same_text(before[0], text)
        sized = before is not None and _same_size(before[1], page.get_size(), origin.unit)
        ink = ink_in(page, stamp.on_page(page.get_width()))
        if text.strip() and kept and sized and not origin.doubtful:
            return Checked(text, True, ink, same=True, text_kept=True)
        image = picture(page, SHOWN_DPI)
        if given is not None:
            same = same_picture(given.convert("L").resize(image.size, Image.Resampling.BOX), image)
        else:
            same = _looks_like(files[origin.shown], origin, image)
        return Checked(text, bool(text.strip()) or shows_something(image), ink, same, kept)


def _looks_like(file: pdfium.PdfDocument, origin: Origin, image: Image.Image) -> bool:
    try:
        with page_of(file, origin.index) as page:
            return same_picture(picture(page, SHOWN_DPI, unit=origin.unit), image)
    except (pdfium.PdfiumError, ValueError):
        return False


def _read(file: pdfium.PdfDocument, index: int) -> tuple[str, tuple[float, float]] | None:
    """A page's text and its size, or None where PDFium has no such page."""
    try:
        with page_of(file, index) as page:
            return page_text(page), page.get_size()
    except pdfium.PdfiumError:
        return None


def _same_size(before: tuple[float, float], after: tuple[float, float], unit: float) -> bool:
    return all(abs(old * unit - new) < 1 for old, new in zip(before, after, strict=True))


def is_read(path: Path, count: int) -> bool:
    """Whether PDFium opens a file and finds so many pages in it."""
    try:
        with opened(path) as file:
            return len(file) == count
    except pdfium.PdfiumError:
        return False


def first_difference(first: Path, second: Path, count: int) -> int | None:
    """The first page (0-based) that PDFium reads otherwise in two versions of a file, or sees in one only.

    Raises:
        pypdfium2.PdfiumError: PDFium cannot open one of them.
    """
    with opened(first, forms=True) as before, opened(second, forms=True) as after:
        for index in range(count):
            old, new = _read(before, index), _read(after, index)
            if old is None or new is None or not same_text(old[0], new[0]):
                return index
            if not old[0].strip() and _shows(before, index) and not _shows(after, index):
                return index
    return None


def _shows(file: pdfium.PdfDocument, index: int) -> bool:
    with page_of(file, index) as page:
        try:
            return shows_something(picture(page, SHOWN_DPI))
        except ValueError:
            return False  # PDFium gives this page no size at all


def same_text(first: str, second: str) -> bool:
    """Whether two texts have the same characters, white space and order left out of account."""
    if first == second:
        return True
    return Counter("".join(first.split())) == Counter("".join(second.split()))
