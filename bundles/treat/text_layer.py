"""Puts text layers under the pages of a derived file, sets pages upright and straight. No picture is drawn anew: a page
that is turned or straightened is the same form under a matrix.

Source: ISO 32000-2, 8.3.3 (transformations), 9.3.6 (text rendering mode 3, neither filled nor stroked).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from bundles.convert.normalising.form_pages import UNCHANGED
from bundles.convert.normalising.geometry import Matrix, pdf_number, pdf_numbers
from bundles.treat.page_reading import PageReading

_WORD = re.compile(rb"(\d{1,9}(?:\.\d{1,9})?) Tz \[ <([0-9A-Fa-f]+)> \] TJ")


def times(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does `first`, then `then`."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def turning(turn: int, width_pt: float, height_pt: float) -> Matrix:
    """Turns a page of that size clockwise by 0, 90, 180 or 270 degrees, its lower left corner at 0, 0 again."""
    return {
        0: UNCHANGED,
        90: (0.0, -1.0, 1.0, 0.0, 0.0, width_pt),
        180: (-1.0, 0.0, 0.0, -1.0, width_pt, height_pt),
        270: (0.0, 1.0, -1.0, 0.0, height_pt, 0.0),
    }[turn]


def shrink_of(skew_deg: float, width_pt: float, height_pt: float) -> float:
    """How much smaller a page is drawn so that nothing is cut off when it is straightened by that angle."""
    angle = math.radians(abs(skew_deg))
    cosine, sine = math.cos(angle), math.sin(angle)
    return min(
        width_pt / (width_pt * cosine + height_pt * sine), height_pt / (height_pt * cosine + width_pt * sine)
    )


def about_centre(angle_deg: float, factor: float, width_pt: float, height_pt: float) -> Matrix:
    """Turns a page of that size counterclockwise about its centre, and draws it smaller by the factor."""
    angle = math.radians(angle_deg)
    cosine, sine = factor * math.cos(angle), factor * math.sin(angle)
    x, y = width_pt / 2, height_pt / 2
    return (cosine, sine, -sine, cosine, x - cosine * x + sine * y, y - sine * x - cosine * y)


@dataclass(frozen=True)
class Placed:
    """How a page was laid out anew: `matrix` leads from the page as it was to the page as it is."""

    matrix: Matrix
    width_pt: float
    height_pt: float

    @property
    def moved(self) -> bool:
        """Whether anything on the page is now elsewhere."""
        return self.matrix != UNCHANGED


class LayeredFile:
    """A derived file while text layers are put into it."""

    def __init__(self, path: Path) -> None:
        self.pdf = pikepdf.open(path)
        self._fonts: dict[bytes, pikepdf.Object] = {}

    def close(self) -> None:
        """Lets go of the file."""
        self.pdf.close()

    def lay(self, index: int, reading: PageReading, layer: Path) -> Placed:
        """Set a page (0-based) upright and straight, and put its words where they are seen.

        Raises:
            pikepdf.PdfError, ValueError: the text layer is no page of text.
        """
        page = self.pdf.pages[index].obj
        width, height = (float(value) for value in list(page.MediaBox)[2:])
        matrix = turning(reading.turn, width, height)
        if reading.turn in {90, 270}:
            width, height = height, width
        straight = UNCHANGED
        centred = UNCHANGED
        if reading.skew_deg:
            factor = shrink_of(reading.skew_deg, width, height)
            straight = about_centre(reading.skew_deg, factor, width, height)
            centred = about_centre(0.0, factor, width, height)
        placed = Placed(times(matrix, straight), width, height)
        words, size = self._words(layer)
        fitted: Matrix = (width / size[0], 0.0, 0.0, height / size[1], 0.0, 0.0)
        on_page = times(fitted, centred)
        old = bytes(page.Contents.read_bytes())
        content = b"q %s cm\n%s\nQ\nq %s cm /T Do Q" % (_numbers(placed.matrix), old, _numbers(on_page))
        form = pikepdf.Stream(self.pdf, content)
        form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        form.BBox = pdf_numbers(0, 0, width, height)
        form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=page.Resources.XObject.P, T=words))
        page.MediaBox = pdf_numbers(0, 0, width, height)
        page.Contents = pikepdf.Stream(self.pdf, b"/P Do")
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=form))
        return placed

    def reduce(self, index: int, factor: float) -> Matrix:
        """Draw a page smaller, centred at the top, so that a strip at the bottom stays free; how that was done."""
        page = self.pdf.pages[index].obj
        width, height = (float(value) for value in list(page.MediaBox)[2:])
        matrix = (factor, 0.0, 0.0, factor, width * (1 - factor) / 2, height * (1 - factor))
        page.Contents = pikepdf.Stream(self.pdf, b"q %s cm /P Do Q" % _numbers(matrix))
        return matrix

    def move_links(self, index: int, matrix: Matrix) -> None:
        """Let the links on a page, and those that lead to it, follow what they stand on."""
        target = self.pdf.pages[index].obj
        for page in self.pdf.pages:
            for link in page.obj.get("/Annots", ()):
                if page.obj.objgen == target.objgen:
                    link.Rect = pdf_numbers(*_moved_box([float(each) for each in link.Rect], matrix))
                destination = link.get("/Dest")
                if (
                    destination is not None
                    and destination[0].objgen == target.objgen
                    and len(destination) == 5
                ):
                    x, y = _moved(float(destination[2]), float(destination[3]), matrix)
                    destination[2], destination[3] = pdf_number(x), pdf_number(y)

    def write(self, path: Path) -> None:
        """Write the file; the same pages give the same bytes."""
        self.pdf.remove_unreferenced_resources()
        for key in ("/Info", "/ID"):
            if key in self.pdf.trailer:
                del self.pdf.trailer[key]
        self.pdf.save(
            path,
            deterministic_id=True,
            force_version="1.7",
            fix_metadata_version=False,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )

    def _words(self, layer: Path) -> tuple[pikepdf.Object, tuple[float, float]]:
        """Tesseract's page as a form with nothing but its words, and its size in points."""
        with pikepdf.open(layer) as file:
            page = file.pages[0].obj
            left, bottom, right, top = (float(value) for value in page.MediaBox)
            if right <= left or top <= bottom:
                raise ValueError("a text layer without a size")
            fonts = pikepdf.Dictionary()
            for name, font in page.Resources.Font.items():
                key = _digest(font)
                if key not in self._fonts:
                    self._fonts[key] = self.pdf.copy_foreign(file.make_indirect(font))
                fonts[name] = self._fonts[key]
            form = pikepdf.Stream(self.pdf, as_wide_as_seen(bytes(page.Contents.read_bytes())))
        form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        form.BBox = pdf_numbers(left, bottom, right, top)
        form.Matrix = pdf_numbers(1, 0, 0, 1, -left, -bottom)
        form.Resources = pikepdf.Dictionary(Font=fonts)
        return self.pdf.make_indirect(form), (right - left, top - bottom)


def as_wide_as_seen(content: bytes) -> bytes:
    """Tesseract's words, each drawn as wide as it is seen: it counts the space behind a word to its width."""
    return _WORD.sub(_widened, content)


def _widened(word: re.Match[bytes]) -> bytes:
    letters = len(word[2]) // 4 - 1
    if letters < 1 or not word[2].endswith(b"0020"):
        return word[0]
    return b"%.3f Tz [ <%s> ] TJ" % (float(word[1]) * (letters + 1) / letters, word[2])


def _digest(font: pikepdf.Object) -> bytes:
    """What tells two fonts of Tesseract's apart."""
    parts = [font.unparse()]
    waiting = [font]
    seen: set[tuple[int, int]] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, pikepdf.Array):
            waiting.extend(value)
            continue
        if not isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
            parts.append(repr(value).encode())
            continue
        if value.is_indirect:
            if value.objgen in seen:
                continue
            seen.add(value.objgen)
        if isinstance(value, pikepdf.Stream):
            parts.append(bytes(value.read_raw_bytes()))
        waiting.extend(value[key] for key in sorted(value.keys()))
    return b"\0".join(parts[1:])


def _numbers(matrix: Matrix) -> bytes:
    return " ".join(f"{value:.6f}".rstrip("0").rstrip(".") for value in matrix).encode()


def _moved(x: float, y: float, matrix: Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _moved_box(box: list[float], matrix: Matrix) -> tuple[float, float, float, float]:
    """The smallest upright box around a box that was moved."""
    left, bottom, right, top = box
    corners = [_moved(x, y, matrix) for x in (left, right) for y in (bottom, top)]
    return (
        min(x for x, _ in corners),
        min(y for _, y in corners),
        max(x for x, _ in corners),
        max(y for _, y in corners),
    )
