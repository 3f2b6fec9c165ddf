"""One picture on one A4 page: where it lies, what becomes of its pixels, and the page itself."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bundles.convert.pages import CLEAR_PT
from bundles.convert.picture_facts import Orientation
from bundles.derived import StampBox

if TYPE_CHECKING:
    from PIL import Image

DPI = 300
SCREEN_DPI = 96
JPEG_QUALITY = 90
A4_PT = (595.28, 841.89)
MARGIN_PT = 28.35  # 10 mm
MOST_STRETCHED = 3.0


@dataclass(frozen=True)
class Placement:
    """An A4 page, upright or landscape, and where the picture lies on it, in points from the lower left."""

    page_width_pt: float
    page_height_pt: float
    x_pt: float
    y_pt: float
    width_pt: float
    height_pt: float

    @property
    def most_pixels(self) -> int:
        """How many pixels the longer side has at the most: 300 an inch."""
        return math.ceil(max(self.width_pt, self.height_pt) / 72 * DPI)


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


def redrawn(image: Image.Image, longest: int, *, photographic: bool) -> bytes:
    """A JPEG or PNG of a decoded picture, grey or RGB on white, with nothing but the picture and its colour profile.

    `longest` is how many pixels its longer side is to have, 0 for as many as it has. A `photographic` one becomes a
    JPEG.
    """
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
    if photographic:
        flat.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0, icc_profile=profile, dpi=(DPI, DPI))
    else:
        flat.save(out, "PNG", icc_profile=profile)
    return out.getvalue()


def square(image: Image.Image, dpi: object) -> Image.Image:
    """The picture with as many pixels an inch across as down, as a fax has not; `dpi` is what the file says of both.

    What a file says may be rubbish: a side is never stretched more than threefold.
    """
    from PIL import Image

    if not isinstance(dpi, tuple) or len(dpi) != 2 or not all(float(each) > 0 for each in dpi):
        return image
    ratio = float(dpi[0]) / float(dpi[1])
    if not 1.02 < max(ratio, 1 / ratio) <= MOST_STRETCHED:
        return image
    width, height = image.size
    size = (width, round(height * ratio)) if ratio > 1 else (round(width / ratio), height)
    smooth = image.convert("L") if image.mode == "1" else image
    return smooth.resize(
        size, Image.Resampling.LANCZOS if smooth.mode in {"L", "RGB"} else Image.Resampling.NEAREST
    )


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


def write_page(data: bytes, orientation: Orientation, placement: Placement, target: Path) -> None:
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
