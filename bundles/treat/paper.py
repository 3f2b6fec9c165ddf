"""Pages larger than A4 drawn smaller on A4: upright, as drawn and not as a picture, with room for the number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf

from bundles.convert.base import ConversionRequest
from bundles.convert.normalise import REDUCED_FACTOR
from bundles.convert.normalising.geometry import Matrix, pdf_number, pdf_numbers
from bundles.convert.normalising.viewing import ink_in, opened, page_of
from bundles.derived import Derived, StampBox
from bundles.treat.rewriting import (
    links_of,
    next_path,
    open_derived,
    place,
    placement,
    rewritten,
    save_derived,
)
from casefiles.findings import Finding, Severity

A4_PT = (595.276, 841.89)
"""Source: ISO 216: 210 by 297 mm."""
TOLERANCE = 1.05
"""A page up to 5 % wider or higher, such as US letter, keeps its size."""
SMALL = 0.5


def apply(request: ConversionRequest, derived: Derived) -> Derived:
    """The derived file with every page that is larger than A4 reduced to it; smaller ones stay as they are.

    Raises:
        OSError: the new file cannot be written.
    """
    if request.treatment.paper != "A4":
        return derived
    large = [index for index, page in enumerate(derived.pages) if _is_large(page.width_pt, page.height_pt)]
    if not large:
        return derived
    path = next_path(derived, "paper")
    _draw(derived.path, large, frozenset(), request.stamp, path)
    under = _with_ink(path, large, request.stamp)
    if under:
        _draw(derived.path, large, under, request.stamp, path)
    words = "reduced to A4"
    if len(large) < len(derived.pages):
        words = f"{len(large)} large page{'s' * (len(large) > 1)} reduced to A4"
    made = rewritten(derived, path, changed=frozenset(large)).with_choice(words)
    pages = tuple(
        replace(page, reduced=index in under) if index in large else page
        for index, page in enumerate(made.pages)
    )
    return replace(made, pages=pages, findings=(*made.findings, *_tiny(request, derived, large)))


def _tiny(request: ConversionRequest, derived: Derived, large: list[int]) -> Iterator[Finding]:
    """A finding where what is shown becomes less than half as large."""
    sizes = [derived.pages[index] for index in large]
    least = min(
        reduction(page.width_pt, page.height_pt, request.stamp, keep_free=False)[1][0] for page in sizes
    )
    if least < SMALL:
        yield request.finding(
            "paper-reduced-far",
            Severity.WARNING,
            f"reduced to A4 it is shown at {least:.0%} of its size; small writing may be hard to read",
            "look at the page, and take paper out of its line if it cannot be read",
        )


def _is_large(width_pt: float, height_pt: float) -> bool:
    return min(width_pt, height_pt) > A4_PT[0] * TOLERANCE or max(width_pt, height_pt) > A4_PT[1] * TOLERANCE


def reduction(width_pt: float, height_pt: float, stamp: StampBox, *, keep_free: bool) -> tuple[float, Matrix]:
    """The height of the A4 page, upright or across as the large one, and where what it shows is placed.

    `keep_free` keeps the strip of the number's box free below it.
    """
    across = width_pt > height_pt
    paper_width, paper_height = (A4_PT[1], A4_PT[0]) if across else A4_PT
    room = paper_height
    if keep_free:
        room = min(paper_height * REDUCED_FACTOR, paper_height - stamp.bottom_pt - stamp.height_pt)
    factor = min(paper_width / width_pt, room / height_pt)
    left = (paper_width - width_pt * factor) / 2
    low = paper_height - height_pt * factor if keep_free else (paper_height - height_pt * factor) / 2
    return paper_height, (factor, 0.0, 0.0, factor, left, low)


def _draw(source: Path, large: list[int], keep_free: frozenset[int], stamp: StampBox, path: Path) -> None:
    with open_derived(source) as pdf:
        moved: dict[tuple[int, int], Matrix] = {}
        for index in large:
            page = pdf.pages[index].obj
            moved[page.objgen] = _reduce(pdf, page, stamp, keep_free=index in keep_free)
        for each in pdf.pages:
            _move_links(each.obj, moved)
        save_derived(pdf, path)


def _reduce(pdf: pikepdf.Pdf, page: pikepdf.Object, stamp: StampBox, *, keep_free: bool) -> Matrix:
    """Place a page's content anew; where a point of the old page lies on the new one."""
    _, _, width, height = (float(side) for side in page.MediaBox)
    paper_height, matrix = reduction(width, height, stamp, keep_free=keep_free)
    paper_width = A4_PT[1] if width > height else A4_PT[0]
    old = placement(page)
    place(pdf, page, matrix)
    page.MediaBox = pdf_numbers(0, 0, paper_width, paper_height)
    # the old placement is undone: what it made room for is made room for here
    a, d = matrix[0] / old[0], matrix[3] / old[3]
    return (a, 0.0, 0.0, d, matrix[4] - a * old[4], matrix[5] - d * old[5])


def _move_links(page: pikepdf.Object, moved: dict[tuple[int, int], Matrix]) -> None:
    for link in links_of(page):
        here, there = moved.get(page.objgen), moved.get(link.Dest[0].objgen)
        if here is not None:
            left, bottom, right, top = (float(side) for side in link.Rect)
            corners = (*_at(here, left, bottom), *_at(here, right, top))
            link.Rect = pdf_numbers(*corners)
        if there is not None:
            x, y = _at(there, float(link.Dest[2]), float(link.Dest[3]))
            link.Dest[2], link.Dest[3] = pdf_number(x), pdf_number(y)


def _at(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    return matrix[0] * x + matrix[4], matrix[3] * y + matrix[5]


def _with_ink(path: Path, large: list[int], stamp: StampBox) -> frozenset[int]:
    with opened(path) as file:
        found = set()
        for index in large:
            with page_of(file, index) as page:
                if ink_in(page, stamp.on_page(page.get_width())):
                    found.add(index)
    return frozenset(found)
