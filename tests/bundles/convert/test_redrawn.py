"""TIFF, GIF, BMP, WebP, HEIC and AVIF: every picture shown, upright, square, without what a camera added."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, TiffImagePlugin

from bundles.convert.base import ConversionRequest, HeldError
from bundles.convert.redrawn import draw
from bundles.derived import Derived
from casefiles.intake.kinds import Kind

MakeRequest = Callable[..., ConversionRequest]
RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)
CORNERS = (RED, GREEN, BLUE, BLACK)
FILES = Path(__file__).parent / "files"


def quarters(width: int = 400, height: int = 300) -> Image.Image:
    """Red top left, green top right, blue bottom left, black bottom right."""
    picture = Image.new("RGB", (width, height))
    for colour, corner in ((RED, (0, 0)), (GREEN, (width // 2, 0)), (BLUE, (0, height // 2))):
        picture.paste(colour, (*corner, corner[0] + width // 2, corner[1] + height // 2))
    return picture


def saved(path: Path, picture: Image.Image, form: str, **options: object) -> Path:
    picture.save(path, form, **options)
    return path


def drawn(request_for: MakeRequest, path: Path, kind: Kind) -> Derived:
    made = draw(request_for(path, kind))
    assert isinstance(made, Derived)
    return made


def pages(made: Derived, scale: float = 1) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(str(made.path))
    return [page.render(scale=scale).to_pil().convert("RGB") for page in document]


def box(page: Image.Image) -> tuple[int, int, int, int]:
    found = page.point(lambda value: 255 - value).getbbox()
    assert found is not None
    return found


def corners(page: Image.Image) -> list[tuple[int, ...]]:
    """The colours a quarter of the way in from each corner of what is drawn."""
    left, top, right, bottom = box(page)
    width, height = right - left, bottom - top
    spots = [(left + x * width // 4, top + y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [page.getpixel(spot) for spot in spots]  # type: ignore[misc]


def like(found: list[tuple[int, ...]], by: int = 40) -> bool:
    return all(
        abs(a - b) <= by
        for one, wanted in zip(found, CORNERS, strict=True)
        for a, b in zip(one, wanted, strict=True)
    )


def codes(made: Derived) -> list[str]:
    return [each.code for each in made.findings]


@pytest.mark.parametrize(
    ("form", "kind", "options"),
    [
        ("TIFF", Kind.TIFF, {}), ("TIFF", Kind.TIFF, {"compression": "tiff_lzw"}),
        ("TIFF", Kind.TIFF, {"compression": "jpeg"}), ("TIFF", Kind.TIFF, {"compression": "tiff_deflate"}),
        ("GIF", Kind.GIF, {}), ("BMP", Kind.BMP, {}), ("WEBP", Kind.WEBP, {}),
        ("WEBP", Kind.WEBP, {"lossless": True}), ("AVIF", Kind.AVIF, {}),
    ],
)  # fmt: skip
def test_one_picture_is_one_page(
    tmp_path: Path, request_for: MakeRequest, form: str, kind: Kind, options: dict[str, object]
) -> None:
    made = drawn(request_for, saved(tmp_path / "p", quarters(), form, **options), kind)
    (page,) = pages(made)
    assert like(corners(page))
    assert codes(made) == []


def test_every_page_of_a_tiff_is_drawn_in_order_and_its_previews_are_not(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    sides = [200, 300, 400, 500]
    with TiffImagePlugin.AppendingTiffWriter(str(tmp_path / "scan.tif"), new=True) as out:
        for side in sides:
            info = TiffImagePlugin.ImageFileDirectory_v2()
            info[254] = 1 if side == 300 else 2
            Image.new("RGB", (side, 100), RED).save(out, "TIFF", tiffinfo=info)
            out.newFrame()
    made = drawn(request_for, tmp_path / "scan.tif", Kind.TIFF)
    widths = [box(page)[2] - box(page)[0] for page in pages(made)]
    assert [round(width / 0.75, -1) for width in widths] == [200, 400, 500]
    assert codes(made) == ["image-previews-left-out"]


def test_a_fax_is_not_squashed(tmp_path: Path, request_for: MakeRequest) -> None:
    lines = Image.new("1", (400, 200), 1)
    lines.paste(0, (0, 0, 400, 200))
    path = saved(tmp_path / "fax.tif", lines, "TIFF", compression="group4", dpi=(204, 98))
    (page,) = pages(drawn(request_for, path, Kind.TIFF))
    left, top, right, bottom = box(page)
    assert (right - left) / (bottom - top) == pytest.approx(400 / (200 * 204 / 98), rel=0.02)


@pytest.mark.parametrize(("form", "kind"), [("TIFF", Kind.TIFF), ("WEBP", Kind.WEBP), ("AVIF", Kind.AVIF)])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_picture_is_shown_upright(
    tmp_path: Path, request_for: MakeRequest, form: str, kind: Kind, orientation: int
) -> None:
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    upright = quarters()
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = drawn(request_for, saved(tmp_path / "p", stored, form, exif=exif), kind)
    (page,) = pages(made)
    left, top, right, bottom = box(page)
    assert right - left > bottom - top
    assert like(corners(page))


@pytest.mark.parametrize(("form", "kind"), [("WEBP", Kind.WEBP), ("AVIF", Kind.AVIF), ("TIFF", Kind.TIFF)])
def test_what_only_xmp_says_turns_nothing(
    tmp_path: Path, request_for: MakeRequest, form: str, kind: Kind
) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="3"/></x:xmpmeta>'
    if form == "TIFF":
        info = TiffImagePlugin.ImageFileDirectory_v2()
        info[700] = xmp
        options: dict[str, object] = {"tiffinfo": info}
    else:
        options = {"xmp": xmp}
    path = saved(tmp_path / "p", quarters(), form, **options)
    assert xmp in path.read_bytes()
    assert like(corners(pages(drawn(request_for, path, kind))[0]))


def placed(form: str) -> dict[str, object]:
    """How Pillow is told of a place and a camera."""
    gps = {1: "N", 2: (51.0, 30.0, 12.0)}
    if form == "TIFF":
        info = TiffImagePlugin.ImageFileDirectory_v2()
        info[0x010F], info[0x8825] = "Canary Camera", gps
        return {"tiffinfo": info}
    exif = Image.Exif()
    exif[0x010F] = "Canary Camera"
    exif.get_ifd(0x8825).update(gps)
    return {"exif": exif}


@pytest.mark.parametrize(("form", "kind"), [("WEBP", Kind.WEBP), ("AVIF", Kind.AVIF), ("TIFF", Kind.TIFF)])
def test_where_it_was_taken_is_told_and_gone(
    tmp_path: Path, request_for: MakeRequest, form: str, kind: Kind
) -> None:
    made = drawn(request_for, saved(tmp_path / "p", quarters(), form, **placed(form)), kind)
    assert codes(made) == ["photo-location-removed"]
    with pikepdf.open(made.path) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Stream):
                assert b"Canary" not in each.read_raw_bytes()


def test_every_picture_of_a_heic_is_a_page(request_for: MakeRequest) -> None:
    """Made with heif-enc of two pictures, the second upside down."""
    first, second = pages(drawn(request_for, FILES / "two-pictures.heic", Kind.HEIC))
    assert like(corners(first))
    assert like(corners(second.transpose(Image.Transpose.ROTATE_180)))


def test_a_place_in_a_heic_is_told_and_gone(request_for: MakeRequest) -> None:
    """Made with heif-enc of a JPEG that says where it was taken."""
    made = drawn(request_for, FILES / "with-place.heic", Kind.HEIC)
    assert codes(made) == ["photo-location-removed"]
    assert b"Canary" in (FILES / "with-place.heic").read_bytes()
    with pikepdf.open(made.path) as pdf:
        streams = [each for each in pdf.objects if isinstance(each, pikepdf.Stream)]
        assert streams
        assert not any(b"Canary" in each.read_raw_bytes() for each in streams)


@pytest.mark.parametrize("part", [0.2, 0.6, 0.9])
def test_a_cut_heic_is_held(tmp_path: Path, request_for: MakeRequest, part: float) -> None:
    data = (FILES / "two-pictures.heic").read_bytes()
    (tmp_path / "cut.heic").write_bytes(data[: int(len(data) * part)])
    with pytest.raises(HeldError, match="cannot be read"):
        draw(request_for(tmp_path / "cut.heic", Kind.HEIC))


@pytest.mark.parametrize(("form", "kind"), [("GIF", Kind.GIF), ("WEBP", Kind.WEBP), ("AVIF", Kind.AVIF)])
def test_what_moves_shows_its_first_picture_and_says_so(
    tmp_path: Path, request_for: MakeRequest, form: str, kind: Kind
) -> None:
    more = [quarters().transpose(Image.Transpose.ROTATE_180)] * 2
    path = saved(tmp_path / "p", quarters(), form, save_all=True, append_images=more, duration=100)
    made = drawn(request_for, path, kind)
    assert like(corners(pages(made)[0]))
    assert len(pages(made)) == 1
    assert codes(made) == ["image-first-frame-only"]


def test_a_large_picture_is_brought_to_300_dots_an_inch(tmp_path: Path, request_for: MakeRequest) -> None:
    made = drawn(request_for, saved(tmp_path / "p.bmp", quarters(4000, 3000), "BMP"), Kind.BMP)
    assert codes(made) == ["image-reduced"]
    with pikepdf.open(made.path) as pdf:
        images = [
            each
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]
        assert max(int(each.Width) for each in images) <= 3400
    assert like(corners(pages(made)[0]))


def test_what_is_not_lossy_stays_so(tmp_path: Path, request_for: MakeRequest) -> None:
    noise = Image.frombytes("RGB", (300, 200), random.Random(3).randbytes(300 * 200 * 3))
    made = drawn(request_for, saved(tmp_path / "p.tif", noise, "TIFF", compression="tiff_lzw"), Kind.TIFF)
    with pikepdf.open(made.path) as pdf:
        images = [
            each
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]
        assert pikepdf.PdfImage(images[0]).as_pil_image().convert("RGB").tobytes() == noise.tobytes()


@pytest.mark.parametrize(
    ("form", "kind", "options"),
    [
        ("TIFF", Kind.TIFF, {"compression": "tiff_lzw"}), ("TIFF", Kind.TIFF, {"compression": "jpeg"}),
        ("GIF", Kind.GIF, {}), ("BMP", Kind.BMP, {}), ("WEBP", Kind.WEBP, {}), ("AVIF", Kind.AVIF, {}),
    ],
)  # fmt: skip
def test_a_cut_picture_is_held(
    tmp_path: Path, request_for: MakeRequest, form: str, kind: Kind, options: dict[str, object]
) -> None:
    out = io.BytesIO()
    Image.frombytes("RGB", (300, 200), random.Random(3).randbytes(300 * 200 * 3)).save(out, form, **options)
    for part in (0.05, 0.5, 0.97):
        (tmp_path / "cut").write_bytes(out.getvalue()[: int(len(out.getvalue()) * part)])
        with pytest.raises(HeldError, match="cannot be read"):
            draw(request_for(tmp_path / "cut", kind))


def test_a_damaged_page_of_several_is_named(tmp_path: Path, request_for: MakeRequest) -> None:
    noise = Image.frombytes("RGB", (300, 200), random.Random(3).randbytes(300 * 200 * 3))
    out = io.BytesIO()
    noise.save(out, "TIFF", save_all=True, append_images=[noise, noise], compression="tiff_deflate")
    data = bytearray(out.getvalue())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    (tmp_path / "p.tif").write_bytes(data)
    with pytest.raises(HeldError, match="picture 2 is damaged"):
        draw(request_for(tmp_path / "p.tif", Kind.TIFF))


def test_more_pixels_than_are_drawn_are_held(tmp_path: Path, request_for: MakeRequest) -> None:
    saved(tmp_path / "p.tif", Image.new("1", (20_000, 15_100)), "TIFF", compression="group4")
    with pytest.raises(HeldError, match="300 million"):
        draw(request_for(tmp_path / "p.tif", Kind.TIFF))
