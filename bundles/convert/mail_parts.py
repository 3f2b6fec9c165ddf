"""Reads an e-mail (RFC 5322, MIME): its headers as written, its words, and what is attached.

Source: RFC 5322 §3.6; RFC 2045 to 2047; RFC 2183 (Content-Disposition).
"""

from __future__ import annotations

import codecs
import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError
from email.generator import BytesGenerator
from email.header import decode_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from typing import cast

from bundles.convert.charset import decode
from bundles.convert.html_text import html_to_text
from casefiles.hashing import sha256_bytes

_REFUSED_CODECS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}


@dataclass(frozen=True)
class Attachment:
    """What travels with a message: its name as written, media type, size in bytes and SHA-256."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Mail:
    """One message. `headers` keeps order and repetition; `sent` is UTC or None where the date cannot be read.

    `words_only_in_html` counts words of the formatted version that the plain one, which is shown, lacks.
    """

    headers: tuple[tuple[str, str], ...]
    sent: datetime | None
    body: str
    from_html: bool
    encrypted: bool
    charset_guessed: bool
    words_only_in_html: int
    attachments: tuple[Attachment, ...]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in order."""
        return tuple(value for key, value in self.headers if key.lower() == name.lower())


@dataclass(frozen=True)
class _Words:
    text: str
    html: bool
    guessed: bool
    only_in_html: int = 0


def read_mail(data: bytes) -> Mail:
    """Read a message; broken structure is read as far as it goes.

    Raises:
        ValueError: there is no header at all, so this is no message.
    """
    message = BytesParser(policy=policy.default).parsebytes(data)
    headers = tuple(_headers(message))
    if not headers:
        raise ValueError("it has no header lines")
    bodies: list[_Words] = []
    _read_words(message, bodies)
    written = next((value for key, value in headers if key.lower() == "date"), "")
    return Mail(
        headers=headers,
        sent=_instant(written),
        body="\n\n".join(words.text.strip("\n") for words in bodies if words.text.strip()),
        from_html=any(words.html for words in bodies),
        encrypted=any(part.get_content_type() in _ENCRYPTED for part in message.walk()),
        charset_guessed=any(words.guessed for words in bodies),
        words_only_in_html=sum(words.only_in_html for words in bodies),
        attachments=tuple(_attachments(data)),
    )


def _headers(message: EmailMessage) -> Iterator[tuple[str, str]]:
    for name, raw in message.raw_items():
        try:
            value = str(message.policy.header_fetch_parse(name, _readable(raw)))
        except (
            ValueError,
            IndexError,
            AttributeError,
            LookupError,
            TypeError,
        ):  # the parser's own weak spots
            value = " ".join(str(raw).split())
        yield name, _readable(value)


def _readable(value: str) -> str:
    """A header with bytes that are not ASCII, which the parser keeps as lone surrogates."""
    if any("\udc80" <= char <= "\udcff" for char in value):
        value = decode(value.encode("utf-8", "surrogateescape")).text
    return " ".join(value.split())


def _instant(written: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def _read_words(part: Message, bodies: list[_Words]) -> None:
    kind = part.get_content_type()
    if kind == "message/rfc822" or _is_attached(part):
        return
    if kind == "multipart/alternative":
        _alternatives(part, bodies)
    elif part.is_multipart():
        for child in _children(part):
            _read_words(child, bodies)
    elif kind in {"text/plain", "text/html"} or kind.startswith("multipart/"):  # one without a boundary
        bodies.append(_words(part))


def _alternatives(part: Message, bodies: list[_Words]) -> None:
    """The plain version where it says something, else the formatted one."""
    versions: list[_Words] = []
    for child in _children(part):
        inner: list[_Words] = []
        _read_words(child, inner)
        versions.extend(inner)
    plain = [words for words in versions if not words.html and words.text.strip()]
    rich = [words for words in versions if words.html and words.text.strip()]
    if plain:
        said = {word for words in plain for word in _plain_words(words.text)}
        missing = {word for words in rich for word in _plain_words(words.text)} - said
        first = plain[0]
        bodies.append(_Words(first.text, False, first.guessed, len(missing)))
        bodies.extend(plain[1:])
    else:
        bodies.extend(rich)


def _plain_words(text: str) -> set[str]:
    return {word.casefold() for word in text.split() if word.isalpha() and len(word) > 2}


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _is_attached(part: Message) -> bool:
    if part.is_multipart() and part.get_content_type() != "message/rfc822":
        return False
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
        return _readable("".join(_piece(*piece) for piece in decode_header(name)) if name else "")
    except (ValueError, LookupError, TypeError, AttributeError, IndexError, HeaderParseError):
        return "(name cannot be read)"


def _piece(text: str | bytes, charset: str | None) -> str:
    return text if isinstance(text, str) else _decoded(text, charset or "")[0]


def _attachments(data: bytes) -> Iterator[Attachment]:
    """What intake takes out as items of their own, byte for byte (`casefiles.intake.readers.mail`)."""
    waiting: list[Message] = [BytesParser(policy=policy.compat32).parsebytes(data)]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting.extend(reversed(_children(part)))
        elif part.is_multipart():
            for inner in _children(part):
                yield _attachment(_file_name(part) or _message_name(inner), kind, _as_bytes(inner))
        elif kind not in {"text/plain", "text/html"} or _is_attached(part):
            yield _attachment(_file_name(part), kind, cast(bytes, part.get_payload(decode=True) or b""))


def _attachment(name: str, kind: str, data: bytes) -> Attachment:
    return Attachment(name or "(no name)", kind, len(data), sha256_bytes(data))


def _message_name(inner: Message) -> str:
    subject = "".join(_piece(*piece) for piece in decode_header(str(inner.get("Subject", ""))))
    return f"{_readable(subject)[:100]}.eml" if subject.strip() else ""


def _as_bytes(inner: Message) -> bytes:
    out = io.BytesIO()
    BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(inner)
    return out.getvalue()


def _words(part: Message) -> _Words:
    data = cast(bytes, part.get_payload(decode=True) or b"")
    named = (part.get_content_charset() or "").lower()
    text, guessed = _decoded(data, named)
    html = part.get_content_type() == "text/html"
    return _Words(html_to_text(text) if html else text, html, guessed)


def _decoded(data: bytes, named: str) -> tuple[str, bool]:
    codec = _codec(named)
    if codec is not None:
        with contextlib.suppress(UnicodeError):
            return data.decode(codec), False
        if _mostly(data, codec):
            return data.decode(codec, errors="backslashreplace"), True
    read = decode(data)
    named_for_nothing = named not in ("", "us-ascii") and named.replace("-", "_") not in _REFUSED_CODECS
    return read.text, read.guessed or named_for_nothing


def _codec(named: str) -> str | None:
    """The character set that a message names, unless it says nothing or could do more than decode."""
    if not named or named == "us-ascii":
        return None
    try:
        codec = codecs.lookup(named).name
        b"x".decode(codec)  # not every codec makes text of bytes
    except LookupError:
        return None
    return None if codec.replace("-", "_") in _REFUSED_CODECS else codec


def _mostly(data: bytes, codec: str) -> bool:
    """Whether the named set fits but for a few damaged bytes: then guessing another would spoil the rest."""
    text = data.decode(codec, errors="replace")
    beyond_ascii = sum(letter > "\x7f" for letter in text)
    return text.count("\ufffd") * 10 <= beyond_ascii
