"""Text files: every character on a page, whatever the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.convert.base import ConversionRequest, HeldError
from bundles.convert.text import COLUMNS, EMPTY, draw, lines_on_a_page, wrap_line, wrapped
from bundles.derived import Derived, StampBox
from casefiles.intake.kinds import Kind

MakeRequest = Callable[..., ConversionRequest]


def squashed(text: str) -> str:
    return "".join(text.split())


def pdf_text(path: Path) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def drawn(request_for: MakeRequest, path: Path) -> Derived:
    made = draw(request_for(path, Kind.TEXT))
    assert isinstance(made, Derived)
    return made


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\t")))
def test_a_wrapped_line_loses_nothing_and_fits(line: str) -> None:
    pieces = wrap_line(line)
    assert "".join(pieces) == line
    assert all(len(piece) <= COLUMNS or not piece.isascii() for piece in pieces)


@given(st.lists(st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), min_size=1)))
def test_every_line_end_ends_a_line(lines: list[str]) -> None:
    if lines:
        expected = [piece for line in lines for piece in wrap_line(line)]
        for end in ("\n", "\r\n", "\r"):
            assert list(wrapped(end.join(lines) + end)) == expected


def test_tabs_reach_the_next_eighth_column() -> None:
    assert list(wrapped("a\tb\n12345678\tc")) == ["a       b", "12345678        c"]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_words_of_each_charset_are_on_the_page(
    tmp_path: Path, request_for: MakeRequest, charset: str
) -> None:
    words = "Mother said: “he was ill”, café £20 – naïve façade"
    path = tmp_path / "note.txt"
    path.write_bytes(words.encode(charset))
    made = drawn(request_for, path)
    assert squashed(words) in squashed(pdf_text(made.path))
    assert {each.code for each in made.findings} == (
        {"text-charset-guessed"} if charset == "cp1252" else set()
    )


def test_control_and_direction_characters_are_shown(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "odd.txt"
    path.write_text("bell \x07 and \u202egnp.exe <b>&amp;</b> {{ 7 * 7 }}", encoding="utf-8")
    made = drawn(request_for, path)
    text = pdf_text(made.path)
    for piece in ("\\x07", "\\u202egnp.exe", "<b>&amp;</b>", "{{ 7 * 7 }}"):
        assert piece in text
    assert [each.message for each in made.findings] == ["2 hidden characters shown as escapes such as \\x07"]


def test_an_unbroken_line_of_ten_thousand_letters_stays_on_the_page(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    path = tmp_path / "long.txt"
    path.write_text("W" * 10_000, encoding="utf-8")
    made = drawn(request_for, path)
    assert squashed(pdf_text(made.path)).count("W") == 10_000
    page = pypdfium2.PdfDocument(str(made.path))[0]
    text = page.get_textpage()
    assert max(text.get_charbox(index)[2] for index in range(0, 400)) <= page.get_width() - 40


def test_wide_letters_stay_on_the_page(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "wide.txt"
    path.write_text("日本語テキスト" * 40 + "\n" + "ﷺ" * 100 + "\n" + "ௌ" * 100, encoding="utf-8")
    made = drawn(request_for, path)
    page = pypdfium2.PdfDocument(str(made.path))[0]
    text = page.get_textpage()
    assert max(text.get_charbox(index)[2] for index in range(text.count_chars())) <= page.get_width()
    assert text.get_text_bounded().count("テ") == 40
    assert [each.code for each in made.findings] in ([], ["characters-not-drawn"])


@pytest.mark.parametrize("content", ["", " \n\n \t\n"])
def test_an_empty_file_says_so(tmp_path: Path, request_for: MakeRequest, content: str) -> None:
    path = tmp_path / "empty.txt"
    path.write_text(content, encoding="utf-8")
    made = drawn(request_for, path)
    assert "This file" in pdf_text(made.path)
    assert [each.code for each in made.findings] == ["text-empty"]
    assert EMPTY.startswith("[This file")


def test_lines_fill_pages_exactly(tmp_path: Path, request_for: MakeRequest, stamp: StampBox) -> None:
    per_page = lines_on_a_page(stamp)
    path = tmp_path / "lines.txt"
    path.write_text("".join(f"line {number:05d}\n" for number in range(per_page * 42 + 1)), encoding="utf-8")
    made = drawn(request_for, path)
    pages = [page.extract_text() for page in pypdf.PdfReader(made.path).pages]
    assert len(pages) == len(made.pages) == 43
    assert [page.count("line") for page in pages] == [per_page] * 42 + [1]
    assert not any(page.reduced for page in made.pages)


def test_more_than_two_thousand_pages_are_held(
    tmp_path: Path, request_for: MakeRequest, stamp: StampBox
) -> None:
    path = tmp_path / "huge.txt"
    path.write_bytes(b"\n" * 40 + b"x\n" * (2_001 * lines_on_a_page(stamp)))
    with pytest.raises(HeldError) as held:
        draw(request_for(path, Kind.TEXT))
    assert held.value.findings[0].code == "text-too-long"
