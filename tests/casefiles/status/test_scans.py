"""What people are told of scanned pages."""

from __future__ import annotations

import pytest

from casefiles.scanned import Outcome, ScannedPages
from casefiles.status.scans import (
    NO_SCANS,
    ScanLine,
    being_read_words,
    no_reader_words,
    page_words,
    scan_line,
    scan_words,
)

COPY = "ask for a typed copy if the court needs it"


@pytest.mark.parametrize(
    ("line", "pages", "said"),
    [
        (NO_SCANS, 5, ()),
        (ScanLine(read=(1, 2)), 2, ()),
        (ScanLine(no_reader=(1,)), 2, ()),
        (ScanLine(waiting=(2, 4)), 5, ("2 of 5 pages are scans and wait to be read by machine",)),
        (ScanLine(waiting=(2,)), 5, ("1 of 5 pages is a scan and waits to be read by machine",)),
        (ScanLine(waiting=(1, 2)), 2, ("All 2 pages are scans and wait to be read by machine",)),
        (ScanLine(waiting=(1,)), 1, ("A scan; it waits to be read by machine",)),
        (
            ScanLine(guesses=(3,)),
            5,
            (f"Page 3 could not be read by machine: handwriting or too faint; {COPY}",),
        ),
        (
            ScanLine(no_words=(1,)),
            1,
            (f"No typed words were found on it: handwriting, a drawing or a photograph; {COPY}",),
        ),
        (
            ScanLine(failed=(2, 3)),
            5,
            ("Pages 2–3 could not be read by machine this time; they are tried again once a day",),
        ),
    ],
)
def test_sentences(line: ScanLine, pages: int, said: tuple[str, ...]) -> None:
    assert scan_words(line, pages, photo=False) == said


def test_nobody_expects_words_on_a_photo() -> None:
    assert scan_words(ScanLine(no_words=(1,)), 1, photo=True) == ()
    (said,) = scan_words(ScanLine(guesses=(1,)), 1, photo=True)
    assert said.startswith("Its words, if it has any, could not be read by machine")
    assert scan_words(ScanLine(waiting=(1,)), 1, photo=True) == ("A scan; it waits to be read by machine",)


def test_the_head_of_a_case() -> None:
    assert being_read_words(0) == no_reader_words(0) == ""
    assert being_read_words(1) == "1 scanned page waits to be read by machine"
    assert being_read_words(1200) == "1,200 scanned pages wait to be read by machine"
    assert "wait" not in no_reader_words(7) and "IT desk" in no_reader_words(7)


def test_pages_are_named_shortly() -> None:
    assert page_words([3]) == "page 3"
    assert page_words([9, 3, 4, 5]) == "pages 3–5 and 9"


def test_outcomes_as_text_and_as_a_line() -> None:
    scans = ScannedPages.of(dict(enumerate(Outcome, 1)), "1 5.3 eng")
    assert ScannedPages.decode(scans.encode(), scans.reader) == scans
    assert scan_line(scans) == ScanLine((1,), (2,), (3,), (5,), (4,), (6, 7))
    assert scan_line(None) == NO_SCANS
    assert 1 not in dict(scans.shown) and len(scans.shown) == 6
