"""Facts of a recording: it gets a sheet, and whether it says where it was made. Nothing in it is decoded.

Source: ISO/IEC 14496-12, 4.2 (boxes); Apple's QuickTime File Format, user data `©xyz`; 3GPP TS 26.244, `loci`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from casefiles.findings import Severity
from casefiles.intake.facts import FileFacts, Reading

_PLACES = (b"\xa9xyz", b"loci", b"com.apple.quicktime.location", b"LOCATION")
_BOXES = 10_000
_INDEX_BYTES = 32 << 20
_HEAD_BYTES = 1 << 20


def read(reading: Reading) -> FileFacts:
    """Read a recording's own words about itself.

    Raises:
        OSError: the file cannot be read.
    """
    what = reading.kind.detail
    found = [
        reading.finding(
            "recording-as-sheet",
            Severity.WARNING,
            f"This is a recording ({what}); a sheet with its length and, of a video, one picture stands in its place",
            "Agree with the court how it is supplied; play it from start to end before you rely on it",
        )
    ]
    if says_where(reading.path):
        found.append(
            reading.finding(
                "recording-location",
                Severity.NOTE,
                "The recording says where it was made; its sheet does not show it",
                "The original still says it: think of that before you hand the original over",
            )
        )
    return reading.readable(findings=found)


def says_where(path: Path) -> bool:
    """Whether a recording names a place, as far as that shows without decoding it.

    Raises:
        OSError: the file cannot be read.
    """
    return any(place in piece for piece in _descriptions(path) for place in _PLACES)


def _descriptions(path: Path) -> Iterator[bytes]:
    """The parts in which recorders describe a recording: the `moov` and `meta` boxes, or the start of other files."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(16)
        if head[4:8] not in (b"ftyp", b"moov", b"wide", b"mdat", b"free", b"skip"):
            yield head + stream.read(_HEAD_BYTES)
            return
        at = 0
        for _ in range(_BOXES):
            if at >= size:
                return
            stream.seek(at)
            head = stream.read(16)
            if len(head) < 8:
                return
            length, name = struct.unpack(">I4s", head[:8])
            if length == 1 and len(head) == 16:
                length = struct.unpack(">Q", head[8:])[0]
            length = size - at if length == 0 else length
            if length < 8 or length > size - at:
                length = size - at  # cut: what is there may still say it
            if name in (b"moov", b"meta", b"uuid"):
                stream.seek(at)
                yield stream.read(min(length, _INDEX_BYTES))
            at += length
