"""One round of the watcher: looks at cases by `scan_workspace`, and keeps what is needed for the next one warm."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from casefiles.errors import Unavailable
from casefiles.files.identity import RootIdentity
from casefiles.intake.listing import FileStat, Settled
from casefiles.layout import CaseLayout
from casefiles.settings import Settings
from cli.case_work import Workshop, workshop
from cli.watch.signals import StopSignals
from cli.workspace import Workspace
from cli.workspace_scan import CaseOutcome, WorkspaceScan, scan_workspace
from watcher.schedule import Pace
from watcher.service import RoundReport
from watcher.stability import SettlingMemory

COOLING_SECONDS = 300.0
"""After so long without a case to scan, the child processes are let go."""
ABSENT_MARGIN_SECONDS = 0.1


@dataclass(frozen=True)
class Listeners:
    """Who hears what a round does: each case that was scanned, and how far it has come (stage, done, total)."""

    case: Callable[[CaseOutcome], None]
    progress: Callable[[str, int, int], None]


class Rounds:
    """Looks, round after round. Not for several threads; close it at the end."""

    def __init__(self, space: Workspace, signals: StopSignals, listeners: Listeners) -> None:
        self._space = space
        self._signals = signals
        self._listeners = listeners
        self._stack = ExitStack()
        self._shop: Workshop | None = None
        self._index_file: tuple[int, int] | None = None
        self._settings_file: tuple[int, ...] = ()
        self._used = time.monotonic()
        self._memory = SettlingMemory(time.monotonic)
        self.pace = Pace()
        self._take_settings(space.settings)

    def root(self) -> RootIdentity:
        """Which workspace is there now; its settings are read again where they have changed.

        Raises:
            Unavailable: it is not there.
            FileInvalid: `casebinder.toml` has a mistake.
        """
        layout = self._space.layout
        try:
            found = layout.settings_file.stat()
        except OSError as error:
            raise Unavailable(
                f"The workspace {layout.root} cannot be reached: {error.strerror}.",
                remedy="Check that the share is connected.",
            ) from error
        now = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if now != self._settings_file:
            self.close()
            space = Workspace(layout, self._space.local, self._space.recorder)
            self._take_settings(space.settings)
            self._space, self._settings_file = space, now
        return RootIdentity.of(layout)

    def look(self, cases: frozenset[Path] | None, thorough: bool) -> RoundReport:
        """One round over these cases, or over all.

        Raises:
            Unavailable: the share or this machine's own folder cannot be used.
            FileInvalid: `casebinder.toml` has a mistake.
            StopAsked: the watcher is to stop.
        """
        # Something that is no case folder came or went: which page has to say so, only a whole look can tell.
        only = cases if cases and all(CaseLayout(case).case_file.is_file() for case in cases) else None
        began = time.monotonic()
        try:
            with self._signals.looking():
                shop = self._open_shop()
                scan = scan_workspace(
                    self._space,
                    shop,
                    only=only,
                    thorough=thorough,
                    progress=self._progress,
                    settle=self._settle,
                )
                return self._report(shop, scan, only, began)
        except BaseException:
            self._stack.__exit__(*sys.exc_info())
            self._forget_shop()
            raise

    def cool(self) -> None:
        """Let the child processes go when they have had nothing to do for a while."""
        if self._shop is not None and time.monotonic() - self._used > COOLING_SECONDS:
            self.close()

    def close(self) -> None:
        """Let go of the index and the child processes; the next round opens them again."""
        self._stack.close()
        self._forget_shop()

    def _take_settings(self, settings: Settings) -> None:
        seconds = settings.intake.settle_seconds
        if seconds != self._memory.quiet_seconds or not self._settings_file:
            self._memory = SettlingMemory(time.monotonic, quiet_seconds=seconds)
        self.pace = Pace(every=settings.watch.every_seconds, thorough=settings.watch.thorough_hours * 3600)

    def _open_shop(self) -> Workshop:
        if self._shop is not None and (
            self._index_now(self._shop) != self._index_file or not self._shop.index.counts
        ):
            self.close()  # the index was deleted or set aside; what is written to the old file nobody finds
        if self._shop is None:
            self._shop = self._stack.enter_context(workshop(self._space))
            self._index_file = self._index_now(self._shop)
        return self._shop

    @staticmethod
    def _index_now(shop: Workshop) -> tuple[int, int] | None:
        try:
            found = shop.index.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _forget_shop(self) -> None:
        self._stack, self._shop, self._index_file = ExitStack(), None, None

    def _progress(self, stage: str, done: int, total: int) -> None:
        self._signals.safe_point()
        self._listeners.progress(stage, done, total)

    def _settle(self, paths: Iterable[bytes], look: Callable[[bytes], FileStat | None]) -> Settled:
        self._signals.safe_point()
        return self._memory.settle(paths, look)

    def _report(
        self, shop: Workshop, scan: WorkspaceScan, only: frozenset[Path] | None, began: float
    ) -> RoundReport:
        looked = [outcome for outcome in scan.outcomes if not outcome.quiet]
        if looked:
            self._used = time.monotonic()
        for outcome in looked:
            self._listeners.case(outcome)
        below = None if only is None else [os.fsencode(case) for case in only]
        unfinished = self._memory.unfinished(began, below)
        reports = [(outcome.folder, outcome.report) for outcome in looked if outcome.report is not None]
        absent = frozenset(folder for folder, report in reports if report.absent)
        return RoundReport(
            cases=len(scan.outcomes),
            looked=len(looked),
            events=sum(report.events for _folder, report in reports),
            waiting=len(unfinished),
            held=_held(shop),
            in_trouble=sum(outcome.problem is not None for outcome in looked),
            news=frozenset(
                folder
                for folder, report in reports
                if report.received or report.changed or report.moved or report.missing or report.restored
            ),
            again=self._again(unfinished, absent),
        )

    def _again(self, unfinished: dict[bytes, float], absent: frozenset[Path]) -> dict[Path, float]:
        """Cases to look at again, and in how many seconds: their files may be finished, or gone for good."""
        cases = self._space.layout.cases
        now, skip = time.monotonic(), len(os.fsencode(cases)) + 1
        again = dict.fromkeys(absent, self._memory.quiet_seconds + ABSENT_MARGIN_SECONDS)
        for path, due in unfinished.items():
            case = cases / os.fsdecode(path[skip:].split(b"/", 1)[0])
            again[case] = min(again.get(case, due - now), max(0.0, due - now))
        return again


def _held(shop: Workshop) -> int:
    """Items that cannot be bound, over all cases of which a summary is kept."""
    return sum(case.held for case in shop.index.summaries().values())
