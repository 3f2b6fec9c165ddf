"""Links: each row of the index and each link of a source leads to its page; there is no other annotation.

Source: ISO 32000-2 12.5.2, 12.5.6.5 (link annotations), 12.3.2 (destinations).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, NullObject

from bundles.model import IndexLink
from bundles.proof.reading import PdfFile

Rect = tuple[float, ...]

KNOWN_KEYS = frozenset({"/Type", "/Subtype", "/Rect", "/Dest", "/Border", "/H", "/F", "/P", "/C", "/BS"})
LOOK_KEYS = ("/Border", "/H", "/C", "/BS")
HIDING_FLAGS = 1 | 2 | 32  # invisible, hidden, no view
ROW_TOLERANCE_PT = 1.0


@dataclass(frozen=True)
class Link:
    """One link: its rectangle in points, the page it leads to (1-based), the view there, and how it is drawn."""

    rect: Rect
    page: int
    view: tuple[str, ...]
    look: tuple[str, ...]

    def __str__(self) -> str:
        return f"the link at {self.rect[0]:.0f}, {self.rect[1]:.0f} pt"


def read_links(file: PdfFile, page: Mapping[str, Any], number: int) -> tuple[list[Link], list[str]]:
    """The links of page `number` (1-based), and what is wrong with its annotations, in words."""
    annotations = file.get(page.get("/Annots"))
    if isinstance(annotations, NullObject):
        return [], []
    if not isinstance(annotations, ArrayObject):
        return [], ["its annotations are not a list"]
    links, faults = [], []
    for annotation in annotations:
        value = file.get(annotation)
        fault = _fault(file, value, number)
        if fault:
            faults.append(fault)
        else:
            links.append(_link(file, value))
    return links, faults


def link_faults(
    links: Iterable[Link], source_links: Iterable[Link], first: int, index_links: Iterable[IndexLink]
) -> list[str]:
    """Compares a page's links with those of its source, whose page 1 is bundle page `first`, and with the plan's."""
    faults = []
    left = Counter(links)
    for link in source_links:
        expected = Link(link.rect, first + link.page - 1, link.view, link.look)
        if left[expected]:
            left[expected] -= 1
        else:
            faults.append(_missed(expected, +left))
    for row in index_links:
        rect = (row.left_pt, row.bottom_pt, row.right_pt, row.top_pt)
        found = next((link for link in +left if _is_row(link, rect) and link.page == row.to_page), None)
        if found is None:
            faults.append(_missed(Link(rect, row.to_page, (), ()), +left))
        else:
            left[found] -= 1
    at_fault = " ".join(faults)
    faults.extend(
        f"{link} leads to page {link.page}; nobody planned it"
        for link in (+left).elements()
        if str(link) not in at_fault
    )
    return faults


def _missed(expected: Link, there: Counter[Link]) -> str:
    near = next((link for link in there if _near(link.rect, expected.rect)), None)
    if near is None:
        return f"{expected} to page {expected.page} is missing"
    if near.page == expected.page:
        return f"{near} to page {near.page} is drawn or opens in another way than planned"
    return f"{near} leads to page {near.page} instead of page {expected.page}"


def _is_row(link: Link, rect: Rect) -> bool:
    return _near(link.rect, rect) and link.look[0] == "0 0 0"


def _near(left: Rect, right: Rect) -> bool:
    return all(abs(one - other) <= ROW_TOLERANCE_PT for one, other in zip(left, right, strict=True))


def _fault(file: PdfFile, value: Any, number: int) -> str:
    if not isinstance(value, DictionaryObject):
        return "it has an annotation that is none"
    kind = file.get(value.get("/Subtype"))
    if kind != "/Link":
        return f"it has an annotation that is not a link ({kind})"
    strange = sorted(set(map(str, value)) - KNOWN_KEYS)
    if strange:
        return f"one of its links holds {', '.join(strange)}, which a plain link does not have"
    flags = file.get(value.get("/F"))
    target = file.get(value.get("/Dest"))
    rect = file.get(value.get("/Rect"))
    checks = (
        (isinstance(flags, int) and flags & HIDING_FLAGS, "is hidden"),
        (
            "/P" in value and file.page_of(value.raw_get("/P")) != number,
            "says that it belongs to another page",
        ),
        (
            not isinstance(target, ArrayObject) or not target or file.page_of(target[0]) is None,
            "leads to no page of this file",
        ),
        (not isinstance(rect, ArrayObject) or len(rect) != 4, "has no place on the page"),
    )
    return next((f"one of its links {words}" for at_fault, words in checks if at_fault), "")


def _link(file: PdfFile, value: DictionaryObject) -> Link:
    target = file.get(value.raw_get("/Dest"))
    box = [float(file.get(number)) for number in file.get(value.raw_get("/Rect"))]
    rect = (min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3]))
    page = file.page_of(target[0])
    view = tuple(_plain(file, entry) for entry in target[1:])
    look = tuple(_plain(file, value.raw_get(key)) if key in value else "" for key in LOOK_KEYS)
    return Link(tuple(round(number, 2) for number in rect), page or 0, view, look)


def _plain(file: PdfFile, raw: Any) -> str:
    value = file.get(raw)
    if isinstance(value, ArrayObject):
        return " ".join(_plain(file, entry) for entry in value)
    if isinstance(value, DictionaryObject):
        return " ".join(f"{key} {_plain(file, value.raw_get(key))}" for key in sorted(value))
    if isinstance(value, int | float):
        return f"{float(value):g}"
    return str(value)
