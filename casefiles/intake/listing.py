"""What stands in a case's evidence folders: one walk that follows no link and leaves nothing out in silence.

Paths are raw bytes relative to the case folder, with `/`. Every folder and file is opened part by part with
`O_NOFOLLOW`, so that a link anywhere on the way is refused, not only at the end.
"""

from __future__ import annotations

import errno
import os
import stat as modes
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from casefiles.chain.names import display_name
from casefiles.errors import Unavailable
from casefiles.findings import Finding, Severity
from casefiles.layout import evidence_path, is_ours

OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

IgnoreName = Callable[[bytes], str | None]


@dataclass(frozen=True)
class FileStat:
    """A regular file's status: size in bytes, times in nanoseconds, inode, its number of names, owner (uid)."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    links: int = 1
    owner: int = 0

    @classmethod
    def of(cls, result: os.stat_result) -> FileStat:
        """The parts of an `os.stat_result` that we use."""
        return cls(
            size_bytes=result.st_size,
            mtime_ns=result.st_mtime_ns,
            ctime_ns=result.st_ctime_ns,
            inode=result.st_ino,
            links=result.st_nlink,
            owner=result.st_uid,
        )

    def unchanged(self, other: FileStat) -> bool:
        """Whether nothing was written between the two: size, both times and inode agree."""
        return (self.size_bytes, self.mtime_ns, self.ctime_ns, self.inode) == (
            other.size_bytes,
            other.mtime_ns,
            other.ctime_ns,
            other.inode,
        )


@dataclass(frozen=True)
class Settled:
    """What came of waiting: finished files with their last status, files still changing, files gone again.

    `waiting` are files of which too little has been seen to tell; a later scan looks again, and nobody need know.
    """

    settled: Mapping[bytes, FileStat]
    growing: frozenset[bytes]
    gone: frozenset[bytes]
    waiting: frozenset[bytes] = frozenset()


@dataclass(frozen=True)
class IgnoredFile:
    """A file that the ignore list covers, and why."""

    path: bytes
    reason: str


@dataclass(frozen=True)
class Listing:
    """One walk. `complete` says that every evidence folder was listed whole: only then can a file be missing."""

    files: Mapping[bytes, FileStat]
    ignored: tuple[IgnoredFile, ...]
    findings: tuple[Finding, ...]
    complete: bool


@contextmanager
def open_inside(folder: Path, path: bytes) -> Iterator[int]:
    """A file descriptor for reading the regular file at `path` (raw, relative to `folder`), no link followed.

    Raises:
        OSError: it cannot be opened, is no regular file (EINVAL), or a link stands on the way (ELOOP, ENOTDIR).
    """
    *parents, name = path.split(b"/")
    with _open_folder(folder, parents) as parent:
        descriptor = os.open(name, OPEN_FILE, dir_fd=parent)
        try:
            if not modes.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            yield descriptor
        finally:
            os.close(descriptor)


def look_at(folder: Path, path: bytes) -> FileStat | None:
    """The status of the regular file at `path` now, or None where there is none."""
    *parents, name = path.split(b"/")
    try:
        with _open_folder(folder, parents) as parent:
            result = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except OSError:
        return None
    return FileStat.of(result) if modes.S_ISREG(result.st_mode) else None


def list_evidence(folder: Path, evidence: Sequence[str], ignore: IgnoreName) -> Listing:
    """Walk the `evidence` folders (paths relative to the case `folder`; “.” is all of it but what is ours).

    `ignore` tells why a file of that name is left out, or None. A folder that cannot be read is a finding and
    makes the listing incomplete.

    Raises:
        Unavailable: the case folder or one of the evidence folders is not there, or is a link.
    """
    walk = _Walk(folder, ignore)
    for name in evidence:
        walk.everything_below(_relative(name), name)
    walk.findings += _twins(walk.files)
    return Listing(
        files={path: walk.files[path] for path in sorted(walk.files)},
        ignored=tuple(sorted(walk.ignored.values(), key=lambda entry: entry.path)),
        findings=tuple(sorted(set(walk.findings))),
        complete=walk.complete,
    )


class _Walk:
    """The state of one walk; folders are visited one at a time, so depth costs no open files."""

    def __init__(self, folder: Path, ignore: IgnoreName) -> None:
        self.folder = folder
        self.ignore = ignore
        self.files: dict[bytes, FileStat] = {}
        self.ignored: dict[bytes, IgnoredFile] = {}
        self.findings: list[Finding] = []
        self.complete = True

    def everything_below(self, top: bytes, shown: str) -> None:
        try:
            with _open_folder(self.folder, parts_of(top)):
                pass
        except OSError as error:
            raise Unavailable(
                f"The evidence folder “{shown}” of {self.folder.name} cannot be opened ({_why(error)}).",
                remedy="Check that the share is connected and the folder is there, then scan again. "
                "Nothing was recorded as missing.",
            ) from error
        waiting = [top]
        while waiting:
            waiting += self._one_folder(waiting.pop())

    def _one_folder(self, path: bytes) -> list[bytes]:
        """Take in one folder's entries; returns the folders inside it."""
        inside: list[bytes] = []
        try:
            with _open_folder(self.folder, parts_of(path)) as descriptor, os.scandir(descriptor) as entries:
                for entry in entries:
                    # scandir of a descriptor gives str names; fsencode gives back the raw bytes exactly
                    name = os.fsencode(entry.name)
                    if not path and is_ours(name):
                        continue
                    whole = path + b"/" + name if path else name
                    if self._entry(whole, entry):
                        inside.append(whole)
        except OSError as error:
            self.complete = False
            self.findings.append(
                _finding(
                    "folder-unreadable",
                    Severity.ERROR,
                    path,
                    f"This folder could not be read ({_why(error)}), so its files were not looked at.",
                    "Ask whoever looks after the share to give access to it, then scan again.",
                )
            )
        return inside

    def _entry(self, path: bytes, entry: os.DirEntry[str]) -> bool:
        """Note one entry; returns whether it is a folder to walk into."""
        try:
            result = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return False  # gone since it was listed: as if it had not been there
        if modes.S_ISDIR(result.st_mode):
            return True
        name = path.rpartition(b"/")[2]
        if (special := _not_followed(path, result.st_mode, entry)) is not None:
            self.findings.append(special)
        elif (reason := self.ignore(name)) is not None:
            self.ignored[path] = IgnoredFile(path, reason)
        else:
            self.files[path] = FileStat.of(result)
            self.findings += _about_file(path, self.files[path])
        return False


@contextmanager
def _open_folder(folder: Path, parts: Sequence[bytes]) -> Iterator[int]:
    """Descriptor of the folder at `parts` below `folder`; only the case folder itself may be behind a link."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            below = os.open(part, OPEN_FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def parts_of(path: bytes) -> list[bytes]:
    """The parts of a raw path; none for the case folder itself."""
    return path.split(b"/") if path else []


def _relative(name: str) -> bytes:
    """An evidence folder's name from `case.toml` as a raw path; empty for the whole case folder."""
    try:
        return evidence_path(name)
    except ValueError as error:
        raise Unavailable(
            f"{error}.", remedy="Name a folder inside the case folder in case.toml, such as evidence."
        ) from error


def _not_followed(path: bytes, mode: int, entry: os.DirEntry[str]) -> Finding | None:
    if modes.S_ISREG(mode):
        return None
    remedy = "Delete it, and drop the file itself here if it is evidence."
    if modes.S_ISLNK(mode):
        code, what = "link-not-followed", "This is a link to something else"
        if _leads_to_folder(entry):
            code, what = "folder-link-not-followed", "This is a link to another folder"
        return _finding(code, Severity.WARNING, path, f"{what}. It was not followed.", remedy)
    kinds = {
        modes.S_IFIFO: "a pipe",
        modes.S_IFSOCK: "a socket",
        modes.S_IFBLK: "a device",
        modes.S_IFCHR: "a device",
    }
    what = kinds.get(modes.S_IFMT(mode), "not a file")
    return _finding(
        "special-file", Severity.WARNING, path, f"This is {what}, not a file. It was not opened.", remedy
    )


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=True)
    except OSError:
        return False


def _about_file(path: bytes, stat: FileStat) -> Iterator[Finding]:
    if stat.links > 1:
        yield _finding(
            "hard-link",
            Severity.NOTE,
            path,
            "This file has a second name somewhere on the share. It was taken in as it stands.",
            "Nothing to do, unless the other name is used to edit it.",
        )


def _twins(files: Mapping[bytes, FileStat]) -> Iterator[Finding]:
    """Names that differ only in letter case or in how accents are written; Windows may show only one of them."""
    alike: dict[object, list[bytes]] = {}
    for path in files:
        try:
            key: object = unicodedata.normalize("NFC", path.decode("utf-8")).casefold()
        except UnicodeDecodeError:
            continue  # it has no letters to compare
        alike.setdefault(key, []).append(path)
    for paths in alike.values():
        if len(paths) > 1:
            yield _finding(
                "names-alike",
                Severity.NOTE,
                min(paths),
                f"{len(paths)} files here have names that look the same. All were taken in.",
                "Rename one of them if people confuse them.",
            )


def _finding(code: str, severity: Severity, path: bytes, message: str, remedy: str) -> Finding:
    return Finding(code, severity, display_name(path), message, remedy)


def _why(error: OSError) -> str:
    reasons = {
        errno.ENOENT: "it is not there",
        errno.EACCES: "no permission",
        errno.EPERM: "no permission",
        errno.ELOOP: "it is a link",
        errno.ENOTDIR: "it is a link or a file, not a folder",
    }
    return reasons.get(error.errno or 0, os.strerror(error.errno) if error.errno else "an error")
