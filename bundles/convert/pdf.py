"""PDF files: every page as its author's viewer shows it, upright and inert (`bundles.convert.normalise`)."""

from __future__ import annotations

from bundles.convert.base import ConversionRequest, ConversionResult, Converter
from bundles.convert.normalise import normalise
from casefiles.intake.kinds import Kind

VERSION = "1"


def convert_pdf(request: ConversionRequest) -> ConversionResult:
    """The derived file of a PDF; a list of its comments, where it has any, comes after its last page.

    Raises:
        HeldError: the file needs a password, is damaged, goes beyond a limit or cannot be shown.
        OSError: a file cannot be read or written.
    """
    drawn = normalise(
        request.original, request.output, request.stamp, subject=request.subject, scratch=request.scratch
    )
    return drawn.derived(request.output, CONVERTER.name, CONVERTER.version)


CONVERTER = Converter(name="pdf", version=VERSION, kinds=frozenset({Kind.PDF}), convert=convert_pdf)
