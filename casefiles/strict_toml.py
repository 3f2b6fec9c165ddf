"""Read a TOML file against a strict schema; every problem names file, line and remedy."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from casefiles.errors import FileInvalid, Unavailable
from casefiles.files.plain import NotPlain, read_plain
from casefiles.shown import STEERING
from casefiles.toml_positions import line_of, positions_of

MAX_BYTES = 4 << 20


class StrictModel(BaseModel):
    """Base of every schema of a file that people edit: closed keys, exact types, frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True)
class SourceText:
    """A TOML file as read: for messages that name a line."""

    file: str
    text: str

    def problem(self, location: Sequence[str | int], problem: str, *, remedy: str) -> FileInvalid:
        """An error at that location, ready to raise."""
        return FileInvalid(self.file, line_of(positions_of(self.text), location), problem, remedy=remedy)


def read_strict(path: Path, schema: type[ModelT]) -> tuple[ModelT, SourceText]:
    """Read and validate one file.

    Raises:
        Unavailable: the file cannot be read.
        FileInvalid: it is not TOML, or does not follow the schema; names line (1-based) and remedy.
    """
    try:
        data = read_plain(path, MAX_BYTES + 1)
    except NotPlain as error:
        raise FileInvalid(
            path.name,
            1,
            f"{error.strerror}, so it was not opened",
            remedy="Put the file itself in its place.",
        ) from error
    except OSError as error:
        raise Unavailable(
            f"{path.name} cannot be read: {error.strerror or error}",
            remedy=f"Check that {path} is there and may be read.",
        ) from error
    return parse_strict(data, path.name, schema)


def parse_strict(data: bytes, file: str, schema: type[ModelT]) -> tuple[ModelT, SourceText]:
    """Validate bytes that were read from `file`.

    Raises:
        FileInvalid: as `read_strict`.
    """
    if len(data) > MAX_BYTES:
        raise FileInvalid(
            file, 1, "the file is larger than 4 MiB", remedy="Check that this is the right file."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileInvalid(
            file,
            line,
            "there is a character that is not UTF-8",
            remedy="Save the file as UTF-8 in your editor.",
        ) from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(file, text, error) from error
    except RecursionError as error:
        raise FileInvalid(file, 1, "brackets are nested too deeply", remedy="Remove the nesting.") from error
    except ValueError as error:  # Python refuses to read a number of more than 4,300 digits
        line = _longest_line(text)
        raise FileInvalid(file, line, "a number is too long", remedy="Write a shorter number.") from error
    source = SourceText(file, text)
    for location, value in _texts(values):
        if (steering := STEERING.search(value)) is not None:
            raise source.problem(
                location,
                f"an invisible control character (U+{ord(steering[0]):04X}) stands in a text",
                remedy="Type the text again by hand instead of pasting it.",
            )
    try:
        return schema.model_validate(values), source
    except ValidationError as error:
        raise _against_schema(source, schema, error) from error


def _texts(value: Any, location: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text of a TOML file, keys included, and where it stands."""
    if isinstance(value, str):
        yield location, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield location, key
            yield from _texts(inner, (*location, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*location, number))


def _longest_line(text: str) -> int:
    """The line (1-based) of a text that is longest."""
    lines = text.split("\n")
    return max(range(len(lines)), key=lambda number: len(lines[number])) + 1


def _not_toml(file: str, text: str, error: tomllib.TOMLDecodeError) -> FileInvalid:
    found = re.search(r"at line (\d+)", str(error))
    line = int(found[1]) if found else text.count("\n") + 1
    what = re.sub(r"\s*\(at [^)]*\)$", "", str(error))
    remedy = (
        'Compare the line with the lines around it: text stands in "quotes", a date is written 2026-03-12.'
    )
    if "date" in what.lower() or _impossible_date(text, line):
        what, remedy = "there is no such date or value", "Write a real date as year-month-day: 2026-03-12."
    return FileInvalid(file, line, what, remedy=remedy)


def _impossible_date(text: str, line: int) -> bool:
    lines = text.splitlines()
    return line <= len(lines) and bool(re.search(r"=\s*\d{4}-\d{2}-\d{2}", lines[line - 1]))


def _against_schema(source: SourceText, schema: type[BaseModel], error: ValidationError) -> FileInvalid:
    positions = positions_of(source.text)

    def place(problem: Mapping[str, Any]) -> int:
        return line_of(positions, _plain(problem["loc"]))

    # A misspelt key explains a missing one; of the members of a union, the one that was meant fails deepest.
    rows: list[dict[str, Any]] = [dict(row) for row in error.errors()]
    problems = sorted(rows, key=lambda row: (row["type"] == "missing", place(row), -len(row["loc"])))
    first = problems[0]
    location = _plain(first["loc"])
    what, remedy = _in_words(first, schema, location)
    more = len({place(row) for row in problems}) - 1
    if more:
        remedy += f" ({more} more line{'s' if more > 1 else ''} of this file to look at after this one.)"
    return FileInvalid(source.file, place(first), what, remedy=remedy)


def _plain(location: Sequence[str | int]) -> tuple[str | int, ...]:
    """Pydantic adds the names of union members to a location; keep what stands in the file."""
    return tuple(part for part in location if isinstance(part, int) or not _is_type_name(part))


def _is_type_name(part: str) -> bool:
    return part in {"str", "int", "float", "bool", "date", "datetime"} or part[:1].isupper() or "[" in part


def _in_words(
    problem: Mapping[str, Any], schema: type[BaseModel], location: tuple[str | int, ...]
) -> tuple[str, str]:
    name = str(location[-1]) if location else "the file"
    kind = str(problem["type"])
    if kind == "extra_forbidden":
        allowed = sorted(_keys_at(schema, location[:-1]))
        close = difflib.get_close_matches(name, allowed, n=1)
        hint = f"Did you mean “{close[0]}”? " if close else ""
        return f"“{name}” is not a known key", f"{hint}Known here: {', '.join(allowed)}."
    if kind == "missing":
        return f"“{name}” is missing", f"Add a line for {name}."
    expected = {
        "string_type": ("text", 'Write it in quotes: "…".'),
        "date_type": ("a date", "Write it as year-month-day without quotes: 2026-03-12."),
        "datetime_type": ("a date and time", "Write it without quotes: 2026-06-18T10:00:00."),
        "bool_type": ("true or false", "Write true or false without quotes."),
        "int_type": ("a whole number", "Write the number without quotes."),
        "float_type": ("a number", "Write the number without quotes."),
        "list_type": ("a list", 'Write it in square brackets: ["…", "…"].'),
        "tuple_type": ("a list", 'Write it in square brackets: ["…", "…"].'),
    }
    if kind in expected:
        noun, remedy = expected[kind]
        return f"“{name}” must be {noun}", remedy
    return f"“{name}”: {problem['msg']}", "Correct the value."


def _keys_at(schema: type[BaseModel], location: Sequence[str | int]) -> set[str]:
    """The keys that the schema knows at a location."""
    model: type[BaseModel] | None = schema
    for part in location:
        if model is None or isinstance(part, int):
            continue
        field = next((f for n, f in model.model_fields.items() if (f.alias or n) == part), None)
        model = _model_in(field.annotation) if field else None
    if model is None:
        return set()
    return {field.alias or name for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if (found := _model_in(inner)) is not None:
            return found
    return None
