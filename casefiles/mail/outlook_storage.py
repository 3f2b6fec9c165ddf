"""The storages of an Outlook message: properties of a message, a recipient or an attachment, and files within.

Source: [MS-OXMSG] §2.4 (property stream), §2.1.3 (streams of properties), §2.2.2.1 (embedded messages).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import BinaryIO

from olefile import OleFileIO
from olefile.olefile import STGTY_STREAM
from oxmsg import storage as oxmsg_storage
from oxmsg.domain.encodings import encoding_from_codepage

from casefiles.intake.limits import size_in_words
from casefiles.mail.compound import Folder, write_compound
from casefiles.mail.decoding import decoded

_PROPERTIES = "__properties_version1.0"
_NAMED = "__nameid_version1.0"
_MESSAGE_CLSID = bytes.fromhex("0b0d020000000000c000000000000046")
_TIME, _INTEGER = 0x0040, 0x0003
_ENTRY = struct.Struct("<HHI8s")
_ROOT_HEADER, _INNER_HEADER, _PART_HEADER = 32, 24, 8
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_STRING, _STRING8, _BINARY, _OBJECT = 0x001F, 0x001E, 0x0102, 0x000D
_MAX_DEPTH = 60


def open_storage(stream: BinaryIO, limit_bytes: int) -> Storage:
    """The root storage of an Outlook message, with everything in it.

    Raises:
        ValueError: it is no such file, is damaged, or unpacks to more than `limit_bytes`.
    """
    try:
        with OleFileIO(stream) as ole:
            streams = [one for one in ole.direntries if one is not None and one.entry_type == STGTY_STREAM]
            unpacked = sum(one.size for one in streams)
            root = _folder(oxmsg_storage.Storage.from_ole(ole)) if unpacked <= limit_bytes else None
            damaged = bool(
                ole.parsing_issues
            )  # what the library read past, sectors beyond the end of the file included
    except MemoryError:
        raise
    except Exception as problem:  # the library's own weak spots on broken files
        raise ValueError(f"its inner structure is damaged ({type(problem).__name__})") from problem
    if root is None:
        raise ValueError(f"it unpacks to more than {size_in_words(limit_bytes)}")
    if _PROPERTIES not in root.streams:
        raise ValueError("it has no list of properties, so it is no Outlook message")
    return Storage(root, _ROOT_HEADER, damaged=damaged)


def is_message(folder: Folder) -> bool:
    """Whether an inner storage is a message, rather than an object of another program."""
    return _PROPERTIES in folder.streams


def standalone(folder: Folder, root: Storage) -> bytes:
    """An inner storage as a file of its own, as Outlook saves it: every stream as it is.

    Of a message, the head of its list of properties grows by eight reserved bytes, and the names that properties of
    the whole file share go with it.
    """
    if not is_message(folder):
        return write_compound(folder)
    streams = dict(folder.streams)
    head = streams[_PROPERTIES]
    streams[_PROPERTIES] = head[:_INNER_HEADER] + bytes(_ROOT_HEADER - _INNER_HEADER) + head[_INNER_HEADER:]
    folders = dict(folder.folders)
    if _NAMED in root.folder.folders:
        folders.setdefault(_NAMED, root.folder.folders[_NAMED])
    return write_compound(Folder(streams, folders), _MESSAGE_CLSID)


def _folder(storage: oxmsg_storage.Storage, depth: int = 0) -> Folder:
    if depth > _MAX_DEPTH:
        raise ValueError("its parts are nested too deep")
    return Folder(
        {stream.name: stream.bytes_ for stream in storage.streams},
        {inner.name: _folder(inner, depth + 1) for inner in storage.storages},
    )


class Storage:
    """One storage with its streams and inner storages, read whole. `damaged`: streams of it may be cut or missing."""

    def __init__(self, folder: Folder, header_bytes: int, *, damaged: bool = False) -> None:
        self.folder = folder
        self.damaged = damaged
        self._header_bytes = header_bytes

    def stream(self, property_id: int, property_type: int) -> bytes | None:
        """The bytes of a property of variable length, or None where there is none."""
        return self.folder.streams.get(f"__substg1.0_{property_id:04X}{property_type:04X}")

    def inner(self, property_id: int) -> Folder | None:
        """The storage that a property holds: an embedded message or object."""
        return self.folder.folders.get(f"__substg1.0_{property_id:04X}{_OBJECT:04X}")

    def number(self, property_id: int) -> int | None:
        """A property that is a whole number of 32 bits."""
        value = self._fixed.get((property_id, _INTEGER))
        return None if value is None else int.from_bytes(value[:4], "little")

    def instant(self, property_id: int) -> datetime | None:
        """A property that is an instant, in UTC; None where it is none or out of range."""
        value = self._fixed.get((property_id, _TIME))
        if value is None:
            return None
        try:
            return _EPOCH + timedelta(microseconds=int.from_bytes(value, "little") // 10)
        except OverflowError:
            return None

    def attachments(self) -> list[Storage]:
        """The storages of what is attached, in order."""
        return self._parts("__attach_version1.0_#")

    def recipients(self) -> list[Storage]:
        """The storages of those to whom the message went, in order."""
        return self._parts("__recip_version1.0_#")

    @property
    def announced_attachments(self) -> int:
        """How many files the message says are attached to it."""
        head = self.folder.streams.get(_PROPERTIES, b"")
        return int.from_bytes(head[20:24], "little") if len(head) >= 24 else 0

    @cached_property
    def _fixed(self) -> Mapping[tuple[int, int], bytes]:
        data = self.folder.streams.get(_PROPERTIES, b"")[self._header_bytes :]
        entries = _ENTRY.iter_unpack(data[: len(data) // 16 * 16])
        return {(number, kind): value for kind, number, _flags, value in entries}

    def _parts(self, prefix: str) -> list[Storage]:
        names = sorted(name for name in self.folder.folders if name.startswith(prefix))
        return [Storage(self.folder.folders[name], _PART_HEADER) for name in names]


class Bag:
    """Reads the texts of one storage, and counts what had to be guessed or could not be read.

    `codepage` is the number of the character set in which texts are kept that are not Unicode.
    """

    def __init__(self, storage: Storage, codepage: int | None, whole: Bag | None = None) -> None:
        self.storage = storage
        self.broken = 0
        self.guessed = False
        self._codepage = codepage
        self._whole = whole or self

    def inside(self, part: Storage) -> Bag:
        """The texts of a part of the message; what is guessed there counts for the whole."""
        return Bag(part, self._codepage, self._whole)

    def text(self, property_id: int, codepage: int | None = None) -> str:
        """A property that is a text; empty where there is none. Trailing zero characters are no part of it."""
        wide = self.storage.stream(property_id, _STRING)
        if wide is not None:
            return wide[: len(wide) // 2 * 2].decode("utf-16-le", "replace").rstrip("\0")
        narrow = self.storage.stream(property_id, _STRING8)
        return "" if narrow is None else self._decoded(narrow, codepage).rstrip("\0")

    def binary(self, property_id: int) -> bytes | None:
        """A property that is bytes, or None where there is none."""
        return self.storage.stream(property_id, _BINARY)

    def binary_text(self, property_id: int, codepage: int | None = None) -> str:
        """A property that is bytes, as text: so the formatted version of a message is kept."""
        data = self.binary(property_id)
        return self._decoded(data, codepage) if data else ""

    def _decoded(self, data: bytes, codepage: int | None) -> str:
        text, guessed = decoded(data, _charset(codepage or self._codepage))
        self._whole.guessed |= guessed
        return text


def _charset(codepage: int | None) -> str:
    """The name of a Windows code page; empty where it is not known.

    Source: Microsoft, Code Page Identifiers.
    """
    if codepage is None:
        return ""
    try:
        return encoding_from_codepage(codepage)
    except Exception:  # the library's own errors share no class but this one
        return f"cp{codepage}"
