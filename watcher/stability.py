"""When is a dropped file finished? When two looks, far enough apart, see the same.

Neither an unchanged size nor an old modification time is proof by itself: a copy over a file share may set the
final size first and the source's time last. So size, modification time and inode must all stay the same for
`quiet_seconds`. The clock and the waiting come from the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from casefiles.intake.listing import FileStat, Settled

QUIET_SECONDS = 2.0


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
