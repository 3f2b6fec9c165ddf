"""A quick reader of plain PDF objects, at a third of a general parser's cost.

It knows dictionaries, lists, names, numbers, references and streams, written in the plainest way. Whatever else it
meets (strings, comments, escapes, a key that stands twice, a length that does not fit) it leaves to pypdf by
answering None: it never guesses.

Source: ISO 32000-2 7.2 (lexical conventions), 7.3 (objects).
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO

from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    EncodedStreamObject,
    IndirectObject,
    NameObject,
    NullObject,
)

CHUNK_BYTES = 1_024
MOST_BYTES = 65_536
_TOKEN = re.compile(
    rb"[\x00\t\n\x0c\r ]*(?:"
    rb"(\d{1,10})[ \r\n]+(\d{1,5})[ \r\n]+R(?=[\x00\t\n\x0c\r \]\[<>/])"
    rb"|(/[!-\"$&'*-.0-;=?-Z\\^-z|~]*)(?=[\x00\t\n\x0c\r \]\[<>/(])"
    rb"|([+-]?\d+)(?=[\x00\t\n\x0c\r \]\[<>/])"
    rb"|([+-]?(?:\d+\.\d*|\.\d+))(?=[\x00\t\n\x0c\r \]\[<>/])"
    rb"|(<<)|(>>)|(\[)|(\])"
    rb"|(true|false|null)(?=[\x00\t\n\x0c\r \]\[<>/])"
    rb"|(stream\r?\n)|(endobj)"
    rb"|([^\x00\t\n\x0c\r ]))"
)
_REF, _NAME, _INT, _REAL, _OPEN, _CLOSE, _LIST, _END, _WORD, _STREAM, _DONE = (
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
)
_HEAD = re.compile(rb"(\d+) (\d+) obj(?=[\x00\t\n\x0c\r \[</])")
_TAIL = re.compile(rb"[\r\n ]{0,2}endstream[\r\n ]+endobj")
_TAIL_BYTES = 24
_WORDS = {b"true": BooleanObject(True), b"false": BooleanObject(False), b"null": NullObject()}


class PlainObjects:
    """Reads plain objects of one file, given where they lie."""

    def __init__(self, stream: BinaryIO, reader: PdfReader) -> None:
        self._stream = stream
        self._reader = reader
        self._names: dict[bytes, NameObject] = {}

    def read(self, number: int, generation: int, offset: int) -> Any | None:
        """The object at `offset` in the file; None where it is not plain, or not that object."""
        for size in (CHUNK_BYTES, MOST_BYTES):
            self._stream.seek(offset)
            data = self._stream.read(size)
            head = _HEAD.match(data)
            if head is None or (int(head[1]), int(head[2])) != (number, generation):
                return None
            found = self._value(data, head.end())
            if found is not None:
                value, at, is_stream = found
                return self._with_data(value, offset + at) if is_stream else value
            if len(data) < size:
                return None
        return None

    def _with_data(self, entries: Any, start: int) -> EncodedStreamObject | None:
        length = entries.get("/Length") if isinstance(entries, DictionaryObject) else None
        if type(length) is not int or length < 0:
            return None
        self._stream.seek(start)
        data = self._stream.read(length)
        if len(data) != length or _TAIL.match(self._stream.read(_TAIL_BYTES)) is None:
            return None
        stream = EncodedStreamObject()
        stream.update(entries)
        del stream["/Length"]  # as pypdf does: the data say it
        stream._data = data
        return stream

    def _value(self, data: bytes, start: int) -> tuple[Any, int, bool] | None:
        """The value, where it ends, and whether a stream begins there; None where it is not plain or not whole."""
        names, reader = self._names, self._reader
        top: list[Any] = []
        stack: list[list[Any]] = []
        kinds: list[int] = []
        for found in _TOKEN.finditer(data, start):
            kind = found.lastindex
            if kind == _NAME:
                name = found[_NAME]
                known = names.get(name)
                if known is None:
                    known = names[name] = NameObject(name.decode("ascii"))
                top.append(known)
            elif kind in (_INT, _REAL):
                top.append(int(found[kind]) if kind == _INT else float(found[kind]))
            elif kind == _REF:
                top.append(IndirectObject(int(found[1]), int(found[_REF]), reader))
            elif kind in (_OPEN, _LIST):
                stack.append(top)
                kinds.append(kind)
                top = []
            elif kind in (_CLOSE, _END):
                if not kinds or kinds.pop() != kind - 1:
                    return None
                value = _closed(top, kind)
                if value is None:
                    return None
                top = stack.pop()
                top.append(value)
            elif kind == _WORD:
                top.append(_WORDS[found[_WORD]])
            elif kind in (_STREAM, _DONE) and not kinds and len(top) == 1:
                return top[0], found.end(), kind == _STREAM
            else:
                return None
        return None


def _closed(values: list[Any], kind: int) -> Any | None:
    if kind == _END:
        return ArrayObject(values)
    keys = values[::2]
    if len(values) % 2 or any(type(key) is not NameObject for key in keys) or len(set(keys)) != len(keys):
        return None
    entries = DictionaryObject()
    entries.update(zip(keys, values[1::2], strict=True))
    return entries
