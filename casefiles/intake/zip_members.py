"""What is in a zip archive, told before anything is unpacked, and unpacked within limits.

Source: APPNOTE.TXT 6.3.10 (PKWARE), sections 4.3 (layout), 4.4.4 (flags), 4.4.5 (methods) and 4.4.15 (attributes).
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from casefiles.intake.limits import FactsLimits, size_in_words

RATIO = 200
RATIO_FREE_BYTES = 16 << 20
_PIECE_BYTES = 1 << 20
_ENCRYPTED = 0x1
_UTF8 = 0x800
_UNIX = 3
_LOCAL_HEADER_BYTES = 30
_ABSOLUTE = re.compile(rb"[/\\]|[A-Za-z]:")
_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, KeyError, IndexError,
)  # fmt: skip


class Refused(StrEnum):
    """Why a member is not taken out."""

    ENCRYPTED = "it needs a password"
    METHOD = "it is packed in a way that casebinder cannot read"
    RATIO = "it unpacks to far more than it is worth: a zip bomb"
    OVERLAP = "its bytes are also those of another file: a zip bomb"
    LARGE = "it is too large together with the others"
    DAMAGED = "it is damaged"
    LINK = "it is a link to another file, not a file"


@dataclass(frozen=True)
class Member:
    """One member: its name as it is in the archive, size unpacked in bytes as declared, why it is refused if it is.

    `odd` are things about its name that a person should know. A folder is no member.
    """

    raw_name: bytes
    size_bytes: int
    refused: Refused | None
    odd: tuple[str, ...]
    comment: str
    info: zipfile.ZipInfo

    @property
    def shown_name(self) -> str:
        """The name as letters: UTF-8 where it is that, else the old code page of zip archives (437)."""
        try:
            return self.raw_name.decode("utf-8")
        except UnicodeDecodeError:
            return self.raw_name.decode("cp437")


@dataclass(frozen=True)
class ZipContents:
    """The members of an archive in their order, its comment, and bytes before its beginning that belong to no member."""

    members: tuple[Member, ...]
    folders: int
    comment: str
    bytes_before: int


class ZipDamaged(Exception):
    """The archive has no list of its members that can be read."""


class ZipTooMany(Exception):
    """The archive has more members than are looked at; how many."""


def look_into(path: Path, limits: FactsLimits) -> ZipContents:
    """Read the list of members, unpack nothing.

    Raises:
        ZipDamaged: the list cannot be read.
        ZipTooMany: it has more members than the limit.
        OSError: the file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            comment = _letters(archive.comment)
    except _ZIP_ERRORS as problem:
        raise ZipDamaged(str(problem)[:100]) from problem
    if len(infos) > limits.zip_members:
        raise ZipTooMany(f"{len(infos):,}")
    overlapping = _overlapping(infos)
    files = [_member(info, info.header_offset in overlapping) for info in infos if not is_folder(info)]
    names = Counter(member.raw_name.lower() for member in files)
    members, total = [], 0
    for member in files:
        twin = (
            ("another file in the archive has the same name",) if names[member.raw_name.lower()] > 1 else ()
        )
        total += 0 if member.refused else member.size_bytes
        too_large = total > min(limits.zip_bytes, limits.child_bytes)
        refused = member.refused or (Refused.LARGE if too_large else None)
        members.append(replace(member, odd=(*member.odd, *twin), refused=refused))
    before = min((info.header_offset for info in infos), default=0)
    return ZipContents(tuple(members), len(infos) - len(files), comment, before)


def is_folder(info: zipfile.ZipInfo) -> bool:
    """Whether a member is a folder; one without a name, over which `ZipInfo.is_dir` stumbles, is none."""
    return info.filename.endswith("/")


def pieces(archive: zipfile.ZipFile, member: Member) -> Iterator[bytes]:
    """The bytes of a member, never more than it declares.

    Raises:
        ZipDamaged: they cannot be unpacked, or are not those that were packed.
        OSError: the file cannot be read.
    """
    count = 0
    try:
        with archive.open(member.info) as stream:
            while piece := stream.read(_PIECE_BYTES):
                count += len(piece)
                yield piece
    except _ZIP_ERRORS as problem:
        raise ZipDamaged(str(problem)[:100]) from problem
    if count != member.size_bytes:
        raise ZipDamaged("it ends early")


def why_refused(member: Member, limits: FactsLimits) -> str:
    """Why a member is not taken out, with the limit where one stopped it; empty where it is."""
    if member.refused is Refused.LARGE:
        return f"{Refused.LARGE} (more than {size_in_words(min(limits.zip_bytes, limits.child_bytes))})"
    if member.refused is Refused.METHOD:
        return f"{Refused.METHOD} (method {member.info.compress_type})"
    return str(member.refused or "")


def _member(info: zipfile.ZipInfo, overlaps: bool) -> Member:
    raw = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437", "surrogateescape")
    return Member(
        raw, info.file_size, _refusal(info, overlaps), tuple(_odd(raw)), _letters(info.comment), info
    )


def _refusal(info: zipfile.ZipInfo, overlaps: bool) -> Refused | None:
    if info.create_system == _UNIX and stat.S_ISLNK(info.external_attr >> 16):
        return Refused.LINK
    if info.flag_bits & _ENCRYPTED:
        return Refused.ENCRYPTED
    if info.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
        zipfile.ZIP_BZIP2,
        zipfile.ZIP_LZMA,
    ):
        return Refused.METHOD
    if overlaps:
        return Refused.OVERLAP
    if info.file_size > RATIO_FREE_BYTES and info.file_size > RATIO * max(1, info.compress_size):
        return Refused.RATIO
    return None


def _odd(raw: bytes) -> Iterator[str]:
    if b".." in re.split(rb"[/\\]", raw):
        yield "its name points outside the archive"
    if _ABSOLUTE.match(raw):
        yield "its name is an absolute path"
    if b"\0" in raw:
        yield "its name holds a zero byte"


def _overlapping(infos: list[zipfile.ZipInfo]) -> frozenset[int]:
    """Where members begin whose bytes are not theirs alone."""
    found: set[int] = set()
    end, last = 0, -1
    for info in sorted(infos, key=lambda each: each.header_offset):
        if info.header_offset < end:
            found |= {last, info.header_offset}
        reach = info.header_offset + _LOCAL_HEADER_BYTES + len(info.orig_filename) + info.compress_size
        if reach > end:
            end, last = reach, info.header_offset
    return frozenset(found)


def _letters(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp437")
