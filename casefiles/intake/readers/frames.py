"""Facts of TIFF, GIF, BMP, WebP, HEIC and AVIF pictures: every picture that will be shown is decoded to its last row."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from casefiles.findings import Finding
from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.readers.picture import too_large, what_it_carries
from casefiles.intake.readers.picture_files import EVERY_FRAME, PICTURE_ERRORS, frames, open_picture

if TYPE_CHECKING:
    from PIL import Image


_REMEDY = (
    "If a program of yours shows it, save it from there as PNG or PDF and drop that too; else ask for a fresh copy, or "
    "record a placeholder with `casebinder placeholder CASE FILE --reason …`"
)


def read(reading: Reading) -> FileFacts:
    """Decode each picture that will be shown, within the pixel limit, and report what the file carries.

    Raises:
        OSError: the file cannot be read.
    """
    data = reading.path.read_bytes()
    kind = reading.kind.kind
    try:
        image = open_picture(data, kind)
        count = int(getattr(image, "n_frames", 1))
    except PICTURE_ERRORS:
        return reading.held(
            "image-damaged", "the picture is damaged, or of a form that casebinder cannot read", _REMEDY
        )
    if kind in EVERY_FRAME and count > reading.limits.frames:
        return _too_many(reading, count)
    with image, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        findings = what_it_carries(reading, image)
        stopped = _decoded(reading, image, count, findings)
    return stopped or reading.readable(findings=findings)


def _decoded(reading: Reading, image: Image.Image, count: int, findings: list[Finding]) -> FileFacts | None:
    """Why the file is held, or None where every picture that is shown could be decoded."""
    kind, number = reading.kind.kind, 0
    try:
        for number in frames(image, kind, reading.limits.frames):  # noqa: B007 - the message names it
            if image.width * image.height > reading.limits.pixels:
                return too_large(reading, f"{image.width} × {image.height}")
            image.load()
    except PICTURE_ERRORS:
        which = f"picture {number + 1} of {count} ends" if count > 1 and kind in EVERY_FRAME else "it ends"
        message = f"the picture is damaged: {which} before its last row, or its data is broken"
        return reading.held("image-damaged", message, others=findings)
    return None


def _too_many(reading: Reading, count: int) -> FileFacts:
    return reading.held(
        "image-too-many",
        f"the file holds {count:,} pictures; casebinder draws up to {reading.limits.frames:,}",
        "Ask for it in parts, or record a placeholder with `casebinder placeholder CASE FILE --reason …`",
    )
