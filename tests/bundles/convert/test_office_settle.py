"""The copy that LibreOffice is given: links, macros and dates are out of it, the rest is as it was."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import olefile
import pytest

from bundles.convert.office_settle import settle
from casefiles.intake.kinds import Kind
from casefiles.intake.limits import FactsLimits

FILES = Path(__file__).resolve().parents[2] / "files" / "office"


def with_members(kind: Kind, **members: bytes) -> bytes:
    out = io.BytesIO((FILES / f"hidden.{kind.value}").read_bytes())
    with zipfile.ZipFile(out, "a") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


@pytest.mark.parametrize("kind", [Kind.ODT, Kind.ODP])
def test_an_opendocument_copy(tmp_path: Path, kind: Kind) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(with_members(kind, Basic__Standard__Evil=b"Sub Main", Pictures__a=b"picture"))
    contents = settle(source, target, kind, FactsLimits())
    assert contents.macros
    assert contents.linked == 1
    with zipfile.ZipFile(target) as copy:
        first = copy.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert copy.read("Pictures/a") == b"picture"
        assert not [name for name in copy.namelist() if name.startswith("Basic/Standard/Evil")]
        content = copy.read("content.xml").decode()
    assert "127.0.0.1" not in content
    assert "<text:date" not in content
    assert "03/04/19" in content
    assert ("http://example.org/" in content) == (kind is Kind.ODT), "a link to click is no link to fetch"


def test_a_slide_copy(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(with_members(Kind.PPTX, ppt__vbaProject_bin=b"macro"))
    settle(source, target, Kind.PPTX, FactsLimits())
    with zipfile.ZipFile(target) as copy:
        assert not [name for name in copy.namelist() if "vba" in name]
        slide = copy.read("ppt/slides/slide1.xml").decode()
    assert "datetime" not in slide
    assert "03/04/19" in slide


def test_a_rich_text_copy_has_no_field_that_computes_the_date(tmp_path: Path) -> None:
    source, target = FILES / "hidden.rtf", tmp_path / "b"
    settle(source, target, Kind.RTF, FactsLimits())
    assert b"DATE" in source.read_bytes()
    assert b"DATE" not in target.read_bytes()
    assert b"03/04/19" in target.read_bytes()


def test_a_word_copy_differs_in_the_types_of_its_fields_only(tmp_path: Path) -> None:
    source, target = FILES / "hidden.doc", tmp_path / "b"
    settle(source, target, Kind.DOC, FactsLimits())
    before, after = source.read_bytes(), target.read_bytes()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert sorted(changed) == [(31, 35), (67, 35)], "DATE and INCLUDEPICTURE became QUOTE"
    assert olefile.isOleFile(io.BytesIO(after))
