"""Rich Text by its own rules: charsets, hidden words, fields, objects, and what a copy leaves out."""

from __future__ import annotations

import pytest

from casefiles.intake.readers.office_contents import Refused
from casefiles.intake.readers.rich_text import MAX_DEPTH, RichText, read_rich_text


def read(body: bytes) -> RichText:
    return read_rich_text(
        b"{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}{\\f1\\fcharset204 Arial;}}" + body + b"}"
    )


def shown(body: bytes) -> str:
    return "".join(read(body).contents.shown)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"caf\\'e9 \\'a320", "café £20"),
        (b"{\\f1 \\'cf\\'f0}", "Пр"),
        (b"\\u321?ukasz", "Łukasz"),
        (b"\\uc2\\u321??ukasz", "Łukasz"),
        (b"\\u-3913?", chr(65536 - 3913)),
        (b"a\\~b\\_c\\{d\\}\\\\", "a b-c{d}\\"),
        (b"one\\par two\\tab three", "one\ntwo\tthree"),
        (b"{\\*\\nobodyknows secret}seen", "seen"),
        (b"{\\pict\\bin5 }}}}}}seen", "seen"),
        (b"\\ldblquote yes\\rdblquote", "“yes”"),
    ],
)
def test_text(body: bytes, text: str) -> None:
    assert shown(body) == text


def test_hidden_deleted_and_inserted_words() -> None:
    found = read(b"a{\\v secret}b{\\deleted gone}c{\\revised new}d\\v x\\v0 y").contents
    assert found.shown == ["abcnewdy"]
    assert found.hidden == ["secret", "x"]
    assert found.deleted == ["gone"]
    assert found.changes == 2


def test_a_date_keeps_its_saved_words_in_the_copy() -> None:
    body = b"Dated {\\field{\\*\\fldinst { DATE \\\\@ yyyy }}{\\fldrslt 2019}}."
    data = b"{\\rtf1 " + body + b"}"
    found = read_rich_text(data)
    assert found.contents.fields == {"DATE"}
    ((start, end),) = found.left_out
    assert data[start:end] == b"{\\*\\fldinst { DATE \\\\@ yyyy }}"
    assert found.contents.shown == ["Dated 2019."]


def test_a_page_number_is_not_a_word_of_the_text() -> None:
    assert shown(b"Page {\\field{\\*\\fldinst PAGE}{\\fldrslt 77}}.") == "Page ."


def test_links_templates_and_objects() -> None:
    found = read(
        b"{\\*\\template http://x/evil.dot}"
        b"{\\field{\\*\\fldinst INCLUDEPICTURE \"http://x/y.png\"}{\\fldrslt picture}}"
        b"{\\object\\objemb{\\*\\objclass Excel.Sheet.12}{\\*\\objdata 0105}{\\result table}}"
    )  # fmt: skip
    assert found.contents.linked == 2
    assert found.contents.embedded == ["Excel.Sheet.12"]
    assert len(found.left_out) == 3
    assert found.contents.shown == ["picturetable"]


def test_comments_name_their_author() -> None:
    found = read(b"a{\\*\\atnid PS}{\\*\\atnauthor Pat}{\\*\\annotation check this}").contents
    assert (found.comments, found.shown) == (["Pat: check this"], ["a"])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{\\rtf1 cut", "office-damaged"),
        (b"{\\rtf1 {a}", "office-damaged"),
        (b"hello", "office-damaged"),
        (b"{\\rtf1" + b"{" * (MAX_DEPTH + 1), "office-too-large"),
    ],
)
def test_what_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_rich_text(data)
    assert refused.value.code == code
