"""The small picture that a camera puts into a photo's details: it may still show what was cut out of the photo.

The bound copy carries none of it. Source: Exif 3.0, 4.5.5 and 4.6.8 (the thumbnail and where it lies).
"""

from __future__ import annotations

import io
import struct

from PIL import ExifTags, Image, ImageChops, ImageStat

_OFFSET, _LENGTH = 0x0201, 0x0202
_EXIF_START = 6
_SIDE = 32
_LIKE = 0.6
_EVEN = 4.0
_SHAPE_SLACK = 0.04
_MAX_PIXELS = 4_000_000
_ERRORS = (OSError, SyntaxError, ValueError, struct.error, EOFError, IndexError, KeyError, TypeError)


def shows_something_else(image: Image.Image) -> bool:
    """Whether a photo's own small picture is not the photo made small. False where there is none, or it is broken.

    Raises:
        OSError: the photo itself cannot be decoded.
    """
    small = thumbnail_of(image)
    if small is None:
        return False
    image.draft("L", (_SIDE * 4, _SIDE * 4))
    return not _alike(image.convert("L"), small)


def thumbnail_of(image: Image.Image) -> Image.Image | None:
    """The small picture in the details, in grey; None where there is none that can be read."""
    raw = image.info.get("exif", b"")
    try:
        where = image.getexif().get_ifd(ExifTags.IFD.IFD1)
        start, length = int(where[_OFFSET]) + _EXIF_START, int(where[_LENGTH])
        with Image.open(io.BytesIO(raw[start : start + length]), formats=("JPEG",)) as small:
            if small.width * small.height > _MAX_PIXELS:
                return None
            return small.convert("L")
    except _ERRORS:
        return None


def _alike(photo: Image.Image, small: Image.Image) -> bool:
    """The photo as it is or turned, and the small picture as it is or without bars above and below or beside."""
    turned = (photo, *(photo.transpose(Image.Transpose(way)) for way in (2, 3, 4)))
    return any(_correlation(each, part) >= _LIKE for each in turned for part in _parts(small, each))


def _parts(small: Image.Image, photo: Image.Image) -> list[Image.Image]:
    """The whole, and what remains where cameras have filled it up to a shape of their own."""
    shape, own = photo.width / photo.height, small.width / small.height
    parts = [small] if abs(shape / own - 1) < _SHAPE_SLACK else []
    if shape > own:
        height = round(small.width / shape)
        top = (small.height - height) // 2
        bars = (small.crop((0, 0, small.width, max(1, top))),)
        parts += [small.crop((0, top, small.width, top + max(1, height)))] if _even(bars) else []
    elif shape < own:
        width = round(small.height * shape)
        left = (small.width - width) // 2
        bars = (small.crop((0, 0, max(1, left), small.height)),)
        parts += [small.crop((left, 0, left + max(1, width), small.height))] if _even(bars) else []
    return parts


def _even(bars: tuple[Image.Image, ...]) -> bool:
    return all(ImageStat.Stat(bar).stddev[0] < 12 for bar in bars)


def _correlation(first: Image.Image, second: Image.Image) -> float:
    """How alike two pictures are, from -1 to 1, whatever their brightness; 1 where both are even."""
    one, two = (each.resize((_SIDE, _SIDE), Image.Resampling.BOX) for each in (first, second))
    deviations = [ImageStat.Stat(each).stddev[0] for each in (one, two)]
    if max(deviations) < _EVEN:
        return 1.0 if ImageStat.Stat(ImageChops.difference(one, two)).mean[0] < 40 else 0.0
    if min(deviations) < 0.5:
        return 0.0
    means = [ImageStat.Stat(each).mean[0] for each in (one, two)]
    pairs = zip(one.tobytes(), two.tobytes(), strict=True)
    covariance = sum((left - means[0]) * (right - means[1]) for left, right in pairs) / _SIDE**2
    return covariance / (deviations[0] * deviations[1])
