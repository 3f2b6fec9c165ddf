"""Facts of photos and pictures: decoded to the last row, their frames, and where they were taken."""

from __future__ import annotations

import io
import struct
import warnings

from PIL import (
    ExifTags,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
)

from casefiles.findings import Finding, Severity
from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.kinds import Kind
from casefiles.intake.readers.jpeg import decoding_problem, jpeg_problem
from casefiles.intake.readers.thumbnail import shows_something_else

# Named through their modules: Pillow knows a format only once its module has been imported. MPO is JPEG's.
_FORMATS = (JpegImagePlugin.JpegImageFile.format, PngImagePlugin.PngImageFile.format)
_DECODING_ERRORS = (OSError, SyntaxError, ValueError, struct.error, EOFError, IndexError, KeyError)


def read(reading: Reading) -> FileFacts:
    """Decode a JPEG or PNG fully, within the pixel limit, and report what it carries.

    Raises:
        OSError: the file cannot be read.
    """
    data = reading.path.read_bytes()
    ImageFile.LOAD_TRUNCATED_IMAGES = (
        False  # WeasyPrint, once imported, lets all of a process read half a picture
    )
    Image.MAX_IMAGE_PIXELS = None  # ours below is asked before anything is decoded
    try:
        image = Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))  # an MPO opens as JPEG
    except (UnidentifiedImageError, *_DECODING_ERRORS):
        return reading.held("image-damaged", "the picture is damaged and cannot be opened")
    with image:
        width, height = image.size
        if width * height > reading.limits.pixels:
            return too_large(reading, f"{width} × {height}")
        problem = _decoding_problem(reading, image, data)
    # Opened anew: asking for details decodes, and a failed decoding is not repeated on the same object.
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        findings = what_it_carries(reading, image)
    findings += _about_thumbnail(reading, data) if not problem else []
    if problem:
        return reading.held("image-damaged", f"the picture is damaged: {problem}", others=findings)
    return reading.readable(findings=findings)


def _about_thumbnail(reading: Reading, data: bytes) -> list[Finding]:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if reading.kind.kind is not Kind.JPEG or not shows_something_else(image):
                return []
        except _DECODING_ERRORS:
            return []
    what = "The small picture within the photo shows something else than the photo: it may have been cut or changed"
    remedy = (
        "Ask for the photo as the camera made it; the bound copy carries no small picture, the original does"
    )
    return [reading.finding("image-thumbnail-differs", Severity.WARNING, what, remedy)]


def too_large(reading: Reading, size: str) -> FileFacts:
    """Held, because the picture has more pixels than are drawn; `size` is how many, in words."""
    limit = f"{reading.limits.pixels / 1_000_000:g} million"
    return reading.held(
        "image-too-large",
        f"the picture has too many pixels ({size}); casebinder draws up to {limit}",
        "Save a smaller copy and file that too",
    )


def _decoding_problem(reading: Reading, image: Image.Image, data: bytes) -> str | None:
    if reading.kind.kind is Kind.JPEG and (problem := jpeg_problem(data) or decoding_problem(data)):
        return problem
    try:
        frames = getattr(image, "n_frames", 1)
        if frames > 1 or reading.kind.kind is not Kind.JPEG:
            image.load()
        for frame in range(1, min(frames, reading.limits.frames)):
            image.seek(frame)
            image.load()
    except _DECODING_ERRORS:
        return "it ends before its last row, or its data is broken"
    if reading.kind.kind is Kind.PNG:
        return _png_problem(data)
    return None


def _png_problem(data: bytes) -> str | None:
    """Every PNG ends with an IEND chunk. Source: PNG (ISO/IEC 15948), section 5.6."""
    return None if b"IEND\xaeB`\x82" in data else "its end is missing"


def what_it_carries(reading: Reading, image: Image.Image) -> list[Finding]:
    """That the picture says where it was taken, and that the file holds several pictures."""
    findings = []
    try:
        exif = image.getexif()
        located = bool(exif.get_ifd(ExifTags.IFD.GPSInfo))
    except _DECODING_ERRORS:
        findings.append(
            reading.finding(
                "image-details-damaged", Severity.NOTE, "The camera's details in it cannot be read"
            )
        )
    else:
        if located:
            findings.append(
                reading.finding(
                    "image-location",
                    Severity.NOTE,
                    "The picture says where it was taken; the bound copy will not",
                    "The original still says it: think of that before you hand the original over",
                )
            )
    try:
        frames = getattr(image, "n_frames", 1)
    except _DECODING_ERRORS:
        frames = 1
    if frames > 1:
        findings.append(
            reading.finding("image-frames", Severity.NOTE, f"The picture file holds {frames} pictures")
        )
    if frames > reading.limits.frames:
        findings.append(
            reading.finding(
                "image-frames-unchecked",
                Severity.WARNING,
                f"Only its first {reading.limits.frames} pictures were checked",
                "File it as separate pictures",
            )
        )
    return findings
