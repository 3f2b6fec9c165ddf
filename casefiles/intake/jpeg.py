"""Is a JPEG there to its end? Decoders pad a cut one in grey without a word.

Source: ITU-T T.81, annex B.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, Jpeg2KImagePlugin, JpegImagePlugin

# Named through their modules: Pillow knows a format only once its module has been imported.
_FORMATS = (JpegImagePlugin.JpegImageFile.format, Jpeg2KImagePlugin.Jpeg2KImageFile.format)
_EOI, _SOS = 0xD9, 0xDA
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})


def jpeg_problem(data: bytes) -> str | None:
    """Why these bytes are no whole JPEG; None where they are. Entropy-coded data is not decoded."""
    if data[:2] != b"\xff\xd8":
        return "it does not begin like a JPEG"
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            return "its structure is broken"
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _WITHOUT_LENGTH:
            position += 2
        elif marker == _EOI:
            return "it ends before any picture data"
        elif marker == _SOS:
            # Within picture data 0xFF is always stuffed, so the first end marker is the end of the picture.
            return None if data.find(b"\xff\xd9", position) >= 0 else "its end is missing"
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return "it ends before any picture data"


def decoding_problem(data: bytes) -> str | None:
    """Decode (at an eighth of the size, where JPEG allows); why that fails, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                image.draft(None, (image.width // 8 or 1, image.height // 8 or 1))
                image.load()
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError) as error:
        return f"its picture data is broken ({type(error).__name__})"
    return None
