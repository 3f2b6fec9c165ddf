"""What the watcher does next: a pure decision on times. All readings are of one monotonic clock, in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from watcher.hints import Hints

SOONEST_SECONDS = 0.01


@dataclass(frozen=True)
class Pace:
    """How often. Every number is in seconds.

    A look at everything comes every `every`, a thorough one every `thorough`. Hints are followed after `calm` without
    another one, or after `longest_calm` if they never end. After a round the watcher rests at least `rest`, and
    as long as the round took, but no more than `longest_rest`. After trouble it tries again after `first_retry`,
    then twice as long each time, up to `longest_retry`. It never waits longer than `longest_wait` at once.
    """

    every: float = 60.0
    thorough: float = 24 * 3600.0
    calm: float = 0.3
    longest_calm: float = 3.0
    rest: float = 0.5
    longest_rest: float = 10.0
    first_retry: float = 1.0
    longest_retry: float = 60.0
    longest_wait: float = 20.0

    def retry_after(self, troubles: int) -> float:
        """How long to wait after so many troubles in a row (from 1)."""
        return min(self.longest_retry, self.first_retry * 2.0 ** min(troubles - 1, 30))


@dataclass(frozen=True)
class Past:
    """What happened so far. `full` and `thorough` are when the last good ones began, `ended` when the last round did.

    `troubles` counts rounds that failed since the last good one. `again` are cases that want another look, and when.
    """

    ended: float | None = None
    took: float = 0.0
    full: float | None = None
    thorough: float | None = None
    troubles: int = 0
    again: Mapping[Path, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """Look at these cases, or at all (None)."""

    cases: frozenset[Path] | None
    thorough: bool = False


@dataclass(frozen=True)
class Wait:
    """Do nothing for so many seconds, unless a hint comes."""

    seconds: float


def next_step(past: Past, hints: Hints, pace: Pace, now: float) -> Look | Wait:
    """What to do now."""
    if past.ended is not None:
        rested = past.ended + min(max(pace.rest, past.took), pace.longest_rest)
        if past.troubles:
            rested = past.ended + pace.retry_after(past.troubles)
        if now < rested:
            return _wait(rested - now, pace)
    if past.troubles or past.full is None or past.thorough is None or now >= past.thorough + pace.thorough:
        return Look(None, thorough=True)
    if now >= past.full + pace.every:
        return Look(None)
    followed = _when_to_follow(hints, pace)
    calm = followed is not None and now >= followed
    if calm and hints.everything:
        return Look(None)
    wanted = (hints.cases if calm else frozenset()) | {
        case for case, when in past.again.items() if when <= now
    }
    if wanted:
        return Look(wanted)
    times = [past.full + pace.every, past.thorough + pace.thorough, *past.again.values()]
    return _wait(min([*times, *([followed] if followed is not None else [])]) - now, pace)


def _when_to_follow(hints: Hints, pace: Pace) -> float | None:
    if hints.first is None or hints.last is None:
        return None
    return min(hints.last + pace.calm, hints.first + pace.longest_calm)


def _wait(seconds: float, pace: Pace) -> Wait:
    return Wait(min(max(seconds, SOONEST_SECONDS), pace.longest_wait))
