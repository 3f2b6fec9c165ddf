"""Pictures of a derived file reduced to so many dots an inch, as they are drawn on the page.

Only grey and colour pictures of eight bits that are finer than that are touched: a JPEG stays a JPEG, what was stored
without loss stays so. Black-and-white scans (fax text), pictures with a palette, four-colour pictures and JPEG 2000
stay as they are, and so do text and line drawings. A picture that would not become smaller stays as well.

Source: ISO 32000-2, 7.4 (filters), 8.9.5 (image dictionaries), 11.6.5.2 (soft-mask images).
"""

from __future__ import annotations

import io
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name
from PIL import Image, JpegImagePlugin

from bundles.convert.base import ConversionRequest
from bundles.convert.picture_facts import MAX_PIXELS
from bundles.derived import Derived
from bundles.treat.drawn_pictures import DrawnPictures, Key, TooMuch, drawn_pictures
from casefiles.findings import Severity
from casefiles.hashing import sha256_file

QUALITY = 80
"""The quality at which a reduced JPEG is stored, on the scale of libjpeg."""
SPARE = 1.1
"""A picture that is only a tenth finer than asked for stays: redrawing it would cost more than it saves."""
_BROKEN = (pikepdf.PdfError, TooMuch, OSError, ValueError, SyntaxError, Image.DecompressionBombError)
_STRANGE = ("/ImageMask", "/Decode", "/Alternates", "/SMaskInData", "/OPI", "/OC")


def apply(request: ConversionRequest, derived: Derived) -> Derived:
    """The derived file with no picture finer than the treatment asks for; itself where there is none."""
    dpi = request.treatment.dpi
    if not dpi:
        return derived
    output = request.scratch / f"{derived.path.stem}-{dpi}.pdf"
    count = reduce_pictures(derived.path, output, dpi)
    if not count:
        return derived
    what = "1 picture is" if count == 1 else f"{count} pictures are"
    finding = request.finding(
        "pictures-reduced",
        Severity.NOTE,
        f"{what} shown at {dpi} dots an inch, so that the bundle is small enough for the court",
        "the original has them finer",
    )
    return replace(derived, path=output, sha256=sha256_file(output), findings=(*derived.findings, finding))


def is_finer(path: Path, dpi: int) -> bool:
    """Whether a derived file has pictures that `reduce_pictures` would try to make smaller."""
    try:
        with pikepdf.open(path) as pdf:
            return any(True for _ in _too_fine(pdf, drawn_pictures(pdf), dpi))
    except _BROKEN:
        return False


def reduce_pictures(source: Path, output: Path, dpi: int) -> int:
    """Write `source` to `output` with pictures of at most `dpi` dots an inch; how many were reduced.

    Nothing is written where none was, or where that would not make the file smaller. The same file gives the same
    bytes.

    Raises:
        OSError: the output cannot be written.
    """
    count = 0
    with pikepdf.open(source) as pdf:
        try:
            found = list(_too_fine(pdf, drawn_pictures(pdf), dpi))
        except _BROKEN:
            return 0  # what is drawn how large cannot be told: everything stays as it is
        masks = Counter(each.picture.SMask.objgen for each in found if "/SMask" in each.picture)
        for each in found:
            count += _reduced(each.picture, each.size)
            mask = each.picture.get("/SMask")
            if isinstance(mask, pikepdf.Stream) and masks[mask.objgen] == 1 and _is_plain(mask):
                width, height = int(mask.Width), int(mask.Height)
                size = min(width, each.size[0]), min(height, each.size[1])
                if size != (width, height):
                    _reduced(mask, size)
        if count:
            pdf.save(
                output,
                deterministic_id=True,
                force_version="1.7",
                fix_metadata_version=False,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
            )
    return count if count and output.stat().st_size < source.stat().st_size else 0


@dataclass(frozen=True)
class _TooFine:
    """A picture and the pixels that it is to have."""

    picture: pikepdf.Stream
    size: tuple[int, int]


def _too_fine(pdf: pikepdf.Pdf, drawn: DrawnPictures, dpi: int) -> Iterator[_TooFine]:
    for key in drawn.sizes:
        picture, wanted = _picture(pdf, key), drawn.pixels(key, dpi)
        if picture is None or wanted is None or not _is_plain(picture):
            continue
        mask = picture.get("/SMask")
        if mask is not None and (not isinstance(mask, pikepdf.Stream) or "/Matte" in mask):
            continue  # the colours were multiplied with the mask: both must keep their pixels
        width, height = int(picture.Width), int(picture.Height)
        size = (
            wanted[0] if width > wanted[0] * SPARE else width,
            wanted[1] if height > wanted[1] * SPARE else height,
        )
        if size != (width, height):
            yield _TooFine(picture, size)


def _picture(pdf: pikepdf.Pdf, key: Key) -> pikepdf.Stream | None:
    found = pdf.get_object(key)
    return found if isinstance(found, pikepdf.Stream) else None


def _is_plain(picture: pikepdf.Stream) -> bool:
    """Whether it is of a kind that is redrawn: eight bits, grey or three colours, a JPEG or stored without loss."""
    if any(key in picture for key in _STRANGE) or picture.get("/BitsPerComponent") != 8:
        return False
    if isinstance(picture.get("/Mask"), pikepdf.Array) or not _channels(picture):
        return False
    sides = [picture.get(side) for side in ("/Width", "/Height")]
    if not all(isinstance(side, int) and side > 0 for side in sides):
        return False
    coding, parameters = _coding(picture), picture.get("/DecodeParms")
    return coding == "/FlateDecode" or (coding == "/DCTDecode" and parameters is None)


def _coding(picture: pikepdf.Stream) -> str:
    coding = picture.get("/Filter")
    if isinstance(coding, pikepdf.Array):
        return str(coding[0]) if len(coding) == 1 else ""
    return str(coding)


def _channels(picture: pikepdf.Stream) -> int:
    """1 for grey, 3 for colours, 0 for what is left alone."""
    space = picture.get("/ColorSpace")
    if isinstance(space, pikepdf.Name):
        return {"/DeviceGray": 1, "/DeviceRGB": 3}.get(str(space), 0)
    if isinstance(space, pikepdf.Array) and len(space) == 2:
        family, profile = str(space[0]), space[1]
        if family == "/ICCBased" and isinstance(profile, pikepdf.Stream):
            return int(profile.get("/N", 0)) if profile.get("/N") in (1, 3) else 0
        return {"/CalGray": 1, "/CalRGB": 3}.get(family, 0)
    return 0


def _reduced(picture: pikepdf.Stream, size: tuple[int, int]) -> int:
    """Give the picture those pixels if that makes it smaller; 1 if it did, else 0."""
    before = len(picture.read_raw_bytes())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a picture that Pillow has doubts about stays as it is
            made = _as_jpeg(picture, size) if _coding(picture) == "/DCTDecode" else _as_plain(picture, size)
    except (*_BROKEN, Warning):
        return 0
    if made is None or len(made.data) >= before:
        return 0
    picture.write(made.data, filter=made.coding, decode_parms=made.parameters)
    picture.Width, picture.Height = size
    return 1


@dataclass(frozen=True)
class _Stored:
    """A picture's bytes as they are stored, and how."""

    data: bytes
    coding: pikepdf.Name
    parameters: pikepdf.Dictionary | None


def _as_jpeg(picture: pikepdf.Stream, size: tuple[int, int]) -> _Stored | None:
    with Image.open(io.BytesIO(picture.read_raw_bytes()), formats=["JPEG"]) as image:
        mode = {1: "L", 3: "RGB"}[_channels(picture)]
        if image.mode != mode or image.size != (int(picture.Width), int(picture.Height)):
            return None
        if image.width * image.height > MAX_PIXELS:
            return None
        sampling = JpegImagePlugin.get_sampling(image)
        small = image.resize(size, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    small.save(
        stream, "JPEG", quality=QUALITY, optimize=True, subsampling=sampling if sampling in (0, 1, 2) else 2
    )
    return _Stored(stream.getvalue(), Name.DCTDecode, None)


def _as_plain(picture: pikepdf.Stream, size: tuple[int, int]) -> _Stored | None:
    width, height, channels = int(picture.Width), int(picture.Height), _channels(picture)
    if width * height > MAX_PIXELS:
        return None
    data = picture.read_bytes()
    if len(data) < width * height * channels:
        return None
    mode = {1: "L", 3: "RGB"}[channels]
    image = Image.frombytes(mode, (width, height), data[: width * height * channels])
    stream = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(stream, "PNG", optimize=True)
    parameters = Dictionary(Predictor=15, Colors=channels, BitsPerComponent=8, Columns=size[0])
    return _Stored(_png_data(stream.getvalue()), Name.FlateDecode, parameters)


def _png_data(data: bytes) -> bytes:
    """What a PNG of our own making stores of its pixels: PDF takes it as it is (ISO 32000-2, 7.4.4.4)."""
    found, at = b"", 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            found += data[at + 8 : at + 8 + length]
        at += length + 12
    return found
