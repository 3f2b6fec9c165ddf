"""Photographs and pictures (JPEG, PNG) as one A4 page each, without the data that a camera adds."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bundles.convert.base import ConversionRequest, ConversionResult, Converter, HeldError
from bundles.convert.jpeg_segments import bare_picture
from bundles.convert.pages import CLEAR_PT
from bundles.convert.picture_facts import (
    MAX_PIXELS,
    PILLOW_ERRORS,
    Orientation,
    PictureFacts,
    examine,
    open_picture,
    whole_png,
)
from bundles.derived import StampBox
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind

if TYPE_CHECKING:
    from PIL import Image

DPI = 300
SCREEN_DPI = 96
JPEG_QUALITY = 90
A4_PT = (595.28, 841.89)
MARGIN_PT = 28.35  # 10 mm


@dataclass(frozen=True)
class Placement:
    """An A4 page, upright or landscape, and where the picture lies on it, in points from the lower left."""

    page_width_pt: float
    page_height_pt: float
    x_pt: float
    y_pt: float
    width_pt: float
    height_pt: float


def draw(request: ConversionRequest) -> ConversionResult:
    """One page with the picture upright; what a camera recorded about place, person and device is not in it.

    A picture that has at most 300 dots an inch on the page is embedded as it is, bit for bit; a larger one
    is brought down to 300. Transparency becomes white. Only the first frame is shown.

    Raises:
        HeldError: it cannot be decoded, or has more than 300 million pixels.
    """
    from bundles.convert.normalise import normalise

    facts = _examined(request)
    placement = place(facts.shown_size, request.stamp)
    data, reduced = _embeddable(request, facts, placement)
    source = request.scratch / "picture.pdf"
    try:
        _write_page(data, facts.orientation, placement, source)
    except Exception as problem:  # img2pdf's own checks raise nothing narrower
        raise HeldError(_damaged(request, problem)) from problem
    drawn = normalise(source, request.output, request.stamp)
    return drawn.with_findings(_findings(request, facts, reduced)).derived(
        request.output, CONVERTER.name, CONVERTER.version
    )


def place(size: tuple[int, int], stamp: StampBox) -> Placement:
    """Where a picture of that many pixels goes: as large as the page allows, never above its size on a screen.

    The page is turned to suit the picture; below, room is left for the number.
    """
    upright, landscape = (_place_on(size, page, stamp) for page in (A4_PT, A4_PT[::-1]))
    return landscape if landscape.width_pt > upright.width_pt * 1.01 else upright


def _place_on(size: tuple[int, int], page: tuple[float, float], stamp: StampBox) -> Placement:
    width, height = size
    bottom = max(MARGIN_PT, stamp.bottom_pt + stamp.height_pt + CLEAR_PT)
    room_width, room_height = page[0] - 2 * MARGIN_PT, page[1] - MARGIN_PT - bottom
    scale = min(room_width / width, room_height / height, 72 / SCREEN_DPI)
    shown_width, shown_height = width * scale, height * scale
    return Placement(
        page[0],
        page[1],
        MARGIN_PT + (room_width - shown_width) / 2,
        bottom + (room_height - shown_height) / 2,
        shown_width,
        shown_height,
    )


def _examined(request: ConversionRequest) -> PictureFacts:
    from PIL import Image

    try:
        facts = examine(request.original)
    except Image.DecompressionBombError as problem:
        raise HeldError(_too_large(request)) from problem
    except PILLOW_ERRORS as problem:
        raise HeldError(_damaged(request, problem)) from problem
    if facts.width * facts.height > MAX_PIXELS:
        raise HeldError(_too_large(request))
    return facts


def _embeddable(request: ConversionRequest, facts: PictureFacts, placement: Placement) -> tuple[bytes, bool]:
    """The picture as a JPEG or PNG that img2pdf embeds as it is; and whether it has fewer pixels than the original."""
    longest = max(placement.width_pt, placement.height_pt) / 72 * DPI
    too_fine = max(facts.shown_size) > math.ceil(longest) + 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with open_picture(request.original) as image:
                if too_fine and image.format in {"JPEG", "MPO"}:
                    image.draft(None, (math.ceil(longest), math.ceil(longest)))
                image.load()  # a picture that is cut off shows itself here
                if not too_fine and image.format in {"JPEG", "MPO"} and image.mode in {"L", "RGB", "CMYK"}:
                    return bare_picture(request.original.read_bytes()), False
                if not too_fine and facts.plain_png:
                    return whole_png(request.original.read_bytes()), False
                return _redrawn(image, facts, math.ceil(longest) if too_fine else 0), too_fine
    except PILLOW_ERRORS as problem:
        raise HeldError(_damaged(request, problem)) from problem


def _redrawn(image: Image.Image, facts: PictureFacts, longest: int) -> bytes:
    from PIL import Image

    profile = image.info.get("icc_profile")
    flat = _flattened(image)
    if flat.mode == "L" and image.mode not in {"L", "LA", "1"} and not image.mode.startswith("I"):
        profile = None
    if flat.mode == "RGB" and image.mode in {"CMYK", "YCCK"}:
        profile = None  # it described the inks
    if longest:
        ratio = longest / max(flat.size)
        size = (max(1, round(flat.width * ratio)), max(1, round(flat.height * ratio)))
        flat = flat.resize(size, Image.Resampling.LANCZOS)
    flat.info = {}  # Pillow would write a comment of the original into the copy
    out = io.BytesIO()
    if facts.photographic:
        flat.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0, icc_profile=profile, dpi=(DPI, DPI))
    else:
        flat.save(out, "PNG", icc_profile=profile)
    return out.getvalue()


def _flattened(image: Image.Image) -> Image.Image:
    """Grey or RGB, 8 bits, on white."""
    from PIL import Image

    if image.mode in {"L", "RGB"} and "transparency" not in image.info:
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    if image.mode in {"CMYK", "YCbCr", "LAB"}:
        return image.convert("RGB")
    with_alpha = image.convert("RGBA")
    white = Image.new("RGBA", with_alpha.size, (255, 255, 255, 255))
    white.alpha_composite(with_alpha)
    return white.convert("L" if image.mode in {"L", "LA", "La"} else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey brought to 8 bits by its high byte (Pillow's own conversion cuts values off at 255)."""
    wide = image if image.mode == "I" else image.convert("I")
    return wide.point(lambda value: value * (1 / 256)).convert("L")


def _write_page(data: bytes, orientation: Orientation, placement: Placement, target: Path) -> None:
    """Embed with img2pdf (its streams are the file's own), then place the picture on our page."""
    import img2pdf
    import pikepdf

    pdf_bytes = img2pdf.convert(
        data, nodate=True, rotation=img2pdf.Rotation.none, engine=img2pdf.Engine.internal
    )
    with pikepdf.open(io.BytesIO(cast(bytes, pdf_bytes))) as pdf:
        page = pdf.pages[0]
        name = next(iter(page.Resources.XObject.keys()))
        numbers = " ".join(f"{number:.4f}" for number in orientation.matrix(
            placement.x_pt, placement.y_pt, placement.width_pt, placement.height_pt
        ))  # fmt: skip
        page.obj.Contents = pdf.make_stream(f"q {numbers} cm {name} Do Q".encode())
        page.obj.MediaBox = [0, 0, placement.page_width_pt, placement.page_height_pt]
        for key in ("/Rotate", "/CropBox", "/TrimBox", "/ArtBox", "/BleedBox", "/UserUnit"):
            if key in page.obj:
                del page.obj[key]
        pdf.save(target, deterministic_id=True)


def _findings(request: ConversionRequest, facts: PictureFacts, reduced: bool) -> list[Finding]:
    found: list[Finding] = []
    if facts.has_location:
        found.append(
            request.finding(
                "photo-location-removed",
                Severity.NOTE,
                "the photograph carries the place where it was taken; the pages here do not",
                "the original still carries it: think of that before it is handed over",
            )
        )
    if facts.frames > 1:
        found.append(
            request.finding(
                "image-first-frame-only",
                Severity.WARNING,
                f"the file holds {facts.frames} pictures; only the first is shown",
                "look at the others; save any that matters as its own file and add that",
            )
        )
    if reduced:
        found.append(
            request.finding(
                "image-reduced",
                Severity.NOTE,
                f"shown at {DPI} dots an inch; the original has {facts.width} × {facts.height} pixels",
            )
        )
    return found


def _too_large(request: ConversionRequest) -> Finding:
    return request.finding(
        "image-too-large",
        Severity.ERROR,
        f"the picture has more than {MAX_PIXELS // 1_000_000} million pixels",
        "ask for a smaller copy, or record a placeholder",
    )


def _damaged(request: ConversionRequest, problem: Exception) -> Finding:
    return request.finding(
        "image-damaged",
        Severity.ERROR,
        f"the picture cannot be read ({' '.join(str(problem).split())[:120] or type(problem).__name__})",
        "ask for the picture again, or record a placeholder",
    )


CONVERTER = Converter(name="image", version="1", kinds=frozenset({Kind.JPEG, Kind.PNG}), convert=draw)
