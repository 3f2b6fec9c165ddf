from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from casefiles.intake.readers.jpeg import decoding_problem, jpeg_problem


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


def scanned(**how: object) -> tuple[bytes, int]:
    """A picture with much data, and where its last scan's data begins."""
    out = io.BytesIO()
    Image.effect_noise((400, 300), 90).save(out, "JPEG", **how)
    data = out.getvalue()
    return data, data.rindex(b"\xff\xda") + 40


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"restart_marker_rows": 1}], ids=str)
@given(number=st.integers(0, 10**9))
def test_a_marker_where_none_can_be_shows_what_a_decoder_passes_over(
    how: dict[str, object], number: int
) -> None:
    data, begin = scanned(**how)
    assert jpeg_problem(data) is None and decoding_problem(data) is None
    place = begin + number % (len(data) - begin - 10)
    broken = data[:place] + b"\x11\xff\x07\x11" + data[place + 4 :]
    assert jpeg_problem(broken) == "its picture data is broken"


@pytest.mark.parametrize("cut", [1, 2, 3, 50, 1000])
def test_an_end_that_is_gone_is_found_in_every_kind(cut: int) -> None:
    for how in ({}, {"progressive": True}, {"restart_marker_rows": 1}):
        data, _ = scanned(**how)
        assert jpeg_problem(data[:-cut]) == "its end is missing"


def test_a_table_that_is_broken_is_found_by_decoding_the_beginning() -> None:
    data, begin = scanned()
    table = data.index(b"\xff\xc4")
    assert decoding_problem(data[: table + 5] + b"\xff" * 16 + data[table + 21 :]) is not None
    assert decoding_problem(data[:begin] + bytes(len(data) - begin)) is None, "its data is for jpeg_problem"
