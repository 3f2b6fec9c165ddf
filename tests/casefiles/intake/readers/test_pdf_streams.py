from __future__ import annotations

import base64
import io
import random
import zlib
from dataclasses import replace

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name
from PIL import Image

from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.pdf_streams import Broken, Budget, TooMuch, stream_problem, unpacked

HOLDER = pikepdf.new()  # streams die with their document
NOISE = random.Random(1).randbytes(40_000)


def stream(data: bytes, *filters: str, **entries: object) -> pikepdf.Stream:
    one = pikepdf.Stream(HOLDER, b"")
    names = [Name("/" + name) for name in filters]
    one.write(data, filter=Array(names) if names else None)
    for key, value in entries.items():
        one[f"/{key}"] = value
    return one


def run_lengths(data: bytes) -> bytes:
    """Source: ISO 32000-1, 7.4.5; literal runs only."""
    runs = (data[at : at + 128] for at in range(0, len(data), 128))
    return b"".join(bytes([len(run) - 1]) + run for run in runs) + b"\x80"


def problem(one: pikepdf.Stream, **limits: int) -> str | None:
    return stream_problem(one, Budget(replace(FactsLimits(), **limits)))


@given(st.binary(min_size=1, max_size=5000), st.integers(0, 9))
def test_what_was_packed_is_unpacked(data: bytes, level: int) -> None:
    one = stream(zlib.compress(data, level), "FlateDecode")
    assert b"".join(unpacked(one, Budget(FactsLimits()))) == data


@given(st.integers(1, len(zlib.compress(NOISE)) - 5))
def test_a_packed_stream_cut_anywhere_is_broken(cut: int) -> None:
    assert problem(stream(zlib.compress(NOISE)[:cut], "FlateDecode")) is not None


def test_only_the_checksum_is_missing() -> None:
    assert problem(stream(zlib.compress(NOISE)[:-4], "FlateDecode")) is None


def test_a_flipped_bit_is_seen() -> None:
    packed = bytearray(zlib.compress(b"All work and no play " * 500))
    packed[60] ^= 4
    assert problem(stream(bytes(packed), "FlateDecode")) == "its data is broken"


@pytest.mark.parametrize(
    ("packed", "filters"),
    [
        (base64.a85encode(zlib.compress(NOISE)) + b"~>", ("ASCII85Decode", "FlateDecode")),
        (zlib.compress(NOISE).hex().encode() + b">", ("ASCIIHexDecode", "FlateDecode")),
        (zlib.compress(zlib.compress(NOISE)), ("FlateDecode", "FlateDecode")),
        (run_lengths(zlib.compress(NOISE)), ("RunLengthDecode", "FlateDecode")),
        (NOISE, ()),
    ],
)
def test_filters_in_a_row(packed: bytes, filters: tuple[str, ...]) -> None:
    assert b"".join(unpacked(stream(packed, *filters), Budget(FactsLimits()))) == NOISE
    if filters:
        assert problem(stream(packed[: len(packed) // 2], *filters)) is not None


def test_an_empty_packed_stream_is_an_empty_one() -> None:
    assert problem(stream(b"", "FlateDecode")) is None


def test_limits_are_named() -> None:
    bomb = zlib.compress(zlib.compress(bytes(64 << 20)))
    with pytest.raises(TooMuch, match="a part of it unpacks to more than 1 MiB"):
        problem(stream(bomb, "FlateDecode", "FlateDecode"), stream_bytes=1 << 20)
    with pytest.raises(TooMuch, match="it unpacks to more than 2 MiB"):
        problem(stream(bomb, "FlateDecode", "FlateDecode"), unpacked_bytes=2 << 20)
    with pytest.raises(TooMuch, match=r"more than 0\.5 million pixels"):
        problem(
            stream(b"", Subtype=Name.Image, Width=1000, Height=1000, ColorSpace=Name.DeviceGray),
            pixels=500_000,
        )


def image(data: bytes, *filters: str, **entries: object) -> pikepdf.Stream:
    return stream(data, *filters, Subtype=Name.Image, Width=40, Height=30, BitsPerComponent=8, **entries)


@pytest.mark.parametrize(
    ("space", "components"),
    [
        (Name.DeviceGray, 1),
        (Name.DeviceRGB, 3),
        (Name.DeviceCMYK, 4),
        (Array([Name.Indexed, Name.DeviceRGB, 1, b"abcdef"]), 1),
        (Array([Name.DeviceN, Array([Name.A, Name.B]), Name.DeviceCMYK, Name.None_]), 2),
    ],
)
def test_a_picture_has_all_its_rows(space: pikepdf.Object, components: int) -> None:
    full = 40 * 30 * components
    for size, good in ((full, True), (full - 40 * components, True), (full - 80 * components, False)):
        found = problem(image(zlib.compress(bytes(size)), "FlateDecode", ColorSpace=space))
        assert (found is None) is good, size


def test_predictor_bytes_count() -> None:
    parameters = Dictionary(Predictor=15, Columns=40, Colors=1)
    good = image(
        zlib.compress(bytes(41 * 30)), "FlateDecode", ColorSpace=Name.DeviceGray, DecodeParms=parameters
    )
    short = image(
        zlib.compress(bytes(41 * 20)), "FlateDecode", ColorSpace=Name.DeviceGray, DecodeParms=parameters
    )
    assert problem(good) is None
    assert problem(short) is not None


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "DCTDecode"), ("JPEG2000", "JPXDecode")])
@pytest.mark.parametrize("decoded_pixels", [0, 10**9])
def test_photos_are_there_to_their_end(kind: str, name: str, decoded_pixels: int) -> None:
    out = io.BytesIO()
    Image.frombytes("RGB", (40, 30), NOISE[: 40 * 30 * 3]).save(out, kind)
    data = out.getvalue()
    assert problem(image(data, name, ColorSpace=Name.DeviceRGB), decoded_pixels=decoded_pixels) is None
    cut = image(data[: len(data) * 2 // 3], name, ColorSpace=Name.DeviceRGB)
    assert problem(cut, decoded_pixels=decoded_pixels) is not None


def test_unpacking_a_cut_stream_raises() -> None:
    with pytest.raises(Broken, match="its end is missing"):
        list(unpacked(stream(zlib.compress(NOISE)[:100], "FlateDecode"), Budget(FactsLimits())))


def test_a_drawing_in_black_and_white_may_have_more_pixels() -> None:
    one = image(zlib.compress(bytes(5 * 30)), "FlateDecode", ColorSpace=Name.DeviceGray)
    one.BitsPerComponent = 1
    assert problem(one, pixels=200) is None
    with pytest.raises(TooMuch):
        problem(one, pixels=100)


def test_lost_bytes_of_a_photo_are_counted() -> None:
    out = io.BytesIO()
    Image.frombytes("RGB", (40, 30), NOISE[: 40 * 30 * 3]).save(out, "JPEG")
    source = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        one = pdf.make_stream(out.getvalue(), Subtype=Name.Image, Width=40, Height=30, Filter=Name.DCTDecode)
        pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=one))
        pdf.save(source)
    data = source.getvalue()
    at = data.index(out.getvalue()) + len(out.getvalue()) - 300
    with pikepdf.open(io.BytesIO(data[:at] + data[at + 200 :]), suppress_warnings=True) as pdf:
        assert "bytes of" in str(problem(pdf.pages[0].obj.Resources.XObject.I))
