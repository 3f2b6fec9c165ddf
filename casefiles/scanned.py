"""How far reading the scanned pages of an original by machine has come: plain values, made above and kept in the index."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What came of a scanned page: read, still to be read, not read for want of a program, or why it could not be read."""

    READ = "read"
    WAITING = "waiting"
    NO_READER = "no-reader"
    NO_WORDS = "no-words"
    GUESSES = "guesses"
    TIME = "time"
    FAILED = "failed"


TO_BE_TRIED_AGAIN = frozenset({Outcome.TIME, Outcome.FAILED})
UNSETTLED = frozenset({Outcome.WAITING, Outcome.NO_READER})


@dataclass(frozen=True)
class ScannedPages:
    """The scanned pages (1-based) of an original, in order, and what came of each.

    `reader` names the program with which all of them were tried, or is empty where that cannot be said.
    """

    pages: tuple[tuple[int, Outcome], ...] = ()
    reader: str = ""

    @classmethod
    def of(cls, pages: Mapping[int, Outcome], reader: str = "") -> ScannedPages:
        """From a mapping, whatever its order."""
        return cls(tuple(sorted(pages.items())), reader)

    @property
    def shown(self) -> tuple[tuple[int, Outcome], ...]:
        """What people are told of: all pages but those that were read."""
        return tuple(each for each in self.pages if each[1] is not Outcome.READ)

    def such(self, outcomes: Iterable[Outcome]) -> tuple[int, ...]:
        """The pages of which one of these came."""
        wanted = frozenset(outcomes)
        return tuple(page for page, outcome in self.pages if outcome in wanted)

    def encode(self) -> str:
        """The pages as text."""
        return json.dumps({str(page): outcome.value for page, outcome in self.pages})

    @classmethod
    def decode(cls, text: str, reader: str) -> ScannedPages:
        """The inverse of `encode`.

        Raises:
            ValueError: it is no such text.
        """
        return cls.of({int(page): Outcome(outcome) for page, outcome in json.loads(text).items()}, reader)
