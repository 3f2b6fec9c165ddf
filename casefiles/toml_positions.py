"""Where each value of a TOML text stands, so that a message can name its line.

`tomllib` reads values and forgets where they were. This walks a text that `tomllib` has already accepted and
notes the line (1-based) of every key and array element by its location, the way pydantic names locations:
`("people", 2, "born")`.

Source: TOML v1.0.0, sections Keys, String, Array, Inline Table, Table, Array of Tables.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

Location = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR_END = re.compile(r"[,\]}\n#]")


def line_of(positions: dict[Location, int], location: Sequence[str | int]) -> int:
    """The line (1-based) of a location, or of its nearest enclosing value, or 1."""
    loc = tuple(location)
    while loc:
        if loc in positions:
            return positions[loc]
        loc = loc[:-1]
    return 1


def array_end(text: str, location: Location) -> int:
    """Where the closing bracket of an array stands (0-based character).

    Raises:
        KeyError: there is no array at that location.
    """
    walker = _Walker(text)
    walker.walk()
    return walker.array_ends[location]


def comment_spans(text: str) -> list[tuple[int, int]]:
    """Start and end (0-based characters, end exclusive) of each comment; the text may stop in mid-value."""
    walker = _Walker(text)
    with contextlib.suppress(IndexError, ValueError):
        walker.walk()
    return walker.comments


def positions_of(text: str) -> dict[Location, int]:
    """The line (1-based) of every table, key and array element of a valid TOML text."""
    return _Walker(text).walk()


class _Walker:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Location, int] = {}
        self.counts: dict[Location, int] = {}
        self.array_ends: dict[Location, int] = {}
        self.comments: list[tuple[int, int]] = []

    def walk(self) -> dict[Location, int]:
        table: Location = ()
        while True:
            self._skip_blank()
            if self.at >= len(self.text):
                return self.found
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def _note(self, location: Location) -> None:
        self.found.setdefault(location, self._line())

    def _skip_blank(self) -> None:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "#":
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                self.comments.append((self.at, end))
                self.at = end
            elif char.isspace():
                self.at += 1
            else:
                return

    def _header(self) -> Location:
        array = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if array else 1
        parts = self._key()
        location = (*self._resolved(parts[:-1]), parts[-1])
        end_of_header, self.at = self.text.index("]", self.at) + (2 if array else 1), start
        self._note(location)
        if array:
            number = self.counts.get(location, 0)
            self.counts[location] = number + 1
            location = (*location, number)
            self._note(location)
        self.at = end_of_header
        return location

    def _resolved(self, parts: Sequence[str]) -> Location:
        """Put the running number of each array of tables behind its name."""
        location: Location = ()
        for part in parts:
            location = (*location, part)
            if location in self.counts:
                location = (*location, self.counts[location] - 1)
        return location

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip_blank()
            if self.text[self.at] in "\"'":
                parts.append(self._string()[1:-1])
            elif match := _BARE_KEY.match(self.text, self.at):
                parts.append(match[0])
                self.at = match.end()
            self._skip_blank()
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _pair(self, table: Location) -> None:
        self._skip_blank()
        start = self.at
        location = (*table, *self._key())
        after_key, self.at = self.at, start
        self._note(location)
        self.at = self.text.index("=", after_key) + 1
        self._value(location)

    def _value(self, location: Location) -> None:
        self._skip_blank()
        char = self.text[self.at]
        if char in "\"'":
            self._string()
        elif char == "[":
            self._array(location)
        elif char == "{":
            self._inline_table(location)
        else:
            match = _SCALAR_END.search(self.text, self.at)
            self.at = match.start() if match else len(self.text)

    def _array(self, location: Location) -> None:
        self.at += 1
        number = 0
        while True:
            self._skip_separators()
            if self.text[self.at] == "]":
                self.array_ends[location] = self.at
                self.at += 1
                return
            self._note((*location, number))
            self._value((*location, number))
            number += 1

    def _inline_table(self, location: Location) -> None:
        self.at += 1
        while True:
            self._skip_separators()
            if self.text[self.at] == "}":
                self.at += 1
                return
            self._pair(location)

    def _skip_separators(self) -> None:
        self._skip_blank()
        while self.text.startswith(",", self.at):
            self.at += 1
            self._skip_blank()

    def _string(self) -> str:
        start = self.at
        quote = self.text[start]
        if self.text.startswith(quote * 3, start):
            end = self.text.index(quote * 3, start + 3)
            while quote == '"' and self._escaped(end):
                end = self.text.index(quote * 3, end + 1)
            end += 3
            while self.text.startswith(
                quote, end
            ):  # up to two quotes may stand right before the closing ones
                end += 1
        else:
            end = self.text.index(quote, start + 1)
            while quote == '"' and self._escaped(end):
                end = self.text.index(quote, end + 1)
            end += 1
        self.at = end
        return self.text[start:end]

    def _escaped(self, at: int) -> bool:
        before = self.text[:at]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 1
