"""Command lines as a person can paste them into a shell, whatever the names in them hold."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence


def shell_word(word: str) -> str:
    r"""One word, quoted where it needs it; control, direction and undecodable bytes stand as `$'\x1b'`.

    That last form is understood by bash, zsh and ksh, and cannot steer the terminal that it is shown on.
    """
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(_escaped(char) for char in word) + "'"


def command_line(words: Sequence[str]) -> str:
    """The words of a command, ready to be pasted."""
    return " ".join(map(shell_word, words))


def _escaped(char: str) -> str:
    if char in "'\\":
        return f"\\{char}"
    if char.isprintable():
        return char
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(char))
