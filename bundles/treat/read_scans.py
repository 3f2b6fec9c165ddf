"""Reads the scanned pages of derived files in other processes, a page at a time; each finished page is kept at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from pathlib import Path

from bundles.convert.base import Program
from bundles.treat.page_reading import PageReading
from bundles.treat.readings import Readings
from casefiles.caged import ChildFailed
from casefiles.files.scratch import make_scratch_folder, remove_scratch
from casefiles.hashing import hash_prefix

PageDone = Callable[[int, int], None]
"""Called as `page_done(done, total)` after each page, in the caller's thread."""


@dataclass(frozen=True)
class Scan:
    """Pages (1-based) of a derived file that are to be read, where what is read is kept, and a folder to work in.

    Pages that failed are tried again if they were last tried before `failed_before` (seconds since 1970).
    """

    derived: Path
    pages: tuple[int, ...]
    readings: Readings
    work: Path
    failed_before: float = 0.0


def read_scans(
    scans: Sequence[Scan],
    program: Program,
    executor: Executor,
    page_done: PageDone = lambda _done, _total: None,
) -> None:
    """Read what is not there yet. A page that cannot be read is kept as such; it costs nobody else anything.

    Raises:
        ChildFailed: the work was stopped; what was read is kept.
        Unavailable: what is read cannot be kept.
        CasebinderError, BrokenExecutor: the work cannot go on.
    """
    waiting = list(_waiting(scans))
    futures = {
        executor.submit(read_scanned_page, scan.derived, page, program, work): (scan, page, work)
        for scan, page, work in waiting
    }
    for done, future in enumerate(as_completed(futures), 1):
        scan, page, work = futures[future]
        try:
            reading, layer = future.result()
        except ChildFailed as problem:
            if problem.reason == "killed":
                raise
            reading, layer = _failed("time" if problem.reason == "time" else "failed"), None
        scan.readings.put(page, reading, layer)
        remove_scratch(work)
        page_done(done, len(futures))


def read_scanned_page(
    derived: Path, page: int, program: Program, work: Path
) -> tuple[PageReading, Path | None]:
    """Read one page (1-based); runs in a child process. The text layer lies in `work`."""
    from bundles.treat.scan_page import read_page

    make_scratch_folder(work)
    try:
        return read_page(derived, page - 1, program, work)
    except (RuntimeError, ValueError, OSError):  # PDFium's own errors are RuntimeErrors
        return _failed("failed"), None


def _waiting(scans: Sequence[Scan]) -> Iterator[tuple[Scan, int, Path]]:
    seen: set[tuple[Path, int]] = set()
    for scan in scans:
        for page in scan.readings.outstanding(scan.pages, scan.failed_before):
            if (scan.readings.folder, page) not in seen:
                seen.add((scan.readings.folder, page))
                name = f"{hash_prefix(scan.readings.folder.name.removeprefix('scan-'))}-{page}"
                yield scan, page, scan.work / name


def _failed(reason: str) -> PageReading:
    return PageReading(0, 0.0, 0, 0, reason, "")
