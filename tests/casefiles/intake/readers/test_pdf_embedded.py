from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, KindOf
from casefiles.intake.limits import FactsLimits

PDF = KindOf(Kind.PDF, "application/pdf", "PDF")


def read(pdf: pikepdf.Pdf, folder: Path, limits: FactsLimits | None = None, depth: int = 0) -> FileFacts:
    path = folder / "holder.pdf"
    pdf.save(path)
    scratch = folder / "scratch"
    scratch.mkdir()
    return read_facts(path, PDF, scratch, limits or FactsLimits(), depth=depth)


def attached(folder: Path, *names: str) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    for name in names:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, f"content of {name}".encode(), filename=name)
    return pdf


def specification(pdf: pikepdf.Pdf, name: str, packed: bytes, **entries: object) -> pikepdf.Object:
    stream = pdf.make_stream(b"")
    stream.write(packed, filter=Name.FlateDecode)
    return pdf.make_indirect(
        Dictionary(Type=Name.Filespec, F=String(name), EF=Dictionary(F=stream), **entries)
    )


def test_attached_files_become_children(tmp_path: Path) -> None:
    facts = read(attached(tmp_path, "Łukasz.txt", "../../b.txt"), tmp_path)
    assert facts.state == "readable"
    assert {child.name: child.path.read_bytes() for child in facts.children} == {
        "Łukasz.txt".encode(): "content of Łukasz.txt".encode(),
        b"../../b.txt": b"content of ../../b.txt",
    }
    assert sorted(child.path.name for child in facts.children) == ["child-0001", "child-0002"]
    assert [one.code for one in facts.findings] == ["pdf-attachments"]


def test_a_file_pinned_to_a_page_and_an_associated_file(tmp_path: Path) -> None:
    pdf = attached(tmp_path)
    pinned, associated = (specification(pdf, name, zlib.compress(name.encode())) for name in ("pin", "af"))
    note = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=pinned)
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])
    pdf.Root.AF = Array([associated, pinned])
    facts = read(pdf, tmp_path)
    assert {child.name: child.path.read_bytes() for child in facts.children} == {b"pin": b"pin", b"af": b"af"}


def test_a_cut_attachment_is_named_and_not_taken_out(tmp_path: Path) -> None:
    pdf = attached(tmp_path, "good.txt")
    whole = zlib.compress(bytes(range(256)) * 50)
    pdf.Root.AF = Array([specification(pdf, "cut", whole[: len(whole) // 2])])
    facts = read(pdf, tmp_path)
    assert [child.name for child in facts.children] == [b"good.txt"]
    assert "pdf-attachments-lost" in [one.code for one in facts.findings]
    assert [path.name for path in (tmp_path / "scratch").iterdir()] == ["child-0001"]


def test_an_attached_bomb(tmp_path: Path) -> None:
    pdf = attached(tmp_path)
    pdf.Root.AF = Array([specification(pdf, "bomb", zlib.compress(bytes(5 << 20)))])
    facts = read(pdf, tmp_path, replace(FactsLimits(), stream_bytes=1 << 20))
    lost = next(one for one in facts.findings if one.code == "pdf-attachments-lost")
    assert "more than 1 MiB" in lost.message
    assert facts.children == ()


def test_number_and_depth_are_limited(tmp_path: Path) -> None:
    facts = read(attached(tmp_path, "a", "b", "c"), tmp_path, replace(FactsLimits(), child_count=2))
    assert len(facts.children) == 2
    assert "children-too-many" in [one.code for one in facts.findings]
    deep = tmp_path / "deep"
    deep.mkdir()
    facts = read(attached(tmp_path, "a"), deep, depth=5)
    assert facts.children == ()
    assert "children-too-deep" in [one.code for one in facts.findings]


def test_a_name_tree_that_leads_back_to_itself(tmp_path: Path) -> None:
    pdf = attached(tmp_path, "a.txt")
    tree = pdf.Root.Names.EmbeddedFiles
    pdf.Root.Names.EmbeddedFiles = pdf.make_indirect(Dictionary(Kids=Array([tree])))
    pdf.Root.Names.EmbeddedFiles.Kids.append(pdf.Root.Names.EmbeddedFiles)
    assert [child.name for child in read(pdf, tmp_path).children] == [b"a.txt"]
