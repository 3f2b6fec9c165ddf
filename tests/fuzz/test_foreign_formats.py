"""Every reader of a format that others write, given damaged bytes: facts or a plain reason, never another end.

What the cage would stop (time, memory) is not tried here. A library's own weak spots are its reader's to catch: a file
held with "conversion failed" helps nobody.
"""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from casefiles.findings import Severity
from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, KindOf
from casefiles.intake.limits import FactsLimits
from tests.fuzz.damage import EXAMPLES, damaged

TESTS = Path(__file__).parents[1]
LIMITS = FactsLimits()
OFFICE = {
    Kind.DOC: "hidden.doc", Kind.ODT: "hidden.odt", Kind.RTF: "hidden.rtf", Kind.PPTX: "hidden.pptx",
    Kind.PPT: "hidden.ppt.gz", Kind.ODP: "hidden.odp",
}  # fmt: skip
PICTURES = {
    Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.TIFF: "TIFF", Kind.GIF: "GIF", Kind.BMP: "BMP", Kind.WEBP: "WEBP",
}  # fmt: skip
CALENDAR = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/London:20260701T100000\r\n"
    b"DURATION:PT1H\r\nSUMMARY:Attendance meeting\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nATTENDEE;CN=A:mailto:a@example.org\r\n"
    b"ATTACH;VALUE=BINARY;ENCODING=BASE64;FILENAME=x.txt:aGVsbG8=\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
CHAT = "19/01/2026, 08:12 - Mum: He is ill 🤒\n19/01/2026, 08:14 - School: Since when?\nand more\n20/01/2026, 09:00 - Mum: <Media omitted>\n"
PAGE = b"<!doctype html><html><head><title>t</title></head><body><p>Words<table><tr><td>1<td>2</table><script>x</script></body></html>"


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Łoś: absence"
    message["Date"] = "Mon, 19 Jan 2026 08:12:44 +0000"
    message.set_content("He is ill.\n")
    message.add_alternative("<p>He is <b>ill</b> <img src='cid:x'></p>", subtype="html")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="picture.png")
    return message.as_bytes()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("letter.txt", "words " * 50)
        made.writestr("folder/photo.jpg", b"\xff\xd8\xff" * 9)
    return out.getvalue()


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (("Pupil", "Mark", "Date"), ("A", 1.5, "=1+1"), ("B", True, None)):
        sheet.append(row)
    sheet.merge_cells("A1:B1")
    book.save(out)
    return out.getvalue()


def table() -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(
        [["Date", "Session", "Code"], ["19/01/2026", "AM", "O"], ["20/01/2026", 'P"M', "/"]]
    )
    return out.getvalue().encode()


def picture(kind: Kind) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((40, 30), 60).convert("RGB").save(out, PICTURES[kind])
    return out.getvalue()


@cache
def seeds(kind: Kind) -> Sequence[bytes]:
    if kind in OFFICE:
        data = (TESTS / "files" / "office" / OFFICE[kind]).read_bytes()
        return (gzip.decompress(data) if OFFICE[kind].endswith(".gz") else data,)
    if kind in PICTURES:
        return (picture(kind),)
    made = {
        Kind.MAIL: mail, Kind.ZIP: archive, Kind.XLSX: workbook, Kind.TABLE: table, Kind.CALENDAR: lambda: CALENDAR,
        Kind.CHAT: CHAT.encode, Kind.HTML: lambda: PAGE, Kind.TEXT: "plain £ words\n".encode,
        Kind.OUTLOOK: (TESTS / "casefiles" / "mail" / "files" / "outer.msg").read_bytes,
        Kind.HEIC: (TESTS / "bundles" / "convert" / "files" / "two-pictures.heic").read_bytes,
    }  # fmt: skip
    return (made[kind](),)


KINDS = [
    *OFFICE, *PICTURES, Kind.MAIL, Kind.OUTLOOK, Kind.ZIP, Kind.XLSX, Kind.TABLE, Kind.CALENDAR, Kind.CHAT, Kind.HTML,
    Kind.TEXT, Kind.HEIC,
]  # fmt: skip


def facts(kind: Kind, data: bytes) -> FileFacts:
    with tempfile.TemporaryDirectory() as folder:
        path, scratch = Path(folder) / "file", Path(folder) / "scratch"
        path.write_bytes(data)
        scratch.mkdir()
        found = read_facts(path, KindOf(kind, "x/y", "a file"), scratch, LIMITS)
        assert all(child.path.parent == scratch for child in found.children)
        assert sorted(each.name for each in Path(folder).iterdir()) == ["file", "scratch"]
        assert path.read_bytes() == data
        return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_seeds_are_read(kind: Kind) -> None:
    for data in seeds(kind):
        assert facts(kind, data).state == "readable"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=max(20, EXAMPLES // 2), deadline=None)
@given(data=st.data())
def test_damaged_bytes_are_read_or_held_with_a_reason(kind: Kind, data: st.DataObject) -> None:
    found = facts(kind, data.draw(damaged(seeds(kind))))
    if found.state == "held":
        held = [one for one in found.findings if one.severity is Severity.ERROR]
        assert held and all(one.message and one.remedy for one in held)
