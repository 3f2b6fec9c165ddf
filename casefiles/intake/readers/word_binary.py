"""Word 97 to 2003 documents: the words from the piece table, and what in them is not drawn.

Source: [MS-DOC] 2.5 (FIB), 2.8.25 (PlcFld), 2.8.35 (PlcPcd), 2.9.33 (ChpxFkp), 2.9.174 (PapxFkp), 2.6.1 (character
properties).
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from casefiles.intake.readers.compound import Compound
from casefiles.intake.readers.office_contents import FETCHING, RECOMPUTED, VOLATILE, Contents, Refused
from casefiles.intake.readers.word_styles import hiding_styles

_FIELD_TABLES = (16, 17, 18, 19, 48, 57, 59)
_STYLES, _CLX, _CHARACTER_RUNS, _PARAGRAPHS = 1, 33, 12, 13
_VOLATILE_TYPES = frozenset(
    (7, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 27, 28, 29, 30, 31, 32, 36, 38, 39, 45, 46, 55, 56, 59, 60,
     61, 62, 67, 68, 69, 78, 85)
)  # fmt: skip
_QUOTE = b"\x23"  # the field that shows its saved words and computes nothing
_DELETED, _INSERTED, _HIDDEN, _STYLE = 0x0800, 0x0801, 0x083C, 0x4A30
_AS_STYLE = 0x80
_OPERAND_BYTES = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
_MAX_CHARACTERS = 50_000_000
_BEGIN, _SEPARATOR, _END = "\x13", "\x14", "\x15"
_BREAKS = str.maketrans(
    {"\r": "\n", "\x07": "\n", "\x0b": "\n", "\x0c": "\n", "\x1e": "-", "\x1f": "", "\xa0": " "}
)
_MARKS = re.compile(r"[\x00-\x08\x0e-\x1d]")


@dataclass(frozen=True)
class Patch:
    """Bytes of a stream that a copy for LibreOffice has otherwise: offset in the stream, new bytes."""

    stream: str
    offset: int
    data: bytes


@dataclass
class OldOffice:
    """What was read of an old Office file, and what a copy has otherwise."""

    contents: Contents = field(default_factory=Contents)
    patches: list[Patch] = field(default_factory=list)


def read_word(compound: Compound) -> OldOffice:
    """Read a doc.

    Raises:
        Refused: it is locked, damaged, or older than Word 97.
    """
    main = compound.stream("WordDocument")
    if len(main) < 154 + 8 * 34:
        raise Refused("office-damaged", "its main part is cut or missing")
    magic, version = struct.unpack_from("<HH", main, 0)
    (flags,) = struct.unpack_from("<H", main, 10)
    if flags & 0x8100:
        raise Refused("office-needs-password", "it opens only with a password")
    if magic != 0xA5EC or version < 0xC1:
        raise Refused("office-too-old", "it was made by a Word older than Word 97")
    table_name = "1Table" if flags & 0x0200 else "0Table"
    try:
        return _Document(main, table_name, compound.stream(table_name), compound).read()
    except (struct.error, IndexError) as problem:
        raise Refused("office-damaged", "its list of pieces of text is cut or broken") from problem


class _Document:
    """The streams of one document."""

    def __init__(self, main: bytes, table_name: str, table: bytes, compound: Compound) -> None:
        self._main = main
        self._table_name = table_name
        self._table = table
        self._compound = compound

    def read(self) -> OldOffice:
        found = OldOffice(patches=list(self._frozen_fields()))
        text, offsets = self._text()
        marks = self._marks(offsets)
        lengths = struct.unpack_from("<8I", self._main, 76)
        body, notes, margins, _, comments, end_notes, boxes, margin_boxes = lengths
        at = 0
        for size, where in (
            (body, "shown"), (notes, "shown"), (margins, "margins"), (0, ""), (comments, "comments"),
            (end_notes, "shown"), (boxes, "shown"), (margin_boxes, "margins"),
        ):  # fmt: skip
            if size:
                self._story(text[at : at + size], marks[at : at + size], where, found.contents)
            at += size
        contents = found.contents
        names = self._compound.names
        contents.macros = bool({"Macros", "_VBA_PROJECT", "VBA"} & names)
        contents.embedded.extend(self._compound.objects("ObjectPool"))
        return found

    def _location(self, index: int) -> tuple[int, int]:
        offset, size = struct.unpack_from("<II", self._main, 154 + 8 * index)
        return (offset, size) if offset + size <= len(self._table) else (0, 0)

    def _text(self) -> tuple[str, list[int]]:
        """All characters, and for each its offset in the main stream."""
        start, size = self._location(_CLX)
        if not size:
            raise Refused("office-damaged", "its list of pieces of text is cut or broken")
        end = start + size
        while start < end and self._table[start] == 1:
            start += 3 + struct.unpack_from("<H", self._table, start + 1)[0]
        if start >= end or self._table[start] != 2:
            raise Refused("office-damaged", "its list of pieces of text is cut or broken")
        (size,) = struct.unpack_from("<I", self._table, start + 1)
        count = (size - 4) // 12
        places = struct.unpack_from(f"<{count + 1}I", self._table, start + 5)
        if places[-1] > _MAX_CHARACTERS or any(a > b for a, b in pairwise(places)):
            raise Refused("office-damaged", "its list of pieces of text is cut or broken")
        text: list[str] = []
        offsets: list[int] = []
        for number in range(count):
            (place,) = struct.unpack_from("<I", self._table, start + 5 + 4 * (count + 1) + 8 * number + 2)
            length = places[number + 1] - places[number]
            narrow = bool(place & 0x40000000)
            first = (place & 0x3FFFFFFF) // 2 if narrow else place & 0x3FFFFFFF
            step = 1 if narrow else 2
            data = self._main[first : first + length * step]
            if len(data) < length * step:
                raise Refused("office-damaged", "a piece of its text is missing: it may have been cut")
            text.append(data.decode("cp1252", "replace") if narrow else _utf16(data))
            offsets.extend(range(first, first + length * step, step))
        return "".join(text), offsets

    def _marks(self, offsets: list[int]) -> list[int]:
        """For each character 1 hidden, 2 deleted, 4 inserted, added together."""
        start, size = self._location(_STYLES)
        hiding = hiding_styles(self._table[start : start + size], _vanishes)
        direct = _at_each(offsets, self._runs(hiding))
        if not hiding:
            return [value & 7 for value in direct]
        styled = _at_each(offsets, self._hidden_paragraphs(hiding))
        return [
            (value | style) & 7 if not value & 8 else value & 6
            for value, style in zip(direct, styled, strict=True)
        ]

    def _hidden_paragraphs(self, hiding: frozenset[int]) -> Iterator[tuple[int, int, int]]:
        for block in self._pages(_PARAGRAPHS):
            count = min(block[511], 29)
            ends = struct.unpack_from(f"<{count + 1}I", block, 0)
            for each in range(count):
                at = block[4 * (count + 1) + 13 * each] * 2
                if not at:
                    continue
                at += 1 if block[at] else 2
                if struct.unpack_from("<H", block, at)[0] in hiding:
                    yield ends[each], ends[each + 1], 1

    def _pages(self, index: int) -> Iterator[bytes]:
        start, size = self._location(index)
        count = (size - 4) // 8
        for number in range(max(0, count)):
            (page,) = struct.unpack_from("<I", self._table, start + 4 * (count + 1) + 4 * number)
            block = self._main[(page & 0x3FFFFF) * 512 :][:512]
            if len(block) == 512:
                yield block

    def _runs(self, hiding: frozenset[int]) -> Iterator[tuple[int, int, int]]:
        for block in self._pages(_CHARACTER_RUNS):
            runs = min(block[511], 101)
            ends = struct.unpack_from(f"<{runs + 1}I", block, 0)
            for each in range(runs):
                at = block[4 * (runs + 1) + each] * 2
                value = _mark(block[at + 1 : at + 1 + block[at]], hiding) if at else 0
                if value:
                    yield ends[each], ends[each + 1], value

    def _frozen_fields(self) -> Iterator[Patch]:
        for index in _FIELD_TABLES:
            start, size = self._location(index)
            count = (size - 4) // 6
            for number in range(max(0, count)):
                at = start + 4 * (count + 1) + 2 * number
                if self._table[at] & 0x1F == 0x13 and self._table[at + 1] in _VOLATILE_TYPES:
                    yield Patch(self._table_name, at + 1, _QUOTE)

    def _story(self, text: str, marks: list[int], where: str, contents: Contents) -> None:
        kept: dict[str, list[str]] = {"shown": [], "hidden": [], "deleted": []}
        last = 0
        for piece, mark in _without_fields(text, marks, contents):
            name = "hidden" if mark & 1 else "deleted" if mark & 2 else "shown"
            kept[name].append(piece)
            contents.changes += bool(mark & 6) and not last & 6
            last = mark
        shown = _plain("".join(kept["shown"]))
        if where == "comments":
            contents.comments.extend(each for each in shown.split("\n") if each.strip())
        else:
            getattr(contents, where).append(shown)
        contents.hidden.extend(each for each in map(_plain, kept["hidden"]) if each.strip())
        contents.deleted.extend(each for each in map(_plain, kept["deleted"]) if each.strip())


def _without_fields(text: str, marks: list[int], contents: Contents) -> Iterator[tuple[str, int]]:
    """Stretches of one mark each, without the instructions of fields and without what layout computes."""
    stack: list[list[str]] = []
    hides: list[bool] = []
    gathered: list[str] = []
    value = 0
    for char, mark in zip(text, marks, strict=True):
        if char == _BEGIN:
            stack.append([])
            hides.append(True)
        elif char == _SEPARATOR and stack:
            hides[-1] = _instruction("".join(stack[-1]), contents)
            gathered.append(" " if hides[-1] else "")
        elif char == _END and stack:
            if hides[-1] and stack[-1]:
                gathered.append(" ")
            stack.pop()
            hides.pop()
        elif any(hides):
            stack[-1].append(char)
        else:
            if mark != value and gathered:
                yield "".join(gathered), value
                gathered = []
            value = mark
            gathered.append(char)
    yield "".join(gathered), value


def _instruction(text: str, contents: Contents) -> bool:
    """Count what a field does; whether its saved words need not be on the page."""
    name = (text.upper().split() or [""])[0]
    contents.linked += name in FETCHING
    if name in VOLATILE:
        contents.fields.add(name)
    return name in RECOMPUTED


def _mark(properties: bytes, hiding: frozenset[int]) -> int:
    """1 hidden, 2 deleted, 4 inserted, 8 shown whatever the style says: of a run's changes to its paragraph's style."""
    found = 0
    for code, operand in _properties(properties):
        if code == _STYLE:
            found |= int.from_bytes(operand[:2], "little") in hiding
        elif code == _HIDDEN and operand[:1] != bytes([_AS_STYLE]):
            found = found & ~9 | (1 if operand[0] else 8)
        elif code in (_DELETED, _INSERTED) and operand[0]:
            found |= 2 if code == _DELETED else 4
    return found


def _vanishes(properties: bytes) -> bool | None:
    """Whether a style's properties hide text, show it, or say neither."""
    said = [operand[0] for code, operand in _properties(properties) if code == _HIDDEN]
    return None if not said or said[-1] == _AS_STYLE else bool(said[-1])


def _properties(properties: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 3 <= len(properties):
        (code,) = struct.unpack_from("<H", properties, at)
        size = _OPERAND_BYTES.get(code >> 13, 0) or 1 + properties[at + 2]
        yield code, properties[at + 2 : at + 2 + size]
        at += 2 + size


def _at_each(offsets: list[int], runs: Iterator[tuple[int, int, int]]) -> list[int]:
    """For each offset the value of the run that it lies in, else 0."""
    starts: list[int] = []
    values: list[int] = []
    for first, last, value in sorted(runs):
        starts += [first, last]
        values += [value, 0]
    if not starts:
        return [0] * len(offsets)
    return [values[at] if (at := bisect_right(starts, offset) - 1) >= 0 else 0 for offset in offsets]


def _utf16(data: bytes) -> str:
    """One character a code unit, so that places in the text stay those of the file."""
    return "".join(map(chr, struct.unpack(f"<{len(data) // 2}H", data)))


def _plain(text: str) -> str:
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _MARKS.sub("", joined.translate(_BREAKS))
