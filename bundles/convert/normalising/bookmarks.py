"""A source's own bookmarks, flattened to levels, titles and pages.

Source: ISO 32000-2, 12.3.3 (document outline).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

import pikepdf

from bundles.convert.normalising.destinations import Destinations
from bundles.convert.normalising.limits import PdfLimits
from bundles.convert.normalising.words import string_text
from bundles.derived import OutlineEntry


@dataclass(frozen=True)
class Bookmarks:
    """What was found: entries in order, titles whose target is not in the document, and whether it was cut."""

    entries: tuple[OutlineEntry, ...]
    lost: tuple[str, ...]
    cut: bool


@dataclass(frozen=True)
class _Line:
    level: int
    title: str
    page: int | None


def read_bookmarks(pdf: pikepdf.Pdf, destinations: Destinations, limits: PdfLimits) -> Bookmarks:
    """The document's bookmarks. A heading without a target takes the page of the first one below it."""
    lines, cut = _walk(pdf, destinations, limits)
    kept: list[_Line] = []
    lost: list[str] = []
    for position, line in enumerate(lines):
        page = line.page if line.page is not None else _page_below(lines, position)
        if page is None:
            lost.append(line.title)
        elif line.title:
            kept.append(replace(line, page=page))
    return Bookmarks(_levelled(kept), tuple(lost), cut)


def _walk(pdf: pikepdf.Pdf, destinations: Destinations, limits: PdfLimits) -> tuple[list[_Line], bool]:
    outlines = pdf.Root.get("/Outlines")
    lines: list[_Line] = []
    if not isinstance(outlines, pikepdf.Dictionary):
        return lines, False
    seen: set[tuple[int, int]] = set()
    stack = [(1, outlines.get("/First"))]
    while stack:
        level, item = stack.pop()
        if not isinstance(item, pikepdf.Dictionary):
            continue
        if (
            not item.is_indirect
            or item.objgen in seen
            or len(lines) >= limits.bookmarks
            or level > limits.nesting
        ):
            return lines, True
        seen.add(item.objgen)
        target = destinations.of_action_or_destination(item)
        title = item.get("/Title")
        lines.append(_Line(level, _words(title), None if target is None else target.index + 1))
        stack.append((level, item.get("/Next")))
        stack.append((level + 1, item.get("/First")))
    return lines, False


def _page_below(lines: list[_Line], position: int) -> int | None:
    for line in lines[position + 1 :]:
        if line.level <= lines[position].level:
            return None
        if line.page is not None:
            return line.page
    return None


def _words(title: object) -> str:
    """The title exactly, but for control characters and what is no text at all."""
    text = string_text(title)
    return "".join(" " if unicodedata.category(each) == "Cc" else each for each in text).strip()


def _levelled(lines: list[_Line]) -> tuple[OutlineEntry, ...]:
    """Each line directly under the nearest earlier one that stood above it, whatever was left out between."""
    entries: list[OutlineEntry] = []
    above: list[int] = []
    for line in lines:
        while above and above[-1] >= line.level:
            above.pop()
        above.append(line.level)
        entries.append(OutlineEntry(len(above), line.title, line.page or 1))
    return tuple(entries)
