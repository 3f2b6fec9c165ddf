"""A numbered list: what it shows and what an answer means."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from cli.menu.choosing import Back, Letter, Listing, Offer, Picked, column, fitted, packed, turn

OFFERS = tuple(
    Offer(f"v{number}", f"2026-{number:04} NAME{number}", f"DOE{number}") for number in range(1, 41)
)
LIST = Listing(OFFERS, {"s": "scan", "q": "quit"})


def test_a_number_chooses_on_any_page() -> None:
    for typed in ("1", "14", "15", "40", " 7 "):
        assert turn(LIST, typed) == Picked(OFFERS[int(typed) - 1])


@pytest.mark.parametrize("typed", ["0041", "2026-0041", "doe41"])
def test_what_is_no_number_of_the_list_is_looked_for(typed: str) -> None:
    more = replace(LIST, offers=(*OFFERS, Offer("v41", "2026-0041 X", "DOE41")))
    found = turn(more, typed)
    assert isinstance(found, Listing)
    assert [offer.value for offer in found.matching] == ["v41"]
    assert turn(found, "1") == Picked(more.offers[-1])


def test_what_nothing_has_in_it_changes_nothing_but_says_so() -> None:
    found = turn(LIST, "zebra")
    assert isinstance(found, Listing)
    assert found == replace(LIST, said="Nothing here has “zebra” in it.")
    assert "zebra" in "\n".join(found.lines(80))
    again = turn(found, "doe1")
    assert isinstance(again, Listing)
    assert again.said == ""


def test_nothing_goes_back_first_from_the_filter_then_from_the_list() -> None:
    filtered = turn(LIST, "doe1")
    assert isinstance(filtered, Listing)
    assert filtered.words == "doe1"
    for typed in ("", "0"):
        assert turn(filtered, typed) == LIST
        assert turn(LIST, typed) == Back()


def test_letters_whatever_their_size() -> None:
    assert turn(LIST, "S") == Letter("s")
    assert turn(LIST, "q") == Letter("q")


def test_pages_turn_round() -> None:
    assert LIST.pages == 3
    seen = []
    listing = LIST
    for _ in range(4):
        seen.append(listing.on_page()[0][0])
        turned = turn(listing, "+")
        assert isinstance(turned, Listing)
        listing = turned
    assert seen == [1, 15, 29, 1]
    back = turn(LIST, "-")
    assert isinstance(back, Listing)
    assert back.page == 2
    assert "Page 3 of 3" in "\n".join(back.lines(80))


def test_an_empty_list() -> None:
    empty = Listing(())
    assert (empty.pages, empty.lines(80)) == (1, [])
    assert isinstance(turn(empty, "1"), Listing)


def test_accents_are_found_however_they_were_written() -> None:
    listing = Listing((Offer("a", "Zoe\u0308"), Offer("b", "Zoe")))
    found = turn(listing, "ZO\u00cb")
    assert isinstance(found, Listing)
    assert [offer.value for offer in found.matching] == ["a"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(max_size=60), max_size=60), st.lists(st.text(max_size=8), max_size=6))
def test_whatever_is_typed_the_screen_stays_within_its_size(names: list[str], typed: list[str]) -> None:
    listing = Listing(tuple(Offer(str(at), name.replace("\n", " "), name) for at, name in enumerate(names)))
    for text in typed:
        answer = turn(listing, text)
        if isinstance(answer, Listing):
            listing = answer
        elif isinstance(answer, Picked):
            assert answer.offer in listing.matching
        lines = listing.lines(80)
        assert len(lines) <= 19
        assert all(cell_len(line) <= 80 for line in lines)


@given(st.text(max_size=40), st.integers(4, 40))
def test_columns_are_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(column(text, width)) == width
    assert cell_len(fitted(text, width)) <= max(width, 0)


def test_parts_are_packed_and_never_broken() -> None:
    assert packed(("a: one", "b: two words", "c: three"), 22) == ["a: one · b: two words", "c: three"]
    assert packed((), 22) == []
