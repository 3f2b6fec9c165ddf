"""Reads scanned pages in the background of the watcher: one page at a time, in a thread and a child process of its own.

The rounds never wait for it. What is read is kept page by page on this machine, for bundles and for search; a stop
loses at most the page in hand. Files that only LibreOffice can show are left to the bundle that binds them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from bundles.convert import discover, find_programs
from bundles.convert.base import Program
from bundles.convert.cache import ConversionCache
from bundles.convert.run import RequestMaker, convert_all
from bundles.derived import Derived
from bundles.profile import load_profile
from bundles.treat.ocr import pages_to_read
from bundles.treat.read_scans import Scan, read_scans
from bundles.treat.reader import TESSERACT
from bundles.treatment import NOTHING
from casefiles.caged import CagedExecutor, ChildFailed, minimal_environment
from casefiles.chain import originals
from casefiles.chain.replay import EvidenceItem
from casefiles.errors import CasebinderError
from casefiles.index.store import Index, StoredFacts, open_index, original_name
from casefiles.intake.kinds import Kind
from casefiles.layout import CaseLayout
from cli.case_work import conversion_pool
from cli.read_texts import keep_read_text
from cli.workspace import OpenCase, Workspace, child_environment, working_folder

PICTURES = frozenset({Kind.JPEG, Kind.PNG, Kind.TIFF, Kind.GIF, Kind.BMP, Kind.WEBP, Kind.HEIC, Kind.AVIF})


class Stopped(Exception):
    """The watcher ends."""


class ScanReader:
    """The thread; `wake` it when files came, `close` it at the end. `failed` hears of what nobody foresaw."""

    def __init__(self, space: Workspace, failed: Callable[[BaseException], None]) -> None:
        self._space = space
        self._failed = failed
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._waiting: set[Path] = set()
        self._everything = True
        self._stop = False
        self._executor: CagedExecutor | None = None
        self._thread: threading.Thread | None = None

    def wake(self, cases: frozenset[Path] = frozenset()) -> None:
        """Look at these cases, and, the first time, at all."""
        with self._lock:
            self._waiting |= cases
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
        with self._lock:
            if reader is None:
                self._waiting.clear()
                self._everything = False
                return
        local = self._space.local
        with working_folder(local, "scans") as work, ExitStack() as stack:
            index = stack.enter_context(open_index(local, self._space.settings.id))
            executor = stack.enter_context(conversion_pool(work, workers=1))
            with self._lock:
                self._executor = executor
            try:
                stamp = load_profile(self._space.settings.profile, [self._space.layout.profiles]).stamp
                maker = RequestMaker(work / "pages", stamp, programs)
                tools = _Reading(
                    reader, maker, executor, ConversionCache(local.cache), index, work, self._check
                )
                self._cases(tools)
            finally:
                with self._lock:
                    self._executor = None

    def _cases(self, tools: _Reading) -> None:
        while True:
            with self._lock:
                everything, self._everything = self._everything, False
                waiting, self._waiting = self._waiting, set()
            folders = set(self._space.case_folders()) if everything else waiting
            if not folders:
                return
            left = sorted(folders)
            try:
                while left:
                    with suppress(
                        CasebinderError
                    ):  # a case with a problem of its own: its status page says so
                        tools.case(OpenCase(self._space, CaseLayout(left[0])))
                    self._check()
                    left.pop(0)
            finally:
                with self._lock:
                    self._waiting |= set(left)

    def _check(self) -> None:
        if self._stop:
            raise Stopped


@dataclass(frozen=True)
class _Reading:
    """What reading takes, for one pass."""

    reader: Program
    maker: RequestMaker
    executor: CagedExecutor
    cache: ConversionCache
    index: Index
    work: Path
    check: Callable[[], None]

    def case(self, opened: OpenCase) -> None:
        """Read the scans of one case."""
        for item, facts in _with_scans(opened, self.index):
            self.check()
            texts = self._item(opened, item, facts)
            journal = opened.journal
            state = journal.state_of(journal.read())
            now = state.items.get(item.sha256)
            if now is None or now.disposed is not None:
                self.cache.remove(item.sha256)  # withdrawn while it was read
            elif texts:
                keep_read_text(self.index, state, item.sha256, texts)

    def _item(self, opened: OpenCase, item: EvidenceItem, facts: StoredFacts) -> dict[int, str]:
        original = originals.find(opened.layout, item.sha256)
        if original is None:
            return {}
        request = self.maker.make(original, item.sha256, Kind(facts.kind), {"name": item.short_id})
        (result,) = convert_all([request], self.executor, self.cache).results
        if not isinstance(result, Derived):
            return {}
        pages = pages_to_read(result, NOTHING)
        readings = self.cache.readings(item.sha256, result, self.reader)
        for page in readings.outstanding(pages):
            self.check()
            try:
                read_scans(
                    [Scan(result.path, (page,), readings, self.work / "scans")], self.reader, self.executor
                )
            except ChildFailed:
                self.check()
                raise
        return {page: found[0].text for page in pages if (found := readings.get(page)) is not None}


def _with_scans(opened: OpenCase, index: Index) -> Iterator[tuple[EvidenceItem, StoredFacts]]:
    """Items that may have pages without words of their own, in the order of their arrival."""
    items = [item for item in opened.journal.state().items.values() if item.disposed is None]
    names = {item.sha256: original_name(item.sha256, item.suffix) for item in items}
    facts = index.facts(list(names.values()), with_text=True)
    for item in sorted(items, key=lambda each: each.seq):
        known = facts.get(names[item.sha256])
        if known is not None and known.state != "held" and _may_be_scanned(known):
            yield item, known


def _may_be_scanned(facts: StoredFacts) -> bool:
    texts = {each.page for each in facts.texts if each.text.strip()}
    if facts.kind in PICTURES:
        return not texts
    return facts.kind == Kind.PDF and facts.pages is not None and len(texts) < facts.pages


def _programs() -> dict[str, Program]:
    environment = child_environment()
    environment |= minimal_environment(Path("/"), environment.get("PATH", os.defpath))
    return find_programs(discover(), environment["PATH"], environment)
