"""Pages without colour: each colour becomes its grey, text stays text, and a page that cannot be made grey stays as it
is and is named.

The rule: a page is bound in grey only if it then shows nothing coloured, shows otherwise the same as before, and has
the same text. What stands in the way is named: blends over a mesh, pictures that are see-through by a colour, patterns
coloured at each use, pictures of more than 60 million pixels, ways of mixing colours that have no grey.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
from PIL import Image, ImageChops

from bundles.convert.base import ConversionRequest
from bundles.convert.normalising.compare import same_text
from bundles.convert.normalising.page_text import page_text
from bundles.convert.normalising.viewing import SHOWN_DPI, opened, page_of, picture, same_picture
from bundles.derived import Derived
from bundles.treat.grey_colours import Greys, NotGrey
from bundles.treat.grey_content import GreyMaker
from bundles.treat.rewriting import next_path, open_derived, rewritten, save_derived
from bundles.treatment import ranges_of
from casefiles.findings import Finding, Severity

COLOURED = 3
"""Parts of red, green and blue that differ by no more are no colour, but rounding."""


def apply(request: ConversionRequest, derived: Derived) -> Derived:
    """The derived file in grey.

    Raises:
        OSError: the new file cannot be written.
    """
    if not request.treatment.grey:
        return derived
    path = next_path(derived, "grey")
    coloured = _make_grey(derived.path, path, {})
    seen = _differences(derived.path, path, len(derived.pages), coloured)
    if seen:
        coloured = _make_grey(derived.path, path, seen)
    changed = frozenset(range(len(derived.pages))) - coloured.keys()
    made = rewritten(derived, path, changed=changed)
    words = "in grey"
    if coloured:
        several = len(coloured) > 1
        numbers = ", ".join(map(str, ranges_of([index + 1 for index in sorted(coloured)])))
        words = (
            "in colour"
            if len(coloured) == len(derived.pages)
            else f"in grey but for page{'s' * several} {numbers}"
        )
    result = made.with_choice(words)
    return replace(result, findings=(*result.findings, *_about(request, coloured)))


def _make_grey(source: Path, path: Path, left: Mapping[int, str]) -> dict[int, str]:
    """Write the file in grey but for the pages `left` (0-based, with the reason); all that stay coloured, and why."""
    coloured = dict(left)
    with open_derived(source) as pdf:
        maker = GreyMaker(pdf, Greys())
        for index, page in enumerate(pdf.pages):
            if index in coloured:
                continue
            try:
                page.obj.Resources.XObject.P = maker.form(page.obj.Resources.XObject.P)
            except NotGrey as problem:
                coloured[index] = str(problem)
            except (
                pikepdf.PdfError,
                ValueError,
                TypeError,
                KeyError,
                AttributeError,
                IndexError,
                OverflowError,
            ):
                coloured[index] = "something that is not as a PDF says it must be"
        save_derived(pdf, path)
    return coloured


def _differences(before: Path, after: Path, count: int, coloured: Mapping[int, str]) -> dict[int, str]:
    """What was made grey and shows colour still, or something else than before; with what was left, or nothing."""
    found: dict[int, str] = {}
    with opened(before) as old_file, opened(after) as new_file:
        for index in range(count):
            if index in coloured:
                continue
            try:
                with page_of(old_file, index) as old, page_of(new_file, index) as new:
                    reason = _difference(old, new)
            except (pdfium.PdfiumError, ValueError):
                reason = "something that cannot be drawn"
            if reason:
                found[index] = reason
    return {**coloured, **found} if found else {}


def _difference(old: pdfium.PdfPage, new: pdfium.PdfPage) -> str:
    if not same_text(page_text(old), page_text(new)):
        return "text that would be lost"
    shown = picture(new, SHOWN_DPI, grey=False)
    if _has_colour(shown):
        return "colours that do not become grey"
    # both drawn in colour first: a renderer that draws in grey would mix the colours in grey too
    if not same_picture(picture(old, SHOWN_DPI, grey=False).convert("L"), shown.convert("L")):
        return "a way of mixing colours that would look otherwise"
    return ""


def _has_colour(image: Image.Image) -> bool:
    red, green, blue = image.split()
    pairs = ((red, green), (green, blue))
    return any(any(ImageChops.difference(*pair).histogram()[COLOURED + 1 :]) for pair in pairs)


def _about(request: ConversionRequest, coloured: Mapping[int, str]) -> Iterator[Finding]:
    for reason in sorted(set(coloured.values())):
        pages = [index + 1 for index in sorted(coloured) if coloured[index] == reason]
        several = len(pages) > 1
        yield request.finding(
            "page-not-grey",
            Severity.WARNING,
            f"page{'s' * several} {', '.join(map(str, ranges_of(pages)))} of those bound "
            f"stay{'s' * (not several)} in colour: {reason}",
            "leave it so, or print the file in black and white to PDF and add that",
        )
