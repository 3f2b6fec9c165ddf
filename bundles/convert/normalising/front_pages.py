"""Cover and index pages: the derived shape, and where on them the rows lie that are to become links.

The pages are drawn with `<a href="row:7">` around a row; the addresses are read here and dropped from the output.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bundles.convert.base import Drawn, HeldError
from bundles.convert.normalise import normalise
from bundles.convert.normalising.destinations import Destinations
from bundles.convert.normalising.limits import PdfLimits
from bundles.convert.normalising.links import read_links
from bundles.convert.normalising.source import open_source
from bundles.derived import StampBox
from casefiles.findings import Finding, Severity


@dataclass(frozen=True)
class LinkRectangle:
    """A link on a front page: page (1-based), its rectangle on the displayed page in points, and its address."""

    page: int
    left_pt: float
    bottom_pt: float
    right_pt: float
    top_pt: float
    uri: str


def normalise_front(
    source: Path, output: Path, stamp: StampBox, *, scratch: Path | None = None
) -> tuple[Drawn, tuple[LinkRectangle, ...]]:
    """Write cover and index pages in the derived shape, and say where each of their addresses lies.

    Front pages keep the number's box free themselves; one that does not is refused rather than drawn smaller,
    since its links would no longer lie where they are said to.

    Raises:
        HeldError: the file is not as we drew it, or ink lies under the number's box.
        OSError: a file cannot be read or written.
    """
    limits = PdfLimits()
    with open_source(source, _report, limits) as opened:
        frames = opened.frames
        found = read_links(
            [page.page for page in opened.pages], frames, Destinations(opened.pdf, frames, limits)
        )
    drawn = normalise(source, output, stamp, subject="cover and index", scratch=scratch)
    if any(page.reduced for page in drawn.pages):
        message = "something is drawn where the page number goes"
        raise HeldError(
            _report("front-number-covered", Severity.ERROR, message, "make its bottom margin larger")
        )
    links = tuple(LinkRectangle(each.on_index + 1, *each.rectangle, each.uri) for each in found.outside)
    kept = tuple(each for each in drawn.findings if each.code != "pdf-outside-links-removed")
    return Drawn(drawn.sha256, drawn.pages, drawn.outline, kept), links


def _report(code: str, severity: Severity, message: str, remedy: str) -> Finding:
    return Finding(code, severity, "cover and index", message, remedy)
