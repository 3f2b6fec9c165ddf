"""PDF files: every page as its author's viewer shows it, upright and inert (`bundles.convert.normalise`)."""

from __future__ import annotations

from bundles.convert.base import ConversionRequest, ConversionResult, Converter
from bundles.convert.normalise import normalise
from bundles.convert.pdf_revisions import revision_findings
from bundles.convert.unseen import unseen_findings
from casefiles.intake.kinds import Kind

VERSION = "2"


def convert_pdf(request: ConversionRequest) -> ConversionResult:
    """The derived file of a PDF; a list of its comments, where it has any, comes after its last page.

    Raises:
        HeldError: the file needs a password, is damaged, goes beyond a limit or cannot be shown.
        OSError: a file cannot be read or written.
        pypdfium2.PdfiumError: what was drawn cannot be read.
    """
    drawn = normalise(
        request.original, request.output, request.stamp, subject=request.subject, scratch=request.scratch
    )
    found = [*revision_findings(request), *unseen_findings(request, request.output)]
    return drawn.with_findings(found).derived(request.output, CONVERTER.name, CONVERTER.version)


CONVERTER = Converter(name="pdf", version=VERSION, kinds=frozenset({Kind.PDF}), convert=convert_pdf)
