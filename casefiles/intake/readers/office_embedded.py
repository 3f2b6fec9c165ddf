"""Files embedded in Office files become children: whole files as they are, files that Windows wrapped without the wrapping.

What is no file by itself (an equation, a chart drawn by another program) is named by the rules of `office_contents`.

Source: [MS-OLEDS] 2.3.6 (`Ole10Native`); [MS-CFB]; [MS-DOC] 2.1.10 (`ObjectPool`); [MS-XLS] 2.1.7.2 (`MBD` storages);
ECMA-376 part 1, 15.2.10 (embedded objects); OASIS OpenDocument 1.3 part 2.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from casefiles.findings import Finding, Severity
from casefiles.intake.facts import Reading
from casefiles.intake.kinds import Kind
from casefiles.intake.readers import docx_package, ole
from casefiles.intake.readers.children import ChildWriter
from casefiles.mail.compound import Folder, write_compound

_NATIVE = "\x01Ole10Native"
_WHOLE = ("Package", "package_stream")
"""Streams that are a whole file: as Office writes them, and as LibreOffice does."""
_DOCUMENTS = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls", "PowerPoint Document": "ppt"}
_ERRORS = (
    OSError,
    ValueError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    struct.error,
)
_DRAWN = (".png", ".jpg", ".jpeg", ".jpe", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".emz", ".wmz", ".svg",
          ".webp", ".jfif", ".wdp", ".pict", ".pcx", ".svm")  # fmt: skip
_IN_ZIP = re.compile(
    r"(?:word|ppt|xl)/embeddings/[^/]+|(?:word|ppt|xl)/media/[^/]+|Object \d+|Media/[^/]+", re.I
)
_PACKAGES = frozenset({Kind.DOCX, Kind.PPTX, Kind.XLSX, Kind.ODT, Kind.ODP, Kind.ODS})
_COMPOUNDS = frozenset({Kind.DOC, Kind.XLS})
_DEEPEST = 8


class Native(NamedTuple):
    """A file that Windows wrapped: its name as bytes, for display only, and what is in it."""

    name: bytes
    data: bytes


def take_out(reading: Reading, children: ChildWriter) -> list[Finding]:
    """Write what is embedded to the scratch folder, and say how many there are and which could not be had.

    The file must have been checked already: it opens, and unpacks to no more than a limit.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    damaged: list[str] = []
    if reading.kind.kind in _PACKAGES:
        _from_zip(reading, children, damaged)
    elif reading.kind.kind in _COMPOUNDS:
        _from_compound(reading.path, children, damaged)
    found = list(children.findings())
    count = len(children.children)
    if count:
        text = (
            "One file is embedded in this one; it is evidence of its own"
            if count == 1
            else f"{count} files are embedded in this one; each is evidence of its own"
        )
        found.append(reading.finding("office-attachments", Severity.NOTE, text, "Decide on each of them"))
    if damaged:
        text = f"Files embedded in it are damaged and were not taken out: {', '.join(damaged[:5])}"
        remedy = "Ask for the embedded files themselves"
        found.append(reading.finding("office-attachments-lost", Severity.ERROR, text, remedy))
    return found


def lost(found: list[Finding]) -> tuple[str, str, str] | None:
    """Why the file is held where an embedded one could not be taken out, as for an archive: code, message, remedy."""
    if any(one.severity is Severity.ERROR for one in found):
        remedy = "Take the embedded files out by hand, and file each one that matters"
        return "office-not-whole", "not every file embedded in it was taken out", remedy
    return None


def unwrapped(data: bytes) -> Native | None:
    """The file in the native data of an OLE object; None where it is none of the sort that Windows makes of a file."""
    try:
        at = 6
        label, at = _text(data, at)
        path, at = _text(data, at)
        kind, temporary = struct.unpack_from("<II", data, at)
        at += 8 + temporary
        (size,) = struct.unpack_from("<I", data, at)
        at += 4
    except (struct.error, ValueError):
        return None
    if struct.unpack_from("<H", data, 4)[0] != 2 or kind != 0x00030000 or at + size > len(data):
        return None
    name = re.split(rb"[\\/]", path or label)[-1] or label
    return Native(_wide_name(data, at + size) or _as_utf8(name), data[at : at + size])


def _from_zip(reading: Reading, children: ChildWriter, damaged: list[str]) -> None:
    with zipfile.ZipFile(reading.path) as archive:
        for member in archive.infolist():
            path = member.orig_filename
            name = path.rpartition("/")[2]
            if not _IN_ZIP.fullmatch(path) or ("/media/" in path.lower() and name.lower().endswith(_DRAWN)):
                continue
            if _is_wrapped(archive, member):
                try:
                    whole = b"".join(docx_package.unpacked(archive, member))
                except docx_package.Refused:
                    damaged.append(name)
                    continue
                _add(children, name, whole)
            elif "/" in path:
                children.add(name.encode("utf-8", "surrogateescape"), docx_package.unpacked(archive, member))


def _is_wrapped(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    with archive.open(member) as stream:
        return stream.read(8) == ole.MAGIC


def _add(children: ChildWriter, name: str, data: bytes) -> None:
    """An object of another program as it is, or the file in it."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as opened:
            inner = _file_in(opened, [])
    except _ERRORS:
        inner = None
    native = inner or Native(name.encode("utf-8", "surrogateescape"), data)
    children.add(native.name, [native.data])


def _from_compound(path: Path, children: ChildWriter, damaged: list[str]) -> None:
    import olefile

    with olefile.OleFileIO(io.BytesIO(path.read_bytes())) as opened:
        for storage in _objects(opened):
            try:
                native = _file_in(opened, storage) or _document_in(opened, storage)
            except _ERRORS:
                damaged.append(storage[-1])
                continue
            if native is not None:
                children.add(native.name, [native.data])


def _objects(opened: Any) -> Iterator[list[str]]:
    for path in opened.listdir(streams=False, storages=True):
        if (len(path) == 2 and path[0] == "ObjectPool") or (len(path) == 1 and path[0].startswith("MBD")):
            yield path


def _file_in(opened: Any, storage: list[str]) -> Native | None:
    if opened.exists([*storage, _NATIVE]):
        return unwrapped(_stream(opened, [*storage, _NATIVE]))
    for name in _WHOLE:
        if opened.exists([*storage, name]):
            label = storage[-1].lstrip("_") if storage else "embedded"
            return Native(f"{label}.package".encode(), _stream(opened, [*storage, name]))
    return None


def _document_in(opened: Any, storage: list[str]) -> Native | None:
    """An old document that lies in parts within another, as a file of its own."""
    for name, ending in _DOCUMENTS.items():
        if opened.exists([*storage, name]):
            data = write_compound(_folder(opened, storage, _DEEPEST))
            return Native(f"{storage[-1].lstrip('_')}.{ending}".encode(), data)
    return None


def _folder(opened: Any, storage: list[str], depth: int) -> Folder:
    if depth == 0:
        raise ValueError("it is nested too deep")
    here = len(storage)
    below = [path for path in opened.listdir(streams=True, storages=True) if path[:here] == storage]
    direct = [path for path in below if len(path) == here + 1]
    streams = {path[-1]: _stream(opened, path) for path in direct if opened.get_type(path) == 2}
    folders = {path[-1]: _folder(opened, path, depth - 1) for path in direct if opened.get_type(path) == 1}
    return Folder(streams, folders)


def _stream(opened: Any, path: list[str]) -> bytes:
    with opened.openstream(path) as stream:
        return bytes(stream.read())


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.index(b"\0", at, at + 4096)
    return data[at:end], end + 1


def _wide_name(data: bytes, at: int) -> bytes:
    """The name in Unicode, which newer Windows writes after the data: temporary path, label, path."""
    try:
        (first,) = struct.unpack_from("<I", data, at)
        at += 4 + 2 * first
        (length,) = struct.unpack_from("<I", data, at)
        raw = data[at + 4 : at + 4 + 2 * length]
    except struct.error:
        return b""
    if length > 4096 or len(raw) != 2 * length:
        return b""
    return raw.decode("utf-16-le", "replace").rstrip("\0").encode("utf-8", "replace")


def _as_utf8(name: bytes) -> bytes:
    return name.decode("cp1252", "replace").encode("utf-8")
