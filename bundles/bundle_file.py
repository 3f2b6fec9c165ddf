"""`bundles/<name>.toml`: what an officer decides about each item, one line an item.

The officer's words are never rewritten: what is new is added as new lines before the closing bracket of `items`,
everything else stays byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import tomlkit
from pydantic import Field

from bundles.choices import COLOURS, NOTHING_CHOSEN, PAPERS, Choices, NotRanges, parse_ranges
from bundles.model import PageRange, Use
from casefiles.errors import FileInvalid
from casefiles.files.publish import write_atomically
from casefiles.strict_toml import SourceText, StrictModel, parse_strict, read_strict
from casefiles.toml_positions import array_end, comment_spans, line_of, positions_of

Text = Annotated[str, Field(min_length=1)]
Title = Annotated[
    str, Field(min_length=1, max_length=1000)
]  # a longer one leaves no page for its row in the index
WIDEST_TITLE = 46
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


class ItemEntry(StrictModel):
    """One line of `items`."""

    use: Literal["serve", "unused", "sensitive", "not relevant", "undecided"]
    section: Annotated[str, Field(pattern=r"^[A-Z]?$")]
    date_: date | None = Field(default=None, alias="date")
    title: Title
    file: Text
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
    placeholder: str = ""
    sheets: tuple[Text, ...] = Field(default=(), strict=False)
    slides: str = ""
    notes: bool = False
    pages: str = ""
    paper: str = ""
    colour: str = ""


class BundleEntry(StrictModel):
    """The whole of a bundle file."""

    profile: Text
    hearing: str = ""
    defendant: str = ""
    title: Title
    items: tuple[ItemEntry, ...] = Field(strict=False)


@dataclass(frozen=True)
class BundleLine:
    """One item as the officer has decided it; `line` is its line (1-based) in the bundle file."""

    use: Use
    section: str
    dated: date | None
    title: str
    file: str
    id: str
    placeholder: str
    line: int
    choices: Choices = NOTHING_CHOSEN


@dataclass(frozen=True)
class BundleFile:
    """A bundle file as read."""

    profile: str
    hearing: str
    defendant: str
    title: str
    lines: tuple[BundleLine, ...]
    source: SourceText

    def line_for(self, sha256: str) -> BundleLine | None:
        """The line whose id is the beginning of that digest, or None."""
        return next((line for line in self.lines if sha256.startswith(line.id)), None)


@dataclass(frozen=True)
class NewLine:
    """An item that the bundle file does not have yet."""

    use: Use
    section: str
    dated: date | None
    title: str
    file: str
    id: str


def read_bundle_file(path: Path) -> BundleFile:
    """Read one bundle file.

    Raises:
        Unavailable: it cannot be read.
        FileInvalid: it breaks the schema, or two lines have the same id; names line and remedy.
    """
    return _checked(*read_strict(path, BundleEntry))


def parse_bundle_file(data: bytes, file: str) -> BundleFile:
    """The same for bytes already read.

    Raises:
        FileInvalid: as `read_bundle_file`.
    """
    return _checked(*parse_strict(data, file, BundleEntry))


def _checked(entry: BundleEntry, source: SourceText) -> BundleFile:
    positions = positions_of(source.text)
    lines: list[BundleLine] = []
    for number, row in enumerate(entry.items):
        twin = next(
            (line for line in lines if line.id.startswith(row.id) or row.id.startswith(line.id)), None
        )
        if twin is not None:
            raise source.problem(
                ("items", number),
                f"the id “{row.id}” stands here and on line {twin.line}",
                remedy="Keep one of the two lines.",
            )
        if row.use == "serve" and not row.section:
            raise source.problem(
                ("items", number, "section"),
                f"“{row.title}” is to be served but has no section",
                remedy='Give it a section letter, such as section = "D".',
            )
        lines.append(
            BundleLine(
                Use(row.use), row.section, row.date_, row.title, row.file, row.id, row.placeholder.strip(),
                line_of(positions, ("items", number)), _choices(row, source, number),
            )
        )  # fmt: skip
    return BundleFile(entry.profile, entry.hearing, entry.defendant, entry.title, tuple(lines), source)


def _choices(row: ItemEntry, source: SourceText, number: int) -> Choices:
    """The choices of one line.

    Raises:
        FileInvalid: one says what cannot be; names line and remedy.
    """

    def ranges(key: str, text: str) -> tuple[PageRange, ...]:
        try:
            return parse_ranges(text) if text.strip() else ()
        except NotRanges as problem:
            raise source.problem(
                ("items", number, key),
                f"{key} = “{text}” {problem}",
                remedy=f'Write the numbers in order, such as {key} = "3-7, 9"; leave {key} out to bind all.',
            ) from problem

    def one_of(key: str, value: str, known: tuple[str, ...], otherwise: str) -> str:
        if value and value not in known:
            raise source.problem(
                ("items", number, key),
                f"{key} = “{value}” is not known",
                remedy=f'Write {key} = "{known[0]}", or leave {key} out: {otherwise}.',
            )
        return value

    sheets = tuple(dict.fromkeys(row.sheets))
    if sheets and row.slides.strip():
        raise source.problem(
            ("items", number, "slides"),
            "sheets and slides stand on the same line",
            remedy="Keep sheets for a workbook, slides for a presentation.",
        )
    return Choices(
        sheets,
        ranges("slides", row.slides),
        row.notes,
        ranges("pages", row.pages),
        one_of("paper", row.paper, PAPERS, "large pages then keep their size"),
        one_of("colour", row.colour, COLOURS, "the colours then stay"),
    )


def _quoted(text: str) -> str:
    return tomlkit.string(text).as_string()


def _lines_text(rows: Sequence[NewLine]) -> list[str]:
    """One line a row, its parts under each other as far as that stays readable."""
    titles = [_quoted(row.title) + "," for row in rows]
    width = min(max(map(len, titles), default=0), WIDEST_TITLE)
    return [
        f"  {{ use = {_quoted(row.use.value) + ',':14} section = {_quoted(row.section)}, "
        + (f"date = {row.dated.isoformat()}, " if row.dated else " " * len("date = 2026-01-01, "))
        + f"title = {title:{width}} file = {_quoted(row.file)}, id = {_quoted(row.id)} }},"
        for row, title in zip(rows, titles, strict=True)
    ]


def _table_text(row: NewLine, newline: str) -> str:
    values = {
        "use": _quoted(row.use.value),
        "section": _quoted(row.section),
        **({"date": row.dated.isoformat()} if row.dated else {}),
        "title": _quoted(row.title),
        "file": _quoted(row.file),
        "id": _quoted(row.id),
    }
    return newline.join(["", "[[items]]", *(f"{key} = {value}" for key, value in values.items()), ""])


def new_bundle_text(profile: str, hearing: str, title: str, rows: Sequence[NewLine]) -> str:
    """The text of a first bundle file."""
    head = [
        "# One line is one document of the bundle: move the line to move the document.",
        '# use = "serve" puts it in the bundle; the other words are "unused", "sensitive", "not relevant" and',
        '# "undecided". Nothing undecided is ever issued. section is the letter of the bundle\'s section.',
        "# Leave file and id as they are: they say which original it is.",
        f"profile = {_quoted(profile)}",
        f"hearing = {_quoted(hearing)}",
        f"title = {_quoted(title)}",
        "items = [",
    ]
    return "\n".join([*head, *_lines_text(rows), "]", ""])


def with_new_lines(text: str, rows: Sequence[NewLine]) -> str:
    """The text of a bundle file with lines added at the end of `items`; all else stays as it is."""
    if not rows:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    try:
        bracket = array_end(text, ("items",))
    except KeyError:  # somebody wrote each line as a table of its own: [[items]]
        return text.rstrip("\r\n") + newline + "".join(_table_text(row, newline) for row in rows)
    line_start = text.rfind("\n", 0, bracket) + 1
    at = line_start if not text[line_start:bracket].strip() else bracket
    before = _ending_in_comma(text[:at])
    lead = "" if before.endswith("\n") else newline
    return before + lead + newline.join(_lines_text(rows)) + newline + text[at:]


def _ending_in_comma(before: str) -> str:
    """A beginning of an array, with a comma behind its last element, in front of any comment there."""
    code = before
    for start, end in comment_spans(before):
        code = code[:start] + " " * (end - start) + code[end:]
    code = code.rstrip()
    if code[-1:] in {",", "["}:
        return before
    return before[: len(code)] + "," + before[len(code) :]


def add_placeholder(text: str, file: BundleFile, line: BundleLine, reason: str) -> str:
    """The text with `placeholder = "reason"` set on one line; all else stays as it is."""
    return with_value(text, file, line, "placeholder", reason)


def with_value(
    text: str, file: BundleFile, line: BundleLine, key: str, value: str | bool | Sequence[str] | None
) -> str:
    """The text with one key of one line set, or taken out where `value` is None; all else stays as it is."""
    number = file.lines.index(line)
    document = tomlkit.parse(text)
    item = document["items"][number]
    if value is None:
        if key in item:
            del item[key]
    else:
        item[key] = value if isinstance(value, str | bool) else list(value)
    return tomlkit.dumps(document)


def with_file_names(text: str, file: BundleFile, names: Mapping[str, str]) -> str:
    """The text with `file` set anew on the lines whose id is in `names`; all else stays as it is."""
    changed = [
        (number, line) for number, line in enumerate(file.lines) if names.get(line.id, line.file) != line.file
    ]
    if not changed:
        return text
    document = tomlkit.parse(text)
    items = document["items"]
    for number, line in changed:
        items[number]["file"] = names[line.id]
    return tomlkit.dumps(document)


def without_line(text: str, file: BundleFile, line: BundleLine) -> str | None:
    """The text without one item; None where it cannot be taken out without touching something else."""
    rows = text.splitlines(keepends=True)
    kept = [(each.id, each.title) for each in file.lines if each != line]
    whole = "".join(row for number, row in enumerate(rows, 1) if number != line.line)
    for shorter in (whole, _without_item(text, file.lines.index(line))):
        try:
            left = parse_bundle_file(shorter.encode(), file.source.file)
        except FileInvalid:
            continue  # the item stands on more lines than one, or on one with something else
        if [(each.id, each.title) for each in left.lines] == kept:
            return shorter
    return None


def _without_item(text: str, number: int) -> str:
    document = tomlkit.parse(text)
    items: Any = document["items"]
    del items[number]
    return tomlkit.dumps(document)


def write_bundle_text(path: Path, text: str) -> None:
    """Put a bundle file in place, whole or not at all.

    Raises:
        Unavailable: the share does not take it.
        FileInvalid: the text would not read back (a defect of ours: nothing is written).
    """
    data = text.encode()
    parse_bundle_file(data, path.name)
    write_atomically(path, data)
