"""Documents and slides that LibreOffice wrote, read whole, cut, changed and locked."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import olefile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, detect, is_misnamed
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.office import look
from casefiles.intake.readers.office_contents import Refused

FILES = Path(__file__).resolve().parents[3] / "files" / "office"
DOCUMENTS = (Kind.DOC, Kind.ODT, Kind.RTF)
SLIDES = (Kind.PPTX, Kind.PPT, Kind.ODP)
ALL = (*DOCUMENTS, *SLIDES)
ZIPPED = (Kind.ODT, Kind.ODP, Kind.PPTX)
MIB = 1 << 20


def data_of(kind: Kind) -> bytes:
    if kind is Kind.PPT:
        return gzip.decompress((FILES / "hidden.ppt.gz").read_bytes())
    return (FILES / f"hidden.{kind.value}").read_bytes()


def facts_of(folder: Path, kind: Kind, data: bytes, limits: FactsLimits | None = None) -> FileFacts:
    path = folder / f"letter.{kind.value}"
    path.write_bytes(data)
    return read_facts(path, replace(detect(path), kind=kind), folder, limits, subject="Letter")


def changed_zip(data: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def changed_stream(data: bytes, name: str, offset: int, new: bytes) -> bytes:
    buffer = io.BytesIO(data)
    compound = olefile.OleFileIO(buffer, write_mode=True)
    stream = bytearray(compound.openstream(name).read())
    stream[offset : offset + len(new)] = new
    compound.write_stream(name, bytes(stream))
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ALL)
def test_the_kind_is_told_by_the_bytes(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(data_of(kind))
    assert detect(path).kind is kind
    assert is_misnamed(kind, ".pdf")


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_with_everything_hidden(tmp_path: Path, kind: Kind) -> None:
    facts = facts_of(tmp_path, kind, data_of(kind))
    assert (facts.state, facts.pages, facts.children) == ("readable", None, ())
    for words in (
        "Łukasz Żółć owes £20", "Footnotewords stand below.", "Dated 03/04/19", "Celltwo Ōsaka", "weblinkwords",
        "Headerwords of Sample School", "insertedwords", "deletedwords", "hiddenwords", "Commentwords by Pat",
    ):  # fmt: skip
        assert words in facts.text, words
    messages = {one.code: one.message for one in facts.findings}
    assert "(2); deleted: “deletedwords”" in messages["office-tracked-changes"]
    assert "Commentwords by Pat" in messages["office-comments"]
    assert messages["office-hidden-text"].endswith("not show: “hiddenwords”")
    assert "date" in messages["office-fields-as-saved"].lower()
    assert ("office-linked-content" in messages) == (kind is not Kind.RTF), (
        "LibreOffice left it out of the RTF"
    )


@pytest.mark.parametrize("kind", SLIDES)
def test_slides_with_everything_hidden(tmp_path: Path, kind: Kind) -> None:
    facts = facts_of(tmp_path, kind, data_of(kind))
    assert facts.state == "readable"
    for words in (
        "Attendance training Łukasz £20",
        "dated 03/04/19",
        "Thirdslide",
        "Hiddenslide",
        "Speakernotes",
    ):
        assert words in facts.text, words
    messages = {one.code: one.message for one in facts.findings}
    assert messages["office-hidden-slides"] == "Slide 2 of 3 is hidden and not drawn: “Hiddenslide words”"
    assert "“slide 1: Speakernotes of slide one”" in messages["office-speaker-notes"]
    assert ("office-comments" in messages) == (kind is not Kind.PPT), "LibreOffice left it out of the ppt"


@pytest.mark.parametrize("kind", ALL)
def test_random_bytes_are_held(tmp_path: Path, kind: Kind) -> None:
    facts = facts_of(tmp_path, kind, bytes(range(256)) * 40)
    assert (facts.state, facts.findings[0].code) == ("held", "office-damaged")
    assert facts.findings[0].remedy


@pytest.mark.parametrize("kind", ALL)
def test_the_bytes_of_another_kind_are_held(tmp_path: Path, kind: Kind) -> None:
    other = Kind.ODP if kind is not Kind.ODP else Kind.DOC
    assert facts_of(tmp_path, kind, data_of(other)).state == "held"


@pytest.mark.parametrize("kind", ALL)
def test_a_cut_file_is_held_or_whole(tmp_path: Path, kind: Kind) -> None:
    data = data_of(kind)
    whole = facts_of(tmp_path, kind, data)
    for cut in range(8, len(data), len(data) // 20):
        facts = facts_of(tmp_path, kind, data[:cut])
        assert facts.state == "held" or facts.text == whole.text, cut


@pytest.mark.parametrize("kind", ALL)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=40))
def test_changed_bytes_never_break_the_reader(
    tmp_path: Path, kind: Kind, places: list[tuple[float, int]]
) -> None:
    data = bytearray(data_of(kind))
    for place, value in places:
        data[int(place * len(data))] = value
    path = tmp_path / "fuzzed"
    path.write_bytes(data)
    try:
        looked = look(path, kind, FactsLimits())
    except Refused as refusal:
        assert refusal.code.startswith("office-")
    else:
        assert isinstance(looked.contents.searchable, str)


LOCKED = {
    Kind.DOC: lambda data: changed_stream(data, "WordDocument", 11, b"\x13"),
    Kind.PPT: lambda data: changed_stream(data, "Current User", 12, struct.pack("<I", 0xF3D1C4DF)),
    Kind.ODT: lambda data: changed_zip(data, _locked_manifest),
    Kind.ODP: lambda data: changed_zip(data, _locked_manifest),
}


def _locked_manifest(members: dict[str, bytes]) -> None:
    name = "META-INF/manifest.xml"
    members[name] = members[name].replace(
        b"</manifest:manifest>",
        b'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">'
        b"<manifest:encryption-data/></manifest:file-entry></manifest:manifest>",
    )
    members["content.xml"] = b"\x8f\x10 not xml any more"


@pytest.mark.parametrize("kind", LOCKED)
def test_a_locked_file_says_that_it_needs_a_password(tmp_path: Path, kind: Kind) -> None:
    facts = facts_of(tmp_path, kind, LOCKED[kind](data_of(kind)))
    assert (facts.state, facts.findings[0].code) == ("held", "office-needs-password")
    assert "password" in facts.findings[0].message


def test_a_locked_pptx_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "training.pptx"
    path.write_bytes(data_of(Kind.DOC).replace("WordDocument".encode("utf-16-le"), b"\0" * 24))
    data = path.read_bytes()
    entry = data.index("1Table".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(
        data[:entry] + name + data[entry + len(name) : entry + 64] + b"\x22\0" + data[entry + 66 :]
    )
    kind = detect(path)
    assert kind.kind is Kind.PPTX
    assert read_facts(path, kind, tmp_path).findings[0].code == "office-needs-password"


HOSTILE: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "doctype": (lambda m: m.update({"styles.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "office-doctype"),
    "outside": (lambda m: m.update({"../../evil.xml": b"<a/>"}), "office-unsafe-names"),
    "backslash": (lambda m: m.update({"..\\evil.bin": b"x"}), "office-unsafe-names"),
    "twice": (lambda m: m.update({"CONTENT.xml": b"<a/>", "content.XML": b"<a/>"}), "office-double-parts"),
    "broken": (lambda m: m.update({"extra.xml": b"<a><b></a>"}), "office-damaged"),
    "large": (lambda m: m.update({f"Pictures/{n}": bytes(90 * MIB) for n in range(6)}), "office-too-large"),
    "large part": (lambda m: m.update({"x.xml": b"<a>" + b" " * (65 * MIB) + b"</a>"}), "office-too-large"),
    "deep": (lambda m: m.update({"x.xml": b"<a>" * 400 + b"</a>" * 400}), "office-damaged"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ZIPPED)
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_package_is_held(tmp_path: Path, kind: Kind, case: str) -> None:
    change, code = HOSTILE[case]
    facts = facts_of(tmp_path, kind, changed_zip(data_of(kind), change))
    assert (facts.state, facts.findings[0].code) == ("held", code)
    assert "evil" not in facts.findings[0].message


def test_too_many_parts(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, Kind.ODT, data_of(Kind.ODT), replace(FactsLimits(), zip_members=3))
    assert facts.findings[0].code == "office-too-large"


@pytest.mark.parametrize("kind", (Kind.DOC, Kind.PPT, Kind.RTF))
def test_a_file_larger_than_the_limit(tmp_path: Path, kind: Kind) -> None:
    facts = facts_of(tmp_path, kind, data_of(kind), replace(FactsLimits(), zip_bytes=1000))
    assert facts.findings[0].code == "office-too-large"


def test_slides_that_are_all_hidden_are_held(tmp_path: Path) -> None:
    def hide(members: dict[str, bytes]) -> None:
        for name in [each for each in members if each.startswith("ppt/slides/slide")]:
            members[name] = (
                members[name].replace(b' show="0"', b"").replace(b"<p:sld ", b'<p:sld show="0" ', 1)
            )

    facts = facts_of(tmp_path, Kind.PPTX, changed_zip(data_of(Kind.PPTX), hide))
    assert (facts.state, facts.findings[0].code) == ("held", "office-nothing-shown")


def test_macros_embedded_files_and_links_are_named(tmp_path: Path) -> None:
    def add(members: dict[str, bytes]) -> None:
        members["ppt/vbaProject.bin"] = members["ppt/embeddings/Figures.xlsx"] = members[
            "ppt/media/film.mp4"
        ] = b"x"
        rels = "ppt/slides/_rels/slide1.xml.rels"
        members[rels] = members[rels].replace(
            b"</Relationships>",
            b'<Relationship Id="rX" Type="http://x/image" Target="http://x/y.png" TargetMode="External"/>'
            b'<Relationship Id="rY" Type="http://x/hyperlink" Target="http://x/" TargetMode="External"/></Relationships>',
        )

    facts = facts_of(tmp_path, Kind.PPTX, changed_zip(data_of(Kind.PPTX), add))
    messages = {one.code: one.message for one in facts.findings}
    assert facts.state == "readable"
    assert "macros" in messages["office-macro"]
    assert "“Figures.xlsx”, “film.mp4”" in messages["office-embedded"]
    assert "(1 links" in messages["office-linked-content"]


def test_empty_settings_of_toolbars_do_not_matter(tmp_path: Path) -> None:
    """OpenOffice 2 and 3 wrote them so."""
    data = changed_zip(
        data_of(Kind.ODT), lambda members: members.update({"Configurations2/accelerator/current.xml": b""})
    )
    assert facts_of(tmp_path, Kind.ODT, data).state == "readable"
