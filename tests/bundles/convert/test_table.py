"""Tables on pages: every cell is found again by another reader, headings and labels on each page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pypdf
import pypdfium2
import pytest

from bundles.convert import convert
from bundles.convert.base import ConversionRequest, Held
from bundles.convert.table import CONVERTER, draw
from bundles.derived import Derived
from casefiles.intake.facts import read_facts
from casefiles.intake.kinds import Kind, detect

MakeRequest = Callable[..., ConversionRequest]


def pages(path: Path) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def squashed(text: str) -> str:
    return "".join(text.split())


def drawn(request_for: MakeRequest, path: Path) -> Derived:
    made = draw(request_for(path, detect(path).kind))
    assert isinstance(made, Derived)
    return made


def register(folder: Path, rows: int = 150) -> Path:
    lines = ["Date,Session,Pupil,Code,Comment"]
    lines += [f"{n % 28 + 1:02d}/09/2025,AM,Łukasz Żółć,/,=note {n} “café” £20" for n in range(rows)]
    path = folder / "register.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_what_intake_reads_is_on_the_pages(tmp_path: Path, request_for: MakeRequest) -> None:
    path = register(tmp_path)
    text = "".join(map(squashed, pages(drawn(request_for, path).path)))
    scratch = tmp_path / "children"
    scratch.mkdir()
    facts = read_facts(path, detect(path), scratch)
    assert facts.state == "readable"
    assert all(squashed(word) in text for word in facts.text.split("\n") for word in word.split())
    assert all(f"=note{n}“café”£20" in text for n in range(150))


def test_headings_and_row_numbers_stand_on_every_page(tmp_path: Path, request_for: MakeRequest) -> None:
    found = pages(drawn(request_for, register(tmp_path)).path)
    assert len(found) > 2
    assert all("Session" in text and "Pupil" in text and "of 151" in text for text in found)


def herringbone(folder: Path, columns: int = 90) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Class 8B"
    sheet.append(["Pupil", *(f"{n % 28 + 1:02d}/09" for n in range(columns))])
    for pupil in range(12):
        sheet.append([f"Pupil-{pupil}", *("/" if n % 3 else "O" for n in range(columns))])
    sheet.append(["Total", date(2025, 9, 3)])
    path = folder / "herringbone.xlsx"
    book.save(path)
    return path


def test_a_wide_table_is_split_with_its_labels_repeated(tmp_path: Path, request_for: MakeRequest) -> None:
    made = drawn(request_for, herringbone(tmp_path))
    found = pages(made.path)
    assert len(found) > 1
    for text in found:
        assert "Class 8B" in text
        assert "of A–CM" in text
        assert all(f"Pupil-{n}" in squashed(text) for n in range(12))
    marks = sum(squashed(text).count("O") for text in found)
    assert marks >= 12 * 30
    assert all(page.mediabox.width > page.mediabox.height for page in pypdf.PdfReader(made.path).pages)


def test_nothing_leaves_the_page(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a,b,c\n" + "W" * 9_000 + "," + "日本語" * 300 + ",x\n", encoding="utf-8")
    made = drawn(request_for, path)
    document = pypdfium2.PdfDocument(str(made.path))
    count = 0
    for page in document:
        text = page.get_textpage()
        boxes = [text.get_charbox(n) for n in range(text.count_chars())]
        assert max(box[2] for box in boxes) <= page.get_width() - 20
        assert min(box[1] for box in boxes) >= 20
        count += text.get_text_bounded().count("W")
    assert count >= 9_000


def test_markup_and_hidden_characters_act_on_nothing(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("a,b\n<b>x</b> &amp; {{ 7 * 7 }},\u202egnp.exe\n1,2\n", encoding="utf-8")
    text = squashed("".join(pages(drawn(request_for, path).path)))
    for piece in ("<b>x</b>&amp;{{7*7}}", "\\u202egnp.exe"):
        assert piece in text


def test_an_empty_table_has_a_page_that_says_so(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("\n\n", encoding="utf-8")
    made = drawn(request_for, path)
    assert "[This table is empty.]" in pages(made.path)[0]
    assert [each.code for each in made.findings] == ["table-empty"]


def test_comments_are_listed_after_their_sheet(tmp_path: Path, request_for: MakeRequest) -> None:
    path = herringbone(tmp_path, 3)
    book = openpyxl.load_workbook(path)
    book.active["B2"].comment = openpyxl.comments.Comment("Mother rang at nine", "R. Adeyemi")
    book.save(path)
    found = pages(drawn(request_for, path).path)
    assert "Mother rang at nine" in found[-1]
    assert "B2" in found[-1]


@pytest.mark.parametrize("kind", [Kind.TABLE, Kind.XLSX])
def test_a_broken_file_is_held(tmp_path: Path, request_for: MakeRequest, kind: Kind) -> None:
    path = tmp_path / "broken"
    path.write_bytes(b"PK\x03\x04\x00\x01\x02")
    held = convert(request_for(path, kind), CONVERTER)
    assert isinstance(held, Held)
    assert held.findings[0].code in {"table-damaged", "workbook-damaged"}
    assert held.findings[0].remedy
