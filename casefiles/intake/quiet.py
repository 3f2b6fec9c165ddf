"""Whether anything that a scan would look at has changed: one look at names and status, no file is opened.

A look covers every file and folder that people can put into the case folder, `case.toml`, the events, and what we
wrote last ourselves. Its signature is kept only after a scan that left nothing to do, and only if nothing was
written so shortly before the look that a second write could hide behind the same time (`may_keep`). A folder's own
time is never trusted: a file edited in place does not change it.
"""

from __future__ import annotations

import hashlib
import os
import stat as modes
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from casefiles.files.publish import PART_PREFIX
from casefiles.layout import OUR_FOLDERS, CaseLayout

GRANULARITY_NS = 2_000_000_000
"""The coarsest step in which a file system keeps times, in nanoseconds (FAT: two seconds)."""

_PART = os.fsencode(PART_PREFIX)


@dataclass(frozen=True)
class QuietLook:
    """What stood in a case folder at one look.

    `held` stands for all that people put there, `events` has one entry a file of the events folder, `own` stands
    for the files that we write. `newest_ns` is the latest change of status (nanoseconds, the share's clock).
    `litter` says that something unpublished lies about that a scan will clear away.
    """

    held: bytes
    events: frozenset[bytes]
    own: bytes
    newest_ns: int
    litter: bool


def look_at_case(folder: Path, own_files: Iterable[Path]) -> QuietLook:
    """Look at a case folder; `own_files` are what we write and what must still be as we left it.

    Raises:
        OSError: a folder is gone or cannot be read.
    """
    layout = CaseLayout(folder)
    root = os.fsencode(folder)
    looking = _Looking()
    held: list[bytes] = []
    looking.note(root, os.stat(root), held, whole=False)  # noqa: PTH116 - raw paths throughout
    page = os.fsencode(layout.status_page.name)
    inside: list[bytes] = []
    with os.scandir(root) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            if entry.name == page:
                continue
            looking.litter = looking.litter or entry.name.startswith(_PART)
            ours = entry.name in OUR_FOLDERS
            looking.note(entry.path, status, held, whole=not ours)
            if not ours and modes.S_ISDIR(status.st_mode):
                inside.append(entry.path)
    looking.below(inside, held)
    events: list[bytes] = []
    looking.below([os.fsencode(layout.events)], events)
    for path in (layout.bundles, layout.drafts, layout.issued):
        looking.litter = looking.litter or _unpublished(path)
    looking.litter = looking.litter or bool(os.listdir(layout.chain_tmp))  # noqa: PTH208 - no objects wanted
    own: list[bytes] = []
    for path in (layout.status_page, *own_files):
        try:
            looking.note(os.fsencode(path), path.lstat(), own)
        except FileNotFoundError:
            own.append(os.fsencode(path))
    return QuietLook(_digest(held), frozenset(events), _digest(own), looking.newest_ns, looking.litter)


def digest_of(look: QuietLook) -> bytes:
    """A look in 32 bytes."""
    return _digest([b"1" + look.held, b"2" + _digest(look.events), b"3" + look.own])


def signature_of(digest: bytes, basis: str) -> str:
    """The digest of a look in 64 hexadecimal digits; `basis` names everything else that a scan's outcome depends on."""
    return hashlib.blake2b(digest + basis.encode("utf-8"), digest_size=32).hexdigest()


def quiet_digest(folder: Path, own_files: Iterable[Path]) -> bytes:
    """The digest of a case folder as it is now; empty where it cannot be looked at, or something is left to do."""
    try:
        look = look_at_case(folder, own_files)
    except OSError:
        return b""
    return b"" if look.litter else digest_of(look)


def came_of(before: QuietLook, after: QuietLook) -> bool:
    """Whether nothing but new events and our own pages lies between a look before a scan and one after it."""
    return before.held == after.held and before.events <= after.events


def may_keep(scanned: QuietLook, now: QuietLook, share_now_ns: int, granularity_ns: int) -> bool:
    """Whether `now` may be remembered as quiet: it is as it was after the scan, and nothing was written just before.

    `share_now_ns` is the share's clock at, or before, the look `now`. A file written within the share's granularity
    of its last look could be written once more without any sign of it.
    """
    same = (scanned.held, scanned.events, scanned.own) == (now.held, now.events, now.own)
    return same and not now.litter and now.newest_ns < share_now_ns - granularity_ns


class _Looking:
    """The state of one look."""

    def __init__(self) -> None:
        self.newest_ns = 0
        self.litter = False

    def note(self, path: bytes, status: os.stat_result, lines: list[bytes], *, whole: bool = True) -> None:
        """One entry; of a folder of our own only what it is, since we change what is in it."""
        if not whole:
            lines.append(b"%b\0%d %d %d" % (path, status.st_mode, status.st_dev, status.st_ino))
            return
        changed = status.st_ctime_ns
        self.newest_ns = max(self.newest_ns, changed)
        lines.append(
            b"%b\0%d %d %d %d %d"
            % (path, status.st_mode, status.st_size, status.st_mtime_ns, changed, status.st_ino)
        )

    def below(self, folders: list[bytes], lines: list[bytes]) -> None:
        """Everything in and below these folders; no link is followed. Written for speed: it sees every file."""
        newest = self.newest_ns
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    mode, changed = status.st_mode, status.st_ctime_ns
                    newest = max(newest, changed)
                    lines.append(
                        b"%b\0%d %d %d %d %d"
                        % (entry.path, mode, status.st_size, status.st_mtime_ns, changed, status.st_ino)
                    )
                    if mode & 0o170000 == modes.S_IFDIR:
                        folders.append(entry.path)
        self.newest_ns = newest


def _unpublished(folder: Path) -> bool:
    try:
        return any(name.startswith(PART_PREFIX) for name in os.listdir(folder))  # noqa: PTH208
    except FileNotFoundError:
        return False


def _digest(lines: Iterable[bytes]) -> bytes:
    return hashlib.blake2b(b"\n\0".join(sorted(lines)), digest_size=32).digest()
