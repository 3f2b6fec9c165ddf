"""Tables drawn as pages, and the pages read again: every character of every cell must be there."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from bundles.convert.base import ConversionRequest, Drawn, HeldError
from bundles.convert.pages import bottom_margin_pt, join, missing_glyphs
from bundles.convert.table_layout import (
    FONT_PT,
    LINE_PT,
    MARGIN_PT,
    PAD_PT,
    ROW_PAD_PT,
    Page,
    Placed,
    lay_out,
)
from bundles.convert.visible import shown
from bundles.derived import StampBox
from casefiles.findings import Finding, Severity
from casefiles.tables.model import Cell, Remark, Row, Sheet, TableLimits, TableRefused, Workbook
from templates.render import Plain, html_to_pdf, render_html

PAGES_AT_A_TIME = 20
_OFFER = "print it as PDF from the program that made it and add that, or record a placeholder"
_LINE_END_HYPHENS = str.maketrans({"\x02": "-", "\ufffe": "-", "\u2010": "-", "\u2011": "-"})


def draw_workbook(request: ConversionRequest, book: Workbook, limits: TableLimits) -> Drawn:
    """Draw all sheets at `request.output`, with the findings of the workbook.

    Raises:
        HeldError: it would fill more pages than the limit, or a cell's text is not on the pages.
        OSError: a scratch file or the output cannot be written.
    """
    from bundles.convert.normalise import normalise

    pages = list(islice(_pages(book, request), limits.pages + 1))
    if len(pages) > limits.pages:
        raise HeldError(_too_long(request, limits))
    parts: list[Path] = []
    missing: set[str] = set()
    for start in range(0, len(pages), PAGES_AT_A_TIME):
        part = request.scratch / f"table-{start}.pdf"
        values: dict[str, Plain] = {
            "pages": [_plain(page) for page in pages[start : start + PAGES_AT_A_TIME]]
        }
        html = render_html("pages/table.html.j2", values)
        missing.update(html_to_pdf(html, part, css=[_css(request.stamp)]))
        parts.append(part)
    source = request.scratch / "table.pdf"
    join(parts, source)
    _compare(request, book, source, "".join(missing))
    drawn = normalise(source, request.output, request.stamp)
    found = [
        *(as_finding(request, remark) for remark in book.remarks),
        *missing_glyphs(request, "".join(sorted(missing))),
    ]
    return drawn.with_findings(found)


def as_finding(request: ConversionRequest, remark: Remark) -> Finding:
    """What was found while the table was read, about this file."""
    return request.finding(remark.code, remark.severity, remark.message, remark.remedy)


def held(request: ConversionRequest, refusal: TableRefused) -> HeldError:
    """The error that holds this file for what stopped the reading of its table."""
    return HeldError(request.finding(refusal.code, Severity.ERROR, refusal.message, refusal.remedy))


def _pages(book: Workbook, request: ConversionRequest) -> Iterator[Page]:
    for sheet in book.sheets:
        title = shown(sheet.name or "Table", keep="")
        yield from lay_out(sheet, request.stamp, title)
        if sheet.notes:
            yield from lay_out(_notes(sheet), request.stamp, f"Comments on {title}", plain=True)


def _notes(sheet: Sheet) -> Sheet:
    head = Row(1, {1: Cell("Cell"), 2: Cell("By"), 3: Cell("Comment")})
    rows = tuple(
        Row(number, {1: Cell(note.where), 2: Cell(note.author), 3: Cell(note.text)})
        for number, note in enumerate(sheet.notes, 2)
    )
    return Sheet(sheet.name, (head, *rows), (1, 2, 3), header=1, heading_rows=1, last_row=len(rows) + 1)


def _plain(page: Page) -> dict[str, Plain]:
    return {
        "title": page.title,
        "where": page.where,
        "remarks": page.remarks,
        "landscape": page.landscape,
        "letters": page.letters,
        "number_width": f"{page.number_pt:.1f}",
        "widths": [f"{width:.1f}" for width in page.widths_pt],
        "width": f"{sum(page.widths_pt) + page.number_pt:.1f}",
        "headings": [
            _row(number, cells, heading=number >= page.first_heading) for number, cells in page.headings
        ],
        "rows": [_row(number, cells, heading=False) for number, cells in page.rows],
    }


def _row(number: int, cells: Sequence[Placed], *, heading: bool) -> dict[str, Plain]:
    return {
        "number": number,
        "heading": heading,
        "cells": [{"text": each.text, "columns": each.columns, "styles": each.styles} for each in cells],
    }


def _css(stamp: StampBox) -> str:
    bottom = bottom_margin_pt(stamp)
    margins = f"margin: {MARGIN_PT:g}pt {MARGIN_PT:g}pt {bottom:.2f}pt {MARGIN_PT:g}pt"
    return (
        f"@page upright {{ size: 210mm 297mm; {margins} }}"
        f"@page across {{ size: 297mm 210mm; {margins} }}"
        "section.upright { page: upright } section.across { page: across }"
        "section.run { break-after: page } section.run:last-child { break-after: auto }"
        "p.top { font-size: 12.5pt; line-height: 15pt; margin: 0 0 7pt; padding-bottom: 5pt; border-bottom: 1pt solid #000 }"
        "p.top b { overflow-wrap: anywhere }"
        ".where { float: right; font-size: 9pt; color: #333; padding-left: 12pt }"
        "p.remark { font-size: 9pt; line-height: 11.5pt; margin: 0 0 1.5pt; color: #333; overflow-wrap: anywhere }"
        f"table.grid {{ table-layout: fixed; font-size: {FONT_PT:g}pt; line-height: {LINE_PT:g}pt; margin: 0 }}"
        f"table.grid td, table.grid th {{ padding: {ROW_PAD_PT / 2 - 0.3:g}pt {PAD_PT:g}pt; border: 0.4pt solid #999;"
        " white-space: pre-wrap; overflow-wrap: anywhere; font-weight: normal }"
        "table.grid tr.letters th { font-size: 7pt; line-height: 8pt; text-align: center; color: #555; border-color: #ccc; padding: 1pt }"
        "table.grid th.n { font-size: 7pt; text-align: right; color: #555; border-color: #ccc; padding-left: 0; white-space: nowrap }"
        "table.grid tr.heading td { font-weight: bold; background: #ececec; border-bottom: 0.9pt solid #000 }"
        ".r { text-align: right } .c { text-align: center } table.grid .b { font-weight: bold } .s { text-decoration: line-through } .f { font-style: italic }"
        "table.grid .over { border-bottom-style: none } table.grid .under { border-top-style: none; border-bottom-style: none }"
        ".again { color: #555; font-style: italic }"
    )


def _compare(request: ConversionRequest, book: Workbook, pdf: Path, missing: str) -> None:
    """Every character of every cell is on the pages at least as often as in the cells.

    Raises:
        HeldError: one is not.
    """
    wanted: Counter[str] = Counter()
    for sheet in book.sheets:
        for text in sheet.words():
            wanted.update(_characters(shown(text, keep="\n")))
    drawn: Counter[str] = Counter()
    for text in _page_texts(pdf):
        drawn.update(_characters(text))
    gone = {char: count - drawn[char] for char, count in wanted.items() if count > drawn[char]}
    gone = {char: count for char, count in gone.items() if char.isascii() and char not in missing}
    if gone:
        named = ", ".join(f"“{char}” ({count} times)" for char, count in sorted(gone.items())[:3])
        message = f"some of what is in the cells did not reach the pages, such as {named}"
        raise HeldError(request.finding("table-text-vanished", Severity.ERROR, message, _OFFER))


def _characters(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", text.translate(_LINE_END_HYPHENS))
    return (char for char in plain if not char.isspace())


def _page_texts(pdf: Path) -> Iterator[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(str(pdf))
    try:
        for index in range(len(document)):
            page = document[index]
            try:
                yield str(page.get_textpage().get_text_bounded())
            finally:
                page.close()
    finally:
        document.close()


def _too_long(request: ConversionRequest, limits: TableLimits) -> Finding:
    return request.finding(
        "table-too-large",
        Severity.ERROR,
        f"the table would fill more than {limits.pages:,} pages, the most that casebinder draws",
        "file the part that matters as its own file or as a PDF, or record a placeholder",
    )
