"""How an item is to be shown, beyond what it is: the officer's choices, machine reading, and steps that save room.

What is bound is the original, converted, then treated. The text of a treatment stands in the manifest and in the
chain, so that anyone can make the same pages again; it holds numbers and codes only, no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from bundles.model import PageRange

PAPERS = frozenset({"A4"})
_NUMBERS = re.compile(
    r"[1-9][0-9]{0,5}(?:-[1-9][0-9]{0,5})?(?:,[1-9][0-9]{0,5}(?:-[1-9][0-9]{0,5})?)*", re.ASCII
)
_DPI = re.compile(r"[1-9][0-9]{1,3}", re.ASCII)


@dataclass(frozen=True)
class Treatment:
    """What is done to one item; nothing by default.

    `sheets` are the numbers (1-based, in the file's order) of the sheets or slides to show, none meaning those that
    are shown without a choice; `notes` adds the speaker notes of slides. `ocr` gives pages without text the words that a machine
    reads on them; `unread` are pages (1-based, of the whole converted file) that it tried and could not read that day, and that stay
    pictures. `pages` are those of the converted file that are kept (1-based, in order, apart from each other), none meaning
    all. `grey` takes colours away. `paper` is the size that larger pages are reduced to ("A4"), or empty. `dpi` is the
    most dots an inch that pictures keep, 0 meaning as many as they have.
    """

    sheets: tuple[int, ...] = ()
    notes: bool = False
    ocr: bool = False
    pages: tuple[PageRange, ...] = ()
    grey: bool = False
    paper: str = ""
    dpi: int = 0
    unread: tuple[PageRange, ...] = ()

    def __post_init__(self) -> None:
        if any(number < 1 for number in self.sheets) or list(self.sheets) != sorted(set(self.sheets)):
            raise ValueError(f"not sheet numbers in order: {self.sheets}")
        for ranges in (self.pages, self.unread):
            if any(after.first <= before.last + 1 for before, after in pairwise(ranges)):
                raise ValueError(f"page ranges that touch or are not in order: {', '.join(map(str, ranges))}")
        if self.unread and not self.ocr:
            raise ValueError("pages that were not read, of a file that is not read at all")
        if self.paper and self.paper not in PAPERS:
            raise ValueError(f"not a size of paper: {self.paper}")
        if self.dpi < 0 or 0 < self.dpi < 10 or self.dpi > 9999:
            raise ValueError(f"not a number of dots an inch: {self.dpi}")

    def __bool__(self) -> bool:
        return self != NOTHING

    def keeps(self, page: int) -> bool:
        """Whether a page (1-based) of the converted file is kept."""
        return not self.pages or any(kept.first <= page <= kept.last for kept in self.pages)

    def reads(self, page: int) -> bool:
        """Whether a page (1-based) of the converted file, if it is scanned, is to be read by machine."""
        return self.keeps(page) and not any(each.first <= page <= each.last for each in self.unread)

    def page_of_whole(self, number: int) -> int:
        """The page of the whole converted file that is page `number` of those kept (both 1-based).

        Raises:
            ValueError: fewer pages are kept.
        """
        if not self.pages:
            return number
        left = number
        for kept in self.pages:
            if left <= kept.count:
                return kept.first + left - 1
            left -= kept.count
        raise ValueError(f"fewer than {number} pages are kept")

    def encode(self) -> str:
        """A short text, empty for nothing: `ocr pages=3-7,9 grey dpi=200`."""
        words = [
            *([f"sheets={_ranges_text(ranges_of(self.sheets))}"] if self.sheets else []),
            *(["notes"] if self.notes else []),
            *(["ocr"] if self.ocr else []),
            *([f"unread={_ranges_text(self.unread)}"] if self.unread else []),
            *([f"pages={_ranges_text(self.pages)}"] if self.pages else []),
            *(["grey"] if self.grey else []),
            *([f"paper={self.paper}"] if self.paper else []),
            *([f"dpi={self.dpi}"] if self.dpi else []),
        ]
        return " ".join(words)


NOTHING = Treatment()


def decode(text: str) -> Treatment:
    """The inverse of `Treatment.encode`; takes nothing that it would not write.

    Raises:
        ValueError: it is no such text.
    """
    found: dict[str, str] = {}
    for word in text.split(" ") if text else ():
        key, _, value = word.partition("=")
        found[key] = value
    try:
        treatment = Treatment(
            sheets=tuple(
                number
                for each in _read_ranges(found.get("sheets", ""))
                for number in range(each.first, each.last + 1)
            ),
            notes="notes" in found,
            ocr="ocr" in found,
            unread=_read_ranges(found.get("unread", "")),
            pages=_read_ranges(found.get("pages", "")),
            grey="grey" in found,
            paper=found.get("paper", ""),
            dpi=int(found["dpi"]) if _DPI.fullmatch(found.get("dpi", "")) else 0,
        )
    except ValueError as error:
        raise ValueError(f"not a treatment: {text!r}") from error
    if treatment.encode() != text:
        raise ValueError(f"not a treatment: {text!r}")
    return treatment


def ranges_of(numbers: Iterable[int]) -> tuple[PageRange, ...]:
    """Numbers as the fewest ranges, in order: 3, 4, 5, 9 as 3–5 and 9."""
    ranges: list[PageRange] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1].last + 1:
            ranges[-1] = PageRange(ranges[-1].first, number)
        else:
            ranges.append(PageRange(number, number))
    return tuple(ranges)


def _ranges_text(ranges: Iterable[PageRange]) -> str:
    return ",".join(f"{each.first}-{each.last}" if each.count > 1 else str(each.first) for each in ranges)


def _read_ranges(text: str) -> tuple[PageRange, ...]:
    if not text:
        return ()
    if not _NUMBERS.fullmatch(text):
        raise ValueError(f"no numbers: {text!r}")
    ranges = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        ranges.append(PageRange(int(first), int(last or first)))
        if len(ranges) > 1 and ranges[-1].first <= ranges[-2].last + 1:  # before any is counted out
            raise ValueError(f"ranges that touch or are not in order: {text!r}")
    return tuple(ranges)
