"""Hidden characters are shown, none is lost."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bundles.convert.visible import count_hidden, shown


@given(st.text(st.characters(codec=None)))
def test_nothing_that_acts_is_left(text: str) -> None:
    out = shown(text, keep="")
    assert not {unicodedata.category(char) for char in out} & {"Cc", "Cs", "Cn", "Zl", "Zp"}
    assert count_hidden(out, keep="") == 0
    assert len(out) >= len(text)


@given(st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_left_alone(text: str) -> None:
    assert shown(text) == text


def test_examples() -> None:
    assert shown("a\x07b\u202ec\ufeff\u2028d\U000e0041") == "a\\x07b\\u202ec\\ufeff\\u2028d\\U000e0041"
    assert shown("Łukasz\t£20\nשלום 😀") == "Łukasz\t£20\nשלום 😀"
