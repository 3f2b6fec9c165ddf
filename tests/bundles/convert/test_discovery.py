"""A converter is found because its module is there; every kind has pages or a sheet."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

import bundles.convert as package
from bundles.convert import choose, convert, discover, find_programs, require_programs
from bundles.convert.base import (
    ConversionRequest,
    ConversionResult,
    Converter,
    Held,
    HeldError,
    NeededProgram,
)
from bundles.derived import StampBox
from bundles.model import TabKind
from casefiles.errors import ProgramMissing, Unavailable
from casefiles.findings import Finding, Severity
from casefiles.intake.facts import READERS
from casefiles.intake.kinds import Kind

REQUEST = ConversionRequest(
    Path("/x"),
    "ab" * 32,
    Kind.DOCX,
    Path("/o"),
    Path("/s"),
    StampBox(28, 20, 70, 24),
    {"name": "letter.docx"},
)


def test_each_kind_that_is_read_has_a_converter() -> None:
    by_kind = {kind: choose(kind, TabKind.EVIDENCE, discover()).name for kind in Kind}
    drawn = {kind: name for kind, name in by_kind.items() if name != "sheet"}
    assert drawn == {
        Kind.PDF: "pdf", Kind.JPEG: "image", Kind.PNG: "image", Kind.DOCX: "docx", Kind.TEXT: "text",
        Kind.MAIL: "mail", Kind.OUTLOOK: "mail", Kind.CALENDAR: "calendar", Kind.ZIP: "archive",
        Kind.HTML: "web page", Kind.CHAT: "chat", Kind.AUDIO: "recording", Kind.VIDEO: "recording",
        Kind.DOC: "doc", Kind.ODT: "odt", Kind.RTF: "rtf", Kind.PPTX: "pptx", Kind.PPT: "ppt", Kind.ODP: "odp",
        Kind.TABLE: "table", Kind.XLSX: "table",
        Kind.XLS: "old workbook", Kind.ODS: "old workbook",
        **dict.fromkeys((Kind.TIFF, Kind.GIF, Kind.BMP, Kind.WEBP, Kind.HEIC, Kind.AVIF), "redrawn picture"),
    }  # fmt: skip
    assert drawn.keys() == READERS.keys(), "what is drawn is read, and what is read is drawn"


def test_evidence_is_drawn_from_its_bytes_alone() -> None:
    """`verify` makes each page again from the original, and is told nothing else."""
    assert [each.name for each in discover() if each.form is TabKind.EVIDENCE and each.details] == []


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_sheet_and_a_placeholder(kind: Kind) -> None:
    assert choose(kind, TabKind.SHEET, discover()).name == "sheet"
    assert choose(kind, TabKind.PLACEHOLDER, discover()).name == "placeholder"


def test_a_new_module_is_found_without_editing_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "novel.py").write_text(
        "from bundles.convert.base import Converter\nfrom casefiles.intake.kinds import Kind\n"
        "CONVERTER = Converter('novel', '1', frozenset({Kind.OTHER}), print)\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    assert choose(Kind.OTHER, TabKind.EVIDENCE, discover()).name == "novel"


def test_two_converters_for_one_kind_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "second_text.py").write_text(
        "from bundles.convert.base import Converter\nfrom casefiles.intake.kinds import Kind\n"
        "CONVERTER = Converter('second', '1', frozenset({Kind.TEXT}), print)\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match="text"):
        discover()


def test_a_missing_program_is_named_with_its_install_line() -> None:
    converter = choose(Kind.DOCX, TabKind.EVIDENCE, discover())
    with pytest.raises(ProgramMissing) as missing:
        require_programs(converter, REQUEST)
    assert "soffice" in missing.value.message
    assert "apt-get install" in missing.value.remedy


def test_programs_are_found_on_the_given_path_only(tmp_path: Path) -> None:
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\necho LibreOffice 9.8.7.6 abc $HOME\n", encoding="ascii")
    program.chmod(0o755)
    found = find_programs(discover(), str(tmp_path), {"HOME": "/nowhere", "PATH": "/usr/bin:/bin"})
    assert found["soffice"].path == program
    assert found["soffice"].version == "9.8.7.6"
    assert find_programs(discover(), str(tmp_path / "empty"), {}) == {}


def test_any_failure_is_held_with_its_reason_and_ours_pass_on() -> None:
    def raising(problem: Exception) -> Converter:
        def fail(_: ConversionRequest) -> ConversionResult:
            raise problem

        return Converter("x", "1", frozenset(), fail)

    held = convert(REQUEST, raising(RecursionError("too deep\nreally")))
    assert isinstance(held, Held)
    assert held.findings[0].subject == "letter.docx"
    assert "RecursionError: too deep really" in held.findings[0].message
    finding = Finding("code", Severity.ERROR, "s", "m")
    assert convert(REQUEST, raising(HeldError(finding))) == Held((finding,))
    with pytest.raises(Unavailable):
        convert(REQUEST, raising(Unavailable("share gone")))
    needy = replace(raising(ValueError()), programs=(NeededProgram("gone", "-V", "apt"),))
    with pytest.raises(ProgramMissing):
        convert(REQUEST, needy)


def test_held_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="why"):
        Held(())


@pytest.mark.parametrize(
    ("problem", "stops"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EIO, "Input/output error", "/s/part.pdf"), True),
        (OSError("image file is truncated"), False),
    ],
)
def test_a_disk_that_fails_is_no_fault_of_the_file(problem: OSError, stops: bool) -> None:
    def fail(_request: ConversionRequest) -> ConversionResult:
        raise problem

    converter = Converter("failing", "1", frozenset({Kind.DOCX}), fail)
    if stops:
        with pytest.raises(Unavailable, match="/s"):
            convert(REQUEST, converter)
    else:
        assert isinstance(convert(REQUEST, converter), Held)
