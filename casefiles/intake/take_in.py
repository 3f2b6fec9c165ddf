"""From listed files to hashed and preserved ones: wait until they are finished, read each once, keep its bytes.

An original is opened for reading only. A file that changes while it is read is not taken in: its bytes would
be a mixture that nobody ever wrote.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from casefiles.chain import originals
from casefiles.chain.canonical import instant_text
from casefiles.chain.names import display_name
from casefiles.chain.replay import CaseState, PathState
from casefiles.errors import VerificationFailed
from casefiles.findings import Finding, Severity
from casefiles.index.store import CachedHash
from casefiles.intake.listing import FileStat, Listing, Settled, look_at, open_inside
from casefiles.intake.scan_plan import SeenFile, claimed_time
from casefiles.layout import CaseLayout

KEEPING_AT_ONCE = 8

Settle = Callable[[Iterable[bytes], Callable[[bytes], FileStat | None]], Settled]


@dataclass(frozen=True)
class TakenIn:
    """The files of a listing as hashed, what to remember of them, those still changing, and what was found.

    `waiting` are files that are left for a later scan without a word: it is too early to tell.
    """

    files: Mapping[bytes, SeenFile]
    stats: Mapping[bytes, CachedHash]
    growing: frozenset[bytes]
    findings: tuple[Finding, ...]
    waiting: frozenset[bytes] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether every file of the listing was finished."""
        return not self.growing and not self.waiting


class StillChanging(Exception):
    """The file was written to between the look before reading it and its end."""


class NotReadable(Exception):
    """Reading the file failed on the way."""


def take_in(
    layout: CaseLayout,
    listing: Listing,
    state: CaseState,
    cache: Mapping[bytes, CachedHash],
    settle: Settle,
) -> TakenIn:
    """Hash every listed file and preserve the bytes of each that the case does not have yet.

    A file whose size, times and inode are as in `cache` is not read again. One that the chain has under its path
    with the same size and time is read at once; if its bytes are the known ones, it was finished when they were
    received. The others go through `settle`.

    Raises:
        Unavailable: the share is gone, full or read-only.
    """
    files: dict[bytes, SeenFile] = {}
    stats: dict[bytes, CachedHash] = {}
    findings: list[Finding] = []
    for path, stat in listing.files.items():
        known = cache.get(path)
        if known is not None and known.sha256 in state.items and _unchanged(known, stat):
            files[path], stats[path] = _seen(known.sha256, stat), known
    unread = {path: stat for path, stat in listing.files.items() if path not in files}
    as_received = {path: stat for path, stat in unread.items() if _as_received(state.paths.get(path), stat)}
    others = [path for path in unread if path not in as_received]
    waited = settle(others, _looking(layout))
    with _threads(len(unread)) as threads:
        again: list[bytes] = []
        for path, stat, sha256 in threads.map(partial(_known, layout, state), *_columns(as_received)):
            if sha256:
                files[path], stats[path] = _seen(sha256, stat), _cached(sha256, stat)
            else:
                again.append(path)
        if again:
            waited = _both(waited, settle(again, _looking(layout)))
        growing = set(waited.growing)
        sizes = frozenset(item.size_bytes for item in state.items.values())
        keep = partial(_outcome, layout, state, sizes)
        for path, stat, outcome in threads.map(keep, *_columns(waited.settled)):
            if outcome.sha256:
                files[path], stats[path] = _seen(outcome.sha256, stat), _cached(outcome.sha256, stat)
            if outcome.growing:
                growing.add(path)
            findings += outcome.findings
    findings += [_growing(path) for path in growing]
    return TakenIn(files, stats, frozenset(growing), tuple(findings), waited.waiting)


def facts_file_hash(layout: CaseLayout) -> str | None:
    """The SHA-256 of `case.toml`, or None where it cannot be read or is just being written."""
    try:
        with open_inside(layout.folder, os.fsencode(layout.case_file.name)) as descriptor:
            before = FileStat.of(os.fstat(descriptor))
            return _digest(_Steady(descriptor, before))
    except (OSError, StillChanging, NotReadable):
        return None


@dataclass(frozen=True)
class _Outcome:
    """What came of one file: its hash, or that it is still growing, or a finding, or (it is gone) nothing."""

    sha256: str = ""
    growing: bool = False
    findings: tuple[Finding, ...] = ()


def _as_received(known: PathState | None, stat: FileStat) -> bool:
    """Whether a file still has the size and the time with which the chain knows its path."""
    if known is None or known.size_bytes != stat.size_bytes or known.claimed_mtime is None:
        return False
    claimed = claimed_time(stat.mtime_ns)
    return claimed is not None and instant_text(claimed) == known.claimed_mtime


def _known(
    layout: CaseLayout, state: CaseState, path: bytes, stat: FileStat
) -> tuple[bytes, FileStat, str | None]:
    """The SHA-256 of a file if it is the one that the chain has under the path, and its bytes are kept; else None."""
    try:
        with open_inside(layout.folder, path) as descriptor:
            if not stat.unchanged(FileStat.of(os.fstat(descriptor))):
                return path, stat, None
            sha256 = _digest(_Steady(descriptor, stat))
    except (OSError, StillChanging, NotReadable):
        return path, stat, None  # the slow way says what is wrong with it
    item = state.items.get(sha256)
    whole = sha256 == state.paths[path].sha256 and item is not None
    kept = whole and item is not None and (item.disposed is not None or originals.find(layout, sha256))
    return path, stat, sha256 if kept else None


def _both(one: Settled, other: Settled) -> Settled:
    return Settled(
        {**one.settled, **other.settled},
        one.growing | other.growing,
        one.gone | other.gone,
        one.waiting | other.waiting,
    )


def _outcome(
    layout: CaseLayout, state: CaseState, sizes: frozenset[int], path: bytes, stat: FileStat
) -> tuple[bytes, FileStat, _Outcome]:
    try:
        outcome = _Outcome(_hash_and_preserve(layout, path, stat, state, sizes))
    except StillChanging:
        outcome = _Outcome(growing=True)
    except FileNotFoundError:
        outcome = _Outcome()
    except VerificationFailed as problem:
        outcome = _Outcome(findings=(_finding("original-changed", path, problem.message, problem.remedy),))
    except (OSError, NotReadable) as problem:
        outcome = _Outcome(findings=(_unreadable(path, problem),))
    return path, stat, outcome


def _columns(settled: Mapping[bytes, FileStat]) -> tuple[list[bytes], list[FileStat]]:
    paths = sorted(settled)
    return paths, [settled[path] for path in paths]


@contextmanager
def _threads(files: int) -> Iterator[ThreadPoolExecutor]:
    """Threads, because keeping a file is mostly waiting for the disk; what has not begun is left at an error."""
    threads = ThreadPoolExecutor(min(KEEPING_AT_ONCE, max(1, files)), thread_name_prefix="keeping")
    try:
        yield threads
    finally:
        threads.shutdown(cancel_futures=True)


class _Steady(io.RawIOBase):
    """A stream over a descriptor that it does not own; its end is refused if the file changed meanwhile."""

    def __init__(self, descriptor: int, before: FileStat) -> None:
        self._descriptor = descriptor
        self._before = before

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            count = os.readv(self._descriptor, [buffer])
        except OSError as error:
            raise NotReadable(os.strerror(error.errno or errno.EIO)) from error
        if count == 0 and not self._before.unchanged(FileStat.of(os.fstat(self._descriptor))):
            raise StillChanging
        return count

    def rewind(self) -> None:
        os.lseek(self._descriptor, 0, os.SEEK_SET)


def _hash_and_preserve(
    layout: CaseLayout, path: bytes, stat: FileStat, state: CaseState, sizes: frozenset[int]
) -> str:
    with open_inside(layout.folder, path) as descriptor:
        if not stat.unchanged(FileStat.of(os.fstat(descriptor))):
            raise StillChanging
        stream = _Steady(descriptor, stat)
        if stat.size_bytes in sizes:
            # Likely one that we have (or one that was withdrawn and must not come back): look before keeping.
            sha256 = _digest(stream)
            item = state.items.get(sha256)
            if item is not None and (item.disposed is not None or originals.find(layout, sha256)):
                return sha256
            stream.rewind()
        suffix = originals.safe_suffix(path)
        return originals.preserve(layout, stream, suffix).sha256  # type: ignore[arg-type]


def _digest(stream: _Steady) -> str:
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def _looking(layout: CaseLayout) -> Callable[[bytes], FileStat | None]:
    return lambda path: look_at(layout.folder, path)


def _unchanged(known: CachedHash, stat: FileStat) -> bool:
    return (known.size_bytes, known.mtime_ns, known.ctime_ns, known.inode) == (
        stat.size_bytes,
        stat.mtime_ns,
        stat.ctime_ns,
        stat.inode,
    )


def _seen(sha256: str, stat: FileStat) -> SeenFile:
    return SeenFile(sha256, stat.size_bytes, stat.mtime_ns, stat.owner)


def _cached(sha256: str, stat: FileStat) -> CachedHash:
    return CachedHash(sha256, stat.size_bytes, stat.mtime_ns, stat.ctime_ns, stat.inode)


def _unreadable(path: bytes, problem: Exception) -> Finding:
    if isinstance(problem, OSError) and problem.errno in (errno.ELOOP, errno.ENOTDIR, errno.EINVAL):
        why = "it became a link or something else while it was looked at"
    elif isinstance(problem, PermissionError):
        why = "no permission"
    else:
        why = (
            os.strerror(problem.errno).lower()
            if isinstance(problem, OSError) and problem.errno
            else str(problem)
        )
    return _finding(
        "file-unreadable",
        path,
        f"This file could not be read ({why}). It was not taken in.",
        "Ask whoever looks after the share to give access to it, then scan again.",
    )


def _growing(path: bytes) -> Finding:
    return Finding(
        "file-growing",
        Severity.WARNING,
        display_name(path),
        "This file is still being copied. It was not taken in.",
        "Wait until the copy has finished; the next scan takes it in.",
    )


def _finding(code: str, path: bytes, message: str, remedy: str) -> Finding:
    return Finding(code, Severity.ERROR, display_name(path), message, remedy)
