"""A table as it will be shown: cells as text, what is merged, what is hidden, and what a person must be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from casefiles.findings import Severity


class TableRefused(Exception):
    """The table is not shown: a code, a message and a remedy for the finding."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[TableRefused], tuple[str, str, str]]:
        return TableRefused, (self.code, self.message, self.remedy)


@dataclass(frozen=True)
class SheetChoice:
    """Which sheets a person chose, by name or by number (1-based, hidden ones counted); nothing: those not hidden."""

    names: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.numbers)

    def pick(self, listed: Sequence[str]) -> tuple[int, ...]:
        """The numbers of those chosen among the sheets of a workbook, in its order. A name is found with other capitals too.

        Raises:
            TableRefused: one is not there; says which there are.
        """
        found = set(self.numbers)
        for name in self.names:
            exact = [number for number, each in enumerate(listed, 1) if each == name]
            close = [
                number
                for number, each in enumerate(listed, 1)
                if each.strip().casefold() == name.strip().casefold()
            ]
            if not exact and len(close) != 1:
                raise _no_such_sheet(f"“{name}”", listed)
            found.add((exact or close)[0])
        missing = [number for number in sorted(found) if number > len(listed)]
        if missing:
            raise _no_such_sheet(f"number {missing[0]}", listed)
        return tuple(sorted(found))


NOTHING_CHOSEN = SheetChoice()


def _no_such_sheet(which: str, listed: Sequence[str]) -> TableRefused:
    names = ", ".join(f"“{name}”" for name in listed[:20]) + (" and others" if len(listed) > 20 else "")
    return TableRefused(
        "chosen-sheet-not-there",
        f"the sheet {which} was chosen, and the workbook has no such sheet; it has {names or 'none'}",
        'On its line in the bundle file write the name as the workbook has it, such as sheets = ["…"], or leave sheets out',
    )


@dataclass(frozen=True)
class Remark:
    """What a person must be told about the file: becomes a finding."""

    code: str
    severity: Severity
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class TableLimits:
    """What is drawn of one file at most: rows with the file's empty ones, cells with something in them, columns,
    characters of all cells and of one, sheets, and pages."""

    rows: int = 20_000
    cells: int = 200_000
    columns: int = 1_000
    characters: int = 4_000_000
    cell_characters: int = 100_000
    sheets: int = 100
    pages: int = 1_500
    file_bytes: int = 64 << 20


@dataclass(frozen=True)
class Cell:
    """One cell as shown: its text, whether it stands right (numbers and dates), and how it is written."""

    text: str
    right: bool = False
    bold: bool = False
    struck: bool = False
    formula: bool = False


@dataclass(frozen=True)
class Span:
    """Merged cells, from the first to the last row and column, 1-based and inclusive."""

    row: int
    column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Note:
    """A comment: the cell it is about ("B7"), who wrote it, and what it says."""

    where: str
    author: str
    text: str


@dataclass(frozen=True)
class Row:
    """One row: its number in the file (1-based), and its cells by column (1-based); empty ones are left out."""

    number: int
    cells: Mapping[int, Cell]


@dataclass(frozen=True)
class Sheet:
    """One table. `rows` are those shown, in order, and `columns` the numbers of the columns shown.

    `header` is how many of the first rows stand above and including the row of headings, and `heading_rows` how many
    of these are repeated on every page; `labels` are the columns repeated where a wide table is split. `rows_in_all` counts hidden rows too.
    `remarks` are sentences for the page itself, such as what is hidden.
    """

    name: str
    rows: tuple[Row, ...]
    columns: tuple[int, ...]
    header: int = 0
    heading_rows: int = 0
    labels: tuple[int, ...] = ()
    spans: tuple[Span, ...] = ()
    notes: tuple[Note, ...] = ()
    remarks: tuple[str, ...] = ()
    last_row: int = 0
    last_column: int = 0

    def words(self) -> Iterator[str]:
        """The text of every cell and comment, in reading order."""
        for row in self.rows:
            for column in self.columns:
                if column in row.cells:
                    yield row.cells[column].text
        for note in self.notes:
            yield note.text

    def text(self) -> str:
        """The sheet for search: its name, then a line a row, tabs between cells."""
        lines = [self.name] if self.name else []
        lines += ["\t".join(row.cells[n].text for n in self.columns if n in row.cells) for row in self.rows]
        return "\n".join([*lines, *(note.text for note in self.notes)])


@dataclass(frozen=True)
class Workbook:
    """All that is shown of one file, and what there is to say about it.

    `numbers` are those of the sheets that were chosen (1-based, hidden ones counted), empty where none were; `sheets_in_all`
    counts all that the file has.
    """

    sheets: tuple[Sheet, ...]
    remarks: tuple[Remark, ...] = field(default=())
    numbers: tuple[int, ...] = ()
    sheets_in_all: int = 0


def column_name(number: int) -> str:
    """A column's letters: 1 is "A", 27 is "AA"."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def find_header(rows: tuple[Row, ...], columns: int, within: int = 20) -> int:
    """How many of the first rows there are down to the row of headings: the first that fills half of the columns.

    0 where no row among the first does, or nothing follows it.
    """
    for place, row in enumerate(rows[:within], 1):
        filled = sum(bool(cell.text.strip()) for cell in row.cells.values())
        if filled >= 2 and filled * 2 >= columns:
            return place if place < len(rows) else 0
    return 0
