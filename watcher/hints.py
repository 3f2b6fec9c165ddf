"""Where hints wait that something changed in a case, from whatever heard of it to the round that looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock


class NoHints(StrEnum):
    """Why there are no hints."""

    SHARED = "shared"
    LIMIT = "limit"
    REFUSED = "refused"
    ENDED = "ended"
    SILENT = "silent"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class Hints:
    """The case folders that something happened in since the last look, or `everything` where some were lost.

    `first` and `last` are the clock's readings at the first and the last of them, None where there is none.
    """

    cases: frozenset[Path] = frozenset()
    everything: bool = False
    first: float | None = None
    last: float | None = None


class HintBox:
    """Where hints wait to be taken; any thread may put one in. `wake` is called for the first of a batch."""

    def __init__(self, clock: Callable[[], float], wake: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._lock = Lock()
        self._hints = Hints()
        self._heard: dict[Path, float] = {}

    def put(self, case: Path | None) -> None:
        """Something happened in that folder under `cases`; None says that hints were lost."""
        now = self._clock()
        with self._lock:
            was = self._hints
            cases = was.cases if case is None or case in was.cases else was.cases | {case}
            self._hints = Hints(
                cases, was.everything or case is None, now if was.first is None else was.first, now
            )
            if case is not None:
                self._heard[case] = now
        if was.first is None:
            self._wake()

    def waiting(self) -> Hints:
        """What is in the box; it stays there."""
        with self._lock:
            return self._hints

    def take(self) -> Hints:
        """What is in the box, taken out."""
        with self._lock:
            taken, self._hints = self._hints, Hints()
            return taken

    def heard_since(self, case: Path, when: float) -> bool:
        """Whether a hint about that case came at `when` or later, taken out or not."""
        with self._lock:
            return self._heard.get(case, when - 1) >= when

    def forget_heard(self, before: float) -> None:
        """Forget when cases were last heard of, if that was before the given reading of the clock."""
        with self._lock:
            self._heard = {case: at for case, at in self._heard.items() if at >= before}
