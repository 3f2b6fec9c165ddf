"""Links between a document's own pages, and what becomes of links that lead out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pikepdf

from bundles.convert.normalising.destinations import Destinations
from bundles.convert.normalising.form_pages import PlacedLink
from bundles.convert.normalising.geometry import PageFrame, Rectangle, as_rectangle
from bundles.convert.normalising.words import string_text


@dataclass(frozen=True)
class OutsideLink:
    """A link to a web or mail address, where it lies on the displayed page; `on_index` is 0-based."""

    on_index: int
    rectangle: Rectangle
    uri: str


@dataclass(frozen=True)
class Links:
    """All links of a document: kept, leading out, and those whose target is not there (0-based pages)."""

    inside: tuple[PlacedLink, ...]
    outside: tuple[OutsideLink, ...]
    lost_on: tuple[int, ...]


def annotations_of(page: pikepdf.Object) -> list[pikepdf.Object]:
    """The page's annotations that are dictionaries."""
    rows = page.get("/Annots")
    if not isinstance(rows, pikepdf.Array):
        return []
    return [each for each in rows if isinstance(each, pikepdf.Dictionary)]


def read_links(
    pages: Sequence[pikepdf.Object], frames: Sequence[PageFrame], destinations: Destinations
) -> Links:
    """The links of all pages."""
    inside: list[PlacedLink] = []
    outside: list[OutsideLink] = []
    lost: list[int] = []
    for index, page in enumerate(pages):
        for annotation in annotations_of(page):
            if annotation.get("/Subtype") != pikepdf.Name.Link:
                continue
            rectangle = as_rectangle(annotation.get("/Rect"))
            placed = frames[index].place_rectangle(rectangle) if rectangle else None
            target = destinations.of_action_or_destination(annotation)
            uri = _uri(annotation)
            if placed is None:
                continue
            if target is not None:
                inside.append(PlacedLink(index, placed, target.index, target.x_pt, target.y_pt))
            elif uri is not None:
                outside.append(OutsideLink(index, placed, uri))
            elif _leads_inside(annotation):
                lost.append(index)
    return Links(tuple(inside), tuple(outside), tuple(lost))


def _uri(annotation: pikepdf.Object) -> str | None:
    action = annotation.get("/A")
    if not isinstance(action, pikepdf.Dictionary) or action.get("/S") != pikepdf.Name.URI:
        return None
    return string_text(action.get("/URI"))


def _leads_inside(annotation: pikepdf.Object) -> bool:
    action = annotation.get("/A")
    return not isinstance(action, pikepdf.Dictionary) or action.get("/S") == pikepdf.Name.GoTo
