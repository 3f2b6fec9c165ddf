"""How PDFium, standing in for the author's viewer, shows a page: pictures of pages, and of parts of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageChops, ImageStat

from bundles.derived import Box

SHOWN_DPI = 50
BOX_DPI = 100
WHITE = 255
INK_BELOW = 240
_BLOCK = 8
_BLOCK_DIFFERENCE = 40
_MEAN_DIFFERENCE = 3.0


@contextmanager
def opened(path: Path, *, forms: bool = False) -> Iterator[pdfium.PdfDocument]:
    """A PDF opened by PDFium without a password; with `forms`, filled fields are shown too.

    Raises:
        pypdfium2.PdfiumError: PDFium cannot open it.
    """
    document = pdfium.PdfDocument(path)
    try:
        if forms:
            document.init_forms()
        yield document
    finally:
        document.close()


@contextmanager
def page_of(document: pdfium.PdfDocument, index: int) -> Iterator[pdfium.PdfPage]:
    """A loaded page; `index` is 0-based.

    Raises:
        pypdfium2.PdfiumError: PDFium cannot load it.
    """
    page = document[index]
    try:
        yield page
    finally:
        page.close()


def picture(page: pdfium.PdfPage, dpi: float, *, unit: float = 1.0, grey: bool = True) -> Image.Image:
    """The whole page; `unit` is the source's UserUnit, which PDFium leaves out of account."""
    bitmap = page.render(scale=dpi * unit / 72, grayscale=grey, prefer_bgrx=not grey, rev_byteorder=not grey)
    try:
        image: Image.Image = bitmap.to_pil().convert("L" if grey else "RGB")
        return image
    finally:
        bitmap.close()


def shows_something(image: Image.Image) -> bool:
    """Whether anything but pure white is on it."""
    return any(image.histogram()[:WHITE])


def ink_in(page: pdfium.PdfPage, box: Box) -> bool:
    """Whether anything darker than near-white is painted in a box on an upright page."""
    width, height = page.get_size()
    left, right = max(0.0, box.x_pt), max(0.0, width - box.x_pt - box.width_pt)
    bottom, top = max(0.0, box.y_pt), max(0.0, height - box.y_pt - box.height_pt)
    if left >= width - right or bottom >= height - top:
        return False
    bitmap = page.render(scale=BOX_DPI / 72, crop=(left, bottom, right, top), prefer_bgrx=False)
    try:
        bands = bitmap.to_pil().convert("RGB").split()
        return any(any(band.histogram()[:INK_BELOW]) for band in bands)
    finally:
        bitmap.close()


def same_picture(first: Image.Image, second: Image.Image) -> bool:
    """Whether two pictures of a page show the same, but for the last rounding of edges."""
    if abs(first.width - second.width) > 1 or abs(first.height - second.height) > 1:
        return False
    area = (0, 0, min(first.width, second.width), min(first.height, second.height))
    difference = ImageChops.difference(first.crop(area), second.crop(area))
    blocks = difference.reduce(_BLOCK)
    return (
        not any(blocks.histogram()[_BLOCK_DIFFERENCE:])
        and ImageStat.Stat(difference).mean[0] < _MEAN_DIFFERENCE
    )
