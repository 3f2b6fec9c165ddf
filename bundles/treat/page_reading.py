"""What reading one scanned page came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

DPI = 300
"""So fine a page is drawn for reading, in dots an inch."""


@dataclass(frozen=True)
class PageReading:
    """What reading a page came to.

    `turn` is by how many degrees it is turned clockwise, a quarter at a time; `skew_deg` by how many more, clockwise, it
    leans then. `reason` is empty for a page
    that was read, else "no-words", "guesses", "time" or "failed"; `text` is empty then. `layer` has the size of the
    turned page in points.
    """

    turn: int
    skew_deg: float
    words: int
    confidence: int
    reason: str
    text: str

    @property
    def is_worth_another_try(self) -> bool:
        """Whether it failed for a reason of that moment, which may be gone another day."""
        return self.reason in {"time", "failed"}

    @property
    def is_read(self) -> bool:
        """Whether there is text to be put on the page."""
        return not self.reason

    def as_json(self) -> dict[str, Any]:
        """For the file beside the text layer."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> PageReading:
        """The inverse of `as_json`.

        Raises:
            KeyError, TypeError, ValueError: it is none of ours.
        """
        return cls(
            turn=int(row["turn"]),
            skew_deg=float(row["skew_deg"]),
            words=int(row["words"]),
            confidence=int(row["confidence"]),
            reason=str(row["reason"]),
            text=str(row["text"]),
        )


NOT_READ = PageReading(0, 0.0, 0, 0, "failed", "")
"""Reading a page failed, whatever the reason."""
