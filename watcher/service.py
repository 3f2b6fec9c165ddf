"""The watcher's loop: asks what to do next, does it, and lives through whatever goes wrong in a round.

Its own looks at the folders are the truth; hints only make one come early. It knows when, never what: looking is
handed to it, and so are the clock, the waiting and the saying.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from casefiles.errors import CasebinderError, Unavailable
from casefiles.files.identity import RootIdentity
from watcher.hints import HintBox, NoHints
from watcher.schedule import Look, Pace, Past, next_step

FAILURES = 5
"""So many unexpected failures in a row end the service, so that whoever started it starts it afresh."""
_GRACE_SECONDS = 2.0
_SILENT_AFTER = 2
_RETRY_HINTS_SECONDS = 60.0
_RETRY_HINTS_LONGEST = 3600.0


class StopAsked(BaseException):
    """Raised inside a look, at a safe point, because the service was told to stop."""


class End(StrEnum):
    """How the service ended."""

    STOPPED = "stopped"
    GAVE_UP = "gave-up"


@dataclass(frozen=True)
class RoundReport:
    """What one round did, in numbers.

    `cases` were gone over, `looked` of them scanned; `events` were written. `waiting` files are not finished yet, `held`
    items cannot be bound, `in_trouble` cases could not be scanned. `news` are cases in which files had changed.
    `again` are cases that want another look after so many seconds.
    """

    cases: int = 0
    looked: int = 0
    events: int = 0
    waiting: int = 0
    held: int = 0
    in_trouble: int = 0
    news: frozenset[Path] = frozenset()
    again: Mapping[Path, float] = field(default_factory=dict)


class Happening(StrEnum):
    """What the service says."""

    STARTED = "started"
    ROUND = "round"
    AWAY = "unavailable"
    BLOCKED = "cannot-look"
    BACK = "available-again"
    FAILED = "round-failed"
    HINTS_ON = "hints-on"
    HINTS_OFF = "hints-off"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Said:
    """One happening with its numbers; `error` is for whoever may see it, its words may name people."""

    what: Happening
    facts: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    error: Exception | None = None
    report: RoundReport | None = None


class Hearing(Protocol):
    """What the service needs of an observer; see `watcher.observer.Observer`."""

    def start(self) -> NoHints | None:
        """Begin; None, or why there will be no hints."""

    def trouble(self) -> NoHints | None:
        """Why hints cannot be relied on any more, or None."""

    def stop(self) -> None:
        """End it."""


@dataclass(frozen=True)
class Outside:
    """Everything that the service is given.

    `look` takes the cases (None: all) and whether to be thorough. It may raise `Unavailable` where the share is away,
    and `StopAsked`. `root` says which workspace is there, or raises `Unavailable`, or `FileInvalid` for its settings. `wait` returns after about that many
    seconds, sooner when there is something to do. `idle` is called before each wait. `clock` is monotonic seconds.
    `observer` is None where hints are not wanted.
    """

    look: Callable[[frozenset[Path] | None, bool], RoundReport]
    idle: Callable[[], None]
    root: Callable[[], RootIdentity]
    clock: Callable[[], float]
    wait: Callable[[float], None]
    stopping: Callable[[], bool]
    say: Callable[[Said], None]
    box: HintBox
    observer: Hearing | None


class Service:
    """The loop; call `run` once."""

    def __init__(self, outside: Outside, pace: Callable[[], Pace], root: RootIdentity) -> None:
        self._outside = outside
        self._pace = pace
        self._root = root
        self._past = Past()
        self._failures = 0
        self._trouble_said: Happening | None = None
        self._hearing = _HearingKeeper(outside)

    def run(self) -> End:
        """Look and wait until told to stop, or until too many rounds in a row have failed unexpectedly."""
        out = self._outside
        out.say(Said(Happening.STARTED))
        try:
            self._hearing.begin()
            while not out.stopping():
                if not self._past.troubles:
                    self._hearing.check()
                step = next_step(self._past, out.box.waiting(), self._pace(), out.clock())
                if isinstance(step, Look):
                    self._round(step)
                    if self._failures >= FAILURES:
                        return End.GAVE_UP
                else:
                    out.idle()
                    out.wait(step.seconds)
        except StopAsked:  # at a safe point: there is nothing to finish
            return self._stopped()
        finally:
            self._hearing.end()
        return self._stopped()

    def _stopped(self) -> End:
        self._outside.say(Said(Happening.STOPPED))
        return End.STOPPED

    def _round(self, step: Look) -> None:
        out = self._outside
        began = out.clock()
        out.box.take()
        try:
            step = self._check_root(step)
            report = out.look(step.cases, step.thorough)
        except Unavailable as error:
            self._trouble(Happening.AWAY, error)
        except CasebinderError as error:
            self._trouble(Happening.BLOCKED, error)
        except Exception as error:
            self._failures += 1
            self._trouble(Happening.FAILED, error)
        else:
            self._good(step, report, began)

    def _check_root(self, step: Look) -> Look:
        """The share may have been connected anew, and what it holds be older or newer: then look at everything.

        Raises:
            Unavailable: it is away, or another workspace stands in its place.
        """
        root = self._outside.root()
        if root.id != self._root.id:
            raise Unavailable(
                "Another workspace stands where the watched one was.",
                remedy="Connect the right share, or start the watcher anew.",
            )
        if root.places == self._root.places:
            return step
        self._root = root
        self._hearing.end()  # it hears of the old place; it begins again after a good look
        return Look(None, thorough=True)

    def _trouble(self, what: Happening, error: Exception) -> None:
        """Give the round up. The share's being away is said once, what is unexpected each time."""
        out = self._outside
        facts: dict[str, str | int] = {"in-a-row": self._failures} if what is Happening.FAILED else {}
        if isinstance(error, CasebinderError):
            facts["code"] = error.code
        if what is not self._trouble_said or what is Happening.FAILED:
            out.say(Said(what, facts, error))
            self._trouble_said = what
        if what is Happening.AWAY:
            self._hearing.end()
        troubles = self._past.troubles + 1
        self._past = replace(self._past, ended=out.clock(), took=0.0, troubles=troubles, again={})

    def _good(self, step: Look, report: RoundReport, began: float) -> None:
        out = self._outside
        now = out.clock()
        if self._past.troubles:
            out.say(Said(Happening.BACK, {"tries": self._past.troubles}))
        if not self._hearing.begun:
            self._hearing.begin()
        self._failures, self._trouble_said = 0, None
        full = step.cases is None
        self._hearing.compare(report.news, full=full, began=began, every=self._pace().every)
        self._past = Past(
            ended=now,
            took=now - began,
            full=began if full else self._past.full,
            thorough=began if step.thorough else self._past.thorough,
            again=_again(self._past.again, report.again, began, now),
        )
        facts = {"thorough": step.thorough, "all": full, "seconds": round(now - began, 3)}
        out.say(Said(Happening.ROUND, facts, report=report))


def _again(
    before: Mapping[Path, float], wanted: Mapping[Path, float], began: float, now: float
) -> dict[Path, float]:
    """When cases want another look: a time that was set and has not come yet stands."""
    standing = {case: when for case, when in before.items() if when > began}
    asked = {case: min(now + seconds, standing.get(case, now + seconds)) for case, seconds in wanted.items()}
    return standing | asked


class _HearingKeeper:
    """Keeps hints coming where they can be had, and notices when they no longer do.

    An observer may be dead, or alive and silent. Silence shows when full looks find changes that no hint announced.
    """

    def __init__(self, outside: Outside) -> None:
        self._out = outside
        self.begun = False
        self._on = False
        self._said: NoHints | None = None
        self._since = 0.0
        self._full_since: float | None = None
        self._unannounced = 0
        self._suspects: tuple[float, float, frozenset[Path]] | None = None
        self._retry_at: float | None = None
        self._retry_after = _RETRY_HINTS_SECONDS

    def begin(self) -> None:
        """Start hearing, and say so if that is new."""
        self.begun = True
        if self._out.observer is None:
            self._off(NoHints.NOT_ASKED)
            return
        reason = self._out.observer.start()
        if reason is not None:
            self._off(reason)
            return
        self._on, self._since = True, self._out.clock()
        self._full_since, self._unannounced, self._suspects, self._retry_at = None, 0, None, None
        self._said = None
        self._out.say(Said(Happening.HINTS_ON))

    def end(self) -> None:
        """Stop hearing, without a word."""
        if self._out.observer is not None:
            self._out.observer.stop()
        self.begun, self._on, self._retry_at, self._suspects = False, False, None, None

    def check(self) -> None:
        """Is the observer still there, is it deaf, or is it time to try again?"""
        now = self._out.clock()
        if not self._on:
            if self._retry_at is not None and now >= self._retry_at:
                self.begin()
            return
        observer = self._out.observer
        reason = observer.trouble() if observer is not None else NoHints.NOT_ASKED
        if reason is None and self._is_silent(now):
            reason = NoHints.SILENT
        if reason is not None:
            if observer is not None:
                observer.stop()
            self._off(reason)
        elif now - self._since >= _RETRY_HINTS_LONGEST:
            self._retry_after = _RETRY_HINTS_SECONDS

    def compare(self, news: frozenset[Path], *, full: bool, began: float, every: float) -> None:
        """Hold what a round found against what was announced; only what came after a full look can count."""
        if not self._on:
            return
        if news and self._full_since is not None:
            window = 2 * every + 60.0
            self._suspects = (self._out.clock(), max(self._since, began - window), news)
            self._out.box.forget_heard(began - window)
        if full and self._full_since is None and began >= self._since:
            self._full_since = began

    def _is_silent(self, now: float) -> bool:
        if self._suspects is not None and now >= self._suspects[0] + _GRACE_SECONDS:
            _at, since, news = self._suspects
            self._suspects = None
            heard = any(self._out.box.heard_since(case, since) for case in news)
            self._unannounced = 0 if heard else self._unannounced + 1
        return self._unannounced >= _SILENT_AFTER

    def _off(self, reason: NoHints) -> None:
        self._on = False
        if reason in (NoHints.NOT_ASKED, NoHints.SHARED):
            self._retry_at = None
        else:
            self._retry_at = self._out.clock() + self._retry_after
            self._retry_after = min(2 * self._retry_after, _RETRY_HINTS_LONGEST)
        if reason is not self._said:
            self._said = reason
            self._out.say(Said(Happening.HINTS_OFF, {"reason": reason.value}))
