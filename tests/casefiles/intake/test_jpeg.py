from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from casefiles.intake.jpeg import decoding_problem, jpeg_problem


def photo(thumbnail: bytes = b"") -> bytes:
    out = io.BytesIO()
    Image.effect_noise((40, 30), 90).save(out, "JPEG", exif=b"Exif\0\0" + thumbnail)
    return out.getvalue()


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_photo() -> None:
    whole = photo(photo())
    assert whole.count(b"\xff\xd9") == 2
    assert jpeg_problem(whole) is None
    assert jpeg_problem(whole[:-2]) == "its end is missing"
    assert decoding_problem(whole) is None
    assert decoding_problem(whole[:900]) is not None


@given(st.binary(max_size=400))
def test_random_bytes_are_no_jpeg(data: bytes) -> None:
    assert jpeg_problem(b"\xff\xd8" + data.replace(b"\xff\xda", b"")) is not None
    assert decoding_problem(data) is not None
