"""Which program reads scanned pages, and what its answers depend on."""

from __future__ import annotations

from bundles.convert.base import ConversionRequest, NeededProgram

TESSERACT = NeededProgram(
    name="tesseract",
    version_argument="--version",
    remedy="sudo apt-get install --no-install-recommends tesseract-ocr tesseract-ocr-eng tesseract-ocr-osd",
)
LANGUAGE = "eng"
VERSION = "1"
"""Raise it whenever the same page, read by the same Tesseract, could come out otherwise."""


def reader_version(request: ConversionRequest) -> str:
    """Everything that the words of a page depend on beside its picture; empty where there is nothing to read with."""
    program = request.programs.get(TESSERACT.name)
    return f"{VERSION} {program.version} {LANGUAGE}" if program is not None else ""
