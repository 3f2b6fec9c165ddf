from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.output import Coloured, print_json, print_path, say

CLI = Path(__file__).parents[2] / "cli"
EXCEPTIONS = {
    ("main.py", "echo"),  # fixed words, before anything is imported
}


def test_no_name_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("one\x1b[2J\ntwo\u202e", err=True)
    say("  ", Coloured("err\x07or", "red"), " of\r \udce9", fg="green")
    print_path(Path("/share/caf\udce9\n"))
    print_path(Path("/share/a\\b"))
    out, err = capsys.readouterr()
    assert err == "one\\x1b[2J\ntwo\\u202e\n"
    assert out == "  err\\x07or of\\x0d \\xe9\n/share/caf\\xe9\\x0a\n/share/a\\b\n"


values = st.recursive(
    st.none() | st.integers() | st.text(st.characters()) | st.text('\udce9\x1b\x9b\u202e\U000e0067\n"\\é'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_facts_for_programs_are_utf8_and_read_back(capsys: pytest.CaptureFixture[str], value: object) -> None:
    capsys.readouterr()
    print_json(value)
    out, _err = capsys.readouterr()
    assert json.loads(out) == value
    assert all(line.isprintable() for line in out.split("\n"))


@pytest.mark.parametrize("module", sorted(path.name for path in CLI.glob("*.py")))
def test_every_command_prints_in_the_one_way(module: str) -> None:
    """A name printed past `cli.output` could steer the terminal of whoever reads it."""
    if module == "output.py":
        return
    tree = ast.parse((CLI / module).read_text())
    found = {
        (module, name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (name := _printing(node.func)) in ("echo", "secho", "print")
    }
    assert found <= EXCEPTIONS


def _printing(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "click"
    ):
        return function.attr
    return ""
