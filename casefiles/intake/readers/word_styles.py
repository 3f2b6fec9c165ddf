"""Styles of a Word 97 to 2003 document that hide the text that has them.

Source: [MS-DOC] 2.9.271 (STSH), 2.9.260 (STD), 2.9.274 (StdfBase), 2.9.337 (UpxChpx).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

_PARAGRAPH, _CHARACTER = 1, 2
_NO_BASE = 0xFFF
_MAX_STYLES = 0x0FFE


def hiding_styles(sheet: bytes, vanishes: Callable[[bytes], bool | None]) -> frozenset[int]:
    """The numbers of styles that hide text; `vanishes` says of a run's properties whether they hide, show, or do neither.

    A style that is cut or broken hides nothing.
    """
    said: dict[int, bool | None] = {}
    bases: dict[int, int] = {}
    for number, style, base_size in _styles(sheet):
        try:
            kinds, more = struct.unpack_from("<HH", style, 2)
            if kinds & 0xF in (_PARAGRAPH, _CHARACTER):
                bases[number] = kinds >> 4
                said[number] = vanishes(_run_properties(style, base_size, kinds & 0xF, more & 0xF))
        except (struct.error, IndexError):
            continue
    return frozenset(number for number in said if _hides(number, said, bases))


def _styles(sheet: bytes) -> Iterator[tuple[int, bytes, int]]:
    if len(sheet) < 6:
        return
    header, count, base_size = struct.unpack_from("<HHH", sheet, 0)
    at = 2 + header
    for number in range(min(count, _MAX_STYLES)):
        if at + 2 > len(sheet):
            return
        (size,) = struct.unpack_from("<H", sheet, at)
        if size:
            yield number, sheet[at + 2 : at + 2 + size], base_size
        at += 2 + size + size % 2


def _run_properties(style: bytes, base_size: int, kind: int, parts: int) -> bytes:
    """The last part of a style is that of its characters."""
    (characters,) = struct.unpack_from("<H", style, base_size)
    at = base_size + 2 + 2 * characters + 2
    wanted = 1 if kind == _PARAGRAPH else 0
    if parts <= wanted:
        return b""
    for _ in range(wanted):
        (size,) = struct.unpack_from("<H", style, at)
        at += 2 + size + size % 2
    (size,) = struct.unpack_from("<H", style, at)
    return style[at + 2 : at + 2 + size]


def _hides(number: int, said: dict[int, bool | None], bases: dict[int, int]) -> bool:
    seen: set[int] = set()
    while number not in seen and number in said:
        seen.add(number)
        answer = said[number]
        if answer is not None:
            return answer
        number = bases.get(number, _NO_BASE)
    return False
