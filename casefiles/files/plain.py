"""Opening what stands on a share: plain files and folders only, no link followed, no pipe waited for.

Every file of a share is opened here, or part by part as `intake.listing` does. Anybody who may write to a folder
can put a pipe under a name that we read, and an ordinary `open` would wait on it for ever; or a link, and it would
read what lies somewhere else.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
OPEN_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC

_NOT_OPENED = frozenset({errno.ELOOP, errno.ENXIO, errno.ENODEV})
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})


class NotPlain(OSError, ValueError):
    """What stands under the name is no plain file (or no plain folder); `strerror` says what it is."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(errno.EINVAL, what, os.fspath(path))


def open_plain(path: Path) -> BinaryIO:
    """Open a plain file for reading bytes. Only the last part of the path is looked at for links.

    Raises:
        NotPlain: it is a link, a folder, a pipe, a socket or a device.
        OSError: it cannot be opened.
    """
    try:
        handle = os.open(path, OPEN_FILE)
    except OSError as error:
        if error.errno in _NOT_OPENED:
            raise NotPlain(path, named(path.lstat().st_mode)) from error
        raise
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise NotPlain(path, named(mode))
    return os.fdopen(handle, "rb")


def read_plain(path: Path, limit: int = -1) -> bytes:
    """The bytes of a plain file, at most `limit` of them where that is not negative.

    Raises:
        NotPlain, OSError: as `open_plain`.
    """
    with open_plain(path) as stream:
        return stream.read(limit)


def is_plain_file(path: Path) -> bool:
    """Whether a plain file stands there; a link to one does not count.

    Raises:
        OSError: the folder cannot be looked into.
    """
    mode = _mode(path)
    return mode is not None and stat.S_ISREG(mode)


def is_plain_folder(path: Path) -> bool:
    """Whether a folder stands there; a link to one does not count.

    Raises:
        OSError: the folder above cannot be looked into.
    """
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def plain_names(folder: Path) -> list[str]:
    """The names in a folder, in order; the folder itself may be no link.

    Raises:
        NotPlain: it is a link or no folder.
        OSError: it is not there or cannot be read.
    """
    try:
        handle = os.open(folder, OPEN_FOLDER)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR) and (mode := _mode(folder)) is not None:
            raise NotPlain(folder, named(mode)) from error
        raise
    try:
        return sorted(os.listdir(handle))  # noqa: PTH208 - by descriptor
    finally:
        os.close(handle)


@contextmanager
def folder_inside(folder: Path, parts: Sequence[bytes]) -> Iterator[int]:
    """Descriptor of the folder at `parts` (raw names) below `folder`, opened part by part: no link is followed, and
    the whole may be longer than the system takes in one piece.

    Raises:
        OSError: it is not there, or a link or another thing stands on the way (ELOOP, ENOTDIR).
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            below = os.open(part, OPEN_FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def named(mode: int) -> str:
    """What a file mode stands for, as the second half of a sentence about it."""
    if stat.S_ISLNK(mode):
        return "it is a link, and links are not followed"
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFBLK: "a device",
        stat.S_IFCHR: "a device",
    }
    return f"it is {kinds.get(stat.S_IFMT(mode), 'something else')}"


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise
