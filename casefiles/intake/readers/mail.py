"""Facts of an e-mail: its text for search, its attachments as children.

Source: RFC 5322 (messages), RFC 2045-2047 and 2231 (MIME).
"""

from __future__ import annotations

import email
import email.errors
import email.header
import email.policy
import email.utils
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.generator import BytesGenerator
from email.message import Message
from html.parser import HTMLParser

from casefiles.findings import Finding, Severity
from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.limits import size_in_words
from casefiles.intake.readers.children import ChildWriter
from casefiles.search.page_text import whole

_SHOWN_HEADERS = ("From", "To", "Cc", "Date", "Subject")
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
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass
class _Seen:
    texts: list[str] = field(default_factory=list)
    guessed: int = 0
    broken: int = 0
    wrapped: int = 0
    encrypted: bool = False
    outside: int = 0
    misbuilt: bool = False


def read(reading: Reading) -> FileFacts:
    """Read an RFC 822 message.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    if reading.path.stat().st_size > reading.limits.child_bytes:
        what = f"this message is larger than {size_in_words(reading.limits.child_bytes)}"
        return reading.held("mail-too-large", what, "Save its attachments and file each one that matters")
    with reading.path.open("rb") as stream:
        try:
            message = email.message_from_binary_file(stream, policy=email.policy.compat32)
        except RecursionError:
            return reading.held(
                "mail-too-large", "its parts are nested too deep", "Ask the sender for a PDF of it"
            )
    seen = _Seen()
    children = ChildWriter(reading)
    parts = list(_leaves(message))
    for part in parts:
        _take(part, seen, children)
    # Where the outermost part is closed, everything within it was written to its end.
    cut = any(isinstance(defect, _CUT) for defect in message.defects)
    seen.misbuilt = any(isinstance(defect, _MISBUILT) for part in message.walk() for defect in part.defects)
    found = [*_findings(reading, seen, children), *children.findings()]
    if cut:
        what = "the message ends before its last part, so an attachment may be cut or missing"
        return reading.held("mail-damaged", what, others=found, children=children.children)
    heads = [f"{name}: {_header(message, name)}" for name in _SHOWN_HEADERS if message.get(name) is not None]
    text = "\n".join([*heads, "", *seen.texts])
    return reading.readable(texts=whole(text), findings=found, children=children.children)


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in order; a message within the message is one of them, whole."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting.extend(reversed(_subparts(part)))
        else:
            yield part


def _subparts(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _take(part: Message, seen: _Seen, children: ChildWriter) -> None:
    kind = part.get_content_type()
    name = _file_name(part)
    attached = "attachment" in str(part.get("Content-Disposition", "")).lower()
    if kind in _ENCRYPTED:
        seen.encrypted = True
    if kind == "message/external-body":
        seen.outside += 1
    if kind in _TNEF or name.lower() == b"winmail.dat":
        seen.wrapped += 1
    if kind == "message/rfc822" and part.is_multipart():
        for inner in _subparts(part):
            children.add(name or _message_name(inner, len(children.children) + 1), [_as_bytes(inner)])
        return
    if part.is_multipart():  # message/delivery-status and the like: header blocks
        children.add(name, [_as_bytes(one) for one in _subparts(part)])
        return
    data = part.get_payload(decode=True)
    data = data if isinstance(data, bytes) else b""
    seen.broken += any(isinstance(defect, _BROKEN_CODING) for defect in part.defects)
    if kind in ("text/plain", "text/html") and not name and not attached:
        _body(part, kind, data, seen)
    else:
        children.add(name, [data])


def _body(part: Message, kind: str, data: bytes, seen: _Seen) -> None:
    text, guessed = decoded(data, part.get_content_charset())
    seen.guessed += guessed
    if kind == "text/plain":
        seen.texts.append(text)
    else:
        stripper = _TextOnly()
        stripper.feed(text)
        stripper.close()
        seen.texts.append("".join(stripper.pieces))


def decoded(data: bytes, charset: str | None) -> tuple[str, bool]:
    """Text in the charset that is stated, else UTF-8, else Windows Western European; True where it was guessed."""
    stated = charset or "us-ascii"
    for name, guessed in ((stated, False), ("utf-8", charset is not None), ("cp1252", True)):
        try:
            return data.decode(name), guessed
        except (LookupError, ValueError):  # an unknown charset, or bytes that are none of it
            continue
    return data.decode("latin-1"), True


def _file_name(part: Message) -> bytes:
    """The name that the message gives the part, as UTF-8; empty where it gives none. Never a path to use."""
    raw = part.get_filename()
    if not raw:
        return b""
    return _plain(raw).encode("utf-8", "surrogateescape")


def _header(message: Message, name: str) -> str:
    return _plain(str(message.get(name, "")))


def _plain(value: str) -> str:
    """Encoded words decoded (RFC 2047); what cannot be decoded stays as it stands."""
    try:
        pieces = email.header.decode_header(value)
    except (email.errors.HeaderParseError, ValueError):
        return value
    text = [decoded(piece, charset)[0] if isinstance(piece, bytes) else piece for piece, charset in pieces]
    return "".join(text)


def _message_name(inner: Message, number: int) -> bytes:
    subject = " ".join(_header(inner, "Subject").split())[:100]
    return (f"{subject}.eml" if subject else f"attachment-{number}.eml").encode("utf-8", "surrogateescape")


def _as_bytes(message: Message) -> bytes:
    out = io.BytesIO()
    BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(message)
    return out.getvalue()


class _TextOnly(HTMLParser):
    """What an HTML body says, without its mark-up."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in ("script", "style"):
            self._silent += 1
        elif tag in ("br", "p", "div", "tr", "li", "h1", "h2", "h3"):
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style") and self._silent:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


def _findings(reading: Reading, seen: _Seen, children: ChildWriter) -> Iterator[Finding]:
    def warning(code: str, message: str, remedy: str = "") -> Finding:
        return reading.finding(code, Severity.WARNING, message, remedy)

    if children.children:
        text = _attached(len(children.children), "message")
        yield reading.finding("mail-attachments", Severity.NOTE, text, "Decide on each of them")
    if seen.guessed:
        yield warning(
            "mail-charset-guessed",
            "The message names the wrong character set; accents may be wrong",
            "Compare with the message in the mail program",
        )
    if seen.broken:
        yield warning(
            "mail-attachment-damaged",
            f"{seen.broken} parts of the message are not coded as they should be, and may be damaged",
            "Ask for the attachments themselves",
        )
    if seen.misbuilt:
        yield warning(
            "mail-structure",
            "The message is not built as it should be, so parts of it may show in an odd place",
            "Compare with the message in the mail program",
        )
    if seen.wrapped:
        yield warning(
            "mail-winmail",
            "Attachments are wrapped in a winmail.dat, which casebinder cannot open",
            "Ask the sender to send them again as HTML or plain text mail",
        )
    if seen.encrypted:
        yield warning(
            "mail-encrypted",
            "The message is encrypted; what it says cannot be shown",
            "Ask for the message in plain form",
        )
    if seen.outside:
        yield warning(
            "mail-external",
            "Part of the message lies elsewhere and was not fetched",
            "Ask for the file itself",
        )


def _attached(count: int, to: str) -> str:
    if count == 1:
        return f"One file is attached to this {to}; it is evidence of its own"
    return f"{count} files are attached to this {to}; each is evidence of its own"
