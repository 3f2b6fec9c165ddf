"""The segments of a JPEG stream: what is in it, and the same picture without anything but the picture.

Source: ITU-T T.81 (JPEG) Annex B; Adobe Technical Note 5116 (APP14); ICC.1 Annex B.4 (APP2 "ICC_PROFILE").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SOI, EOI, SOS, TEM = 0xD8, 0xD9, 0xDA, 0x01
APP0, APP2, APP14, APP15, COM = 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
_RESTARTS = range(0xD0, 0xD8)
_JFIF_SIZE = 14


class NotJpeg(ValueError):
    """The bytes do not follow the JPEG format, or end before the picture does."""


@dataclass(frozen=True)
class Segment:
    """One segment: its marker (second byte) and its bytes, marker included; scan data belong to their SOS."""

    marker: int
    data: bytes

    @property
    def payload(self) -> bytes:
        """The bytes after marker and length."""
        return self.data[4:]


def segments(data: bytes) -> Iterator[Segment]:
    """The segments from SOI to the first EOI; what follows (further pictures, junk) is not part of it.

    Raises:
        NotJpeg: a marker is missing or the data end too early.
    """
    if data[:2] != b"\xff\xd8":
        raise NotJpeg("it does not begin as a JPEG")
    yield Segment(SOI, data[:2])
    position = 2
    while True:
        if position + 2 > len(data):
            raise NotJpeg("it ends before the picture does")
        if data[position] != 0xFF:
            raise NotJpeg(f"no marker at byte {position}")
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        if marker == EOI:
            yield Segment(EOI, data[position : position + 2])
            return
        if marker == TEM or marker in _RESTARTS:
            yield Segment(marker, data[position : position + 2])
            position += 2
            continue
        size = int.from_bytes(data[position + 2 : position + 4], "big")
        end = position + 2 + size
        if size < 2 or end > len(data):
            raise NotJpeg(f"a segment at byte {position} is cut off")
        if marker == SOS:
            end = _scan_end(data, end)
        yield Segment(marker, data[position:end])
        position = end


def bare_picture(data: bytes) -> bytes:
    """The same picture, bit for bit, without comments, Exif, XMP, IPTC, previews or further frames.

    Kept: APP0 JFIF (without its preview), APP2 ICC profiles and APP14 Adobe (they say what the colours mean).

    Raises:
        NotJpeg: the bytes are not a whole JPEG.
    """
    return b"".join(kept for segment in segments(data) if (kept := _kept(segment)))


def _kept(segment: Segment) -> bytes:
    if segment.marker == APP0:
        return _jfif(segment.payload)
    if segment.marker == APP2:
        return segment.data if segment.payload.startswith(b"ICC_PROFILE\0") else b""
    if segment.marker == APP14:
        return segment.data if segment.payload.startswith(b"Adobe") else b""
    if segment.marker == COM or APP0 < segment.marker <= APP15:
        return b""
    return segment.data


def _jfif(payload: bytes) -> bytes:
    if not payload.startswith(b"JFIF\0") or len(payload) < _JFIF_SIZE:
        return b""
    body = payload[:12] + b"\0\0"  # no preview
    return b"\xff\xe0" + (len(body) + 2).to_bytes(2, "big") + body


def _scan_end(data: bytes, position: int) -> int:
    """Where the entropy-coded data end: at the first marker that is neither a stuffed zero nor a restart."""
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            raise NotJpeg("it ends before the picture does")
        follower = data[position + 1]
        if follower == 0 or follower in _RESTARTS:
            position += 2
        elif follower == 0xFF:
            position += 1
        else:
            return position
