"""What the bytes of a PDF say about its own completeness, before any parser mends it.

Source: ISO 32000-1, 7.5 (file structure), annex F (linearized PDF).
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 2048
_LINEARIZED = re.compile(rb"/Linearized\b")
_PAGES = re.compile(rb"/N\s+(\d{1,9})")
_LENGTH = re.compile(rb"/L\s+(\d{1,15})")
_OBJECT_BEGINS = re.compile(rb"(?:^|[\r\n\0\t\f ])\d{1,10}\s+\d{1,5}\s+obj\b")
_MAYBE_OBJECT = re.compile(rb"\d{1,10}(?:\s+(?:\d{1,5}(?:\s+(?:o|ob|obj)?)?)?)?")
_REFERENCE_END = re.compile(rb"R(?<=[ \n\r]R)")
_REFERENCE = re.compile(rb"(\d{1,10})\s+(\d{1,5})\s*\Z")
_REFERENCE_BYTES = 24
_PAGES_NODE = re.compile(rb"/Type\s*/Pages\b")
_COUNT = re.compile(rb"/Count\s+(\d{1,9})\b")
_PUBLIC_KEY = re.compile(rb"/Filter\s*/Adobe\.PubSec\b")
_DEEP = re.compile(rb"(?:(?:\[|<<)\s*(?:/\w{1,40}\s*)?){300}")
_NODE_WINDOW_BYTES = 1 << 20
_MAX_REFERENCES = 2_000_000
_MOST_COPIED_BYTES = 64 << 20


@dataclass(frozen=True)
class Ending:
    """How the file ends.

    `unfinished_update`: objects follow the last end mark, so a later version of the file has been cut off.
    `cut`: a linearized file is shorter than it says. `linearized_pages`: the pages it says it has, where
    that is still to be believed.
    """

    unfinished_update: bool
    cut: bool
    linearized_pages: int | None


def examine(path: Path) -> Ending:
    """Read head and tail.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        head = data[:HEAD_BYTES]
        end = data.rfind(b"%%EOF")
        unfinished = False
        if end >= 0:
            unfinished = _begins_an_object(data, end + 5, size)
    start = head.find(b"%PDF-")
    dictionary = head[: head.find(b"endobj")] if b"endobj" in head else head
    if not _LINEARIZED.search(dictionary):
        return Ending(unfinished, False, None)
    length, pages = _LENGTH.search(dictionary), _PAGES.search(dictionary)
    declared = int(length[1]) if length else 0
    cut = declared > size - max(start, 0)
    updated = declared < size - max(start, 0) - HEAD_BYTES
    # In a cut linearized file the last end mark is that of its first page: no update at all.
    return Ending(unfinished and not cut, cut, int(pages[1]) if pages and not updated else None)


def _begins_an_object(data: mmap.mmap, start: int, size: int) -> bool:
    if size - start <= 64:
        rest = data[start:size].strip(b"\0\t\n\f\r ")
        return bool(rest) and (bool(_OBJECT_BEGINS.search(rest)) or bool(_MAYBE_OBJECT.fullmatch(rest)))
    return _OBJECT_BEGINS.search(data, start) is not None


def references(path: Path) -> set[tuple[int, int]]:
    """Every `12 0 R` in the plain bytes, false ones within packed data included.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        # bytes are searched many times faster than a map
        return references_in(data[:] if len(data) <= _MOST_COPIED_BYTES else data)


def references_in(data: bytes | mmap.mmap) -> set[tuple[int, int]]:
    """Every `12 0 R` in these bytes. Looks for the R: packed data has few, and searching for numbers is slow."""
    found: set[tuple[int, int]] = set()
    for mark in _REFERENCE_END.finditer(data):
        match = _REFERENCE.search(data[max(0, mark.start() - _REFERENCE_BYTES) : mark.start() - 1])
        if match:
            found.add((int(match[1]), int(match[2])))
        if len(found) >= _MAX_REFERENCES:
            break
    return found


def page_counts(path: Path) -> set[int]:
    """Every number of pages that a page tree node in the plain bytes gives, earlier versions included.

    A parser that mends a file counts anew what it found; only the bytes still say what was lost.

    Raises:
        OSError: the file cannot be read.
    """
    found: set[int] = set()
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in _PAGES_NODE.finditer(data):
            start = max(data.rfind(b"obj", 0, match.start()), match.start() - _NODE_WINDOW_BYTES, 0)
            end = data.find(b"endobj", match.start(), match.start() + _NODE_WINDOW_BYTES)
            if end >= 0:
                found |= {int(count[1]) for count in _COUNT.finditer(data[start:end])}
    return found


def page_counts_in(data: bytes, first: int) -> set[int]:
    """As `page_counts`, in an unpacked object stream whose first object is at byte `first`.

    Source: ISO 32000-1, 7.5.7.
    """
    offsets = sorted(int(word) for word in data[:first].split()[1::2] if word.isdigit())
    found: set[int] = set()
    for offset, following in zip(offsets, [*offsets[1:], len(data)], strict=True):
        one = data[first + offset : first + following]
        if _PAGES_NODE.search(one):
            found |= {int(count[1]) for count in _COUNT.finditer(one)}
    return found


def needs_key(path: Path) -> bool:
    """True where the file says that it is locked with certificates. Source: ISO 32000-1, 7.6.4.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _PUBLIC_KEY.search(data) is not None


def is_deeply_nested(path: Path) -> bool:
    """True where 300 arrays or dictionaries begin within each other: qpdf gives up on those without saying so.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _DEEP.search(data) is not None
