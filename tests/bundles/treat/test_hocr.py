"""What Tesseract says, read; and what counts as read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.treat.hocr import Line, ReadPage, Word, parse_hocr

HOCR = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><body><div class='ocr_page' title='image "x.png"; bbox 0 0 2000 1000; ppageno 0'>
{lines}</div></body></html>"""
LINE = (
    "<span class='ocr_line' title=\"bbox {box}; baseline {slope} -8; x_size 40\">"
    "<span class='ocrx_word' title='bbox 1 2 3 4; x_wconf {sure}'>School</span> "
    "<span class='ocrx_word' title='bbox 1 2 3 4; x_wconf {sure}'><em>report</em></span></span>"
)


def page(*lines: str) -> ReadPage:
    return parse_hocr(HOCR.format(lines="".join(lines)).encode())


def line(box: str = "100 100 900 150", slope: float = 0.0, sure: int = 95) -> str:
    return LINE.format(box=box, slope=slope, sure=sure)


def test_words_confidence_and_lines() -> None:
    read = page(line(), line(sure=85))
    assert read.text == "School report\nSchool report"
    assert read.confidence == 90
    assert read.is_read and not read.runs_sideways


def test_guesses_are_no_text() -> None:
    assert not page(line(sure=30), line(sure=40)).is_read
    assert not page().is_read
    assert not page(line(sure=95), line(sure=20), line(sure=30), line(sure=10)).is_read


def test_one_stray_word_is_no_page_of_text() -> None:
    assert not ReadPage((Line((Word("oil", 96),), 0.0, 900),)).is_read


def test_the_median_line_says_how_far_a_page_leans() -> None:
    assert page(line(slope=0.035), line(slope=0.035), line(slope=-0.9)).slope_deg == pytest.approx(
        2.0, abs=0.01
    )
    assert page(line(slope=0.035), line(slope=0.035)).slope_deg == 0.0  # too few lines to tell
    short = [line(box="100 100 300 150", slope=0.1)] * 5
    assert page(*short).slope_deg == 0.0


def test_lines_taller_than_long_run_sideways() -> None:
    assert page(line(box="100 100 150 900")).runs_sideways


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        b"<x><span class='ocr_line' title='bbox 1 2'/></x>",
    ],
)
def test_what_is_no_hocr_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not hOCR"):
        parse_hocr(data)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"<x>{text}</x>".encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        parse_hocr(data)
    except ValueError as problem:
        assert "not hOCR" in str(problem)


@given(st.text(alphabet="bx_wconf;- 0123456789.eE\"'", max_size=60))
def test_any_properties_are_read_or_refused(title: str) -> None:
    safe = title.replace("'", "")
    try:
        page(
            f"<span class='ocr_line' title='{safe}'><span class='ocrx_word' title='{safe}'>a</span></span>".replace(
                '"', ""
            )
        )
    except ValueError as problem:
        assert "not hOCR" in str(problem)
