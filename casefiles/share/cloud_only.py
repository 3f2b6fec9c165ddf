"""Files whose bytes are not here: a cloud service shows their name and size and fetches them when they are read.

A scan would download each of them, or read zeros where the service is away. Only what can be told without opening
a file is looked at, so everything but the attributes is a hint.

Source: [MS-FSCC] 2.6 for the attributes; Linux fs/smb/client/xattr.c and ntfs-3g for where they are shown.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LARGEST_INSIDE = 4096
"""Bytes of a file that a file system may keep beside its name, so that it takes no room of its own."""
MOST_FILES = 20_000
_NOT_HERE = 0x1000 | 0x40000 | 0x400000
"""FILE_ATTRIBUTE_OFFLINE, FILE_ATTRIBUTE_RECALL_ON_OPEN, FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS."""
_ATTRIBUTES = ("user.smb3.dosattrib", "user.cifs.dosattrib", "system.ntfs_attrib")
_STANDS_FOR = (b".nextcloud", b".owncloud", b".icloud", b".gdoc", b".gsheet", b".gslides")


@dataclass(frozen=True)
class CloudOnly:
    """A file that is probably not here: its raw path, and whether the share itself says so."""

    path: bytes
    certain: bool


@dataclass(frozen=True)
class CloudLook:
    """What a look for such files came to; not `complete` where there were more files than it looks at."""

    files: int
    found: tuple[CloudOnly, ...]
    complete: bool


def look_for_cloud_only(
    folders: Iterable[bytes], *, blocks_counted: bool, attributes: bool, most: int = MOST_FILES
) -> CloudLook:
    """Looks through folders (raw paths) for files whose bytes are not here, without opening any.

    `blocks_counted`: the share says how much room a file takes. `attributes`: it is of a kind that may show the
    attributes of Windows. A folder that cannot be read is passed over: a scan reports it.
    """
    files = 0
    found: list[CloudOnly] = []
    for folder in folders:
        for entry in _files(folder):
            if files == most:
                return CloudLook(files, tuple(found), complete=False)
            files += 1
            state = entry.stat(follow_symlinks=False)
            told = attributes and _told(entry.path)
            if told or _looks_so(entry.name, state, blocks_counted):
                found.append(CloudOnly(entry.path, told))
    return CloudLook(files, tuple(found), complete=True)


def _files(folder: bytes) -> Iterator[os.DirEntry[bytes]]:
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif entry.is_file(follow_symlinks=False):
            yield entry


def _looks_so(name: bytes, state: os.stat_result, blocks_counted: bool) -> bool:
    """By its name (a service's stand-in), or because it has a size and takes no room."""
    empty = blocks_counted and state.st_size > LARGEST_INSIDE and state.st_blocks == 0
    return empty or (stat.S_ISREG(state.st_mode) and name.lower().endswith(_STANDS_FOR))


def _told(path: bytes) -> bool:
    """Do the attributes of Windows, where the share shows them, say that the bytes are elsewhere?"""
    for name in _ATTRIBUTES:
        try:
            value = os.getxattr(path, name, follow_symlinks=False)
        except OSError:
            continue
        return len(value) == 4 and bool(int.from_bytes(value, "little") & _NOT_HERE)
    return False
