"""Where a source page's points come to lie on the upright page that a viewer shows.

Source: ISO 32000-2, 7.7.3.3 (Rotate, MediaBox, CropBox, UserUnit) and 14.11.2 (page boundaries); what viewers
do with absent or impossible values follows PDFium, the viewer that the result is compared with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import pikepdf

DEFAULT_MEDIA_BOX = (0.0, 0.0, 612.0, 792.0)
LARGEST_SIDE_PT = 14_400.0
_LARGEST_NUMBER = 1e7

Matrix: TypeAlias = tuple[float, float, float, float, float, float]
Rectangle: TypeAlias = tuple[float, float, float, float]


def as_number(value: Any) -> float | None:
    """A PDF number as a float, or None for anything else, infinities and absurd sizes."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    number = float(value)
    return number if math.isfinite(number) and abs(number) <= _LARGEST_NUMBER else None


def as_rectangle(value: Any) -> Rectangle | None:
    """A PDF rectangle as (left, bottom, right, top), its corners put in order; None where it is not one.

    An entry that is no number counts as 0, as in PDFium.
    """
    if not isinstance(value, pikepdf.Array) or len(value) != 4:
        return None
    numbers = [as_number(each) if isinstance(each, (int, Decimal)) else 0.0 for each in list(value)]
    if any(number is None for number in numbers):
        return None
    x1, y1, x2, y2 = (number or 0.0 for number in numbers)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def pdf_number(value: float) -> int | Decimal:
    """A number as it is written into a PDF: whole where it is whole, else four decimals."""
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else Decimal(f"{rounded:.4f}").normalize()


def pdf_numbers(*values: float) -> pikepdf.Array:
    """Numbers as a PDF array."""
    return pikepdf.Array([pdf_number(value) for value in values])


@dataclass(frozen=True)
class PageFrame:
    """The part of a source page that is shown, and how: crop box in the source's units, quarter turns
    clockwise, and points a unit."""

    crop: Rectangle
    turns: int
    unit: float

    @property
    def width_pt(self) -> float:
        """Width of the page as displayed, in points."""
        left, bottom, right, top = self.crop
        return ((top - bottom) if self.turns % 2 else (right - left)) * self.unit

    @property
    def height_pt(self) -> float:
        """Height of the page as displayed, in points."""
        left, bottom, right, top = self.crop
        return ((right - left) if self.turns % 2 else (top - bottom)) * self.unit

    @property
    def matrix(self) -> Matrix:
        """From the source's user space to the displayed page, in points from its lower left corner."""
        left, bottom, right, top = self.crop
        unit = self.unit
        return (
            (unit, 0.0, 0.0, unit, -left * unit, -bottom * unit),
            (0.0, -unit, unit, 0.0, -bottom * unit, right * unit),
            (-unit, 0.0, 0.0, -unit, right * unit, top * unit),
            (0.0, unit, -unit, 0.0, top * unit, -left * unit),
        )[self.turns]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point of the source on the displayed page, in points."""
        a, b, c, d, e, f = self.matrix
        return a * x + c * y + e, b * x + d * y + f

    def place_rectangle(self, rectangle: Rectangle) -> Rectangle | None:
        """A rectangle of the source on the displayed page, cut to the page; None where nothing is left."""
        x1, y1 = self.place(rectangle[0], rectangle[1])
        x2, y2 = self.place(rectangle[2], rectangle[3])
        left, right = max(0.0, min(x1, x2)), min(self.width_pt, max(x1, x2))
        bottom, top = max(0.0, min(y1, y2)), min(self.height_pt, max(y1, y2))
        return (left, bottom, right, top) if right > left and top > bottom else None


def frame_of(page: pikepdf.Object) -> PageFrame:
    """How a source page is shown; inherited attributes must already stand on the page itself."""
    media = as_rectangle(page.get("/MediaBox"))
    if media is None or _is_empty(media):
        media = DEFAULT_MEDIA_BOX
    crop = as_rectangle(page.get("/CropBox")) or media
    shown = _common(media, crop)
    if _is_empty(shown):
        shown = media
    unit = as_number(page.get("/UserUnit"))
    unit = unit if unit is not None and unit > 0 else 1.0
    longest = max(shown[2] - shown[0], shown[3] - shown[1])
    degrees = as_number(page.get("/Rotate")) or 0.0
    return PageFrame(shown, int(degrees / 90) % 4, min(unit, LARGEST_SIDE_PT / longest))


def drop_empty_crop(page: pikepdf.Object) -> bool:
    """Take away a crop box that lies beside the page, as viewers do; True if there was one."""
    crop, media = as_rectangle(page.get("/CropBox")), as_rectangle(page.get("/MediaBox")) or DEFAULT_MEDIA_BOX
    if crop is None or _is_empty(media) or not _is_empty(_common(media, crop)):
        return False
    del page["/CropBox"]
    return True


def _common(first: Rectangle, second: Rectangle) -> Rectangle:
    low = max(first[0], second[0]), max(first[1], second[1])
    return *low, min(first[2], second[2]), min(first[3], second[3])


def _is_empty(rectangle: Rectangle) -> bool:
    return rectangle[0] >= rectangle[2] or rectangle[1] >= rectangle[3]
