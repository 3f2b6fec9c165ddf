"""A numbered list that a person pages through, filters and chooses from: what it shows and what an answer means. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size

PAGE_ROWS = 14
NEXT, PREVIOUS = "+", "-"


@dataclass(frozen=True)
class Offer:
    """One line to choose: the value that choosing it gives, what is shown, and what a filter looks in."""

    value: str
    shown: str
    found_by: str = ""


@dataclass(frozen=True)
class Picked:
    """A line was chosen."""

    offer: Offer


@dataclass(frozen=True)
class Letter:
    """One of the list's letters was typed."""

    key: str


@dataclass(frozen=True)
class Back:
    """Nothing is wanted from this list."""


@dataclass(frozen=True)
class Listing:
    """A list as it stands on the screen: `words` filter it; `page` counts from 0; `letters` are its other answers."""

    offers: tuple[Offer, ...]
    letters: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    page: int = 0
    rows: int = PAGE_ROWS
    said: str = ""

    @property
    def matching(self) -> tuple[Offer, ...]:
        """The lines in which the filter's words occur, wherever, whatever their capitals."""
        wanted = _plain(self.words).split()
        return tuple(
            offer
            for offer in self.offers
            if all(word in _plain(f"{offer.found_by} {offer.shown}") for word in wanted)
        )

    @property
    def pages(self) -> int:
        """How many pages the matching lines fill; at least 1."""
        return max(1, -(-len(self.matching) // self.rows))

    def on_page(self) -> tuple[tuple[int, Offer], ...]:
        """The lines of this page with their numbers, from 1 over all pages."""
        start = self.page * self.rows
        return tuple(enumerate(self.matching[start : start + self.rows], start + 1))

    def lines(self, width: int) -> list[str]:
        """The rows of this page, none wider than `width` columns, then what can be typed."""
        rows = [fitted(f"{number:>4}  {offer.shown}", width) for number, offer in self.on_page()]
        return [*rows, *self._footer(width)]

    def _footer(self, width: int) -> list[str]:
        lines = []
        if self.words:
            found = len(self.matching)
            lines.append(fitted(f"Only those with “{self.words}”: {found} of {len(self.offers)}.", width))
        if self.pages > 1:
            lines.append(
                f"Page {self.page + 1} of {self.pages}: {NEXT} for the next, {PREVIOUS} for the one before."
            )
        if self.said:
            lines.append(fitted(self.said, width))
        return lines


Turn: TypeAlias = Listing | Picked | Letter | Back


def turn(listing: Listing, typed: str) -> Turn:
    """What an answer means: a number chooses, a letter is a letter, anything else filters; nothing, or 0, goes back."""
    text = typed.strip()
    listing = replace(listing, said="")
    if text in ("", "0"):
        return replace(listing, words="", page=0) if listing.words else Back()
    if text.casefold() in listing.letters:
        return Letter(text.casefold())
    if text in (NEXT, PREVIOUS):
        step = 1 if text == NEXT else -1
        return replace(listing, page=(listing.page + step) % listing.pages)
    if text.isascii() and text.isdigit() and not text.startswith("0"):
        number = int(text)
        if number <= len(listing.matching):
            return Picked(listing.matching[number - 1])
    filtered = replace(listing, words=text, page=0)
    if filtered.matching:
        return filtered
    return replace(listing, said=f"Nothing here has “{text}” in it.")


def fitted(text: str, width: int) -> str:
    """The text, cut with “…” where it is wider than `width` columns (a Chinese character takes two)."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def column(text: str, width: int) -> str:
    """The text cut or filled to exactly `width` columns."""
    return set_cell_size(fitted(text, width), width)


def packed(parts: Sequence[str], width: int) -> list[str]:
    """The parts one after the other, in as few lines of `width` columns as they need; none is broken."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and cell_len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def offers_of(pairs: Sequence[tuple[str, str]]) -> tuple[Offer, ...]:
    """Lines of (value, shown)."""
    return tuple(Offer(value, shown, value) for value, shown in pairs)
