"""The reference on disk is what the program says now, and every command line in the documentation parses."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from casefiles.errors import ExitCode
from cli.main import casebinder
from scripts.make_reference import ROOT, collect_codes, commands_page, pages

NO_COMMAND = {"casebinder checkpoint 1"}  # the first line of a checkpoint's text form
OPTIONAL_END = re.compile(r"\s{2,}.*$")  # what a listing says about a command, behind two spaces or more


@pytest.mark.parametrize("path", sorted(pages()), ids=str)
def test_the_reference_is_up_to_date(path: Path) -> None:
    written = (ROOT / path).read_text(encoding="utf-8")
    assert written == pages()[path], "Run: .venv/bin/python -m scripts.make_reference"


def test_every_command_and_exit_code_is_in_the_reference() -> None:
    page = commands_page()
    for name in casebinder.list_commands(click.Context(casebinder)):
        assert f"## casebinder {name}\n" in page
    for code in ExitCode:
        assert f"| {code.value} | " in page


def test_codes_are_found_wherever_they_are_raised(tmp_path: Path) -> None:
    folder = tmp_path / "casefiles"
    folder.mkdir()
    (folder / "one.py").write_text(
        """
class Broken(Error):
    code = "no-finding"

def _finding(code, subject):
    return Finding(code, Severity.ERROR, subject, "words, not a-code")

found = [
    Finding("plain", Severity.NOTE, "x", "y"),
    request.finding("by-request", Severity.WARNING, "y"),
    reading.held("always-held", "y"),
    _finding("by-helper", "x"),
    Finding(f"reason-{why}", Severity.ERROR, "x", "y"),
]
rows = ((met, "in-table", Severity.NOTE, "y"),)
""",
        encoding="utf-8",
    )
    found = {
        name: sorted(weight.value for weight in code.weights)
        for name, code in collect_codes(tmp_path).items()
    }
    assert found == {
        "plain": ["note"],
        "by-request": ["warning"],
        "always-held": ["error"],
        "by-helper": ["error"],
        "reason-…": ["error"],
        "in-table": ["note"],
    }


def command_lines() -> Iterator[tuple[str, str]]:
    """File and line number, and each `casebinder …` in a code block or between backticks."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        fenced = False
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{path.name}:{number}"
            fenced ^= line.startswith("```")
            if (fenced or line.startswith("    ")) and line.strip().removeprefix("$ ").startswith(
                "casebinder "
            ):
                yield where, OPTIONAL_END.sub("", line.strip().removeprefix("$ "))
            for quoted in re.findall(r"`(casebinder [^`]+)`", line):
                yield where, quoted


LINES = [(where, line) for where, line in command_lines() if line not in NO_COMMAND]


@pytest.mark.parametrize(("where", "line"), LINES, ids=[f"{where} {line}" for where, line in LINES])
def test_a_command_line_in_the_documentation_parses(where: str, line: str) -> None:
    check(line)


def test_there_are_command_lines_to_check() -> None:
    assert len(LINES) > 15


@pytest.mark.parametrize(
    "line",
    [
        "casebinder bundel 2026-0042",
        "casebinder bundle 2026-0042 --isue",
        "casebinder bundle",
        "casebinder withdraw 2026-0042 file --by me",
        "casebinder key lost",
    ],
)
def test_a_wrong_command_line_does_not_parse(line: str) -> None:
    with pytest.raises(click.UsageError):
        check(line)


def check(line: str) -> None:
    """Parse a command line as click would, without running anything.

    Raises:
        click.UsageError: the command, an option or an argument is not there.
    """
    words = shlex.split(line.replace("…", ""))[1:]
    context = casebinder.make_context("casebinder", words)
    while isinstance(context.command, click.Group):
        rest = [*context._protected_args, *context.args]
        name, command, rest = context.command.resolve_command(context, rest)
        assert command is not None
        context = command.make_context(name, rest, parent=context)
