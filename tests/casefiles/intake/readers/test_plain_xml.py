"""XML of a part: nothing is resolved, broken XML is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.intake.readers.plain_xml import NotPlainXml, parse, serialise


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a>&unknown;</a>",
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>',
        "<!DOCTYPE a><a/>".encode("utf-16"),
        b"<a>" * 400 + b"</a>" * 400,
        b"<a b='1' b='2'/>",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_not_plain_is_refused(data: bytes) -> None:
    with pytest.raises(NotPlainXml):
        parse(data)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_words_come_back_as_they_went(words: str) -> None:
    root = parse(b"<a/>")
    root.text = words
    assert (parse(serialise(root)).text or "") == words


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    try:
        assert parse(data) is not None
    except NotPlainXml as problem:
        assert str(problem)
