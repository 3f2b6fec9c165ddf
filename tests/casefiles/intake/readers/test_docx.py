"""Word files, made with python-docx and LibreOffice, then broken in every way of the table."""

from __future__ import annotations

import io
import subprocess
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pytest

from casefiles.findings import Severity
from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, KindOf, detect
from casefiles.intake.limits import FactsLimits

WORD = KindOf(
    Kind.DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word document"
)
MIB = 1 << 20
Parts = dict[str, bytes]
DOCUMENT, RELATIONSHIPS = "word/document.xml", "word/_rels/document.xml.rels"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def parts() -> Parts:
    out = io.BytesIO()
    document = docx.Document()
    document.add_heading("Statement", 1)
    document.add_paragraph("Łukasz was absent on 12 days.\tSigned.")
    document.save(out)
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Parts) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def facts_of(folder: Path, data: bytes, limits: FactsLimits | None = None, depth: int = 0) -> FileFacts:
    path = folder / "s.docx"
    path.write_bytes(data)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return read_facts(path, WORD, scratch, limits, subject="Statement.docx", depth=depth)


def relate(kind: str, target: str, mode: str = "External") -> Callable[[Parts], None]:
    def change(members: Parts) -> None:
        one = f'<Relationship Id="rX" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="{mode}"/></Relationships>'
        members[RELATIONSHIPS] = members[RELATIONSHIPS].replace(b"</Relationships>", one.encode())

    return change


def in_body(xml: str) -> Callable[[Parts], None]:
    def change(members: Parts) -> None:
        members[DOCUMENT] = members[DOCUMENT].replace(b"<w:body>", b"<w:body>" + xml.encode(), 1)

    return change


def add(name: str, data: bytes = b"x") -> Callable[[Parts], None]:
    return lambda members: members.update({name: data})


def doctype(members: Parts) -> None:
    members[DOCUMENT] = members[DOCUMENT].replace(
        b"<w:document", b'<!DOCTYPE x [<!ENTITY a "b">]><w:document', 1
    )


def doctype_in_utf16(members: Parts) -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    members["word/extra.xml"] = text.encode("utf-16")


def doctype_across_pieces(members: Parts) -> None:
    members["docProps/odd.xml"] = b"<?xml version='1.0'?>" + b" " * (MIB - 25) + b"<!DOCTYPE x><x/>"


def field_instruction(name: str) -> Callable[[Parts], None]:
    return in_body(f'<w:p><w:r><w:instrText>{name} "http://x/y"</w:instrText></w:r></w:p>')


def test_a_word_file_as_it_should_be(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, packed(parts()))
    assert (facts.state, facts.pages, facts.findings, facts.children) == ("readable", None, (), ())
    assert facts.text == "Statement\nŁukasz was absent on 12 days.\tSigned."


@pytest.mark.slow
def test_a_word_file_of_libreoffice(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text("He was ill.")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "docx",
        "--outdir",
        str(tmp_path),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True)
    path = tmp_path / "a.docx"
    facts = read_facts(path, detect(path), tmp_path)
    assert (facts.kind, facts.state, facts.text, facts.findings) == (Kind.DOCX, "readable", "He was ill.", ())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (doctype, "docx-doctype"),
        (doctype_in_utf16, "docx-doctype"),
        (doctype_across_pieces, "docx-doctype"),
        (add("../../evil.xml", b"<a/>"), "docx-unsafe-names"),
        (add("/etc/evil.xml", b"<a/>"), "docx-unsafe-names"),
        (add("word\\..\\..\\evil.bin"), "docx-unsafe-names"),
        (add("C:/evil.bin"), "docx-unsafe-names"),
        (add("WORD/document.xml", b"<a/>"), "docx-double-parts"),
        (lambda members: members.pop(DOCUMENT), "docx-damaged"),
        (add("word/extra.xml", b"<a><b></a>"), "docx-damaged"),
        (in_body("<w:x>" * 1200 + "</w:x>" * 1200), "docx-too-large"),
    ],
)
def test_what_holds_a_word_file(tmp_path: Path, change: Callable[[Parts], None], code: str) -> None:
    members = parts()
    change(members)
    facts = facts_of(tmp_path, packed(members))
    assert (facts.state, facts.findings[0].code) == ("held", code)
    assert facts.findings[0].remedy
    assert "evil" not in facts.findings[0].message


@pytest.mark.parametrize(
    ("change", "code", "severity"),
    [
        (add("word/vbaProject.bin"), "docx-macros", Severity.WARNING),
        (add("word/activeX/activeX1.bin"), "docx-controls", Severity.WARNING),
        (relate("attachedTemplate", "http://x/evil.dotm"), "docx-external", Severity.WARNING),
        (relate("image", "http://x/pixel.png"), "docx-external", Severity.WARNING),
        (relate("oleObject", "file:///etc/passwd"), "docx-external", Severity.WARNING),
        (relate("hyperlink", "http://x/"), "docx-web-links", Severity.NOTE),
        (field_instruction("INCLUDEPICTURE"), "docx-fields", Severity.WARNING),
        (field_instruction("DDEAUTO"), "docx-fields", Severity.WARNING),
        (
            in_body("<w:p><w:ins><w:r><w:t>x</w:t></w:r></w:ins></w:p>"),
            "docx-tracked-changes",
            Severity.WARNING,
        ),
        (
            in_body("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>x</w:t></w:r></w:p>"),
            "docx-hidden-text",
            Severity.WARNING,
        ),
        (
            add(
                "word/comments.xml",
                b'<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
                b"<w:comment/></w:comments>",
            ),
            "docx-comments",
            Severity.NOTE,
        ),
    ],
)
def test_what_is_reported_of_a_word_file(
    tmp_path: Path, change: Callable[[Parts], None], code: str, severity: Severity
) -> None:
    members = parts()
    change(members)
    facts = facts_of(tmp_path, packed(members))
    assert facts.state == "readable"
    assert [(one.code, one.severity, one.subject) for one in facts.findings] == [
        (code, severity, "Statement.docx")
    ]


def test_what_only_looks_like_it_is_not_reported(tmp_path: Path) -> None:
    members = parts()
    in_body('<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>DDEAUTO links</w:t></w:r></w:p>')(members)
    relate("image", "media/a.png", mode="Internal")(members)
    assert facts_of(tmp_path, packed(members)).findings == ()


def test_two_members_of_one_name(tmp_path: Path) -> None:
    out = io.BytesIO(packed(parts()))
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(DOCUMENT, b"<a/>")
    assert facts_of(tmp_path, out.getvalue()).findings[0].code == "docx-double-parts"


def bomb(size_bytes: int) -> bytes:
    out = io.BytesIO(packed(parts()))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("word/media/huge.bin", "w", force_zip64=True) as member,
    ):
        for _ in range(size_bytes // MIB):
            member.write(bytes(MIB))
    return out.getvalue()


def test_six_hundred_megabytes_in_less_than_one(tmp_path: Path) -> None:
    data = bomb(600 * MIB)
    assert len(data) < MIB
    facts = facts_of(tmp_path, data)
    assert (facts.state, facts.findings[0].code) == ("held", "docx-too-large")
    assert "more than 512 MiB" in facts.findings[0].message


def test_a_list_of_members_that_lies_about_sizes(tmp_path: Path) -> None:
    data = bytearray(bomb(8 * MIB))
    true_size = (8 * MIB).to_bytes(4, "little")
    entry = data.rindex(b"PK\x01\x02", 0, data.rindex(b"huge.bin"))
    assert data[entry + 24 : entry + 28] == true_size
    data[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    facts = facts_of(tmp_path, bytes(data), replace(FactsLimits(), zip_bytes=4 * MIB))
    assert facts.state == "held"
    assert facts.findings[0].code in ("docx-too-large", "docx-damaged")


def test_too_many_parts(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, packed(parts()), replace(FactsLimits(), zip_members=3))
    assert facts.findings[0].code == "docx-too-large"


def test_a_cut_file_is_held_wherever_it_is_cut(tmp_path: Path) -> None:
    data = packed(parts())
    for cut in range(8, len(data) - 1, len(data) // 30):
        facts = facts_of(tmp_path, data[:cut])
        assert (facts.state, facts.findings[0].code) == ("held", "docx-damaged"), cut


def test_a_flipped_bit_in_a_part_is_held(tmp_path: Path) -> None:
    data = bytearray(packed(parts()))
    at = data.index(b"word/document.xml") + 200
    data[at] ^= 0x10
    assert facts_of(tmp_path, bytes(data)).findings[0].code == "docx-damaged"


def test_an_encrypted_office_file(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000))
    assert (facts.state, facts.findings[0].code) == ("held", "docx-needs-password")


def test_a_zip_with_locked_members(tmp_path: Path) -> None:
    data = bytearray(packed(parts()))
    entry = data.index(b"PK\x01\x02")
    data[entry + 8] |= 1
    assert facts_of(tmp_path, bytes(data)).findings[0].code == "docx-needs-password"


def test_embedded_files_become_children(tmp_path: Path) -> None:
    members = parts()
    add("word/embeddings/Sheet1.xlsx", b"workbook")(members)
    add("word/embeddings/oleObject1.bin", b"ole")(members)
    add("word/media/image1.png", b"not a child")(members)
    facts = facts_of(tmp_path, packed(members))
    assert {child.name: child.path.read_bytes() for child in facts.children} == {
        b"Sheet1.xlsx": b"workbook",
        b"oleObject1.bin": b"ole",
    }
    assert [one.code for one in facts.findings] == ["office-attachments"]
    deep = tmp_path / "deep"
    deep.mkdir()
    facts = facts_of(deep, packed(members), depth=5)
    assert [one.code for one in facts.findings] == ["office-not-whole", "children-too-deep"]
    assert facts.state == "held", "as an archive that could not be taken apart"


def test_random_bytes_named_docx_are_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "r.docx"
    path.write_bytes(bytes(range(255, -1, -1)) * 20)
    assert read_facts(path, detect(path), tmp_path).state == "sheet"
