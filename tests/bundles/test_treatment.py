"""What is done to an item, as values and as text."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.model import PageRange
from bundles.treatment import NOTHING, Treatment, decode, ranges_of

numbers = st.lists(st.integers(1, 400), max_size=12)
treatments = st.builds(
    Treatment,
    sheets=numbers.map(lambda each: tuple(sorted(set(each)))),
    notes=st.booleans(),
    ocr=st.booleans(),
    pages=numbers.map(ranges_of),
    grey=st.booleans(),
    paper=st.sampled_from(["", "A4"]),
    dpi=st.just(0) | st.integers(10, 9999),
)


@given(treatments)
def test_its_text_says_all_of_it(treatment: Treatment) -> None:
    assert decode(treatment.encode()) == treatment
    assert bool(treatment) == bool(treatment.encode())


@given(treatments, numbers)
def test_pages_that_were_not_read_are_part_of_it(treatment: Treatment, unread: list[int]) -> None:
    tried = replace(treatment, ocr=True, unread=ranges_of(unread))
    assert decode(tried.encode()) == tried


def test_the_text_in_words() -> None:
    treatment = Treatment((1, 2, 5), True, True, (PageRange(3, 7), PageRange(9, 9)), True, "A4", 200)
    assert treatment.encode() == "sheets=1-2,5 notes ocr pages=3-7,9 grey paper=A4 dpi=200"
    assert NOTHING.encode() == ""
    assert decode("ocr unread=2,4-5 grey").unread == (PageRange(2, 2), PageRange(4, 5))


@given(st.text(alphabet="ocrpagesgydihn=-,0123456789A ", max_size=30))
def test_no_other_text_is_taken(text: str) -> None:
    try:
        treatment = decode(text)
    except ValueError:
        return
    assert treatment.encode() == text


@pytest.mark.parametrize(
    "text",
    ["pages=", "pages=0", "pages=7-3", "pages=3,4", "pages=3-5,5", "pages=١", "grey ocr", "ocr ocr", " ", "ocr ",
     "ocr=yes", "paper=A3", "dpi=9", "dpi=0150", "unread=2", "sheets=2,1", "something"],
)  # fmt: skip
def test_what_is_no_treatment(text: str) -> None:
    with pytest.raises(ValueError, match="not a treatment"):
        decode(text)


def test_a_page_that_is_left_out_or_was_not_read_is_not_read() -> None:
    treatment = decode("ocr unread=2 pages=1-3")
    assert [treatment.reads(page) for page in range(1, 5)] == [True, False, True, False]


@given(numbers, st.integers(1, 400))
def test_a_page_is_kept_where_it_is_named_or_none_is(kept: list[int], page: int) -> None:
    assert Treatment(pages=ranges_of(kept)).keeps(page) == (not kept or page in kept)


@given(numbers)
def test_ranges_hold_the_numbers_and_no_more(listed: list[int]) -> None:
    ranges = ranges_of(listed)
    assert [n for each in ranges for n in range(each.first, each.last + 1)] == sorted(set(listed))


@pytest.mark.parametrize(
    "text", ["sheets=" + ",".join(["1-999999"] * 400), "pages=" + ",".join(["1-999999"] * 400)]
)
def test_overlapping_ranges_are_refused_before_they_are_counted_out(text: str) -> None:
    """A hostile manifest may hold such a text: counted out it would be 400 million numbers."""
    tracemalloc.start()
    with pytest.raises(ValueError, match="not a treatment"):
        decode(text)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5_000_000
