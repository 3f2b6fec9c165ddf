"""Words that a page carries and does not show: in the paper's colour, under something, beside the page, too small.

Where a run of words stands, the drawn page is looked at: where nothing at all differs there, nobody can read them, yet
they can be searched and copied from the bundle. Words over a scan, as text recognition writes them, have ink in their place.
What is covered is counted and never repeated: it may have been blacked out for a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pypdfium2 as pdfium
from PIL import Image

from bundles.convert.base import ConversionRequest
from bundles.convert.normalising.viewing import opened, page_of, picture
from casefiles.findings import Finding, Severity
from casefiles.shown import display_name

DPI = 72
MAX_PAGES = 500
LISTED_CHARACTERS = 200
_CONTRAST = 8
_PAPER = 244
_SMALLEST_PT = 1.2
_SCAN_SHARE = 0.8
_ASTRAY_SHARE = 0.3
_LEAST_LETTERS = 6
"""Fewer on one page are stray dots and spaces of the program that wrote it."""
_WORD = re.compile(r"[^\W_]+")
_LONG_WORD = re.compile(r"[^\W\d_]{3}")
_SAME = re.compile(r"(.)\1{3,}", re.DOTALL)

Box = tuple[float, float, float, float]


@dataclass
class Unseen:
    """Runs of words that a file carries unseen: page (1-based) and words, by why they are not seen."""

    blank: list[tuple[int, str]] = field(default_factory=list)
    covered: list[tuple[int, str]] = field(default_factory=list)
    outside: list[tuple[int, str]] = field(default_factory=list)
    tiny: list[tuple[int, str]] = field(default_factory=list)
    unchecked: int = 0


def unseen_findings(request: ConversionRequest, pdf: Path) -> list[Finding]:
    """What the pages of a derived file carry and do not show, as findings about its original.

    Raises:
        pypdfium2.PdfiumError: the file cannot be read.
    """
    found = look(pdf)
    rows = (
        (found.blank, "text-unseen", Severity.WARNING, "in the paper’s colour or without any", True),
        (found.tiny, "text-too-small", Severity.WARNING, "too small to be read", True),
        (found.covered, "text-covered", Severity.WARNING, "under something that covers them", False),
        (found.outside, "text-outside-page", Severity.NOTE, "beside the page, where nobody sees them", True),
    )
    made = [_finding(request, *row) for row in rows if row[0]]
    if found.unchecked:
        message = f"its last {found.unchecked} pages were not looked at for words that nobody sees"
        made.append(request.finding("text-unseen-unchecked", Severity.NOTE, message))
    return made


def look(pdf: Path) -> Unseen:
    """Look at each page of a file of the derived shape.

    Raises:
        pypdfium2.PdfiumError: the file cannot be read.
    """
    found = Unseen()
    with opened(pdf) as file:
        found.unchecked = max(0, len(file) - MAX_PAGES)
        for index in range(min(len(file), MAX_PAGES)):
            with page_of(file, index) as page:
                _look_at(page, index + 1, found)
    return found


def _look_at(page: pdfium.PdfPage, number: int, found: Unseen) -> None:
    text = page.get_textpage()
    try:
        boxes = [text.get_rect(index) for index in range(text.count_rects())]
        if not boxes:
            return
        image = picture(page, DPI, grey=False)
        runs: dict[str, list[str]] = {"blank": [], "covered": [], "outside": [], "tiny": []}
        for box in boxes:
            why = _why(image, box, page.get_size())
            words = text.get_text_bounded(*box) if why else ""
            if any(map(str.isalnum, words)) and (why != "tiny" or _LONG_WORD.search(words)):
                runs[why].append(words)
    finally:
        text.close()
    few = len(runs["blank"]) + len(runs["covered"]) < _ASTRAY_SHARE * len(boxes)
    if few and (runs["blank"] or runs["covered"]) and _is_scan(page):
        runs["blank"], runs["covered"] = [], []  # recognised words stand a little astray
    for why, words in runs.items():
        line = " ".join(" ".join(words).split())
        if sum(map(len, _WORD.findall(_SAME.sub(r"\1", line)))) >= _LEAST_LETTERS:
            getattr(found, why).append((number, line))


def _why(image: Image.Image, box: Box, size: tuple[float, float]) -> str:
    """Why nobody sees what stands in a box of the page, in points from its lower left; empty where they can."""
    left, bottom, right, top = box
    width, height = size
    if right <= 0 or top <= 0 or left >= width or bottom >= height:
        return "outside"
    if min(top - bottom, right - left) < _SMALLEST_PT and max(top - bottom, right - left) > 0:
        return "tiny" if top - bottom < _SMALLEST_PT and right - left < _SMALLEST_PT * 40 else ""
    scale_x, scale_y = image.width / width, image.height / height
    area = (
        max(0, int(left * scale_x)),
        max(0, int((height - top) * scale_y)),
        min(image.width, int(right * scale_x) + 1),
        min(image.height, int((height - bottom) * scale_y) + 1),
    )
    if area[0] >= area[2] or area[1] >= area[3]:
        return ""
    levels = [cast(tuple[int, int], band.getextrema()) for band in image.crop(area).split()]
    if any(high - low >= _CONTRAST for low, high in levels):
        return ""
    return "blank" if all(low >= _PAPER for low, _ in levels) else "covered"


def _is_scan(page: pdfium.PdfPage) -> bool:
    """Whether one picture fills the page: words over it are what a program took the picture's words to be."""
    width, height = page.get_size()
    for each in page.get_objects(filter=(pdfium.raw.FPDF_PAGEOBJ_IMAGE,), max_depth=5):
        left, bottom, right, top = each.get_bounds()
        if (right - left) * (top - bottom) >= _SCAN_SHARE * width * height:
            return True
    return False


def _finding(
    request: ConversionRequest,
    runs: Sequence[tuple[int, str]],
    code: str,
    severity: Severity,
    where: str,
    listed: bool,
) -> Finding:
    count = sum(len(_WORD.findall(text)) for _, text in runs)
    message = f"{count} words stand on {_on_pages(page for page, _ in runs)} {where}; they can still be copied from the bundle"
    remedy = (
        "open the original, and decide whether it may be served as it is; ask for a copy without them if not"
    )
    if listed:
        words = " … ".join(text for _, text in runs)
        cut = words[:LISTED_CHARACTERS] + (" …" if len(words) > LISTED_CHARACTERS else "")
        message += f": “{display_name(cut.encode('utf-8', 'replace'))}”"
    else:
        remedy = "if they were blacked out, ask for a copy in which they are really gone, and do not serve this one"
    return request.finding(code, severity, message, remedy)


def _on_pages(numbers: Iterable[int]) -> str:
    every = sorted(set(numbers))
    words = ", ".join(map(str, every[:20])) + (" and others" if len(every) > 20 else "")
    return f"page{'s' * (len(every) != 1)} {words}"
