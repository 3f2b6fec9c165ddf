"""The one way out to a terminal, a pipe or a program: no name or text that we print can steer a terminal.

Names of files, facts that people typed and what damaged files say all come through here, so every command prints by
`say`, `print_path` and `print_json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from casefiles.shown import safe_text, shown_path


@dataclass(frozen=True)
class Coloured:
    """A word in a colour or in bold, inside a line."""

    text: str
    fg: str | None
    bold: bool | None = None


def say(
    *parts: str | Coloured,
    err: bool = False,
    fg: str | None = None,
    bold: bool | None = None,
    nl: bool = True,
) -> None:
    """Print a message for people; control and direction characters in it are escaped, line ends stay."""
    words = [
        click.style(safe_text(part.text), fg=part.fg, bold=part.bold)
        if isinstance(part, Coloured)
        else safe_text(part)
        for part in parts
    ]
    click.secho("".join(words), err=err, nl=nl, fg=fg, bold=bold)


def print_path(path: Path) -> None:
    """Print a path on standard output: as it is, so that it can be used, or as it is shown where it cannot be printed."""
    click.echo(str(path) if str(path).isprintable() else shown_path(path))


def print_json(value: Any) -> None:
    r"""Print facts for programs, as UTF-8; what cannot be printed stands as `\uXXXX`, as JSON has it."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    shown = "".join(char if char == "\n" or char.isprintable() else _escaped(char) for char in text)
    click.echo(shown.encode("utf-8"))


def _escaped(char: str) -> str:
    return json.dumps(char)[1:-1]
