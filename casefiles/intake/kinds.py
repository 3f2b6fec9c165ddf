"""What a file is, by its content; its name decides only between kinds of text.

Read nothing here that a limit does not bound; for hostile files call it in a caged child
(`casefiles.intake.facts.kind_in_cage`).
"""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from casefiles.intake.readers import ole
from casefiles.intake.signatures import (
    BRANDS,
    MIMETYPE_NAMES,
    ODF_BODIES,
    OLE_NAMES,
    RIFF_FORMS,
    SIGNATURES,
    TEXT_STARTS,
    TEXT_SUFFIXES,
    ZIP_MAIN_PARTS,
)

HEAD_BYTES = 64 * 1024
PDF_JUNK_BYTES = 1024
_TAIL_BYTES = 2048
_PIECE_BYTES = 1 << 20
_CONTENT_TYPES_BYTES = 1 << 20
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_HIGH = re.compile(rb"[\x80-\xff]")
_WORD_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WORD_MACRO_TYPE: Final = "application/vnd.ms-word.document.macroEnabled.12"
_WORD_SUFFIXES = frozenset({".docx", ".docm", ".dotx", ".dotm"})
_SLIDE_SUFFIXES = frozenset({".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"})
_WORKBOOK_SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb"})
_WORKBOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CUT_OLE = {
    ".doc": ("application/msword", "Word 97-2003 document"),
    ".xls": ("application/vnd.ms-excel", "Excel 97-2003 workbook"),
    ".ppt": ("application/vnd.ms-powerpoint", "PowerPoint 97-2003 presentation"),
    ".msg": ("application/vnd.ms-outlook", "Outlook message"),
}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEADER = re.compile(rb"([!-9;-~]{1,76})[ \t]*:")
_STRONG_HEADERS = frozenset(
    {b"received", b"message-id", b"mime-version", b"return-path", b"dkim-signature", b"delivered-to"}
)
_MAIL_HEADERS = _STRONG_HEADERS | {
    b"from", b"to", b"cc", b"bcc", b"subject", b"date", b"reply-to", b"sender", b"content-type",
    b"content-transfer-encoding", b"in-reply-to", b"references", b"thread-topic", b"x-mailer",
}  # fmt: skip


class Kind(StrEnum):
    """What casebinder tells apart to read or draw it; everything else is `OTHER` and gets a sheet."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    TIFF = "tiff"
    GIF = "gif"
    BMP = "bmp"
    WEBP = "webp"
    HEIC = "heic"
    AVIF = "avif"
    DOCX = "docx"
    DOC = "doc"
    ODT = "odt"
    RTF = "rtf"
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    PPTX = "pptx"
    PPT = "ppt"
    ODP = "odp"
    TEXT = "text"
    TABLE = "table"
    CHAT = "chat"
    HTML = "html"
    MAIL = "mail"
    OUTLOOK = "outlook"
    WINMAIL = "winmail"
    CALENDAR = "calendar"
    ZIP = "zip"
    AUDIO = "audio"
    VIDEO = "video"
    OTHER = "other"


PICTURES: Final = frozenset(
    {Kind.JPEG, Kind.PNG, Kind.TIFF, Kind.GIF, Kind.BMP, Kind.WEBP, Kind.HEIC, Kind.AVIF}
)
"""Kinds that are nothing but pictures: there is no text in them to search."""

_MAIN_TYPE: Final = re.compile(rb"""ContentType\s*=\s*["']([^"']*\.main(?:\+xml)?)["']""")
_ODF: Final = "application/vnd.oasis.opendocument."
_ODF_BODY: Final = re.compile(rb"<office:body\b[^>]*>\s*<office:(\w+)")
_KINDS: Final = {
    "image/tiff": Kind.TIFF,
    "image/gif": Kind.GIF,
    "image/bmp": Kind.BMP,
    "image/webp": Kind.WEBP,
    "image/heic": Kind.HEIC,
    "image/heif": Kind.HEIC,
    "image/heic-sequence": Kind.HEIC,
    "image/heif-sequence": Kind.HEIC,
    "image/avif": Kind.AVIF,
    "application/msword": Kind.DOC,
    **dict.fromkeys(
        (f"{_ODF}text{each}" for each in ("", "-web", "-master", "-template", "-master-template")), Kind.ODT
    ),
    "application/rtf": Kind.RTF,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Kind.XLSX,
    "application/vnd.ms-excel.sheet.macroEnabled.12": Kind.XLSX,
    "application/vnd.ms-excel": Kind.XLS,
    **dict.fromkeys((f"{_ODF}spreadsheet", f"{_ODF}spreadsheet-template"), Kind.ODS),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": Kind.PPTX,
    "application/vnd.ms-powerpoint.presentation.macroEnabled.12": Kind.PPTX,
    "application/vnd.ms-powerpoint": Kind.PPT,
    **dict.fromkeys((f"{_ODF}presentation", f"{_ODF}presentation-template"), Kind.ODP),
    "text/csv": Kind.TABLE,
    "text/tab-separated-values": Kind.TABLE,
    "text/html": Kind.HTML,
    "application/vnd.ms-outlook": Kind.OUTLOOK,
    "application/vnd.ms-tnef": Kind.WINMAIL,
    "text/calendar": Kind.CALENDAR,
    "application/zip": Kind.ZIP,
    "application/vnd.rn-realmedia": Kind.VIDEO,
}
"""The kind of a media type; those of recordings are told by their first word."""


@dataclass(frozen=True)
class KindOf:
    """What a file is: our kind, its media type, and what people call it ("Excel workbook")."""

    kind: Kind
    media_type: str
    detail: str


def named_kind(media_type: str, name: str) -> KindOf:
    """The kind that goes with a media type, and what people call it."""
    first = {"audio": Kind.AUDIO, "video": Kind.VIDEO}.get(media_type.partition("/")[0], Kind.OTHER)
    return KindOf(_KINDS.get(media_type, first), media_type, name)


_BY_SUFFIX: Final = {
    **dict.fromkeys((".pdf",), frozenset({Kind.PDF})),
    **dict.fromkeys((".doc", ".docx", ".odt", ".rtf"), frozenset({Kind.DOC, Kind.DOCX, Kind.ODT, Kind.RTF})),
    **dict.fromkeys((".xls", ".xlsx", ".ods"), frozenset({Kind.XLS, Kind.XLSX, Kind.ODS})),
    **dict.fromkeys((".ppt", ".pptx", ".odp"), frozenset({Kind.PPT, Kind.PPTX, Kind.ODP})),
    **dict.fromkeys(
        (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".avif"),
        frozenset({Kind.JPEG, Kind.PNG, Kind.GIF, Kind.BMP, Kind.TIFF, Kind.WEBP, Kind.HEIC, Kind.AVIF}),
    ),
    **dict.fromkeys((".eml",), frozenset({Kind.MAIL})),
    **dict.fromkeys((".msg",), frozenset({Kind.OUTLOOK})),
    **dict.fromkeys((".zip",), frozenset({Kind.ZIP})),
}


def is_misnamed(kind: Kind, suffix: str) -> bool:
    """Whether a suffix (".pdf") promises a file of another sort than it is: nothing that opens by name will open it."""
    promised = _BY_SUFFIX.get(suffix.lower())
    return promised is not None and kind not in promised and kind is not Kind.OTHER


def detect(path: Path, suffix: str | None = None) -> KindOf:
    """Say what a file is by its content.

    `suffix` (".eml") is that of its name as received; by default the suffix of `path`. It decides only where
    content cannot: among kinds of text, and for Office files whose content is encrypted or damaged.

    Raises:
        OSError: the file cannot be read.
    """
    suffix = (path.suffix if suffix is None else suffix).lower()
    size = path.stat().st_size
    if size == 0:
        return KindOf(Kind.OTHER, "application/x-empty", "empty file")
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        stream.seek(max(0, size - _TAIL_BYTES))
        tail = stream.read(_TAIL_BYTES)
    found = _by_signature(path, head, suffix) or _pdf_after_junk(head, tail, suffix)
    if found is None and _is_mail(head.removeprefix(codecs.BOM_UTF8).lstrip(), suffix):
        return KindOf(Kind.MAIL, "message/rfc822", "e-mail")
    return found or _as_text(path, head, suffix) or KindOf(Kind.OTHER, "application/octet-stream", "data")


def _by_signature(path: Path, head: bytes, suffix: str) -> KindOf | None:
    if head.startswith(b"%PDF-"):
        return KindOf(Kind.PDF, "application/pdf", "PDF")
    if head.startswith(b"\xff\xd8\xff"):
        return KindOf(Kind.JPEG, "image/jpeg", "JPEG photo")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return KindOf(Kind.PNG, "image/png", "PNG picture")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path, head, suffix)
    if head.startswith(ole.MAGIC):
        return _ole(path, suffix)
    return _other_signature(head)


def _other_signature(head: bytes) -> KindOf | None:
    named: tuple[str, str] | None = None
    if head.startswith(b"RIFF"):
        named = RIFF_FORMS.get(head[8:12])
    elif head[4:8] == b"ftyp":
        named = BRANDS.get(head[8:12], ("video/mp4", "MPEG-4 video"))
    elif head.startswith(b"BM") and len(head) > 26 and head[6:10] == bytes(4):
        named = ("image/bmp", "bitmap picture")
    elif head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        named = ("audio/aiff", "AIFF recording")
    elif head[:2] in (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"):
        named = ("audio/mpeg", "MP3 recording")
    elif head[:2] in (b"\xff\xf1", b"\xff\xf9"):
        named = ("audio/aac", "AAC recording")
    elif len(head) > 188 * 5 and set(head[: 188 * 6 : 188]) == {0x47}:
        named = ("video/mp2t", "MPEG video")
    for signature in SIGNATURES:
        if named is None and head.startswith(signature.magic, signature.offset):
            named = (signature.media_type, signature.name)
    return named_kind(*named) if named else None


def _pdf_after_junk(head: bytes, tail: bytes, suffix: str) -> KindOf | None:
    """A PDF may begin within the first 1,024 bytes. Source: ISO 32000-1 Annex H, implementation note 13."""
    if not re.search(rb"%PDF-\d\.\d", head[: PDF_JUNK_BYTES + 8]):
        return None
    if suffix == ".pdf" or b"startxref" in tail or re.search(rb"\d \d+ obj\b", head):
        return KindOf(Kind.PDF, "application/pdf", "PDF")
    return None


def _zip(path: Path, head: bytes, suffix: str) -> KindOf:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            types = _member(archive, "[Content_Types].xml") if "[Content_Types].xml" in names else b""
            mimetype = _odf_type(archive, names)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        # Cut or otherwise broken: what it was still shows at its start. The facts say that it is damaged.
        if suffix in _WORD_SUFFIXES or b"word/document.xml" in head:
            return KindOf(Kind.DOCX, _WORD_TYPE, "Word document")
        if suffix in _WORKBOOK_SUFFIXES or b"xl/workbook.xml" in head:
            return KindOf(Kind.XLSX, _WORKBOOK_TYPE, "Excel workbook")
        return _cut_odf(head) or named_kind("application/zip", "zip archive")
    return _zip_contents(names, types, mimetype)


def _zip_contents(names: set[str], types: bytes, mimetype: bytes) -> KindOf:
    mains = b" ".join(_MAIN_TYPE.findall(types))
    said = mains or types  # a chart carries a workbook: only the main part says what the file is
    if b"wordprocessingml" in said or b"ms-word" in said or (not mains and "word/document.xml" in names):
        if b"macroenabled" in said.lower() or "word/vbaProject.bin" in names:
            return KindOf(Kind.DOCX, _WORD_MACRO_TYPE, "Word document with macros")
        return KindOf(Kind.DOCX, _WORD_TYPE, "Word document")
    for marker, media_type, name in ZIP_MAIN_PARTS:
        if marker in said:
            return named_kind(media_type, name)
    if mimetype in MIMETYPE_NAMES:
        return named_kind(mimetype.decode("ascii"), MIMETYPE_NAMES[mimetype])
    return named_kind("application/zip", "zip archive")


def _odf_type(archive: zipfile.ZipFile, names: set[str]) -> bytes:
    """What an OpenDocument file says that it is, else what its body is: not every program writes `mimetype`, or first."""
    said = _member(archive, "mimetype").strip() if "mimetype" in names else b""
    if said in MIMETYPE_NAMES or not {"content.xml", "META-INF/manifest.xml"} <= names:
        return said
    body = _ODF_BODY.search(_member(archive, "content.xml"))
    return ODF_BODIES.get(body[1], said) if body else said


def _cut_odf(head: bytes) -> KindOf | None:
    """The kind of an OpenDocument file whose end is missing: `mimetype` stands at the start, uncompressed."""
    for said in sorted(MIMETYPE_NAMES, key=len, reverse=True):
        if head[30:].startswith(b"mimetype" + said):
            return named_kind(said.decode("ascii"), MIMETYPE_NAMES[said])
    return None


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        data = stream.read(_CONTENT_TYPES_BYTES)
    return data.replace(b"\0", b"") if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else data


def _ole(path: Path, suffix: str) -> KindOf:
    names = ole.entry_names(path)
    for marker, media_type, name in OLE_NAMES:
        if marker in names:
            if marker == "EncryptedPackage" and suffix in _WORKBOOK_SUFFIXES:
                return KindOf(Kind.XLSX, media_type, name)
            encrypted_word = marker == "EncryptedPackage" and suffix in _WORD_SUFFIXES
            if marker == "EncryptedPackage" and suffix in _SLIDE_SUFFIXES:
                return KindOf(Kind.PPTX, media_type, name)
            return KindOf(Kind.DOCX, media_type, name) if encrypted_word else named_kind(media_type, name)
    if (
        not names and suffix in _CUT_OLE
    ):  # its directory is gone with its end: held as damaged, not shown as a sheet
        return named_kind(*_CUT_OLE[suffix])
    return KindOf(Kind.OTHER, "application/x-ole-storage", "old Office file")


def _as_text(path: Path, head: bytes, suffix: str) -> KindOf | None:
    charset = guess_charset(path)
    if charset is None:
        return None
    start = head
    if charset == "utf-16":
        start = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode("utf-8")
    start = start.removeprefix(codecs.BOM_UTF8).lstrip()
    for pattern, media_type, name in TEXT_STARTS:
        if pattern.match(start):
            return named_kind(media_type, name)
    if suffix in TEXT_SUFFIXES:
        return named_kind(*TEXT_SUFFIXES[suffix])
    if _is_chat(start.decode("cp1252" if charset == "cp1252" else "utf-8", "replace")):
        return KindOf(Kind.CHAT, "text/plain", "exported chat")
    return KindOf(Kind.TEXT, "text/plain", "text file")


def _is_chat(start: str) -> bool:
    from casefiles.intake.readers.chat_lines import looks_like_chat  # late: few files get here

    return looks_like_chat(start)


def _is_mail(start: bytes, suffix: str) -> bool:
    """Header fields first, then an empty line. Source: RFC 5322, section 2.2."""
    names: set[bytes] = set()
    if suffix in TEXT_SUFFIXES:  # a saved web page is a message, too
        return False
    for line in start.splitlines():
        if not line.strip():
            break
        match = _HEADER.match(line)
        if match:
            names.add(match[1].lower())
        elif not line.startswith((b" ", b"\t")):
            return False
    known = names & _MAIL_HEADERS
    if suffix == ".eml":
        return len(known) >= 1
    # A note that begins "From: … To: … Subject: …" is a note: a message has been through a mail program.
    return (
        len(known) >= 3
        and bool(known & _STRONG_HEADERS)
        and bool(known & {b"from", b"sender", b"return-path"})
    )


def guess_charset(path: Path) -> str | None:
    """The charset that the whole file can be read in as plain text; None where it is no text.

    One of "utf-8", "utf-8-sig", "utf-16" (with a byte order mark) or "cp1252" (a guess).

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        first = stream.read(4)
        for mark, name in _BOMS:
            if first.startswith(mark):
                return name if _decodes(path, name) else None
        return next((name for name in ("utf-8", "cp1252") if _decodes(path, name)), None)


def _decodes(path: Path, charset: str) -> bool:
    decoder = codecs.getincrementaldecoder(charset)("strict")
    high = total = 0
    with path.open("rb") as stream:
        while True:
            piece = stream.read(_PIECE_BYTES)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError:
                return False
            if not piece:
                break
            plain = piece if charset != "utf-16" else text.encode("utf-8", "replace")
            if _CONTROL.search(plain) or (charset == "cp1252" and _NOT_CP1252.search(plain)):
                return False
            high += len(_HIGH.findall(plain)) if charset == "cp1252" else 0
            total += len(plain)
    # Letters with accents are rare among plain ones; bytes of a binary file are not.
    return high * 10 <= total * 3
