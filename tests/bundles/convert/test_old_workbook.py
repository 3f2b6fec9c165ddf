"""xls and ods workbooks, made by LibreOffice, drawn and compared with what was saved."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pypdf
import pytest

from bundles.convert import convert
from bundles.convert.base import ConversionRequest, Held, Program
from bundles.convert.old_workbook import CONVERTER
from bundles.derived import Derived
from casefiles.intake.facts import read_facts
from casefiles.intake.kinds import Kind, detect

MakeRequest = Callable[..., ConversionRequest]


def made_by_libreoffice(folder: Path, program: Program, suffix: str) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Pupil", "Share", "Sum"], ["Łukasz", 0.914, "=1+1"], ["Hidden child", 0.5, "=TODAY()"]):
        sheet.append(row)
    sheet["B2"].number_format = "0.0%"
    sheet.append(["Printed", "=TODAY()"])
    sheet["B4"].number_format = "dd/mm/yyyy"
    sheet.row_dimensions[3].hidden = True
    source = folder / "book.xlsx"
    book.save(source)
    subprocess.run(
        [program.path, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", suffix,
         "--outdir", folder, source],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return folder / f"book.{suffix}"


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "kind"), [("xls", Kind.XLS), ("ods", Kind.ODS)])
def test_old_workbooks_become_pages_with_their_look_and_their_hidden_rows_reported(
    tmp_path: Path, request_for: MakeRequest, programs: dict[str, Program], suffix: str, kind: Kind
) -> None:
    made_by_program = made_by_libreoffice(tmp_path, programs["soffice"], suffix)
    path = made_by_program.rename(tmp_path / "no ending")  # what it is stands in it, not in its name
    assert detect(path).kind is kind
    scratch = tmp_path / "children"
    scratch.mkdir()
    facts = read_facts(path, detect(path), scratch)
    assert facts.state == "readable"
    assert "Łukasz" in facts.text
    made = convert(request_for(path, kind), CONVERTER)
    assert isinstance(made, Derived), made
    text = "".join(page.extract_text() for page in pypdf.PdfReader(made.path).pages)
    assert "Łukasz" in text
    assert "91.4%" in text
    assert "Hidden child" not in text
    assert "workbook-hidden-rows" in {each.code for each in made.findings}


@pytest.mark.slow
def test_a_volatile_formula_keeps_its_saved_value_or_holds_the_file(
    tmp_path: Path, request_for: MakeRequest, programs: dict[str, Program]
) -> None:
    path = made_by_libreoffice(tmp_path, programs["soffice"], "ods")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    day = re.search(rb'office:date-value="(\d{4}-\d\d-\d\d)"', members["content.xml"])
    assert day is not None
    members["content.xml"] = members["content.xml"].replace(day[1], b"2019-02-03")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    made = convert(request_for(path, Kind.ODS), CONVERTER)
    if isinstance(made, Held):
        assert made.findings[0].code == "workbook-values-changed"
    else:
        text = "".join(page.extract_text() for page in pypdf.PdfReader(made.path).pages)
        assert "03/02/2019" in text


@pytest.mark.parametrize("kind", [Kind.XLS, Kind.ODS])
def test_a_broken_one_is_held_before_libreoffice_sees_it(
    tmp_path: Path, request_for: MakeRequest, kind: Kind
) -> None:
    path = tmp_path / "broken.xls"
    path.write_bytes(b"no workbook at all")
    held = convert(request_for(path, kind), CONVERTER)
    assert isinstance(held, Held)
    assert held.findings[0].code == "workbook-damaged"
