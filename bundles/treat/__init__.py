"""Treatment of a converted file, step by step, each a module of this package; see `bundles.treatment`.

A step answers another file of the derived shape, or the same where it has nothing to do. `STEPS` is their order: reading comes
before pages are left out (it is kept for the whole file), and pictures are made smaller last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from bundles.convert.base import ConversionRequest
from bundles.derived import Derived
from bundles.treat import fitting, grey, ocr, page_range, paper, resolution
from bundles.treat.reader import TESSERACT
from bundles.treatment import decode

Step: TypeAlias = Callable[[ConversionRequest, Derived], Derived]
STEPS: tuple[Step, ...] = (
    fitting.apply,
    ocr.apply,
    page_range.apply,
    grey.apply,
    paper.apply,
    resolution.apply,
)


def apply(request: ConversionRequest, derived: Derived) -> Derived:
    """All steps that the request's treatment asks for; the answer names it where it changed anything.

    Raises:
        HeldError: one cannot be taken.
    """
    # sheets that were asked for by name: the converter says which they are
    asked = replace(request.treatment, sheets=request.treatment.sheets or decode(derived.treatment).sheets)
    treated = derived
    for step in STEPS:
        treated = step(request, treated)
    if treated.sha256 == derived.sha256 and not (asked.sheets or asked.notes):
        return treated
    # where nothing could be read, nothing is to be read again either
    read = TESSERACT.name in treated.programs
    done = asked if read else replace(asked, ocr=False, unread=())
    return replace(treated, treatment=done.encode())
