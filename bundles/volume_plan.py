"""The plan of a bundle in volumes: one plan a volume, whose page numbers run on. Pure; touches no file.

Every volume begins with a cover and the one index of all volumes. A row of the index leads to its page in this
volume, or names the file and page of another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from bundles.model import BundlePlan, IndexLink, OutsideRow, PageRange, PlannedSection, PlannedTab
from bundles.plan import (
    BundleFacts,
    FrontFacts,
    IndexRow,
    ResolvedItem,
    RowLink,
    checked_rows,
    index_rows,
    lay_out,
    plan_pdf,
)
from bundles.profile import Profile
from bundles.volumes import VolumeSpans


@dataclass(frozen=True)
class VolumeLayout:
    """The pages of one volume: its number, its pages with cover and index, and its tabs by section."""

    number: int
    pages: PageRange
    sections: tuple[PlannedSection, ...]


@dataclass(frozen=True)
class VolumesLayout:
    """All volumes in order, and the sections of the whole bundle, as the one index lists them."""

    volumes: tuple[VolumeLayout, ...]
    sections: tuple[PlannedSection, ...]

    @property
    def rows(self) -> tuple[IndexRow, ...]:
        """The rows of the index in order; a tab that is divided has a row for each part."""
        return index_rows(self.sections)

    @property
    def pages(self) -> int:
        """Pages of all volumes."""
        return self.volumes[-1].pages.last

    def volume_of(self, page: int) -> VolumeLayout:
        """The volume that has a page."""
        return next(volume for volume in self.volumes if page <= volume.pages.last)

    def volumes_of(self, pages: PageRange) -> PageRange:
        """The first and the last volume with any of these pages."""
        return PageRange(self.volume_of(pages.first).number, self.volume_of(pages.last).number)


def lay_out_volumes(
    items: Sequence[ResolvedItem],
    section_titles: Mapping[str, str],
    spans: Sequence[VolumeSpans],
    front_pages: Sequence[int],
) -> VolumesLayout:
    """Give every tab its pages in its volume; `front_pages` are the pages of cover and index of each volume.

    Raises:
        UsageError: as `lay_out`.
        ValueError: the spans do not hold every page of every tab once and in order.
    """
    plain = lay_out(items, section_titles, 1)
    tabs = [tab for section in plain for tab in section.tabs]
    titles = {tab.label: section for section in plain for tab in section.tabs}
    _check(tabs, spans)
    volumes: list[VolumeLayout] = []
    placed: list[PlannedTab] = []
    page = 1
    for number, (held, front) in enumerate(zip(spans, front_pages, strict=True), start=1):
        first, page = page, page + front
        own: list[PlannedTab] = []
        for span in held:
            own.append(_placed(tabs[span.tab], span.pages, page))
            page = own[-1].pages.last + 1
        placed += own
        volumes.append(VolumeLayout(number, PageRange(first, page - 1), _sections(own, titles)))
    return VolumesLayout(tuple(volumes), _sections(placed, titles))


def plan_volumes(
    facts: BundleFacts,
    profile: Profile,
    items: Sequence[ResolvedItem],
    layout: VolumesLayout,
    fronts: Sequence[FrontFacts],
    files: Sequence[str],
) -> tuple[BundlePlan, ...]:
    """Everything that each finished volume must be; `fronts` and `files` are each volume's cover and index, and name.

    Raises:
        ValueError: an index was drawn for other items, or a source's bookmark leads outside its file.
    """
    return tuple(
        _volume_plan(facts, profile, items, layout, volume, front, files)
        for volume, front in zip(layout.volumes, fronts, strict=True)
    )


def _volume_plan(
    facts: BundleFacts,
    profile: Profile,
    items: Sequence[ResolvedItem],
    layout: VolumesLayout,
    volume: VolumeLayout,
    front: FrontFacts,
    files: Sequence[str],
) -> BundlePlan:
    rows = checked_rows(layout.sections, front)
    before = volume.pages.first - 1
    inside, outside = [], []
    for link in front.rows:
        row = rows[link.row]
        there = layout.volume_of(row.to_page)
        if there is volume:
            inside.append(
                IndexLink(
                    link.on_page + before,
                    link.left_pt,
                    link.bottom_pt,
                    link.right_pt,
                    link.top_pt,
                    row.to_page,
                )
            )
        else:
            outside.append(_outside(link, before, row, there, files[there.number - 1]))
    return plan_pdf(
        facts,
        profile,
        items,
        front,
        volume.sections,
        index_links=tuple(inside),
        first_page=volume.pages.first,
        volume=volume.number,
        volumes=len(layout.volumes),
        outside_rows=tuple(outside),
    )


def _outside(link: RowLink, before: int, row: IndexRow, there: VolumeLayout, file: str) -> OutsideRow:
    return OutsideRow(
        on_page=link.on_page + before,
        left_pt=link.left_pt,
        bottom_pt=link.bottom_pt,
        right_pt=link.right_pt,
        top_pt=link.top_pt,
        to_page=row.to_page,
        volume=there.number,
        file=file,
        file_page=row.to_page - there.pages.first + 1,
        pages=(row.section if row.tab is None else row.tab).pages,
        tab=row.tab,
    )


def _placed(tab: PlannedTab, pages: PageRange, first: int) -> PlannedTab:
    whole = pages.count == tab.pages.count
    return replace(
        tab,
        pages=PageRange(first, first + pages.count - 1),
        from_page=pages.first,
        of_pages=0 if whole else tab.pages.count,
    )


def _sections(tabs: Sequence[PlannedTab], titles: Mapping[str, PlannedSection]) -> tuple[PlannedSection, ...]:
    return tuple(
        PlannedSection(letter, titles[held[0].label].title, tuple(held))
        for letter, group in groupby(tabs, key=lambda tab: titles[tab.label].letter)
        for held in [list(group)]
    )


def _check(tabs: Sequence[PlannedTab], spans: Sequence[VolumeSpans]) -> None:
    wanted = [(number, page) for number, tab in enumerate(tabs) for page in range(1, tab.pages.count + 1)]
    given = [
        (span.tab, page)
        for held in spans
        for span in held
        for page in range(span.pages.first, span.pages.last + 1)
    ]
    if given != wanted or not all(spans):
        raise ValueError("the volumes do not hold every page of every tab once and in order")
