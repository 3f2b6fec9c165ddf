"""What a JPEG or PNG says about itself, read from its header only.

Source: Exif 2.32 §4.6.4 (Orientation, GPS); PNG (ISO/IEC 15948) clause 11.
"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_ORIENTATION = 0x0112
_GPS = 0x8825
_PNG_START = b"\x89PNG\r\n\x1a\n"
_XMP_GPS = (b"exif:GPS", b"Iptc4xmpExt:Location", b"photoshop:City")
MAX_PIXELS = 300_000_000
PILLOW_ERRORS = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error)
"""What Pillow raises for a picture that it cannot read."""


@dataclass(frozen=True)
class Orientation:
    """The Exif orientation, 1 to 8: how the stored picture is turned to be seen upright."""

    value: int

    @property
    def swaps_sides(self) -> bool:
        """Width and height change places."""
        return self.value >= 5

    def matrix(
        self, x: float, y: float, w: float, h: float
    ) -> tuple[float, float, float, float, float, float]:
        """The PDF matrix that paints the unit square upright into the box at x, y of w × h points."""
        return {
            1: (w, 0.0, 0.0, h, x, y),
            2: (-w, 0.0, 0.0, h, x + w, y),
            3: (-w, 0.0, 0.0, -h, x + w, y + h),
            4: (w, 0.0, 0.0, -h, x, y + h),
            5: (0.0, -h, -w, 0.0, x + w, y + h),
            6: (0.0, -h, w, 0.0, x, y + h),
            7: (0.0, h, w, 0.0, x, y),
            8: (0.0, h, -w, 0.0, x + w, y),
        }[self.value]


@dataclass(frozen=True)
class PictureFacts:
    """Size in stored pixels, how it is turned, how many frames, whether it tells a place.

    `plain_png`: a PNG that a PDF can hold as it is (no transparency, not interlaced). `photographic`: made with
    a lossy format, so that a redrawn copy may be one too.
    """

    width: int
    height: int
    orientation: Orientation
    frames: int
    has_location: bool
    plain_png: bool
    photographic: bool

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height in pixels as seen upright."""
        return (self.height, self.width) if self.orientation.swaps_sides else (self.width, self.height)


def examine(path: Path) -> PictureFacts:
    """The facts of one picture; its pixels are not decoded.

    Raises:
        PILLOW_ERRORS: Pillow cannot read its header.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of too many pixels: the caller decides
        with open_picture(path) as image:
            value, located = _exif(image)
            data = path.read_bytes()
            return PictureFacts(
                width=image.width,
                height=image.height,
                orientation=Orientation(value if isinstance(value, int) and value in range(1, 9) else 1),
                frames=int(getattr(image, "n_frames", 1)),
                has_location=located or any(mark in data for mark in _XMP_GPS),
                plain_png=image.format == "PNG" and _plain_png(image, data),
                photographic=image.format in {"JPEG", "MPO"},
            )


def tells_a_place(image: Image.Image, data: bytes) -> bool:
    """Whether the picture, whose file holds `data`, says where it was taken."""
    return _exif(image)[1] or any(mark in data for mark in _XMP_GPS)


def _exif(image: Image.Image) -> tuple[object, bool]:
    """The orientation as stored, and whether a place is; damaged Exif data says neither."""
    try:
        exif = image.getexif()
        return exif.get(_ORIENTATION, 1), bool(exif.get_ifd(_GPS))
    except PILLOW_ERRORS:
        return 1, False


def open_picture(path: Path) -> Image.Image:
    """Open without Pillow's own, lower pixel limit: whoever decodes compares with `MAX_PIXELS` first.

    Raises:
        OSError, SyntaxError, ValueError: Pillow cannot read its header.
    """
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    return Image.open(path, formats=("JPEG", "PNG"))


def whole_png(data: bytes) -> bytes:
    """The same bytes up to the end of the picture.

    Raises:
        ValueError: a chunk is cut off; decoders do not always say so.
    """
    position = len(_PNG_START)
    while data[position + 4 : position + 8] != b"IEND":
        position += 12 + int.from_bytes(data[position : position + 4], "big")
        if position + 12 > len(data):
            raise ValueError("it ends before the picture does")
    return data[: position + 12]


def _plain_png(image: Image.Image, data: bytes) -> bool:
    interlaced = data[28:29] != b"\0"
    transparent = "transparency" in image.info or image.mode in {"LA", "RGBA", "PA", "La", "RGBa"}
    return not interlaced and not transparent and int(getattr(image, "n_frames", 1)) == 1
