"""The one way files come into being: written apart, flushed to disk, then given their name in one step.

Nobody ever sees a half-written file under its final name, and a published name is never overwritten
unless the caller asked to replace it. New files are never open to more people than their folder.
Bytes whose flush failed are never given a name. Built on `disk` alone; folders are in `folders`.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from casefiles.errors import Unavailable
from casefiles.files import disk
from casefiles.files.folders import (
    discard_folder,
    flush_names,
    make_folder,
    publish_folder,
    remove_folder,
    sync_folder,
)
from casefiles.files.plain import folder_inside
from casefiles.files.reach import reaching
from casefiles.hashing import CHUNK_BYTES

__all__ = [
    "Copied",
    "append_line",
    "copy_in",
    "discard",
    "discard_folder",
    "flush_names",
    "make_folder",
    "probe_clock",
    "publish_file",
    "publish_folder",
    "publish_new",
    "reaching",
    "remove_file",
    "remove_folder",
    "remove_inside",
    "replace_with",
    "sync_folder",
    "write_atomically",
]

PART_PREFIX = ".casebinder-"
PART_SUFFIX = ".part"

_LINK_REFUSED = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_RENAME_UNKNOWN = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_MODE_NOT_KEPT = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


@dataclass(frozen=True)
class Copied:
    """A finished temporary file: where it lies, the SHA-256 of its bytes and their number."""

    path: Path
    sha256: str
    size_bytes: int


def write_atomically(path: Path, data: bytes, *, mode: int | None = None, local: bool = False) -> None:
    """Writes `data` under `path`, replacing what was there in one step.

    `mode` defaults to the replaced file's, or to what the folder allows; it is never wider than the folder's.
    `local` says that the file belongs to this machine's own state, for the words of the error.

    Raises:
        Unavailable: the folder is missing (it is never made here), read-only, full or closed to this user.
    """
    with reaching(path, local=local):
        part = _write_part(path.parent, data, _mode_for(path, mode))
        _replace(part, path)


def publish_new(
    tmp_folder: Path,
    target: Path,
    data: bytes,
    *,
    mode: int | None = None,
    flush_folder: bool = True,
    local: bool = False,
) -> bool:
    """Publishes `data` under a name that must not exist yet; False where the name is taken.

    `tmp_folder` is on the same file system as `target`. Without `flush_folder` the bytes are on disk but the
    name may not be until the caller calls `flush_names`, once for many files. `local` as for `write_atomically`.

    Raises:
        Unavailable: a folder is missing, or the share offers no way to publish without replacing.
    """
    with reaching(target, local=local):
        part = _write_part(tmp_folder, data, _mode_for(target, mode))
    return publish_file(part, target, flush_folder=flush_folder, local=local)


def publish_file(finished: Path, target: Path, *, flush_folder: bool = True, local: bool = False) -> bool:
    """Gives a finished, flushed temporary file its name; False where the name is taken.

    The temporary name is gone afterwards in every case, as far as the share lets it go: a name left over
    is unpublished, and a later scan clears it away. On the same file system only.

    Raises:
        Unavailable: the share offers neither links nor a rename that does not replace, or went away.
    """
    with reaching(target, local=local):
        try:
            published = _name_it(finished, target)
            if published and flush_folder:
                sync_folder(target.parent)
        finally:
            discard(finished)
        return published


def replace_with(finished: Path, target: Path) -> None:
    """Gives a finished, flushed temporary file of the same folder its name, replacing what was there in one step.

    Raises:
        Unavailable: the folder is gone, read-only or closed to this user.
    """
    with reaching(target):
        _replace(finished, target)


def copy_in(stream: BinaryIO, tmp_folder: Path, *, mode: int | None = None) -> Copied:
    """Copies a stream into a temporary file of `tmp_folder`, hashing on the way, and flushes it to disk.

    The stream is read to its end in 1 MiB pieces. Publish the result with `publish_file` or `discard` it.

    Raises:
        Unavailable: the folder cannot be written, or the stream cannot be read.
    """
    digest = hashlib.sha256()
    size = 0
    with reaching(tmp_folder):
        part, handle = _open_part(tmp_folder, 0o600)
        with _kept_if_whole(part, handle):
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
                write_all(handle, chunk)
            _set_mode(handle, _allowed(tmp_folder, mode))
            disk.flush(handle)
    return Copied(part, digest.hexdigest(), size)


def probe_clock(tmp_folder: Path) -> int:
    """What time the folder's file system gives to a file written now: nanoseconds since 1970, UTC.

    Raises:
        Unavailable: the folder cannot be written.
    """
    with reaching(tmp_folder):
        part, handle = _open_part(tmp_folder, 0o600)
        try:
            write_all(handle, b"?")
            return os.fstat(handle).st_mtime_ns
        finally:
            os.close(handle)
            discard(part)


def append_line(path: Path, line: bytes, *, mode: int = 0o600) -> None:
    """Appends one line to a local file and flushes it; a torn last line is closed first.

    `line` carries no line break. Only for files of this machine; files on the share are never appended to.

    Raises:
        Unavailable: the folder is missing or cannot be written.
    """
    with reaching(path, local=True):
        handle = disk.open_to_append(path, _allowed(path.parent, mode))
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            write_all(handle, (b"\n" if torn else b"") + line + b"\n")
            disk.flush(handle)
        finally:
            os.close(handle)
        if size == 0:
            sync_folder(path.parent)


def remove_file(path: Path) -> bool:
    """Removes a file and flushes its folder; False where it was not there.

    Raises:
        Unavailable: the folder cannot be written.
    """
    with reaching(path):
        try:
            disk.unlink(path)
        except FileNotFoundError:
            return False
        sync_folder(path.parent)
        return True


def remove_inside(folder: Path, path: bytes) -> bool:
    """Removes the file at a raw path below a folder, following no link on the way; False where it was not there.

    Raises:
        Unavailable: its folder cannot be written, or something on the way became a link.
    """
    *parents, name = path.split(b"/")
    with reaching(folder / os.fsdecode(path)):
        try:
            with folder_inside(folder, parents) as parent:
                disk.unlink_in(parent, name)
                disk.flush_open_folder(parent)
        except FileNotFoundError:
            return False
        return True


def discard(part: Path) -> None:
    """Removes an unpublished file, as far as that can be done: never hides what else went wrong."""
    with suppress(OSError):  # what stays is unpublished, and a later scan clears it away
        disk.unlink(part)


def write_all(handle: int, data: bytes) -> None:
    """Writes the whole of `data`, however little the system takes at a time.

    Raises:
        OSError: the system refuses, or takes nothing.
    """
    rest = memoryview(data)
    while rest:
        taken = disk.write(handle, rest)
        if taken <= 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rest = rest[taken:]


def _replace(finished: Path, target: Path) -> None:
    try:
        disk.rename(finished, target)
    except OSError:
        discard(finished)
        raise
    sync_folder(target.parent)


def _name_it(finished: Path, target: Path) -> bool:
    try:
        disk.link(finished, target)
    except FileExistsError:
        # A network file system may repeat a request whose answer it lost: then the file there is ours.
        return _same_file(finished, target)
    except OSError as error:
        if error.errno not in _LINK_REFUSED:
            raise
        return _name_it_by_renaming(finished, target)
    return True


def _name_it_by_renaming(finished: Path, target: Path) -> bool:
    try:
        disk.rename_to_new(finished, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _RENAME_UNKNOWN:
            raise
        raise Unavailable(
            f"The share that holds “{target.parent}” offers neither hard links nor a rename that does not "
            "replace, so events cannot be numbered safely on it.",
            remedy="Run “casebinder doctor” on the share and ask for a file system that supports one of them.",
        ) from error
    return True


def _write_part(folder: Path, data: bytes, mode: int) -> Path:
    part, handle = _open_part(folder, mode)
    with _kept_if_whole(part, handle):
        write_all(handle, data)
        disk.flush(handle)
    return part


@contextmanager
def _kept_if_whole(part: Path, handle: int) -> Iterator[None]:
    """Closes a temporary file, and removes it where it could not be finished."""
    try:
        try:
            yield
        finally:
            os.close(handle)
    except BaseException:
        discard(part)
        raise


def _open_part(folder: Path, mode: int) -> tuple[Path, int]:
    number = 0
    while True:
        name = f"{PART_PREFIX}{os.getpid()}-{threading.get_ident():x}-{number}{PART_SUFFIX}"
        part = folder / name
        try:
            return part, disk.create(part, mode)
        except FileExistsError:
            number += 1


def _mode_for(target: Path, mode: int | None) -> int:
    if mode is None:
        try:
            mode = stat.S_IMODE(target.lstat().st_mode)
        except FileNotFoundError:
            mode = 0o666
    return _allowed(target.parent, mode)


def _allowed(folder: Path, mode: int | None) -> int:
    """What the folder lets people do, narrowed to `mode`; the owner keeps what `mode` gives them."""
    wanted = 0o666 if mode is None else mode
    return wanted & ((stat.S_IMODE(folder.stat().st_mode) & 0o666) | 0o600)


def _set_mode(handle: int, mode: int) -> None:
    try:
        disk.set_mode(handle, mode)
    except OSError as error:
        if error.errno not in _MODE_NOT_KEPT:  # a share without permission bits keeps its own rules
            raise


def _same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samestat(one.lstat(), other.lstat())
    except FileNotFoundError:
        return False
