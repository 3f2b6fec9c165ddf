"""Pictures are reduced as they are drawn; what must stay as it is does."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw

from bundles.treat.resolution import is_finer, reduce_pictures

INCH = 72


def scan(size=(1240, 1754), mode="RGB"):
    """Paper with grain and small print, as a scanner gives it."""
    page = Image.effect_noise(size, 14).point(lambda value: min(255, value + 100)).convert(mode)
    for line in range(40):
        ImageDraw.Draw(page).text((80, 60 + 40 * line), f"Line {line}: absent, £60", fill=0, font_size=24)
    return page


def jpeg(image, quality=90, **more):
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, **more)
    return stream.getvalue()


def make(path: Path, data: bytes, draw=b"q 372 0 0 526 0 0 cm /I Do Q", **entries):
    """One page in the derived shape whose form draws the picture `/I`."""
    with pikepdf.new() as pdf:
        stream = pdf.make_stream(data)
        values = {
            "Type": Name.XObject, "Subtype": Name.Image, "Width": 1240, "Height": 1754, "BitsPerComponent": 8,
            "ColorSpace": Name.DeviceRGB, "Filter": Name.DCTDecode, **entries,
        }  # fmt: skip
        for key, value in values.items():
            if callable(value):
                stream[f"/{key}"] = value(pdf)
            elif value is not None:
                stream[f"/{key}"] = value
        form = pdf.make_stream(draw)
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 595, 842])
        form.Resources = Dictionary(XObject=Dictionary(I=stream))
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, 595, 842]),
            Contents=pdf.make_stream(b"/P Do"),
            Resources=Dictionary(XObject=Dictionary(P=form)),
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(path, compress_streams=False)
    return path


def picture(pdf):
    return pdf.pages[0].obj.Resources.XObject.P.Resources.XObject.I


def test_a_jpeg_stays_a_jpeg_of_so_many_dots_as_it_is_drawn(tmp_path):
    source = make(tmp_path / "a.pdf", jpeg(scan()))  # 1240 pixels on 372 pt: 240 dots an inch
    assert is_finer(source, 150)
    assert not is_finer(source, 240)
    assert reduce_pictures(source, tmp_path / "b.pdf", 150) == 1
    with pikepdf.open(tmp_path / "b.pdf") as pdf:
        made = picture(pdf)
        assert (int(made.Width), int(made.Height)) == (775, 1096)
        with Image.open(io.BytesIO(made.read_raw_bytes())) as image:
            assert (image.format, image.size) == ("JPEG", (775, 1096))
        assert made.Width / (372 / INCH) >= 150
    assert (tmp_path / "b.pdf").stat().st_size < source.stat().st_size


def test_the_same_file_gives_the_same_bytes(tmp_path):
    source = make(tmp_path / "a.pdf", jpeg(scan()))
    for name in ("b.pdf", "c.pdf"):
        reduce_pictures(source, tmp_path / name, 150)
    assert (tmp_path / "b.pdf").read_bytes() == (tmp_path / "c.pdf").read_bytes()


def test_what_is_stored_without_loss_stays_so(tmp_path):
    image = scan(mode="L")
    source = make(tmp_path / "a.pdf", image.tobytes(), Filter=None, ColorSpace=Name.DeviceGray)
    with pikepdf.open(source) as pdf:
        pdf.save(tmp_path / "flate.pdf", compress_streams=True)
    assert reduce_pictures(tmp_path / "flate.pdf", tmp_path / "b.pdf", 150) == 1
    with pikepdf.open(tmp_path / "b.pdf") as pdf:
        wanted = image.resize((775, 1096), Image.Resampling.LANCZOS)
        assert picture(pdf).read_bytes() == wanted.tobytes()


def test_a_mask_is_reduced_with_its_picture(tmp_path):
    mask = Image.linear_gradient("L").resize((1240, 1754)).tobytes()

    def masked(pdf):
        return pdf.make_stream(
            mask, Type=Name.XObject, Subtype=Name.Image, Width=1240, Height=1754, BitsPerComponent=8,
            ColorSpace=Name.DeviceGray,
        )  # fmt: skip

    source = make(tmp_path / "a.pdf", jpeg(scan()), SMask=masked)
    with pikepdf.open(source) as pdf:
        pdf.save(tmp_path / "flate.pdf", compress_streams=True)
    reduce_pictures(tmp_path / "flate.pdf", tmp_path / "b.pdf", 150)
    with pikepdf.open(tmp_path / "b.pdf") as pdf:
        made = picture(pdf).SMask
        assert (int(made.Width), int(made.Height)) in {(775, 1096), (1240, 1754)}
        assert len(made.read_bytes()) == int(made.Width) * int(made.Height)


@pytest.mark.parametrize(
    "entries",
    [
        {"BitsPerComponent": 1, "ColorSpace": Name.DeviceGray, "Filter": None},
        {"ColorSpace": Array([Name.Indexed, Name.DeviceRGB, 1, pikepdf.String(b"\0\0\0\xff\xff\xff")])},
        {"ColorSpace": Name.DeviceCMYK},
        {"Filter": Name.JPXDecode},
        {"Filter": Array([Name.FlateDecode, Name.DCTDecode])},
        {"ImageMask": True},
        {"Decode": Array([1, 0, 1, 0, 1, 0])},
        {"Mask": Array([0, 3, 0, 3, 0, 3])},
        {"Width": 0},
    ],
)
def test_what_is_not_a_plain_picture_stays_as_it_is(tmp_path, entries):
    source = make(tmp_path / "a.pdf", jpeg(scan()), **entries)
    assert reduce_pictures(source, tmp_path / "b.pdf", 150) == 0
    assert not (tmp_path / "b.pdf").exists()


@pytest.mark.parametrize("data", [b"no jpeg at all", jpeg(scan())[:5000], jpeg(scan((100, 100)))])
def test_a_damaged_picture_stays_as_it_is(tmp_path, data):
    assert reduce_pictures(make(tmp_path / "a.pdf", data), tmp_path / "b.pdf", 150) == 0


def test_the_largest_drawing_counts(tmp_path):
    draw = (
        b"q 40 0 0 60 500 700 cm /I Do Q q 0 526 -372 0 400 0 cm /I Do Q"  # a thumbnail, and the page turned
    )
    source = make(tmp_path / "a.pdf", jpeg(scan()), draw)
    assert is_finer(source, 150)
    reduce_pictures(source, tmp_path / "b.pdf", 150)
    with pikepdf.open(tmp_path / "b.pdf") as pdf:
        assert int(picture(pdf).Width) == 1096


def test_a_picture_that_a_pattern_draws_too_stays_as_it_is(tmp_path):
    source = make(tmp_path / "a.pdf", jpeg(scan()))
    with pikepdf.open(source) as pdf:
        resources = pdf.pages[0].obj.Resources.XObject.P.Resources
        pattern = pdf.make_stream(b"/I Do", Type=Name.Pattern, PatternType=1)
        pattern.Resources = Dictionary(XObject=Dictionary(I=picture(pdf)))
        resources.Pattern = Dictionary(A=pattern)
        pdf.save(tmp_path / "p.pdf")
    assert reduce_pictures(tmp_path / "p.pdf", tmp_path / "b.pdf", 150) == 0


def test_forms_that_draw_each_other_without_end_are_left_alone(tmp_path):
    source = make(tmp_path / "a.pdf", jpeg(scan()))
    with pikepdf.open(source) as pdf:
        form = pdf.pages[0].obj.Resources.XObject.P
        form.Resources.XObject.F = form
        form.write(b"/F Do /F Do /I Do")
        pdf.save(tmp_path / "p.pdf")
    assert reduce_pictures(tmp_path / "p.pdf", tmp_path / "b.pdf", 150) == 0
    assert not is_finer(tmp_path / "p.pdf", 150)
