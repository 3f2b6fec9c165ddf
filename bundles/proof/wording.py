"""The text of a bundle page against the text of its derived page, with what casebinder printed taken off.

The derived page's text is known by its digest only, so what was printed is taken off the end and the rest is
digested. PDFium puts white space of its own between the two; every way to cut it is tried, which changes no word.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from bundles.proof.viewer import SPACES, text_digest

MAX_SPACE = 16
MAX_PLACES = 500
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
JOINERS = frozenset("\u00ad\u200b-")


def without_printed(text: str, printed: Sequence[str]) -> Iterator[str]:
    """The text without the `printed` strings at its end (in the order of printing), cut in every possible place.

    Nothing comes where the text does not end in them.
    """
    rest = text
    for words in reversed(printed):
        cut = _without_last(rest, words)
        if cut is None:
            return
        rest = cut
    yield rest
    kept = len(rest)
    while kept and len(rest) - kept < MAX_SPACE and rest[kept - 1] in SPACES:
        kept -= 1
        yield rest[:kept]


def has_digest(text: str, printed: Sequence[str], digest: str) -> bool:
    """Whether the text, once what was printed is taken off its end, has that digest."""
    return any(text_digest(rest) == digest for rest in without_printed(text, printed))


def same_words(text: str, printed: Sequence[str], source: str) -> bool:
    """Whether the text is the source's and what was printed, white space and line-end hyphens aside.

    PDFium may read what was printed in the middle of a page's text where lines overlap.
    """
    seen, known = _bare(text), _bare(source)
    if _leaves(seen, [_bare(words) for words in printed], known):
        return True
    # with right-to-left words on its line, what was printed changes the order in which PDFium reads them
    mixed = any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in known)
    return mixed and Counter(seen) == Counter(known + "".join(_bare(words) for words in printed))


def _leaves(text: str, printed: Sequence[str], known: str) -> bool:
    if not printed or len(text) != len(known) + sum(map(len, printed)):
        return text == known and not printed
    words = printed[-1]
    at = text.rfind(words)
    for _ in range(MAX_PLACES):
        if at < 0:
            return False
        if _leaves(text[:at] + text[at + len(words) :], printed[:-1], known):
            return True
        at = text.rfind(words, 0, max(at + len(words) - 1, 0))
    return False


def first_difference(text: str, source: str) -> int:
    """The position (1-based, in characters other than white space) at which two texts part."""
    one, other = _bare(text), _bare(source)
    for at, (mine, theirs) in enumerate(zip(one, other, strict=False), start=1):
        if mine != theirs:
            return at
    return min(len(one), len(other)) + 1


def _bare(text: str) -> str:
    return "".join(letter for letter in text if letter not in SPACES and letter not in JOINERS)


def _without_last(text: str, words: str) -> str | None:
    at = len(text)
    for letter in reversed(words):
        while at and text[at - 1] in SPACES and text[at - 1] != letter:
            at -= 1
        if not at or text[at - 1] != letter:
            return None
        at -= 1
    return text[:at]
