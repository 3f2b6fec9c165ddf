"""The words of a message: which of its versions is shown, and what the others add."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casefiles.mail.html_text import html_to_text
from casefiles.mail.model import Attachment

_PLACE = re.compile(r"\[cid:([^\]\s]{1,200})\]")
_REMOTE = re.compile(r"<img\b[^>]{0,2000}?\bsrc\s*=\s*[\"']?\s*(?:https?:|//)", re.I)


@dataclass(frozen=True)
class Words:
    """One version of a message's words as text; `html` where it is made of the formatted version."""

    text: str
    html: bool
    guessed: bool = False
    only_in_html: int = 0
    remote_pictures: int = 0


def of_html(html: str, pictures: Mapping[str, str], *, guessed: bool = False) -> Words:
    """The words of a formatted version. `pictures` are the names of those that travel with it, by content id."""
    return Words(html_to_text(html, pictures), True, guessed, 0, len(_REMOTE.findall(html)))


def of_text(text: str, pictures: Mapping[str, str], *, guessed: bool = False) -> Words:
    """The words of a plain version, with the place of each picture that travels with it named."""
    return Words(_PLACE.sub(lambda found: _named(found, pictures), text), False, guessed)


def pictures_of(attachments: Iterable[Attachment]) -> dict[str, str]:
    """The names of what a message's words may refer to, by content id."""
    return {one.content_id: one.name.decode("utf-8", "replace") for one in attachments if one.content_id}


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
    return [Words(plain[0].text, False, plain[0].guessed, len(missing), remote), *plain[1:]]


def _named(found: re.Match[str], pictures: Mapping[str, str]) -> str:
    name = pictures.get(found[1])
    return found[0] if name is None else f"[picture: {name}]"


def _plain_words(text: str) -> set[str]:
    return {word.casefold() for word in text.split() if word.isalpha() and len(word) > 2}
