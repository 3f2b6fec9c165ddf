"""Are two PDF values, from two files, the same all the way down?

Dictionaries are compared key by key, streams by their bytes as stored, numbers by value, strings by bytes.
Object numbers, direct or indirect storage, key order and /Length do not matter. A pair of indirect objects is
compared once: fonts and images that many pages share cost one comparison.
"""

from __future__ import annotations

from typing import Any

from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    StreamObject,
    TextStringObject,
)

from bundles.proof.reading import PdfFile, raw_bytes

MAX_DEPTH = 100
PLAIN = frozenset({NameObject, int, float})


class Likeness:
    """Compares values of one file (`left`) with values of another (`right`)."""

    def __init__(self, left: PdfFile, right: PdfFile) -> None:
        self._left = left
        self._right = right
        self._alike: set[tuple[int, int, int, int]] = set()
        self._assumed: list[tuple[int, int, int, int]] = []

    def difference(self, left: Any, right: Any, name: str) -> str:
        """Empty when both are the same; otherwise where and how they differ, `name` being where they stand.

        Raises:
            Unprovable, pypdf's errors: one of the files is damaged there.
        """
        self._assumed.clear()
        found = self._compare(left, right, name, 0)
        if found:
            # pairs assumed alike on the way to a difference are not proved
            self._alike.difference_update(self._assumed)
        return found

    def _compare(self, left: Any, right: Any, name: str, depth: int) -> str:
        if depth > MAX_DEPTH:
            return f"{name} is nested too deeply to compare"
        if isinstance(left, IndirectObject):
            if isinstance(right, IndirectObject):
                pair = (left.idnum, left.generation, right.idnum, right.generation)
                if pair in self._alike:
                    return ""
                self._alike.add(pair)
                self._assumed.append(pair)
            left = self._left.get(left)
        if isinstance(right, IndirectObject):
            right = self._right.get(right)
        if isinstance(left, DictionaryObject):
            return self._dictionaries(left, right, name, depth)
        if isinstance(left, ArrayObject):
            return self._arrays(left, right, name, depth)
        return "" if _same_scalar(left, right) else f"{name} has another value"

    def _dictionaries(self, left: DictionaryObject, right: Any, name: str, depth: int) -> str:
        if not isinstance(right, DictionaryObject):
            return f"{name} is of another kind"
        stream = isinstance(left, StreamObject)
        if stream != isinstance(right, StreamObject):
            return f"{name} is of another kind"
        if stream and raw_bytes(left) != raw_bytes(right):  # type: ignore[arg-type]
            return f"{name} ({_stream_kind(left)}) holds other data"
        for key in (*left, *(key for key in right if key not in left)):
            mine = left.raw_get(key) if key in left else NullObject()
            theirs = right.raw_get(key) if key in right else NullObject()
            if _plainly_same(mine, theirs) or (stream and key == "/Length"):
                continue
            found = self._compare(mine, theirs, f"{name}{key}", depth + 1)
            if found:
                return found
        return ""

    def _arrays(self, left: ArrayObject, right: Any, name: str, depth: int) -> str:
        if not isinstance(right, ArrayObject) or len(left) != len(right):
            return f"{name} is of another kind or length"
        for at, (mine, theirs) in enumerate(zip(left, right, strict=True)):
            if _plainly_same(mine, theirs):
                continue
            found = self._compare(mine, theirs, f"{name}[{at}]", depth + 1)
            if found:
                return found
        return ""


def _plainly_same(left: Any, right: Any) -> bool:
    """The short way for the commonest values; False says nothing."""
    kind = type(left)
    return kind is type(right) and kind in PLAIN and bool(left == right)


def _same_scalar(left: Any, right: Any) -> bool:
    if isinstance(left, NameObject) or isinstance(right, NameObject):
        return isinstance(left, NameObject) and isinstance(right, NameObject) and str(left) == str(right)
    if isinstance(left, TextStringObject | ByteStringObject):
        return (
            isinstance(right, TextStringObject | ByteStringObject)
            and left.original_bytes == right.original_bytes
        )
    if isinstance(left, BooleanObject) or isinstance(right, BooleanObject):
        return (
            isinstance(left, BooleanObject) and isinstance(right, BooleanObject) and left.value == right.value
        )
    if isinstance(left, NullObject) or isinstance(right, NullObject):
        return isinstance(left, NullObject) and isinstance(right, NullObject)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return float(left) == float(right)
    return False


def _stream_kind(stream: DictionaryObject) -> str:
    subtype = stream.get("/Subtype")
    if subtype == "/Image":
        return "image"
    if subtype == "/Form":
        return "drawing"
    return "data"
