"""Word documents: every word on the page, nothing fetched, nothing run, nothing silently lost."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import docx
import pypdfium2
import pytest
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from PIL import Image

from bundles.convert.base import ConversionRequest, ConversionResult, Held
from bundles.convert.docx import draw, draw_many
from bundles.derived import Derived
from casefiles.intake.kinds import Kind

MakeRequest = Callable[..., ConversionRequest]
pytestmark = pytest.mark.slow


def statement(
    path: Path, words: str = "I am an education welfare officer. Łukasz Żółć owes £20."
) -> Document:
    document = docx.Document()
    document.add_heading("Statement of Sam Smith", 0)
    document.add_paragraph(words)
    document.save(str(path))
    return document


def edit(path: Path, changes: Mapping[str, Callable[[bytes], bytes] | bytes]) -> None:
    """Replace or add members of the zip."""
    with zipfile.ZipFile(path) as package:
        members = {name: package.read(name) for name in package.namelist()}
    for name, change in changes.items():
        members[name] = change if isinstance(change, bytes) else change(members[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(name, data)


def codes(made: ConversionResult) -> list[str]:
    return sorted(each.code for each in made.findings)


def text_of(made: ConversionResult) -> str:
    assert isinstance(made, Derived), made
    document = pypdfium2.PdfDocument(str(made.path))
    return " ".join("".join(page.get_textpage().get_text_bounded() for page in document).split())


def converted(request_for: MakeRequest, path: Path) -> ConversionResult:
    return draw(request_for(path, Kind.DOCX))


def test_words_tables_and_notes_are_on_the_page(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "s.docx"
    document = statement(path)
    document.add_table(1, 2).rows[0].cells[1].text = "In the table: Ōsaka"
    document.save(str(path))
    made = converted(request_for, path)
    text = text_of(made)
    for words in ("Statement of Sam Smith", "Łukasz Żółć owes £20.", "In the table: Ōsaka"):
        assert words in text
    assert codes(made) == []
    assert isinstance(made, Derived)
    assert (made.converter, made.converter_version) == ("docx", "2")


def test_the_same_file_gives_the_same_bytes(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "s.docx"
    statement(path)
    first, second = converted(request_for, path), draw_again(request_for, path)
    assert isinstance(first, Derived) and isinstance(second, Derived)
    assert first.sha256 == second.sha256


def draw_again(request_for: MakeRequest, path: Path) -> ConversionResult:
    again = request_for(path, Kind.DOCX, extra="another folder")
    return draw(again)


def field(paragraph: object, instruction: str, saved: str, *, simple: bool) -> None:
    if simple:
        element = OxmlElement("w:fldSimple")
        element.set(qn("w:instr"), instruction)
        run = OxmlElement("w:r")
        words = OxmlElement("w:t")
        words.text = saved
        run.append(words)
        element.append(run)
        paragraph._p.append(element)  # type: ignore[attr-defined]
        return
    for kind in ("begin", instruction, "separate", saved, "end"):
        run = paragraph.add_run()  # type: ignore[attr-defined]
        if kind in {"begin", "separate", "end"}:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif kind == instruction:
            words = OxmlElement("w:instrText")
            words.text = instruction
            run._r.append(words)
        else:
            run.text = saved


@pytest.mark.parametrize("simple", [True, False])
def test_dates_and_file_names_stay_as_they_were_saved(
    tmp_path: Path, request_for: MakeRequest, simple: bool
) -> None:
    path = tmp_path / "s.docx"
    document = statement(path)
    field(document.add_paragraph("Dated "), ' DATE \\@ "d MMMM yyyy" ', "3 March 2019", simple=simple)
    field(document.add_paragraph("File "), " FILENAME ", "Letter home.doc", simple=simple)
    field(document.add_paragraph("Page "), " PAGE ", "77", simple=simple)
    document.save(str(path))
    made = converted(request_for, path)
    text = text_of(made)
    assert "Dated 3 March 2019" in text
    assert "File Letter home.doc" in text
    assert "Page 1" in text
    assert codes(made) == ["docx-fields-as-saved"]
    assert "DATE, FILENAME" in made.findings[0].message


def test_changes_comments_and_hidden_text_are_reported(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "s.docx"
    document = statement(path)
    document.add_paragraph("Visible ").add_run("HIDDENWORDS").font.hidden = True
    document.save(str(path))
    edit(path, {"word/document.xml": lambda xml: xml.replace(
        b"<w:t>I am an", b'<w:t>start </w:t></w:r><w:ins w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z"><w:r>'
        b'<w:t>INSERTED </w:t></w:r></w:ins><w:del w:id="2" w:author="A" w:date="2026-01-01T00:00:00Z"><w:r>'
        b"<w:delText>DELETED</w:delText></w:r></w:del><w:r><w:t>I am an"),
        "word/comments.xml": b'<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        b'<w:comment w:id="1"><w:p><w:r><w:t>A comment</w:t></w:r></w:p></w:comment></w:comments>'})  # fmt: skip
    made = converted(request_for, path)
    assert codes(made) == ["docx-comments", "docx-hidden-text", "docx-tracked-changes"]
    assert "INSERTED" in text_of(made)
    assert "HIDDENWORDS" not in text_of(made)


def test_macros_are_taken_out_and_said(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "s.docm"
    statement(path)
    edit(path, {
        "word/vbaProject.bin": b"not really a macro",
        "[Content_Types].xml": lambda xml: xml.replace(
            b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            b"application/vnd.ms-word.document.macroEnabled.main+xml",
        ),
    })  # fmt: skip
    made = converted(request_for, path)
    assert codes(made) == ["docx-macro"]
    assert "Łukasz Żółć" in text_of(made)


def test_linked_content_is_cut_and_said(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "s.docx"
    statement(path)
    edit(path, {
        "word/_rels/document.xml.rels": lambda xml: xml.replace(
            b"</Relationships>",
            b'<Relationship Id="rId90" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"'
            b' Target="http://127.0.0.1:9/x.png" TargetMode="External"/></Relationships>',
        ),
        "word/_rels/settings.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"'
        b' Target="http://127.0.0.1:9/t.dotm" TargetMode="External"/></Relationships>',
    })  # fmt: skip
    made = converted(request_for, path)
    assert codes(made) == ["docx-linked-content"]
    assert "Łukasz Żółć" in text_of(made)


def doctype(xml: bytes) -> bytes:
    head, body = xml.split(b"?>", 1)
    return head + b'?><!DOCTYPE w:document [<!ENTITY x "y">]>' + body


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "random bytes": (lambda path: path.write_bytes(bytes(range(256)) * 40) and None, "docx-damaged"),
    "empty": (lambda path: path.write_bytes(b"") and None, "docx-damaged"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:3000]) and None, "docx-damaged"),
    "old or encrypted": (
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600) and None, "docx-needs-password"),
    "doctype": (lambda path: edit(path, {"word/document.xml": doctype}), "docx-damaged"),
    "doctype in utf-16": (
        lambda path: edit(path, {"word/document.xml": lambda xml: doctype(xml).replace(b"UTF-8", b"UTF-16").decode().encode("utf-16")}),
        "docx-damaged"),
    "member outside": (lambda path: edit(path, {"../../evil.xml": b"<x/>"}), "docx-unsafe"),
    "backslash member": (lambda path: edit(path, {"..\\evil.xml": b"<x/>"}), "docx-unsafe"),
    "spreadsheet": (
        lambda path: edit(path, {"[Content_Types].xml": lambda xml: xml.replace(b"wordprocessingml.document", b"spreadsheetml.sheet")}),
        "docx-damaged"),
    "broken xml": (lambda path: edit(path, {"word/document.xml": lambda xml: xml[:-50]}), "docx-damaged"),
    "no main part": (lambda path: edit(path, {"[Content_Types].xml": lambda xml: xml.replace(b"/word/document.xml", b"/word/gone.xml")}),
        "docx-damaged"),
    "bomb in a part": (lambda path: edit(path, {"word/document.xml": lambda xml: xml + b" " * (65 << 20)}), "docx-too-large"),
    "bomb in all": (lambda path: edit(path, {f"word/media/{n}.bin": b"\0" * (90 << 20) for n in range(6)}), "docx-too-large"),
    "too many parts": (lambda path: edit(path, {f"word/x{n}.txt": b"" for n in range(5_001)}), "docx-too-large"),
    "deep nesting": (
        lambda path: edit(path, {"word/document.xml": lambda xml: xml.replace(b"<w:body>", b"<w:body>" + b"<w:sdt>" * 400)}), "docx-damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_never_reaches_libreoffice(
    tmp_path: Path, request_for: MakeRequest, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> dict[Path, Path]:
        raise AssertionError("LibreOffice was started")

    monkeypatch.setattr("bundles.convert.docx.to_pdf", never)
    path = tmp_path / "bad.docx"
    statement(path)
    spoil, code = BAD[case]
    spoil(path)
    made = converted(request_for, path)
    assert isinstance(made, Held)
    assert codes(made) == [code]
    assert made.findings[0].remedy


def test_text_that_vanishes_is_held(
    tmp_path: Path, request_for: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = tmp_path / "blank.pdf"
    Image.new("RGB", (100, 100), "white").save(blank)
    monkeypatch.setattr("bundles.convert.docx.to_pdf", lambda _p, sources, *_: {sources[0]: blank})
    path = tmp_path / "s.docx"
    statement(path)
    made = converted(request_for, path)
    assert isinstance(made, Held)
    assert codes(made) == ["docx-text-vanished"]


def test_a_batch_answers_in_order_and_holds_only_the_culprit(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    paths = [tmp_path / f"s{number}.docx" for number in range(4)]
    for number, path in enumerate(paths):
        statement(path, f"This is statement number{number}.")
    paths[2].write_bytes(b"PK\x03\x04 rubbish")
    results = draw_many([request_for(path, Kind.DOCX) for path in paths])
    assert codes(results[2]) == ["docx-damaged"]
    for number in (0, 1, 3):
        assert f"number{number}." in text_of(results[number])


def test_the_original_is_not_touched(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "s.docx"
    statement(path)
    path.chmod(0o400)
    before = (path.read_bytes(), path.stat().st_mtime_ns, sorted(tmp_path.iterdir()))
    request = request_for(path, Kind.DOCX)
    draw(request)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before[:2]
    assert list(request.scratch.rglob("*.docx")) == []


def test_a_picture_inside_is_shown(tmp_path: Path, request_for: MakeRequest) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (200, 200), (255, 0, 0)).save(picture, "PNG")
    path = tmp_path / "s.docx"
    document = statement(path)
    picture.seek(0)
    document.add_picture(picture)
    document.save(str(path))
    made = converted(request_for, path)
    assert isinstance(made, Derived)
    page = pypdfium2.PdfDocument(str(made.path))[0].render(scale=0.5).to_pil().convert("RGB")
    assert (255, 0, 0) in {colour for _, colour in page.getcolors(1 << 20) or ()}
