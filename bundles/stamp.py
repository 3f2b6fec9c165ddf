"""The number on each page, and "DRAFT" across it: one extra content stream, nothing else of the page changes.

Page `/Contents` becomes `[derived stream, stamp stream]`; a copy of `/Resources` that belongs to the page alone gains
`/Font /CbStamp` and, for a mark, `/ExtGState /CbMark`.

Source: ISO 32000-2, 7.8.2 (content streams), 9.6.2.2 (standard fonts), 14.8.2.2 (artifacts).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pikepdf

from bundles.derived import StampBox

FONT = "CbStamp"
MARK_STATE = "CbMark"

_WIDTHS = {
    "0": 556, "1": 556, "2": 556, "3": 556, "4": 556, "5": 556, "6": 556, "7": 556, "8": 556, "9": 556,
    "A": 722, "B": 722, "C": 722, "D": 722, "E": 667, "F": 611, "G": 778, "H": 722, "I": 278, "J": 556,
    "K": 722, "L": 611, "M": 833, "N": 722, "O": 778, "P": 667, "Q": 778, "R": 722, "S": 667, "T": 611,
    "U": 722, "V": 667, "W": 944, "X": 667, "Y": 667, "Z": 611, " ": 278, "-": 333, ".": 278,
}  # fmt: skip
"""Advance widths of Helvetica-Bold in thousandths, from Adobe's font metrics."""

_CAP_HEIGHT = 0.718
_RIGHT_PADDING_PT = 4.0
_MARK_SPAN = 0.6
"""The mark's length as a part of the page's diagonal."""
_MARK_ROOM = 0.9
"""How much of the page's width or height the mark may take where the page is flat."""
_MARK_GREY = 0.5
_MARK_OPACITY = 0.13


@dataclass(frozen=True)
class StampStyle:
    """Where and how the number is printed; `mark` ("DRAFT" or empty) goes across every page."""

    box: StampBox
    font_size_pt: float
    mark: str


class Stamper:
    """Draws numbers into one PDF; the font and the mark's transparency are made once."""

    def __init__(self, pdf: pikepdf.Pdf, style: StampStyle) -> None:
        self._pdf = pdf
        self._style = style
        name = pikepdf.Name
        self._font = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=name.Font,
                Subtype=name.Type1,
                BaseFont=name("/Helvetica-Bold"),
                Encoding=name.WinAnsiEncoding,
            )
        )
        opacity = pikepdf.Object.parse(_n(_MARK_OPACITY).encode())
        self._state = (
            pdf.make_indirect(pikepdf.Dictionary(Type=name.ExtGState, ca=opacity, CA=opacity))
            if style.mark
            else None
        )

    def stamp(self, page: pikepdf.Object, number: str) -> None:
        """Print `number` and the mark on a page of the derived shape.

        Raises:
            ValueError: the number does not fit its box, or has a character that the stamp's font lacks.
        """
        _, _, width, height = (float(value) for value in page.MediaBox)
        resources = pikepdf.Dictionary(dict(page.Resources.items()))
        resources.Font = _with(resources.get("/Font"), FONT, self._font)
        if self._state is not None:
            resources.ExtGState = _with(resources.get("/ExtGState"), MARK_STATE, self._state)
        page.Resources = resources
        content = stamp_content(number, width, height, self._style)
        page.Contents = pikepdf.Array([page.Contents, pikepdf.Stream(self._pdf, content)])


def stamp_content(number: str, width_pt: float, height_pt: float, style: StampStyle) -> bytes:
    """The stamp's content stream for a page of that size: the mark first, the number over it.

    The number ends 4 points from the right edge of its box and stands in the middle of its height.

    Raises:
        ValueError: as `Stamper.stamp`.
    """
    place, size = style.box.on_page(width_pt), style.font_size_pt
    length = _width_pt(number, size)
    if length > place.width_pt - _RIGHT_PADDING_PT:
        raise ValueError(f"the number {number} is wider than its box")
    x = place.x_pt + place.width_pt - _RIGHT_PADDING_PT - length
    y = place.y_pt + (place.height_pt - _CAP_HEIGHT * size) / 2
    lines = _mark_lines(style.mark, width_pt, height_pt) if style.mark else []
    lines += [
        "/Artifact <</Type /Pagination /Subtype /Footer>> BDC",
        "q BT 0 g 0 Tr",
        f"/{FONT} {_n(size)} Tf 1 0 0 1 {_n(x)} {_n(y)} Tm ({number}) Tj",
        "ET Q EMC",
    ]
    return "\n".join(lines).encode("ascii")


def _mark_lines(mark: str, width_pt: float, height_pt: float) -> list[str]:
    """The mark along the diagonal, as large as the page lets it be: a flat page has little room across."""
    diagonal = math.hypot(width_pt, height_pt)
    cos, sin = width_pt / diagonal, height_pt / diagonal
    along = diagonal * _MARK_SPAN / 2
    across = along * 2 / _width_pt(mark, 1.0) * _CAP_HEIGHT / 2
    fit = min(width_pt / 2 / (along * cos + across * sin), height_pt / 2 / (along * sin + across * cos))
    along, across = (part * min(1.0, fit * _MARK_ROOM) for part in (along, across))
    size = along * 2 / _width_pt(mark, 1.0)
    x = width_pt / 2 - along * cos + across * sin
    y = height_pt / 2 - along * sin - across * cos
    return [
        "/Artifact <</Type /Pagination /Subtype /Watermark>> BDC",
        f"q /{MARK_STATE} gs BT {_n(_MARK_GREY)} g 0 Tr",
        f"/{FONT} {_n(size)} Tf {_n(cos)} {_n(sin)} {_n(-sin)} {_n(cos)} {_n(x)} {_n(y)} Tm ({mark}) Tj",
        "ET Q EMC",
    ]


def _width_pt(text: str, size_pt: float) -> float:
    if strange := [character for character in text if character not in _WIDTHS]:
        raise ValueError(f"the stamp cannot print {strange[0]!r}")
    return sum(_WIDTHS[character] for character in text) * size_pt / 1000


def _with(entries: pikepdf.Object | None, key: str, value: pikepdf.Object) -> pikepdf.Dictionary:
    copy = pikepdf.Dictionary() if entries is None else pikepdf.Dictionary(dict(entries.items()))
    copy[f"/{key}"] = value
    return copy


def _n(value: float) -> str:
    """A number as PDF writes it: at most four decimals, never an exponent."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
