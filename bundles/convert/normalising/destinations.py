"""Where a document's links and bookmarks lead: explicit and named destinations, resolved to pages.

Source: ISO 32000-2, 12.3.2 (destinations), 7.9.6 (name trees).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pikepdf

from bundles.convert.normalising.geometry import PageFrame, as_number
from bundles.convert.normalising.limits import PdfLimits
from bundles.convert.normalising.words import name_text


@dataclass(frozen=True)
class Target:
    """A place in the document: 0-based page and a point of the displayed page, in points."""

    index: int
    x_pt: float
    y_pt: float


class Destinations:
    """Finds the page and place that a destination means, in one opened document."""

    def __init__(self, pdf: pikepdf.Pdf, frames: list[PageFrame], limits: PdfLimits) -> None:
        self._frames = frames
        self._limits = limits
        self._pages = {page.obj.objgen: index for index, page in enumerate(pdf.pages)}
        self._root = pdf.Root
        self._named: dict[bytes, Any] | None = None

    def of_action_or_destination(self, holder: pikepdf.Object) -> Target | None:
        """The target of a link annotation or bookmark: its /Dest, or its GoTo action."""
        destination = holder.get("/Dest")
        if destination is None:
            action = holder.get("/A")
            if isinstance(action, pikepdf.Dictionary) and action.get("/S") == pikepdf.Name.GoTo:
                destination = action.get("/D")
        return self.resolve(destination)

    def resolve(self, destination: Any) -> Target | None:
        """The target of a destination, or None where this document has no such place."""
        for _ in range(5):
            if isinstance(destination, (pikepdf.Name, pikepdf.String)):
                destination = self._names().get(_key(destination))
            elif isinstance(destination, pikepdf.Dictionary):
                destination = destination.get("/D")
            else:
                break
        if not isinstance(destination, pikepdf.Array) or len(destination) == 0:
            return None
        index = self._index_of(destination[0])
        if index is None:
            return None
        return self._place(index, [destination[position] for position in range(1, min(len(destination), 6))])

    def _index_of(self, page: Any) -> int | None:
        if isinstance(page, pikepdf.Dictionary):
            return self._pages.get(page.objgen) if page.is_indirect else None
        if isinstance(page, int) and not isinstance(page, bool) and 0 <= page < len(self._frames):
            return page
        return None

    def _place(self, index: int, view: list[Any]) -> Target:
        frame = self._frames[index]
        left, top = frame.crop[0], frame.crop[3]
        kind = name_text(view[0]) if view else ""
        numbers = [as_number(value) for value in view[1:]] + [None] * 4
        x, y = {
            "/XYZ": (numbers[0], numbers[1]),
            "/FitH": (None, numbers[0]),
            "/FitBH": (None, numbers[0]),
            "/FitV": (numbers[0], None),
            "/FitBV": (numbers[0], None),
            "/FitR": (numbers[0], numbers[3]),
        }.get(kind, (None, None))
        if x is None and y is None:
            return Target(index, 0.0, frame.height_pt)
        placed_x, placed_y = frame.place(left if x is None else x, top if y is None else y)
        return Target(
            index, min(max(placed_x, 0.0), frame.width_pt), min(max(placed_y, 0.0), frame.height_pt)
        )

    def _names(self) -> dict[bytes, Any]:
        if self._named is None:
            self._named = {}
            old = self._root.get("/Dests")
            if isinstance(old, pikepdf.Dictionary):
                self._named.update(
                    {name[1:].encode("utf-8", "surrogateescape"): value for name, value in old.items()}
                )
            names = self._root.get("/Names")
            tree = names.get("/Dests") if isinstance(names, pikepdf.Dictionary) else None
            if isinstance(tree, pikepdf.Dictionary):
                self._read_tree(tree, self._named)
        return self._named

    def _read_tree(self, root: pikepdf.Object, found: dict[bytes, Any]) -> None:
        queue, seen = [root], set()
        while queue and len(found) < self._limits.destinations:
            node = queue.pop()
            if not isinstance(node, pikepdf.Dictionary) or (node.is_indirect and node.objgen in seen):
                continue
            seen.add(node.objgen)
            names = node.get("/Names")
            if isinstance(names, pikepdf.Array):
                for position in range(0, len(names) - 1, 2):
                    if isinstance(names[position], pikepdf.String):
                        found.setdefault(_key(names[position]), names[position + 1])
            kids = node.get("/Kids")
            if isinstance(kids, pikepdf.Array):
                queue.extend(reversed(list(kids)))


def _key(name: Any) -> bytes:
    return (
        bytes(name)
        if isinstance(name, pikepdf.String)
        else name_text(name)[1:].encode("utf-8", "surrogateescape")
    )
