"""What intake says of xls and ods workbooks that LibreOffice wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import detect

FILES = Path(__file__).resolve().parents[3] / "files" / "office"


def facts_of(folder: Path, data: bytes, name: str = "no ending") -> FileFacts:
    path = folder / name
    path.write_bytes(data)
    return read_facts(path, detect(path), folder, subject="Register")


@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_hidden_sheets_are_said_at_intake_and_their_words_are_not_searched(
    tmp_path: Path, suffix: str
) -> None:
    facts = facts_of(tmp_path, (FILES / f"register.{suffix}").read_bytes())
    (found,) = facts.findings
    assert found.code == "workbook-hidden-sheets"
    assert "2 hidden sheets" in found.message
    assert "“Other family”" in found.message
    assert "private" not in facts.text


@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_values_are_searched_as_people_write_them(tmp_path: Path, suffix: str) -> None:
    lines = facts_of(tmp_path, (FILES / f"register.{suffix}").read_bytes()).text.split("\n")
    assert {"Register", "Zoë", "12345678", "-5.25", "03/09/2014", "02/03/2026 09:30"} <= set(lines)


@pytest.mark.parametrize(("suffix", "size"), [("xls", 990), ("xls", 3000), ("ods", 9000)])
def test_a_cut_one_is_held(tmp_path: Path, suffix: str, size: int) -> None:
    facts = facts_of(tmp_path, (FILES / f"register.{suffix}").read_bytes()[:size], f"a.{suffix}")
    assert facts.state == "held"


@pytest.mark.parametrize("suffix", ["doc", "ppt", "msg"])
def test_any_old_office_file_whose_directory_is_cut_off_is_held_and_no_sheet(
    tmp_path: Path, suffix: str
) -> None:
    data = (FILES / "contents.doc").read_bytes()[:2000]
    assert facts_of(tmp_path, data, f"a.{suffix}").state == "held"
    assert facts_of(tmp_path, data, "a.bin").state == "sheet"
