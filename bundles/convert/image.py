"""Photographs and pictures (JPEG, PNG) as one A4 page each, without the data that a camera adds."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from bundles.convert.base import ConversionRequest, ConversionResult, Converter, HeldError
from bundles.convert.jpeg_segments import bare_picture
from bundles.convert.picture_facts import (
    MAX_PIXELS,
    PILLOW_ERRORS,
    PictureFacts,
    examine,
    open_picture,
    whole_png,
)
from bundles.convert.picture_pages import DPI, Placement, place, redrawn, write_page
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind

if TYPE_CHECKING:
    from PIL import Image


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
        write_page(data, facts.orientation, placement, source)
    except Exception as problem:  # img2pdf's own checks raise nothing narrower
        raise HeldError(_damaged(request, problem)) from problem
    drawn = normalise(source, request.output, request.stamp)
    return drawn.with_findings(_findings(request, facts, reduced)).derived(
        request.output, CONVERTER.name, CONVERTER.version
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
    longest = placement.most_pixels
    too_fine = max(facts.shown_size) > longest + 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with open_picture(request.original) as image:
                if too_fine and image.format in {"JPEG", "MPO"}:
                    image.draft(None, (longest, longest))
                image.load()  # a picture that is cut off shows itself here
                if not too_fine and image.format in {"JPEG", "MPO"} and _colours_are_plain(image):
                    return bare_picture(request.original.read_bytes()), False
                if not too_fine and facts.plain_png:
                    return whole_png(request.original.read_bytes()), False
                return redrawn(image, longest if too_fine else 0, photographic=facts.photographic), too_fine
    except PILLOW_ERRORS as problem:
        raise HeldError(_damaged(request, problem)) from problem


def _colours_are_plain(image: Image.Image) -> bool:
    """Whether every viewer shows a JPEG's colours alike: inks without Adobe's mark are inverted by some, not by PDF's.

    Source: Adobe Technical Note 5116, section 18.
    """
    return image.mode in {"L", "RGB"} or (image.mode == "CMYK" and "adobe" in image.info)


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


CONVERTER = Converter(name="image", version="2", kinds=frozenset({Kind.JPEG, Kind.PNG}), convert=draw)
