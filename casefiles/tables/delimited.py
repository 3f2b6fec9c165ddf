"""Delimited text (CSV, TSV) as a table. Every cell stays text, whatever it begins with.

Source: RFC 4180, read leniently; the `sep=` line is Excel's.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

from casefiles.findings import Severity
from casefiles.intake.kinds import guess_charset
from casefiles.intake.limits import size_in_words
from casefiles.tables.model import Cell, Remark, Row, Sheet, TableLimits, TableRefused, Workbook, find_header

DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright bars"}
_SAMPLE_CHARACTERS = 256 * 1024
_SAMPLE_ROWS = 200
_SEP_LINE = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[£$€]?[-+]?\d[\d,]*(?:\.\d+)?%?")
_END = "\ue000end"
_SMALLER = "File the part that matters as its own file or as a PDF, or record a placeholder"


def read_delimited(path: Path, limits: TableLimits) -> Workbook:
    """Read delimited text: charset by `guess_charset`, the delimiter by what makes the rows most alike.

    Raises:
        TableRefused: it is no text, or more than a limit allows.
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    if size > limits.file_bytes:
        message = f"this table is larger than {size_in_words(limits.file_bytes)}"
        raise TableRefused("table-too-large", message, _SMALLER)
    charset = guess_charset(path)
    if charset is None:
        message = "the file cannot be read as text in any charset we know"
        raise TableRefused("table-damaged", message, "Ask for a fresh copy, or for the table as PDF")
    text = path.read_bytes().decode(charset)
    said = _SEP_LINE.match(text)
    text = text[said.end() :] if said else text
    delimiter = said[1] if said and said[1] in DELIMITERS else find_delimiter(text)
    rows, remarks = _parsed(text, delimiter, limits)
    if charset == "cp1252":
        remarks.append(
            Remark(
                "text-charset-guessed",
                Severity.WARNING,
                "The file does not say which character set it uses; it was read as Windows Western European",
                "Compare accents and pound signs with the original program, or ask for the table as PDF",
            )
        )
    while rows and not any(rows[-1]):
        rows.pop()
    return Workbook((_sheet(rows, remarks),), tuple(remarks))


def find_delimiter(text: str) -> str:
    """The delimiter that splits the first rows into the most, and most alike, cells; a comma where none does."""
    sample = text[:_SAMPLE_CHARACTERS]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
            widths = [len(row) for row, _ in zip(rows, range(_SAMPLE_ROWS), strict=False) if row]
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        score = (count / len(widths)) * (width - 1) ** 0.5 if width > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _parsed(text: str, delimiter: str, limits: TableLimits) -> tuple[list[list[str]], list[Remark]]:
    """The rows, read by the rules where they hold; else leniently, or with quotation marks as plain characters."""
    try:
        return _rows(text, delimiter, limits, strict=True), []
    except csv.Error as problem:
        if "field larger" in str(problem):
            raise _too_long(limits) from problem
    remedy = "Compare the rows with the original program"
    try:
        rows = _rows(f"{text}\n{_END}", delimiter, limits)
        if rows[-1] == [_END]:
            message = "Some cells have quotation marks where the rules for such files allow none; they were read as Excel reads them"
            return rows[:-1], [Remark("table-quotes-odd", Severity.WARNING, message, remedy)]
    except csv.Error:
        pass  # an open quotation mark made one cell of the rest
    try:
        rows = _rows(text, delimiter, limits, quoting=csv.QUOTE_NONE)
    except csv.Error as problem:
        raise _too_long(limits) from problem
    message = "A quotation mark is opened and never closed, so quotation marks are shown as they stand and separate nothing"
    return rows, [Remark("table-quote-open", Severity.WARNING, message, remedy)]


def _rows(
    text: str, delimiter: str, limits: TableLimits, *, strict: bool = False, quoting: int = csv.QUOTE_MINIMAL
) -> list[list[str]]:
    """All rows, the limits held.

    Raises:
        TableRefused: a limit is passed.
        csv.Error: the text is not as the rules say.
    """
    rows: list[list[str]] = []
    cells = characters = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict, quoting=quoting)  # type: ignore[arg-type]
    for row in reader:
        rows.append(row)
        cells += sum(1 for cell in row if cell)
        characters += sum(map(len, row))
        check_size(len(rows), cells, len(row), characters, max(map(len, row), default=0), limits)
    return rows


def check_size(
    rows: int, cells: int, columns: int, characters: int, longest: int, limits: TableLimits
) -> None:
    """Nothing, if a table is within the limits.

    Raises:
        TableRefused: it is not; the limit is named.
    """
    for number, limit, what in (
        (rows, limits.rows, "rows"),
        (cells, limits.cells, "filled cells"),
        (columns, limits.columns, "columns"),
        (characters, limits.characters, "characters"),
        (longest, limits.cell_characters, "characters in one cell"),
    ):
        if number > limit:
            message = f"this table has more than {limit:,} {what}, the most that casebinder draws"
            raise TableRefused("table-too-large", message, _SMALLER)


def _too_long(limits: TableLimits) -> TableRefused:
    message = f"this table has more than {limits.cell_characters:,} characters in one cell, the most that casebinder draws"
    return TableRefused("table-too-large", message, _SMALLER)


def _sheet(rows: list[list[str]], remarks: list[Remark]) -> Sheet:
    width = max(map(len, rows), default=0)
    made = tuple(
        Row(
            number,
            {
                place: Cell(text, right=bool(_NUMBER.fullmatch(text.strip())))
                for place, text in enumerate(row, 1)
                if text
            },
        )
        for number, row in enumerate(rows, 1)
    )
    header = find_header(made, width)
    _look_for_ragged_rows(rows, header, remarks)
    if not rows:
        remarks.append(
            Remark(
                "table-empty",
                Severity.WARNING,
                "The table is empty",
                "Ask the sender whether it is complete",
            )
        )
    return Sheet(
        name="",
        rows=made,
        columns=tuple(range(1, width + 1)),
        header=header,
        heading_rows=1 if header else 0,
        labels=(1,) if width else (),
        last_row=len(rows),
        last_column=width,
    )


def _look_for_ragged_rows(rows: list[list[str]], header: int, remarks: list[Remark]) -> None:
    if not header:
        return
    width = len(rows[header - 1])
    odd = [number for number, row in enumerate(rows, 1) if number > header and row and len(row) != width]
    if odd:
        number = odd[0]
        message = (
            f"{len(odd)} row{'' if len(odd) == 1 else 's'} have another number of cells than the headings ({width}),"
            f" such as row {number} with {len(rows[number - 1])}; cells may stand under the wrong heading"
        )
        remarks.append(
            Remark("table-ragged", Severity.WARNING, message, "Compare these rows with the original")
        )
