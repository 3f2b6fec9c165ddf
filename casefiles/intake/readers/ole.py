"""The names within an OLE compound file (old Office files, Outlook messages, encrypted new ones).

Source: [MS-CFB], sections 2.2 (header), 2.3 (FAT) and 2.6 (directory entries).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_MAX_ENTRIES = 4096
_LAST_SECTOR = 0xFFFFFFFA


def entry_names(path: Path) -> frozenset[str]:
    """The names of streams and storages; what can be read of them where the file is damaged.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        header = stream.read(512)
        if len(header) < 512 or not header.startswith(MAGIC):
            return frozenset()
        (shift,) = struct.unpack_from("<H", header, 30)
        if shift not in (9, 12):
            return frozenset()
        (directory,) = struct.unpack_from("<I", header, 48)
        fat_sectors = [number for number in struct.unpack_from("<109I", header, 76) if number < _LAST_SECTOR]
        return _walk(stream, 1 << shift, directory, fat_sectors)


def _walk(stream: BinaryIO, sector_bytes: int, sector: int, fat_sectors: list[int]) -> frozenset[str]:
    names: set[str] = set()
    seen: set[int] = set()
    while sector < _LAST_SECTOR and sector not in seen and len(seen) * sector_bytes // 128 < _MAX_ENTRIES:
        seen.add(sector)
        for entry in struct.iter_unpack("128s", _sector(stream, sector_bytes, sector)):
            length = int.from_bytes(entry[0][64:66], "little")
            if 2 <= length <= 64:
                names.add(entry[0][: length - 2].decode("utf-16-le", "replace"))
        sector = _next_sector(stream, sector_bytes, sector, fat_sectors)
    return frozenset(names)


def _next_sector(stream: BinaryIO, sector_bytes: int, sector: int, fat_sectors: list[int]) -> int:
    table, index = divmod(sector, sector_bytes // 4)
    if table >= len(fat_sectors):
        return _LAST_SECTOR
    chunk = _sector(stream, sector_bytes, fat_sectors[table])[index * 4 : index * 4 + 4]
    return int.from_bytes(chunk, "little") if len(chunk) == 4 else _LAST_SECTOR


def _sector(stream: BinaryIO, sector_bytes: int, number: int) -> bytes:
    stream.seek((number + 1) * sector_bytes)
    data = stream.read(sector_bytes)
    return data[: len(data) // 128 * 128]
