"""Folders: made one at a time, given their name whole, flushed, removed. Built on `disk` alone."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from casefiles.files import disk
from casefiles.files.reach import reaching

_RENAME_UNKNOWN = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_FLUSH_UNKNOWN = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})


def make_folder(path: Path, *, mode: int | None = None, local: bool = False) -> None:
    """Makes one folder inside an existing one, if it is not there; never wider than its parent.

    `local` says that it belongs to this machine's own state, for the words of the error.

    Raises:
        Unavailable: the parent is missing or cannot be written.
    """
    with reaching(path, local=local):
        parent = stat.S_IMODE(path.parent.stat().st_mode)
        wanted = parent if mode is None else mode & (parent | 0o700)
        try:
            disk.make_folder(path, wanted | 0o700)
        except FileExistsError:
            if not path.is_dir():
                raise
            return
        sync_folder(path.parent)


def publish_folder(finished: Path, target: Path) -> bool:
    """Gives a finished folder its name without replacing anything; False where the name is taken.

    Every file and folder inside is flushed first. The folder must hold something: a plain rename, the way
    out where the share knows no better, refuses a target that holds something, but not an empty one.

    Raises:
        Unavailable: a folder is missing or the share refuses.
        ValueError: `finished` is empty.
    """
    with reaching(target):
        if not any(finished.iterdir()):
            raise ValueError(f"an empty folder is not published: {finished.name}")
        _sync_tree(finished)
        if os.path.lexists(target):
            return False
        try:
            disk.rename_to_new(finished, target)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _RENAME_UNKNOWN:
                raise
            if not _rename_folder(finished, target):
                return False
        sync_folder(target.parent)
        return True


def remove_folder(path: Path) -> None:
    """Removes an unpublished folder with everything in it.

    Raises:
        Unavailable: something in it cannot be removed.
    """
    with reaching(path):
        disk.remove_tree(path)


def discard_folder(path: Path) -> None:
    """Removes an unpublished folder after something went wrong, as far as that can be done.

    Never hides what went wrong first: what stays is unpublished, and a later scan clears it away.
    """
    with suppress(OSError):
        disk.remove_tree(path)


def flush_names(folder: Path) -> None:
    """Flushes the names that were published in a folder without flushing it.

    Raises:
        Unavailable: the folder is gone.
    """
    with reaching(folder):
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Flushes a folder's list of names to disk.

    Raises:
        OSError: the folder cannot be opened, or its names could not be written.
    """
    try:
        disk.flush_folder(folder)
    except OSError as error:
        if error.errno not in _FLUSH_UNKNOWN:  # some network shares know no such thing
            raise


def _rename_folder(source: Path, target: Path) -> bool:
    try:
        disk.rename(source, target)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            return False
        raise
    return True


def _sync_tree(folder: Path) -> None:
    def refuse(error: OSError) -> None:
        raise error

    for parent, _folders, files in os.walk(folder, onerror=refuse):
        for name in files:
            disk.flush_file(Path(parent, name))
        sync_folder(Path(parent))
