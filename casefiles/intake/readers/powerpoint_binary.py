"""PowerPoint 97 to 2003 presentations: the words of each slide, and what in them is not drawn.

Source: [MS-PPT] 2.3 (edits and persisted objects), 2.4.14 (slide list), 2.5 (slides and notes), 2.6.6 (hidden
slides), 2.9 (text), 2.10 (embedded and linked objects), 2.11.1 (comments).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from casefiles.intake.readers.compound import Compound
from casefiles.intake.readers.office_contents import Refused
from casefiles.intake.readers.word_binary import OldOffice, Patch

_STREAM = "PowerPoint Document"
_USER_EDIT, _PERSIST_DIRECTORY, _DOCUMENT, _SLIDE, _NOTES = 0x0FF5, 0x1772, 1000, 1006, 1008
_SLIDE_LIST, _SLIDE_PERSIST, _SLIDE_ATOM, _SLIDE_SHOW, _DRAWING = 4080, 1011, 1007, 1017, 1036
_TEXT_WIDE, _TEXT_NARROW, _OUTLINE_REF, _CSTRING, _COMMENT = 4000, 4008, 3998, 4026, 12000
_EMBEDDED, _VBA, _HEADERS_FOOTERS = 4044, 1024, 4058
_LINKS = frozenset({4046, 4101, 4102, 4103, 4110, 4111, 4112})
_DATES = frozenset({4087, 4088, 4117})
_LOCKED = 0xF3D1C4DF
_MAX_RECORDS = 2_000_000
_MAX_DEPTH = 60


class _Record(NamedTuple):
    """One record: its type, instance, where its body begins and ends, whether it contains records."""

    kind: int
    instance: int
    start: int
    end: int
    contains: bool


@dataclass
class _Counter:
    """Records met so far: a limit against files that lead in circles."""

    met: int = 0


def read_powerpoint(compound: Compound) -> OldOffice:
    """Read a ppt.

    Raises:
        Refused: it is locked or damaged.
    """
    user = compound.stream("Current User")
    data = compound.stream(_STREAM)
    try:
        (token, edit) = struct.unpack_from("<II", user, 12)
        if token == _LOCKED:
            raise Refused("office-needs-password", "it opens only with a password")
        return _Presentation(data, edit).read()
    except (struct.error, IndexError, KeyError) as problem:
        raise Refused("office-damaged", "its list of slides is cut or broken") from problem


class _Presentation:
    """The main stream, and where its last edit says that each object lies."""

    def __init__(self, data: bytes, edit: int) -> None:
        self._data = data
        self._counter = _Counter()
        self._places: dict[int, int] = {}
        self._document = 0
        self._found = OldOffice()
        self._follow_edits(edit)

    def _follow_edits(self, edit: int) -> None:
        seen: set[int] = set()
        while edit not in seen and len(seen) < 10_000:
            seen.add(edit)
            record = self._record(edit)
            if record.kind != _USER_EDIT:
                raise KeyError("no edit")
            before, directory, document = struct.unpack_from("<III", self._data, record.start + 8)
            if record.end - record.start >= 32:
                raise Refused("office-needs-password", "it opens only with a password")
            self._document = self._document or document
            self._persisted(self._record(directory))
            if not before:
                return
            edit = before

    def _persisted(self, record: _Record) -> None:
        at = record.start
        while at + 4 <= record.end:
            (head,) = struct.unpack_from("<I", self._data, at)
            first, count = head & 0xFFFFF, head >> 20
            for number in range(count):
                (place,) = struct.unpack_from("<I", self._data, at + 4 + 4 * number)
                self._places.setdefault(first + number, place)
            at += 4 + 4 * count

    def read(self) -> OldOffice:
        document = self._object(self._document, _DOCUMENT)
        contents = self._found.contents
        outlines: list[tuple[int, list[str]]] = []
        notes_places: dict[int, int] = {}
        for record in self._children(document):
            if record.kind == _SLIDE_LIST and record.instance == 0:
                outlines = list(self._slide_list(record))
            elif record.kind == _SLIDE_LIST and record.instance == 2:
                notes_places = dict(self._notes_list(record))
        for number, (place, outline) in enumerate(outlines, 1):
            self._slide(number, place, outline, notes_places)
        for record in self._all(document):
            contents.embedded.extend(["an object"] if record.kind == _EMBEDDED else [])
            contents.linked += record.kind in _LINKS
            if record.kind == _VBA:
                contents.macros |= bool(struct.unpack_from("<I", self._data, record.start + 4)[0])
            self._dates(record)
        return self._found

    def _slide(self, number: int, place: int, outline: list[str], notes: dict[int, int]) -> None:
        contents = self._found.contents
        slide = self._object(place, _SLIDE)
        contents.slides = number
        hidden = False
        notes_id = 0
        texts: list[str] = []
        for record in self._children(slide):
            if record.kind == _SLIDE_ATOM:
                (notes_id,) = struct.unpack_from("<I", self._data, record.start + 16)
            elif record.kind == _SLIDE_SHOW:
                hidden = bool(struct.unpack_from("<H", self._data, record.start + 10)[0] & 4)
            elif record.kind == _DRAWING:
                texts += self._texts(record, outline)
        for record in self._all(slide):
            self._dates(record)
            if record.kind == _COMMENT:
                said = [self._wide(each) for each in self._children(record) if each.kind == _CSTRING]
                contents.comments.append(": ".join(said[:2]))
        text = "\n".join(texts)
        if hidden:
            contents.hidden_slides[number] = text
        else:
            contents.shown.append(text)
        if notes_id in notes:
            page = self._object(notes[notes_id], _NOTES)
            words = "\n".join(self._texts(page, [])).strip(" *\n")
            if words:
                contents.notes[number] = words

    def _dates(self, record: _Record) -> None:
        """Dates of today: their record gets a type that nobody knows, so that no wrong day is drawn."""
        contents = self._found.contents
        if record.kind in _DATES:
            contents.unsaved_dates += 1
            self._found.patches.append(Patch(_STREAM, record.start - 6, struct.pack("<H", 0x0FEE)))
        elif record.kind == _HEADERS_FOOTERS:
            (flags,) = struct.unpack_from("<H", self._data, record.start + 2)
            if flags & 3 == 3:
                contents.unsaved_dates += 1
                self._found.patches.append(Patch(_STREAM, record.start + 2, struct.pack("<H", flags & ~3)))

    def _slide_list(self, record: _Record) -> Iterator[tuple[int, list[str]]]:
        """For each slide, the object that it is, and the texts of its placeholders."""
        texts: list[str] = []
        for each in self._children(record):
            if each.kind == _SLIDE_PERSIST:
                texts = []
                yield struct.unpack_from("<I", self._data, each.start)[0], texts
            elif each.kind in {_TEXT_WIDE, _TEXT_NARROW}:
                texts.append(self._text_of(each))

    def _notes_list(self, record: _Record) -> Iterator[tuple[int, int]]:
        for each in self._children(record):
            if each.kind == _SLIDE_PERSIST:
                place, identity = struct.unpack_from("<I8xI", self._data, each.start)
                yield identity, place

    def _texts(self, record: _Record, outline: list[str]) -> list[str]:
        found = []
        for each in self._all(record):
            if each.kind in {_TEXT_WIDE, _TEXT_NARROW}:
                found.append(self._text_of(each))
            elif each.kind == _OUTLINE_REF:
                (index,) = struct.unpack_from("<I", self._data, each.start)
                found.extend(outline[index : index + 1])
        return found

    def _text_of(self, record: _Record) -> str:
        if record.kind == _TEXT_NARROW:
            text = self._data[record.start : record.end].decode("latin-1")
        else:
            text = self._wide(record)
        return text.replace("\r", "\n").replace("\x0b", "\n")

    def _wide(self, record: _Record) -> str:
        return self._data[record.start : record.end].decode("utf-16-le", "replace")

    def _object(self, identity: int, kind: int) -> _Record:
        record = self._record(self._places[identity])
        if record.kind != kind:
            raise KeyError("another object")
        return record

    def _record(self, at: int) -> _Record:
        self._counter.met += 1
        if self._counter.met > _MAX_RECORDS:
            raise Refused("office-too-large", f"it holds more than {_MAX_RECORDS:,} records")
        head, kind, size = struct.unpack_from("<HHI", self._data, at)
        if at + 8 + size > len(self._data):
            raise Refused("office-damaged", "a part of it is cut: a record is longer than the file")
        return _Record(kind, head >> 4, at + 8, at + 8 + size, head & 0xF == 0xF)

    def _children(self, parent: _Record) -> Iterator[_Record]:
        at = parent.start
        while at + 8 <= parent.end:
            record = self._record(at)
            yield record
            at = record.end

    def _all(self, parent: _Record, depth: int = 0) -> Iterator[_Record]:
        if depth > _MAX_DEPTH:
            raise Refused("office-too-large", f"its records are nested more than {_MAX_DEPTH} deep")
        for record in self._children(parent):
            yield record
            if record.contains or record.kind == 0xF00D:
                yield from self._all(record, depth + 1)
