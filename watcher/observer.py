"""Hints that something changed, from the system (inotify): they make a look come early, and nothing depends on them.

The only module that imports watchdog. Where a share is on other machines too, the system tells of this machine's
changes alone, so no hints are asked for and the watcher's own looks do all the work.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyEmitter
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

from casefiles.layout import STATUS_PAGE
from casefiles.share.mounts import mount_of, read_mounts
from watcher.hints import HintBox, NoHints

# Opening and reading are left out: our own looks do both.
_KINDS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
]
_NOT_WATCHED = frozenset({b"_chain", b"drafts", b"issued"})
_OUR_PART = ".casebinder-"
JOIN_SECONDS = 5.0


class Observer:
    """Turns what the system tells about `cases` into hints. Start, ask now and then, stop; may be started again."""

    def __init__(self, cases: Path, box: HintBox, mounts: Callable[[], str] = read_mounts) -> None:
        self._cases = cases
        self._box = box
        self._mounts = mounts
        self._running: _Running | None = None

    def start(self) -> NoHints | None:
        """Begin; None, or why there will be no hints. What was running before is stopped first."""
        self.stop()
        mount = mount_of(self._cases, self._mounts())
        if mount is not None and (mount.network or mount.by_a_program):
            return NoHints.SHARED
        # watchdog's own messages name paths.
        logging.getLogger("watchdog").addHandler(logging.NullHandler())
        logging.getLogger("watchdog").propagate = False
        try:
            self._running = _Running.on(self._cases, self._box)
        except OSError as error:
            return NoHints.LIMIT if error.errno in (errno.ENOSPC, errno.EMFILE) else NoHints.REFUSED
        reason = self.trouble()
        if reason is not None:
            self.stop()
        return reason

    def trouble(self) -> NoHints | None:
        """Why hints cannot be relied on any more, as far as the observer itself can tell; None if all is well."""
        if self._running is None:
            return NoHints.ENDED
        if self._running.inotify.limit_reached:
            return NoHints.LIMIT
        return None if self._running.alive else NoHints.ENDED

    def stop(self) -> None:
        """End its threads; nothing happens where none run."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()


@dataclass(frozen=True)
class _Running:
    observer: BaseObserver
    inotify: _SparingInotify

    @classmethod
    def on(cls, cases: Path, box: HintBox) -> _Running:
        inotify = _SparingInotify(os.fsencode(cases), lambda: box.put(None))
        inotify.start()
        observer = BaseObserver(InotifyEmitter, inotify_fd=inotify)
        running = cls(observer, inotify)
        try:
            observer.schedule(_Handler(cases, box), str(cases), recursive=True, event_filter=_KINDS)
            observer.start()
        except BaseException:
            running.stop()
            raise
        return running

    @property
    def alive(self) -> bool:
        threads = (self.observer, self.inotify, *self.observer.emitters)
        return len(threads) > 2 and all(thread.is_alive() for thread in threads)

    def stop(self) -> None:
        self.observer.stop()
        self.inotify.stop()
        for thread in (self.observer, self.inotify):
            if thread.is_alive():
                thread.join(JOIN_SECONDS)


class _SparingInotify(InotifyFD):
    """Asks for no watch in folders that only casebinder writes, and remembers that the system's limit was reached.

    watchdog itself skips a subfolder that cannot be watched without a word, and would hear of nothing inside.
    """

    def __init__(self, cases: bytes, on_overflow: Callable[[], None]) -> None:
        super().__init__()
        self.limit_reached = False
        self._cases = cases
        self._on_overflow = on_overflow

    def add_callback(
        self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
    ) -> WatchDescriptor:
        """As watchdog's.

        Raises:
            OSError: the folder is not to be watched, is gone, or the limit is reached.
        """
        inside = path[len(self._cases) + 1 :].split(b"/", 2)
        if len(inside) > 1 and inside[1] in _NOT_WATCHED:
            raise FileNotFoundError(errno.ENOENT, "left out")
        try:
            return super().add_callback(path, mask, callback, id_)
        except OSError as error:
            self.limit_reached = self.limit_reached or error.errno == errno.ENOSPC
            raise

    def handle_event(self, event: InotifyEvent) -> None:
        """As watchdog's; where the system lost events, everything must be looked at."""
        if event.is_queue_overflow:
            self._on_overflow()
        super().handle_event(event)


class _Handler(FileSystemEventHandler):
    def __init__(self, cases: Path, box: HintBox) -> None:
        self._cases = cases
        self._before = len(str(cases)) + 1
        self._box = box

    def dispatch(self, event: FileSystemEvent) -> None:
        """Name the case folders of an event, unless we ourselves caused it."""
        for path in (event.src_path, event.dest_path):
            inside = os.fsdecode(path)[self._before :]
            name = inside.rsplit("/", 1)[-1]
            if not inside or name.startswith(_OUR_PART) or inside.split("/")[1:] == [STATUS_PAGE]:
                continue
            self._box.put(self._cases / inside.split("/", 1)[0])
