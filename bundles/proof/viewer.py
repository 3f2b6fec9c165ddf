"""The bundle as PDFium reads it: a second pair of eyes, which shares no code with pypdf.

Pages go by their numbers; PDFium's 0-based indices stay inside this file.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from casefiles.hashing import sha256_bytes

SIGHT_DPI = 18
PAGES_HELD = 100
POINTS_PER_INCH = 72
SPACES = frozenset(" \t\r\n\x00\x02\u00a0\ufffe\uffff")

Room = tuple[float, float, float, float]


@dataclass(frozen=True)
class SeenNumber:
    """A printed number as PDFium found it: where (left, bottom, right, top, points) and how it is painted."""

    room: Room
    filled: bool
    gray: int
    opaque: bool
    upright: bool


@dataclass(frozen=True)
class SeenPage:
    """A page's text, and its number where that stands last in the text; None where it does not."""

    text: str
    number: SeenNumber | None


class Viewer:
    """One PDF opened with PDFium, its pages numbered from `first` on; a context manager.

    Raises:
        pypdfium2.PdfiumError: PDFium cannot open it.
    """

    def __init__(self, path: Path, first: int = 1) -> None:
        self._path = path
        self.first = first
        self._document = pdfium.PdfDocument(path)
        self._loaded = 0

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()

    @property
    def page_count(self) -> int:
        """How many pages PDFium finds."""
        return len(self._document)

    @property
    def last(self) -> int:
        """The number of the last page."""
        return self.first + len(self._document) - 1

    def see(self, page: int, number: str) -> SeenPage:
        """The text of a page and its number.

        Raises:
            pypdfium2.PdfiumError: PDFium cannot read the page.
        """
        with self._text_page(page) as text_page:
            return SeenPage(_text(text_page), _last_number(text_page, number))

    def text(self, page: int) -> str:
        """The text of a page.

        Raises:
            pypdfium2.PdfiumError: PDFium cannot read the page.
        """
        with self._text_page(page) as text_page:
            return _text(text_page)

    def text_in(self, page: int, room: Room) -> str:
        """The text inside a rectangle (left, bottom, right, top, points).

        Raises:
            pypdfium2.PdfiumError: PDFium cannot read the page.
        """
        with self._text_page(page) as text_page:
            return str(text_page.get_text_bounded(*room))

    def number_in(self, page: int, room: Room, number: str) -> SeenNumber | None:
        """The number inside a rectangle, wherever it stands in the text; None if it is not there."""
        with self._text_page(page) as text_page:
            there = [
                at
                for at in range(text_page.count_chars())
                if chr(raw.FPDFText_GetUnicode(text_page, at)) not in SPACES
                and _within(_box(text_page, at), room)
            ]
            shown = "".join(chr(raw.FPDFText_GetUnicode(text_page, at)) for at in there)
            at = shown.rfind(number)
            return _seen(text_page, there[at : at + len(number)]) if at >= 0 else None

    def width_pt(self, page: int) -> float:
        """The displayed width of a page in points."""
        return float(self._document.get_page_size(page - self.first)[0])

    def picture(self, page: int) -> bytes:
        """A page drawn at 18 dpi, one byte a pixel, 255 being white.

        Raises:
            pypdfium2.PdfiumError: PDFium cannot draw the page.
        """
        sheet = self._page(page)
        try:
            bitmap = sheet.render(scale=SIGHT_DPI / POINTS_PER_INCH, grayscale=True)
            try:
                return bytes(bitmap.buffer)
            finally:
                bitmap.close()
        finally:
            sheet.close()

    def _page(self, page: int) -> Any:
        # PDFium keeps every stream that it has read until the document is closed
        if self._loaded >= PAGES_HELD:
            self._document.close()
            self._document = pdfium.PdfDocument(self._path)
            self._loaded = 0
        self._loaded += 1
        return self._document[page - self.first]

    @contextmanager
    def _text_page(self, page: int) -> Iterator[Any]:
        sheet = self._page(page)
        try:
            text_page = sheet.get_textpage()
            try:
                yield text_page
            finally:
                text_page.close()
        finally:
            sheet.close()


def text_digest(text: str) -> str:
    """The digest of a page's text as a derived page's facts give it: SHA-256 of its UTF-8."""
    data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")
    return sha256_bytes(data)


def _text(text_page: Any) -> str:
    return str(text_page.get_text_range()).replace("\r\n", "\n")


def _last_number(text_page: Any, number: str) -> SeenNumber | None:
    places: list[int] = []
    wanted = len(number)
    for at in range(text_page.count_chars() - 1, -1, -1):
        if wanted == 0:
            break
        letter = chr(raw.FPDFText_GetUnicode(text_page, at))
        if letter in SPACES:
            continue
        if letter != number[wanted - 1]:
            return None
        places.append(at)
        wanted -= 1
    return _seen(text_page, places) if wanted == 0 and places else None


def _seen(text_page: Any, places: list[int]) -> SeenNumber:
    boxes = [_box(text_page, at) for at in places]
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    raw.FPDFText_GetFillColor(text_page, places[0], red, green, blue, alpha)
    painted = raw.FPDFText_GetTextObject(text_page, places[0])
    mode = raw.FPDFTextObj_GetTextRenderMode(painted) if painted else raw.FPDF_TEXTRENDERMODE_UNKNOWN
    return SeenNumber(
        room=(
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        ),
        filled=mode == raw.FPDF_TEXTRENDERMODE_FILL,
        gray=max(red.value, green.value, blue.value),
        opaque=alpha.value == 255,
        upright=abs(raw.FPDFText_GetCharAngle(text_page, places[0])) < 0.01,
    )


def _box(text_page: Any, at: int) -> Room:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(text_page, at, left, right, bottom, top)
    return left.value, bottom.value, right.value, top.value


def _within(inner: Room, outer: Room) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]
