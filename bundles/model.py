"""What a bundle is, before anything is drawn: Bundle → Section → Tab → PageRange.

Pages are 1-based and ranges inclusive throughout; the printed number of a page is its page in the PDF.
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
    whose page k becomes page `pages.first + k - 1`. `programs` and
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
class BundlePlan:
    """Everything that the finished PDF must be; pure data, no file touched.

    `front_sha256` is the PDF of cover and index (pages `1` to `front_pages`), of the derived shape.
    `stamps[n - 1]` is exactly what is printed on page n (the number); `mark` ("DRAFT" or empty) is printed
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

    @property
    def page_count(self) -> int:
        """Pages of the finished PDF."""
        return len(self.stamps)

    @property
    def tabs(self) -> tuple[PlannedTab, ...]:
        """All tabs in order."""
        return tuple(tab for section in self.sections for tab in section.tabs)
