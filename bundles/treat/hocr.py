"""What Tesseract says of a page in hOCR: its words, how sure it is of each, and how the lines slope.

Source: hOCR 1.2 specification, sections 5 and 9 (`bbox`, `baseline`, `textangle`, `x_wconf`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LINES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
SURE = 60
"""A word of which Tesseract is at least so sure (0 to 100) counts as read."""
LEAST_CONFIDENCE = 60.0
LEAST_SURE_SHARE = 0.5
"""A page counts as read if its letters come to this mean, and so many of them stand in words that count as read."""
LEAST_WORDS = 2
LETTERS_OF_A_LINE = 4
SLOPING_LINE_PX = 300
SLOPING_LINES = 3


@dataclass(frozen=True)
class Word:
    """A word and Tesseract's confidence in it, 0 to 100."""

    text: str
    confidence: int

    @property
    def letters(self) -> int:
        """How many letters and digits it has."""
        return sum(char.isalnum() for char in self.text)


@dataclass(frozen=True)
class Line:
    """A line of words; `slope_deg` is positive where it falls to the right, `width_px` its length in the picture.

    `upright` is False where it runs up or down the picture, or stands on its head.
    """

    words: tuple[Word, ...]
    slope_deg: float
    width_px: int
    upright: bool = True


@dataclass(frozen=True)
class ReadPage:
    """All lines of a page, in Tesseract's order."""

    lines: tuple[Line, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """The words that have a letter or a digit."""
        return tuple(word for line in self.lines for word in line.words if word.letters)

    @property
    def text(self) -> str:
        """The words, a line of text for each line."""
        return "\n".join(" ".join(word.text for word in line.words) for line in self.lines)

    @property
    def confidence(self) -> float:
        """Tesseract's mean confidence over all letters, 0 to 100; 0 without any."""
        total = sum(word.letters for word in self.words)
        return sum(word.letters * word.confidence for word in self.words) / total if total else 0.0

    @property
    def runs_sideways(self) -> bool:
        """Whether most of its words do not stand upright."""
        other = sum(len(line.words) for line in self.lines if not line.upright)
        return other * 2 > sum(len(line.words) for line in self.lines)

    @property
    def is_read(self) -> bool:
        """Whether this is the page's text and no guess at it."""
        sure = [word for word in self.words if word.confidence >= SURE]
        total = sum(word.letters for word in self.words)
        long_enough = sum(word.letters >= 2 for word in sure) >= LEAST_WORDS
        share = sum(word.letters for word in sure) / total if total else 0.0
        return long_enough and self.confidence >= LEAST_CONFIDENCE and share >= LEAST_SURE_SHARE

    @property
    def slope_deg(self) -> float:
        """How far the page leans, clockwise, by the median of its long lines; 0 where there are too few to tell."""
        slopes = sorted(
            line.slope_deg
            for line in self.lines
            if line.upright
            and line.width_px >= SLOPING_LINE_PX
            and any(word.confidence >= SURE for word in line.words)
        )
        return slopes[len(slopes) // 2] if len(slopes) >= SLOPING_LINES else 0.0


def parse_hocr(data: bytes) -> ReadPage:
    """Read an hOCR file.

    Raises:
        ValueError: it is none.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        # Tesseract names a DTD that is never fetched, and defines nothing in it
        root = fromstring(data, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except (ParseError, DefusedXmlException) as problem:
        raise ValueError(f"not hOCR: {problem}") from problem
    return ReadPage(tuple(line for element in root.iter() if (line := _line(element)) is not None))


def _line(element: Element) -> Line | None:
    if element.get("class") not in LINES:
        return None
    properties = _properties(element)
    box = properties.get("bbox", ())
    slope, *_ = properties.get("baseline", (0.0,))
    if len(box) != 4:
        raise ValueError("not hOCR: a line has no box")
    words = tuple(_words(element))
    if not words:
        return None
    angle, *_ = properties.get("textangle", (0.0,))
    width, height = box[2] - box[0], box[3] - box[1]
    # Tesseract reads lines that run up or down without saying so: such a line is taller than it is long
    letters = sum(word.letters for word in words)
    tall = letters >= LETTERS_OF_A_LINE and height > 1.5 * width
    return Line(words, math.degrees(math.atan(slope)), round(width), upright=not (angle or tall))


def _words(line: Element) -> Iterator[Word]:
    for element in line.iter():
        if element.get("class") == "ocrx_word":
            text = "".join(element.itertext()).strip()
            confidence: Sequence[float] = _properties(element).get("x_wconf", (0.0,))
            if text:
                yield Word(text, round(confidence[0]))


def _properties(element: Element) -> dict[str, tuple[float, ...]]:
    """The numbers of a `title`, by name."""
    found = {}
    for part in (element.get("title") or "").split(";"):
        name, _, values = part.strip().partition(" ")
        numbers = re.findall(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", values)
        if numbers:
            found[name] = tuple(float(number) for number in numbers)
    return found
