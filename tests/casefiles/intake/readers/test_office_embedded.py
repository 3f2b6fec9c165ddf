"""Files embedded in Office files become children, without what Windows wrapped them in; one that is lost holds the file."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import olefile
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, KindOf, detect
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.office_embedded import Native, unwrapped
from casefiles.mail.compound import Folder, write_compound

FILES = Path(__file__).resolve().parents[3] / "files" / "office"


def native(name: bytes, data: bytes, wide: str = "") -> bytes:
    """As Windows wraps a file. Source: [MS-OLEDS] 2.3.6, and what Windows 10 writes into it."""
    path = b"C:\\Users\\x\\" + name
    body = (
        b"\x02\0" + name + b"\0" + path + b"\0" + struct.pack("<II", 0x00030000, len(path) + 1) + path + b"\0"
    )
    body += struct.pack("<I", len(data)) + data
    if wide:
        for text in (f"C:\\temp\\{wide}", wide, f"C:\\{wide}"):
            body += struct.pack("<I", len(text)) + text.encode("utf-16-le")
    return struct.pack("<I", len(body)) + body


def wrapped(name: bytes, data: bytes, wide: str = "") -> bytes:
    return write_compound(Folder({"\x01Ole10Native": native(name, data, wide)}))


def workbook() -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["Absent", 14])  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()


def slides(tmp_path: Path, **more: bytes) -> Path:
    path = tmp_path / "show.pptx"
    path.write_bytes((FILES / "hidden.pptx").read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        for name, data in more.items():
            archive.writestr(f"ppt/{name.replace('__', '/').replace('_', '.')}", data)
    return path


def facts_of(path: Path, tmp_path: Path, limits: FactsLimits | None = None) -> FileFacts:
    scratch = tmp_path / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    return read_facts(path, detect(path), scratch, limits)


def taken(facts: FileFacts) -> dict[bytes, bytes]:
    return {child.name: child.path.read_bytes() for child in facts.children}


def codes(facts: FileFacts) -> list[str]:
    return [finding.code for finding in facts.findings]


def test_a_file_that_windows_wrapped_comes_out_under_its_name() -> None:
    assert unwrapped(native(b"notes.txt", b"hello")) == Native(b"notes.txt", b"hello")
    assert unwrapped(native(b"L_k.txt", b"x", "Łąk.txt")) == Native("Łąk.txt".encode(), b"x")
    assert unwrapped(native(b"caf\xe9.txt", b"x")) == Native("café.txt".encode(), b"x")
    assert unwrapped(struct.pack("<I", 9) + b"equation!") is None
    assert unwrapped(native(b"notes.txt", b"hello")[:-3]) is None


@given(st.binary(max_size=200), st.integers(0, 80), st.binary(max_size=8))
def test_any_wrapping_is_read(data: bytes, at: int, change: bytes) -> None:
    unwrapped(data)
    good = native(b"notes.txt", b"hello", "notes.txt")
    unwrapped(good[:at] + change + good[at + len(change) :])


def test_slides_give_their_files_and_their_films(tmp_path: Path) -> None:
    film = b"\0\0\0\x18ftypmp42" + bytes(50)
    path = slides(
        tmp_path, embeddings__Sheet1_xlsx=workbook(), embeddings__oleObject1_bin=wrapped(b"letter.txt", b"Dear"),
        media__film_mp4=film, media__picture_png=b"\x89PNG\r\n\x1a\n",
    )  # fmt: skip
    facts = facts_of(path, tmp_path)
    found = taken(facts)
    assert found.keys() == {b"Sheet1.xlsx", b"letter.txt", b"film.mp4"}
    assert found[b"letter.txt"] == b"Dear"
    assert found[b"film.mp4"] == film
    assert facts.state == "readable"
    assert {"office-embedded", "office-attachments"} <= set(codes(facts))


def test_a_limit_or_depth_holds_it_as_it_holds_an_archive(tmp_path: Path) -> None:
    path = slides(tmp_path, embeddings__a_bin=b"x" * 100, embeddings__b_bin=b"y" * 100)
    facts = facts_of(path, tmp_path, replace(FactsLimits(), child_count=1))
    assert facts.state == "held"
    assert facts.findings[0].code == "office-not-whole"
    assert "children-too-many" in codes(facts)
    assert len(facts.children) == 1


def test_an_object_that_is_broken_comes_out_as_it_is(tmp_path: Path) -> None:
    broken = wrapped(b"a.txt", b"x")[:700]
    facts = facts_of(slides(tmp_path, embeddings__oleObject1_bin=broken), tmp_path)
    assert taken(facts) == {b"oleObject1.bin": broken}


@pytest.mark.slow
def test_an_old_document_gives_the_file_that_libreoffice_put_into_it(tmp_path: Path) -> None:
    """A spreadsheet in a text document, through LibreOffice to Word 97: the object comes out as a file that opens."""
    odt = tmp_path / "letter.odt"
    _with_object(odt)
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
               "--convert-to", "doc", "--outdir", str(tmp_path), str(odt)]  # fmt: skip
    subprocess.run(command, check=True, timeout=100, capture_output=True)
    doc = tmp_path / "letter.doc"
    with olefile.OleFileIO(doc) as opened:
        assert any(path[0] == "ObjectPool" for path in opened.listdir())
    facts = facts_of(doc, tmp_path)
    assert facts.state == "readable"
    assert len(facts.children) == 1
    kind = detect(facts.children[0].path, "")
    assert kind.kind in {Kind.XLS, Kind.ODS, Kind.XLSX}, kind


def test_the_object_pool_of_an_old_workbook(tmp_path: Path) -> None:
    inner = Folder({"WordDocument": b"\xec\xa5" + bytes(600), "1Table": b"t" * 700})
    data = write_compound(
        Folder(
            {"Workbook": b"book"},
            {"MBD00A1": inner, "MBD00A2": Folder({"\x01Ole10Native": native(b"x.pdf", b"%PDF-1.4")}),
             "MBD00A3": Folder({"Equation Native": b"E"})},
        )
    )  # fmt: skip
    path = tmp_path / "old.xls"
    path.write_bytes(data)
    from casefiles.intake.facts import Reading
    from casefiles.intake.readers.children import ChildWriter
    from casefiles.intake.readers.office_embedded import take_out

    (tmp_path / "scratch").mkdir()
    reading = Reading(path, KindOf(Kind.XLS, "", ""), "old.xls", tmp_path / "scratch", FactsLimits(), 0)
    children = ChildWriter(reading)
    assert [one.code for one in take_out(reading, children)] == ["office-attachments"]
    found = {child.name: child.path for child in children.children}
    assert found.keys() == {b"MBD00A1.doc", b"x.pdf"}
    assert detect(found[b"MBD00A1.doc"], "").kind is Kind.DOC
    with olefile.OleFileIO(found[b"MBD00A1.doc"]) as opened:
        assert opened.openstream("1Table").read() == b"t" * 700


def _with_object(path: Path) -> None:
    """A text document with a spreadsheet in it. Source: OASIS OpenDocument 1.3 part 3, 10.4.6 (`draw:object`)."""
    names = ('xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:'
             'xmlns:text:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink='
             '"http://www.w3.org/1999/xlink" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
             'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.2"')  # fmt: skip
    frame = ('<draw:frame draw:name="o" text:anchor-type="as-char" svg:width="5cm" svg:height="2cm"><draw:object '
             'xlink:href="./Object 1" xlink:type="simple"/></draw:frame>')  # fmt: skip
    cell = "<table:table-cell><text:p>14</text:p></table:table-cell>"
    sheet = f'<office:spreadsheet><table:table table:name="S"><table:table-row>{cell}</table:table-row></table:table></office:spreadsheet>'
    base = "application/vnd.oasis.opendocument."
    entries = [("/", base + "text"), ("content.xml", "text/xml"), ("Object 1/", base + "spreadsheet"),
               ("Object 1/content.xml", "text/xml")]  # fmt: skip
    listed = "".join(f'<m:file-entry m:full-path="{name}" m:media-type="{kind}"/>' for name, kind in entries)
    manifest = f'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" m:version="1.2">{listed}</m:manifest>'
    bodies = {
        "mimetype": base + "text",
        "content.xml": f"<office:document-content {names}><office:body><office:text><text:p>Words {frame}</text:p>"
        "</office:text></office:body></office:document-content>",
        "Object 1/content.xml": f"<office:document-content {names}><office:body>{sheet}</office:body></office:document-content>",
        "META-INF/manifest.xml": manifest,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in bodies.items():
            archive.writestr(name, text)
