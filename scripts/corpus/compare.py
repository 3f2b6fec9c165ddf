"""Compare a bound page with another reader's text of the original. Pure: text in, differences out.

Both sides are read as bags of words, since two readers rarely agree on the order of columns. Where words differ, the
letters alone are compared, because readers also disagree on where a word ends.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

UNDECODED = "\ufffd"


class Agreement(StrEnum):
    """How two texts agree."""

    SAME = "same words"
    LETTERS = "same letters"
    PICTURE = "bound as a picture"
    OUTSIDE = "words from beyond the page's edge"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Comparison:
    """The outcome for one page or document; `missing` is in the original only, `added` on the bound page only."""

    agreement: Agreement
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


def normalised(text: str) -> str:
    """Compatibility forms folded, soft hyphens and control characters gone, hyphens at a line's end joined."""
    text = unicodedata.normalize("NFKC", text.replace("\u00ad\n", "").replace("\u00ad", ""))
    return "".join(letter if letter.isprintable() or letter.isspace() else "" for letter in text)


def words(text: str) -> Counter[str]:
    """The bag of words."""
    return Counter(normalised(text).split())


def readable_words(text: str) -> Counter[str]:
    """The bag of words without those that the reader itself could not decode."""
    return Counter(word for word in normalised(text).split() if UNDECODED not in word)


def compare_page(original: str, bound: str, stamp: Counter[str]) -> Comparison:
    """Both directions: nothing may be missing, and nothing may be added but words of the `stamp`."""
    missing, added = words(original) - words(bound), words(bound) - words(original) - stamp
    if not missing and not added:
        return Comparison(Agreement.SAME)
    ours = _letters(words(bound)) - _letters(stamp)
    theirs = _letters(words(original))
    # A letter that the stamp holds too cannot be told apart from it; it is the missing ones that matter.
    if not (theirs - _letters(words(bound))) and not (ours - theirs):
        return Comparison(Agreement.LETTERS)
    return Comparison(Agreement.DIFFERENT, _sorted(missing), _sorted(added))


def compare_document(original: str, bound: str) -> Comparison:
    """One direction: whatever the original says stands on the bound pages, which also hold numbers, heads and fields."""
    missing = readable_words(original) - words(bound)
    if not missing:
        return Comparison(Agreement.SAME)
    if not (_letters(readable_words(original)) - _letters(words(bound))) and not _lost_runs(original, bound):
        return Comparison(Agreement.LETTERS)
    return Comparison(Agreement.DIFFERENT, _sorted(missing))


def _lost_runs(original: str, bound: str) -> list[str]:
    """Words of the original that are not even a run of letters on the bound pages."""
    run = re.sub(r"\s+", "", normalised(bound))
    return [word for word in readable_words(original) if word not in run]


def _letters(bag: Counter[str]) -> Counter[str]:
    letters: Counter[str] = Counter()
    for word, times in bag.items():
        for letter in word:
            letters[letter] += times
    return letters


def _sorted(bag: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(bag.elements()))
