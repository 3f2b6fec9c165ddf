"""Looking at folders from outside: names, and how much is in them. Nothing is opened but case files' first lines."""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from casefiles.files.plain import read_plain
from casefiles.layout import CASE_FILE, OUR_FOLDERS, STATUS_PAGE

Ignore = Callable[[bytes], str | None]

MOST_ENTRIES = 2000
"""Files and folders that are counted below one folder; of more it is only said that there are more."""
_PEEK_BYTES = 1 << 16
_FIRST_EVENT = "_chain/events/0000000001.json"
_LARGEST_CASE_FILE = 4 << 20
_HEAD_BYTES = 4096
_STRING = re.compile(rb'"([^"\\\r\n]*)"')
_REFERENCE = re.compile(rb'^[ \t]*reference[ \t]*=[ \t]*"([^"\\\r\n]+)"[ \t]*(?:#|\r?$)', re.MULTILINE)
_EVIDENCE = re.compile(
    rb'^[ \t]*evidence[ \t]*=[ \t]*(\[[ \t]*(?:"[^"\\\r\n]*"[ \t]*,?[ \t]*)+\])[ \t]*(?:#|\r?$)', re.MULTILINE
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CASE_FILE_COPY = re.compile(rb"^(?:copy of |~?\$?)?case\b[^/]*\.toml[^/]*$", re.IGNORECASE)
_PAGE_COPY = re.compile(rb"^(?:copy of )?case status\b[^/]*\.html?$", re.IGNORECASE)
_NOT_OURS_TO_COUNT = OUR_FOLDERS | {CASE_FILE.encode(), STATUS_PAGE.encode()}


class Entry(NamedTuple):
    """One name in a folder, raw, and what stands there; a link leads to a folder or does not."""

    name: bytes
    folder: bool
    file: bool
    link: bool
    link_to_folder: bool = False


@dataclass(frozen=True)
class Contents:
    """How many files and folders are below a folder, when the newest file was written (UTC), and what was seen there.

    `more` says that counting stopped. `cases` are paths (raw, relative) of case folders found inside.
    """

    files: int
    folders: int
    newest: datetime | None
    more: bool
    cases: tuple[bytes, ...]


def entries_of(folder: Path | bytes) -> list[Entry]:
    """What stands in a folder, in order of name.

    Raises:
        OSError: it cannot be read.
    """
    with os.scandir(os.fsencode(folder)) as found:
        return sorted(map(_entry, found))


def _entry(found: os.DirEntry[bytes]) -> Entry:
    try:
        if found.is_dir(follow_symlinks=False):
            return Entry(found.name, True, False, False)
        if found.is_file(follow_symlinks=False):
            return Entry(found.name, False, True, False)
        if found.is_symlink():
            return Entry(found.name, False, False, True, _leads_to_folder(found))
    except OSError:  # gone since, or closed to us: it is named all the same, as neither
        return Entry(found.name, False, False, False)
    return Entry(found.name, False, False, False)


def _leads_to_folder(found: os.DirEntry[bytes]) -> bool:
    try:
        return found.is_dir()
    except OSError:
        return False


def contents_of(folder: Path, ignore: Ignore) -> Contents:
    """Counts what is below a folder, our own pages and ignored names apart; links are not followed.

    Raises:
        OSError: the folder itself cannot be read. One inside it that cannot is counted only.
    """
    files = folders = 0
    newest: float | None = None
    cases: list[bytes] = []
    top = os.fsencode(folder)
    waiting = [b""]
    while waiting:
        below = waiting.pop()
        for entry in _listed(top, below):
            if files + folders >= MOST_ENTRIES:
                return Contents(files, folders, _instant(newest), True, tuple(cases))
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(b".casebinder-"):
                    folders += 1
                    waiting.append(below + entry.name + b"/")
                continue
            if entry.name == CASE_FILE.encode() and below:
                cases.append(below.rstrip(b"/"))
            if entry.name == STATUS_PAGE.encode() or ignore(entry.name) is not None:
                continue
            files += 1
            with suppress(OSError):
                written = entry.stat(follow_symlinks=False).st_mtime
                newest = written if newest is None else max(newest, written)
    return Contents(files, folders, _instant(newest), False, tuple(sorted(cases)))


def _listed(top: bytes, below: bytes) -> list[os.DirEntry[bytes]]:
    try:
        with os.scandir(os.path.join(top, below)) as found:  # noqa: PTH118 - raw bytes
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        if not below:
            raise
        return []


def _instant(seconds: float | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None  # a date that no calendar has


def files_below(folder: Path, skip: frozenset[bytes]) -> Iterator[tuple[bytes, int]]:
    """Raw relative path and size in bytes of the plain files below a folder; names of `skip` at the top left out.

    At most `MOST_ENTRIES` names are looked at. Folders that cannot be read give nothing.
    """
    top, waiting, seen = os.fsencode(folder), [b""], 0
    while waiting:
        below = waiting.pop()
        with suppress(OSError):
            for entry in _listed(top, below):
                seen += 1
                if seen > MOST_ENTRIES:
                    return
                if not below and entry.name in skip:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(below + entry.name + b"/")
                elif entry.is_file(follow_symlinks=False):
                    yield below + entry.name, entry.stat(follow_symlinks=False).st_size


def only_in(copy: Path, home: Path, ignore: Ignore) -> tuple[bytes, ...]:
    """Files of one case folder that another has not, by path and size, casebinder's own and ignored ones apart."""
    found = []
    for path, size in files_below(copy, _NOT_OURS_TO_COUNT):
        if ignore(path.rpartition(b"/")[2]) is not None:
            continue
        try:
            there = os.lstat(os.fsencode(home) + b"/" + path)
        except OSError:
            found.append(path)
            continue
        if not stat.S_ISREG(there.st_mode) or there.st_size != size:
            found.append(path)
    return tuple(sorted(found))


def chain_identity(folder: Path) -> tuple[str, str] | None:
    """The case's identifier and the reference it was opened with, by the first event; None where that cannot be read."""
    try:
        body = json.loads(read_plain(folder / _FIRST_EVENT, _PEEK_BYTES))["body"]
        case, reference = str(body["case"]), str(body["reference"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return (case, reference) if _UUID.fullmatch(case) else None


@dataclass(frozen=True)
class CaseFileLook:
    """What a look at `case.toml` gives: its reference (or nothing) and the evidence folders that it names."""

    reference: str
    evidence: tuple[str, ...]


def look_at_case_file(folder: Path) -> CaseFileLook:
    """A look at the first lines of `case.toml`, or at all of it where they are written unusually; never a check of it.

    A file that cannot be read has no reference and the evidence folder of a new case.
    """
    try:
        data = read_plain(folder / CASE_FILE, _LARGEST_CASE_FILE)
    except (OSError, ValueError):
        return CaseFileLook("", ("evidence",))
    head = re.split(rb"^[ \t]*\[", data[:_HEAD_BYTES], maxsplit=1, flags=re.MULTILINE)[0]
    if len(head) == _HEAD_BYTES:
        return _parsed(data)
    reference, evidence = _REFERENCE.search(head), _EVIDENCE.search(head)
    if reference is not None and (evidence is not None or b"evidence" not in head):
        names = _STRING.findall(evidence[1]) if evidence else [b"evidence"]
        return CaseFileLook(
            reference[1].decode("utf-8", "replace"), tuple(name.decode("utf-8", "replace") for name in names)
        )
    return _parsed(data)


def _parsed(data: bytes) -> CaseFileLook:
    try:
        found = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return CaseFileLook("", ("evidence",))
    reference, evidence = found.get("reference"), found.get("evidence")
    names = (
        [each for each in evidence if isinstance(each, str)] if isinstance(evidence, list) else ["evidence"]
    )
    return CaseFileLook(reference if isinstance(reference, str) else "", tuple(names))


def is_case_file_copy(name: bytes) -> bool:
    """Whether a name looks like a second case file: “case (1).toml”, “case-DESKTOP-12.toml”, “Copy of case.toml”."""
    return name != CASE_FILE.encode() and _CASE_FILE_COPY.match(name) is not None


def is_page_copy(name: bytes) -> bool:
    """Whether a name looks like a second copy of our page in a case folder."""
    return name != STATUS_PAGE.encode() and _PAGE_COPY.match(name) is not None


def same_file(folder: Path, one: bytes, other: bytes) -> bool:
    """Whether two names in a folder are the same entry, as on a share that takes capitals and small letters as one."""
    base = os.fsencode(folder) + b"/"
    try:
        return os.path.samestat(os.lstat(base + one), os.lstat(base + other))
    except OSError:
        return False


def case_twin(name: bytes, ours: Sequence[bytes]) -> bytes | None:
    """The name of ours that differs from this one in capitals only, if any."""
    return next((each for each in ours if each != name and each.lower() == name.lower()), None)
