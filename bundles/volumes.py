"""How a bundle that is too large for the court is divided into volumes. Pure; touches no file.

Volumes follow the order of the bundle. A volume ends where a tab ends; only a tab that is larger than a whole volume
is divided, at a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bundles.model import PageRange


@dataclass(frozen=True)
class TabWeight:
    """What one tab's PDF weighs in bytes: each of its pages alone, and `shared`, what several of its pages need
    (fonts, a letterhead), which every volume with any of those pages must hold once."""

    shared: int
    pages: tuple[int, ...]

    def of(self, pages: PageRange) -> int:
        """The bytes of some of its pages, bound together."""
        return self.shared + sum(self.pages[pages.first - 1 : pages.last])


@dataclass(frozen=True)
class TabSpan:
    """Consecutive pages of one tab in a volume: which tab (0-based, in the bundle's order) and which of its pages."""

    tab: int
    pages: PageRange


VolumeSpans = tuple[TabSpan, ...]
"""What one volume holds behind its cover and index, in order."""


def divide(weights: Sequence[TabWeight], limit_bytes: int, front_bytes: int) -> tuple[VolumeSpans, ...]:
    """The fewest volumes, in order, of which none weighs more than `limit_bytes` with its `front_bytes` of cover and
    index, unless a single page does: that page then has a volume of its own.

    A tab that fits into a volume is never divided. One that does not begins a volume, and what follows it may stand
    behind its last part.

    Raises:
        ValueError: there is no tab, or one has no page.
    """
    if not weights or any(not weight.pages for weight in weights):
        raise ValueError("there is nothing to divide, or a tab without a page")
    room = limit_bytes - front_bytes
    volumes: list[list[TabSpan]] = []
    free = -1
    for number, weight in enumerate(weights):
        whole = PageRange(1, len(weight.pages))
        if weight.of(whole) <= free:
            volumes[-1].append(TabSpan(number, whole))
            free -= weight.of(whole)
            continue
        for pages in _parts(weight, room):
            volumes.append([TabSpan(number, pages)])
            free = room - weight.of(pages)
    return tuple(map(tuple, volumes))


def _parts(weight: TabWeight, room: int) -> Iterator[PageRange]:
    """The pages of a tab in runs, each as long as fits, and of one page at least."""
    first, used = 1, weight.shared
    for page, size in enumerate(weight.pages, start=1):
        if page > first and used + size > room:
            yield PageRange(first, page - 1)
            first, used = page, weight.shared
        used += size
    yield PageRange(first, len(weight.pages))
