"""What is examined, and against what: the plan's pages, each with the file and page that it must show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bundles.derived import DerivedPage, StampBox
from bundles.model import BundlePlan, PageRange


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

    `part` is which of that file's pages are bound one after the other, `first` the bundle page that shows the first of
    them, `count` how many pages the file has; `called` names the source for a person.
    """

    page: int
    file: str
    source_page: int
    first: int
    count: int
    called: str
    part: PageRange

    @property
    def page_one(self) -> int:
        """The number that page 1 of the file has in the bundle, or would have if it were bound with the rest."""
        return self.first - self.part.first + 1


def page_sources(plan: BundlePlan) -> tuple[PageSource, ...]:
    """One entry for every page that the plan gives to the front or to a tab, in the plan's order."""
    front, before = plan.front_pages, plan.first_page - 1
    whole = PageRange(1, front)
    sources = [
        PageSource(before + at, plan.front_sha256, at, before + 1, front, "the cover and index", whole)
        for at in range(1, front + 1)
    ]
    for tab in plan.tabs:
        first, part = tab.pages.first, tab.source_pages
        named = f"{tab.label} “{tab.title}”"
        sources.extend(
            PageSource(
                first + at,
                tab.derived_sha256,
                part.first + at,
                first,
                tab.of_pages or part.count,
                f"page {part.first + at} of {named}",
                part,
            )
            for at in range(part.count)
        )
    return tuple(sources)
