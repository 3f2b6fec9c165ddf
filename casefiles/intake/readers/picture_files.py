"""Opening pictures of every format that is read or drawn, and the frames that a file of several holds.

Source: TIFF 6.0, section 8 (NewSubfileType); HEIF (ISO/IEC 23008-12).
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from casefiles.intake.kinds import Kind

if TYPE_CHECKING:
    from PIL import Image

FORMATS: dict[Kind, tuple[str, ...]] = {
    Kind.JPEG: ("JPEG",),  # an MPO opens as one
    Kind.PNG: ("PNG",),
    Kind.TIFF: ("TIFF",),
    Kind.GIF: ("GIF",),
    Kind.BMP: ("BMP",),
    Kind.WEBP: ("WEBP",),
    Kind.AVIF: ("AVIF",),
}
"""Pillow's names. HEIC is not among them: a library of its own reads it."""
EVERY_FRAME = frozenset({Kind.TIFF, Kind.HEIC})
"""Kinds whose frames are pages or pictures of their own; the frames of others are one picture that moves."""
PICTURE_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, RuntimeError, struct.error
)  # fmt: skip
"""What the libraries raise for a picture that they cannot read."""
_SUBFILE_TYPE = 254
_XMP = ("xmp", "XML:com.adobe.xmp")
_PREVIEW_OR_MASK = 0b101


def open_picture(data: bytes, kind: Kind) -> Image.Image:
    """The picture with nothing decoded; whoever decodes asks for its size in pixels first.

    Raises:
        PICTURE_ERRORS: its header cannot be read, or it is of another kind.
    """
    from PIL import Image, ImageFile

    ImageFile.LOAD_TRUNCATED_IMAGES = (
        False  # WeasyPrint, once imported, lets its whole process read half a picture
    )
    Image.MAX_IMAGE_PIXELS = None  # ours is asked instead
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _heic(data) if kind is Kind.HEIC else Image.open(io.BytesIO(data), formats=FORMATS[kind])
    for key in _XMP:  # Pillow would turn the picture by what stands there, as no viewer does
        image.info.pop(key, None)
    return image


def _heic(data: bytes) -> Image.Image:
    import pi_heif

    image: Image.Image = pi_heif.HeifImageFile(io.BytesIO(data))
    return image


def frames(image: Image.Image, kind: Kind, most: int) -> Iterator[int]:
    """Turn the picture to each frame that is shown, in order, at most `most`, and give its number (0-based).

    Previews and masks that a TIFF holds beside its pages are passed over, and only the first frame of what moves is
    shown.

    Raises:
        PICTURE_ERRORS: a frame cannot be found.
    """
    last = min(int(getattr(image, "n_frames", 1)), most) if kind in EVERY_FRAME else 1
    for number in range(last):
        image.seek(number)
        if number == 0 or not _is_extra(image, kind):
            yield number


def extras(image: Image.Image, kind: Kind, most: int) -> int:
    """How many previews and masks `frames` passes over."""
    if kind is not Kind.TIFF:
        return 0
    count = min(int(getattr(image, "n_frames", 1)), most)
    return count - sum(1 for _number in frames(image, kind, most))


def _is_extra(image: Image.Image, kind: Kind) -> bool:
    if kind is not Kind.TIFF:
        return False
    found = getattr(image, "tag_v2", {}).get(_SUBFILE_TYPE, 0)
    return isinstance(found, int) and bool(found & _PREVIEW_OR_MASK)
