from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.errors import UsageError
from casefiles.shown import display_name, safe_text, utf8

ESCAPE = re.compile(r"\\(?:\\|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
nasty = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")),
    st.text("\\xu0aU\u202e\u200b\n\x1b\x9bé 👩", max_size=40).map(str.encode),
)


def read_back(shown: str) -> bytes:
    """The raw bytes that a shown name stands for, by the rule as the docstring gives it."""

    def raw(found: re.Match[str]) -> str:
        byte, short, long = found.groups()
        if byte:
            number = int(byte, 16)
            return chr(number) if number < 0x80 else chr(0xDC00 + number)
        return chr(int(short or long, 16)) if short or long else "\\"

    return ESCAPE.sub(raw, shown).encode("utf-8", "surrogateescape")


@given(nasty)
def test_a_shown_name_stands_for_one_name_only(raw: bytes) -> None:
    assert read_back(display_name(raw)) == raw


@given(nasty)
def test_a_shown_name_has_nothing_that_steers_and_is_utf8(raw: bytes) -> None:
    shown = display_name(raw)
    assert shown.isprintable()
    shown.encode("utf-8")
    assert safe_text(shown) == shown


@given(st.text(max_size=60))
def test_a_message_keeps_its_lines_and_loses_what_steers(text: str) -> None:
    safe = safe_text(text)
    assert safe.count("\n") == text.count("\n")
    assert all(line.isprintable() for line in safe.split("\n"))
    assert safe_text(safe) == safe


@given(st.text(max_size=60).filter(str.isprintable))
def test_what_can_be_printed_stays(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"plain.pdf", "plain.pdf"),
        ("Zoë Łukasz 文件.pdf".encode(), "Zoë Łukasz 文件.pdf"),
        (b"two\nlines", "two\\x0alines"),
        (b"\x1b[2J", "\\x1b[2J"),
        ("\u202efdp".encode(), "\\u202efdp"),
        (b"caf\xe9", "caf\\xe9"),
        (b"C:\\temp", "C:\\\\temp"),
        ("a\u00a0b".encode(), "a\\u00a0b"),
        ("👩‍👧".encode(), "👩\\u200d👧"),
        ("\U000e0067".encode(), "\\U000e0067"),
    ],
)
def test_examples(raw: bytes, shown: str) -> None:
    assert display_name(raw) == shown


def test_a_typed_text_with_what_cannot_be_shown_is_refused_in_words() -> None:
    assert utf8("Łukasz\ntwo") == "Łukasz\ntwo".encode()
    for text, shown in (("caf\udce9", r"caf\\xe9"), ("a\x1b[2J", r"a\\x1b\[2J"), ("a\u202eb", r"a\\u202eb")):
        with pytest.raises(UsageError, match=f"“{shown}” holds characters that cannot be shown"):
            utf8(text)
