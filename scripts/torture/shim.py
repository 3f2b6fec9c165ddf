"""A file system that refuses: replaces the calls of `casefiles.files.disk` for one run and makes the n-th one fail.

The n-th call is counted from 1 over all calls that change a file system. Files are kept by one thread during a run, so
that the n-th call is the same one each time.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casefiles.files import disk
from casefiles.intake import take_in

WRITING = ("write",)
FLUSHING = ("flush", "flush_folder", "flush_file", "flush_open_folder")
MAKING = ("create", "open_to_append", "make_folder", "make_folders")
NAMING = ("link", "rename", "rename_to_new")
REMOVING = ("unlink", "unlink_in", "remove_tree")
OTHER = ("set_mode", "open_to_change", "cut", "set_times", "symlink")
CALLS = (*WRITING, *FLUSHING, *MAKING, *NAMING, *REMOVING, *OTHER)
TAKES_NO_ROOM = (*REMOVING, *OTHER)


@dataclass(frozen=True)
class Kind:
    """One way to fail. `after`: the call takes effect, but its answer is an error, as when a network loses it.

    `short`: half of the bytes are taken first. `calls`: the calls that can fail so.
    """

    name: str
    code: int
    calls: tuple[str, ...]
    after: bool = False
    short: bool = False


KINDS = (
    Kind("ENOSPC", errno.ENOSPC, tuple(call for call in CALLS if call not in TAKES_NO_ROOM)),
    Kind("EIO", errno.EIO, CALLS),
    Kind("ESTALE", errno.ESTALE, CALLS),
    Kind("EACCES", errno.EACCES, (*MAKING, *NAMING, *REMOVING, *OTHER)),
    Kind("EROFS", errno.EROFS, (*MAKING, *NAMING, *REMOVING, *OTHER)),
    Kind(
        "EIO after it was done",
        errno.EIO,
        (*NAMING, "unlink", "unlink_in", "make_folder", "create"),
        after=True,
    ),
    Kind("short write, then ENOSPC", errno.ENOSPC, WRITING, short=True),
    Kind("short write, then goes on", 0, WRITING, short=True),
    Kind("link refused", errno.EPERM, ("link",)),
)


@dataclass(frozen=True)
class Fault:
    """The n-th call fails in this way: once, or it and every later call that can."""

    number: int
    kind: Kind
    for_good: bool


@dataclass
class Disk:
    """What happened: every call by name and what it was about, and whether the fault was met."""

    fault: Fault | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    met: bool = False

    def call(self, name: str, real: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Make the call, or fail it."""
        self.calls.append((name, _about(args)))
        fault = self.fault
        if fault is None or name not in fault.kind.calls:
            return real(*args, **more)
        number = len(self.calls)
        if number != fault.number and not (fault.for_good and number > fault.number):
            return real(*args, **more)
        self.met = True
        return self._fail(fault, name, real, *args, **more)

    def _fail(self, fault: Fault, name: str, real: Callable[..., Any], *args: Any, **more: Any) -> Any:
        kind = fault.kind
        if kind.short:
            handle, data = args
            half = len(data) // 2
            taken = real(handle, data[: max(1, half)])
            if not kind.code:
                return taken
            if half:  # the system says how much it took; the next call says that there is no room
                self.fault = Fault(
                    len(self.calls) + 1, Kind(kind.name, kind.code, ("write",)), fault.for_good
                )
                return taken
        if name == "remove_tree":
            _remove_half(args[0])
        elif kind.after:
            answer = real(*args, **more)
            if name == "create":
                os.close(answer)
        error = OSError(kind.code, os.strerror(kind.code), _about(args))
        if name == "remove_tree" and len(args) > 1 and args[1] is not None:
            return None  # the caller asked to go on with what can be removed
        raise error


def _remove_half(folder: Path) -> None:
    """What a removal does before it fails: one file of several goes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    if len(files) > 1:
        files[0].unlink()


def _about(args: tuple[Any, ...]) -> str:
    first = args[-1] if len(args) == 2 and isinstance(args[1], Path) else args[0] if args else ""
    if isinstance(first, int):
        try:
            return os.readlink(f"/proc/self/fd/{first}")  # noqa: PTH115 - a descriptor, no path of ours
        except OSError:
            return ""
    return str(first)


@contextmanager
def failing_disk(fault: Fault | None = None) -> Iterator[Disk]:
    """For as long as the block runs, `casefiles.files.disk` counts its calls and fails where `fault` says."""
    watched = Disk(fault)
    real = {name: getattr(disk, name) for name in CALLS}
    threads = take_in.KEEPING_AT_ONCE

    def instead(name: str) -> Callable[..., Any]:
        return lambda *args, **more: watched.call(name, real[name], *args, **more)

    try:
        take_in.KEEPING_AT_ONCE = 1
        for name in CALLS:
            setattr(disk, name, instead(name))
        yield watched
    finally:
        take_in.KEEPING_AT_ONCE = threads
        for name, call in real.items():
            setattr(disk, name, call)


def copy_afresh(source: Path, target: Path) -> None:
    """Put a copy of a prepared folder in place, its times kept; what was there goes."""
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(source, target, symlinks=True)
