"""Pictures that no PDF holds as they are (TIFF, GIF, BMP, WebP, HEIC, AVIF): each page or frame redrawn on an A4 page."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bundles.convert.base import ConversionRequest, ConversionResult, Converter, HeldError
from bundles.convert.pages import join
from bundles.convert.picture_facts import MAX_PIXELS, Orientation, tells_a_place
from bundles.convert.picture_pages import DPI, place, redrawn, square, write_page
from casefiles.files.scratch import remove_scratch_file
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind
from casefiles.intake.readers.picture_files import EVERY_FRAME, PICTURE_ERRORS, extras, frames, open_picture

if TYPE_CHECKING:
    from PIL import Image

MAX_FRAMES = 1_000
UPRIGHT = Orientation(1)
_LOSSY_TIFF = frozenset({"jpeg", "tiff_jpeg", "webp"})


@dataclass(frozen=True)
class _Page:
    """One page that was written, and the size in pixels of what it shows where that was reduced."""

    path: Path
    reduced_from: tuple[int, int] | None


def draw(request: ConversionRequest) -> ConversionResult:
    """A page for each page of a TIFF and each picture of a HEIC, one for others: upright, at most 300 dots an inch.

    What was saved without loss stays so; what a camera recorded about place, person and device is not in the pages.

    Raises:
        HeldError: a picture cannot be decoded, has more than 300 million pixels, or there are more than 1,000.
    """
    from bundles.convert.normalise import normalise

    data = request.original.read_bytes()
    try:
        image = open_picture(data, request.kind)
    except PICTURE_ERRORS as problem:
        raise HeldError(_damaged(request, "it cannot be opened")) from problem
    with image:
        count = int(getattr(image, "n_frames", 1))
        if request.kind in EVERY_FRAME and count > MAX_FRAMES:
            raise HeldError(_too_many(request, count))
        located = tells_a_place(image, data)
        pages = list(_pages(request, image))
        left_out = extras(image, request.kind, MAX_FRAMES)
    source = request.scratch / "pictures.pdf"
    join([page.path for page in pages], source)
    for page in pages:
        remove_scratch_file(page.path)
    drawn = normalise(source, request.output, request.stamp)
    found = [
        *_of_the_file(request, count, left_out, located=located),
        *_reduced(request, [page.reduced_from for page in pages if page.reduced_from]),
    ]
    return drawn.with_findings(found).derived(request.output, CONVERTER.name, CONVERTER.version)


def _pages(request: ConversionRequest, image: Image.Image) -> Iterator[_Page]:
    number = 0
    try:
        for number in frames(image, request.kind, MAX_FRAMES):
            if image.width * image.height > MAX_PIXELS:
                raise HeldError(_too_large(request))
            yield _page(request, image, number)
    except PICTURE_ERRORS as problem:
        where = f"picture {number + 1}" if request.kind in EVERY_FRAME else "the picture"
        raise HeldError(_damaged(request, f"{where} is damaged")) from problem


def _page(request: ConversionRequest, image: Image.Image, number: int) -> _Page:
    from PIL import ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.load()
        upright = square(ImageOps.exif_transpose(image), image.info.get("dpi"))
    placement = place(upright.size, request.stamp)
    too_fine = max(upright.size) > placement.most_pixels + 1
    photographic = _photographic(image, request.kind)
    data = redrawn(upright, placement.most_pixels if too_fine else 0, photographic=photographic)
    target = request.scratch / f"picture-{number:04d}.pdf"
    write_page(data, UPRIGHT, placement, target)
    return _Page(target, upright.size if too_fine else None)


def _photographic(image: Image.Image, kind: Kind) -> bool:
    """Saved with loss, so that a redrawn copy may be as well."""
    if kind is Kind.TIFF:
        return image.info.get("compression") in _LOSSY_TIFF
    return kind in {Kind.WEBP, Kind.HEIC, Kind.AVIF}


def _of_the_file(
    request: ConversionRequest, count: int, left_out: int, *, located: bool
) -> Iterator[Finding]:
    if located:
        yield request.finding(
            "photo-location-removed",
            Severity.NOTE,
            "the photograph carries the place where it was taken; the pages here do not",
            "the original still carries it: think of that before it is handed over",
        )
    if request.kind not in EVERY_FRAME and count > 1:
        yield request.finding(
            "image-first-frame-only",
            Severity.WARNING,
            f"the file holds {count} pictures; only the first is shown",
            "look at the others; save any that matters as its own file and add that",
        )
    if left_out:
        what = "a preview or mask" if left_out == 1 else f"{left_out} previews or masks"
        yield request.finding(
            "image-previews-left-out", Severity.NOTE, f"the file holds {what} beside its pages; not shown"
        )


def _reduced(request: ConversionRequest, sizes: list[tuple[int, int]]) -> Iterator[Finding]:
    if not sizes:
        return
    width, height = max(sizes)
    what = "the original has" if len(sizes) == 1 else f"{len(sizes)} of the originals have up to"
    yield request.finding(
        "image-reduced", Severity.NOTE, f"shown at {DPI} dots an inch; {what} {width} × {height} pixels"
    )


def _too_large(request: ConversionRequest) -> Finding:
    return request.finding(
        "image-too-large",
        Severity.ERROR,
        f"the picture has more than {MAX_PIXELS // 1_000_000} million pixels",
        "ask for a smaller copy, or record a placeholder",
    )


def _too_many(request: ConversionRequest, count: int) -> Finding:
    return request.finding(
        "image-too-many",
        Severity.ERROR,
        f"the file holds {count:,} pictures; casebinder draws up to {MAX_FRAMES:,}",
        "ask for it in parts, or record a placeholder",
    )


def _damaged(request: ConversionRequest, what: str) -> Finding:
    return request.finding(
        "image-damaged",
        Severity.ERROR,
        f"the picture cannot be read ({what})",
        "ask for the picture again, or record a placeholder",
    )


CONVERTER = Converter(
    name="redrawn picture",
    version="1",
    kinds=frozenset({Kind.TIFF, Kind.GIF, Kind.BMP, Kind.WEBP, Kind.HEIC, Kind.AVIF}),
    convert=draw,
)
