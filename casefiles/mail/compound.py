"""Writes a compound file: storages and streams as one file, as Outlook saves a message.

The same content gives the same bytes: nothing in the file tells when it was written.

Source: [MS-CFB], sections 2.2 (header), 2.3 to 2.5 (sectors and chains) and 2.6 (directory).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_SECTOR, _MINI_SECTOR, _MINI_LIMIT = 512, 64, 4096
_PER_SECTOR = _SECTOR // 4
_IN_HEADER = 109
_FREE, _END, _FAT, _DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_BLACK = 1


@dataclass(frozen=True)
class Folder:
    """A storage: streams and further storages by name."""

    streams: Mapping[str, bytes]
    folders: Mapping[str, Folder] = field(default_factory=dict)


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    start: int = 0
    size: int = 0


def write_compound(root: Folder, class_id: bytes = bytes(16)) -> bytes:
    """The whole file. `class_id` (16 bytes) names the program that the root belongs to.

    Raises:
        ValueError: a name is empty or longer than 31 characters.
    """
    entries = [_Entry("Root Entry", _ROOT)]
    entries[0].child = _add(root, entries)
    chains = _Chains()
    mini = bytearray()
    mini_table: list[int] = []
    for entry in entries[1:]:
        entry.size = len(entry.data)
        if entry.kind == _STREAM and entry.size < _MINI_LIMIT:
            entry.start = _mini(entry.data, mini, mini_table)
        elif entry.kind == _STREAM:
            entry.start = chains.add(entry.data)
    entries[0].start, entries[0].size = chains.add(bytes(mini)), len(mini)
    mini_start = chains.add(b"".join(struct.pack("<I", number) for number in mini_table), fill=b"\xff")
    directory = b"".join(_packed(entry, class_id if entry.kind == _ROOT else bytes(16)) for entry in entries)
    directory_start = chains.add(directory + _unused(len(entries)))
    return chains.file(directory_start, mini_start, -(-len(mini_table) // _PER_SECTOR))


class _Chains:
    """Sectors in the order of writing, and the table that says which follows which."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._table: list[int] = []

    def add(self, data: bytes, fill: bytes = b"\0") -> int:
        """Append a chain; the number of its first sector, or the mark of none."""
        if not data:
            return _END
        first = len(self._table)
        count = -(-len(data) // _SECTOR)
        self._table += [*range(first + 1, first + count), _END]
        self._data += data + fill * (count * _SECTOR - len(data))
        return first

    def file(self, directory_start: int, mini_start: int, mini_sectors: int) -> bytes:
        """Header, sectors, and the tables of sectors at the end."""
        used, fats, difats = len(self._table), 0, 0
        while True:
            needed = -(-(used + fats + difats) // _PER_SECTOR)
            more = max(0, -(-(needed - _IN_HEADER) // (_PER_SECTOR - 1)))
            if (needed, more) == (fats, difats):
                break
            fats, difats = needed, more
        table = [*self._table, *[_FAT] * fats, *[_DIFAT] * difats]
        table += [_FREE] * (fats * _PER_SECTOR - len(table))
        where = list(range(used, used + fats))
        header = struct.pack(
            "<8s16xHHHHH6xIIIIIIIII", _MAGIC, 0x3E, 3, 0xFFFE, 9, 6, 0, fats, directory_start, 0, _MINI_LIMIT,
            mini_start if mini_sectors else _END, mini_sectors, used + fats if difats else _END, difats,
        )  # fmt: skip
        header += _numbers((where + [_FREE] * _IN_HEADER)[:_IN_HEADER])
        return header + bytes(self._data) + _numbers(table) + _difat(where[_IN_HEADER:], used + fats)


def _difat(where: list[int], first: int) -> bytes:
    """The sectors that list those of the table which the header has no room for."""
    per, out = _PER_SECTOR - 1, b""
    for start in range(0, len(where), per):
        piece = where[start : start + per]
        last = start + per >= len(where)
        follows = _END if last else first + start // per + 1
        out += _numbers([*piece, *[_FREE] * (per - len(piece)), follows])
    return out


def _numbers(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def _mini(data: bytes, mini: bytearray, table: list[int]) -> int:
    if not data:
        return _END
    first = len(table)
    count = -(-len(data) // _MINI_SECTOR)
    table += [*range(first + 1, first + count), _END]
    mini += data + bytes(count * _MINI_SECTOR - len(data))
    return first


def _add(folder: Folder, entries: list[_Entry]) -> int:
    """Append what a storage holds; the number of the entry at the root of its search tree."""
    numbers: list[int] = []
    names = sorted({*folder.streams, *folder.folders}, key=_order)
    for name in names:
        if not 0 < len(name.encode("utf-16-le")) <= 62:
            raise ValueError(f"a part cannot be called {name!r}")
        numbers.append(len(entries))
        inner = folder.folders.get(name)
        entries.append(_Entry(name, _STREAM if inner is None else _STORAGE, folder.streams.get(name, b"")))
    for name, number in zip(names, numbers, strict=True):
        if name in folder.folders:
            entries[number].data = b""
            entries[number].child = _add(folder.folders[name], entries)
    return _tree(numbers, entries)


def _order(name: str) -> tuple[int, str]:
    """Names are ordered by length, then by capital letters. Source: [MS-CFB], section 2.6.4."""
    return len(name.encode("utf-16-le")), name.upper()


def _tree(numbers: list[int], entries: list[_Entry]) -> int:
    """A balanced search tree over entries that are in order."""
    if not numbers:
        return _FREE
    middle = len(numbers) // 2
    entry = entries[numbers[middle]]
    entry.left = _tree(numbers[:middle], entries)
    entry.right = _tree(numbers[middle + 1 :], entries)
    return numbers[middle]


def _packed(entry: _Entry, class_id: bytes) -> bytes:
    name = entry.name.encode("utf-16-le")
    start = 0 if entry.kind == _STORAGE else entry.start
    return struct.pack(
        "<64sHBBIII16s4x8x8xIQ", name, len(name) + 2, entry.kind, _BLACK, entry.left, entry.right, entry.child,
        class_id, start, entry.size,
    )  # fmt: skip


def _unused(count: int) -> bytes:
    """Entries that fill the last sector of the directory."""
    empty = struct.pack("<64sHBBIII16s4x8x8xIQ", b"", 0, 0, 0, _FREE, _FREE, _FREE, bytes(16), 0, 0)
    return empty * (-count % (_SECTOR // 128))
