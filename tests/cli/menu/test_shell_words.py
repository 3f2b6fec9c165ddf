"""Command lines that can be pasted: a real shell gives back the very words."""

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.menu.shell_words import command_line

ANY = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    "word",
    [
        "plain",
        "two words",
        "it's",
        '$HOME `id` "x"',
        "-x",
        "",
        "a\nb",
        "\x1b[2J",
        "\u202egpj",
        "caf\udce9",
        "\t'\\\x07",
        "é",
    ],
)
def test_a_shell_gives_back_each_word(word: str) -> None:
    line = command_line(["printf", "%s", word])
    assert line.isprintable()
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert done.stdout == os.fsencode(word)


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY, min_size=1, max_size=5))
def test_a_shell_gives_back_any_words(words: list[str]) -> None:
    line = command_line(["printf", r"%s\0", *words])
    assert line.isprintable()
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert done.stdout == b"".join(os.fsencode(word) + b"\0" for word in words)
