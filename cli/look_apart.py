"""Looking at many case folders at once, in processes of their own: names and status of files, and nothing else.

One process sees some 150,000 files a second, so a large caseload is shared out. A forked process does nothing but look
and answer; it inherits no thread, writes nothing and ends without tidying up what is not its own.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from casefiles.intake.quiet import quiet_digest

FEW = 100
"""Cases that one process looks at faster than others could be started."""
PROCESSES = max(1, min(4, os.cpu_count() or 1))
_DIGEST_BYTES = 32


@dataclass(frozen=True)
class _Process:
    """A process that looks at some folders, and where its answers come from."""

    pid: int
    answers: int
    folders: Sequence[Path]


@dataclass(frozen=True)
class LooksApart:
    """Looks that are under way; ask for the digests once."""

    here: Mapping[Path, Sequence[Path]]
    apart: Sequence[_Process]

    def digests(self) -> dict[Path, bytes]:
        """The digest of each folder; empty where it could not be looked at, or something is left to do there."""
        found = {folder: quiet_digest(folder, own) for folder, own in self.here.items()}
        for process in self.apart:
            data = _read_all(process.answers)
            for number, folder in enumerate(process.folders):
                digest = data[number * _DIGEST_BYTES : (number + 1) * _DIGEST_BYTES]
                # a process that ended early has not looked at the rest: they count as changed
                found[folder] = digest if len(digest) == _DIGEST_BYTES and any(digest) else b""
        return found


@contextmanager
def looking_apart(folders: Mapping[Path, Sequence[Path]]) -> Iterator[LooksApart]:
    """Begin to look at these case folders, each with the files of our own that belong to it.

    Other processes look if there are many, and if this one has no second thread, whose locks they would inherit.
    """
    if len(folders) <= FEW or threading.active_count() > 1:
        yield LooksApart(folders, ())
        return
    processes: list[_Process] = []
    try:
        names = sorted(folders)
        for number in range(PROCESSES):
            processes.append(_begin(names[number::PROCESSES], folders))
        yield LooksApart({}, processes)
    finally:
        for process in processes:
            os.close(process.answers)
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            os.waitpid(process.pid, 0)


def _begin(names: Sequence[Path], folders: Mapping[Path, Sequence[Path]]) -> _Process:
    read, write = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(read)
            for name in names:
                os.write(write, quiet_digest(name, folders[name]) or bytes(_DIGEST_BYTES))
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    return _Process(pid, read, names)


def _read_all(descriptor: int) -> bytes:
    pieces = []
    while piece := os.read(descriptor, 1 << 16):
        pieces.append(piece)
    return b"".join(pieces)
