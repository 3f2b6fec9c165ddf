"""Text made safe to print: every control and direction-changing character is shown, none acts."""

from __future__ import annotations

import unicodedata

REPLACEMENT = "�"
_HIDDEN_CATEGORIES = {"Cc", "Cn", "Co", "Cs", "Zl", "Zp"}
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\ufeff\u2060\u00ad\u180e\U000e0001") | {chr(code) for code in range(0xE0020, 0xE0080)}


def shown(text: str, keep: str = "\n\t") -> str:
    """The text with hidden characters written as `\\x07`, `\\u202e` or `\\U0010ffff`; those in `keep` stay.

    Control characters, line and paragraph separators, unassigned and private characters, lone surrogates,
    marks that turn the direction of writing and invisible ones become their escapes.
    """
    return "".join(char if char in keep or not _hidden(char) else _escape(char) for char in text)


def count_hidden(text: str, keep: str = "\n\t") -> int:
    """How many characters `shown` would escape."""
    return sum(1 for char in text if char not in keep and _hidden(char))


def _hidden(char: str) -> bool:
    if " " <= char <= "~":
        return False
    return char in _DIRECTION or char in _INVISIBLE or unicodedata.category(char) in _HIDDEN_CATEGORIES


def _escape(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
