"""Bytes are read as the letters that were meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.mail.charset import decode

WORDS = "Café £20 — naïve, Łukasz"


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_sets_that_say_what_they_are(charset: str) -> None:
    read = decode(WORDS.encode(charset))
    assert (read.text, read.guessed) == (WORDS, False)


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_two_byte_text_without_a_mark(charset: str) -> None:
    assert decode(WORDS.encode(charset)).text == WORDS


def test_windows_text_is_a_guess_and_keeps_unassigned_bytes() -> None:
    read = decode(b"caf\xe9 \x8020 \x81")
    assert (read.text, read.charset, read.guessed) == ("café €20 \\x81", "cp1252", True)


@given(st.binary())
def test_any_bytes_can_be_read(data: bytes) -> None:
    assert isinstance(decode(data).text, str)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_utf_8_comes_back(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert decode(text.encode()).text == text
