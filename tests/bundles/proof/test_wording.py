"""A page's text with what was printed taken off."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bundles.convert.normalising.page_text import text_sha256
from bundles.proof.viewer import text_digest
from bundles.proof.wording import first_difference, has_digest, same_words, without_printed

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=60)
GAPS = st.sampled_from(["", " ", "\n", " \n", "\n\n"])
NUMBERS = st.integers(1, 9999).map(str)


@given(TEXTS, GAPS, NUMBERS)
def test_the_number_comes_off(text: str, gap: str, number: str) -> None:
    assert has_digest(text + gap + number, [number], text_digest(text))
    assert has_digest(text + gap + "DRAFT" + gap + number, ["DRAFT", number], text_digest(text))


@given(TEXTS, GAPS, NUMBERS, TEXTS)
def test_another_text_stays_another(text: str, gap: str, number: str, other: str) -> None:
    if text.rstrip() != other.rstrip():
        assert not has_digest(text + gap + number, [number], text_digest(other))


@given(st.text(max_size=40))
def test_the_digest_is_the_converters(text: str) -> None:
    assert text_digest(text) == text_sha256(text)


def test_a_lone_surrogate_has_a_digest() -> None:
    assert text_digest("a\ud800") == text_sha256("a\ud800")


def test_another_number_does_not_come_off() -> None:
    assert list(without_printed("words 13", ["12"])) == []


def test_words_around_the_number() -> None:
    assert same_words("one 12 two", ["12"], "one two")
    assert same_words("well\ufffe12", ["12"], "well-")
    assert same_words("12 םלוע םולש", ["12"], "שלום עולם")
    assert not same_words("12 םלוע", ["12"], "שלום עולם")
    assert not same_words("one two", ["12"], "one two")
    assert not same_words("one 12 twx", ["12"], "one two")
    assert not same_words("£80 12", ["12"], "£60")


def test_where_texts_part() -> None:
    assert first_difference("a b c", "a bx") == 3
