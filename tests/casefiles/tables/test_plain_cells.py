"""Saved values of xls and ods workbooks that LibreOffice wrote, whole, changed and locked."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casefiles.intake.limits import FactsLimits
from casefiles.tables.model import SheetChoice, TableLimits, TableRefused
from casefiles.tables.plain_cells import PlainBook, plain_sheets

FILES = Path(__file__).resolve().parents[2] / "files" / "office"
BOTH = ("xls", "ods")


def read(path: Path, *names: str, limits: TableLimits | None = None) -> PlainBook:
    return plain_sheets(path, FactsLimits(), limits or TableLimits(), SheetChoice(names))


def changed(folder: Path, name: str, data: bytes) -> Path:
    """The ods with one part of it otherwise."""
    with zipfile.ZipFile(FILES / "register.ods") as archive:
        members = {each: archive.read(each) for each in archive.namelist()} | {name: data}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    path = folder / "register.ods"
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize("suffix", BOTH)
def test_values_of_the_sheets_shown_and_the_names_of_the_hidden_ones(suffix: str) -> None:
    book = read(FILES / f"register.{suffix}")
    (sheet,) = book.sheets
    assert sheet.name == "Register"
    assert {"Zoë", "Łukasz", -5.25, 12345678, date(2014, 9, 3), datetime(2026, 3, 2, 9, 30)} <= set(
        sheet.values
    )
    assert [name for name, _ in book.hidden] == ["Other family", "Deep"]


@pytest.mark.parametrize("suffix", BOTH)
def test_a_hidden_sheet_is_read_only_where_it_is_chosen(suffix: str) -> None:
    book = read(FILES / f"register.{suffix}", "other family")
    assert [(sheet.name, sheet.values) for sheet in book.sheets] == [("Other family", ("private words",))]
    assert [name for name, _ in book.hidden] == ["Deep"]
    with pytest.raises(TableRefused) as refusal:
        read(FILES / f"register.{suffix}", "Nobody")
    assert refusal.value.code == "chosen-sheet-not-there"


@pytest.mark.parametrize("suffix", BOTH)
def test_limits_hold(suffix: str) -> None:
    with pytest.raises(TableRefused) as refusal:
        read(FILES / f"register.{suffix}", limits=TableLimits(cells=11))
    assert refusal.value.code == "workbook-too-large"
    assert read(FILES / f"register.{suffix}", limits=TableLimits(cells=12)).sheets


FAR = b"<a>" + b"x" * ((1 << 20) - 10) + b"</a>"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("settings.xml", b"<!DOCTYPE x><x/>", "workbook-doctype"),
        ("settings.xml", FAR + b"<!DOCTYPE x><x/>", "workbook-doctype"),  # over the seam of two pieces
        ("settings.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode("utf-16"), "workbook-doctype"),
        ("content.xml", b"<cut", "workbook-damaged"),
        ("META-INF/manifest.xml", b"<m><encryption-data/></m>", "workbook-needs-password"),
        ("../evil.xml", b"<x/>", "workbook-unsafe-names"),
    ],
)
def test_hostile_and_broken_ones_are_refused(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    with pytest.raises(TableRefused) as refusal:
        read(changed(tmp_path, name, data))
    assert refusal.value.code == code


def test_a_crash_of_the_library_is_a_refusal(tmp_path: Path) -> None:
    """A cut within its second sector makes the library panic, which is no `Exception`."""
    path = tmp_path / "w.xls"
    path.write_bytes((FILES / "register.xls").read_bytes()[:990])
    with pytest.raises(TableRefused) as refusal:
        read(path)
    assert refusal.value.code == "workbook-damaged"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 1 << 14), new=st.binary(min_size=1, max_size=8))
def test_changed_bytes_of_an_ods_are_read_or_refused(tmp_path: Path, at: int, new: bytes) -> None:
    data = bytearray((FILES / "register.ods").read_bytes())
    at %= len(data)
    data[at : at + len(new)] = new
    path = tmp_path / "w.ods"
    path.write_bytes(data)
    try:
        assert isinstance(read(path), PlainBook)
    except TableRefused as refusal:
        assert refusal.code.startswith("workbook-")
