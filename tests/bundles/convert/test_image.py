"""Photographs: upright, whole, in their colours, without what the camera added."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from bundles.convert.base import ConversionRequest, HeldError
from bundles.convert.image import draw
from bundles.convert.picture_pages import MARGIN_PT, place
from bundles.derived import Derived, StampBox
from casefiles.intake.kinds import Kind

MakeRequest = Callable[..., ConversionRequest]
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quarters(width: int = 400, height: int = 300) -> Image.Image:
    """Red top left, green top right, blue bottom left, black bottom right."""
    picture = Image.new("RGB", (width, height))
    for colour, corner in ((RED, (0, 0)), (GREEN, (width // 2, 0)), (BLUE, (0, height // 2))):
        picture.paste(colour, (*corner, corner[0] + width // 2, corner[1] + height // 2))
    return picture


def drawn(request_for: MakeRequest, path: Path, kind: Kind = Kind.JPEG) -> Derived:
    made = draw(request_for(path, kind))
    assert isinstance(made, Derived)
    return made


def rendered(made: Derived, scale: float = 1) -> Image.Image:
    return pypdfium2.PdfDocument(str(made.path))[0].render(scale=scale).to_pil().convert("RGB")


def inked(picture: Image.Image) -> tuple[int, int, int, int]:
    box = picture.point(lambda value: 255 - value).getbbox()
    assert box is not None
    return box


def close(one: tuple[int, ...], other: tuple[int, ...], by: int = 24) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def codes(made: Derived) -> list[str]:
    return [each.code for each in made.findings]


def embedded(made: Derived) -> list[pikepdf.PdfImage]:
    with pikepdf.open(made.path) as pdf:
        return [
            pikepdf.PdfImage(each).as_pil_image()  # type: ignore[misc]
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image" and "/SMask" not in each
        ]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_shown_upright(
    tmp_path: Path, request_for: MakeRequest, orientation: int
) -> None:
    upright = quarters()
    undo = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = upright if undo is None else upright.transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "p.jpg", exif=exif, quality=95)
    page = rendered(drawn(request_for, tmp_path / "p.jpg"))
    left, top, right, bottom = inked(page)
    assert (right - left) > (bottom - top)
    across, down = (right - left) // 4, (bottom - top) // 4
    assert close(page.getpixel((left + across, top + down)), RED)  # type: ignore[arg-type]
    assert close(page.getpixel((right - across, top + down)), GREEN)  # type: ignore[arg-type]
    assert close(page.getpixel((left + across, bottom - down)), BLUE)  # type: ignore[arg-type]
    assert close(page.getpixel((right - across, bottom - down)), (0, 0, 0))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(4032, 3024), (800, 600)])
def test_place_and_device_are_gone_from_the_copy(
    tmp_path: Path, request_for: MakeRequest, size: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0)})
    quarters(*size).save(tmp_path / "p.jpg", exif=exif, comment=b"SECRETCOMMENT")
    made = drawn(request_for, tmp_path / "p.jpg")
    assert "photo-location-removed" in codes(made)
    with pikepdf.open(made.path) as pdf:
        streams = [bytes(each.read_raw_bytes()) for each in pdf.objects if isinstance(each, pikepdf.Stream)]
    for data in (made.path.read_bytes(), *streams):
        assert b"SECRET" not in data
        assert b"Exif" not in data


def test_a_small_jpeg_is_embedded_bit_for_bit(tmp_path: Path, request_for: MakeRequest) -> None:
    quarters(800, 600).save(tmp_path / "p.jpg", quality=70)
    made = drawn(request_for, tmp_path / "p.jpg")
    with pikepdf.open(made.path) as pdf:
        (stream,) = [
            each
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]
        with (
            Image.open(io.BytesIO(stream.read_raw_bytes())) as inside,
            Image.open(tmp_path / "p.jpg") as original,
        ):
            assert inside.tobytes() == original.tobytes()
    assert codes(made) == []


def test_a_phone_photo_fills_the_page_at_300_dpi_and_keeps_clear_of_the_number(
    tmp_path: Path, request_for: MakeRequest, stamp: StampBox
) -> None:
    quarters(3024, 4032).save(tmp_path / "p.jpg")
    made = drawn(request_for, tmp_path / "p.jpg")
    (page,) = made.pages
    assert (page.width_pt, page.height_pt, page.reduced, page.blank) == (595.28, 841.89, False, False)
    left, _, right, bottom = inked(rendered(made))
    assert abs(left - MARGIN_PT) < 2
    assert abs(595.28 - right - MARGIN_PT) < 2
    assert 841.89 - bottom >= stamp.bottom_pt + stamp.height_pt
    (inside,) = embedded(made)
    dpi = inside.width / ((right - left) / 72)  # type: ignore[attr-defined]
    assert 290 < dpi < 310
    assert codes(made) == ["image-reduced"]


@given(st.integers(1, 30_000), st.integers(1, 30_000), st.floats(0, 60), st.floats(5, 40))
def test_a_picture_always_lies_within_the_margins(
    width: int, height: int, bottom: float, high: float
) -> None:
    stamp = StampBox(28, bottom, 70, high)
    at = place((width, height), stamp)
    assert at.x_pt >= MARGIN_PT - 0.01
    assert at.x_pt + at.width_pt <= at.page_width_pt - MARGIN_PT + 0.01
    assert at.y_pt >= bottom + high
    assert at.y_pt + at.height_pt <= at.page_height_pt - MARGIN_PT + 0.01
    assert at.width_pt / width == pytest.approx(at.height_pt / height)
    assert at.width_pt <= width * 0.75 + 0.01


def png(path: Path, picture: Image.Image, **options: object) -> Path:
    picture.save(path, "PNG", **options)
    return path


def test_png_modes_keep_their_colours(tmp_path: Path, request_for: MakeRequest) -> None:
    base = quarters()
    wide = Image.new("I;16", (400, 300), 0x8000)
    half_red = Image.new("RGBA", (400, 300), (255, 0, 0, 128))
    grey_alpha = Image.new("LA", (400, 300), (0, 128))
    palette = base.quantize(8)
    keyed = Image.new("P", (400, 300), 1)
    keyed.putpalette([0, 0, 0, 255, 0, 0])
    cases: dict[str, tuple[Image.Image, dict[str, object], tuple[int, int, int]]] = {
        "rgb": (base, {}, RED),
        "grey": (Image.new("L", (400, 300), 90), {}, (90, 90, 90)),
        "bits": (Image.new("1", (400, 300), 0), {}, (0, 0, 0)),
        "wide": (wide, {}, (128, 128, 128)),
        "alpha": (half_red, {}, (255, 127, 127)),
        "grey-alpha": (grey_alpha, {}, (127, 127, 127)),
        "palette": (palette, {}, RED),
        "keyed": (keyed, {"transparency": bytes([255, 128])}, (255, 127, 127)),
    }
    for name, (picture, options, colour) in cases.items():
        page = rendered(drawn(request_for, png(tmp_path / f"{name}.png", picture, **options), Kind.PNG))
        left, top, _, _ = inked(page)
        assert close(page.getpixel((left + 20, top + 20)), colour), name  # type: ignore[arg-type]


def interlaced_png() -> bytes:
    """8 × 8 grey, Adam7, value 77 everywhere. Source: PNG (ISO/IEC 15948) §8.2."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        (b"\0" + b"\x4d" * wide) * high
        for wide, high in ((1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4))
    )
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_an_interlaced_png_is_whole(tmp_path: Path, request_for: MakeRequest) -> None:
    (tmp_path / "i.png").write_bytes(interlaced_png())
    page = rendered(drawn(request_for, tmp_path / "i.png", Kind.PNG), scale=4)
    left, top, right, bottom = inked(page)
    assert abs((right - left) - (bottom - top)) <= 2
    assert close(page.getpixel(((left + right) // 2, (top + bottom) // 2)), (77, 77, 77))  # type: ignore[arg-type]


def test_a_cmyk_jpeg_keeps_its_colours(tmp_path: Path, request_for: MakeRequest) -> None:
    for size in ((400, 300), (4000, 3000)):
        path = tmp_path / f"{size[0]}.jpg"
        Image.new("CMYK", size, (0, 255, 255, 0)).save(path, quality=95)
        page = rendered(drawn(request_for, path))
        left, top, right, bottom = inked(page)
        red, green, blue = page.getpixel(((left + right) // 2, (top + bottom) // 2))  # type: ignore[misc]
        assert red > 200 and green < 80 and blue < 80


def test_words_in_png_chunks_do_not_reach_the_copy(tmp_path: Path, request_for: MakeRequest) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "SECRETAUTHOR")
    info.add_itxt("XML:com.adobe.xmp", "<exif:GPSLatitude>51,30N</exif:GPSLatitude>")
    made = drawn(request_for, png(tmp_path / "t.png", quarters(), pnginfo=info), Kind.PNG)
    assert b"SECRET" not in made.path.read_bytes()
    assert codes(made) == ["photo-location-removed"]


@pytest.mark.parametrize("form", ["MPO", "PNG"])
def test_only_the_first_of_several_frames_is_shown_and_said(
    tmp_path: Path, request_for: MakeRequest, form: str
) -> None:
    path = tmp_path / ("p.jpg" if form == "MPO" else "p.png")
    quarters().save(path, form, save_all=True, append_images=[Image.new("RGB", (400, 300), WHITE)])
    made = drawn(request_for, path, Kind.JPEG if form == "MPO" else Kind.PNG)
    assert codes(made) == ["image-first-frame-only"]
    page = rendered(made)
    left, top, _, _ = inked(page)
    assert close(page.getpixel((left + 20, top + 20)), RED)  # type: ignore[arg-type]
    (inside,) = embedded(made)
    assert (inside.width, inside.height) == (400, 300)  # type: ignore[attr-defined]


def test_a_cut_picture_is_held(tmp_path: Path, request_for: MakeRequest) -> None:
    noise = Image.frombytes("RGB", (600, 400), random.Random(1).randbytes(600 * 400 * 3))
    noise.save(tmp_path / "p.jpg")
    noise.save(tmp_path / "p.png")
    for name, kind, keep in (
        ("p.jpg", Kind.JPEG, 0.5), ("p.jpg", Kind.JPEG, 0.1), ("p.png", Kind.PNG, 0.99), ("p.png", Kind.PNG, 0.4),
    ):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
        with pytest.raises(HeldError) as held:
            draw(request_for(path, kind))
        assert [each.code for each in held.value.findings] == ["image-damaged"]


@pytest.mark.parametrize("side", [17_321, 30_000])
def test_more_than_three_hundred_million_pixels_are_held_undecoded(
    tmp_path: Path, request_for: MakeRequest, side: int
) -> None:
    data = bytearray(interlaced_png())
    data[16:24] = struct.pack(">II", side, side)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    (tmp_path / "big.png").write_bytes(data)
    with pytest.raises(HeldError) as held:
        draw(request_for(tmp_path / "big.png", Kind.PNG))
    assert [each.code for each in held.value.findings] == ["image-too-large"]
    assert "300 million" in held.value.findings[0].message


def test_same_picture_same_bytes(tmp_path: Path, request_for: MakeRequest) -> None:
    quarters(3000, 2000).save(tmp_path / "p.jpg")
    assert drawn(request_for, tmp_path / "p.jpg").sha256 == drawn(request_for, tmp_path / "p.jpg").sha256


@pytest.mark.parametrize("adobe", [True, False])
def test_inks_have_their_colours_with_and_without_adobes_mark(
    tmp_path: Path, request_for: MakeRequest, adobe: bool
) -> None:
    out = io.BytesIO()
    Image.new("CMYK", (80, 60), (230, 100, 155, 0)).save(out, "JPEG", quality=95)
    data = out.getvalue()
    mark = data.index(b"\xff\xee")
    if not adobe:
        data = data[:mark] + data[mark + 2 + int.from_bytes(data[mark + 2 : mark + 4], "big") :]
    (tmp_path / "inks.jpg").write_bytes(data)
    page = rendered(drawn(request_for, tmp_path / "inks.jpg"))
    red, green, blue = page.getpixel((page.width // 2, page.height // 2))  # type: ignore[misc]
    assert green > red + 40
    assert green > blue
