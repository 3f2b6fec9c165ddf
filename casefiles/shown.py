"""Names and texts as people see them: nothing that steers a terminal or turns a line around is ever shown as it is."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from casefiles.errors import UsageError
from casefiles.uk_dates import title_of

# In a text that people write: what steers a terminal, or turns a line around so that a name reads as another.
STEERING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_ENDS = frozenset("\n")


def display_name(raw: bytes) -> str:
    """A file name or path as people see it: control, direction and undecodable bytes shown escaped.

    `\\x0a` for a byte that is a control character or not UTF-8, `\\u202e` for an invisible or direction
    character; a backslash of the name itself is doubled, so that the form is unmistakable.
    """
    text = raw.decode("utf-8", "surrogateescape")
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text  # nearly every name; the other way leaves it as it is, too
    return "".join("\\\\" if char == "\\" else _shown(char) for char in text)


def plainest(names: Sequence[str]) -> str:
    """Of several shown names for the same bytes (at least one) the plainest: no “copy”, with its date, short."""

    def plainness(name: str) -> tuple[bool, bool, int, str]:
        own = name.rsplit("/", 1)[-1]
        return "copy" in own.casefold(), title_of(own)[1] is None, len(name), name

    return min(names, key=plainness)


def shown_path(path: Path) -> str:
    """A path of the file system as people see it, as `display_name`."""
    return display_name(os.fsencode(path))


def safe_text(text: str) -> str:
    """A whole message as it may go to a terminal: line ends stay, every other character as in `display_name`.

    What is escaped already stays as it is, so this may be the last step of any output.
    """
    return text if text.isprintable() else "".join(c if c in _LINE_ENDS else _shown(c) for c in text)


def utf8(text: str) -> bytes:
    """A text that somebody typed, as UTF-8.

    Raises:
        UsageError: it holds bytes that are not UTF-8, or invisible control characters.
    """
    if STEERING.search(text):
        raise UsageError(
            f"“{safe_text(text)}” holds characters that cannot be shown.", remedy="Type it again by hand."
        )
    return text.encode("utf-8")


def _shown(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if char == " " or (char.isprintable() and unicodedata.category(char) != "Zs"):
        return char
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
