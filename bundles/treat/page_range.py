"""Only the pages that an officer chose of a long document; the others are left out, and so is what leads to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf

from bundles.choices import counted_words, numbers
from bundles.convert.base import ConversionRequest, HeldError
from bundles.derived import Derived, OutlineEntry
from bundles.treat.rewriting import links_of, next_path, open_derived, rewritten, save_derived
from bundles.treatment import ranges_of
from casefiles.findings import Finding, Severity

_MENTION = re.compile(r"(?:(?<=^)|(?<=on ))(pages?) (\d+(?:, \d+)*)")
_LISTED_AFTER = "; they are listed on a page after the document"


def apply(request: ConversionRequest, derived: Derived) -> Derived:
    """The derived file with the chosen pages alone, in their order.

    Pages are counted as the file has them, from 1; a sheet of ours after the document has the numbers that follow.

    Raises:
        HeldError: a chosen page is not there; the finding says how many there are.
        OSError: the new file cannot be written.
    """
    ranges = request.treatment.pages
    if not ranges:
        return derived
    own = len(derived.pages) - derived.own_pages
    if ranges[-1].last > len(derived.pages):
        raise HeldError(_not_there(request, len(derived.pages), own, ranges[-1].last))
    chosen = numbers(ranges)
    of_source = [number for number in chosen if number <= own]
    kept = keep(derived, chosen)
    words = counted_words("page", ranges_of(of_source), own) if of_source else "none of its pages"
    if derived.own_pages and len(of_source) < len(chosen):
        words += ", with the list of its comments"
    result = kept.derived.with_choice(words)
    told = [*_about(request, kept), *_about_own(request, derived, of_source == list(chosen))]
    findings = [each for found in result.findings for each in _renumbered(found, chosen)]
    return replace(
        result,
        findings=(*findings, *told),
        own_pages=len(chosen) - len(of_source),
    )


@dataclass(frozen=True)
class Kept:
    """The file with fewer pages, and how many links and bookmarks led to pages that are not there any more."""

    derived: Derived
    links_dropped: int
    bookmarks_dropped: int


def keep(derived: Derived, chosen: Sequence[int], step: str = "pages") -> Kept:
    """Write the derived file with those pages (1-based, ascending) alone; findings stay as they were.

    Raises:
        OSError: the new file cannot be written.
    """
    path = next_path(derived, step)
    with open_derived(derived.path) as pdf:
        dropped = _cut(pdf, chosen, path)
    place_of = {number: place for place, number in enumerate(chosen, 1)}
    outline = tuple(
        OutlineEntry(entry.level, entry.title, place_of[entry.page])
        for entry in derived.outline
        if entry.page in place_of
    )
    result = rewritten(
        replace(derived, pages=tuple(derived.pages[number - 1] for number in chosen), outline=outline),
        path,
        changed=frozenset(),
    )
    return Kept(result, dropped, len(derived.outline) - len(outline))


def _cut(pdf: pikepdf.Pdf, chosen: Sequence[int], path: Path) -> int:
    wanted = {number - 1 for number in chosen}
    there = {pdf.pages[index].obj.objgen for index in wanted}
    dropped = 0
    for index in wanted:
        page = pdf.pages[index].obj
        links = links_of(page)
        inside = [link for link in links if link.Dest[0].objgen in there]
        dropped += len(links) - len(inside)
        if inside:
            page.Annots = pikepdf.Array(inside)
        elif links:
            del page["/Annots"]
    for index in reversed(range(len(pdf.pages))):
        if index not in wanted:
            del pdf.pages[index]
    save_derived(pdf, path)
    return dropped


def _about(request: ConversionRequest, kept: Kept) -> Iterator[Finding]:
    if kept.links_dropped:
        one = kept.links_dropped == 1
        yield request.finding(
            "links-to-pages-left-out",
            Severity.NOTE,
            f"{kept.links_dropped} link{' leads' if one else 's lead'} to pages that were not chosen; "
            f"{'it is' if one else 'they are'} dropped",
        )
    if kept.bookmarks_dropped:
        one = kept.bookmarks_dropped == 1
        yield request.finding(
            "bookmarks-to-pages-left-out",
            Severity.NOTE,
            f"{kept.bookmarks_dropped} of its bookmarks {'leads' if one else 'lead'} to pages that were not chosen; "
            f"{'it is' if one else 'they are'} dropped",
        )


def _about_own(request: ConversionRequest, whole: Derived, left_out: bool) -> Iterator[Finding]:
    if whole.own_pages and left_out:
        first = len(whole.pages) - whole.own_pages + 1
        which = f"page {first}" if whole.own_pages == 1 else f"pages {first} to {len(whole.pages)}"
        yield request.finding(
            "comments-list-left-out",
            Severity.WARNING,
            "the list of its comments, which follows the document, was not among the pages chosen; it is left out",
            f"if it is to be served, choose {which} as well; it lists the comments of all pages",
        )


def _not_there(request: ConversionRequest, count: int, own: int, asked: int) -> Finding:
    has = "1 page" if own == 1 else f"{own} pages"
    after = f"; the list of its comments follows as page {own + 1}" if count > own else ""
    return request.finding(
        "chosen-page-not-there",
        Severity.ERROR,
        f"page {asked} was chosen, and it has {has}{after}",
        f'On its line in the bundle file write pages within that, such as pages = "1-{own}", or leave pages out',
    )


def _renumbered(finding: Finding, chosen: Sequence[int]) -> Iterator[Finding]:
    """A finding about single pages as far as they were chosen, with the number that each has among those bound."""
    match = _MENTION.search(finding.message) if finding.code.startswith("pdf-") else None
    if match is None:
        yield finding
        return
    place_of = {number: place for place, number in enumerate(chosen, 1)}
    named = [int(number) for number in match[2].split(", ")]
    left = [number for number in named if number in place_of]
    if not left and "and others" not in finding.message:
        return
    if left:
        words = ", ".join(f"{number} (page {place_of[number]} of those bound)" for number in left)
        message = finding.message.replace(match[0], f"page{'s' * (len(left) > 1)} {words}", 1)
    else:
        message = finding.message
    if len(left) < len(named):
        message += "; pages not chosen are not named here"
    yield replace(finding, message=message.replace(_LISTED_AFTER, ""))
