"""What an officer chooses of one item: sheets or slides, speaker notes, pages, paper and colour.

Written on the item's line of the bundle file, and carried to the converters as a `Treatment`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bundles.model import PageRange
from bundles.treatment import Treatment, ranges_of

LARGEST_NUMBER = 99_999
PAPERS = ("A4",)
COLOURS = ("grey",)
_PART = re.compile(r"(\d{1,9})(?:\s*(?:-|–|—|to)\s*(\d{1,9}))?", re.ASCII)


@dataclass(frozen=True)
class Choices:
    """One line's choices; each is empty where the officer chose nothing, so that the item is bound whole.

    `sheets` are names as the workbook gives them; `slides` and `pages` are numbers from 1 of the file itself;
    `paper` is "A4" where larger pages are to be reduced; `colour` is "grey" where no colour is wanted.
    """

    sheets: tuple[str, ...] = ()
    slides: tuple[PageRange, ...] = ()
    notes: bool = False
    pages: tuple[PageRange, ...] = ()
    paper: str = ""
    colour: str = ""

    @property
    def of_content(self) -> bool:
        """Whether what is shown of the file is other than what is shown without a choice."""
        return bool(self.sheets or self.slides or self.notes or self.pages)

    def added_to(self, treatment: Treatment) -> Treatment:
        """The treatment with these choices; sheets travel by their names, for only the file has their numbers."""
        return replace(
            treatment,
            sheets=numbers(self.slides),
            notes=self.notes,
            pages=ranges_of(numbers(self.pages)),
            paper=self.paper,
            grey=self.colour == "grey",
        )


NOTHING_CHOSEN = Choices()


class NotRanges(ValueError):
    """A text that does not say which pages or slides; its words say why."""


def parse_ranges(text: str) -> tuple[PageRange, ...]:
    """The ranges of "3-7, 9": numbers from 1, in order, each once.

    Raises:
        NotRanges: it says something else; why, in words that follow the text.
    """
    found: list[PageRange] = []
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise NotRanges("is not a list of numbers and ranges")
        first = int(match[1])
        last = int(match[2]) if match[2] else first
        if first < 1:
            raise NotRanges("begins below 1")
        if last < first:
            raise NotRanges(f"runs backwards, from {first} to {last}")
        if last > LARGEST_NUMBER:
            raise NotRanges(f"goes beyond {LARGEST_NUMBER:,}")
        if found and first <= found[-1].last:
            raise NotRanges(f"is not in order, or has {first} twice")
        found.append(PageRange(first, last))
    return tuple(found)


def ranges_text(ranges: Sequence[PageRange]) -> str:
    """The same as an officer writes it, with plain hyphens."""
    return ", ".join(str(each).replace("–", "-") for each in ranges)


def numbers(ranges: Sequence[PageRange]) -> tuple[int, ...]:
    """Every number of the ranges, in order."""
    return tuple(number for each in ranges for number in range(each.first, each.last + 1))


def counted_words(one: str, ranges: Sequence[PageRange], count: int) -> str:
    """Words for people: "pages 3–7, 9 of 60", "slide 4 of 12"."""
    several = len(ranges) > 1 or ranges[0].count > 1
    return f"{one}{'s' if several else ''} {', '.join(map(str, ranges))} of {count}"
