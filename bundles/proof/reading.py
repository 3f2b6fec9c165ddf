"""One PDF, opened with pypdf in strict mode: its pages in order and its objects, without repair.

The only module of the proof that knows pypdf's classes for opening; PDF indices (0-based) stay inside it.
"""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NullObject,
    StreamObject,
)

from bundles.proof.plain_objects import PlainObjects
from casefiles.errors import VerificationFailed

BIG_STREAM_BYTES = 16_384
HELD_BYTES = 24 << 20
MAX_TREE_DEPTH = 64
INHERITABLE = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
PAGES_NODE_KEYS = frozenset({"/Type", "/Kids", "/Count", "/Parent", *INHERITABLE})
TAIL_BYTES = 2048

Ref = tuple[int, int]


class Unprovable(VerificationFailed):
    """The PDF cannot be examined any further: it does not open, or its pages cannot be listed."""

    code = "pdf-unprovable"


class _Listener(logging.Handler):
    """Keeps what pypdf says while it repairs or tolerates something."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collects pypdf's warnings: in strict mode it still mends some faults and only says so."""
    logger = logging.getLogger("pypdf")
    handler = _Listener()
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield handler.said
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


def ref_of(value: Any) -> Ref | None:
    """Number and generation of an indirect reference, or None for a direct value."""
    return (value.idnum, value.generation) if isinstance(value, IndirectObject) else None


def raw_bytes(stream: StreamObject) -> bytes:
    """A stream's bytes as they lie in the file, undecoded (pypdf has no public name for them)."""
    return stream._data


def plain_data(stream: StreamObject, most_bytes: int) -> bytes | None:
    """What a stream holds, where that is stored as it is or deflated and is not longer than `most_bytes`."""
    data = raw_bytes(stream)
    entries = {key: value for key, value in stream.items() if not isinstance(value, NullObject)}
    coding = entries.get("/Filter")
    if coding is None:
        return data if len(data) <= most_bytes else None
    if coding != "/FlateDecode" or "/DecodeParms" in entries:
        return None
    decoder = zlib.decompressobj()
    try:
        found = decoder.decompress(data, most_bytes + 1)
    except zlib.error:
        return None
    return found if decoder.eof and len(found) <= most_bytes else None


class PdfFile:
    """A PDF opened without repair; a context manager that closes the file.

    Its pages are numbered from `first` on, which may be set at any time: a later volume's go on from the one before.

    Raises:
        Unprovable: the file is not a sound, unencrypted PDF with a sound page tree.
    """

    def __init__(self, path: Path, first: int = 1) -> None:
        self.path = path
        self.first = first
        self._stream: BinaryIO = path.open("rb")
        self._objects: dict[Ref, Any] = {}
        self._big: set[Ref] = set()
        self._held_bytes = 0
        try:
            self.reader = PdfReader(self._stream, strict=True)
            self._plain = PlainObjects(self._stream, self.reader)
            self._encrypted = "/Encrypt" in self.reader.trailer
            self.faults: list[str] = ["the file is encrypted"] if self._encrypted else []
            self.catalog: DictionaryObject = self.reader.root_object
            self._pages: list[tuple[IndirectObject, dict[str, Any]]] = []
            self._repeated: list[int] = []
            self._index_of: dict[Ref, int] = {}
            self._walk(self.catalog.raw_get("/Pages"), {}, 0)
        except Unprovable:
            self._stream.close()
            raise
        except Exception as error:
            self._stream.close()
            raise Unprovable(f"{path.name} does not open as a sound PDF: {error}") from error

    def __enter__(self) -> PdfFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file and lets its objects go."""
        self.reader.close()
        self._stream.close()

    @property
    def page_count(self) -> int:
        """Leaves of the page tree."""
        return len(self._pages)

    @property
    def last(self) -> int:
        """The number of the last page."""
        return self.first + len(self._pages) - 1

    @property
    def repeated(self) -> list[int]:
        """The numbers of pages that are another page once more."""
        return [index + self.first for index in self._repeated]

    def page(self, number: int) -> dict[str, Any]:
        """Page `number` as raw values by key, inherited ones included; /Parent left out."""
        reference, inherited = self._pages[number - self.first]
        leaf = self.get(reference)
        if not isinstance(leaf, DictionaryObject):
            raise Unprovable(f"{self.path.name}, page {number}: not a page")
        page = dict(inherited)
        page.update((str(key), value) for key, value in leaf.items() if key != "/Parent")
        return {key: value for key, value in page.items() if not isinstance(value, NullObject)}

    def get(self, value: Any) -> Any:
        """The object that `value` refers to, or `value` itself when it is direct."""
        hops = 0
        while isinstance(value, IndirectObject):
            reference = (value.idnum, value.generation)
            if reference in self._objects:
                value = self._objects[reference]
            else:
                value = self._objects[reference] = self._load(value)
            hops += 1
            if hops > MAX_TREE_DEPTH:
                raise Unprovable(f"{self.path.name}: references that lead in a circle")
        return NullObject() if value is None else value

    def page_of(self, target: Any) -> int | None:
        """The number of the page that an indirect reference points to, if it is one."""
        reference = ref_of(target)
        index = None if reference is None else self._index_of.get(reference)
        return None if index is None else index + self.first

    def ease(self) -> None:
        """Drops large streams that were read, once they add up: memory stays flat however long the file."""
        if self._held_bytes > HELD_BYTES:
            for number, generation in self._big:
                del self._objects[number, generation]
                self.reader.resolved_objects.pop((generation, number), None)
            self._big.clear()
            self._held_bytes = 0

    def _load(self, reference: IndirectObject) -> Any:
        number, generation = reference.idnum, reference.generation
        offset = self.reader.xref.get(generation, {}).get(number)
        compressed = generation == 0 and number in self.reader.xref_objStm
        free = self.reader.xref_free_entry.get(generation, {}).get(number, False)
        value = None
        if offset is not None and not (compressed or free or self._encrypted):
            value = self._plain.read(number, generation, offset)
        if value is None:
            value = self.reader.get_object(reference)
        if isinstance(value, StreamObject) and len(raw_bytes(value)) > BIG_STREAM_BYTES:
            self._big.add((number, generation))
            self._held_bytes += len(raw_bytes(value))
        return value

    def _walk(self, node: Any, inherited: dict[str, Any], depth: int) -> None:
        if depth > MAX_TREE_DEPTH:
            raise Unprovable(f"{self.path.name}: the page tree is nested too deeply")
        value = self.get(node)
        if not isinstance(node, IndirectObject) or not isinstance(value, DictionaryObject):
            raise Unprovable(f"{self.path.name}: the page tree holds something that is not a page")
        if "/Kids" not in value:
            reference = (node.idnum, node.generation)
            if reference in self._index_of:
                self._repeated.append(len(self._pages))
            self._index_of.setdefault(reference, len(self._pages))
            self._pages.append((node, inherited))
            return
        before = len(self._pages)
        strange = sorted(set(map(str, value)) - PAGES_NODE_KEYS)
        if strange:
            self.faults.append(f"a page tree node holds {', '.join(strange)}")
        below = {**inherited, **{key: value.raw_get(key) for key in INHERITABLE if key in value}}
        kids = self.get(value.raw_get("/Kids"))
        if not isinstance(kids, ArrayObject):
            raise Unprovable(f"{self.path.name}: the page tree's /Kids is not a list")
        for kid in kids:
            self._walk(kid, below, depth + 1)
        if self.get(value.get("/Count")) != len(self._pages) - before:
            self.faults.append(
                f"the page tree counts {value.get('/Count')} pages and holds {len(self._pages) - before}"
            )


def surface_faults(path: Path) -> list[str]:
    """What is wrong with the file's outside: header, end, and whether an earlier revision hides inside.

    Source: ISO 32000-2 7.5.2 (header), 7.5.5 (trailer), 7.5.6 (incremental updates).
    """
    faults = []
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(16)
        stream.seek(max(0, size - TAIL_BYTES))
        tail = stream.read()
        if not re.match(rb"%PDF-(1\.[3-7]|2\.0)[\r\n]", head):
            faults.append("the file does not begin with a PDF header")
        found = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*\Z", tail)
        if found is None:
            faults.append("the file does not end with a PDF trailer")
            return faults
        stream.seek(min(int(found[1]), size))
        section = stream.read()
    if re.search(rb"/Prev\b", section.split(b"stream", 1)[0] if section[:4] != b"xref" else section):
        faults.append("the file holds an earlier revision of itself under the last one")
    return faults
