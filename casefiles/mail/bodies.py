"""The words of a message: which of its versions is shown, and what the others add."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casefiles.mail.html_text import html_to_text
from casefiles.mail.model import Attachment

_PLACE = re.compile(r"\[cid:([^\]\s]{1,200})\]")
_MARK = re.compile(r"\0(\d+)\0")
"""Before the name of a picture in a text: its number among the attachments, from 0. No message can write one."""
_WITHIN = re.compile(r"<img\b[^>]{0,2000}?\bsrc\s*=\s*[\"']?\s*data:", re.I)
_REMOTE = re.compile(r"<img\b[^>]{0,2000}?\bsrc\s*=\s*[\"']?\s*(?:https?:|//)", re.I)


@dataclass(frozen=True)
class Words:
    """One version of a message's words as text; `html` where it is made of the formatted version."""

    text: str
    html: bool
    guessed: bool = False
    only_in_html: int = 0
    remote_pictures: int = 0
    pictures_within: int = 0


def of_html(html: str, pictures: Mapping[str, str], *, guessed: bool = False) -> Words:
    """The words of a formatted version. `pictures` are the names of those that travel with it, by content id."""
    text = html_to_text(_without_marks(html), pictures)
    return Words(text, True, guessed, 0, len(_REMOTE.findall(html)), len(_WITHIN.findall(html)))


def of_text(text: str, pictures: Mapping[str, str], *, guessed: bool = False) -> Words:
    """The words of a plain version, with the place of each picture that travels with it named."""
    return Words(_PLACE.sub(lambda found: _named(found, pictures), _without_marks(text)), False, guessed)


def pictures_of(attachments: Iterable[Attachment]) -> dict[str, str]:
    """The names of what a message's words may refer to, each after its mark, by content id."""
    return {
        one.content_id: f"\0{number}\0{_without_marks(one.name.decode('utf-8', 'replace'))}"
        for number, one in enumerate(attachments)
        if one.content_id
    }


def marks_in(text: str) -> tuple[int, ...]:
    """The attachments whose place is in a text, by number from 0, in order, each once."""
    return tuple(dict.fromkeys(int(number) for number in _MARK.findall(text)))


def unmarked(text: str) -> str:
    """The text without the marks before the names of pictures."""
    return _MARK.sub("", text)


def not_in(body: str, versions: Iterable[Words]) -> tuple[int, ...]:
    """The attachments that have a place in one of the versions and none in what is shown, by number from 0."""
    every = marks_in("".join(words.text for words in versions))
    return tuple(number for number in every if number not in marks_in(body))


def body_of(shown: Iterable[Words]) -> str:
    """What is shown of a message as one text, marks kept."""
    return "\n\n".join(words.text.strip("\r\n") for words in shown if words.text.strip())


def choose(versions: Iterable[Words]) -> list[Words]:
    """Of alternatives the plain ones where they say something, else the formatted ones."""
    spoken = [words for words in versions if words.text.strip()]
    plain = [words for words in spoken if not words.html]
    rich = [words for words in spoken if words.html]
    if not plain:
        return rich
    said = {word for words in plain for word in _plain_words(words.text)}
    missing = {word for words in rich for word in _plain_words(words.text)} - said
    remote = sum(words.remote_pictures for words in rich)
    within = sum(words.pictures_within for words in rich)
    return [Words(plain[0].text, False, plain[0].guessed, len(missing), remote, within), *plain[1:]]


def _named(found: re.Match[str], pictures: Mapping[str, str]) -> str:
    name = pictures.get(found[1])
    return found[0] if name is None else f"[picture: {name}]"


def _without_marks(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _plain_words(text: str) -> set[str]:
    return {word.casefold() for word in unmarked(text).split() if word.isalpha() and len(word) > 2}
