"""Cover and index: drawn from templates, then made into the derived shape like every other page.

The index tells page numbers that depend on how many pages the index takes: it is drawn again until both agree.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar

import pikepdf

from bundles.convert.base import HeldError
from bundles.convert.normalising.front_pages import LinkRectangle, normalise_front
from bundles.model import PageRange, PlannedSection, PlannedTab, TabKind
from bundles.plan import FrontFacts, IndexRow, ResolvedItem, RowLink, index_rows, lay_out
from bundles.profile import Profile
from casefiles.errors import CasebinderError
from casefiles.files.scratch import remove_scratch_file
from casefiles.findings import Finding, Severity
from casefiles.uk_dates import clock_time, long_date
from templates.render import Plain, RenderedPdf, render_html, render_pdf

COVER = "pages/bundle_cover.html.j2"
INDEX = "pages/bundle_index.html.j2"
MOST_DRAWINGS = 6

_ROW = re.compile(r"row:(\d+)")
_NOTES = {
    TabKind.SHEET: "Sheet in place of the file",
    TabKind.PLACEHOLDER: "Placeholder: the pages are not here",
}


class FrontFailed(CasebinderError):
    """The templates of cover or index give pages that cannot be used."""

    code: ClassVar[str] = "front-failed"


@dataclass(frozen=True)
class OffenceLine:
    """One charge as the cover tells it: the words, against and about whom, and the period (inclusive)."""

    offence: str
    people: str
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class HearingLine:
    """The hearing: its kind ("first hearing"), the court, and the time as a clock in London shows it."""

    kind: str
    court: str
    at: datetime | None


@dataclass(frozen=True)
class FrontView:
    """What the cover and index say, already chosen for whoever will read the bundle.

    The caller leaves out what must be kept from them. `others` are further facts (name, value), in order.
    """

    authority: str
    department: str
    case_reference: str
    bundle_title: str
    version: int
    draft: bool
    checkpoint: str
    defendants: tuple[str, ...]
    children: tuple[str, ...]
    offences: tuple[OffenceLine, ...]
    hearing: HearingLine | None
    prepared_by: str
    prepared_on: date
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Front:
    """Cover and index as drawn, a PDF of the derived shape; findings name characters that no font here shows."""

    path: Path
    facts: FrontFacts
    findings: tuple[Finding, ...]


def draw_front(
    view: FrontView,
    profile: Profile,
    items: Sequence[ResolvedItem],
    output: Path,
    *,
    section_titles: Mapping[str, str] | None = None,
    templates: Sequence[Path] = (),
) -> Front:
    """Draw cover and index to `output`, a PDF of the derived shape, and say where the rows of the index lie.

    `section_titles` (letter to title) go before the profile's own; `templates` are folders that are searched for
    templates before the built-in ones. Working files stand beside `output`.

    Raises:
        UsageError: there is no item, or one has no section.
        RenderFailed: a template is broken or asks for something outside the page.
        FrontFailed: the index does not come to rest, has no row, or covers the room for the number.
        OSError: the output cannot be written.
    """
    titles = {**profile.section_titles, **(section_titles or {})}
    cover_count, index_count = 1, guess_index_pages(index_rows(lay_out(items, titles, 1)))
    for _ in range(MOST_DRAWINGS):
        sections = lay_out(items, titles, cover_count + index_count)
        index = draw_part(INDEX, index_values(view, profile, sections), templates)
        if index.pages != index_count:
            index_count = index.pages
            continue
        cover = draw_part(COVER, cover_values(view, profile, sections[-1].pages.last), templates)
        if cover.pages == cover_count:
            return bind_front(cover, index, profile, output)
        cover_count = cover.pages
    raise FrontFailed(
        f"after {MOST_DRAWINGS} drawings the index still takes another number of pages than it tells",
        remedy="Give the Pages column of the index template a fixed width.",
    )


@dataclass(frozen=True)
class DrawnPart:
    """A PDF as it was rendered, and its pages."""

    rendered: RenderedPdf
    pages: int


def draw_part(template: str, values: Mapping[str, Plain], templates: Sequence[Path]) -> DrawnPart:
    """Render the cover or the index.

    Raises:
        RenderFailed: the template is broken or asks for something outside the page.
    """
    rendered = render_pdf(render_html(template, values, templates), overrides=templates)
    with pikepdf.open(io.BytesIO(rendered.data)) as pdf:
        return DrawnPart(rendered, len(pdf.pages))


def bind_front(cover: DrawnPart, index: DrawnPart, profile: Profile, output: Path) -> Front:
    """Join both, keep the rows' rectangles, and make the derived shape, at `output`.

    Raises:
        FrontFailed: the index has no row, or covers the room for the number.
        OSError: the output cannot be written.
    """
    draft = output.with_name(f"{output.stem}.draft.pdf")
    try:
        with pikepdf.new() as joined:
            for part in (cover, index):
                with pikepdf.open(io.BytesIO(part.rendered.data)) as pdf:
                    joined.pages.extend(pdf.pages)
            joined.save(draft, static_id=True)
        drawn, links = normalise_front(draft, output, profile.stamp)
    except HeldError as problem:
        raise FrontFailed(
            f"cover and index cannot be used: {problem}",
            remedy="Correct their templates, or remove your own.",
        ) from problem
    finally:
        remove_scratch_file(draft)
    rows = _row_links(links)
    if not rows:
        raise FrontFailed("the index has no row", remedy='Give each row a link such as href="row:0".')
    facts = FrontFacts(
        sha256=drawn.sha256,
        cover_pages=PageRange(1, cover.pages),
        index_pages=PageRange(cover.pages + 1, cover.pages + index.pages),
        rows=rows,
    )
    missing = "".join(sorted({*cover.rendered.without_glyph, *index.rendered.without_glyph}))
    unseen = (_missing_glyphs(missing),) if missing else ()
    return Front(output, facts, (*drawn.findings, *unseen))


def _missing_glyphs(characters: str) -> Finding:
    return Finding(
        code="front-character-not-shown",
        severity=Severity.WARNING,
        subject="cover and index",
        message=f"no font on this machine has the characters {characters}: they show as boxes",
        remedy="Install a font that has them, for example the Debian package fonts-droid-fallback.",
    )


def _row_links(links: Sequence[LinkRectangle]) -> tuple[RowLink, ...]:
    """One rectangle for each row and page: around all of the row's links there."""
    found: dict[tuple[int, int], list[LinkRectangle]] = {}
    for link in links:
        if match := _ROW.fullmatch(link.uri):
            found.setdefault((int(match[1]), link.page), []).append(link)
    return tuple(
        RowLink(
            row=row,
            on_page=page,
            left_pt=min(part.left_pt for part in parts),
            bottom_pt=min(part.bottom_pt for part in parts),
            right_pt=max(part.right_pt for part in parts),
            top_pt=max(part.top_pt for part in parts),
        )
        for (row, page), parts in sorted(found.items())
    )


def index_values(
    view: FrontView,
    profile: Profile,
    sections: Sequence[PlannedSection],
    volumes_of: Callable[[PageRange], PageRange] | None = None,
) -> dict[str, Plain]:
    """What the index's template is given; `volumes_of` says which volumes hold some pages of a divided bundle."""
    return {
        "divided": volumes_of is not None,
        "language": profile.language,
        "checkpoint": view.checkpoint,
        "case_reference": view.case_reference,
        "bundle_title": view.bundle_title,
        "draft": view.draft,
        "rows": [_row_values(number, row, volumes_of) for number, row in enumerate(index_rows(sections))],
    }


def _row_values(
    number: int, row: IndexRow, volumes_of: Callable[[PageRange], PageRange] | None
) -> dict[str, Plain]:
    pages = (row.section if row.tab is None else row.tab).pages
    volume = "" if volumes_of is None else f"vol. {volumes_of(pages)}"
    if row.tab is None:
        section = row.section
        return {
            "number": number,
            "section": section.letter,
            "title": section.title,
            "volume": volume,
            "pages": str(section.pages),
        }
    tab = row.tab
    return {
        "number": number,
        "section": "",
        "tab": tab.label,
        "title": tab.title,
        "note": _note(tab),
        "dated": "" if tab.dated is None else long_date(tab.dated),
        "exhibit": tab.exhibit,
        "volume": volume,
        "pages": str(tab.pages),
    }


def _note(tab: PlannedTab) -> str:
    """What stands below a title: what stands in the file's place, what was chosen of it, which of its pages are here."""
    notes = [_NOTES[tab.kind]] if tab.kind in _NOTES else []
    if tab.choice and not notes:
        notes.append(tab.choice[:1].upper() + tab.choice[1:])
    if tab.of_pages:
        last = tab.source_pages.last
        rest = "; the rest is in the next volume" if last < tab.of_pages else ""
        notes.append(f"Its pages {tab.source_pages} of {tab.of_pages}{rest}")
    return ". ".join(notes)


def cover_values(
    view: FrontView, profile: Profile, pages: int, volume: str = "", volumes: int = 1
) -> dict[str, Plain]:
    """What the cover's template is given: `pages` of the whole bundle, and the line that says which volume it is."""
    return {
        "language": profile.language,
        "authority": view.authority,
        "department": view.department,
        "court": view.hearing.court if view.hearing else "",
        "bundle_title": view.bundle_title,
        "draft": view.draft,
        "version": view.version,
        "case_reference": view.case_reference,
        "facts": list(_facts(view)),
        "volume": volume,
        "volumes": volumes,
        "pages": pages,
        "prepared_by": view.prepared_by,
        "prepared_on": long_date(view.prepared_on),
    }


def _facts(view: FrontView) -> list[Plain]:
    facts: list[Plain] = []

    def add(one: str, many: str, lines: Sequence[tuple[str, str]]) -> None:
        if lines:
            facts.append({"name": one if len(lines) == 1 else many, "lines": _gathered(lines)})

    if view.hearing is not None:
        hearing, at = view.hearing, view.hearing.at
        when = "Date to be fixed" if at is None else f"{long_date(at.date())}, {clock_time(at)}"
        kind = hearing.kind[:1].upper() + hearing.kind[1:]
        add("Hearing", "", [(_joined(kind, when), hearing.court)])
    add("Defendant", "Defendants", [(name, "") for name in view.defendants])
    add("Child", "Children", [(name, "") for name in view.children])
    add(
        "Offence", "Offences", [(line.offence, _joined(line.people, _period(line))) for line in view.offences]
    )
    for name, value in view.others:
        add(name, "", [(value, "")])
    return facts


def _gathered(lines: Sequence[tuple[str, str]]) -> list[Plain]:
    """Each text once, with everything that stands under it: four charges of one offence tell it once."""
    under: dict[str, list[Plain]] = {}
    for text, below in lines:
        under.setdefault(text, []).extend([below] if below else [])
    return [{"text": text, "under": below} for text, below in under.items()]


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _period(line: OffenceLine) -> str:
    if line.first_day is None or line.last_day is None:
        return ""
    if line.first_day == line.last_day:
        return f"on {long_date(line.first_day)}"
    return f"{long_date(line.first_day)} to {long_date(line.last_day)}"


_LINE_PT, _PADDING_PT, _BODY_PT, _HEADING_PT = 14.3, 9.1, 680.0, 75.0
_TITLE_EMS = 20.2
"""The built-in index template's measures. A wrong guess costs one more drawing, nothing else."""


def guess_index_pages(rows: Sequence[IndexRow]) -> int:
    """About how many pages the index takes."""
    pages, free = 1, _BODY_PT - _HEADING_PT
    for row in rows:
        lines = 1
        if row.tab is not None:
            note = _note(row.tab)
            lines = _guess_lines(row.tab.title) + (_guess_lines(note) if note else 0)
        height = lines * _LINE_PT + _PADDING_PT
        if height > free:
            pages, free = pages + 1, _BODY_PT
        free -= height
    return pages


def _guess_lines(title: str) -> int:
    """Lines that a title takes in its column, filled word by word."""
    lines, used = 1, 0.0
    for word in title.split():
        width = sum(_guess_ems(letter) for letter in word)
        if used and used + 0.28 + width > _TITLE_EMS:
            lines, used = lines + 1, 0.0
        used += width + (0.28 if used else 0.0)
        if used > _TITLE_EMS:
            lines += math.floor(used / _TITLE_EMS)
            used %= _TITLE_EMS
    return lines


def _guess_ems(letter: str) -> float:
    """About how wide a letter is: CJK a whole em, thin letters a quarter."""
    if letter > "\u2e7f":
        return 1.0
    if letter in "il.,;:'|-/jtfr":
        return 0.25
    return 0.72 if letter.isupper() else 0.54
