"""Reads a message that Outlook saved (.msg): its headers, its words, and what is attached, byte for byte.

Source: [MS-OXMSG] §2.1 to 2.4 (the file); [MS-OXPROPS] (properties); [MS-OXCMSG] §2.2.2.9 (how a file is attached).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.parser import HeaderParser
from email.utils import formataddr

from casefiles.mail.bodies import Words, body_of, choose, not_in, of_html, of_text, pictures_of, unmarked
from casefiles.mail.compound import Folder
from casefiles.mail.decoding import instant as instant_of
from casefiles.mail.decoding import plain_words, readable
from casefiles.mail.mime import TNEF, attachment_name
from casefiles.mail.model import Attachment, Flaws, Mail
from casefiles.mail.outlook_storage import Bag, Storage, is_message, open_storage, standalone
from casefiles.mail.rtf import rtf_words

MAX_UNPACKED_BYTES = 512 << 20
_SUBJECT, _BODY, _RTF, _HTML, _HEADERS, _CLASS = 0x0037, 0x1000, 0x1009, 0x1013, 0x007D, 0x001A
_SUBMITTED, _DELIVERED, _FLAGS, _CODEPAGE, _MESSAGE_CODEPAGE = 0x0039, 0x0E06, 0x0E07, 0x3FDE, 0x3FFD
_SENDER_NAME, _SENDER_SMTP, _SENDER_ADDRESS = 0x0C1A, 0x5D01, 0x0C1F
_FOR_NAME, _FOR_SMTP, _FOR_ADDRESS = 0x0042, 0x5D02, 0x0065
_RECIPIENT_TYPE, _NAME, _SMTP, _ADDRESS = 0x0C15, 0x3001, 0x39FE, 0x3003
_METHOD, _DATA, _LONG_NAME, _SHORT_NAME, _TYPE, _CONTENT_ID = 0x3705, 0x3701, 0x3707, 0x3704, 0x370E, 0x3712
_LONG_PATH, _SHORT_PATH = 0x370D, 0x3708
_UNSENT = 0x8
_BY_REFERENCE = frozenset({2, 3, 4, 7})
_RECIPIENTS = {1: "To", 2: "Cc", 3: "Bcc"}
_SENT_HEADERS = ("From", "Sender", "To", "Cc", "Reply-To", "Date")
_PLAIN_CLASSES = ("IPM.NOTE", "REPORT.IPM.NOTE", "IPM")


def read_outlook(data: bytes) -> Mail:
    """Read a message that Outlook saved; what is missing from it is counted, what is there is read.

    Raises:
        ValueError: it is no such file, or too broken or too large to be read.
    """
    storage = open_storage(io.BytesIO(data), MAX_UNPACKED_BYTES)
    codepage = storage.number(_MESSAGE_CODEPAGE) or storage.number(_CODEPAGE)
    bag = Bag(storage, codepage)
    outside: list[str] = []
    attachments = list(_attachments(storage, bag, outside))
    item_class = bag.text(_CLASS)
    shown, every = _words(bag, attachments)
    body = body_of(shown)
    headers, sent = _headers(storage, bag)
    unsent = bool((storage.number(_FLAGS) or 0) & _UNSENT)
    return Mail(
        headers=tuple(headers),
        sent=sent,
        body=unmarked(body),
        texts=tuple(unmarked(words.text) for words in every),
        from_html=any(words.html for words in shown),
        words_only_in_html=sum(words.only_in_html for words in shown),
        attachments=tuple(attachments),
        flaws=Flaws(
            encrypted=_is_encrypted(item_class, attachments),
            guessed=bag.guessed,
            broken=bag.broken,
            wrapped=sum(_is_wrapped(one) for one in attachments),
            outside=tuple(outside),
            cut=storage.damaged or storage.announced_attachments > len(storage.attachments()),
            unsent=unsent,
            remote_pictures=sum(words.remote_pictures for words in shown),
            pictures_within=sum(words.pictures_within for words in shown),
        ),
        marked=body,
        pictures_elsewhere=not_in(body, every),
        item_class="" if _is_plain(item_class) else item_class,
    )


def _is_plain(item_class: str) -> bool:
    known = item_class.upper()
    return not known or known in _PLAIN_CLASSES or known.startswith(("IPM.NOTE.", "REPORT.IPM.NOTE."))


def _is_encrypted(item_class: str, attachments: list[Attachment]) -> bool:
    known = item_class.upper()
    sealed = known.startswith("IPM.NOTE.SMIME") and not known.endswith("MULTIPARTSIGNED")
    return sealed or any(one.name.lower() == b"message.rpmsg" for one in attachments)


def _is_wrapped(one: Attachment) -> bool:
    return one.media_type in TNEF or one.name.lower() == b"winmail.dat"


def _headers(storage: Storage, bag: Bag) -> tuple[list[tuple[str, str]], datetime | None]:
    """As the message travelled where that is kept, else as Outlook recorded it; and when it was sent."""
    travelled = HeaderParser(policy=policy.compat32).parsestr(bag.text(_HEADERS))
    found = [
        (name, readable(plain_words(str(value))))
        for name in _SENT_HEADERS
        for value in travelled.get_all(name, [])
    ]
    kept = {name for name, value in found if value}
    if "From" not in kept:
        found += [("From", sender)] if (sender := _sender(bag)) else []
    people = list(_recipients(storage, bag))
    found += [(name, value) for name, value in people if name not in kept]
    subject = bag.text(_SUBJECT) or plain_words(str(travelled.get("Subject", "")))
    found.append(("Subject", readable(subject)))
    sent = instant_of(next((value for name, value in found if name == "Date"), ""))
    recorded = storage.instant(_SUBMITTED)
    if sent is None and recorded is not None:
        sent = recorded
        found.append(("Date", f"{recorded.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, as Outlook recorded it"))
    return [pair for pair in found if pair[1]], sent


def _sender(bag: Bag) -> str:
    sender = _person(bag.text(_SENDER_NAME), bag.text(_SENDER_SMTP) or bag.text(_SENDER_ADDRESS))
    behalf = _person(bag.text(_FOR_NAME), bag.text(_FOR_SMTP) or bag.text(_FOR_ADDRESS))
    if sender and behalf and sender != behalf:
        return f"{behalf} (sent by {sender})"
    return behalf or sender


def _person(name: str, address: str) -> str:
    name, address = readable(name), readable(address)
    if not address or name == address:
        return name or address
    return formataddr((name, address)) if (name + address).isascii() else f"{name} <{address}>".strip()


def _recipients(storage: Storage, bag: Bag) -> Iterator[tuple[str, str]]:
    by_type: dict[str, list[str]] = {}
    for each in storage.recipients():
        own = bag.inside(each)
        name = _RECIPIENTS.get((each.number(_RECIPIENT_TYPE) or 1) & 0xF, "To")
        by_type.setdefault(name, []).append(_person(own.text(_NAME), own.text(_SMTP) or own.text(_ADDRESS)))
    yield from ((name, ", ".join(people)) for name, people in by_type.items())


def _words(bag: Bag, attachments: list[Attachment]) -> tuple[list[Words], list[Words]]:
    """What is shown, and every version of it. Outlook keeps a plain version of nearly every message."""
    pictures = pictures_of(attachments)
    every: list[Words] = []
    body_charset = bag.storage.number(_CODEPAGE)
    if plain := bag.text(_BODY, body_charset):
        every.append(of_text(plain, pictures))
    if html := bag.binary_text(_HTML, body_charset) or bag.text(_HTML, body_charset):
        every.append(of_html(html.replace("\0", ""), pictures))
    if not any(words.text.strip() for words in every) and (packed := bag.binary(_RTF)):
        text = rtf_words(packed)
        bag.broken += text is None
        every.append(Words(text or "", True))
    return choose(every), every


def _attachments(storage: Storage, bag: Bag, outside: list[str]) -> Iterator[Attachment]:
    for number, each in enumerate(storage.attachments(), 1):
        own = bag.inside(each)
        kind = own.text(_TYPE).lower()
        name = readable(own.text(_LONG_NAME) or own.text(_SHORT_NAME))
        method = each.number(_METHOD) or 0
        inner = each.inner(_DATA)
        data = own.binary(_DATA)
        if inner is not None:
            yield _inner(inner, storage, name or readable(own.text(_NAME)), number)
        elif data is None and method in _BY_REFERENCE:
            outside.append(readable(own.text(_LONG_PATH) or own.text(_SHORT_PATH) or name)[:200])
        elif data is None:
            bag.broken += 1
        else:
            given = name.encode("utf-8", "replace") or attachment_name(kind, number)
            content_id = readable(own.text(_CONTENT_ID)).strip("<>")
            yield Attachment(given, kind or "application/octet-stream", data, content_id)


def _inner(inner: Folder, whole: Storage, name: str, number: int) -> Attachment:
    """A message, or an object of another program, that is attached in parts rather than as a file."""
    ending, kind = (
        ("msg", "application/vnd.ms-outlook") if is_message(inner) else ("ole", "application/x-ole-storage")
    )
    stem = name.removesuffix(f".{ending}")[:100] or f"attachment-{number}"
    return Attachment(f"{stem}.{ending}".encode("utf-8", "replace"), kind, standalone(inner, whole))
