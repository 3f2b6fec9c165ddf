"""A bare picture decodes to the same pixels and carries nothing else."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from bundles.convert.jpeg_segments import NotJpeg, bare_picture, segments


def jpeg(mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    picture = Image.linear_gradient("L").resize((97, 61)).convert(mode)
    picture.save(out, "JPEG", **options)
    return out.getvalue()


def with_extras(data: bytes) -> bytes:
    def segment(marker: int, payload: bytes) -> bytes:
        return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload

    extras = (
        segment(0xE1, b"Exif\0\0SECRET-EXIF") + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0SECRET-XMP")
        + segment(0xED, b"Photoshop 3.0\0SECRET-IPTC") + segment(0xFE, b"SECRET-COMMENT")
        + segment(0xE0, b"JFXX\0\x10SECRET-PREVIEW") + segment(0xE2, b"MPF\0SECRET-MPF") + b"\xff\xff"
        + segment(0xEF, b"SECRET-APP15")
    )  # fmt: skip
    return data[:2] + extras + data[2:] + b"SECRET-TRAILER" + data


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}, {"comment": b"SECRET-C"}]
)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_same_pixels_and_nothing_else(mode: str, options: dict[str, object]) -> None:
    data = jpeg(mode, **options)
    bare = bare_picture(with_extras(data))
    assert b"SECRET" not in bare
    assert bare.count(b"\xff\xd8\xff") == 1
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(bare)) as after:
        assert before.mode == after.mode
        assert before.tobytes() == after.tobytes()


def test_colour_profile_and_adobe_segment_stay() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with Image.open(io.BytesIO(bare_picture(jpeg("RGB", icc_profile=profile)))) as kept:
        assert kept.info["icc_profile"] == profile
    assert any(segment.marker == 0xEE for segment in segments(bare_picture(jpeg("CMYK"))))


@given(st.integers(min_value=0))
@settings(max_examples=60)
def test_a_cut_jpeg_is_refused_wherever_it_is_cut(cut: int) -> None:
    data = jpeg()
    with pytest.raises(NotJpeg):
        bare_picture(data[: cut % len(data)])


@given(st.binary(max_size=400))
def test_rubbish_is_refused_not_crashed_on(data: bytes) -> None:
    with pytest.raises(NotJpeg):
        bare_picture(b"\xff\xd8" + data.replace(b"\xff\xd9", b""))
