"""An exported chat as a dated conversation: who said what, when, as the phone wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from bundles.convert.base import ConversionRequest, ConversionResult, Converter, HeldError
from bundles.convert.pages import draw_template
from bundles.convert.text import charset_guessed, hidden_shown
from bundles.convert.visible import shown
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind, guess_charset
from casefiles.intake.readers.chat_lines import Chat, Message, read_chat
from casefiles.uk_dates import long_date
from templates.render import Plain

MAX_MESSAGES = 20_000


def draw(request: ConversionRequest) -> ConversionResult:
    """Every message under the day that it was written on; times, names and dates as they stand in the file.

    Raises:
        HeldError: it cannot be read as text, or holds more than 20,000 messages.
    """
    charset = guess_charset(request.original)
    if charset is None:
        raise HeldError(_held(request, "chat-damaged", "the chat cannot be read as text"))
    text = request.original.read_bytes().decode(charset)
    chat = read_chat(text)
    if len(chat.messages) > MAX_MESSAGES:
        message = f"the chat holds {len(chat.messages):,} messages; casebinder draws up to {MAX_MESSAGES:,}"
        raise HeldError(_held(request, "chat-too-long", message))
    senders = dict.fromkeys(message.sender for message in chat.messages if message.sender)
    values: dict[str, Plain] = {
        "before": shown(chat.before),
        "people": [shown(sender, keep="") for sender in senders],
        "count": f"{len(chat.messages):,}",
        "first": _day(chat.messages[0]) if chat.messages else "",
        "last": _day(chat.messages[-1]) if chat.messages else "",
        "days": list(_days(chat)),
    }
    drawn = draw_template(request, "pages/chat.html.j2", values)
    guessed = [charset_guessed(request, charset)] if charset == "cp1252" else []
    found = [*guessed, *_findings(request, chat), *hidden_shown(request, text)]
    return drawn.with_findings(found).derived(request.output, CONVERTER.name, CONVERTER.version)


def _days(chat: Chat) -> Iterator[Plain]:
    for _day_written, group in groupby(chat.messages, key=lambda message: message.day):
        messages = list(group)
        yield {"day": _day(messages[0]), "messages": [_said(message) for message in messages]}


def _said(message: Message) -> Plain:
    return {
        "time": shown(message.time, keep=""),
        "sender": shown(message.sender, keep=""),
        "words": shown(message.words),
    }


def _day(message: Message) -> str:
    if message.on is None:
        return message.day
    return f"{message.on:%A} {long_date(message.on)} (written {message.day})"


def _findings(request: ConversionRequest, chat: Chat) -> Iterator[Finding]:
    if chat.omitted:
        yield request.finding(
            "chat-media-omitted",
            Severity.WARNING,
            f"the chat was exported without its pictures, films and recordings: {chat.omitted} are missing",
            "ask for it to be exported again with media, and add them",
        )
    if chat.deleted:
        yield request.finding(
            "chat-deleted-messages",
            Severity.NOTE,
            f"{chat.deleted} messages had been deleted when it was exported",
        )
    if any(message.on is None for message in chat.messages):
        yield request.finding(
            "chat-dates-as-written",
            Severity.NOTE,
            "its dates stand as the phone wrote them: nothing in it says whether day or month comes first",
        )
    files = [name for message in chat.messages for name in message.attached]
    if files:
        few = ", ".join(f"“{shown(name, keep='')}”" for name in files[:3])
        yield request.finding(
            "chat-files-named",
            Severity.NOTE,
            f"the chat names {'a file' if len(files) == 1 else f'{len(files)} files'} that came with it ({few}"
            f"{' and more' if len(files) > 3 else ''}); what was dropped of it is an item of its own",
        )


def _held(request: ConversionRequest, code: str, message: str) -> Finding:
    return request.finding(
        code, Severity.ERROR, message, "export the part that matters and add that, or record a placeholder"
    )


CONVERTER = Converter(name="chat", version="2", kinds=frozenset({Kind.CHAT}), convert=draw)
