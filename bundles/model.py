"""What a bundle is, before anything is drawn: Bundle → Section → Tab → PageRange.

Pages are 1-based and ranges inclusive throughout; the printed number of a page is its page in the PDF, or, where the
bundle is divided into volumes, its page in all of them one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Use(StrEnum):
    """What an officer has decided about an item."""

    SERVE = "serve"
    UNUSED = "unused"
    SENSITIVE = "sensitive"
    NOT_RELEVANT = "not relevant"
    UNDECIDED = "undecided"


class TabKind(StrEnum):
    """How an item is represented: its own pages, a sheet in place of a file that cannot be drawn, or a placeholder."""

    EVIDENCE = "evidence"
    SHEET = "sheet"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, order=True)
class PageRange:
    """First and last page, 1-based, inclusive."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last:
            raise ValueError(f"not a page range: {self.first} to {self.last}")

    @property
    def count(self) -> int:
        """How many pages."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        return str(self.first) if self.count == 1 else f"{self.first}–{self.last}"


@dataclass(frozen=True)
class PlannedTab:
    """One item of the bundle, placed.

    `label` is its tab ("D2"), `exhibit` its label in the case ("AB/1") or empty; `evidence_sha256` is the
    original; `event` the sequence number of its `evidence.received`; `derived_sha256` the PDF that is bound,
    whose page `from_page + k` becomes page `pages.first + k`. `of_pages` is how many pages that PDF has, where this
    is only a part of them because the tab is divided between volumes; 0 where it is all of them. `programs`,
    `treatment` and `choice` as in `bundles.derived.Derived`.
    """

    label: str
    title: str
    dated: date | None
    exhibit: str
    kind: TabKind
    file: str
    evidence_sha256: str
    event: int
    converter: str
    converter_version: str
    derived_sha256: str
    pages: PageRange
    programs: str = ""
    treatment: str = ""
    choice: str = ""
    from_page: int = 1
    of_pages: int = 0

    @property
    def source_pages(self) -> PageRange:
        """The pages of the derived PDF that are bound here."""
        return PageRange(self.from_page, self.from_page + self.pages.count - 1)


@dataclass(frozen=True)
class PlannedSection:
    """One lettered section and its tabs, in order; never empty."""

    letter: str
    title: str
    tabs: tuple[PlannedTab, ...]

    @property
    def pages(self) -> PageRange:
        """From the first tab's first page to the last tab's last."""
        return PageRange(self.tabs[0].pages.first, self.tabs[-1].pages.last)


@dataclass(frozen=True)
class PlannedBookmark:
    """One line of the outline: level 1 is the top; `title` already carries its page number."""

    level: int
    title: str
    page: int


@dataclass(frozen=True)
class IndexLink:
    """A clickable row of the index: where it lies (index page in the bundle, points) and where it goes."""

    on_page: int
    left_pt: float
    bottom_pt: float
    right_pt: float
    top_pt: float
    to_page: int


@dataclass(frozen=True)
class OutsideRow:
    """A row of the index that leads into another volume: where it lies (index page in the bundle, points), the number
    and the file's name of that volume, the page as printed and as counted within that file, the pages that the row
    tells, and the tab, which is None for a section's heading."""

    on_page: int
    left_pt: float
    bottom_pt: float
    right_pt: float
    top_pt: float
    to_page: int
    volume: int
    file: str
    file_page: int
    pages: PageRange
    tab: PlannedTab | None


@dataclass(frozen=True)
class BundlePlan:
    """Everything that one finished PDF must be, the whole bundle or one of its volumes; pure data, no file touched.

    Page numbers everywhere are the printed ones, which run on through all volumes: this PDF has the pages
    `first_page` to `last_page`, and `first_page` is 1 unless it is volume 2 or a later one.
    `front_sha256` is the PDF of cover and index (the first `front_pages` pages), of the derived shape.
    `stamps[n]` is exactly what is printed on the PDF's page of index n (the number); `mark` ("DRAFT" or empty) is printed
    on every page as well. `zoom` is the opening view (1.0 = 100 %). `made_at` is an ISO instant in UTC taken
    from the chain. `checkpoint` is the line in the index pages' footer.
    """

    profile: str
    case_reference: str
    case_uuid: str
    name: str
    title: str
    version: int
    language: str
    mark: str
    zoom: float
    made_at: str
    checkpoint: str
    cover_pages: PageRange
    index_pages: PageRange
    front_sha256: str
    front_pages: int
    sections: tuple[PlannedSection, ...]
    bookmarks: tuple[PlannedBookmark, ...]
    index_links: tuple[IndexLink, ...]
    stamps: tuple[str, ...]
    first_page: int = 1
    volume: int = 1
    volumes: int = 1
    outside_rows: tuple[OutsideRow, ...] = ()

    @property
    def page_count(self) -> int:
        """Pages of the finished PDF."""
        return len(self.stamps)

    @property
    def last_page(self) -> int:
        """The number of the last page."""
        return self.first_page + self.page_count - 1

    def stamp(self, page: int) -> str:
        """What is printed on a page as its number."""
        return self.stamps[page - self.first_page]

    @property
    def tabs(self) -> tuple[PlannedTab, ...]:
        """All tabs in order."""
        return tuple(tab for section in self.sections for tab in section.tabs)
