"""Bookmarks: the outline is the plan's, line by line, in nesting, words and target.

Source: ISO 32000-2 12.3.3 (document outline); domain: electronic bundles guidance of 29 Nov 2021, a bookmark
contains the page number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, NullObject

from bundles.model import PlannedBookmark
from bundles.proof.reading import PdfFile, Ref, ref_of

KNOWN_KEYS = frozenset(
    {"/Title", "/Parent", "/Prev", "/Next", "/First", "/Last", "/Count", "/Dest", "/C", "/F"}
)
ROOT_KEYS = frozenset({"/Type", "/First", "/Last", "/Count"})
MAX_LEVELS = 50


class OutlineBroken(ValueError):
    """The outline cannot be read to its end."""


def read_bookmarks(file: PdfFile) -> Iterator[tuple[PlannedBookmark, str]]:
    """Each bookmark of the file in order, with what is wrong with it (empty if nothing is).

    Raises:
        OutlineBroken: the outline runs in a circle, or one of its parts is no outline entry.
    """
    root = file.get(file.catalog.get("/Outlines"))
    if isinstance(root, NullObject):
        return
    if not isinstance(root, DictionaryObject) or set(map(str, root)) - ROOT_KEYS:
        raise OutlineBroken("the outline does not begin as an outline")
    seen: set[Ref] = set()
    yield from _level(file, root, 1, seen)


def bookmark_findings(file: PdfFile, planned: Sequence[PlannedBookmark]) -> Iterator[tuple[int, str]]:
    """Differences between the file's outline and the plan's, each with the page it is about (1-based)."""
    try:
        found = list(read_bookmarks(file))
    except OutlineBroken as error:
        yield file.first, str(error)
        return
    for at, (there, wanted) in enumerate(zip_longest(found, planned), start=1):
        if there is None:
            yield wanted.page, f"bookmark {at}, “{wanted.title}”, is missing"
            continue
        seen, fault = there
        if wanted is None:
            yield seen.page or file.first, f"bookmark {at}, “{seen.title}”, is not in the plan"
            continue
        if fault:
            yield wanted.page, f"bookmark {at}, “{wanted.title}”: {fault}"
        if seen.title != wanted.title:
            yield wanted.page, f"bookmark {at} reads “{seen.title}” instead of “{wanted.title}”"
        if seen.page != wanted.page:
            yield (
                wanted.page,
                f"bookmark {at}, “{wanted.title}”, leads to page {seen.page} instead of {wanted.page}",
            )
        if seen.level != wanted.level:
            yield (
                wanted.page,
                f"bookmark {at}, “{wanted.title}”, is on level {seen.level} instead of {wanted.level}",
            )
        if not carries_number(seen.title, wanted.page):
            yield wanted.page, f"bookmark {at}, “{seen.title}”, does not carry its page number {wanted.page}"


def carries_number(title: str, page: int) -> bool:
    """Whether the words of a bookmark carry the number of the page it leads to, as a number of its own."""
    return re.search(rf"(?<!\d){page}(?!\d)", title) is not None


def _level(
    file: PdfFile, parent: DictionaryObject, level: int, seen: set[Ref]
) -> Iterator[tuple[PlannedBookmark, str]]:
    if level > MAX_LEVELS:
        raise OutlineBroken("the outline is nested too deeply")
    raw: Any = parent.raw_get("/First") if "/First" in parent else None
    while raw is not None:
        reference = ref_of(raw)
        entry = file.get(raw)
        if reference is None or reference in seen or not isinstance(entry, DictionaryObject):
            raise OutlineBroken("the outline runs in a circle or holds something that is no bookmark")
        seen.add(reference)
        target = file.get(entry.get("/Dest"))
        page = file.page_of(target[0]) if isinstance(target, ArrayObject) and target else None
        strange = sorted(set(map(str, entry)) - KNOWN_KEYS)
        fault = f"it holds {', '.join(strange)}, which a plain bookmark does not have" if strange else ""
        title = file.get(entry.get("/Title"))
        yield PlannedBookmark(level, title if isinstance(title, str) else "", page or 0), fault
        if "/First" in entry:
            yield from _level(file, entry, level + 1, seen)
        raw = entry.raw_get("/Next") if "/Next" in entry else None
