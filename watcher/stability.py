"""When is a dropped file finished? When two looks, far enough apart, see the same.

Neither an unchanged size nor an old modification time is proof by itself: a copy over a file share may set the
final size first and the source's time last. So size, modification time and inode must all stay the same for
`quiet_seconds`. The clock and the waiting come from the caller.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from casefiles.intake.listing import FileStat, Settled

QUIET_SECONDS = 2.0
PATIENCE_SECONDS = 30.0
"""After so long a file that still changes is named on its case's page."""


@dataclass(frozen=True)
class Watched:
    """A file's latest status and the clock's reading, in seconds, since when it has looked like that."""

    stat: FileStat
    since_seconds: float


def looks_the_same(first: FileStat, second: FileStat) -> bool:
    """Whether size, modification time and inode agree between two looks at a file."""
    return (first.size_bytes, first.mtime_ns, first.inode) == (
        second.size_bytes,
        second.mtime_ns,
        second.inode,
    )


def observe(
    before: Mapping[bytes, Watched], looks: Mapping[bytes, FileStat], now_seconds: float
) -> dict[bytes, Watched]:
    """Carry the watch list on: a changed look starts anew, a file that is gone drops out, a new one joins."""
    watched = {}
    for path, stat in looks.items():
        earlier = before.get(path)
        same = earlier is not None and looks_the_same(earlier.stat, stat)
        watched[path] = Watched(stat, earlier.since_seconds if earlier and same else now_seconds)
    return watched


def finished(watched: Mapping[bytes, Watched], now_seconds: float, quiet_seconds: float) -> frozenset[bytes]:
    """The files that have looked the same for at least `quiet_seconds`."""
    return frozenset(
        path for path, entry in watched.items() if now_seconds - entry.since_seconds >= quiet_seconds
    )


@dataclass(frozen=True)
class Settling:
    """Waits for all new files of a scan together; hand its `settle` to the scan.

    `clock` gives monotonic seconds; `wait` returns after about that many seconds (the clock decides, not it).
    Files still changing after `patience_seconds` are named as growing; the next scan looks at them again.
    """

    clock: Callable[[], float]
    wait: Callable[[float], None]
    quiet_seconds: float = QUIET_SECONDS
    patience_seconds: float = QUIET_SECONDS

    def settle(self, paths: Iterable[bytes], look: Callable[[bytes], FileStat | None]) -> Settled:
        """Look at each path until it is finished, gone, or patience is at an end.

        `look` returns None for what is no longer there or no longer a regular file.
        """
        everything = frozenset(paths)
        started = self.clock()
        waiting = self._look({}, everything, look)
        done: dict[bytes, FileStat] = {}
        while waiting:
            now = self.clock()
            ready = finished(waiting, now, self.quiet_seconds)
            done.update((path, waiting.pop(path).stat) for path in ready)
            if not waiting or now - started >= self.patience_seconds:
                break
            first = min(entry.since_seconds for entry in waiting.values())
            self.wait(max(0.0, first + self.quiet_seconds - now))
            waiting = self._look(waiting, frozenset(waiting), look)
        growing = frozenset(waiting)
        return Settled(settled=done, growing=growing, gone=everything - growing - done.keys())

    def _look(
        self,
        before: Mapping[bytes, Watched],
        paths: frozenset[bytes],
        look: Callable[[bytes], FileStat | None],
    ) -> dict[bytes, Watched]:
        looks = {path: stat for path in sorted(paths) if (stat := look(path)) is not None}
        return observe(before, looks, self.clock())


@dataclass(frozen=True)
class _Remembered:
    """A file that is not finished: its latest status, and when it was first seen, began to look so, was last seen."""

    stat: FileStat
    first: float
    since: float
    seen: float


@dataclass
class SettlingMemory:
    """Settling for a service, across its rounds: hand its `settle` to each, with paths that no two cases share.

    It never waits. A file that is seen for the first time, or looks other than at the last look, is left `waiting`
    without a word; a later round takes it in when it has looked the same for `quiet_seconds`. One that still changes
    `patience_seconds` after it was first seen is named as growing.
    """

    clock: Callable[[], float]
    quiet_seconds: float = QUIET_SECONDS
    patience_seconds: float = PATIENCE_SECONDS
    _known: dict[bytes, _Remembered] = field(default_factory=dict)

    def settle(self, paths: Iterable[bytes], look: Callable[[bytes], FileStat | None]) -> Settled:
        """Look once at each path, and tell by what earlier rounds saw whether it is finished."""
        settled: dict[bytes, FileStat] = {}
        left: dict[bool, set[bytes]] = {True: set(), False: set()}
        gone: set[bytes] = set()
        for path in sorted(frozenset(paths)):
            known = self._look(path, look)
            if known is None:
                gone.add(path)
            elif known.seen - known.since >= self.quiet_seconds:
                settled[path] = known.stat
                del self._known[path]
            else:
                left[known.seen - known.first >= self.patience_seconds].add(path)
        return Settled(settled, frozenset(left[True]), frozenset(gone), frozenset(left[False]))

    def unfinished(self, began: float, below: Iterable[bytes] | None = None) -> dict[bytes, float]:
        """The files that are not finished, and when each may be, as the clock will read.

        Those that the round that `began` then looked for and did not meet are forgotten: it looked `below` these
        folders (None: everywhere).
        """
        looked = None if below is None else tuple(folder + b"/" for folder in below)
        self._known = {
            path: known
            for path, known in self._known.items()
            if known.seen >= began or (looked is not None and not path.startswith(looked))
        }
        return {path: self._due(known) for path, known in self._known.items()}

    def _look(self, path: bytes, look: Callable[[bytes], FileStat | None]) -> _Remembered | None:
        stat = look(path)
        earlier = self._known.pop(path, None)
        if stat is None:
            return None
        now = self.clock()
        if earlier is None:
            known = _Remembered(stat, first=now, since=now, seen=now)
        else:
            since = earlier.since if looks_the_same(earlier.stat, stat) else now
            known = _Remembered(stat, first=earlier.first, since=since, seen=now)
        self._known[path] = known
        return known

    def _due(self, known: _Remembered) -> float:
        growing = known.seen - known.first >= self.patience_seconds
        return known.since + self.quiet_seconds if not growing else known.seen + self.patience_seconds


class NotYet(Exception):
    """Some files of a case cannot be told finished yet: scan the other cases, and this one again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"look again in {seconds:g} seconds")
        self.seconds = seconds


@dataclass
class SettlingTogether:
    """Settling for many cases at once, where the waiting of one is the work time of the others; by several threads.

    Hand its `settle` to every scan of a round, with paths that no two cases share. It never waits: it raises
    `NotYet`, and remembers what it saw for the next time. A file still changing `patience_seconds` after it was
    first seen is named as growing.
    """

    clock: Callable[[], float]
    quiet_seconds: float = QUIET_SECONDS
    patience_seconds: float = QUIET_SECONDS
    _watched: dict[bytes, Watched] = field(default_factory=dict)
    _first: dict[bytes, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def settle(self, paths: Iterable[bytes], look: Callable[[bytes], FileStat | None]) -> Settled:
        """Look once at each path.

        Raises:
            NotYet: for some the time has not come.
        """
        looks = {path: look(path) for path in sorted(paths)}
        there = {path: stat for path, stat in looks.items() if stat is not None}
        with self._lock:
            now = self.clock()
            watched = observe(self._watched, there, now)
            self._watched.update(watched)
            done = finished(watched, now, self.quiet_seconds)
            waiting = watched.keys() - done
            ends = [self._first.setdefault(path, now) + self.patience_seconds for path in waiting]
            if any(end > now for end in ends):
                due = min(watched[path].since_seconds for path in waiting) + self.quiet_seconds
                raise NotYet(max(0.0, due - now))
        return Settled(
            settled={path: watched[path].stat for path in done},
            growing=frozenset(waiting),
            gone=frozenset(looks.keys() - there.keys()),
        )
