"""Bytes and header lines of a message as text, whatever they claim to be.

Source: RFC 2047 (encoded words); RFC 2231 (parameters).
"""

from __future__ import annotations

import codecs
import contextlib
import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import parsedate_to_datetime

from casefiles.mail.charset import decode

_UTC_WITHOUT_ZONE = re.compile(r"\s-0000\b")
_REFUSED_CODECS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}


def decoded(data: bytes, named: str) -> tuple[str, bool]:
    """Text in the character set that is named, else by its bytes; True where it had to be guessed."""
    named = named.lower()
    codec = known_codec(named)
    if codec is not None:
        with contextlib.suppress(UnicodeError):
            return data.decode(codec), False
        if _mostly(data, codec):
            return data.decode(codec, errors="backslashreplace"), True
    read = decode(data)
    named_for_nothing = named not in ("", "us-ascii") and named.replace("-", "_") not in _REFUSED_CODECS
    return read.text, read.guessed or named_for_nothing


def known_codec(named: str) -> str | None:
    """The character set that a message names, unless it says nothing or could do more than decode."""
    if not named or named == "us-ascii":
        return None
    try:
        codec = codecs.lookup(named).name
        b"x".decode(codec)  # not every codec makes text of bytes
    except (LookupError, ValueError):
        return None
    return None if codec.replace("-", "_") in _REFUSED_CODECS else codec


def plain_words(value: str) -> str:
    """A header's value or a file name with its encoded words decoded; what cannot be decoded stays as it stands."""
    try:
        pieces = decode_header(value)
        return "".join(
            decoded(text, charset or "")[0] if isinstance(text, bytes) else text for text, charset in pieces
        )
    except (HeaderParseError, ValueError, LookupError, TypeError, AttributeError, IndexError):
        return value


def readable(value: str) -> str:
    """A header as one line; bytes that are not ASCII, which the parser keeps as lone surrogates, as letters."""
    if any("\udc80" <= char <= "\udcff" for char in value):
        value = decode(value.encode("utf-8", "surrogateescape")).text
    return " ".join(value.split())


def instant(written: str) -> datetime | None:
    """The instant that a Date header names, in UTC; None where it cannot be read, or names no time zone that we know.

    A zone of letters such as BST is not one of the standard's: Britain and Bangladesh mean different hours by it.

    Source: RFC 5322 §3.3 (-0000 is UTC without a local zone) and §4.3 (zones of letters).
    """
    try:
        parsed = parsedate_to_datetime(written)
        if parsed.tzinfo is None:
            return parsed.replace(tzinfo=UTC) if _UTC_WITHOUT_ZONE.search(written) else None
        return parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _mostly(data: bytes, codec: str) -> bool:
    """Whether the named set fits but for a few damaged bytes: then guessing another would spoil the rest."""
    text = data.decode(codec, errors="replace")
    beyond_ascii = sum(letter > "\x7f" for letter in text)
    return text.count("\ufffd") * 10 <= beyond_ascii
