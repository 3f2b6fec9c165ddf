"""What a recording says of itself is found without decoding it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.intake.facts import read_facts
from casefiles.intake.kinds import Kind, detect
from casefiles.intake.readers.recording import says_where

PLACE = b"\xa9xyz\0\x12\x15\xc7+51.5074-000.1278/"


def box(name: bytes, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">I4s", 8 + len(data), name) + data


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_place_in_the_description_is_found_and_one_in_the_sound_is_not(tmp_path: Path) -> None:
    start = box(b"ftyp", b"mp42")
    told = written(tmp_path / "a.mp4", start + box(b"mdat", b"x" * 99) + box(b"moov", box(b"udta", PLACE)))
    assert says_where(told)
    assert not says_where(written(tmp_path / "b.mp4", start + box(b"mdat", PLACE) + box(b"moov", b"mvhd")))
    large = struct.pack(">I4sQ", 1, b"mdat", 16 + len(PLACE)) + PLACE
    assert says_where(written(tmp_path / "c.mp4", start + large + box(b"moov", PLACE)))
    assert not says_where(written(tmp_path / "d.mp4", start + large + box(b"moov", b"")))
    codes = [one.code for one in read_facts(told, detect(told), tmp_path).findings]
    assert codes == ["recording-as-sheet", "recording-location"]


@given(st.binary(max_size=200))
def test_any_bytes_are_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.mp4"
    for start in (b"", box(b"ftyp", b"isom"), b"\0\0\0\x01moov"):
        says_where(written(path, start + data))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xf1" + bytes(20), Kind.AUDIO),
        (b"FORM\0\0\0\x10AIFF" + bytes(8), Kind.AUDIO),
        (b"#!AMR\n" + bytes(8), Kind.AUDIO),
        (b"\0\0\0\x18ftyp3gp6" + bytes(8), Kind.VIDEO),
        (b"\0\0\0\x08wide\0\0\0\0mdat", Kind.VIDEO),
        (b"DHAV\xfd" + bytes(30), Kind.VIDEO),
        ((b"G\x40\0\x10" + bytes(184)) * 8, Kind.VIDEO),
        (b"Good morning. " * 200, Kind.TEXT),
        (b"\0\0\0\x18ftypcrx " + bytes(8), Kind.OTHER),
    ],
)
def test_recordings_are_told_by_how_they_begin(tmp_path: Path, data: bytes, kind: Kind) -> None:
    assert detect(written(tmp_path / "file", data)).kind is kind
