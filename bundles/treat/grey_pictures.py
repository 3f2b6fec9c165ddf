"""Pictures in a derived file, in grey: their masks stay, what is grey already stays as it is."""

from __future__ import annotations

import io

import pikepdf
from PIL import Image

from bundles.treat.grey_colours import Greys, NotGrey, components, family

QUALITY = 90
_LOSSY = frozenset({"/DCTDecode", "/JPXDecode"})
_KEPT = ("/SMask", "/Mask", "/Interpolate")


def grey_picture(
    pdf: pikepdf.Pdf, image: pikepdf.Object, space: pikepdf.Object | None, greys: Greys
) -> pikepdf.Object:
    """The picture in grey; itself where it has no colour. `space` is its colour space as its page resolves it.

    Raises:
        NotGrey: it is made see-through by its colours, or cannot be drawn by itself.
    """
    if bool(image.get("/ImageMask", False)) or (space is not None and _is_grey(space)):
        return image
    if space is not None and family(space) in {"/Indexed", "/I"}:
        return _with_grey_palette(pdf, image, space, greys)
    if isinstance(image.get("/Mask"), pikepdf.Array) or int(image.get("/SMaskInData", 0)):
        raise NotGrey("a picture that is see-through where it has a certain colour")
    mask = image.get("/SMask")
    if isinstance(mask, pikepdf.Stream) and "/Matte" in mask:
        raise NotGrey("a picture whose colours are mixed with its background")
    lossy = bool(_filters(image) & _LOSSY)
    made = _brightness_of_jpeg(image, space)
    if made is None:
        picture = greys.picture(image)
        made = (_jpeg(picture, None), True) if lossy else (picture.tobytes(), False)
    return _stream(pdf, image, *made)


def _is_grey(space: pikepdf.Object) -> bool:
    if family(space) in {"/Indexed", "/I"}:
        return components(space[1]) == 1
    return components(space) == 1


def _filters(image: pikepdf.Object) -> set[str]:
    filters = image.get("/Filter")
    return {str(each) for each in filters} if isinstance(filters, pikepdf.Array) else {str(filters)}


def _brightness_of_jpeg(image: pikepdf.Object, space: pikepdf.Object | None) -> tuple[bytes, bool] | None:
    """The brightness that a JPEG holds beside its colours, as a JPEG of the same fineness; None where it is another
    kind of file or says that its values mean something else."""
    if space is None or components(space) != 3 or _filters(image) != {"/DCTDecode"} or "/Decode" in image:
        return None
    try:
        with Image.open(io.BytesIO(image.read_raw_bytes())) as jpeg:
            if (
                jpeg.format != "JPEG"
                or jpeg.mode != "RGB"
                or jpeg.size != (int(image.Width), int(image.Height))
            ):
                return None
            tables = getattr(jpeg, "quantization", {})
            jpeg.draft("L", jpeg.size)
            jpeg.load()
            if jpeg.mode != "L":
                return None
            return _jpeg(jpeg, tables.get(0)), True
    except (OSError, ValueError, SyntaxError):
        return None


def _jpeg(picture: Image.Image, table: list[int] | None) -> bytes:
    data = io.BytesIO()
    plain = Image.frombytes("L", picture.size, picture.tobytes())
    if table is None:
        plain.save(data, "JPEG", quality=QUALITY, optimize=True)
    else:
        plain.save(data, "JPEG", qtables=[table], optimize=True)
    return data.getvalue()


def _stream(pdf: pikepdf.Pdf, image: pikepdf.Object, data: bytes, is_jpeg: bool) -> pikepdf.Object:
    new = pikepdf.Stream(pdf, data)
    new.Type, new.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    new.Width, new.Height = image.Width, image.Height
    new.ColorSpace, new.BitsPerComponent = pikepdf.Name.DeviceGray, 8
    if is_jpeg:
        new.Filter = pikepdf.Name.DCTDecode
    for key in _KEPT:
        if key in image:
            new[key] = image[key]
    return pdf.make_indirect(new)


def _with_grey_palette(
    pdf: pikepdf.Pdf, image: pikepdf.Object, space: pikepdf.Object, greys: Greys
) -> pikepdf.Object:
    base, lookup = space[1], space[3]
    table = lookup.read_bytes() if isinstance(lookup, pikepdf.Stream) else bytes(lookup)
    count = components(base)
    if count not in (3, 4):
        raise NotGrey("a picture with a palette of mixed inks")
    rows = [table[at : at + count] for at in range(0, len(table) - count + 1, count)]
    colours = [[value / 255 for value in row] for row in rows]
    shades = [greys.of(base, colour) for colour in colours] if count == 3 else greys.all(base, colours)
    new = pikepdf.Stream(pdf, image.read_raw_bytes())
    for key, value in image.items():
        if key not in {"/Length", "/ColorSpace"}:
            new[key] = value
    new.ColorSpace = pikepdf.Array(
        [
            pikepdf.Name.Indexed,
            pikepdf.Name.DeviceGray,
            len(rows) - 1,
            pikepdf.String(bytes(round(255 * each) for each in shades)),
        ]
    )
    return pdf.make_indirect(new)
