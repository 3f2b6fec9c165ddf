"""How large each picture of a derived file is drawn, in points, wherever it is drawn.

Source: ISO 32000-2, 8.3.4 (transformation matrices), 8.9.5 (image dictionaries), 8.10 (form XObjects).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

MOST_DRAWINGS = 50_000
MOST_DEPTH = 24
POINTS_PER_INCH = 72
_OPERATORS = "q Q cm Do"

Key = tuple[int, int]
Matrix = tuple[float, float, float, float, float, float]
UPRIGHT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class TooMuch(ValueError):
    """More is drawn than a document draws: what is drawn how large is not worked out."""


@dataclass
class DrawnPictures:
    """Width and height in points at which each picture is drawn at most; those drawn in ways that are not followed
    (patterns, letters, masks of a state) are in `elsewhere`."""

    sizes: dict[Key, tuple[float, float]] = field(default_factory=dict)
    elsewhere: set[Key] = field(default_factory=set)

    def pixels(self, picture: Key, dpi: int) -> tuple[int, int] | None:
        """The pixels that a picture needs for so many dots an inch where it is drawn largest; None if unknown."""
        if picture in self.elsewhere or picture not in self.sizes:
            return None
        width, height = (max(1, math.ceil(side / POINTS_PER_INCH * dpi)) for side in self.sizes[picture])
        return width, height


def drawn_pictures(pdf: pikepdf.Pdf) -> DrawnPictures:
    """Every picture that the pages draw.

    Raises:
        TooMuch: forms within forms draw more than 50,000 things.
        pikepdf.PdfError: a content stream cannot be read.
    """
    walk = _Walk()
    for page in pdf.pages:
        walk.content(page.obj, page.obj.get("/Resources"), UPRIGHT, 0)
    return walk.found


class _Walk:
    def __init__(self) -> None:
        self.found = DrawnPictures()
        self._drawings = 0
        self._seen: set[Key] = set()

    def content(
        self, holder: pikepdf.Object, resources: pikepdf.Object | None, matrix: Matrix, depth: int
    ) -> None:
        """Follow what a page or form draws, from the matrix in force where it is drawn."""
        if depth > MOST_DEPTH:
            raise TooMuch("forms are nested too deeply")
        if not isinstance(resources, pikepdf.Dictionary):
            return
        self._others(resources)
        named = resources.get("/XObject")
        if not isinstance(named, pikepdf.Dictionary):
            return
        stack: list[Matrix] = []
        for instruction in pikepdf.parse_content_stream(holder, _OPERATORS):
            operands = list(instruction.operands)
            match str(instruction.operator):
                case "q":
                    stack.append(matrix)
                case "Q" if stack:
                    matrix = stack.pop()
                case "cm":
                    matrix = multiplied(_matrix(operands), matrix)
                case "Do":
                    self._drawn(named.get(str(operands[0])), resources, matrix, depth)
                case _:
                    pass

    def _drawn(
        self, drawn: pikepdf.Object | None, resources: pikepdf.Object, matrix: Matrix, depth: int
    ) -> None:
        self._drawings += 1
        if self._drawings > MOST_DRAWINGS:
            raise TooMuch("it draws too many things")
        if not isinstance(drawn, pikepdf.Stream):
            return
        if drawn.get("/Subtype") == "/Image":
            a, b, c, d, _, _ = matrix
            width, height = self.found.sizes.get(drawn.objgen, (0.0, 0.0))
            self.found.sizes[drawn.objgen] = max(width, math.hypot(a, b)), max(height, math.hypot(c, d))
        elif drawn.get("/Subtype") == "/Form":
            own = drawn.get("/Matrix")
            inner = multiplied(_matrix(list(own)), matrix) if isinstance(own, pikepdf.Array) else matrix
            self.content(drawn, drawn.get("/Resources", resources), inner, depth + 1)

    def _others(self, resources: pikepdf.Dictionary) -> None:
        """Note the pictures that patterns, letters and graphics states draw: how large is not followed."""
        for category in ("/Pattern", "/Font", "/ExtGState"):
            if isinstance(held := resources.get(category), pikepdf.Dictionary):
                for entry in held.values():
                    self.found.elsewhere.update(_pictures_below(entry, self._seen))


def multiplied(left: Matrix, right: Matrix) -> Matrix:
    """The matrix that does `left`, then `right`."""
    a, b, c, d, e, f = left
    g, h, i, j, k, m = right
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _matrix(numbers: list[pikepdf.Object]) -> Matrix:
    if len(numbers) != 6:
        raise TooMuch("a matrix is not one")
    a, b, c, d, e, f = (float(number) for number in numbers)
    return a, b, c, d, e, f


def _pictures_below(value: object, seen: set[Key]) -> Iterator[Key]:
    waiting = [value]
    while waiting:
        entry = waiting.pop()
        if not isinstance(entry, pikepdf.Object):
            continue
        if entry.is_indirect:
            if entry.objgen in seen:
                continue
            seen.add(entry.objgen)
        if isinstance(entry, pikepdf.Stream) and entry.get("/Subtype") == "/Image":
            yield entry.objgen
        held = entry.stream_dict if isinstance(entry, pikepdf.Stream) else entry
        if isinstance(held, pikepdf.Dictionary):
            waiting += [below for key, below in held.items() if key != "/Parent"]
        elif isinstance(held, pikepdf.Array):
            waiting += list(held)
