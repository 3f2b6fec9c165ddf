"""Reads one page that is only a picture: which way up it is, how far it leans, and its words, if they can be told.

1. draw the page at 300 dots an inch and read it as it stands;
2. read poorly, or its lines run up or down: ask which way up it is, turn the picture, read it again, and keep the
   turned one if it reads better;
3. its lines lean by half a degree or more: straighten the picture and read it again;
4. judge: words that are mostly guesses are no text. Such a page stays a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bundles.convert.base import Program
from bundles.convert.normalising.viewing import opened, page_of, picture
from bundles.treat.hocr import ReadPage
from bundles.treat.page_reading import DPI, PageReading
from bundles.treat.tesseract import LIMITS, NotRead, TesseractLimits, TextLayer, read_picture, way_up
from casefiles.files.scratch import new_scratch_file

MOST_PIXELS = 40_000_000
READS_WELL = 75.0
"""A page read with at least this confidence (0 to 100) is not turned to see whether it reads better."""
LEAST_SKEW_DEG = 0.5
MOST_SKEW_DEG = 15.0
KEPT_WORDS = 0.9
"""The straightened page must give so many of the words that the leaning one gave."""


def read_page(
    derived: Path, index: int, program: Program, work: Path, limits: TesseractLimits = LIMITS
) -> tuple[PageReading, Path | None]:
    """Read a page (0-based) of a derived file; the text layer lies in the empty folder `work`, None if it was not read.

    Raises:
        pypdfium2.PdfiumError: PDFium cannot show the page.
        OSError: `work` cannot be written.
    """
    with opened(derived) as file, page_of(file, index) as page:
        width, height = page.get_size()
        most = 72 * (MOST_PIXELS / max(1.0, width * height)) ** 0.5
        dpi = max(1, int(min(DPI, most)))
        image = picture(page, dpi)
    try:
        return _read(_Reader(program, work, dpi, limits), image)
    except NotRead as problem:
        return PageReading(0, 0.0, 0, 0, problem.reason, ""), None


@dataclass
class _Reader:
    """Tesseract for the pictures of one page."""

    program: Program
    work: Path
    dpi: int
    limits: TesseractLimits
    count: int = 0

    def read(self, image: Image.Image) -> TextLayer:
        return read_picture(self.program, self._written(image), self.dpi, self.work, self.limits)

    def way_up(self, image: Image.Image) -> int:
        return way_up(self.program, self._written(image), self.dpi, self.work, self.limits)

    def _written(self, image: Image.Image) -> Path:
        self.count += 1
        path = self.work / f"picture-{self.count}.png"
        with new_scratch_file(path) as out:
            image.save(out, "PNG", dpi=(self.dpi, self.dpi), compress_level=1)
        return path


def _read(reader: _Reader, image: Image.Image) -> tuple[PageReading, Path | None]:
    turn, layer = 0, reader.read(image)
    if layer.page.confidence < READS_WELL or not layer.page.is_read or layer.page.runs_sideways:
        turn = reader.way_up(image)
        if turn:
            turned = turned_clockwise(image, turn)
            again = reader.read(turned)
            if again.page.is_read and _reads_better(again.page, layer.page):
                image, layer = turned, again
            else:
                turn = 0
    skew = _skew(layer.page)
    if skew:
        straight = reader.read(image.rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=255))
        if straight.page.is_read and len(straight.page.words) >= KEPT_WORDS * len(layer.page.words):
            layer = straight
        else:
            skew = 0.0
    return _judged(layer, turn, skew)


def _judged(layer: TextLayer, turn: int, skew: float) -> tuple[PageReading, Path | None]:
    page = layer.page
    confidence = round(page.confidence)
    if not page.is_read:
        reason = "guesses" if page.words else "no-words"
        return PageReading(0, 0.0, len(page.words), confidence, reason, ""), None
    return PageReading(turn, round(skew, 2), len(page.words), confidence, "", page.text), layer.pdf


def _reads_better(new: ReadPage, old: ReadPage) -> bool:
    if old.runs_sideways and not new.runs_sideways:
        return new.confidence >= old.confidence - 10
    return new.confidence > old.confidence + 5


def _skew(page: ReadPage) -> float:
    skew = page.slope_deg
    return skew if page.is_read and LEAST_SKEW_DEG <= abs(skew) <= MOST_SKEW_DEG else 0.0


def turned_clockwise(image: Image.Image, degrees: int) -> Image.Image:
    """The picture turned by 90, 180 or 270 degrees."""
    how = {
        90: Image.Transpose.ROTATE_270,
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_90,
    }  # Pillow counts the other way round
    return image.transpose(how[degrees])
