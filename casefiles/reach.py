"""A file system's refusals in plain words: the share is gone, full, read-only or closed to this user."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casefiles.errors import Unavailable


@contextmanager
def reaching(path: Path) -> Iterator[None]:
    """Turns a file system's refusal into `Unavailable`, naming the file or folder.

    Raises:
        Unavailable: the folder is gone, read-only, full or closed to this user.
    """
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, (error.strerror or str(error)).lower())
        raise Unavailable(
            f"“{path}” cannot be reached or written: {reason}.",
            remedy="Check that the share is connected, has room and lets you write; then run the command again.",
        ) from error


_REASONS = {
    errno.ENOENT: "it or its folder is not there",
    errno.EROFS: "the share is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.ESTALE: "the share was disconnected",
    errno.EIO: "the disk or the network reports an error",
}
