"""One pass over all case folders: what has not changed is skipped unread, what has is scanned, several at once.

A problem of one case never stops the others. A share that goes away stops the pass: nothing is recorded, nothing
is written into what is left in its place.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from casefiles.chain.canonical import instant_text
from casefiles.chain.seen import seen_file
from casefiles.errors import CasebinderError, Unavailable
from casefiles.files.identity import RootIdentity
from casefiles.files.publish import probe_clock
from casefiles.hashing import sha256_bytes
from casefiles.index.store import QuietCase
from casefiles.intake.item_facts import Reading
from casefiles.intake.listing import FileStat, Settled
from casefiles.intake.quiet import (
    GRANULARITY_NS,
    QuietLook,
    came_of,
    digest_of,
    look_at_case,
    may_keep,
    signature_of,
)
from casefiles.intake.scan import ScanReport
from casefiles.intake.take_in import Settle
from casefiles.layout import CaseLayout
from casefiles.places.look import Places, look_at_places
from casefiles.status.workspace import Misplaced
from cli.case_work import Workshop, another_workshop, scan_open_case
from cli.failures import keep_details
from cli.gone_cases import refuse_if_all_are_gone
from cli.linked_pages import refresh_linked_pages
from cli.look_apart import LooksApart, looking_apart
from cli.workspace import OpenCase, Workspace
from cli.workspace_pages import write_pages
from watcher.filters import IGNORE_LIST, ignored_because
from watcher.stability import NotYet, SettlingTogether

SCANS_AT_ONCE = 4
"""Cases scanned at once, each by a thread: enough that the children always have work."""
STALE_AT_ONCE = 8
"""So many pages a pass are written for the sake of what was read on scans alone: what people drop must not wait for it."""
SIGNATURE_VERSION = "1"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class CaseOutcome:
    """What came of one case: a report, or a problem, or (`quiet`) nothing that had changed since the last scan."""

    folder: Path
    report: ScanReport | None
    problem: CasebinderError | None
    quiet: bool


@dataclass(frozen=True)
class WorkspaceScan:
    """What came of a pass: one outcome a case, by folder name, how long it took, what lies in the wrong place, and
    which case folders were moved or renamed since this machine saw them last."""

    outcomes: tuple[CaseOutcome, ...]
    seconds: float
    misplaced: tuple[Misplaced, ...] = ()
    moved: tuple[Path, ...] = ()

    @property
    def exit_code(self) -> int:
        """The worst of the cases' exit codes; 0 where none had a problem."""
        return max(
            (int(outcome.problem.exit_code) for outcome in self.outcomes if outcome.problem), default=0
        )


def scan_workspace(
    space: Workspace,
    shop: Workshop,
    *,
    only: Collection[Path] | None = None,
    thorough: bool = False,
    progress: Progress = lambda _stage, _done, _total: None,
    settle: Settle | None = None,
    granularity_ns: int = GRANULARITY_NS,
) -> WorkspaceScan:
    """Scan every case in which something may have changed (all, if `thorough`; among `only`, where given).

    `settle` tells which new files are finished and must not wait; its paths are raw and absolute, so that no two
    cases share one, and it is never called twice at once. Without it, the pass waits for new files once for all
    cases. `granularity_ns` is the coarsest step of the share's times.

    Raises:
        Unavailable: the workspace is gone or was replaced; nothing was recorded as missing.
        FileInvalid: `casebinder.toml` has a mistake.
    """
    started = time.monotonic()
    root = RootIdentity.of(space.layout)
    with _looking_apart(space, shop, only, thorough) as looks:
        places = look_at_places(space.layout, space.local, ignored_because)
        seen = looks.digests()
    refuse_if_all_are_gone(space, shop.index, places)
    shop.index.put_shared_findings({os.fsencode(folder): found for folder, found in places.shared.items()})
    refused = {
        folder: CaseOutcome(folder, None, places.refusal(folder), quiet=False)
        for folder in places.not_scanned
    }
    folders = [folder for folder in places.cases if only is None or folder in only]
    folders = [folder for folder in folders if folder not in places.linked]
    allowed = [folder for folder in folders if folder not in refused]
    round_ = _Round(space, shop, root, progress, places)
    loud = allowed if thorough else round_.loud(allowed, seen)
    progress("looking into the cases", len(allowed), len(allowed))
    outcomes = {folder: CaseOutcome(folder, None, None, quiet=True) for folder in allowed}
    outcomes |= round_.scan(loud, settle)
    root.check()
    if loud:
        refresh_linked_pages(space, shop.index)
    round_.remember(outcomes, granularity_ns)
    shop.index.fill_search(progress)
    if only is None:
        shop.index.note_scan(instant_text(space.recorder.now()))
    root.check()
    problems = {folder: each.problem for folder, each in outcomes.items() if each.problem is not None}
    misplaced = write_pages(space, shop.index, places, problems)
    outcomes |= refused
    return WorkspaceScan(
        tuple(outcomes[folder] for folder in folders), time.monotonic() - started, misplaced, places.moved
    )


@dataclass
class _Round:
    """One pass: what it works with, and what it saw of each case when it had scanned it."""

    space: Workspace
    shop: Workshop
    root: RootIdentity
    progress: Progress
    places: Places
    scanned: dict[Path, tuple[str, QuietLook]] = field(default_factory=dict)
    """Cases in which nothing is left to do: their identifier, and how they looked right after their scan."""
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def basis(self) -> str:
        """Everything beside the case folder that a scan's outcome depends on."""
        reading = Reading(self.shop.executor, self.shop.limits, self.shop.work)
        rules = sha256_bytes(repr(IGNORE_LIST).encode())
        app = self.space.recorder.app
        return f"{SIGNATURE_VERSION} {app} {reading.reader} {self.space.settings.intake!r} {rules}"

    def _of(self, folder: Path, basis: str) -> str:
        """The basis for one case: what was found beside its evidence is on its page, too."""
        return f"{basis} {self.places.signature(folder)}"

    def loud(self, folders: Sequence[Path], seen: Mapping[Path, bytes]) -> list[Path]:
        """The folders that are not as a scan left them when nothing was left to do; `seen` are their digests now.

        A few of those whose page does not say yet how far reading scans has come are among them; the next pass takes more.
        """
        known, lines = self.shop.index.quiet(), self.shop.index.summaries()
        basis = self.basis
        stale = self.shop.index.stale_pages()
        stale_left = STALE_AT_ONCE
        loud: list[Path] = []
        for folder in folders:
            case, digest = known.get(os.fsencode(folder)), seen.get(folder)
            if (
                case is None
                or os.fsencode(folder) not in lines
                or not digest
                or case.signature != signature_of(digest, self._of(folder, basis))
            ):
                loud.append(folder)
            elif stale_left and case.case_uuid in stale:
                stale_left -= 1
                loud.append(folder)
        return loud

    def scan(self, folders: Sequence[Path], settle: Settle | None) -> dict[Path, CaseOutcome]:
        """Scan these cases, and those with new files again once the files are finished."""
        seconds = self.space.settings.intake.settle_seconds
        together = _one_at_a_time(settle) if settle else self._patient(seconds).settle
        outcomes: dict[Path, CaseOutcome] = {}
        todo = list(folders)
        while todo:
            again: dict[Path, float] = {}
            for folder, outcome in self._several(todo, together):
                if isinstance(outcome, NotYet):
                    again[folder] = time.monotonic() + outcome.seconds
                    continue
                outcomes[folder] = outcome
                self.progress("scanning", len(outcomes), len(folders))
            todo = list(again)
            if again:
                time.sleep(max(0.0, min(again.values()) - time.monotonic()))
        return outcomes

    @staticmethod
    def _patient(seconds: float) -> SettlingTogether:
        return SettlingTogether(time.monotonic, quiet_seconds=seconds, patience_seconds=seconds * 2)

    def _several(
        self, folders: Sequence[Path], settle: Settle
    ) -> Iterator[tuple[Path, CaseOutcome | NotYet]]:
        """Scan cases, several at once where they are many: while one waits for the disk or for a child, another works."""
        if len(folders) < SCANS_AT_ONCE:
            for folder in folders:
                yield folder, self._one(folder, self.shop, settle)
            return
        todo: SimpleQueue[Path | None] = SimpleQueue()
        done: SimpleQueue[tuple[Path, CaseOutcome | NotYet] | BaseException] = SimpleQueue()
        for each in (*folders, *[None] * SCANS_AT_ONCE):
            todo.put(each)
        with ThreadPoolExecutor(SCANS_AT_ONCE, thread_name_prefix="scan") as threads:
            try:
                for number in range(SCANS_AT_ONCE):
                    threads.submit(self._one_after_another, f"scan-{number}", todo, done, settle)
                for _ in folders:
                    outcome = done.get()
                    if isinstance(outcome, BaseException):
                        raise outcome  # noqa: TRY301 - the thread's own, passed on
                    yield outcome
            except BaseException:
                # Nothing that is still running may go on, or wait for a child: the round is over.
                self.stopped.set()
                self.shop.executor.stop()
                raise

    def _one_after_another(
        self,
        name: str,
        todo: SimpleQueue[Path | None],
        done: SimpleQueue[tuple[Path, CaseOutcome | NotYet] | BaseException],
        settle: Settle,
    ) -> None:
        """A thread's work; its index connection is its own, as SQLite wants it."""
        try:
            with another_workshop(self.shop, name) as shop:
                while (folder := todo.get()) is not None and not self.stopped.is_set():
                    done.put((folder, self._one(folder, shop, settle)))
        except BaseException as error:  # it is raised again where the outcomes are waited for
            done.put(error)

    def _one(self, folder: Path, shop: Workshop, settle: Settle) -> CaseOutcome | NotYet:
        opened = OpenCase(self.space, CaseLayout(folder))
        try:
            before = self._look(folder, "")
            report = scan_open_case(
                opened,
                shop,
                settle=_inside(folder, settle),
                root=self.root,
                looked=True,
                safe_point=self._safe_point,
            )
            if report.done and before is not None:
                self._note(opened, shop, before)
        except NotYet as wait:
            return wait
        except (CasebinderError, OSError) as error:
            self._safe_point()
            self.root.check()  # where the whole share is gone, no case has a problem of its own
            return CaseOutcome(folder, None, _as_problem(folder, error), quiet=False)
        except Exception as error:
            # A mistake of ours in one case must not keep the others from being scanned.
            self._safe_point()
            self.root.check()
            return CaseOutcome(folder, None, _mistake(folder, error), quiet=False)
        return CaseOutcome(folder, report, None, quiet=False)

    def _safe_point(self) -> None:
        if self.stopped.is_set():
            raise CancelledError

    def _look(self, folder: Path, case_uuid: str) -> QuietLook | None:
        try:
            return look_at_case(folder, (seen_file(self.space.local, case_uuid),) if case_uuid else ())
        except OSError:
            return None  # it is not as it should be, so it is not quiet

    def _note(self, opened: OpenCase, shop: Workshop, before: QuietLook) -> None:
        """Remember how a case looks that was just scanned, if nothing happened meanwhile but what we did ourselves.

        The chain is listed after the look: an event in the look that the index does not know would be missed for ever.
        """
        folder = opened.layout.folder
        after = self._look(folder, opened.journal.read().case_uuid)
        chain = opened.journal.read()
        known = shop.index.head(chain.case_uuid) == (chain.head.seq, chain.head.sha256)
        if after is not None and known and came_of(before, after):
            self.scanned[folder] = (chain.case_uuid, after)

    def remember(self, outcomes: Mapping[Path, CaseOutcome], granularity_ns: int) -> None:
        """Keep the signatures of the cases in which nothing is left to do, and forget the others'."""
        rows: dict[bytes, QuietCase | None] = {
            os.fsencode(outcome.folder): None for outcome in outcomes.values() if not outcome.quiet
        }
        share_now = self._share_clock()
        basis = self.basis
        for folder, (case_uuid, after) in self.scanned.items() if share_now else ():
            now = self._look(folder, case_uuid)
            if now is not None and may_keep(after, now, share_now, granularity_ns):
                signature = signature_of(digest_of(now), self._of(folder, basis))
                rows[os.fsencode(folder)] = QuietCase(case_uuid, signature)
        self.shop.index.put_quiet(rows)

    def _share_clock(self) -> int:
        """The share's clock in nanoseconds; 0 where it cannot be asked, and then nothing counts as quiet."""
        for folder in sorted(self.scanned)[:1]:
            try:
                return probe_clock(CaseLayout(folder).chain_tmp)
            except Unavailable:
                return 0
        return 0


def _one_at_a_time(settle: Settle) -> Settle:
    lock = threading.Lock()

    def settled(paths: Iterable[bytes], look: Callable[[bytes], FileStat | None]) -> Settled:
        with lock:
            return settle(paths, look)

    return settled


def _looking_apart(
    space: Workspace, shop: Workshop, only: Collection[Path] | None, thorough: bool
) -> AbstractContextManager[LooksApart]:
    """Begins to look at the cases that were quiet at the last look: in processes of their own where they are many."""
    known = {} if thorough else shop.index.quiet()
    wanted = {Path(os.fsdecode(folder)): case.case_uuid for folder, case in known.items()}
    return looking_apart(
        {
            folder: (seen_file(space.local, case_uuid),)
            for folder, case_uuid in wanted.items()
            if only is None or folder in only
        }
    )


def _inside(folder: Path, settle: Settle) -> Settle:
    """`settle` for one case, with paths that no other case has."""
    prefix = os.fsencode(folder) + b"/"

    def settled(paths: Iterable[bytes], look: Callable[[bytes], FileStat | None]) -> Settled:
        found = settle([prefix + path for path in paths], lambda path: look(path.removeprefix(prefix)))
        return Settled(
            {path.removeprefix(prefix): stat for path, stat in found.settled.items()},
            *(
                frozenset(path.removeprefix(prefix) for path in paths)
                for paths in (found.growing, found.gone, found.waiting)
            ),
        )

    return settled


def _mistake(folder: Path, error: Exception) -> CasebinderError:
    file = keep_details(error)
    send = f"send us {file}; it may name people" if file else "tell us what is in it"
    return CasebinderError(
        f"“{folder.name}” could not be scanned: something unexpected went wrong ({type(error).__name__}).",
        remedy=f"Run the command again. If it happens again, {send}.",
    )


def _as_problem(folder: Path, error: Exception) -> CasebinderError:
    if isinstance(error, CasebinderError):
        return error
    said = error.strerror if isinstance(error, OSError) else None
    return Unavailable(
        f"“{folder.name}” cannot be used: {said or 'a file or folder in it cannot be read'}.",
        remedy="Check that the share is connected and has room, then run the command again.",
    )
