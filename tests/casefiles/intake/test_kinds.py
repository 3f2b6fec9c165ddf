"""Types by content, against files that other programs wrote."""

from __future__ import annotations

import codecs
import io
import struct
import zipfile
from email.message import EmailMessage
from pathlib import Path

import docx
import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from casefiles.intake.kinds import Kind, KindOf, detect, guess_charset, is_misnamed

KIND_OF = {
    "GIF picture": Kind.GIF, "TIFF picture": Kind.TIFF, "WebP picture": Kind.WEBP, "bitmap picture": Kind.BMP,
    "HEIC photo": Kind.HEIC, "AVIF picture": Kind.AVIF, "MPEG-4 video": Kind.VIDEO, "MPEG-4 recording": Kind.AUDIO,
    "MP3 recording": Kind.AUDIO, "WAV recording": Kind.AUDIO, "zip archive": Kind.ZIP, "OpenDocument text": Kind.ODT,
    "Excel workbook": Kind.XLSX, "Word 97-2003 document": Kind.DOC, "Outlook message": Kind.OUTLOOK,
    "Rich Text document": Kind.RTF, "web page": Kind.HTML, "CSV table": Kind.TABLE, "text file": Kind.TEXT,
}  # fmt: skip


def put(folder: Path, data: bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, kind)
    return out.getvalue()


def blank_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    return out.getvalue()


def word_file(**parts: bytes) -> bytes:
    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Attendance was 61 %.")
    document.save(out)
    if parts:
        with zipfile.ZipFile(out, "a") as archive:
            for name, data in parts.items():
                archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def zip_of(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def compound_file(*names: str) -> bytes:
    """A minimal OLE compound file with empty streams of these names. Source: [MS-CFB]."""
    header = bytearray(512)
    header[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 44, 1)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    fat = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    directory = bytearray()
    for name in ("Root Entry", *names):
        encoded = name.encode("utf-16-le")
        entry = bytearray(128)
        entry[: len(encoded)] = encoded
        struct.pack_into("<H", entry, 64, len(encoded) + 2)
        directory += entry
    return bytes(header) + fat + bytes(directory).ljust(512, b"\0")


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Absence"
    message["Message-ID"] = "<1@example.org>"
    message.set_content("He was ill.")
    return bytes(message)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (blank_pdf(), Kind.PDF),
        (b"junk\r\n" * 100 + blank_pdf(), Kind.PDF),
        (picture("JPEG"), Kind.JPEG),
        (picture("PNG"), Kind.PNG),
        (word_file(), Kind.DOCX),
        (b"Dear Sir,\r\n\r\nHe was ill.\r\n", Kind.TEXT),
        ("Łukasz Żółć £20".encode(), Kind.TEXT),
        (codecs.BOM_UTF8 + "£".encode(), Kind.TEXT),
        ("Łukasz".encode("utf-16"), Kind.TEXT),
        (codecs.BOM_UTF16_BE + "Łukasz".encode("utf-16-be"), Kind.TEXT),
        ("The fine is £60, café".encode("cp1252"), Kind.TEXT),
        (b"From: me\nTo: you\nSubject: a note that I typed\n\nHello", Kind.TEXT),
        (mail(), Kind.MAIL),
        (mail().replace(b"He was ill", "Élève à l'école \x1b$B".encode("latin-1")), Kind.MAIL),
    ],
)
def test_kinds_that_are_drawn(tmp_path: Path, data: bytes, kind: Kind) -> None:
    for name in ("file", "file.pdf", "file.xyz"):
        assert detect(put(tmp_path, data, name)).kind is kind


@pytest.mark.parametrize(
    ("data", "name", "detail"),
    [
        (b"", "a.pdf", "empty file"),
        (picture("GIF"), "a.jpg", "GIF picture"),
        (picture("TIFF"), "a.png", "TIFF picture"),
        (picture("WEBP"), "a.jpg", "WebP picture"),
        (picture("BMP"), "a.jpg", "bitmap picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a.jpg", "HEIC photo"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a", "MPEG-4 video"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "a", "MPEG-4 recording"),
        (zip_of(a=b"1"), "a.docx", "zip archive"),
        (zip_of(mimetype=b"application/vnd.oasis.opendocument.text"), "a", "OpenDocument text"),
        (
            zip_of(**{"[Content_Types].xml": b"<Types ... spreadsheetml.sheet.main+xml/>"}),
            "a.docx",
            "Excel workbook",
        ),
        (compound_file("WordDocument"), "a.docx", "Word 97-2003 document"),
        (compound_file("__properties_version1.0"), "a", "Outlook message"),
        (compound_file("EncryptedPackage"), "a.bin", "password-protected Office file"),
        (compound_file(), "a.doc", "old Office file"),
        (b"{\\rtf1\\ansi hello}", "a.doc", "Rich Text document"),
        (b"<!DOCTYPE html><p>x", "a.txt", "web page"),
        (b"  <html><body>", "a.txt", "web page"),
        (b"<?xml version='1.0'?><a/>", "a.txt", "XML file"),
        (b"name,date\n", "a.csv", "CSV table"),
        (mail(), "a.mht", "saved web page"),
        (b"MZ\x90\0", "a.pdf", "Windows program"),
        (bytes(range(256)) * 8, "a.docx", "data"),
        (b"text with a \0 in it", "a.txt", "data"),
        (b"A line about %PDF-1.4 files", "a.bin", "text file"),
    ],
)
def test_each_kind_says_what_it_is(tmp_path: Path, data: bytes, name: str, detail: str) -> None:
    found = detect(put(tmp_path, data, name))
    assert found.detail == detail
    assert found.kind is KIND_OF.get(detail, Kind.OTHER)


def test_macros_show_in_the_media_type(tmp_path: Path) -> None:
    found = detect(put(tmp_path, word_file(word__vbaProject_bin=b"", **{"word/vbaProject.bin": b"x"})))
    assert found == KindOf(
        Kind.DOCX, "application/vnd.ms-word.document.macroEnabled.12", "Word document with macros"
    )


def test_a_word_file_behind_a_password(tmp_path: Path) -> None:
    found = detect(put(tmp_path, compound_file("EncryptedPackage", "EncryptionInfo"), "a.docx"))
    assert found.kind is Kind.DOCX


def test_a_cut_word_file_is_still_a_word_file(tmp_path: Path) -> None:
    data = word_file()
    assert detect(put(tmp_path, data[: len(data) // 2], "a.docx")).kind is Kind.DOCX


def test_the_suffix_as_received_may_be_given(tmp_path: Path) -> None:
    path = put(tmp_path, b"Subject: x\n\nbody", "abcd1234")
    assert detect(path, ".eml").kind is Kind.MAIL
    assert detect(path, "").kind is Kind.TEXT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=3000),
        st.builds(
            bytes.__add__,
            st.sampled_from(
                [b"%PDF-", b"PK\x03\x04", compound_file("A")[:600], b"\xff\xd8\xff", mail()[:90], b"RIFF"]
            ),
            st.binary(max_size=600),
        ),
    ),
    st.sampled_from(["", ".docx", ".eml", ".pdf", ".csv"]),
)
def test_random_bytes_never_break_it(tmp_path: Path, data: bytes, suffix: str) -> None:
    path = put(tmp_path, data, "random" + suffix)
    found = detect(path)
    assert found.media_type
    assert found.detail
    assert detect(path, suffix) == found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=200))
def test_text_in_utf8_is_read_back(tmp_path: Path, text: str) -> None:
    path = put(tmp_path, text.encode())
    charset = guess_charset(path)
    assert charset is not None
    assert path.read_bytes().decode(charset).lstrip("\ufeff") == text.lstrip("\ufeff") or charset == "utf-16"


@pytest.mark.parametrize(
    ("kind", "suffix", "misnamed"),
    [
        (Kind.DOCX, ".pdf", True), (Kind.PDF, ".PDF", False), (Kind.DOC, ".docx", False), (Kind.PNG, ".jpg", False),
        (Kind.PDF, ".jpg", True), (Kind.TEXT, ".eml", True), (Kind.OTHER, ".pdf", False), (Kind.TEXT, ".log", False),
        (Kind.MAIL, "", False),
    ],
)  # fmt: skip
def test_a_name_that_promises_another_sort_is_noticed(kind: Kind, suffix: str, misnamed: bool) -> None:
    assert is_misnamed(kind, suffix) is misnamed


def test_a_locked_or_cut_workbook_is_still_a_workbook(tmp_path: Path) -> None:
    assert detect(put(tmp_path, compound_file("EncryptedPackage"), "locked.xlsx")).kind is Kind.XLSX
    assert detect(put(tmp_path, b"PK\x03\x04 cut", "cut.xlsx")).kind is Kind.XLSX
    assert detect(put(tmp_path, b"a\tb\n", "t.tab")).kind is Kind.TABLE
