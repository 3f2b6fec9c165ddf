"""Scanned pages through the real Tesseract: read, set upright and straight, or named and left as they are."""

from __future__ import annotations

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from bundles.convert import discover, find_programs
from bundles.convert.base import Program
from bundles.convert.cache import ConversionCache
from bundles.convert.run import RequestMaker, convert_all
from bundles.derived import Derived, StampBox
from bundles.treat.page_reading import NOT_READ
from bundles.treat.reader import TESSERACT
from bundles.treatment import Treatment, decode
from casefiles.hashing import sha256_file
from casefiles.intake.kinds import detect
from tests.bundles.treat.scans import DPI, letter, save_pdf, scribble

STAMP = StampBox(right_pt=28, bottom_pt=20, width_pt=70, height_pt=24)
PATH = os.defpath + ":/usr/local/bin"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def programs() -> dict[str, Program]:
    return find_programs(discover(), PATH, {"PATH": PATH})


def read(path: Path, work: Path, programs: dict[str, Program], treatment: str = "ocr") -> Derived:
    maker = RequestMaker(work / "work", STAMP, programs)
    request = maker.make(
        path, sha256_file(path), detect(path).kind, {"name": path.name}, treatment=decode(treatment)
    )
    with ThreadPoolExecutor(1) as executor:
        (result,) = convert_all([request], executor, ConversionCache(work / "cache")).results
    assert isinstance(result, Derived)
    return result


def text(path: Path, page: int = 1) -> str:
    done = subprocess.run(
        ["pdftotext", "-f", str(page), "-l", str(page), path, "-"], capture_output=True, check=True, text=True
    )
    return " ".join(done.stdout.split())


def codes(result: Derived) -> dict[str, str]:
    return {finding.code: finding.message for finding in result.findings}


def test_pages_are_read_set_upright_and_straight_or_named(
    tmp_path: Path, programs: dict[str, Program]
) -> None:
    pages = [letter(), letter(turn=180), letter(turn=90), letter(lean_deg=2.0), scribble()]
    source = save_pdf(tmp_path / "scan.pdf", pages)
    result = read(source, tmp_path, programs)
    for page in range(1, 5):
        assert "telephone the attendance officer" in text(result.path, page), page
    assert text(result.path, 5) == ""
    assert [page.image_only for page in result.pages] == [False, False, False, False, True]
    said = codes(result)
    assert "page 5" in said["scan-not-readable"] and "handwriting" in said["scan-not-readable"]
    assert "page 4" in said["scan-straightened"] and "2.0°" in said["scan-straightened"]
    assert [f.message.split(":")[0] for f in result.findings if f.code == "scan-turned"] == [
        "page 2",
        "page 3",
    ] or {f.message.split(":")[0] for f in result.findings if f.code == "scan-turned"} == {"page 2", "page 3"}
    assert result.treatment == "ocr"
    assert result.programs == f"tesseract {programs[TESSERACT.name].version}"
    assert result.pages[2].width_pt == pytest.approx(6 * 72, abs=1)  # upright again
    assert pictures(source) == pictures(result.path)


def pictures(path: Path) -> list[bytes]:
    """The bytes of every picture in a file, in no order."""
    with pikepdf.open(path) as pdf:
        return sorted(
            each.read_raw_bytes()
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        )


@pytest.mark.parametrize("lean", [0.0, -3.0])
def test_words_lie_on_the_ink(lean: float, tmp_path: Path, programs: dict[str, Program]) -> None:
    result = read(save_pdf(tmp_path / "scan.pdf", [letter(lean_deg=lean)]), tmp_path, programs)
    done = subprocess.run(
        ["pdftotext", "-bbox", result.path, "-"], capture_output=True, check=True, text=True
    )
    boxes = [
        [float(number) for number in found.groups()]
        for found in re.finditer(
            r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', done.stdout
        )
    ]
    assert len(boxes) > 50
    scale = DPI / 72
    document = pypdfium2.PdfDocument(result.path)
    image = document[0].render(scale=scale, grayscale=True).to_pil().convert("L")
    document.close()
    for left, top, right, bottom in boxes:
        inside = image.crop(
            (round(left * scale), round(top * scale), round(right * scale), round(bottom * scale))
        )
        assert inside.getextrema()[0] < 128, (left, top)
    ink = sum(image.histogram()[:128])
    for left, top, right, bottom in boxes:
        image.paste(
            255,
            (
                round(left * scale) - 3,
                round(top * scale) - 10,
                round(right * scale) + 3,
                round(bottom * scale) + 14,
            ),
        )
    assert sum(image.histogram()[:128]) < ink / 50  # no word was left without its text


def test_a_page_with_text_of_its_own_is_not_touched(tmp_path: Path, programs: dict[str, Program]) -> None:
    from reportlab.pdfgen import canvas

    path = tmp_path / "mixed.pdf"
    drawing = canvas.Canvas(str(path), invariant=True)
    drawing.drawString(72, 700, "Typed, and found without any reading")
    drawing.showPage()
    save_pdf(tmp_path / "scan.pdf", [letter()], bilevel=True)
    letter().save(tmp_path / "scan.png")
    drawing.drawImage(str(tmp_path / "scan.png"), 72, 300, 432, 360)
    drawing.showPage()
    drawing.save()
    plain = read(path, tmp_path, programs, treatment="")
    result = read(path, tmp_path, programs)
    assert plain.pages[0] == result.pages[0]
    assert [page.image_only for page in plain.pages] == [False, True]
    assert "attendance" in text(result.path, 2)
    with pikepdf.open(plain.path) as before, pikepdf.open(result.path) as after:
        one, two = (file.pages[0].obj.Resources.XObject.P for file in (before, after))
        assert one.read_bytes() == two.read_bytes()


def test_only_pages_that_are_kept_are_read(tmp_path: Path, programs: dict[str, Program]) -> None:
    source = save_pdf(tmp_path / "scan.pdf", [letter(), letter()])
    assert Treatment(ocr=True, pages=decode("pages=2").pages).encode() == "ocr pages=2"
    result = read(source, tmp_path, programs, treatment="ocr pages=2")
    readings = sorted(path.name for path in (tmp_path / "cache").rglob("scan-*/*.json"))
    assert readings == ["0002.json"]
    assert "page 2" in codes(result)["scan-read"]


def test_a_file_without_scans_and_one_without_words_stay_as_they_are(
    tmp_path: Path, programs: dict[str, Program]
) -> None:
    result = read(save_pdf(tmp_path / "scan.pdf", [scribble()]), tmp_path, programs)
    assert (result.treatment, result.programs) == ("", "")
    assert "page 1" in codes(result)["scan-not-readable"]


def test_the_same_scan_gives_the_same_bytes_in_another_cache(
    tmp_path: Path, programs: dict[str, Program]
) -> None:
    source = save_pdf(tmp_path / "scan.pdf", [letter(lean_deg=1.0)])
    one = read(source, tmp_path / "a", programs)
    two = read(source, tmp_path / "b", programs)
    assert one.sha256 == two.sha256


def test_a_page_that_could_not_be_read_is_named_in_the_treatment_and_made_again_without_reading(
    tmp_path: Path, programs: dict[str, Program]
) -> None:
    source = save_pdf(tmp_path / "scan.pdf", [letter(), letter()])
    read(source, tmp_path, programs)
    (kept,) = (tmp_path / "cache").rglob("scan-*/0002.json")
    good = kept.read_bytes()
    kept.write_text(json.dumps({"reading": replace(NOT_READ, reason="time").as_json()}))
    bound = read(source, tmp_path, programs)
    assert bound.treatment == "ocr unread=2"
    assert "page 2" in codes(bound)["scan-not-readable"]
    assert "telephone" in text(bound.path, 1) and text(bound.path, 2) == ""
    # elsewhere, where nothing ever failed, and here, once it was read: the same bytes by the same treatment
    again = read(source, tmp_path / "elsewhere", programs, treatment="ocr unread=2")
    assert again.sha256 == bound.sha256
    kept.write_bytes(good)
    later = read(source, tmp_path, programs, treatment="ocr unread=2")
    assert (later.sha256, later.treatment) == (bound.sha256, "ocr unread=2")
    # and a bundle made anew takes the words
    assert read(source, tmp_path, programs).treatment == "ocr"
