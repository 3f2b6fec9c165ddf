"""The plan of a bundle: from items in order to pages, numbers, bookmarks and links. Pure; touches no file.

Sections stand in the order of their letters; within a section items keep the order they came in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from bundles.derived import Derived, OutlineEntry
from bundles.model import (
    BundlePlan,
    IndexLink,
    OutsideRow,
    PageRange,
    PlannedBookmark,
    PlannedSection,
    PlannedTab,
    TabKind,
)
from bundles.profile import BookmarksRule, Profile
from casefiles.errors import UsageError
from casefiles.uk_dates import short_date

DEEPEST_LEVEL = 8
"""Bookmarks below this level are lifted to it: no viewer is helped by more, and a hostile source may have thousands."""


@dataclass(frozen=True)
class ResolvedItem:
    """One item that the bundle draws: the officer's words, the evidence behind it and the PDF to bind."""

    section: str
    title: str
    dated: date | None
    exhibit: str
    kind: TabKind
    file: str
    evidence_sha256: str
    event: int
    derived: Derived


@dataclass(frozen=True)
class BundleFacts:
    """What the bundle is, apart from its items. `made_at` is an ISO instant in UTC out of the chain."""

    case_reference: str
    case_uuid: str
    name: str
    title: str
    version: int
    mark: str
    made_at: str
    checkpoint: str


@dataclass(frozen=True)
class RowLink:
    """Where row `row` (0-based, as `index_rows` counts) lies on a page of the front matter, in points."""

    row: int
    on_page: int
    left_pt: float
    bottom_pt: float
    right_pt: float
    top_pt: float


@dataclass(frozen=True)
class FrontFacts:
    """What is known of the drawn cover and index: they are the bundle's first pages."""

    sha256: str
    cover_pages: PageRange
    index_pages: PageRange
    rows: tuple[RowLink, ...]

    @property
    def pages(self) -> int:
        """How many pages cover and index take."""
        return self.index_pages.last


@dataclass(frozen=True)
class IndexRow:
    """One row of the index: a section's heading (`tab` is None) or a tab."""

    section: PlannedSection
    tab: PlannedTab | None

    @property
    def to_page(self) -> int:
        """The bundle page that the row leads to."""
        return (self.section if self.tab is None else self.tab).pages.first


def lay_out(
    items: Sequence[ResolvedItem], section_titles: Mapping[str, str], front_pages: int
) -> tuple[PlannedSection, ...]:
    """Give every item its tab and its pages, after `front_pages` pages of cover and index.

    Raises:
        UsageError: there is no item, or one has no section.
        ValueError: a derived file has no page.
    """
    if not items:
        raise UsageError(
            "the bundle has no document to draw",
            remedy='Set use = "serve" on at least one line of the bundle file.',
        )
    for item in items:
        if not item.section:
            raise UsageError(
                f"“{item.title}” ({item.file}) has no section",
                remedy='Give its line in the bundle file a letter, such as section = "D".',
            )
    sections: list[PlannedSection] = []
    page = front_pages + 1
    for letter, own in groupby(in_order(items), key=lambda item: item.section):
        tabs: list[PlannedTab] = []
        for number, item in enumerate(own, start=1):
            tabs.append(_tab(item, f"{letter}{number}", page))
            page = tabs[-1].pages.last + 1
        sections.append(PlannedSection(letter, section_titles.get(letter, f"Section {letter}"), tuple(tabs)))
    return tuple(sections)


def in_order(items: Sequence[ResolvedItem]) -> list[ResolvedItem]:
    """The items in the order of their tabs."""
    return sorted(items, key=lambda item: (len(item.section), item.section))


def index_rows(sections: Sequence[PlannedSection]) -> tuple[IndexRow, ...]:
    """The rows of the index in order: each section's heading, then its tabs."""
    return tuple(IndexRow(section, tab) for section in sections for tab in (None, *section.tabs))


def plan_bundle(
    facts: BundleFacts,
    profile: Profile,
    items: Sequence[ResolvedItem],
    front: FrontFacts,
    section_titles: Mapping[str, str] | None = None,
) -> BundlePlan:
    """Everything that the finished PDF must be.

    `section_titles` (letter to title) go before the profile's own.

    Raises:
        UsageError: as `lay_out`.
        ValueError: the front matter was drawn for other items, or a source's bookmark leads outside its file.
    """
    sections = lay_out(items, {**profile.section_titles, **(section_titles or {})}, front.pages)
    rows = checked_rows(sections, front)
    links = tuple(
        IndexLink(
            link.on_page, link.left_pt, link.bottom_pt, link.right_pt, link.top_pt, rows[link.row].to_page
        )
        for link in front.rows
    )
    return plan_pdf(facts, profile, items, front, sections, index_links=links)


def checked_rows(sections: Sequence[PlannedSection], front: FrontFacts) -> tuple[IndexRow, ...]:
    """The rows of the index, which was drawn for exactly these.

    Raises:
        ValueError: it was drawn for others.
    """
    rows = index_rows(sections)
    if {link.row for link in front.rows} != set(range(len(rows))):
        raise ValueError("the index was drawn for other items than the plan's")
    return rows


def plan_pdf(
    facts: BundleFacts,
    profile: Profile,
    items: Sequence[ResolvedItem],
    front: FrontFacts,
    sections: tuple[PlannedSection, ...],
    *,
    index_links: tuple[IndexLink, ...],
    first_page: int = 1,
    volume: int = 1,
    volumes: int = 1,
    outside_rows: tuple[OutsideRow, ...] = (),
) -> BundlePlan:
    """The plan of one PDF whose sections are laid out behind its cover and index, which begin on `first_page`.

    Raises:
        ValueError: a source's bookmark leads outside its file.
    """
    last = sections[-1].pages.last
    return BundlePlan(
        profile=profile.name,
        case_reference=facts.case_reference,
        case_uuid=facts.case_uuid,
        name=facts.name,
        title=facts.title,
        version=facts.version,
        language=profile.language,
        mark=facts.mark,
        zoom=profile.view.zoom,
        made_at=facts.made_at,
        checkpoint=facts.checkpoint,
        cover_pages=_moved(front.cover_pages, first_page),
        index_pages=_moved(front.index_pages, first_page),
        front_sha256=front.sha256,
        front_pages=front.pages,
        sections=sections,
        bookmarks=_bookmarks(profile.bookmarks, front, sections, items, first_page),
        index_links=index_links,
        stamps=tuple(str(page) for page in range(first_page, last + 1)),
        first_page=first_page,
        volume=volume,
        volumes=volumes,
        outside_rows=outside_rows,
    )


def _moved(pages: PageRange, first_page: int) -> PageRange:
    return PageRange(pages.first + first_page - 1, pages.last + first_page - 1)


def _tab(item: ResolvedItem, label: str, first: int) -> PlannedTab:
    derived = item.derived
    return PlannedTab(
        label=label,
        title=item.title,
        dated=item.dated,
        exhibit=item.exhibit,
        kind=item.kind,
        file=item.file,
        evidence_sha256=item.evidence_sha256,
        event=item.event,
        converter=derived.converter,
        converter_version=derived.converter_version,
        derived_sha256=derived.sha256,
        programs=derived.programs,
        treatment=derived.treatment,
        choice=derived.choice,
        pages=PageRange(first, first + len(derived.pages) - 1),
    )


def _bookmarks(
    wording: BookmarksRule,
    front: FrontFacts,
    sections: Sequence[PlannedSection],
    items: Sequence[ResolvedItem],
    first_page: int,
) -> tuple[PlannedBookmark, ...]:
    outlines = {item.derived.sha256: item.derived.outline for item in items}
    marks = [
        PlannedBookmark(1, wording.front.format(title=title, page=page), page)
        for title, pages in (("Cover", front.cover_pages), ("Index", front.index_pages))
        for page in [_moved(pages, first_page).first]
    ]
    for section in sections:
        first = section.pages.first
        title = wording.section.format(letter=section.letter, title=section.title, page=first)
        marks.append(PlannedBookmark(1, title, first))
        for tab in section.tabs:
            marks.append(PlannedBookmark(2, _tab_title(wording, tab), tab.pages.first))
            marks.extend(_within(wording, tab, outlines[tab.derived_sha256]))
    return tuple(marks)


def _tab_title(wording: BookmarksRule, tab: PlannedTab) -> str:
    page = tab.pages.first
    if tab.dated is None:
        return wording.tab.format(tab=tab.label, title=tab.title, page=page)
    return wording.tab_dated.format(tab=tab.label, title=tab.title, date=short_date(tab.dated), page=page)


def _within(
    wording: BookmarksRule, tab: PlannedTab, outline: Sequence[OutlineEntry]
) -> list[PlannedBookmark]:
    """The source's own bookmarks beneath the tab's, each at most one level below the one before it."""
    marks: list[PlannedBookmark] = []
    level = 2
    bound, count = tab.source_pages, tab.of_pages or tab.pages.count
    for entry in outline:
        if not 1 <= entry.page <= count:
            raise ValueError(f"tab {tab.label}: a bookmark leads to page {entry.page} of {count}")
        if not bound.first <= entry.page <= bound.last:
            continue  # it stands in the volume that has the page
        level = min(level + 1, max(entry.level, 1) + 2, DEEPEST_LEVEL)
        page = tab.pages.first + entry.page - bound.first
        title = entry.title if entry.title.strip() else "Untitled"
        marks.append(PlannedBookmark(level, wording.within.format(title=title, page=page), page))
    return marks
