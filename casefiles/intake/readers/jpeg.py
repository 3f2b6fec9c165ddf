"""Is a JPEG there to its end? Decoders pad a cut one in grey without a word.

Source: ITU-T T.81, annex B.
"""

from __future__ import annotations

import io
import re
import struct
import warnings

from PIL import Image, ImageFile, Jpeg2KImagePlugin, JpegImagePlugin

# Named through their modules: Pillow knows a format only once its module has been imported.
_FORMATS = (JpegImagePlugin.JpegImageFile.format, Jpeg2KImagePlugin.Jpeg2KImageFile.format)
_EOI, _SOS = 0xD9, 0xDA
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_BETWEEN_SCANS = frozenset({0xC4, 0xCC, _SOS, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)})
_BEGINNING_BYTES = 16384
_BEGINNING_ROWS = 256


def jpeg_problem(data: bytes) -> str | None:
    """Why these bytes are no whole JPEG; None where they are. Every marker is looked at, nothing is decoded.

    Decoders draw something whatever they are given: data that was overwritten mostly shows by a marker where none
    can be.
    """
    if data[:2] != b"\xff\xd8":
        return "it does not begin like a JPEG"
    position, scans = 2, 0
    while position + 1 < len(data):
        if data[position] != 0xFF:
            return "its picture data is broken" if scans else "its structure is broken"
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _WITHOUT_LENGTH:
            position += 2
        elif marker == _EOI:
            return None if scans else "it ends before any picture data"
        elif scans and marker not in _BETWEEN_SCANS:
            return "its picture data is broken"
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
            if marker == _SOS:
                scans += 1
                position = _end_of_scan(data, position)
    return "its end is missing" if scans else "it ends before any picture data"


def _end_of_scan(data: bytes, position: int) -> int:
    """Where the first marker after picture data is: within it, 0xFF is always stuffed, or a restart mark."""
    found = _MARKER.search(data, position)
    return found.start() if found else len(data)


def _beginning(data: bytes) -> bytes:
    """A JPEG cut after the first of its picture data: a decoder meets every table, and draws a few rows."""
    position, rows_at = 2, 0
    while position + 1 < len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == _SOS:
            return _with_fewer_rows(data[: position + _BEGINNING_BYTES] + b"\xff\xd9", rows_at)
        if marker in _FRAMES:
            rows_at = position + 5
        if marker == 0xFF:
            position += 1
        elif marker in _WITHOUT_LENGTH:
            position += 2
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return data


def _with_fewer_rows(data: bytes, at: int) -> bytes:
    """A frame's height stands in two bytes at `at` (0: there is no frame). Nobody looks at rows that are only padding."""
    rows = int.from_bytes(data[at : at + 2], "big")
    if not at or rows <= _BEGINNING_ROWS:
        return data
    return data[:at] + _BEGINNING_ROWS.to_bytes(2, "big") + data[at + 2 :]


def decoding_problem(data: bytes) -> str | None:
    """Why a picture cannot be decoded, or None: all of a JPEG 2000; of a JPEG its beginning, at an eighth of its size.

    The rest of a JPEG is for `jpeg_problem`, which finds more of what is wrong in it than a decoder, and much faster.
    """
    jpeg = data[:2] == b"\xff\xd8"
    ImageFile.LOAD_TRUNCATED_IMAGES = (
        False  # WeasyPrint, once imported, lets its whole process read half a picture
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(_beginning(data) if jpeg else data), formats=_FORMATS) as image:
                image.draft(None, (image.width // 8 or 1, image.height // 8 or 1))
                image.load()
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, struct.error) as error:
        return f"its picture data is broken ({type(error).__name__})"
    return None
