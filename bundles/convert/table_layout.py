"""Where the cells of a table go on A4 pages: widths, page runs and page breaks. Pure arithmetic, in points.

Widths are estimates on the safe side. Where one is too small the text wraps or the page flows over, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bundles.convert.pages import bottom_margin_pt
from bundles.convert.visible import shown
from bundles.derived import StampBox
from casefiles.tables.model import Cell, Row, Sheet, Span, column_name

A4_PT = (595.28, 841.89)
MARGIN_PT = 40.0
FONT_PT = 9.0
LINE_PT = 11.5
PAD_PT = 3.0
ROW_PAD_PT = 4.6
TITLE_PT = 34.0
REMARK_PT = 13.0
LETTERS_PT = 13.0
WIDEST_PT = 230.0
WIDEST_SPLIT_PT = 150.0
WIDEST_WORD_PT = 90.0
NARROWEST_PT = 15.0
_LEAST_CAP_PT = 60.0
_LABEL_SHARE = 0.4
_MARK_CHARACTERS = 2
_SAFETY = 0.985
_SLACK_PT = 0.5
_BESIDE_PT = 2 * PAD_PT + 1.0  # padding and lines beside the words of a cell
_SPACE_PT = 0.34 * FONT_PT
_NARROW = frozenset("ijl.,:;'|!/\\tfI()[]- r`")
_BROAD = frozenset("mwMW@%")


@dataclass(frozen=True)
class Placed:
    """A cell on a page: its text, how many columns it takes, and the names of its styles."""

    text: str
    columns: int
    styles: str
    width_pt: float


@dataclass(frozen=True)
class Page:
    """One page of a run: titles and headings, then the other rows; each its number and its cells.

    `first_heading` is the number of the first row that is a heading rather than a title above it.
    """

    title: str
    where: str
    remarks: tuple[str, ...]
    landscape: bool
    letters: tuple[str, ...]
    number_pt: float
    widths_pt: tuple[float, ...]
    headings: tuple[tuple[int, tuple[Placed, ...]], ...]
    first_heading: int
    rows: tuple[tuple[int, tuple[Placed, ...]], ...]


def lay_out(sheet: Sheet, stamp: StampBox, title: str, *, plain: bool = False) -> Iterator[Page]:
    """The pages of a sheet, in order. `plain` leaves out row numbers and column letters."""
    layout = _Layout(sheet, stamp, title, plain=plain)
    for run in layout.runs():
        yield from layout.pages(run)


def text_width_pt(text: str) -> float:
    """About how wide a line of text is in the type of a table, rather too much than too little."""
    return sum(map(_char_em, text)) * FONT_PT


def line_count(text: str, width_pt: float) -> int:
    """How many lines a text needs in a column of that width: words wrap, a word that is too long is cut."""
    total = 0
    for paragraph in text.split("\n"):
        used = 0.0
        total += 1
        for word in paragraph.split(" "):
            wide = text_width_pt(word)
            if used and used + wide > width_pt + _SLACK_PT:
                total += 1
                used = 0.0
            if wide > width_pt + _SLACK_PT:
                total += int(wide / max(width_pt - FONT_PT, FONT_PT))
                wide %= max(width_pt, FONT_PT)
            used += wide + _SPACE_PT
    return total


def _char_em(char: str) -> float:
    if char in _NARROW:
        return 0.34
    if char in _BROAD:
        return 0.95
    if char.isascii():
        return 0.72 if char.isupper() else 0.57
    return 0.78 if ord(char) < 0x590 else 1.1


class _Layout:
    def __init__(self, sheet: Sheet, stamp: StampBox, title: str, *, plain: bool) -> None:
        self._sheet = sheet
        self._stamp = stamp
        self._title = title
        self._plain = plain
        self._number_pt = 0.0 if plain else 12 + 5.2 * len(str(sheet.last_row))
        self._first_heading = sheet.header - sheet.heading_rows
        self._natural, self._least = self._wanted()
        self._spans: Mapping[tuple[int, int], Span] = dict(self._span_cells())

    @cached_property
    def _by_number(self) -> Mapping[int, Row]:
        return {row.number: row for row in self._sheet.rows}

    def _wanted(self) -> tuple[dict[int, float], dict[int, float]]:
        """For each column the width that it would like, and the least that keeps its words whole."""
        natural = dict.fromkeys(self._sheet.columns, NARROWEST_PT)
        least = dict(natural)
        merged = {(span.row, span.column) for span in self._sheet.spans if span.last_column > span.column}
        for place, row in enumerate(self._sheet.rows):
            heading = self._first_heading <= place < self._sheet.header
            if place < self._first_heading and len(row.cells) < 2:
                continue  # a title, which stands over the empty cells beside it
            for column, cell in row.cells.items():
                if column not in natural or (row.number, column) in merged:
                    continue
                scale = 1.08 if heading or cell.bold else 1.0
                lines = cell.text.split("\n")
                word = max((text_width_pt(word) for line in lines for word in line.split(" ")), default=0)
                word = min(word * scale, WIDEST_WORD_PT) + _BESIDE_PT
                least[column] = max(least[column], word)
                wide = word if heading else max(map(text_width_pt, lines)) * scale + _BESIDE_PT
                natural[column] = max(natural[column], min(wide, WIDEST_PT), word)
        self._widen_for_merged(natural, least)
        return natural, least

    def _widen_for_merged(self, natural: dict[int, float], least: dict[int, float]) -> None:
        """Columns under merged cells are made wide enough together for the longest word in them."""
        for span in self._sheet.spans:
            row = self._by_number.get(span.row)
            cell = row.cells.get(span.column) if row else None
            columns = [n for n in range(span.column, span.last_column + 1) if n in natural]
            if cell is None or span.column == span.last_column:
                continue
            word = max(map(text_width_pt, cell.text.split()), default=0) * 1.08
            lacking = min(word, WIDEST_WORD_PT) + _BESIDE_PT - sum(least[n] for n in columns)
            for column in columns if lacking > 0 else ():
                least[column] += lacking / len(columns)
                natural[column] = max(natural[column], least[column])

    def _span_cells(self) -> Iterator[tuple[tuple[int, int], Span]]:
        shown_columns = frozenset(self._sheet.columns)
        for span in self._sheet.spans:
            columns = [n for n in range(span.column, span.last_column + 1) if n in shown_columns]
            for number in range(span.row, span.last_row + 1):
                if number in self._by_number:
                    for column in columns:
                        yield (number, column), span

    def runs(self) -> Iterator[tuple[bool, tuple[int, ...], dict[int, float]]]:
        """For each run of pages: whether it is landscape, its columns, and their widths."""
        columns, natural = self._sheet.columns, self._natural
        total = self._number_pt + sum(natural.values())
        upright, across = A4_PT[0] - 2 * MARGIN_PT, A4_PT[1] - 2 * MARGIN_PT
        if total <= across:
            yield total > upright, columns, natural
            return
        narrowed = self._narrowed(across - self._number_pt)
        if narrowed is not None:
            yield True, columns, narrowed
            return
        widths = {n: max(self._least[n], min(natural[n], WIDEST_SPLIT_PT)) for n in columns}
        for group in self._groups(widths, across - self._number_pt):
            yield True, group, widths

    def _narrowed(self, room: float) -> dict[int, float] | None:
        """The widest columns made narrower, all to one width, until the table fits; None where words would break."""
        cap = WIDEST_PT
        while cap >= _LEAST_CAP_PT:
            widths = {n: max(self._least[n], min(wide, cap)) for n, wide in self._natural.items()}
            if sum(widths.values()) <= room:
                return widths
            cap -= 5
        return None

    def _groups(self, widths: Mapping[int, float], room: float) -> Iterator[tuple[int, ...]]:
        labels = self._sheet.labels
        while labels and sum(widths[n] for n in labels) > room * _LABEL_SHARE:
            labels = labels[:-1]
        group: list[int] = []
        used = 0.0
        for column in self._sheet.columns:
            if group and used + widths[column] > room:
                yield tuple(group)
                group = [n for n in labels if n != column]
                used = sum(widths[n] for n in group)
            group.append(column)
            used += widths[column]
        yield tuple(group)

    def pages(self, run: tuple[bool, tuple[int, ...], dict[int, float]]) -> Iterator[Page]:
        """The pages of one run of columns, each filled with as many rows as it surely holds."""
        landscape, columns, widths = run
        rows = self._sheet.rows
        bottom = bottom_margin_pt(self._stamp)
        room = (A4_PT[0 if landscape else 1] - MARGIN_PT - bottom) * _SAFETY - TITLE_PT
        room -= 0 if self._plain else LETTERS_PT
        headings = range(self._first_heading, self._sheet.header)
        heading_height = sum(
            self._height(self._place(rows[n], columns, widths, heading=True)) for n in headings
        )
        start = 0
        while start < len(rows) or start == 0:
            first = start == 0
            remarks = self._sheet.remarks if first and columns[:1] == self._sheet.columns[:1] else ()
            left = room - REMARK_PT * sum(line_count(text, A4_PT[0] - 2 * MARGIN_PT) for text in remarks)
            repeated = start >= self._sheet.header and bool(headings)
            left -= heading_height if repeated else 0
            end = start
            placed: list[tuple[int, tuple[Placed, ...]]] = []
            while end < len(rows):
                cells = self._place(
                    rows[end], columns, widths, heading=end in headings, top=end == start, row_place=end
                )
                height = self._height(cells)
                if placed and height > left:
                    break
                left -= height
                placed.append((rows[end].number, tuple(cells)))
                end += 1
            above = min(max(self._sheet.header - start, 0), len(placed))
            yield Page(
                title=self._title,
                where=self._where(rows[start:end], columns),
                remarks=tuple(remarks),
                landscape=landscape,
                letters=() if self._plain else tuple(column_name(n) for n in columns),
                first_heading=rows[self._first_heading].number if self._sheet.header else 0,
                number_pt=self._number_pt,
                widths_pt=tuple(widths[n] for n in columns),
                headings=tuple(
                    (rows[n].number, tuple(self._place(rows[n], columns, widths, heading=True))) for n in headings
                ) if repeated else tuple(placed[:above]),
                rows=tuple(placed if repeated else placed[above:]),
            )  # fmt: skip
            start = max(end, start + 1)

    def _place(
        self,
        row: Row,
        columns: Sequence[int],
        widths: Mapping[int, float],
        *,
        heading: bool = False,
        top: bool = False,
        row_place: int = -1,
    ) -> list[Placed]:
        placed: list[Placed] = []
        above_headings = 0 <= row_place < self._first_heading
        position = 0
        while position < len(columns):
            column = columns[position]
            span = self._spans.get((row.number, column))
            cell = row.cells.get(column)
            count = 1
            styles = self._styles(cell, heading=heading)
            if span is not None:
                while (
                    position + count < len(columns)
                    and span.column <= columns[position + count] <= span.last_column
                ):
                    count += 1
                cell, merged = self._merged(span, row, top=top)
                styles = self._styles(cell, heading=heading) + merged
            elif (
                cell is not None
                and not cell.right
                and self._flows_over(row, heading=heading, above=above_headings)
            ):
                while (
                    position + count < len(columns)
                    and columns[position + count] not in row.cells
                    and (row.number, columns[position + count]) not in self._spans
                ):
                    count += 1
            width = sum(widths[n] for n in columns[position : position + count])
            placed.append(Placed(shown(cell.text, keep="\n") if cell else "", count, styles, width))
            position += count
        return placed

    def _flows_over(self, row: Row, *, heading: bool, above: bool) -> bool:
        """A title stands over the empty cells beside it, as in the spreadsheet."""
        return above or (heading and len(row.cells) == 1 and len(self._sheet.columns) > 2)

    def _merged(self, span: Span, row: Row, *, top: bool) -> tuple[Cell | None, str]:
        """What a row shows of merged cells: their text in the first row and again at the top of a page."""
        anchor_row = self._by_number.get(span.row)
        anchor = anchor_row.cells.get(span.column) if anchor_row else None
        if row.number == span.row:
            return anchor, " over" if span.last_row > span.row else ""
        return (anchor, " again over") if top else (None, " under")

    @staticmethod
    def _styles(cell: Cell | None, *, heading: bool) -> str:
        if cell is None:
            return ""
        names = (
            ("r", cell.right and not heading),
            ("c", len(cell.text) <= _MARK_CHARACTERS and not cell.right),
            ("b", cell.bold),
            ("s", cell.struck),
            ("f", cell.formula),
        )
        return " ".join(name for name, wanted in names if wanted)

    @staticmethod
    def _height(cells: Sequence[Placed]) -> float:
        lines = max(
            (line_count(each.text, each.width_pt - 2 * PAD_PT) for each in cells if each.text), default=1
        )
        return max(lines, 1) * LINE_PT + ROW_PAD_PT

    def _where(self, rows: Sequence[Row], columns: Sequence[int]) -> str:
        """ "Rows 2–41 of 400 · columns A, H–M of A–Z": what of the sheet this page shows."""
        if self._plain or not rows:
            return ""
        said = f"Rows {rows[0].number:,}–{rows[-1].number:,} of {self._sheet.last_row:,}"
        if len(rows) == 1:
            said = f"Row {rows[0].number:,} of {self._sheet.last_row:,}"
        every = self._sheet.columns
        if len(columns) == len(every):
            return said
        first_run = columns[: len(self._sheet.labels) + 1] == every[: len(self._sheet.labels) + 1]
        own = columns if first_run else [n for n in columns if n not in self._sheet.labels] or columns
        return f"{said} · columns {column_name(own[0])}–{column_name(own[-1])} of {column_name(every[0])}–{column_name(every[-1])}"
