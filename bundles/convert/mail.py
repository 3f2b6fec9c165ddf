"""An e-mail as it is printed: who wrote what to whom and when, its words, and what was attached."""

from __future__ import annotations

import re
from datetime import datetime

from bundles.convert.base import ConversionRequest, ConversionResult, Converter, HeldError
from bundles.convert.event_rows import event_rows
from bundles.convert.pages import draw_template, size_words
from bundles.convert.visible import shown
from casefiles.findings import Finding, Severity
from casefiles.hashing import hash_prefix
from casefiles.intake.kinds import Kind
from casefiles.mail import read_message
from casefiles.mail.calendar import Event, read_calendar
from casefiles.mail.model import Attachment, Mail
from casefiles.shown import display_name
from casefiles.uk_dates import clock_time, london, long_date
from templates.render import Plain

MAX_CHARACTERS = 3_000_000
MANY_WORDS = 20
MAX_EVENTS = 20
ENCRYPTED = "[This message is encrypted. Its words cannot be shown.]"
EMPTY = "[This message has no words.]"
_ROWS = (
    ("From", "From"),
    ("Sender", "Sent by"),
    ("To", "To"),
    ("Cc", "Cc"),
    ("Bcc", "Bcc"),
    ("Reply-To", "Reply to"),
)


def draw(request: ConversionRequest) -> ConversionResult:
    """Header table, body and the list of attachments, which are items of their own.

    An invitation among them is told in words, too. The plain version of a body is shown; where there is none, the words of the formatted one. Nothing that the
    message links to is fetched, and no style of its own is applied.

    Raises:
        HeldError: it is no e-mail, or holds more than three million characters.
    """
    try:
        mail = read_message(request.original.read_bytes(), request.kind)
    except (ValueError, LookupError, RecursionError) as problem:
        raise HeldError(_held(request, "mail-damaged", f"the e-mail cannot be read: {problem}")) from problem
    if len(mail.body) > MAX_CHARACTERS:
        raise HeldError(_held(request, "mail-too-long", "the e-mail has more than three million characters"))
    drawn = draw_template(request, "pages/email.html.j2", _values(mail))
    return drawn.with_findings(_findings(request, mail)).derived(
        request.output, CONVERTER.name, CONVERTER.version
    )


def london_words(instant: datetime) -> str:
    """An instant as people in the UK read it: "Tuesday 3 March 2026 at 2.05pm (UK time)"."""
    local = london(instant)
    return f"{local:%A} {long_date(local.date())} at {clock_time(local)} (UK time)"


def _values(mail: Mail) -> dict[str, Plain]:
    rows = [
        {"name": words, "value": shown(_unquoted(", ".join(values)), keep=""), "note": ""}
        for header, words in _ROWS
        if (values := mail.all(header))
    ]
    written = shown(", ".join(mail.all("Date")), keep="")
    if mail.sent is not None:
        rows.append({"name": "Date", "value": london_words(mail.sent), "note": f"as written: {written}"})
    else:
        none = "(not sent: a draft)" if mail.flaws.unsent else "(none)"
        rows.append({"name": "Date", "value": written or none, "note": ""})
    body = mail.body or (ENCRYPTED if mail.flaws.encrypted else EMPTY)
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return {
        "subject": shown(", ".join(mail.all("Subject")), keep="") or "(no subject)",
        "rows": rows,
        "lines": [
            {"text": shown(line, keep="\t"), "quoted": line.lstrip().startswith(">")} for line in lines
        ],
        "invitations": [
            event_rows(event) for each in mail.attachments if _is_invitation(each) for event in _events(each)
        ],
        "attachments": [
            {
                "name": display_name(each.name),
                "size": size_words(each.size_bytes),
                "prefix": hash_prefix(each.sha256),
            }
            for each in mail.attachments
        ],
    }


def _is_invitation(each: Attachment) -> bool:
    return each.media_type == "text/calendar" or each.name.lower().endswith(b".ics")


def _events(each: Attachment) -> tuple[Event, ...]:
    """What an invitation says; one that cannot be read is an item of its own, which says why."""
    try:
        return read_calendar(each.data).events[:MAX_EVENTS]
    except ValueError:
        return ()


def _unquoted(people: str) -> str:
    """`"A. B. Officer" <ab@…>` without the quotation marks, where no comma needs them."""
    return re.sub(r'"([^",;<>\\]*)"(?= <)', r"\1", people)


def _findings(request: ConversionRequest, mail: Mail) -> list[Finding]:
    found: list[Finding] = []
    if mail.item_class:
        message = f"it is no e-mail but another Outlook item ({shown(mail.item_class, keep='')[:60]}); what has no words in it is not shown"
        remedy = "print it as PDF from Outlook and add that"
        found.append(request.finding("mail-other-item", Severity.WARNING, message, remedy))
    if mail.flaws.unsent:
        message = "it is a draft: nothing in it says that it was sent"
        found.append(
            request.finding("mail-not-sent", Severity.WARNING, message, "ask for it as it was received")
        )
    if mail.flaws.remote_pictures:
        message = f"{mail.flaws.remote_pictures} pictures of the formatted version lie elsewhere; they were not fetched"
        found.append(request.finding("mail-remote-pictures", Severity.NOTE, message))
    if mail.flaws.encrypted:
        message = "the e-mail is encrypted; only its header lines can be shown"
        found.append(request.finding("mail-encrypted", Severity.WARNING, message, "ask for it unencrypted"))
    if mail.sent is None and not mail.flaws.unsent:
        message = "the e-mail has no date that can be read with its time zone; it is shown as written"
        found.append(
            request.finding("mail-date-unreadable", Severity.WARNING, message, "check when it was sent")
        )
    if mail.from_html:
        message = "the e-mail has a formatted version only: its words are shown without the formatting"
        found.append(request.finding("mail-words-only", Severity.NOTE, message))
    if mail.words_only_in_html >= MANY_WORDS:
        message = f"the plain version, which is shown, lacks {mail.words_only_in_html} different words of the formatted one"
        remedy = "open the original; if they matter, print it as PDF and add that"
        found.append(request.finding("mail-versions-differ", Severity.WARNING, message, remedy))
    if mail.flaws.guessed:
        message = "its character set is not named, or named wrongly; it was guessed"
        found.append(
            request.finding(
                "mail-charset-guessed", Severity.NOTE, message, "check accented letters and the £ sign"
            )
        )
    return found


def _held(request: ConversionRequest, code: str, message: str) -> Finding:
    return request.finding(
        code,
        Severity.ERROR,
        message,
        "print it as PDF from the mail program and add that, or record a placeholder",
    )


CONVERTER = Converter(name="mail", version="4", kinds=frozenset({Kind.MAIL, Kind.OUTLOOK}), convert=draw)
