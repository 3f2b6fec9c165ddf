"""Paints filled fields, comments and stamps into their pages with PDFium, as a viewer shows them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pypdfium2.raw as pdfium_c

from bundles.convert.normalising.viewing import opened, page_of


class CannotPrepare(Exception):
    """What a page shows cannot be brought into its content; the message says why, for people."""


def flatten(source: Path, output: Path, indices: Iterable[int]) -> None:
    """Write a copy in which the annotations of the given pages (0-based) are part of their content.

    Raises:
        CannotPrepare: PDFium refuses a page.
        pypdfium2.PdfiumError: PDFium cannot open, load or save the file.
    """
    with opened(source, forms=True) as document:
        for index in sorted(indices):
            with page_of(document, index) as page:
                if pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_NORMALDISPLAY) == pdfium_c.FLATTEN_FAIL:
                    raise CannotPrepare(f"page {index + 1} cannot be drawn")
        document.save(output)
