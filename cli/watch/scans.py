"""Reads scanned pages in the background of the watcher: one page at a time, in a thread and a child process of its own.

The rounds never wait for it. What is read is kept page by page on this machine, for bundles and for search; a stop
loses at most the page in hand. Files that only LibreOffice can show are left to the bundle that binds them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from bundles.convert import discover, find_programs
from bundles.convert.base import Program
from bundles.convert.cache import ConversionCache
from bundles.convert.run import RequestMaker
from bundles.profile import load_profile
from bundles.treat.reader import TESSERACT
from bundles.treat.readings import TRIED_AGAIN_SECONDS
from casefiles.caged import CagedExecutor, minimal_environment
from casefiles.errors import CasebinderError
from casefiles.index.store import open_index
from casefiles.layout import CaseLayout
from cli.case_work import conversion_pool
from cli.watch.scan_pass import ScanPass
from cli.workspace import OpenCase, Workspace, child_environment, working_folder


class Stopped(Exception):
    """The watcher ends."""


class ScanReader:
    """The thread; `wake` it after each round, `close` it at the end. `failed` hears of what nobody foresaw.

    `clock` tells seconds since 1970.
    """

    def __init__(
        self,
        space: Workspace,
        failed: Callable[[BaseException], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._space = space
        self._failed = failed
        self._clock = clock
        self._whole_at = clock()
        self._index_file: tuple[Path, int] | None = None
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._waiting: set[Path] = set()
        self._everything = True
        self._trusting = False
        self._stop = False
        self._executor: CagedExecutor | None = None
        self._thread: threading.Thread | None = None

    def wake(self, cases: frozenset[Path] = frozenset()) -> None:
        """Look at these cases; and at all the first time, once a day, and where the index was begun anew."""
        with self._lock:
            self._waiting |= cases
            another = self._index_file is not None and _file_at(self._index_file[0]) != self._index_file
            if another or abs(self._clock() - self._whole_at) >= TRIED_AGAIN_SECONDS:
                self._everything, self._whole_at, self._index_file = True, self._clock(), None
            if not (self._waiting or self._everything):
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="scans", daemon=True)
                self._thread.start()
        self._bell.set()

    def close(self) -> None:
        """Stop reading, and wait until nothing of it is left."""
        with self._lock:
            self._stop = True
            executor = self._executor
        self._bell.set()
        if executor is not None:
            executor.stop()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._bell.wait()
            self._bell.clear()
            try:
                self._pass()
            except Stopped:
                return
            except (CasebinderError, OSError):
                continue  # the rounds say what is wrong with the share; the cases wait for the next bell
            except Exception as error:
                self._failed(error)
                return

    def _pass(self) -> None:
        """Everything that waits.

        Raises:
            Stopped: the watcher ends.
            CasebinderError, OSError: the share or this machine's own folder cannot be used.
        """
        self._check()
        programs = _programs()
        reader = programs.get(TESSERACT.name)
        local = self._space.local
        with working_folder(local, "scans") as work, ExitStack() as stack:
            index = stack.enter_context(open_index(local, self._space.settings.id))
            executor = stack.enter_context(conversion_pool(work, workers=1))
            with self._lock:
                self._executor = executor
                self._index_file = _file_at(index.path)
            try:
                stamp = load_profile(self._space.settings.profile, [self._space.layout.profiles]).stamp
                maker = RequestMaker(work / "pages", stamp, programs)
                cache = ConversionCache(local.cache)
                failed_before = self._clock() - TRIED_AGAIN_SECONDS
                self._cases(
                    lambda check: ScanPass(
                        reader, maker, executor, cache, index, work, check, failed_before, self._trusting
                    )
                )
            finally:
                with self._lock:
                    self._executor = None

    def _cases(self, tools: Callable[[Callable[[], None]], ScanPass]) -> None:
        """All cases that wait. Those that come meanwhile are looked at between two pages, and read when their turn comes."""
        left: list[Path] = []
        looking = tools(self._check)

        def check() -> None:
            self._check()
            for folder in self._taken(everything=False):
                with suppress(CasebinderError):
                    looking.survey(OpenCase(self._space, CaseLayout(folder)))
                if folder not in left[1:]:
                    left.append(folder)

        reading = tools(check)
        try:
            while left or (left := self._taken(everything=True)):
                with suppress(CasebinderError):  # a case with a problem of its own: its status page says so
                    reading.case(OpenCase(self._space, CaseLayout(left[0])))
                self._check()
                left.pop(0)
            self._trusting = True
        finally:
            with self._lock:
                self._waiting |= set(left)

    def _taken(self, *, everything: bool) -> list[Path]:
        """The cases that wait, which do so no longer; with `everything`, all if all are asked for."""
        with self._lock:
            whole = everything and self._everything
        folders = set(self._space.case_folders()) if whole else set()
        with self._lock:
            folders |= self._waiting
            self._waiting = set()
            self._everything = self._everything and not whole
        return sorted(folders)

    def _check(self) -> None:
        if self._stop:
            raise Stopped


def _programs() -> dict[str, Program]:
    environment = child_environment()
    environment |= minimal_environment(Path("/"), environment.get("PATH", os.defpath))
    return find_programs(discover(), environment["PATH"], environment)


def _file_at(path: Path) -> tuple[Path, int] | None:
    """A file and which it is; None where it is gone."""
    try:
        return path, path.stat().st_ino
    except OSError:
        return None
