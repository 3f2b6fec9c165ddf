"""A value that some people must not see.

In a file it is plain text, or `{ value = "…", confidential = true, keep_from = ["pat"] }`. It never prints itself:
`str()` and `repr()` show a mask, so that it cannot slip into a log, a message or a page by accident.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MASK = "‹confidential›"


@dataclass(frozen=True)
class Guarded:
    """A text and whom to keep it from (ids of people of the case).

    `confidential` with an empty `keep_from` keeps it from every reader outside the authority.
    """

    value: str = field(repr=False)
    confidential: bool = False
    keep_from: tuple[str, ...] = ()

    def __str__(self) -> str:
        return MASK if self.confidential else self.value

    def for_reader(self, readers: frozenset[str]) -> str | None:
        """The text for a paper that goes to `readers` (ids of people), or None where one of them must not see it."""
        if not self.confidential:
            return self.value
        if self.keep_from and not readers & set(self.keep_from):
            return self.value
        return None
