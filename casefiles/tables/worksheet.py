"""One sheet of a workbook as it is shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from casefiles.findings import Severity
from casefiles.tables.date_format import in_britain
from casefiles.tables.delimited import check_size
from casefiles.tables.model import (
    Cell,
    Note,
    Remark,
    Row,
    Sheet,
    Span,
    TableLimits,
    column_name,
    find_header,
)
from casefiles.tables.number_format import negative_by_colour, shown_value, shows_month_first

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as SourceCell
    from openpyxl.cell.cell import MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

CALENDAR_MAC_1904 = datetime(1904, 1, 1)
GAP = 3
MAX_HEADINGS = 6
MAX_LABELS = 3
_ROWS = re.compile(r"\$?(\d+):\$?(\d+)")
_LOOKS = re.compile(r'&(?:"[^"]*"|K(?:[0-9A-Fa-f]{6}|\d\d[+-]\d{3})|\d+|[BIUESXY])|(&&)')
_CODES = re.compile(r"&[A-Z]")
_PLACES = re.compile(r"&[LCR]")
_PAGE_NUMBER = re.compile(r"\w{0,12}[ .]*&P(?:[ /]*\w{0,5}[ /]*&N)?")
_ESCAPED = re.compile(r"_x00([01][0-9A-Fa-f])_")
_WHITE = frozenset({"FFFFFFFF", "00FFFFFF"})
_OWN_CURRENCY = frozenset({5, 6, 7, 8, 42, 44})


@dataclass
class Totals:
    """What all sheets together have, counted as they are read; the limits are held here."""

    limits: TableLimits
    cells: int = 0
    characters: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def remarks(self) -> Iterator[Remark]:
        """A remark for each thing that was counted."""
        for key, severity, message, remedy in _REMARKS:
            if self.counts[key]:
                count = self.counts[key]
                yield Remark(f"workbook-{key}", severity, message.format(count=f"{count:,}"), remedy)


_DECIDE = "Open the original, decide whether they matter and may be served, and ask for a copy that shows them if so"
_REMARKS = (
    ("hidden-rows", Severity.WARNING, "Hidden rows with something in them: {count}; they are not shown on the pages", _DECIDE),
    ("hidden-columns", Severity.WARNING, "Hidden columns with something in them: {count}; they are not shown on the pages", _DECIDE),
    ("filtered", Severity.WARNING, "Sheets with a filter set: {count}; rows that the filter hides are not shown", _DECIDE),
    ("hidden-values", Severity.WARNING, "Cells whose format hides what is in them: {count}; they are shown empty", _DECIDE),
    ("white-text", Severity.WARNING, "Cells written in white, so that a reader would not see them: {count}; they are shown in black", "Decide whether they were meant to be read"),
    ("month-first", Severity.WARNING, "Dates that show the month before the day, as in America: {count}; they are shown as in the file", "Do not read 03/09 as 3 September; compare with the original program"),
    ("negative-by-colour", Severity.NOTE, "Negative numbers that the file tells from others by colour alone: {count}; they are shown with a minus sign", ""),
    ("local-currency", Severity.WARNING, "Amounts in the currency of whoever opens the file: {count}; they are shown with a dollar sign", "In Excel on a British computer they are pounds; ask the sender which currency is meant"),
    ("formulas-unsaved", Severity.WARNING, "Formulas saved without a result: {count}; the formula itself is shown", "Open the file in Excel, save it and file that copy too, or ask for a PDF"),
    ("comments", Severity.NOTE, "Comments on cells: {count}; they are listed after their sheet", "Decide whether they are meant for the court"),
    ("colours", Severity.NOTE, "Cells with a background colour: {count}; the pages do not show colours", "If the colours mean something, print the workbook as PDF in Excel and add that too"),
    ("headers-footers", Severity.NOTE, "Sheets with a printed header or footer: {count}; its words stand under the sheet's name", ""),
)  # fmt: skip


@dataclass(frozen=True)
class _Look:
    """How a cell of one style is shown."""

    code: str
    bold: bool
    struck: bool
    right: bool | None
    white: bool
    filled: bool
    month_first: bool
    local_currency: bool


class SheetReader:
    """Reads one sheet: `formulas` is the same sheet with formulas for values, where some have no saved value.

    `printed` are its headers and footers as its part has them.
    """

    def __init__(
        self, sheet: Worksheet, formulas: Worksheet | None, totals: Totals, printed: Sequence[str] = ()
    ) -> None:
        self._sheet = sheet
        self._formulas = formulas
        self._totals = totals
        self._printed = printed
        self._from_1904 = sheet.parent is not None and sheet.parent.epoch == CALENDAR_MAC_1904
        self._looks: dict[int, _Look] = {}
        self._hidden_rows = {
            number for number, row in sheet.row_dimensions.items() if row.hidden or row.height == 0
        }
        self._hidden_columns = [
            (column.min, column.max)
            for column in sheet.column_dimensions.values()
            if column.min and column.max and (column.hidden or column.width == 0)
        ]
        self._homes = dict(self._moved_anchors())

    def read(self) -> Sheet:
        """The sheet as shown.

        Raises:
            TableRefused: a limit is passed.
        """
        cells, notes = self._cells()
        hidden_rows, hidden_columns = self._count_hidden()
        spans = tuple(self._spans())
        columns = _with_gaps(
            sorted({place for row in cells.values() for place in row} | _anchors(spans, cells))
        )
        columns = [place for place in columns if not self._is_hidden_column(place)]
        numbers = [n for n in _with_gaps(sorted(cells)) if n not in self._hidden_rows]
        rows = tuple(Row(number, cells.get(number, {})) for number in numbers)
        last_row, last_column = max(numbers, default=0), max(columns, default=0)
        check_size(len(rows), 0, len(columns), 0, 0, self._totals.limits)
        header, heading_rows = self._headings(rows, columns, spans)
        return Sheet(
            name=self._sheet.title,
            rows=rows,
            columns=tuple(columns),
            header=header,
            heading_rows=heading_rows,
            labels=self._labels(columns),
            spans=spans,
            notes=tuple(notes),
            remarks=tuple(self._remarks(rows, columns, hidden_rows, hidden_columns)),
            last_row=last_row,
            last_column=last_column,
        )

    def _cells(self) -> tuple[dict[int, dict[int, Cell]], list[Note]]:
        """Cells that are shown, by row and column; hidden ones are only counted."""
        found: dict[int, dict[int, Cell]] = {}
        notes: list[Note] = []
        totals = self._totals
        for place, source in sorted(self._sheet._cells.items()):
            row, column = self._homes.get(place, place)
            if row in self._hidden_rows or self._is_hidden_column(column):
                continue
            cell = self._cell(source, *place)
            if cell is not None:
                found.setdefault(row, {})[column] = cell
                totals.cells += 1
                totals.characters += len(cell.text)
                check_size(0, totals.cells, 0, totals.characters, len(cell.text), totals.limits)
            comment = getattr(source, "comment", None)
            if comment is not None:
                notes.append(Note(f"{column_name(column)}{row}", comment.author or "", comment.text or ""))
                totals.characters += len(comment.text or "")
                totals.counts["comments"] += 1
        return found, notes

    def _cell(self, source: SourceCell | MergedCell, row: int, column: int) -> Cell | None:
        value: Any = source.value
        if value is None:
            return self._unsaved_formula(source, row, column)
        look = self._look(source)
        if isinstance(value, str):
            value = _ESCAPED.sub(_control, value)
        elif self._from_1904 and isinstance(value, time):
            value = datetime.combine(CALENDAR_MAC_1904, value)
        text = value if source.data_type == "e" else shown_value(value, look.code)
        if not text.strip():
            if str(value).strip():
                self._totals.counts["hidden-values"] += 1
            return None
        counts = self._totals.counts
        counts["white-text"] += look.white
        counts["colours"] += look.filled
        counts["month-first"] += look.month_first and source.data_type == "d"
        counts["negative-by-colour"] += negative_by_colour(value, look.code)
        counts["local-currency"] += look.local_currency and source.data_type == "n"
        right = look.right if look.right is not None else source.data_type in ("n", "d")
        return Cell(text, right=right, bold=look.bold, struck=look.struck)

    def _unsaved_formula(self, source: SourceCell | MergedCell, row: int, column: int) -> Cell | None:
        if self._formulas is None or source.data_type != "n":
            return None
        there = self._formulas._cells.get((row, column))
        if there is None or there.data_type != "f":
            return None
        self._totals.counts["formulas-unsaved"] += 1
        formula = getattr(there.value, "text", None) or str(there.value)
        return Cell(formula if formula.startswith("=") else f"={formula}", formula=True)

    def _look(self, source: SourceCell | MergedCell) -> _Look:
        from openpyxl.styles.numbers import builtin_format_id

        key = source.style_id
        if key not in self._looks:
            font, fill = source.font, source.fill
            solid = fill.fill_type == "solid"
            filled = solid and getattr(fill.fgColor, "rgb", "") not in _WHITE
            white = not solid and font.color is not None and (
                font.color.rgb in _WHITE if font.color.type == "rgb" else font.color.type == "theme" and font.color.theme == 0
            )  # fmt: skip
            placed = source.alignment.horizontal
            right = {"right": True, "left": False, "center": False}.get(placed or "")
            code = in_britain(source.number_format)
            self._looks[key] = _Look(
                code, bool(font.b), bool(font.strike), right, bool(white), filled,
                shows_month_first(code), builtin_format_id(code) in _OWN_CURRENCY,
            )  # fmt: skip
        return self._looks[key]

    def _is_hidden_column(self, column: int) -> bool:
        return any(first <= column <= last for first, last in self._hidden_columns)

    def _count_hidden(self) -> tuple[int, int]:
        rows: set[int] = set()
        columns: set[int] = set()
        for place, cell in self._sheet._cells.items():
            row, column = self._homes.get(place, place)
            if cell.value is None and getattr(cell, "comment", None) is None:
                continue
            if row in self._hidden_rows:
                rows.add(row)
            if self._is_hidden_column(column):
                columns.add(column)
        counts = self._totals.counts
        counts["hidden-rows"] += len(rows)
        counts["hidden-columns"] += len(columns)
        filters = self._sheet.auto_filter
        counts["filtered"] += bool(rows and (filters.filterColumn or filters.ref))
        return len(rows), len(columns)

    def _spans(self) -> Iterator[Span]:
        for each in self._sheet.merged_cells.ranges:
            row, column = self._homes.get((each.min_row, each.min_col), (each.min_row, each.min_col))
            yield Span(row, column, each.max_row, each.max_col)

    def _moved_anchors(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """Where the first of some merged cells is hidden, the first of them that is not: Excel shows their value there."""
        for each in self._sheet.merged_cells.ranges:
            rows = (n for n in range(each.min_row, each.max_row + 1) if n not in self._hidden_rows)
            columns = (n for n in range(each.min_col, each.max_col + 1) if not self._is_hidden_column(n))
            place, home = (each.min_row, each.min_col), (next(rows, None), next(columns, None))
            if place != home and home[0] is not None and home[1] is not None:
                yield place, (home[0], home[1])

    def _headings(
        self, rows: tuple[Row, ...], columns: list[int], spans: tuple[Span, ...]
    ) -> tuple[int, int]:
        """How many rows stand down to the last heading, and how many of these are repeated."""
        first, last = self._stated_headings()
        shown = [place for place, row in enumerate(rows, 1) if first <= row.number <= last]
        while len(shown) > 1 and len(rows[shown[0] - 1].cells) < 2:  # a title above the headings
            del shown[0]
        if shown and shown[-1] < len(rows) and len(shown) <= MAX_HEADINGS:
            return shown[-1], len(shown)
        spread = {span.row: 0 for span in spans}
        for span in spans:
            spread[span.row] += span.last_column - span.column
        filled = tuple(
            Row(row.number, {**row.cells, **{-n: Cell("x") for n in range(1, min(spread.get(row.number, 0), len(columns)) + 1)}})
            for row in rows[:20]
        )  # fmt: skip
        whole = {span.row for span in spans if span.last_column - span.column + 1 >= len(columns)}
        candidates = tuple(Row(r.number, {} if r.number in whole else r.cells) for r in filled)
        start = find_header(candidates, len(columns))
        end = start
        wide = {span.row for span in spans if span.last_column > span.column}
        while (
            start and end < len(rows) - 1 and rows[end - 1].number in wide and end - start + 1 < MAX_HEADINGS
        ):
            end += 1
        return end, end - start + 1 if start else 0

    def _stated_headings(self) -> tuple[int, int]:
        """The rows that the workbook itself repeats in print, freezes, or has above a table."""
        titles = _ROWS.search(self._sheet.print_title_rows or "")
        if titles:
            return int(titles[1]), int(titles[2])
        pane = self._sheet.sheet_view.pane
        if pane is not None and pane.state in ("frozen", "frozenSplit") and pane.ySplit:
            return 1, int(pane.ySplit)
        return 0, 0

    def _labels(self, columns: list[int]) -> tuple[int, ...]:
        pane = self._sheet.sheet_view.pane
        if pane is not None and pane.state in ("frozen", "frozenSplit") and pane.xSplit:
            frozen = [place for place in columns if place <= int(pane.xSplit)]
            if 0 < len(frozen) <= MAX_LABELS:
                return tuple(frozen)
        return tuple(columns[:1])

    def _remarks(
        self, rows: tuple[Row, ...], columns: list[int], hidden_rows: int, hidden_columns: int
    ) -> Iterator[str]:
        header = self._printed_words()
        if header:
            self._totals.counts["headers-footers"] += 1
            yield f"Printed header and footer: {header}"
        for count, what in ((hidden_rows, "row"), (hidden_columns, "column")):
            if count:
                are = "is" if count == 1 else "are"
                yield f"{count:,} {what}{'' if count == 1 else 's'} of this sheet {are} hidden in the file and {are} not shown."
        if any(b.number - a.number > GAP + 1 for a, b in pairwise(rows)) or (
            rows and rows[0].number > GAP + 1
        ):
            yield "Longer runs of empty rows are left out; the row numbers show where."
        if any(b - a > GAP + 1 for a, b in pairwise(columns)):
            yield "Longer runs of empty columns are left out; the column letters show where."

    def _printed_words(self) -> str:
        parts: list[str] = []
        for each in self._printed:
            for part in _PLACES.split(_LOOKS.sub(lambda match: "\0" if match[1] else "", each)):
                if not _PAGE_NUMBER.fullmatch(part.strip()):
                    parts.append(_CODES.sub("", part).replace("\0", "&").strip())
        return " · ".join(dict.fromkeys(part for part in parts if part.strip(" /-")))


def _control(match: re.Match[str]) -> str:
    """A control character that Excel escapes as `_x000D_`; ends of lines as one line feed. Source: ECMA-376 part 1, 22.9.2.19."""
    char = chr(int(match[1], 16))
    if char == "\r":
        return "" if match.string[match.end() : match.end() + 1] == "\n" else "\n"
    return char


def _with_gaps(numbers: list[int]) -> list[int]:
    """The numbers with short gaps between them filled, from 1 where that is near."""
    filled = list(range(1, numbers[0])) if numbers and numbers[0] <= GAP + 1 else []
    for before, number in pairwise([numbers[0] - 1 if numbers else 0, *numbers]):
        filled.extend(range(before + 1, number) if number - before <= GAP + 1 else ())
        filled.append(number)
    return filled


def _anchors(spans: tuple[Span, ...], cells: dict[int, dict[int, Cell]]) -> set[int]:
    """The first columns of merged cells that have something in them."""
    return {span.column for span in spans if span.column in cells.get(span.row, {})}
