"""Every system call of ours that changes a file system: thin, one call each, nothing decided here.

All other code writes through `publish`, `folders` and `scratch`, which are built on this; a test proves it. So one
place can be made to fail at its n-th call, and the rest be watched. Call these as `disk.NAME(…)`, never by an
imported name. Each raises `OSError` as the system reports it. Outside this module stand only: the index, which
SQLite writes, and libraries and programs that draw into a private working folder of this machine.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_RENAME_NOREPLACE = 1
_AT_FDCWD = -100


def create(path: Path, mode: int) -> int:
    """Makes a file that must not exist; the descriptor to write to, not inherited by other programs."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


def open_to_append(path: Path, mode: int) -> int:
    """Opens a file, made where it is not there, so that every write goes to its end; it can be read as well."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, mode)


def open_to_change(path: Path) -> int:
    """Opens a file that is there, to be read and changed in place."""
    return os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)


def write(handle: int, data: bytes | memoryview) -> int:
    """Writes as much of `data` as the system takes; the number of bytes that it took."""
    return os.write(handle, data)


def stream(handle: int) -> BinaryIO:
    """An open file as a stream to write to, for libraries that ask for one; closing it closes the file."""
    return os.fdopen(handle, "wb")


def flush(handle: int) -> None:
    """Waits until the bytes of an open file are on the disk (`fsync`)."""
    os.fsync(handle)


def flush_folder(path: Path) -> None:
    """Waits until a folder's list of names is on the disk (`fsync`)."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_file(path: Path) -> None:
    """Waits until the bytes of a file that somebody else wrote are on the disk; links are not followed."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def set_mode(handle: int, mode: int) -> None:
    """Sets the permission bits of an open file."""
    os.fchmod(handle, mode)


def cut(handle: int, size: int) -> None:
    """Cuts an open file to a size in bytes."""
    os.ftruncate(handle, size)


def link(source: Path, target: Path) -> None:
    """Gives a file a second name that must not exist."""
    os.link(source, target)


def rename_to_new(source: Path, target: Path) -> None:
    """Renames without replacing anything: `renameat2` with `RENAME_NOREPLACE`; ENOSYS where there is none."""
    import ctypes  # late: few commands need it

    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    failed = renameat2(
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(os.fsencode(source)),
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(os.fsencode(target)),
        ctypes.c_uint(_RENAME_NOREPLACE),
    )
    if failed:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), os.fspath(target))


def rename(source: Path, target: Path) -> None:
    """Renames a file or folder; a file, or an empty folder, that has the new name is replaced."""
    source.rename(target)


def unlink(path: Path) -> None:
    """Takes a file's name away."""
    path.unlink()


def unlink_in(folder: int, name: bytes) -> None:
    """Takes a file's name away in the folder of that descriptor."""
    os.unlink(name, dir_fd=folder)


def flush_open_folder(folder: int) -> None:
    """Flushes the list of names of the folder of that descriptor to disk."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):  # some network shares
            raise


def make_folder(path: Path, mode: int) -> None:
    """Makes one folder inside an existing one; it must not exist."""
    path.mkdir(mode)


def make_folders(path: Path, mode: int) -> None:
    """Makes a folder of this machine with those above it, where they are not there. Never for the share."""
    path.mkdir(mode, parents=True, exist_ok=True)


def remove_tree(path: Path, on_error: Callable[..., object] | None = None) -> None:
    """Removes a folder with everything in it, following no links; `on_error` as for `shutil.rmtree`."""
    import shutil  # late: reading commands must start quickly

    shutil.rmtree(path, onerror=on_error)


def symlink(target: str, path: Path) -> None:
    """Makes a symbolic link. Only `casebinder doctor` asks for one, in its own folder, to see whether the share can."""
    path.symlink_to(target)


def set_times(path: Path, ns: int) -> None:
    """Sets the times of a file, in nanoseconds since 1970 (UTC). Only for the files of `casebinder doctor`."""
    os.utime(path, ns=(ns, ns))
