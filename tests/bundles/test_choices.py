"""Ranges as officers write them, and what becomes of choices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.choices import (
    NOTHING_CHOSEN,
    Choices,
    NotRanges,
    counted_words,
    numbers,
    parse_ranges,
    ranges_text,
)
from bundles.model import PageRange
from bundles.treatment import NOTHING, decode, ranges_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3-7", [(3, 7)]),
        ("3–7, 9", [(3, 7), (9, 9)]),
        ("3 to 7,9 - 10", [(3, 7), (9, 10)]),
        (" 1 ", [(1, 1)]),
        ("3-7, 8", [(3, 7), (8, 8)]),
    ],
)
def test_ranges_are_read(text: str, found: list[tuple[int, int]]) -> None:
    assert parse_ranges(text) == tuple(PageRange(*each) for each in found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a list"),
        ("all", "not a list"),
        ("3;7", "not a list"),
        ("-3", "not a list"),
        ("3-", "not a list"),
        ("1,,2", "not a list"),
        ("٣", "not a list"),
        ("0-3", "below 1"),
        ("7-3", "backwards, from 7 to 3"),
        ("9, 3-7", "not in order"),
        ("3-7, 7", "7 twice"),
        ("1-100000", "beyond 99,999"),
        ("1-99999999999999999999", "not a list"),
    ],
)
def test_what_is_no_range_says_why(text: str, why: str) -> None:
    with pytest.raises(NotRanges, match=why):
        parse_ranges(text)


@given(st.sets(st.integers(1, 400), min_size=1, max_size=40))
def test_ranges_read_back(chosen: set[int]) -> None:
    ranges = ranges_of(chosen)
    assert parse_ranges(ranges_text(ranges)) == ranges
    assert set(numbers(ranges)) == chosen
    treatment = Choices(pages=ranges, slides=ranges, notes=True, paper="A4", colour="grey").added_to(NOTHING)
    assert decode(treatment.encode()) == treatment
    assert [treatment.page_of_whole(place) for place in range(1, len(chosen) + 1)] == sorted(chosen)
    with pytest.raises(ValueError, match="fewer"):
        treatment.page_of_whole(len(chosen) + 1)


def test_neighbours_become_one_range() -> None:
    assert Choices(pages=parse_ranges("3-7, 8")).added_to(NOTHING).encode() == "pages=3-8"


def test_words() -> None:
    assert counted_words("page", parse_ranges("3-7"), 60) == "pages 3–7 of 60"
    assert counted_words("slide", parse_ranges("4"), 12) == "slide 4 of 12"
    assert counted_words("page", parse_ranges("3, 5"), 60) == "pages 3, 5 of 60"


def test_nothing_chosen_is_nothing() -> None:
    assert NOTHING_CHOSEN.added_to(NOTHING) == NOTHING
    assert not NOTHING_CHOSEN.of_content
    assert not Choices(colour="grey", paper="A4").of_content
