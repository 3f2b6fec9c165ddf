"""What is examined, and against what: the plan's pages, each with the file and page that it must show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bundles.derived import DerivedPage, StampBox
from bundles.model import BundlePlan


@dataclass(frozen=True)
class ProofFacts:
    """What proof is told beside the plan: the profile's box for the number, and the facts of derived pages.

    `pages` gives, for a derived file's SHA-256, the facts of its pages in order; a file that is not in it is
    """

    stamp: StampBox
    pages: Mapping[str, tuple[DerivedPage, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class PageSource:
    """Where bundle page `page` comes from: page `source_page` of the file with SHA-256 `file`; all 1-based.

    `first` is the bundle page that shows page 1 of that file, `count` how many of its pages are bound; `called` names
    the source for a person.
    """

    page: int
    file: str
    source_page: int
    first: int
    count: int
    called: str


def page_sources(plan: BundlePlan) -> tuple[PageSource, ...]:
    """One entry for every page that the plan gives to the front or to a tab, in the plan's order."""
    front = plan.front_pages
    sources = [
        PageSource(page, plan.front_sha256, page, 1, front, "the cover and index")
        for page in range(1, front + 1)
    ]
    for tab in plan.tabs:
        first, count = tab.pages.first, tab.pages.count
        named = f"{tab.label} “{tab.title}”"
        sources.extend(
            PageSource(first + at - 1, tab.derived_sha256, at, first, count, f"page {at} of {named}")
            for at in range(1, count + 1)
        )
    return tuple(sources)
