"""How files that are not drawn begin, what they are called, and by what media type.

Source: the media types are IANA's where it has one.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Signature(NamedTuple):
    """Bytes at an offset from the start of the file (bytes), and what they say."""

    offset: int
    magic: bytes
    media_type: str
    name: str


SIGNATURES: tuple[Signature, ...] = tuple(
    Signature(*row)
    for row in (
        (0, b"GIF87a", "image/gif", "GIF picture"),
        (0, b"GIF89a", "image/gif", "GIF picture"),
        (0, b"II*\0", "image/tiff", "TIFF picture"),
        (0, b"MM\0*", "image/tiff", "TIFF picture"),
        (0, b"II+\0", "image/tiff", "TIFF picture"),  # BigTIFF
        (0, b"MM\0+", "image/tiff", "TIFF picture"),
        (0, b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2", "JPEG 2000 picture"),
        (0, b"\xff\x0a", "image/jxl", "JPEG XL picture"),
        (0, b"\0\0\0\x0cJXL ", "image/jxl", "JPEG XL picture"),
        (0, b"8BPS", "image/vnd.adobe.photoshop", "Photoshop picture"),
        (0, b"\0\0\1\0", "image/vnd.microsoft.icon", "icon"),
        (0, b"\x01\0\0\0\x58\0\0\0", "image/emf", "Windows drawing"),
        (0, b"\xd7\xcd\xc6\x9a", "image/wmf", "Windows drawing"),
        (0, b"{\\rtf", "application/rtf", "Rich Text document"),
        (0, b"%!PS", "application/postscript", "PostScript file"),
        (0, b"\xc5\xd0\xd3\xc6", "application/postscript", "PostScript file"),
        (0, b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef", "Outlook attachment wrapper (winmail.dat)"),
        (0, b"!BDN", "application/vnd.ms-outlook-pst", "Outlook mailbox"),
        (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", "7z archive"),
        (0, b"Rar!\x1a\x07", "application/vnd.rar", "RAR archive"),
        (0, b"\x1f\x8b\x08", "application/gzip", "gzip archive"),
        (0, b"BZh", "application/x-bzip2", "bzip2 archive"),
        (0, b"\xfd7zXZ\0", "application/x-xz", "xz archive"),
        (0, b"\x28\xb5\x2f\xfd", "application/zstd", "zstd archive"),
        (0, b"MSCF", "application/vnd.ms-cab-compressed", "cabinet archive"),
        (257, b"ustar", "application/x-tar", "tar archive"),
        (0x8001, b"CD001", "application/x-iso9660-image", "disc image"),
        (0, b"ID3", "audio/mpeg", "MP3 recording"),
        (0, b"#!AMR", "audio/AMR", "AMR recording"),
        (0, b"OggS", "audio/ogg", "Ogg recording"),
        (0, b"fLaC", "audio/flac", "FLAC recording"),
        (0, b"caff", "audio/x-caf", "Apple recording"),
        (0, b"\x1aE\xdf\xa3", "video/x-matroska", "Matroska or WebM video"),
        (
            0,
            bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
            "video/x-ms-asf",
            "Windows Media recording",
        ),
        (0, b"FLV\x01", "video/x-flv", "Flash video"),
        (0, b"\0\0\x01\xba", "video/mpeg", "MPEG video"),
        (0, b"\0\0\x01\xb3", "video/mpeg", "MPEG video"),
        (0, b"\0\0\0\x01\x67", "video/h264", "camera video (H.264)"),
        (0, b"\0\0\0\x01\x40\x01", "video/h265", "camera video (H.265)"),
        (0, b"DHAV", "video/x-dhav", "camera video (DAV)"),
        (0, b".RMF", "application/vnd.rn-realmedia", "RealMedia recording"),
        (0, b".snd", "audio/basic", "AU recording"),
        (0, b"riff\x2e\x91\xcf\x11", "audio/x-w64", "Wave64 recording"),
        (4, b"moov", "video/quicktime", "QuickTime video"),
        (4, b"mdat", "video/quicktime", "QuickTime video"),
        (4, b"wide", "video/quicktime", "QuickTime video"),
        (0, b"MZ", "application/vnd.microsoft.portable-executable", "Windows program"),
        (0, b"\x7fELF", "application/x-executable", "Linux program"),
        (0, b"SQLite format 3\0", "application/vnd.sqlite3", "SQLite database"),
        (0, b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut", "Windows shortcut"),
        (0, b"bplist00", "application/x-plist", "Apple property list"),
    )
)

RIFF_FORMS = {
    b"WEBP": ("image/webp", "WebP picture"),
    b"WAVE": ("audio/wav", "WAV recording"),
    b"AVI ": ("video/vnd.avi", "AVI video"),
}

# ISO 14496-12 file types: the major brand after `ftyp`.
BRANDS = {
    b"heic": ("image/heic", "HEIC photo"),
    b"heix": ("image/heic", "HEIC photo"),
    b"hevc": ("image/heic-sequence", "HEIC photo"),
    b"mif1": ("image/heif", "HEIC photo"),
    b"msf1": ("image/heif-sequence", "HEIC photo"),
    b"avif": ("image/avif", "AVIF picture"),
    b"M4A ": ("audio/mp4", "MPEG-4 recording"),
    b"M4B ": ("audio/mp4", "MPEG-4 recording"),
    b"qt  ": ("video/quicktime", "QuickTime video"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3gr6", b"3gs7"), ("video/3gpp", "3GP video")),
    **dict.fromkeys((b"3g2a", b"3g2b", b"3g2c"), ("video/3gpp2", "3G2 video")),
    b"crx ": ("image/x-canon-cr3", "Canon raw photo"),
}

OLE_NAMES = (
    ("EncryptedPackage", "application/x-ole-storage", "password-protected Office file"),
    ("__properties_version1.0", "application/vnd.ms-outlook", "Outlook message"),
    ("WordDocument", "application/msword", "Word 97-2003 document"),
    ("Workbook", "application/vnd.ms-excel", "Excel 97-2003 workbook"),
    ("Book", "application/vnd.ms-excel", "Excel 5.0 workbook"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint", "PowerPoint 97-2003 presentation"),
    ("VisioDocument", "application/vnd.visio", "Visio drawing"),
)

ZIP_MAIN_PARTS = (
    (b"spreadsheetml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel workbook"),
    (b"ms-excel", "application/vnd.ms-excel.sheet.macroEnabled.12", "Excel workbook with macros"),
    (
        b"presentationml",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "PowerPoint presentation",
    ),
    (
        b"ms-powerpoint",
        "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
        "PowerPoint presentation with macros",
    ),
    (b"visio", "application/vnd.ms-visio.drawing", "Visio drawing"),
    (b"xpsdocument", "application/oxps", "XPS document"),
    (b"fixedrepresentation", "application/oxps", "XPS document"),
)

_ODF = b"application/vnd.oasis.opendocument."
MIMETYPE_NAMES = {
    **dict.fromkeys((_ODF + b"text", _ODF + b"text-web", _ODF + b"text-master"), "OpenDocument text"),
    **dict.fromkeys(
        (_ODF + b"text-template", _ODF + b"text-master-template"), "OpenDocument text (template)"
    ),
    _ODF + b"spreadsheet": "OpenDocument spreadsheet",
    _ODF + b"spreadsheet-template": "OpenDocument spreadsheet (template)",
    _ODF + b"presentation": "OpenDocument presentation",
    _ODF + b"presentation-template": "OpenDocument presentation (template)",
    b"application/epub+zip": "EPUB book",
}
ODF_BODIES = {each: _ODF + each for each in (b"text", b"spreadsheet", b"presentation")}
"""By the element that holds the body, the media type. Source: OASIS OpenDocument 1.3 part 3, 3.3."""

# Text that means something else: how it begins (after a byte order mark and white space).
TEXT_STARTS = (
    (
        re.compile(rb"(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S),
        "text/html",
        "web page",
    ),
    (
        re.compile(rb"(?:<\?xml.*?\?>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype\s+svg|<svg)\b", re.I | re.S),
        "image/svg+xml",
        "SVG drawing",
    ),
    (re.compile(rb"<\?xml\b", re.I), "application/xml", "XML file"),
    (re.compile(rb"BEGIN:VCALENDAR", re.I), "text/calendar", "calendar entry"),
    (re.compile(rb"BEGIN:VCARD", re.I), "text/vcard", "contact card"),
    (re.compile(rb"From [^\s]+ .*\d\d:\d\d"), "application/mbox", "mailbox file"),
)

# Text that only its name tells apart.
TEXT_SUFFIXES = {
    ".csv": ("text/csv", "CSV table"),
    ".tsv": ("text/tab-separated-values", "tab-separated table"),
    ".tab": ("text/tab-separated-values", "tab-separated table"),
    ".psv": ("text/csv", "CSV table"),
    ".json": ("application/json", "JSON file"),
    ".htm": ("text/html", "web page"),
    ".html": ("text/html", "web page"),
    ".mht": ("multipart/related", "saved web page"),
    ".mhtml": ("multipart/related", "saved web page"),
    ".ics": ("text/calendar", "calendar entry"),
    ".vcf": ("text/vcard", "contact card"),
    ".url": ("application/x-mswinurl", "web shortcut"),
}
