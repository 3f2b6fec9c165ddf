"""A photo's own small picture that shows something else than the photo is reported; an ordinary one is not."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance

from casefiles.intake.facts import read_facts
from casefiles.intake.kinds import detect
from casefiles.intake.readers.thumbnail import shows_something_else


def scene() -> Image.Image:
    image = Image.new("RGB", (800, 600), "lightblue")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 380, 800, 600), fill="darkgreen")
    pen.ellipse((60, 120, 260, 500), fill="orange")
    pen.rectangle((600, 60, 700, 560), fill="black")
    return image


def jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def photo(image: Image.Image, small: bytes) -> bytes:
    """A JPEG with a thumbnail as cameras write it: two directories, the second with the small picture's place."""
    start = 8 + 2 + 4 + 2 + 2 * 12 + 4
    first = struct.pack("<HI", 0, 14)
    second = struct.pack("<HHHII", 2, 0x0201, 4, 1, start) + struct.pack(
        "<HHIII", 0x0202, 4, 1, len(small), 0
    )
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8) + first + second + small
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def small_of(image: Image.Image, size: tuple[int, int] = (160, 120)) -> bytes:
    return jpeg(image.resize(size))


def with_bars(image: Image.Image) -> bytes:
    bars = Image.new("RGB", (160, 120))
    bars.paste(image.resize((160, 90)), (0, 15))
    return jpeg(bars)


WIDE = scene().resize((1600, 900))
LIKE = {
    "as cameras write it": (scene(), small_of(scene())),
    "of a wide photo, with bars": (WIDE, with_bars(WIDE)),
    "of a photo that was turned": (scene().transpose(Image.Transpose.ROTATE_90), small_of(scene())),
    "of a photo that was made brighter": (ImageEnhance.Brightness(scene()).enhance(1.3), small_of(scene())),
    "of one colour": (Image.new("RGB", (80, 60), "teal"), small_of(Image.new("RGB", (80, 60), "teal"))),
    "broken": (scene(), b"\xff\xd8rubbish"),
    "none": (scene(), b""),
}
UNLIKE = {
    "cut to another shape": (scene().crop((0, 0, 300, 600)), small_of(scene())),
    "cut to a part of the same shape": (scene().crop((20, 80, 340, 320)), small_of(scene())),
    "another photo": (scene(), small_of(scene().transpose(Image.Transpose.FLIP_LEFT_RIGHT))),
    "painted over": (Image.new("RGB", (800, 600), "black"), small_of(scene())),
}


def codes(tmp_path: Path, data: bytes) -> list[str]:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    return [one.code for one in read_facts(path, detect(path), tmp_path).findings]


@pytest.mark.parametrize("case", LIKE)
def test_an_ordinary_photo_says_nothing(tmp_path: Path, case: str) -> None:
    assert "image-thumbnail-differs" not in codes(tmp_path, photo(*LIKE[case]))


@pytest.mark.parametrize("case", UNLIKE)
def test_a_small_picture_of_something_else_is_reported(tmp_path: Path, case: str) -> None:
    assert "image-thumbnail-differs" in codes(tmp_path, photo(*UNLIKE[case]))


@given(st.binary(max_size=60), st.integers(0, 120))
def test_any_details_are_read(change: bytes, at: int) -> None:
    data = photo(scene().resize((40, 30)), small_of(scene(), (16, 12)))
    broken = data[: 30 + at] + change + data[30 + at + len(change) :]
    try:
        image = Image.open(io.BytesIO(broken), formats=("JPEG",))
        shows_something_else(image)
    except (OSError, SyntaxError, ValueError):
        return
