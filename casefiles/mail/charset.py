"""Which characters a text file's bytes stand for."""

from __future__ import annotations

import codecs
import contextlib
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Decoded:
    """A file's text, the character set that it was read with, and whether bytes had to be guessed."""

    text: str
    charset: str
    guessed: bool


def decode(data: bytes) -> Decoded:
    """Read bytes as text: by byte order mark, else UTF-16 by its zero bytes, else UTF-8, else Windows-1252.

    Bytes that have no meaning in the chosen set are kept as `\\x..` escapes, so nothing is lost.
    """
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(charset, errors="backslashreplace"), charset, False)
    wide = _utf_16_by_zeros(data)
    if wide is not None:
        return Decoded(data.decode(wide, errors="backslashreplace"), wide, True)
    with contextlib.suppress(UnicodeDecodeError):  # then it is not UTF-8
        return Decoded(data.decode("utf-8"), "utf-8", False)
    return Decoded(data.decode("cp1252", errors="backslashreplace"), "cp1252", True)


def _utf_16_by_zeros(data: bytes) -> str | None:
    """UTF-16 without a mark: western text has a zero in every second byte."""
    sample = data[:4096]
    if len(sample) < 4 or len(data) % 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.6 and odd < half * 0.1 else None
