"""What the pages of a derived file weigh: the bytes that each needs alone, and those that several share.

Source: ISO 32000-2, 7.3.8 (streams), 7.7.3 (page tree).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pikepdf

from bundles.volumes import TabWeight

PAGE_BYTES = 1_600
"""What binding adds to a page: its number and mark, its line in the manifest, a bookmark, the table of objects."""
OBJECT_BYTES = 40
_Key = tuple[int, int]


def weigh(path: Path) -> TabWeight:
    """The weight of each page of a derived file, a little more rather than less.

    Raises:
        pikepdf.PdfError, OSError: the file cannot be read.
    """
    with pikepdf.open(path) as pdf:
        bytes_: dict[_Key, int] = {}
        pages = [_reached(page.obj, bytes_) for page in pdf.pages]
    often = Counter(key for page in pages for key in page)
    return TabWeight(
        shared=sum(bytes_[key] for key, times in often.items() if times > 1),
        pages=tuple(PAGE_BYTES + sum(bytes_[key] for key in page if often[key] == 1) for page in pages),
    )


def _reached(page: pikepdf.Object, bytes_: dict[_Key, int]) -> set[_Key]:
    """The objects that a page needs, their sizes noted; other pages, to which links lead, are not among them."""
    found: set[_Key] = set()
    waiting: list[pikepdf.Object] = [page]
    while waiting:
        value = waiting.pop()
        if value.is_indirect:
            if value.objgen in found or (value.objgen != page.objgen and _is_page(value)):
                continue
            found.add(value.objgen)
            if value.objgen not in bytes_:
                bytes_[value.objgen] = _size(value)
        held = value.stream_dict if isinstance(value, pikepdf.Stream) else value
        if isinstance(held, pikepdf.Dictionary):
            waiting += [
                entry for key, entry in held.items() if key != "/Parent" and isinstance(entry, pikepdf.Object)
            ]
        elif isinstance(held, pikepdf.Array):
            waiting += [entry for entry in held if isinstance(entry, pikepdf.Object)]
    return found


def _is_page(value: pikepdf.Object) -> bool:
    return isinstance(value, pikepdf.Dictionary) and value.get("/Type") in ("/Page", "/Pages")


def _size(value: pikepdf.Object) -> int:
    if isinstance(value, pikepdf.Stream):
        return len(value.read_raw_bytes()) + len(value.stream_dict.unparse()) + OBJECT_BYTES
    return len(value.unparse()) + OBJECT_BYTES
