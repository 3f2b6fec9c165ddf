"""PowerPoint 97 files: the last of several edits counts, and broken lists are refused."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.compound import Compound
from casefiles.intake.readers.office_contents import Refused
from casefiles.intake.readers.powerpoint_binary import read_powerpoint


def record(kind: int, body: bytes = b"", *, instance: int = 0, holds: bool = False) -> bytes:
    return struct.pack("<HHI", instance << 4 | (0xF if holds else 0), kind, len(body)) + body


def slide(text: str, *, hidden: bool = False) -> bytes:
    drawing = record(1036, record(4000, text.encode("utf-16-le")), holds=True)
    show = record(1017, bytes(10) + struct.pack("<H", 4) + bytes(4)) if hidden else b""
    return record(1006, record(1007, bytes(24)) + show + drawing, holds=True)


DOCUMENT = record(1000, record(4080, record(1011, struct.pack("<I", 2) + bytes(16)), holds=True), holds=True)


class Stream:
    """The streams of a compound file, by name."""

    def __init__(self, edits: list[dict[int, bytes]]) -> None:
        data, before = b"", 0
        for objects in edits:
            places = {}
            for number, body in objects.items():
                places[number] = len(data)
                data += body
            directory = len(data)
            data += record(
                0x1772,
                b"".join(struct.pack("<II", 1 << 20 | number, place) for number, place in places.items()),
            )
            edit = len(data)
            data += record(0x0FF5, bytes(8) + struct.pack("<III", before, directory, 1) + bytes(8))
            before = edit
        self.data, self.edit = data, before

    def listdir(self, **_: bool) -> list[list[str]]:
        return []

    def get_size(self, name: str) -> int:
        return len(self._of(name))

    def openstream(self, name: str) -> object:
        return io.BytesIO(self._of(name))

    def _of(self, name: str) -> bytes:
        return (
            self.data
            if name == "PowerPoint Document"
            else bytes(12) + struct.pack("<II", 0xE391C05F, self.edit)
        )


def opened(stream: Stream) -> Compound:
    return Compound(stream, FactsLimits())


def test_the_last_edit_of_a_slide_is_the_one_that_is_read() -> None:
    stream = Stream([{1: DOCUMENT, 2: slide("first draft")}, {2: slide("as sent")}])
    assert read_powerpoint(opened(stream)).contents.shown == ["as sent"]


def test_an_edit_may_hide_a_slide() -> None:
    stream = Stream([{1: DOCUMENT, 2: slide("words")}, {2: slide("words", hidden=True)}])
    contents = read_powerpoint(opened(stream)).contents
    assert (contents.shown, contents.hidden_slides) == ([], {1: "words"})


def test_a_slide_that_is_nowhere_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        read_powerpoint(opened(Stream([{1: DOCUMENT}])))
    assert refusal.value.code == "office-damaged"


def test_edits_that_lead_in_a_circle_end() -> None:
    stream = Stream([{1: DOCUMENT, 2: slide("words")}])
    stream.data = (
        stream.data[: stream.edit + 16] + struct.pack("<I", stream.edit) + stream.data[stream.edit + 20 :]
    )
    assert read_powerpoint(opened(stream)).contents.shown == ["words"]


@given(at=st.integers(0, 400), new=st.binary(min_size=1, max_size=6))
def test_changed_bytes_are_read_or_refused(at: int, new: bytes) -> None:
    stream = Stream([{1: DOCUMENT, 2: slide("first draft")}, {2: slide("as sent")}])
    at %= len(stream.data)
    stream.data = stream.data[:at] + new + stream.data[at + len(new) :]
    try:
        assert read_powerpoint(opened(stream)).contents.slides >= 0
    except Refused as refusal:
        assert refusal.code.startswith("office-")
