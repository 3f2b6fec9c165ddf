"""Names and text strings of a PDF as Python text, whatever bytes they are made of.

Source: ISO 32000-2, 7.3.5 (name objects), 7.9.2.2 (text strings).
"""

from __future__ import annotations

import re
from typing import Any

import pikepdf

_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")


def name_text(value: Any) -> str:
    """A name with its slash (or an operator) as text; bytes that are not UTF-8 as dictionary keys show them.

    Empty for anything else.
    """
    if not isinstance(value, (pikepdf.Name, pikepdf.Operator)):
        return ""
    try:
        return str(value)
    except UnicodeDecodeError:
        return unescaped(value.unparse()).decode("utf-8", "surrogateescape")


def unescaped(name: bytes) -> bytes:
    """A name as written, its `#xx` made into bytes."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), name)


def string_text(value: Any) -> str:
    """A text string as text that can be encoded; empty for anything that is none."""
    if not isinstance(value, pikepdf.String):
        return ""
    try:
        text = str(value)
    except UnicodeDecodeError:
        text = bytes(value).decode("utf-8", "replace")
    return text.encode("utf-8", "replace").decode("utf-8")
