"""Grey: every way to colour a page, text kept as text; what cannot be made grey stays whole and is named."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, ImageStat

from bundles.treat.grey import apply
from bundles.treat.grey_colours import Greys
from bundles.treatment import Treatment
from casefiles.hashing import sha256_file

GREY = Treatment(grey=True)
SIDE = 200


def photo(mode: str = "RGB", side: int = 64) -> Image.Image:
    bands = [Image.linear_gradient("L").resize((side, side)).rotate(90 * turn) for turn in range(len(mode))]
    return Image.merge(mode, bands)


def jpeg(image: Image.Image, **how: object) -> bytes:
    data = io.BytesIO()
    image.save(data, "JPEG", **how)
    return data.getvalue()


def tint(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """From one ink to cyan, magenta, yellow and black."""
    return Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[0, 1, 0.9, 0], N=1)


def rainbow() -> pikepdf.Object:
    return Dictionary(FunctionType=2, Domain=[0, 1], C0=[1, 0, 0], C1=[0, 0.4, 1], N=1)


def stream(pdf: pikepdf.Pdf, data: bytes, **keys: object) -> pikepdf.Object:
    made = pikepdf.Stream(pdf, data)
    for key, value in keys.items():
        made[f"/{key}"] = value
    return pdf.make_indirect(made)


def picture(pdf: pikepdf.Pdf, data: bytes, space: object, side: int = 64, **keys: object) -> pikepdf.Object:
    return stream(
        pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=side, Height=side, ColorSpace=space,
        BitsPerComponent=8, **keys,
    )  # fmt: skip


def write(path: Path, *pages: tuple[str, Callable[[pikepdf.Pdf], Dictionary]]) -> Path:
    """Pages of 200 points: their content after a line of text, and what makes their resources."""
    with pikepdf.new() as pdf:
        for content, resources in pages:
            named = resources(pdf)
            fonts = named.get("/Font", Dictionary())
            fonts["/T"] = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
            named["/Font"] = fonts
            text = "BT 0.8 0 0 rg /T 12 Tf 20 180 Td (Coloured words) Tj ET\n"
            page = Dictionary(
                Type=Name.Page, MediaBox=Array([0, 0, SIDE, SIDE]), Resources=named,
                Contents=pdf.make_stream((text + content).encode()),
            )  # fmt: skip
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(path)
    return path


def shown(path: Path, index: int = 0, *, grey: bool = False) -> Image.Image:
    document = pypdfium2.PdfDocument(path)
    bitmap = document[index].render(scale=1, grayscale=grey)
    return bitmap.to_pil().convert("L" if grey else "RGB").copy()


def is_coloured(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return any(ImageChops.difference(*pair).getextrema()[1] > 3 for pair in ((red, green), (green, blue)))


def nothing(_pdf: pikepdf.Pdf) -> Dictionary:
    return Dictionary()


def spaces(pdf: pikepdf.Pdf) -> Dictionary:
    lab = Dictionary(WhitePoint=[0.9505, 1, 1.089], Range=[-100, 100, -100, 100])
    return Dictionary(
        ColorSpace=Dictionary(
            S=Array([Name.Separation, Name("/Spot#20red"), Name.DeviceCMYK, tint(pdf)]),
            L=Array([Name.Lab, lab]),
            I=Array([Name.Indexed, Name.DeviceRGB, 1, pikepdf.String(b"\xff\x00\x00\x00\xff\x00")]),
            R=Array([Name.CalRGB, Dictionary(WhitePoint=[0.9505, 1, 1.089])]),
        )
    )


def shading(**keys: object) -> Callable[[pikepdf.Pdf], Dictionary]:
    return lambda _pdf: Dictionary(
        Shading=Dictionary(S=Dictionary(ColorSpace=Name.DeviceRGB, **{**keys}))  # type: ignore[arg-type]
    )


def field(pdf: pikepdf.Pdf) -> Dictionary:
    samples = bytes(value for y in range(8) for x in range(8) for value in (x * 36, y * 36, 200))
    function = stream(
        pdf, samples, FunctionType=0, Domain=Array([0, 200, 0, 100]), Range=Array([0, 1, 0, 1, 0, 1]),
        Size=Array([8, 8]), BitsPerSample=8,
    )  # fmt: skip
    made = Dictionary(
        ShadingType=1, ColorSpace=Name.DeviceRGB, Domain=Array([0, 200, 0, 100]), Function=function
    )
    return Dictionary(Shading=Dictionary(S=made))


def tile(paint: int, data: bytes) -> Callable[[pikepdf.Pdf], Dictionary]:
    def make(pdf: pikepdf.Pdf) -> Dictionary:
        pattern = stream(
            pdf, data, Type=Name.Pattern, PatternType=1, PaintType=paint, TilingType=1, BBox=Array([0, 0, 20, 20]),
            XStep=20, YStep=20, Resources=Dictionary(),
        )  # fmt: skip
        return Dictionary(
            Pattern=Dictionary(P=pattern), ColorSpace=Dictionary(U=Array([Name.Pattern, Name.DeviceRGB]))
        )

    return make


def blend_pattern(_pdf: pikepdf.Pdf) -> Dictionary:
    blend = Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB, Function=rainbow(), Coords=[0, 0, 200, 0])
    return Dictionary(Pattern=Dictionary(P=Dictionary(PatternType=2, Shading=blend)))


def image(space: object, mode: str, **keys: object) -> Callable[[pikepdf.Pdf], Dictionary]:
    def make(pdf: pikepdf.Pdf) -> Dictionary:
        return Dictionary(XObject=Dictionary(I=picture(pdf, photo(mode).tobytes(), space, **keys)))

    return make


def photograph(mode: str, space: object, **how: object) -> Callable[[pikepdf.Pdf], Dictionary]:
    def make(pdf: pikepdf.Pdf) -> Dictionary:
        made = picture(pdf, jpeg(photo(mode), **how), space, Filter=Name.DCTDecode)
        return Dictionary(XObject=Dictionary(I=made))

    return make


def palette(pdf: pikepdf.Pdf) -> Dictionary:
    small = photo().quantize(16)
    colours = bytes(small.getpalette()[: 16 * 3])  # type: ignore[index]
    space = Array([Name.Indexed, Name.DeviceRGB, 15, pikepdf.String(colours)])
    data = zlib.compress(small.tobytes())
    made = picture(pdf, data, space, Filter=Name.FlateDecode, Mask=Array([3, 3]))
    return Dictionary(XObject=Dictionary(I=made))


def masked(pdf: pikepdf.Pdf) -> Dictionary:
    mask = picture(pdf, Image.linear_gradient("L").resize((64, 64)).tobytes(), Name.DeviceGray)
    return Dictionary(XObject=Dictionary(I=picture(pdf, photo().tobytes(), Name.DeviceRGB, SMask=mask)))


def nested(pdf: pikepdf.Pdf) -> Dictionary:
    inner = stream(
        pdf, b"1 0 0 rg 0 0 50 50 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 50, 50]),
        Resources=Dictionary(), Group=Dictionary(S=Name.Transparency, CS=Name.DeviceRGB),
    )  # fmt: skip
    mask = stream(
        pdf, b"0 0.6 0 rg 0 0 200 100 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 200, 200]),
        Resources=Dictionary(), Group=Dictionary(S=Name.Transparency, CS=Name.DeviceRGB),
    )  # fmt: skip
    soft = Dictionary(SMask=Dictionary(S=Name.Luminosity, G=mask, BC=Array([0, 0, 0])))
    return Dictionary(XObject=Dictionary(I=inner), ExtGState=Dictionary(G=soft))


def letters(pdf: pikepdf.Pdf) -> Dictionary:
    letter = stream(pdf, b"600 0 d0 0 0.7 0.9 rg 0 0 500 700 re f")
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type3, FontBBox=[0, 0, 600, 700], FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
        CharProcs=Dictionary(a=letter), Encoding=Dictionary(Differences=Array([97, Name.a])), FirstChar=97,
        LastChar=97, Widths=[600], Resources=Dictionary(),
    )  # fmt: skip
    return Dictionary(Font=Dictionary(F=pdf.make_indirect(font)))


IMAGE = "q 120 0 0 100 20 20 cm /I Do Q"
INLINE = "q 100 0 0 100 20 20 cm BI /W 2 /H 1 /CS /RGB /BPC 8 /F /AHx ID ff000000ff00> EI Q"
WAYS = {
    "rgb": ("1 0.5 0 rg 20 20 50 50 re f 0 0 1 RG 5 w 90 20 50 50 re S", nothing),
    "cmyk": ("0 1 0.9 0.1 k 20 20 50 50 re f 0.7 0 0 0 K 5 w 90 20 50 50 re S", nothing),
    "separation": ("/S cs 20 20 50 50 re f 0.4 scn 80 20 50 50 re f /S CS 0.9 SCN 5 w 140 20 40 40 re S", spaces),
    "lab": ("/L cs 60 70 20 sc 20 20 50 50 re f", spaces),
    "indexed": ("/I cs 20 20 50 50 re f 1 sc 80 20 50 50 re f", spaces),
    "calibrated": ("/R cs 0.9 0.2 0.1 sc q 20 20 50 50 re f Q 80 20 50 50 re f", spaces),
    "axial": ("q 20 20 150 100 re W n /S sh Q", shading(ShadingType=2, Function=rainbow(), Coords=[0, 0, 200, 0], Extend=[True, False])),
    "radial": ("/S sh", shading(ShadingType=3, Function=rainbow(), Coords=[100, 80, 5, 100, 80, 70], Domain=[0, 1])),
    "field": ("/S sh", field),
    "tiles": ("/Pattern cs /P scn 0 0 200 100 re f", tile(1, b"1 0 0 rg 0 0 10 10 re f 0 0 1 rg 10 10 10 10 re f")),
    "blend in a pattern": ("/Pattern cs /P scn 0 0 200 100 re f", blend_pattern),
    "picture": (IMAGE, image(Name.DeviceRGB, "RGB")),
    "picture in inks": (IMAGE, image(Name.DeviceCMYK, "CMYK")),
    "photograph": (IMAGE, photograph("RGB", Name.DeviceRGB, quality=80)),
    "photograph in inks": (IMAGE, photograph("CMYK", Name.DeviceCMYK)),
    "palette": (IMAGE, palette),
    "masked": (IMAGE, masked),
    "inline": (INLINE, nothing),
    "nested": ("/I Do q /G gs 1 0 1 rg 100 0 90 90 re f Q", nested),
    "letters": ("BT /F 60 Tf 20 60 Td (aaa) Tj ET", letters),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_colour_a_page(tmp_path: Path, prepared: Callable[..., tuple], way: str) -> None:
    request, whole = prepared(write(tmp_path / "page.pdf", WAYS[way]), GREY)
    assert is_coloured(shown(whole.path)), "the test begins with colour"
    made = apply(request, whole)
    assert made.findings == whole.findings
    assert made.choice == "in grey"
    assert not is_coloured(shown(made.path))
    difference = ImageChops.difference(shown(whole.path, grey=True), shown(made.path, grey=True))
    assert ImageStat.Stat(difference).mean[0] < 1.5
    assert "Coloured words" in pypdf.PdfReader(made.path).pages[0].extract_text()
    assert made.sha256 == sha256_file(made.path) == apply(request, whole).sha256
    assert made.pages == whole.pages


def test_a_photograph_keeps_the_brightness_that_it_holds(
    tmp_path: Path, prepared: Callable[..., tuple]
) -> None:
    path = write(tmp_path / "page.pdf", WAYS["photograph"])
    request, whole = prepared(path, GREY)
    made = apply(request, whole)
    with pikepdf.open(path) as before, pikepdf.open(made.path) as after:
        old = Image.open(io.BytesIO(before.pages[0].Resources.XObject.I.read_raw_bytes()))
        form = after.pages[0].Resources.XObject.P
        new = Image.open(io.BytesIO(form.Resources.XObject.I.read_raw_bytes()))
    assert new.mode == "L"
    assert new.quantization[0] == old.quantization[0], "as fine as it was"
    old.draft("L", old.size)
    assert max(ImageChops.difference(old.convert("L"), new).getextrema()) <= 4


def test_what_is_grey_already_stays_byte_for_byte(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    def scan(pdf: pikepdf.Pdf) -> Dictionary:
        bits = bytes(random.Random(7).randbytes(64 * 8))
        made = picture(pdf, bits, Name.DeviceGray)
        made.BitsPerComponent = 1
        return Dictionary(XObject=Dictionary(I=made))

    path = write(tmp_path / "scan.pdf", (IMAGE, scan))
    request, whole = prepared(path, GREY)
    made = apply(request, whole)
    with pikepdf.open(path) as before, pikepdf.open(made.path) as after:
        old = before.pages[0].Resources.XObject.I
        new = after.pages[0].Resources.XObject.P.Resources.XObject.I
        assert old.read_bytes() == new.read_bytes()
        assert new.BitsPerComponent == 1


def mesh(pdf: pikepdf.Pdf) -> Dictionary:
    corner = b"\x00" + b"%c%c" + b"%c%c%c"
    data = b"".join(corner % each for each in ((0, 0, 255, 0, 0), (255, 0, 0, 255, 0), (128, 255, 0, 0, 255)))
    made = stream(
        pdf, data, ShadingType=4, ColorSpace=Name.DeviceRGB, BitsPerCoordinate=8, BitsPerComponent=8,
        BitsPerFlag=8, Decode=Array([0, 200, 0, 100, 0, 1, 0, 1, 0, 1]),
    )  # fmt: skip
    return Dictionary(Shading=Dictionary(S=made))


def hue(pdf: pikepdf.Pdf) -> Dictionary:
    return Dictionary(ExtGState=Dictionary(G=Dictionary(BM=Name.Difference)))


LEFT = {
    "mesh": (("/S sh", mesh), "a blend of colours over a mesh"),
    "colour key": ((IMAGE, image(Name.DeviceRGB, "RGB", Mask=Array([0, 20, 0, 20, 0, 20]))), "see-through"),
    "stencil": (
        ("/U cs 1 0 0 /P scn 0 0 200 100 re f", tile(2, b"0 0 10 10 re f")),
        "a pattern that is given its colour each time",
    ),
    "difference": (
        ("1 0 0 rg 0 0 200 150 re f /G gs 0 1 0 rg 20 20 150 100 re f", hue), "a way of mixing colours"
    ),
    "not a number": (("(one) 0 0 rg 0 0 50 50 re f 1 0 0 rg 60 0 50 50 re f", nothing), "not as a PDF says"),
}  # fmt: skip


@pytest.mark.parametrize("way", LEFT)
def test_what_cannot_be_grey_stays_as_it_is_and_is_named(
    tmp_path: Path, prepared: Callable[..., tuple], way: str
) -> None:
    page, why = LEFT[way]
    request, whole = prepared(write(tmp_path / "page.pdf", WAYS["rgb"], page, WAYS["photograph"]), GREY)
    made = apply(request, whole)
    assert made.choice == "in grey but for page 2"
    (finding,) = (each for each in made.findings if each.code == "page-not-grey")
    assert finding.message.startswith("page 2 of those bound stays in colour: ")
    assert why in finding.message
    assert [is_coloured(shown(made.path, index)) for index in range(3)] == [False, True, False]
    difference = ImageChops.difference(shown(whole.path, 1), shown(made.path, 1))
    assert not any(high for _, high in difference.getextrema())


def test_a_form_that_two_pages_share_stays_coloured_on_the_one_that_must(
    tmp_path: Path, prepared: Callable[..., tuple]
) -> None:
    path = tmp_path / "shared.pdf"
    with pikepdf.new() as pdf:
        shared = nested(pdf).XObject.I
        for content, more in (("/I Do", Dictionary()), ("/I Do q 100 100 50 50 re W n /S sh Q", mesh(pdf))):
            more.XObject = Dictionary(I=shared)
            page = Dictionary(
                Type=Name.Page, MediaBox=Array([0, 0, SIDE, SIDE]), Resources=more,
                Contents=pdf.make_stream(content.encode()),
            )  # fmt: skip
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(path)
    request, whole = prepared(path, GREY)
    made = apply(request, whole)
    assert not is_coloured(shown(made.path, 0))
    assert shown(made.path, 1).getpixel((25, 175)) == (255, 0, 0)


def test_a_file_all_of_which_stays_coloured_says_so(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    request, whole = prepared(write(tmp_path / "page.pdf", LEFT["mesh"][0]), GREY)
    assert apply(request, whole).choice == "in colour"


def test_drawings_nested_in_themselves_end(tmp_path: Path, prepared: Callable[..., tuple]) -> None:
    path = tmp_path / "deep.pdf"
    with pikepdf.new() as pdf:
        inner = nested(pdf).XObject.I
        for _ in range(60):
            inner = stream(
                pdf, b"/I Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 50, 50]),
                Resources=Dictionary(XObject=Dictionary(I=inner)),
            )  # fmt: skip
        page = Dictionary(
            Type=Name.Page, MediaBox=Array([0, 0, SIDE, SIDE]), Contents=pdf.make_stream(b"/I Do"),
            Resources=Dictionary(XObject=Dictionary(I=inner)),
        )  # fmt: skip
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(path)
    request, whole = prepared(path, GREY)
    made = apply(request, whole)
    assert made.choice == "in colour"
    (finding,) = made.findings
    assert "nested too deeply" in finding.message
    assert shown(made.path).tobytes() == shown(whole.path).tobytes()


def test_greys_are_those_of_the_renderer() -> None:
    greys = Greys()
    assert greys.of(Name.DeviceRGB, (1, 1, 1)) == 1
    assert greys.of(Name.DeviceRGB, (1, 0, 0)) == pytest.approx(0.30)
    assert greys.of(Name.DeviceGray, (0.4,)) == 0.4
    assert greys.of(Name.DeviceCMYK, (0, 0, 0, 0)) == 1
    assert 0 <= greys.of(Name.DeviceCMYK, (0, 0, 0, 1)) < 0.2
