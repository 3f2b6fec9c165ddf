"""Facts of a message, from a mail program or from Outlook: its text for search, its attachments as children.

Source: RFC 5322 (messages), RFC 2045-2047 and 2231 (MIME); [MS-OXMSG] (Outlook messages).
"""

from __future__ import annotations

from collections.abc import Iterator

from casefiles.findings import Finding, Severity
from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.kinds import Kind
from casefiles.intake.limits import size_in_words
from casefiles.intake.readers.children import ChildWriter
from casefiles.mail import read_message
from casefiles.mail.model import Flaws, Mail
from casefiles.search.page_text import whole

_SHOWN_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def read(reading: Reading) -> FileFacts:
    """Read a message, and write what is attached to it as children.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    if reading.path.stat().st_size > reading.limits.child_bytes:
        what = f"this message is larger than {size_in_words(reading.limits.child_bytes)}"
        return reading.held("mail-too-large", what, "Save its attachments and file each one that matters")
    try:
        mail = read_message(reading.path.read_bytes(), reading.kind.kind)
    except RecursionError:
        return reading.held(
            "mail-too-large", "its parts are nested too deep", "Ask the sender for a PDF of it"
        )
    except ValueError as problem:
        return reading.held("mail-damaged", f"the message cannot be read: {problem}")
    children = ChildWriter(reading)
    for attachment in mail.attachments:
        children.add(attachment.name, [attachment.data])
    found = [*_findings(reading, mail, children), *children.findings()]
    if mail.flaws.cut:
        what = "the message ends early or is damaged, so an attachment may be cut or missing"
        return reading.held("mail-damaged", what, others=found, children=children.children)
    heads = [f"{name}: {value}" for name in _SHOWN_HEADERS for value in mail.all(name)]
    text = "\n".join([*heads, "", *mail.texts])
    return reading.readable(texts=whole(text), findings=found, children=children.children)


def _findings(reading: Reading, mail: Mail, children: ChildWriter) -> Iterator[Finding]:
    if children.children:
        text = _attached(len(children.children), "message")
        yield reading.finding("mail-attachments", Severity.NOTE, text, "Decide on each of them")
    for code, message, remedy in _flaws(mail.flaws, reading.kind.kind):
        yield reading.finding(code, Severity.WARNING, message, remedy)


def _flaws(flaws: Flaws, kind: Kind) -> Iterator[tuple[str, str, str]]:
    if flaws.guessed:
        yield (
            "mail-charset-guessed",
            "The message names the wrong character set, or none; accents may be wrong",
            "Compare with the message in the mail program",
        )
    if flaws.broken:
        yield (
            "mail-attachment-damaged",
            f"{flaws.broken} {'part' if flaws.broken == 1 else 'parts'} of the message cannot be read as they should be, and may be damaged",
            "Ask for the attachments themselves",
        )
    if flaws.misbuilt:
        yield (
            "mail-structure",
            "The message is not built as it should be, so parts of it may show in an odd place",
            "Compare with the message in the mail program",
        )
    if flaws.wrapped:
        yield (
            "mail-winmail",
            "What was attached is wrapped in a winmail.dat, which is taken in as an item of its own",
            "See what that item says of the files inside",
        )
    if flaws.encrypted:
        yield (
            "mail-encrypted",
            "The message is encrypted; what it says cannot be shown",
            "Ask for the message in plain form",
        )
    if flaws.outside:
        yield (
            "mail-external",
            f"Part of the message lies elsewhere and was not fetched: {'; '.join(flaws.outside[:3])}",
            "Ask for the file itself",
        )
    if flaws.unsent and kind is Kind.OUTLOOK:
        yield (
            "mail-not-sent",
            "The message is a draft: nothing in it says that it was sent",
            "If it was sent, ask for the message as it was received",
        )


def _attached(count: int, to: str) -> str:
    if count == 1:
        return f"One file is attached to this {to}; it is evidence of its own"
    return f"{count} files are attached to this {to}; each is evidence of its own"
