"""The file that holds the index: which one counts, whether it is sound, what becomes of one that is not.

`ID.db` is the first, `ID.2.db` the second and so on: **the highest number counts, for every process**. A file that is
damaged, foreign, of another version, or locked by a process that does not go on is never mended, emptied or renamed
while anybody has it open: the next number is begun beside it. Whoever still writes to the old one finds out at its
next write, because every write looks for a higher number first; so two processes cannot part for good. An old file is
put away by whoever opens the index next and finds that nobody holds it (a shared lock on `….users` says so).
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from casefiles.files import disk
from casefiles.files.scratch import PRIVATE_FILE, PRIVATE_FOLDER, remove_scratch_file, write_scratch

KEPT_ASIDE = 2
"""Damaged files that are kept, for whoever wants to know what happened; they hold text of evidence."""
_ASIDE = ".damaged"
_DAMAGED = b"damaged"
_SUPERSEDED = b"superseded"


@dataclass(frozen=True)
class IndexFolder:
    """The files of one workspace's index on this machine. Every method raises `OSError` as the system gives it."""

    folder: Path
    workspace_id: str

    def make(self) -> None:
        """Make the folder where it is not there, and see that it is this user's alone."""
        disk.make_folders(self.folder, PRIVATE_FOLDER)
        if stat.S_IMODE(self.folder.stat().st_mode) != PRIVATE_FOLDER:
            handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                disk.set_mode(handle, PRIVATE_FOLDER)
            finally:
                os.close(handle)

    def path(self, number: int) -> Path:
        """The file with that number (from 1)."""
        return self.folder / (f"{self.workspace_id}.{number}.db" if number > 1 else f"{self.workspace_id}.db")

    def numbers(self) -> list[int]:
        """The numbers of the files that are there, in order."""
        name = re.compile(re.escape(self.workspace_id) + r"(?:\.([1-9][0-9]{0,8}))?\.db")
        found = (name.fullmatch(entry.name) for entry in self.folder.iterdir())
        return sorted(int(match[1] or 1) for match in found if match)

    def current(self) -> int:
        """The number that counts; the first file is made where there is none."""
        numbers = self.numbers()
        if not numbers:
            self.begin(1)
        return numbers[-1] if numbers else 1

    def is_current(self, number: int) -> bool:
        """Whether that is still the file that counts."""
        return self.numbers()[-1:] == [number]

    def begin(self, number: int) -> None:
        """Make an empty file, unless another process just did."""
        with suppress(FileExistsError):
            handle = disk.create(self.path(number), PRIVATE_FILE)
            try:
                disk.set_mode(handle, PRIVATE_FILE)
            finally:
                os.close(handle)

    def is_file(self, number: int) -> bool:
        """Whether the file is one, made private if it was open to others."""
        path = self.path(number)
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and stat.S_IMODE(mode) != PRIVATE_FILE:
            # Only then: closing a descriptor gives up the locks that this process has on the file.
            handle = disk.open_to_change(path)
            try:
                disk.set_mode(handle, PRIVATE_FILE)
            finally:
                os.close(handle)
        return stat.S_ISREG(mode)

    def hold(self, number: int) -> int:
        """Say that this process has the file open; close the descriptor that is returned to take that back."""
        handle = disk.open_to_append(_beside(self.path(number), "users"), PRIVATE_FILE)
        fcntl.flock(handle, fcntl.LOCK_SH)
        return handle

    def leave(self, number: int, *, damaged: bool) -> None:
        """Begin the next file, and note why this one is left."""
        why = _DAMAGED if damaged else _SUPERSEDED
        with suppress(FileExistsError):
            write_scratch(_beside(self.path(number), "left"), why)
        self.begin(number + 1)

    def mark_damaged(self, number: int) -> None:
        """Note that reading the file failed; whoever opens the index next leaves it."""
        with suppress(FileExistsError):
            write_scratch(_beside(self.path(number), "left"), _DAMAGED)

    def is_left(self, number: int) -> bool:
        """Whether somebody found the file damaged or stuck."""
        return _beside(self.path(number), "left").exists()

    def is_known_sound(self, number: int) -> bool:
        """Whether the file is as it was when a process of ours last closed it."""
        try:
            noted = _beside(self.path(number), "sound").read_bytes()
        except FileNotFoundError:
            return False
        return noted == self._look(number)

    def note_sound(self, number: int) -> None:
        """Note what the file looks like now."""
        with suppress(FileExistsError):
            write_scratch(_beside(self.path(number), "sound"), self._look(number))

    def tidy(self, counts: int) -> None:
        """Put away older files that nobody has open: a damaged one is set aside, any other goes."""
        for number in self.numbers():
            if number < counts and (handle := self._alone(number)) is not None:
                try:
                    self._put_away(number)
                finally:
                    os.close(handle)

    def set_aside(self) -> tuple[Path, ...]:
        """The damaged files that are kept, the latest last. They hold names and text of evidence."""
        name = re.compile(re.escape(self.workspace_id) + r"(?:\.([1-9][0-9]{0,8}))?\.db" + re.escape(_ASIDE))
        found = [(name.fullmatch(entry.name), entry) for entry in self.folder.iterdir()]
        aside = sorted((int(match[1] or 1), entry) for match, entry in found if match)
        return tuple(entry for _number, entry in aside)

    def remove_set_aside(self, keep: int = 0) -> None:
        """Remove the damaged files that are kept, but for the latest `keep`."""
        everything = self.set_aside()
        for path in everything[: len(everything) - keep]:
            if path.is_dir() and not path.is_symlink():
                disk.remove_tree(path)
            else:
                remove_scratch_file(path)

    def _look(self, number: int) -> bytes:
        found = self.path(number).stat()
        return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}".encode()

    def _alone(self, number: int) -> int | None:
        """The exclusive lock on an old file, or None where somebody has it open."""
        handle = disk.open_to_append(_beside(self.path(number), "users"), PRIVATE_FILE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle

    def _put_away(self, number: int) -> None:
        path = self.path(number)
        why = b""
        with suppress(FileNotFoundError):
            why = _beside(path, "left").read_bytes()
        if why == _SUPERSEDED:
            remove_scratch_file(path)
        else:
            with suppress(FileNotFoundError):  # another process did the same
                disk.rename(path, path.with_name(path.name + _ASIDE))
        for suffix in ("-wal", "-shm", "-journal"):
            remove_scratch_file(path.with_name(path.name + suffix))
        for what in ("sound", "left", "users"):
            remove_scratch_file(_beside(path, what))
        self.remove_set_aside(KEPT_ASIDE)


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.{what}")
