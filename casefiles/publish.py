"""The one way files come into being: written apart, flushed to disk, then given their name in one step.

Nobody ever sees a half-written file under its final name, and a published name is never overwritten
unless the caller asked to replace it. New files are never open to more people than their folder.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import stat
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from casefiles.errors import Unavailable
from casefiles.hashing import CHUNK_BYTES
from casefiles.reach import reaching

__all__ = [
    "Copied",
    "append_line",
    "copy_in",
    "flush_names",
    "make_folder",
    "probe_clock",
    "publish_file",
    "publish_folder",
    "publish_new",
    "reaching",
    "remove_file",
    "remove_folder",
    "replace_with",
    "sync_folder",
    "write_atomically",
]

PART_PREFIX = ".casebinder-"
PART_SUFFIX = ".part"

_LINK_REFUSED = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_RENAME_UNKNOWN = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_MODE_NOT_KEPT = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_RENAME_NOREPLACE = 1
_AT_FDCWD = -100


@dataclass(frozen=True)
class Copied:
    """A finished temporary file: where it lies, the SHA-256 of its bytes and their number."""

    path: Path
    sha256: str
    size_bytes: int


def write_atomically(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Writes `data` under `path`, replacing what was there in one step.

    `mode` defaults to the replaced file's, or to what the folder allows; it is never wider than the folder's.

    Raises:
        Unavailable: the folder is missing (it is never made here), read-only, full or closed to this user.
    """
    with reaching(path):
        part = _write_part(path.parent, data, _mode_for(path, mode))
        try:
            part.replace(path)
        except OSError:
            part.unlink()
            raise
        sync_folder(path.parent)


def publish_new(
    tmp_folder: Path, target: Path, data: bytes, *, mode: int | None = None, flush_folder: bool = True
) -> bool:
    """Publishes `data` under a name that must not exist yet; False where the name is taken.

    `tmp_folder` is on the same file system as `target`. Without `flush_folder` the bytes are on disk but the
    name may not be until the caller calls `flush_names`, once for many files.

    Raises:
        Unavailable: a folder is missing, or the share offers no way to publish without replacing.
    """
    with reaching(target):
        part = _write_part(tmp_folder, data, _mode_for(target, mode))
    return publish_file(part, target, flush_folder=flush_folder)


def publish_file(finished: Path, target: Path, *, flush_folder: bool = True) -> bool:
    """Gives a finished, flushed temporary file its name; False where the name is taken.

    The temporary name is gone afterwards in every case. On the same file system only.

    Raises:
        Unavailable: the share offers neither links nor a rename that does not replace, or went away.
    """
    with reaching(target):
        try:
            published = _name_it(finished, target)
        except BaseException:
            finished.unlink(missing_ok=True)
            raise
        if published and flush_folder:
            sync_folder(target.parent)
        finished.unlink(missing_ok=True)
        return published


def replace_with(finished: Path, target: Path) -> None:
    """Gives a finished, flushed temporary file of the same folder its name, replacing what was there in one step.

    Raises:
        Unavailable: the folder is gone, read-only or closed to this user.
    """
    with reaching(target):
        try:
            finished.replace(target)
        except OSError:
            finished.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)


def copy_in(stream: BinaryIO, tmp_folder: Path, *, mode: int | None = None) -> Copied:
    """Copies a stream into a temporary file of `tmp_folder`, hashing on the way, and flushes it to disk.

    The stream is read to its end in 1 MiB pieces. Publish the result with `publish_file` or remove it.

    Raises:
        Unavailable: the folder cannot be written, or the stream cannot be read.
    """
    digest = hashlib.sha256()
    size = 0
    with reaching(tmp_folder):
        part, handle = _open_part(tmp_folder, 0o600)
        try:
            with os.fdopen(handle, "wb", buffering=0) as out:
                while chunk := stream.read(CHUNK_BYTES):
                    digest.update(chunk)
                    size += len(chunk)
                    _write_all(out.fileno(), chunk)
                _set_mode(out.fileno(), _allowed(tmp_folder, mode))
                os.fsync(out.fileno())
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return Copied(part, digest.hexdigest(), size)


def probe_clock(tmp_folder: Path) -> int:
    """What time the folder's file system gives to a file written now: nanoseconds since 1970, UTC.

    Raises:
        Unavailable: the folder cannot be written.
    """
    with reaching(tmp_folder):
        part, handle = _open_part(tmp_folder, 0o600)
        try:
            _write_all(handle, b"?")
            return os.fstat(handle).st_mtime_ns
        finally:
            os.close(handle)
            part.unlink(missing_ok=True)


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
            _rename_without_replacing(finished, target)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _RENAME_UNKNOWN:
                raise
            if not _rename_folder(finished, target):
                return False
        sync_folder(target.parent)
        return True


def append_line(path: Path, line: bytes, *, mode: int = 0o600) -> None:
    """Appends one line to a local file and flushes it; a torn last line is closed first.

    `line` carries no line break. Only for files of this machine; files on the share are never appended to.

    Raises:
        Unavailable: the folder is missing or cannot be written.
    """
    with reaching(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _allowed(path.parent, mode))
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            _write_all(handle, (b"\n" if torn else b"") + line + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
        if size == 0:
            sync_folder(path.parent)


def make_folder(path: Path, *, mode: int | None = None) -> None:
    """Makes one folder inside an existing one, if it is not there; never wider than its parent.

    Raises:
        Unavailable: the parent is missing or cannot be written.
    """
    with reaching(path):
        parent = stat.S_IMODE(path.parent.stat().st_mode)
        wanted = parent if mode is None else mode & (parent | 0o700)
        try:
            path.mkdir(wanted | 0o700)
        except FileExistsError:
            if not path.is_dir():
                raise
            return
        sync_folder(path.parent)


def remove_file(path: Path) -> bool:
    """Removes a file and flushes its folder; False where it was not there.

    Raises:
        Unavailable: the folder cannot be written.
    """
    with reaching(path):
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        sync_folder(path.parent)
        return True


def remove_folder(path: Path) -> None:
    """Removes an unpublished folder with everything in it.

    Raises:
        Unavailable: something in it cannot be removed.
    """
    with reaching(path):
        shutil.rmtree(path)


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
        OSError: the folder cannot be opened.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):  # some network shares
            raise
    finally:
        os.close(handle)


def _name_it(finished: Path, target: Path) -> bool:
    try:
        os.link(finished, target)
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
        _rename_without_replacing(finished, target)
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


def _rename_without_replacing(source: Path, target: Path) -> None:
    """renameat2(2) with RENAME_NOREPLACE; OSError as the system reports it, ENOSYS where there is none."""
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


def _rename_folder(source: Path, target: Path) -> bool:
    try:
        source.rename(target)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            return False
        raise
    return True


def _write_part(folder: Path, data: bytes, mode: int) -> Path:
    part, handle = _open_part(folder, mode)
    try:
        try:
            _write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def _open_part(folder: Path, mode: int) -> tuple[Path, int]:
    number = 0
    while True:
        name = f"{PART_PREFIX}{os.getpid()}-{threading.get_ident():x}-{number}{PART_SUFFIX}"
        part = folder / name
        try:
            return part, os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            number += 1


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


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
        os.fchmod(handle, mode)
    except OSError as error:
        if error.errno not in _MODE_NOT_KEPT:  # a share without permission bits keeps its own rules
            raise


def _same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samestat(one.lstat(), other.lstat())
    except FileNotFoundError:
        return False


def _sync_tree(folder: Path) -> None:
    for parent, _folders, files in os.walk(folder):
        for name in files:
            handle = os.open(Path(parent, name), os.O_RDONLY | os.O_NOFOLLOW)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(parent))
