"""Links: each row of the index and each link of a source leads to its page; there is no other annotation.

A row of the index may lead into another volume: into a file beside this one, named without a folder, at a page. No
other link leads out of the file.

Source: ISO 32000-2 12.5.2, 12.5.6.5 (link annotations), 12.3.2 (destinations), 12.6.4.3 (remote go-to), 7.11.3 (file
specifications).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, NullObject

from bundles.model import IndexLink, OutsideRow, PageRange
from bundles.proof.reading import PdfFile

Rect = tuple[float, ...]

KNOWN_KEYS = frozenset({"/Type", "/Subtype", "/Rect", "/Dest", "/Border", "/H", "/F", "/P", "/C", "/BS"})
OUTSIDE_KEYS = (KNOWN_KEYS - {"/Dest"}) | {"/A"}
ACTION_KEYS = frozenset({"/Type", "/S", "/F", "/D", "/NewWindow"})
FILE_KEYS = frozenset({"/Type", "/F", "/UF"})
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


@dataclass(frozen=True)
class OutsideLink:
    """A link into another volume: its rectangle in points, the file's name, and the page within it (1-based)."""

    rect: Rect
    file: str
    file_page: int
    look: tuple[str, ...]

    def __str__(self) -> str:
        return f"the link at {self.rect[0]:.0f}, {self.rect[1]:.0f} pt"


@dataclass(frozen=True)
class PageLinks:
    """The annotations of one page: its links, those into other volumes, and what is wrong with others, in words."""

    links: tuple[Link, ...] = ()
    outside: tuple[OutsideLink, ...] = ()
    faults: tuple[str, ...] = ()

    def within(self, part: PageRange) -> tuple[Link, ...]:
        """Those of a source's links that lead to a page of the part of it that is bound."""
        return tuple(link for link in self.links if part.first <= link.page <= part.last)


def read_links(file: PdfFile, page: Mapping[str, Any], number: int) -> PageLinks:
    """The links of page `number`."""
    annotations = file.get(page.get("/Annots"))
    if isinstance(annotations, NullObject):
        return PageLinks()
    if not isinstance(annotations, ArrayObject):
        return PageLinks(faults=("its annotations are not a list",))
    links, outside, faults = [], [], []
    for annotation in annotations:
        value = file.get(annotation)
        fault = _fault(file, value, number)
        if fault:
            faults.append(fault)
        elif "/A" in value:
            outside.append(_outside(file, value))
        else:
            links.append(_link(file, value))
    return PageLinks(tuple(links), tuple(outside), tuple(faults))


def outside_faults(links: Iterable[OutsideLink], planned: Iterable[OutsideRow]) -> list[str]:
    """Compares a page's links into other volumes with the plan's."""
    left = list(links)
    faults = []
    for row in planned:
        rect = (row.left_pt, row.bottom_pt, row.right_pt, row.top_pt)
        found = next((link for link in left if _near(link.rect, rect) and link.look[0] == "0 0 0"), None)
        if found is None:
            faults.append(f"the link to page {row.to_page} in volume {row.volume} is missing")
            continue
        left.remove(found)
        if (found.file, found.file_page) != (row.file, row.file_page):
            faults.append(
                f"{found} leads to page {found.file_page} of {found.file} instead of page {row.file_page} of {row.file}"
            )
    return [*faults, *(f"{link} leads to {link.file}; nobody planned it" for link in left)]


def link_faults(
    links: Iterable[Link], source_links: Iterable[Link], first: int, index_links: Iterable[IndexLink]
) -> list[str]:
    """Compares a page's links with those of its source, whose page 1 has the number `first`, and with the plan's."""
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
    known = OUTSIDE_KEYS if "/A" in value else KNOWN_KEYS
    strange = sorted(set(map(str, value)) - known)
    if strange:
        return f"one of its links holds {', '.join(strange)}, which a plain link does not have"
    target_fault = _action_fault(file, value) if "/A" in value else ""
    if target_fault:
        return f"one of its links {target_fault}"
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
            "/A" not in value
            and (not isinstance(target, ArrayObject) or not target or file.page_of(target[0]) is None),
            "leads to no page of this file",
        ),
        (not isinstance(rect, ArrayObject) or len(rect) != 4, "has no place on the page"),
    )
    return next((f"one of its links {words}" for at_fault, words in checks if at_fault), "")


def _action_fault(file: PdfFile, value: DictionaryObject) -> str:
    """Why an action is not the one that leads to a page of a file beside this one; empty if it is."""
    action = file.get(value.raw_get("/A"))
    if not isinstance(action, DictionaryObject) or file.get(action.get("/S")) != "/GoToR":
        return "does something else than lead to a page"
    place, target = file.get(action.get("/F")), file.get(action.get("/D"))
    if not isinstance(place, DictionaryObject) or (
        set(map(str, action)) - ACTION_KEYS or set(map(str, place)) - FILE_KEYS
    ):
        return "leads out of the file in a way that is not agreed"
    name, plain = file.get(place.get("/UF")), file.get(place.get("/F"))
    if not isinstance(name, str) or not _is_beside(name):
        return "leads to a file that does not lie beside this one"
    if plain != name.encode("ascii", "replace").decode():
        return "names two files"
    view = [file.get(entry) for entry in target] if isinstance(target, ArrayObject) else []
    at_page = len(view) == 2 and isinstance(view[0], int) and view[0] >= 0 and view[1] == "/Fit"
    return "" if at_page else "leads to no page of another volume"


def _is_beside(name: str) -> bool:
    return name.endswith(".pdf") and not set(name) & set("/\\:") and name.isprintable()


def _outside(file: PdfFile, value: DictionaryObject) -> OutsideLink:
    action = file.get(value.raw_get("/A"))
    place, target = file.get(action.raw_get("/F")), file.get(action.raw_get("/D"))
    name = str(file.get(place.raw_get("/UF")))
    return OutsideLink(_rect(file, value), name, int(file.get(target[0])) + 1, _look(file, value))


def _link(file: PdfFile, value: DictionaryObject) -> Link:
    target = file.get(value.raw_get("/Dest"))
    page = file.page_of(target[0])
    view = tuple(_plain(file, entry) for entry in target[1:])
    return Link(_rect(file, value), page or 0, view, _look(file, value))


def _rect(file: PdfFile, value: DictionaryObject) -> Rect:
    box = [float(file.get(number)) for number in file.get(value.raw_get("/Rect"))]
    rect = (min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3]))
    return tuple(round(number, 2) for number in rect)


def _look(file: PdfFile, value: DictionaryObject) -> tuple[str, ...]:
    return tuple(_plain(file, value.raw_get(key)) if key in value else "" for key in LOOK_KEYS)


def _plain(file: PdfFile, raw: Any) -> str:
    value = file.get(raw)
    if isinstance(value, ArrayObject):
        return " ".join(_plain(file, entry) for entry in value)
    if isinstance(value, DictionaryObject):
        return " ".join(f"{key} {_plain(file, value.raw_get(key))}" for key in sorted(value))
    if isinstance(value, int | float):
        return f"{float(value):g}"
    return str(value)
