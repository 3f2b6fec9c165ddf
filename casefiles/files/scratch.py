"""Private working files on this machine: what a run draws and reads, seen by nobody else, gone when it ends.

They are not flushed and not published. Anything that is to stay goes through `publish`. A folder that cannot be made
stops the work (`Unavailable`); what goes wrong with a file in it is an `OSError` that names the file.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from casefiles.files import disk
from casefiles.files.publish import write_all
from casefiles.files.reach import reaching

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def make_scratch_folder(path: Path) -> None:
    """Makes a private folder (0700) with those above it, where they are not there.

    Raises:
        Unavailable: it cannot be made.
    """
    with reaching(path, local=True):
        disk.make_folders(path, PRIVATE_FOLDER)


def new_scratch_folder(parent: Path, prefix: str) -> Path:
    """Makes a private folder (0700) of a name that nothing else has.

    Raises:
        Unavailable: it cannot be made.
    """
    for number in itertools.count():
        path = parent / f"{prefix}{os.getpid()}-{number}"
        with reaching(path, local=True), suppress(FileExistsError):
            disk.make_folder(path, PRIVATE_FOLDER)
            return path
    raise AssertionError("counting never ends")


@contextmanager
def scratch_folder(parent: Path, prefix: str = "part-") -> Iterator[Path]:
    """A private folder, removed afterwards.

    Raises:
        Unavailable: it cannot be made.
    """
    path = new_scratch_folder(parent, prefix)
    try:
        yield path
    finally:
        remove_scratch(path)


def write_scratch(path: Path, data: bytes) -> None:
    """Writes a file, in place of one of that name.

    Raises:
        OSError: it cannot be written.
    """
    remove_scratch_file(path)
    with new_scratch_file(path) as out:
        out.write(data)


@contextmanager
def new_scratch_file(path: Path) -> Iterator[BinaryIO]:
    """A new file to write to, private to this user; a library may write to it as well.

    Raises:
        FileExistsError: there is one of that name.
        OSError: it cannot be written.
    """
    handle = disk.create(path, PRIVATE_FILE)
    try:
        with disk.stream(handle) as out:
            yield out
    except OSError as error:
        if error.filename is None:
            error.filename = os.fspath(path)
        raise


def second_name(source: Path, target: Path) -> bool:
    """Gives a file of this machine another name in a working folder, or a copy where there are no links; False where
    it is gone.

    Raises:
        Unavailable: neither can be made.
    """
    with reaching(target, local=True):
        try:
            disk.link(source, target)
        except FileNotFoundError:
            return False
        except OSError:
            try:
                data = source.read_bytes()
            except FileNotFoundError:
                return False
            write_scratch(target, data)
    return True


def change_in_place(path: Path, offset: int, data: bytes) -> None:
    """Writes bytes over those at `offset` of a file in progress.

    Raises:
        OSError: it cannot be written.
    """
    handle = disk.open_to_change(path)
    try:
        os.lseek(handle, offset, os.SEEK_SET)
        write_all(handle, data)
    except OSError as error:
        error.filename = os.fspath(path)
        raise
    finally:
        os.close(handle)


def remove_scratch_file(path: Path) -> None:
    """Removes a file, if it is there.

    Raises:
        OSError: it cannot be removed.
    """
    with suppress(FileNotFoundError):
        disk.unlink(path)


def remove_scratch(folder: Path) -> None:
    """Removes a working folder with everything in it, as far as that can be done.

    What stays lies in this machine's private working folder, and the next command clears it away.
    """
    with suppress(OSError):
        disk.remove_tree(folder, _go_on)


def _go_on(*_what: object) -> None:
    """For `rmtree`: one file that cannot be removed must not keep the others."""
