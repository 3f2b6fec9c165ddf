"""Reads an e-mail (RFC 5322, MIME): its headers as written, its words, and what is attached, byte for byte.

Source: RFC 5322 §3.6; RFC 2045 to 2047; RFC 2183 (Content-Disposition); RFC 2392 (Content-ID).
"""

from __future__ import annotations

import email.errors
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import policy
from email.generator import BytesGenerator
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser, BytesParser

from casefiles.mail.bodies import Words, body_of, choose, not_in, of_html, of_text, pictures_of, unmarked
from casefiles.mail.decoding import decoded, instant, plain_words, readable
from casefiles.mail.model import Attachment, Flaws, Mail

_CUT = (email.errors.CloseBoundaryNotFoundDefect, email.errors.StartBoundaryNotFoundDefect)
_MISBUILT = (
    *_CUT,
    email.errors.MultipartInvariantViolationDefect,
    email.errors.NoBoundaryInMultipartDefect,
)
_BROKEN_CODING = (
    email.errors.InvalidBase64PaddingDefect,
    email.errors.InvalidBase64CharactersDefect,
    email.errors.InvalidBase64LengthDefect,
)
_ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"})
TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_WORDS = frozenset({"text/plain", "text/html"})
_ENDINGS: Mapping[str, str] = {
    "text/calendar": "ics", "text/plain": "txt", "text/html": "html", "text/csv": "csv", "image/png": "png",
    "image/jpeg": "jpg", "image/gif": "gif", "image/bmp": "bmp", "image/tiff": "tif", "image/webp": "webp",
    "image/heic": "heic", "application/pdf": "pdf", "message/rfc822": "eml", "message/delivery-status": "txt",
    "text/rfc822-headers": "txt", "application/zip": "zip",
}  # fmt: skip


@dataclass
class _Seen:
    attachments: list[Attachment] = field(default_factory=list)
    broken: int = 0
    wrapped: int = 0
    outside: list[str] = field(default_factory=list)


def read_mail(data: bytes) -> Mail:
    """Read a message; broken structure is read as far as it goes.

    Raises:
        ValueError: there is no header at all, so this is no message.
        RecursionError: its parts are nested too deep.
    """
    headers = tuple(_headers(BytesHeaderParser(policy=policy.default).parsebytes(data)))
    if not headers:
        raise ValueError("it has no header lines")
    message = BytesParser(policy=policy.compat32).parsebytes(data)
    seen = _Seen()
    for part in _leaves(message):
        _take(part, seen)
    pictures = pictures_of(seen.attachments)
    shown, every = _words(message, pictures)
    body = body_of(shown)
    return Mail(
        headers=headers,
        sent=instant(next((value for key, value in headers if key.lower() == "date"), "")),
        body=unmarked(body),
        texts=tuple(unmarked(words.text) for words in every),
        from_html=any(words.html for words in shown),
        words_only_in_html=sum(words.only_in_html for words in shown),
        attachments=tuple(seen.attachments),
        flaws=_flaws(message, seen, shown),
        marked=body,
        pictures_elsewhere=not_in(body, every),
    )


def attachment_name(media_type: str, number: int) -> bytes:
    """The name of the numbered thing in a message that gives it none; its ending says of what type it claims to be."""
    return f"attachment-{number}.{_ENDINGS.get(media_type, 'bin')}".encode()


def _flaws(message: Message, seen: _Seen, shown: list[Words]) -> Flaws:
    parts = list(message.walk())
    return Flaws(
        encrypted=any(part.get_content_type() in _ENCRYPTED for part in parts),
        guessed=any(words.guessed for words in shown),
        broken=seen.broken,
        wrapped=seen.wrapped,
        outside=tuple(seen.outside),
        misbuilt=any(isinstance(defect, _MISBUILT) for part in parts for defect in part.defects),
        # Where the outermost part is closed, everything within it was written to its end.
        cut=any(isinstance(defect, _CUT) for defect in message.defects),
        remote_pictures=sum(words.remote_pictures for words in shown),
        pictures_within=sum(words.pictures_within for words in shown),
    )


def _headers(message: EmailMessage) -> Iterator[tuple[str, str]]:
    for name, raw in message.raw_items():
        try:
            value = str(message.policy.header_fetch_parse(name, readable(raw)))
        except (
            ValueError,
            IndexError,
            AttributeError,
            LookupError,
            TypeError,
        ):  # the parser's own weak spots
            value = " ".join(str(raw).split())
        yield name, readable(value)


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in order; a message within the message is one of them, whole."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting.extend(reversed(_children(part)))
        else:
            yield part


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _take(part: Message, seen: _Seen) -> None:
    kind = part.get_content_type()
    name = _file_name(part)
    if kind == "message/external-body":
        seen.outside.append(readable(str(part.get("Content-Type", "")))[:200])
    if kind in TNEF or name.lower() == b"winmail.dat":
        seen.wrapped += 1
    if kind == "message/rfc822" and part.is_multipart():
        for inner in _children(part):
            _add(seen, part, name or _message_name(inner), _as_bytes(inner))
    elif part.is_multipart():  # message/delivery-status and the like: header blocks
        _add(seen, part, name, b"".join(_as_bytes(one) for one in _children(part)))
    else:
        data = part.get_payload(decode=True)
        seen.broken += any(isinstance(defect, _BROKEN_CODING) for defect in part.defects)
        if kind not in _WORDS or _is_attached(part):
            _add(seen, part, name, data if isinstance(data, bytes) else b"")


def _add(seen: _Seen, part: Message, name: bytes, data: bytes) -> None:
    kind = part.get_content_type()
    content_id = readable(str(part.get("Content-ID", ""))).strip("<>")
    name = name or attachment_name(kind, len(seen.attachments) + 1)
    seen.attachments.append(Attachment(name, kind, data, content_id))


def _words(message: Message, pictures: Mapping[str, str]) -> tuple[list[Words], list[Words]]:
    """What is shown, and every version of it, in order."""
    every: list[Words] = []

    def read(part: Message) -> list[Words]:
        kind = part.get_content_type()
        if kind == "message/rfc822" or _is_attached(part):
            return []
        if part.is_multipart():
            if part.get_content_maintype() != "multipart":
                return []
            inner = [words for child in _children(part) for words in read(child)]
            return choose(inner) if kind == "multipart/alternative" else inner
        if kind in _WORDS or kind.startswith("multipart/"):  # one without a boundary
            every.append(_of_part(part, pictures))
            return [every[-1]]
        return []

    return read(message), every


def _of_part(part: Message, pictures: Mapping[str, str]) -> Words:
    data = part.get_payload(decode=True)
    text, guessed = decoded(data if isinstance(data, bytes) else b"", part.get_content_charset() or "")
    if part.get_content_type() == "text/html":
        return of_html(text, pictures, guessed=guessed)
    return of_text(text, pictures, guessed=guessed)


def _is_attached(part: Message) -> bool:
    """Whether a part is a file of its own rather than words of the message; one with a name always is."""
    if part.is_multipart() and part.get_content_type() != "message/rfc822":
        return False
    return "attachment" in str(part.get("Content-Disposition", "")).lower() or bool(_file_name(part))


def _file_name(part: Message) -> bytes:
    """The name that the message gives the part, as UTF-8; empty where it gives none. Never a path to use."""
    try:
        raw = part.get_filename()
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        return b"(name cannot be read)"
    return plain_words(raw).encode("utf-8", "surrogateescape") if raw else b""


def _message_name(inner: Message) -> bytes:
    subject = " ".join(plain_words(str(inner.get("Subject", ""))).split())[:100]
    return f"{subject}.eml".encode("utf-8", "surrogateescape") if subject else b""


def _as_bytes(inner: Message) -> bytes:
    out = io.BytesIO()
    BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(inner)
    return out.getvalue()
