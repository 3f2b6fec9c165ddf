"""Sheets that were chosen: these alone, hidden ones too, by name or number to the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pypdf
import pytest

from bundles.convert import choose, convert, discover
from bundles.convert.base import ConversionRequest, Held
from bundles.convert.cache import cache_key
from bundles.derived import Derived
from bundles.model import TabKind
from bundles.treat import apply as treat
from bundles.treatment import Treatment
from casefiles.intake.kinds import Kind
from casefiles.tables.model import SheetChoice, TableRefused

MakeRequest = Callable[..., ConversionRequest]


def workbook(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Summary"
    for name in ("Summary", "Daily marks", "Workings"):
        sheet = book.active if name == "Summary" else book.create_sheet(name)
        sheet.append([f"{name} heading", "Number"])
        sheet.append([f"{name} words", 12.5])
    book["Workings"].sheet_state = "hidden"
    path = folder / "register.xlsx"
    book.save(path)
    return path


def drawn(
    request_for: MakeRequest, path: Path, names: tuple[str, ...] = (), numbers: tuple[int, ...] = ()
) -> Derived | Held:
    kind = Kind(path.suffix[1:])
    request = request_for(path, kind, chosen=f"{names} {numbers}")
    request = replace(request, treatment=Treatment(sheets=numbers), sheet_names=names)
    made = convert(request, choose(kind, TabKind.EVIDENCE, discover()))
    return treat(request, made) if isinstance(made, Derived) else made


def text_of(made: Derived | Held) -> str:
    assert isinstance(made, Derived), made
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(made.path).pages)


def test_the_sheets_chosen_and_no_other(tmp_path: Path, request_for: MakeRequest) -> None:
    made = drawn(request_for, workbook(tmp_path), ("daily marks", "Workings"))
    text = text_of(made)
    assert "Daily marks words" in text
    assert "Workings words" in text
    assert "Summary" not in text
    assert "Sheet 2 of 3" in text
    assert "Sheet 3 of 3, hidden in the workbook" in text
    assert isinstance(made, Derived)
    assert made.choice == "sheets Daily marks, Workings of 3"
    assert made.treatment == "sheets=2-3"
    assert "workbook-hidden-sheets" not in {finding.code for finding in made.findings}


def test_a_hidden_sheet_that_was_not_chosen_is_still_said(tmp_path: Path, request_for: MakeRequest) -> None:
    made = drawn(request_for, workbook(tmp_path), ("Summary",))
    assert isinstance(made, Derived)
    assert made.choice == "sheet Summary of 3"
    assert "workbook-hidden-sheets" in {finding.code for finding in made.findings}
    assert "Workings" not in text_of(made)


def test_by_number_the_same_bytes_as_by_name(tmp_path: Path, request_for: MakeRequest) -> None:
    path = workbook(tmp_path)
    named = drawn(request_for, path, ("Workings", "Summary"))
    numbered = drawn(request_for, path, (), (1, 3))
    assert isinstance(named, Derived)
    assert isinstance(numbered, Derived)
    assert (named.sha256, named.treatment) == (numbered.sha256, numbered.treatment)
    assert drawn(request_for, path) != named


@pytest.mark.parametrize(
    ("names", "numbers", "which"), [(("Sumary",), (), "“Sumary”"), ((), (4,), "number 4")]
)
def test_a_sheet_that_is_not_there(
    tmp_path: Path, request_for: MakeRequest, names: tuple[str, ...], numbers: tuple[int, ...], which: str
) -> None:
    made = drawn(request_for, workbook(tmp_path), names, numbers)
    assert isinstance(made, Held)
    (finding,) = made.findings
    assert finding.code == "chosen-sheet-not-there"
    assert which in finding.message
    assert "“Summary”, “Daily marks”, “Workings”" in finding.message


def test_the_cache_tells_choices_apart(tmp_path: Path, request_for: MakeRequest) -> None:
    path = workbook(tmp_path)
    converter = choose(Kind.XLSX, TabKind.EVIDENCE, discover())
    requests = [
        replace(request_for(path, Kind.XLSX), sheet_names=names)
        for names in ((), ("Summary",), ("Workings",))
    ]
    assert len({cache_key(request, converter) for request in requests}) == 3


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "read", "write"), [
    (Kind.XLS, "Calc MS Excel 2007 XML", "xls:MS Excel 97"), (Kind.ODS, "Calc MS Excel 2007 XML", "ods:calc8"),
])  # fmt: skip
def test_old_workbooks_too(
    tmp_path: Path, request_for: MakeRequest, programs: dict, kind: Kind, read: str, write: str
) -> None:
    from bundles.convert.office import to_pdf

    source = workbook(tmp_path)
    made = to_pdf(programs["soffice"], [source], read, tmp_path / "make", export_filter=write)
    old = tmp_path / f"old.{kind.value}"
    old.write_bytes(made[source].read_bytes())
    result = drawn(request_for, old, ("Workings",))
    text = text_of(result)
    assert "Workings words" in text
    assert "Summary" not in text
    assert isinstance(result, Derived)
    assert (result.choice, result.treatment) == ("sheet Workings of 3", "sheets=3")
    missing = drawn(request_for, old, ("Nothing",))
    assert isinstance(missing, Held)
    assert missing.findings[0].code == "chosen-sheet-not-there"


def test_capitals_matter_only_where_two_names_differ_in_nothing_else() -> None:
    assert SheetChoice(("MARKS",)).pick(["Marks", "Other"]) == (1,)
    assert SheetChoice(("MARKS",)).pick(["Marks", "MARKS"]) == (2,)
    with pytest.raises(TableRefused):
        SheetChoice(("marks",)).pick(["Marks", "MARKS"])
