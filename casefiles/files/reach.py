"""A file system's refusals in plain words: the share is gone, full, read-only or closed to this user."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casefiles.errors import Unavailable
from casefiles.shown import shown_path


@contextmanager
def reaching(path: Path, *, local: bool = False) -> Iterator[None]:
    """Turns a file system's refusal into `Unavailable`, naming the file or folder.

    `local` says that the path belongs to this machine's own state: then it is not the share that is to be looked at.

    Raises:
        Unavailable: the folder is gone, read-only, full or closed to this user.
    """
    try:
        yield
    except OSError as error:
        raise unavailable(path, error, local=local) from error


def unavailable(path: Path, error: OSError, *, local: bool = False) -> Unavailable:
    """The refusal as something to raise, with its reason and what to look at."""
    if local:
        return Unavailable(
            f"This machine's own file “{shown_path(path)}” cannot be reached or written: {reason_of(error)}.",
            remedy="Nothing is wrong with the share. Make room on this machine's disk or have the folder opened to "
            "you, or set CASEBINDER_STATE to a folder that you may write to; then run the command again.",
        )
    return Unavailable(
        f"“{shown_path(path)}” cannot be reached or written: {reason_of(error)}.",
        remedy="Check that the share is connected, has room and lets you write; then run the command again.",
    )


def reason_of(error: OSError) -> str:
    """Why the file system refused, in words that begin small and end without a stop."""
    return _REASONS.get(error.errno or 0, (error.strerror or str(error)).lower())


_REASONS = {
    errno.ENOENT: "it or its folder is not there",
    errno.EROFS: "the disk or share that it is on is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.ESTALE: "the share was disconnected",
    errno.ENOTCONN: "the share was disconnected",
    errno.EIO: "the disk or the network reports an error",
}
