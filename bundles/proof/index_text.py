"""The index as PDFium reads it: each tab's row carries its label, title, date and pages; each page its checkpoint.

Source: electronic bundles guidance of 29 Nov 2021: an index whose entries name, date and page each document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from bundles.model import BundlePlan, IndexLink, OutsideRow, PageRange, PlannedTab, TabKind
from bundles.proof.viewer import Viewer

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
ROW_MARGIN_PT = 0.5
# Hyphens too: PDFium gives a character of its own for one at the end of a line.
_DROPPED = re.compile(
    r"[-\u2010\u2011\s\x00-\x1f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]+"
)


def index_findings(viewer: Viewer, plan: BundlePlan) -> Iterator[tuple[int, str]]:
    """What is missing on the index pages: the page (1-based) and what."""
    for page in range(plan.index_pages.first, plan.index_pages.last + 1):
        if plan.checkpoint and bare(plan.checkpoint) not in bare(viewer.text(page)):
            yield page, f"the checkpoint line “{plan.checkpoint}” is not on it"
    for tab in plan.tabs:
        rows = [link for link in plan.index_links if link.to_page == tab.pages.first]
        if not rows:
            yield plan.index_pages.first, f"the index has no row for {tab.label} “{tab.title}”"
            continue
        volume = plan.volume if plan.volumes > 1 else 0
        missing = [list(_missing(_row_text(viewer, row), tab, volume)) for row in rows]
        least = min(missing, key=len)
        if least:
            yield rows[-1].on_page, f"the index row of {tab.label} does not show {', '.join(least)}"
    for row in plan.outside_rows:
        shown = _row_text(viewer, row)
        lacking = list(
            _missing(shown, row.tab, row.volume) if row.tab else _missing_volume(shown, row.volume, row.pages)
        )
        if lacking:
            called = row.tab.label if row.tab else f"page {row.to_page}"
            yield row.on_page, f"the index row of {called} does not show {', '.join(lacking)}"


def bare(text: str) -> str:
    """Text for comparison: compatibility characters resolved, white space, hyphens and invisible ones left out."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text))


def written_dates(day: date) -> tuple[str, ...]:
    """The ways in which an English index may write a date."""
    month = MONTHS[day.month - 1]
    return (
        f"{day.day} {month} {day.year}",
        f"{day.day} {month[:3]} {day.year}",
        f"{day:%d.%m.%Y}",
        f"{day:%d/%m/%Y}",
        f"{day:%d.%m.%y}",
        f"{day:%d/%m/%y}",
    )


def _missing_volume(row: str, volume: int, pages: PageRange) -> Iterator[str]:
    """Nothing, if the row shows the volume; PDFium may read it and the pages as one word."""
    shown = bare(row)
    if volume and not re.search(rf"vol\.{volume}(?:(?!\d)|{bare(str(pages))})", shown):
        yield f"volume {volume}"


def _missing(row: str, tab: PlannedTab, volume: int) -> Iterator[str]:
    """What a row lacks; `volume` is 0 where the bundle is not divided."""
    yield from _missing_volume(row, volume, tab.pages)
    seen = bare(row)
    if not _holds_title(seen, bare(tab.title)):
        yield f"the title “{tab.title}”"
    dates = () if tab.dated is None else written_dates(tab.dated)
    if dates and not any(bare(text) in seen for text in dates):
        yield f"the date {tab.dated.isoformat()}"  # type: ignore[union-attr]
    if tab.exhibit and not _holds_label(seen, bare(tab.exhibit), right_to_left=_right_to_left(tab.title)):
        yield f"the exhibit label {tab.exhibit}"
    if tab.choice and tab.kind is TabKind.EVIDENCE:
        if not _holds_title(seen.casefold(), bare(tab.choice).casefold()):
            yield f"what was chosen of it ({tab.choice})"
        row = _without(row, tab.choice)
    if not _shows_pages(row, tab, (*dates, f"vol. {volume}")):
        yield f"the pages {tab.pages}"


def _shows_pages(row: str, tab: PlannedTab, dates: tuple[str, ...]) -> bool:
    first, last = tab.pages.first, tab.pages.last
    pages = str(first) if first == last else rf"{first}\s*(?:–|—|-|to)\s*{last}"
    # PDFium may read the last digits of a title and the pages as one word: what is known is taken away first.
    rest = bare(row)
    for known in (tab.title, *dates, tab.exhibit):
        rest = rest.replace(bare(known), " ", 1) if known else rest
    rest = rest.removeprefix(bare(tab.label))
    return any(
        re.search(rf"(?<!\d){pages}(?!\d)", text) for text in (unicodedata.normalize("NFKC", row), rest)
    )


def _without(row: str, words: str) -> str:
    """A row without words that may hold numbers of their own, wherever its lines break."""
    letters = [re.escape(letter) for letter in unicodedata.normalize("NFKC", words) if not letter.isspace()]
    return re.sub(r"\s*".join(letters), " ", unicodedata.normalize("NFKC", row), count=1, flags=re.IGNORECASE)


def _holds_title(seen: str, title: str) -> bool:
    if title in seen:
        return True
    # PDFium reads no letter where a font of coloured pictures draws one (emoji): the words around it must be there
    words = _without_pictures(title)
    if words and words in seen:
        return True
    # right-to-left words come in display order from some readers: compare letters without their order
    return _right_to_left(title) and all(seen.count(letter) >= title.count(letter) for letter in set(title))


def _without_pictures(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) not in ("So", "Sk"))


def _holds_label(seen: str, label: str, *, right_to_left: bool) -> bool:
    if label in seen:
        return True
    # beside a right-to-left title PDFium turns “AB/3” around at the stroke: compare its two halves
    return right_to_left and all(part in seen for part in label.split("/"))


def _right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


def _row_text(viewer: Viewer, row: IndexLink | OutsideRow) -> str:
    room = (0.0, row.bottom_pt - ROW_MARGIN_PT, viewer.width_pt(row.on_page), row.top_pt + ROW_MARGIN_PT)
    return viewer.text_in(row.on_page, room)
