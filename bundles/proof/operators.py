"""A reader of small content streams: the words of one page's drawing, with nothing skipped.

Written for what casebinder itself prints; anything it does not know is an error, not a guess.

Source: ISO 32000-2 7.2 (lexical conventions), 7.8.2 (content streams), 9.4 (text objects).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_BYTES = 8_192
_TOKEN = re.compile(
    rb"[\x00\t\n\x0c\r ]*(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?=[\x00\t\n\x0c\r \]\[<>/(]|$))"
    rb"|(?P<name>/[^\x00\t\n\x0c\r \]\[<>/(){}%]*)"
    rb"|(?P<hex><[0-9A-Fa-f\x00\t\n\x0c\r ]*>)"
    rb"|(?P<text>\((?:[^()\\]|\\.)*\))"
    rb"|(?P<mark>\[|\]|<<|>>)"
    rb"|(?P<word>[A-Za-z'\"*][A-Za-z0-9*]*))",
    re.DOTALL,
)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\x0c"}
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)


class NotUnderstood(ValueError):
    """The stream holds something that this reader does not know."""


@dataclass(frozen=True)
class Name:
    """A name operand, with its slash."""

    value: str


Operand = float | bytes | Name | str


@dataclass(frozen=True)
class Operation:
    """One operator and its operands; arrays and dictionaries appear as their flat tokens."""

    operator: str
    operands: tuple[Operand, ...]


def read_operations(data: bytes) -> tuple[Operation, ...]:
    """The operations of a content stream, in order.

    Raises:
        NotUnderstood: the stream is long, or holds a token that is none of PDF's plain ones.
    """
    if len(data) > MAX_BYTES:
        raise NotUnderstood(f"{len(data)} bytes long")
    return tuple(_operations(data))


def _operations(data: bytes) -> Iterator[Operation]:
    operands: list[Operand] = []
    at = 0
    end = len(data.rstrip(b"\x00\t\n\x0c\r "))
    while at < end:
        found = _TOKEN.match(data, at)
        if found is None or found.end() == at:
            raise NotUnderstood(f"unknown content at byte {at}")
        at = found.end()
        if found.lastgroup == "word":
            yield Operation(found["word"].decode("ascii"), tuple(operands))
            operands = []
        else:
            operands.append(_operand(found))
    if operands:
        raise NotUnderstood("values without an operator at the end")


def _operand(found: re.Match[bytes]) -> Operand:
    if found.lastgroup == "number":
        return float(found["number"])
    if found.lastgroup == "name":
        return Name(found["name"].decode("latin-1"))
    if found.lastgroup == "hex":
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", found["hex"])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    if found.lastgroup == "text":
        return _ESCAPE.sub(_unescape, found["text"][1:-1])
    return found["mark"].decode("ascii")


def _unescape(found: re.Match[bytes]) -> bytes:
    value = found[1]
    if value[:1].isdigit():
        return bytes([int(value, 8) & 0xFF])
    return _ESCAPES.get(value, value)
