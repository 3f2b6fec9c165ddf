"""What grey stands for a colour: the weights of PDFium's own grey for red, green and blue, and PDFium asked for the rest.

Source: ISO 32000-2, 8.6 (colour spaces), 8.7.4.5 (shadings), 7.10.2 (sampled functions).
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

import pikepdf
import pypdfium2 as pdfium
from PIL import Image

PATCH_PT = 4
SHADES = 256
FIELD = 256
MOST_PIXELS = 60_000_000
DEVICE = {
    "/DeviceGray": 1,
    "/G": 1,
    "/CalGray": 1,
    "/DeviceRGB": 3,
    "/RGB": 3,
    "/CalRGB": 3,
    "/DeviceCMYK": 4,
    "/CMYK": 4,
}


class NotGrey(Exception):
    """A page has something that cannot be made grey by the rules here; the words say what."""


def family(space: pikepdf.Object) -> str:
    """A colour space's family, such as "/DeviceRGB" or "/Indexed"."""
    if isinstance(space, pikepdf.Array) and len(space):
        return str(space[0])
    return str(space) if isinstance(space, pikepdf.Name) else ""


def components(space: pikepdf.Object) -> int:
    """How many numbers make a colour; 0 where that is not plain (indexed, separations, patterns, Lab)."""
    name = family(space)
    if name == "/ICCBased":
        return int(space[1].get("/N", 0))
    return DEVICE.get(name, 0)


def luminance(red: float, green: float, blue: float) -> float:
    """The grey of a colour, each from 0 to 1. Source: ISO 32000-2, 10.4.2."""
    return min(1.0, max(0.0, round(0.30 * red + 0.59 * green + 0.11 * blue, 6)))


class Greys:
    """Greys of colours, shadings and pictures of one file; remembers what it has asked."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, tuple[float, ...]], float] = {}

    def of(self, space: pikepdf.Object, values: Sequence[float]) -> float:
        """The grey of one colour, from 0 (black) to 1.

        Raises:
            NotGrey: PDFium does not draw it.
        """
        count = components(space)
        if count == 1 and len(values) == 1:
            return min(1.0, max(0.0, values[0]))
        if count == 3 and len(values) == 3:
            return luminance(*values)
        key = (_key(space), tuple(values))
        if key not in self._known:
            self._known[key] = self.all(space, [values])[0]
        return self._known[key]

    def all(self, space: pikepdf.Object, colours: Sequence[Sequence[float]]) -> list[float]:
        """The greys of several colours of one space, in order.

        Raises:
            NotGrey: PDFium does not draw them.
        """
        lines = [
            f"{' '.join(f'{value:.6f}' for value in values)} sc {PATCH_PT * place} 0 {PATCH_PT} {PATCH_PT} re f"
            for place, values in enumerate(colours)
        ]
        content = "\n".join(["/C cs", *lines]).encode()
        width = PATCH_PT * len(colours)
        image = _drawn({"/ColorSpace": {"/C": space}}, content, width, PATCH_PT)
        middle = PATCH_PT // 2
        return [_value(image.getpixel((PATCH_PT * place + middle, middle))) for place in range(len(colours))]

    def shading(self, pdf: pikepdf.Pdf, shading: pikepdf.Object) -> pikepdf.Object:
        """The shading in grey.

        Raises:
            NotGrey: its colours stand in a mesh, or PDFium does not draw it.
        """
        kind = int(shading.get("/ShadingType", 0))
        if components(shading.ColorSpace) == 1:
            return shading
        if kind == 1:
            return self._field(pdf, shading)
        if kind not in (2, 3) or "/Function" not in shading:
            raise NotGrey("a blend of colours over a mesh")
        new = _copied(pdf, shading)
        first, last = (float(each) for each in shading.get("/Domain", [0, 1]))
        strip = pikepdf.Dictionary(
            ShadingType=2, ColorSpace=shading.ColorSpace, Function=shading.Function,
            Coords=pikepdf.Array([0, 0, SHADES, 0]), Domain=pikepdf.Array([_number(first), _number(last)]),
            Extend=pikepdf.Array([True, True]),
        )  # fmt: skip
        shades = _drawn({"/Shading": {"/S": strip}}, b"/S sh", SHADES, PATCH_PT)
        row = shades.crop((0, 1, SHADES, 2)).tobytes()
        new.Function = _sampled(pdf, row, [SHADES], [first, last])
        return self._finished(new, shading)

    def _field(self, pdf: pikepdf.Pdf, shading: pikepdf.Object) -> pikepdf.Object:
        """A shading whose colour is a function of the place (type 1), sampled over its domain."""
        left, right, low, high = (float(each) for each in shading.get("/Domain", [0, 1, 0, 1]))
        if not (right > left and high > low):
            raise NotGrey("a blend of colours that is not drawn")
        field = _copied(None, shading)
        matrix = (FIELD / (right - left), 0, 0, FIELD / (high - low))
        field.Matrix = pikepdf.Array(
            [*(_number(each) for each in matrix), _number(-left * matrix[0]), _number(-low * matrix[3])]
        )
        for key in ("/BBox", "/Background"):
            if key in field:
                del field[key]
        drawn = _drawn({"/Shading": {"/S": field}}, b"/S sh", FIELD, FIELD)
        rows = drawn.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes()
        new = _copied(pdf, shading)
        new.Function = _sampled(pdf, rows, [FIELD, FIELD], [left, right, low, high])
        return self._finished(new, shading)

    def _finished(self, new: pikepdf.Object, shading: pikepdf.Object) -> pikepdf.Object:
        new.ColorSpace = pikepdf.Name.DeviceGray
        if "/Background" in shading:
            values = [float(each) for each in shading.Background]
            new.Background = pikepdf.Array([_number(self.of(shading.ColorSpace, values))])
        return new

    def picture(self, image: pikepdf.Object) -> Image.Image:
        """A picture as PDFium shows it, in grey, pixel for pixel; its masks left out of account.

        Raises:
            NotGrey: it is too large, or PDFium does not draw it.
        """
        width, height = int(image.Width), int(image.Height)
        if width * height > MOST_PIXELS:
            raise NotGrey(f"a picture of more than {MOST_PIXELS // 1_000_000} million pixels")
        with pikepdf.new() as pdf:
            bare = pdf.copy_foreign(image) if image.is_indirect else image
            for key in ("/SMask", "/Mask", "/Intent"):
                if key in bare:
                    del bare[key]
            content = f"{width} 0 0 {height} 0 0 cm /I Do".encode()
            return _page(pdf, pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=bare)), content, width, height)


def _drawn(
    resources: dict[str, dict[str, pikepdf.Object]], content: bytes, width: int, height: int
) -> Image.Image:
    with pikepdf.new() as pdf:
        named = pikepdf.Dictionary()
        for category, entries in resources.items():
            named[category] = pikepdf.Dictionary()
            for name, value in entries.items():
                named[category][name] = _moved(pdf, value)
        return _page(pdf, named, content, width, height)


def _moved(pdf: pikepdf.Pdf, value: pikepdf.Object) -> pikepdf.Object:
    """A value with what it refers to, in another file."""
    if isinstance(value, pikepdf.Object) and value.is_indirect:
        return pdf.copy_foreign(value)
    if isinstance(value, pikepdf.Array):
        return pikepdf.Array([_moved(pdf, each) for each in value])
    if isinstance(value, pikepdf.Dictionary):
        return pikepdf.Dictionary({key: _moved(pdf, each) for key, each in value.items()})
    return value


def _page(
    pdf: pikepdf.Pdf, resources: pikepdf.Object, content: bytes, width: int, height: int
) -> Image.Image:
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=pikepdf.Array([0, 0, width, height]),
        Resources=resources,
        Contents=pikepdf.Stream(pdf, content),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    data = io.BytesIO()
    pdf.save(data)
    try:
        document = pdfium.PdfDocument(data.getvalue())
        try:
            bitmap = document[0].render(scale=1, grayscale=True, no_smoothpath=True, no_smoothimage=True)
            image: Image.Image = bitmap.to_pil().convert("L")
            return image.copy()
        finally:
            document.close()
    except pdfium.PdfiumError as problem:
        raise NotGrey("a colour that cannot be drawn by itself") from problem


def _sampled(
    pdf: pikepdf.Pdf, samples: bytes, size: Sequence[int], domain: Sequence[float]
) -> pikepdf.Object:
    function = pikepdf.Stream(pdf, samples)
    function.FunctionType, function.BitsPerSample = 0, 8
    function.Size = pikepdf.Array(list(size))
    function.Domain = pikepdf.Array([_number(each) for each in domain])
    function.Range = pikepdf.Array([0, 1])
    return pdf.make_indirect(function)


def _copied(pdf: pikepdf.Pdf | None, value: pikepdf.Object) -> pikepdf.Object:
    new = pikepdf.Dictionary(dict(value.items()))
    return new if pdf is None else pdf.make_indirect(new)


def _number(value: float) -> int | str | object:
    from bundles.convert.normalising.geometry import pdf_number

    return pdf_number(value)


def _value(pixel: object) -> float:
    assert isinstance(pixel, int)  # noqa: S101 - a grey picture has whole numbers
    return pixel / 255


def _key(space: pikepdf.Object) -> bytes:
    if isinstance(space, pikepdf.Array) and space.is_indirect:
        return repr(space.objgen).encode()
    return (
        space.unparse(resolved=False)
        if isinstance(space, pikepdf.Object)
        else zlib.compress(repr(space).encode())
    )
