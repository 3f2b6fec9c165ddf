"""A chat as WhatsApp exports it: one message a line or more, each with its day, time and sender as the phone wrote them.

Dates are in the order that the phone used. It is not guessed: only a chat in which some number is above 12 settles it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

_DAY = r"(?P<day>\d{1,4}[/.\-]\d{1,2}[/.\-]\d{2,4})"
_TIME = r"(?P<time>\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[\s\u202f\u00a0]?[AaPp]\.?[Mm]\.?)?)"
_BEGINS = (
    re.compile(rf"[\u200e\u200f\ufeff]*\[{_DAY},?\s{_TIME}\]\s?(?P<rest>.*)", re.DOTALL),  # iPhone
    re.compile(rf"[\u200e\u200f\ufeff]*{_DAY},?\s{_TIME}\s-\s(?P<rest>.*)", re.DOTALL),  # Android
)
_SENDER = re.compile(r"(?P<sender>[^:\n]{1,80}?): ?(?P<words>.*)", re.DOTALL)
_ATTACHED = re.compile(
    r"<attached: (?P<ios>[^<>\n]{1,200})>|(?P<android>[^\s/][^\n/]{0,200}\.\w{2,5}) \(file attached\)"
)
_OMITTED = re.compile(
    r"<Media omitted>|\u200e(?:image|video|audio|sticker|GIF|document|Contact card) omitted"
)
_DELETED = re.compile(r"This message was deleted|You deleted this message")
_NUMBERS = re.compile(r"\d+")
FEWEST = 3
"""A text with fewer messages than that is no chat."""
_LOOKED_AT = 200


@dataclass(frozen=True)
class Message:
    """One message: day and time as written; no sender for what the program itself says. `attached` are file names."""

    day: str
    time: str
    sender: str
    words: str
    attached: tuple[str, ...] = ()
    on: date | None = None


@dataclass(frozen=True)
class Chat:
    """All of it, in the order of the file. `before` is what stands before the first message.

    `day_first` is None where nothing in the chat settles the order of day and month.
    """

    before: str
    messages: tuple[Message, ...]
    day_first: bool | None
    omitted: int
    deleted: int


def looks_like_chat(text: str) -> bool:
    """Whether a text is an exported chat: it begins with a message, and holds several."""
    lines = [line for line in text.splitlines()[:_LOOKED_AT] if line.strip()]
    return (
        bool(lines)
        and _begun(lines[0]) is not None
        and sum(_begun(line) is not None for line in lines) >= FEWEST
    )


def read_chat(text: str) -> Chat:
    """The messages of an exported chat; every word of the file is in one of them, or before the first."""
    before: list[str] = []
    begun: list[tuple[re.Match[str], list[str]]] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        found = _begun(line)
        if found:
            begun.append((found, [found["rest"]]))
        elif begun:
            begun[-1][1].append(line)
        else:
            before.append(line)
    messages = [_message(found, "\n".join(lines).rstrip("\n")) for found, lines in begun]
    day_first = _day_first(message.day for message in messages)
    return Chat(
        "\n".join(before).strip(),
        tuple(replace(message, on=_date(message.day, day_first)) for message in messages),
        day_first,
        omitted=sum(len(_OMITTED.findall(message.words)) for message in messages),
        deleted=sum(bool(_DELETED.search(message.words)) for message in messages),
    )


def _begun(line: str) -> re.Match[str] | None:
    return next((found for pattern in _BEGINS if (found := pattern.fullmatch(line))), None)


def _message(found: re.Match[str], rest: str) -> Message:
    spoken = _SENDER.fullmatch(rest)
    sender, words = (spoken["sender"].strip("\u200e\u200f "), spoken["words"]) if spoken else ("", rest)
    attached = tuple((each["ios"] or each["android"]).strip("\u200e ") for each in _ATTACHED.finditer(words))
    return Message(found["day"], found["time"].replace("\u202f", " "), sender, words, attached)


def _day_first(days: Iterable[str]) -> bool | None:
    seen = {tuple(map(int, _NUMBERS.findall(day)[:2])) for day in days}
    first, second = any(one > 12 for one, _ in seen), any(two > 12 for _, two in seen)
    return None if first == second else first


def _date(written: str, day_first: bool | None) -> date | None:
    one, two, three = map(int, _NUMBERS.findall(written))
    with suppress(ValueError):
        if one > 31:  # the year stands first
            return date(one, two, three)
        if day_first is not None:
            year = three + 2000 if three < 100 else three
            return date(year, *((two, one) if day_first else (one, two)))
    return None
