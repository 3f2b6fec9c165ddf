"""Page label numerals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.proof.labels import ROMAN, numeral


@pytest.mark.parametrize(
    ("value", "style", "label"),
    [(7, "/D", "7"), (4, "/r", "iv"), (1994, "/R", "MCMXCIV"), (3, "/a", "c"), (28, "/A", "BB"), (9, "", "")],
)
def test_numerals(value: int, style: str, label: str) -> None:
    assert numeral(value, style) == label


@given(st.integers(1, 3999))
def test_roman_numerals_mean_their_number(value: int) -> None:
    worth = {letters: number for number, letters in ROMAN if len(letters) == 1}
    digits = [worth[letter] for letter in numeral(value, "/r")]
    total = sum(-one if one < after else one for one, after in zip(digits, [*digits[1:], 0], strict=True))
    assert total == value


def test_an_unknown_style() -> None:
    with pytest.raises(ValueError, match="/X"):
        numeral(1, "/X")
