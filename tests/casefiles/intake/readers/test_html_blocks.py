"""Web pages as blocks: nothing that is text is lost, and what is no text is counted."""

from __future__ import annotations

from collections import Counter
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as other_reader

from casefiles.intake.readers.html_blocks import Block, Cell, decode_page, read_page

WORDS = st.text("abcdefghijklmnopqrstuvwxyzäöżł0123456789", min_size=1, max_size=12)
INLINE = st.sampled_from(["b", "i", "span", "em", "a", "font", "u"])
BLOCK = st.sampled_from(
    ["p", "div", "h2", "blockquote", "ul", "li", "section", "pre", "td", "table", "tr", "th"]
)


def wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tags = st.one_of(INLINE, BLOCK)
    closed = st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", tags, st.lists(inner, max_size=4)
    )
    return st.one_of(
        closed, st.builds(lambda tag, parts: f"<{tag}>{' '.join(parts)}", tags, st.lists(inner, max_size=4))
    )


pages = st.recursive(WORDS.map(lambda word: f" {escape(word)} "), wrapped, max_leaves=25)


@given(pages)
def test_every_word_of_any_page_however_broken_is_kept(source: str) -> None:
    seen = Counter("".join(read_page(f"<html><body>x{source}").text.split()))
    theirs = Counter("".join(other_reader.fromstring(f"<html><body>x{source}").text_content().split()))
    assert not theirs - seen
    letters = "".join(read_page(source).text.split())
    for word in source.replace("<", " <").replace(">", "> ").split():
        if not word.startswith("<") and not word.endswith(">"):
            assert word in letters


def test_headings_paragraphs_lists_and_quotations() -> None:
    page = read_page(
        "<title>A  page</title><h1>Head</h1><p>One <b>bold</b> word<br>and a line</p>"
        "<ul><li>first</li><li>second</li></ul><blockquote><p>said</p></blockquote><pre> kept\n  so</pre><hr>"
    )
    assert page.title == "A page"
    assert page.blocks == (
        Block("heading", "Head", level=1),
        Block("paragraph", "One bold word\nand a line"),
        Block("item", "first", depth=1),
        Block("item", "second", depth=1),
        Block("paragraph", "said", depth=1),
        Block("preformatted", " kept\n  so"),
        Block("rule"),
    )


def test_a_table_keeps_its_cells_and_what_they_span() -> None:
    (table,) = read_page("<table><tr><th>Day<th colspan=2>Marks</tr><tr><td>Mon<td>/<td>\\</table>").blocks
    assert table.rows == (
        (Cell("Day", True), Cell("Marks", True, 2)),
        (Cell("Mon", False), Cell("/", False), Cell("\\", False)),
    )


def test_a_table_in_a_cell_is_part_of_that_cell() -> None:
    (table,) = read_page("<table><tr><td>before<table><tr><td>in<td>ner</table>after<td>next</table>").blocks
    assert [cell.text.split() for cell in table.rows[0]] == [["before", "in", "ner", "after"], ["next"]]


@pytest.mark.parametrize("span", ["100000", "-1", "x", "", "²", "0"])
def test_a_span_is_never_believed_beyond_reason(span: str) -> None:
    (table,) = read_page(f'<table><tr><td colspan="{span}">a</table>').blocks
    assert 1 <= table.rows[0][0].columns <= 100


def test_what_a_style_hides_is_kept_and_what_a_script_says_is_not() -> None:
    page = read_page(
        '<p style="display:none">hidden</p><script>secret()</script><style>p{}</style><!-- remark --><iframe src=x></iframe>'
        '<img src="http://example.com/a.png" alt="a graph"><input type=checkbox checked><input value="given">'
    )
    assert page.text.split() == ["hidden", "[picture:", "a", "graph][x][given]"]
    assert (page.scripts, page.remarks, page.pictures, page.not_shown) == (True, 1, 1, {"iframe": 1})


def test_links_give_their_address_and_lose_their_action() -> None:
    page = read_page(
        '<a href="https://example.com/x">here</a> <a href="javascript:a()">run</a> <a href="#n">up</a>'
    )
    assert page.text == "here <https://example.com/x> run up"


@pytest.mark.parametrize("depth", [300, 20_000])
def test_deep_nesting_loses_nothing(depth: int) -> None:
    page = read_page("<div>" * depth + "word" + "<table><tr><td>" * min(depth, 500) + "cell")
    assert page.text.split() == ["word", "cell"]


@pytest.mark.parametrize(
    ("data", "text", "guessed"),
    [
        ("<p>Żółć £</p>".encode(), "Żółć £", False),
        ("<p>Żółć £</p>".encode("utf-16"), "Żółć £", False),
        ('<meta charset="windows-1250"><p>Żółć</p>'.encode("cp1250"), "Żółć", False),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>£20</p>'.encode("cp1252"), "£20", False),
        ("<p>£20 – é</p>".encode("cp1252"), "£20 – é", True),
        ('<meta charset="nonsense"><p>£20</p>'.encode("cp1252"), "£20", True),
    ],
)  # fmt: skip
def test_the_character_set_is_the_one_that_the_page_names(data: bytes, text: str, guessed: bool) -> None:
    source = decode_page(data)
    assert source is not None
    assert read_page(source.html).text == text
    assert source.guessed is guessed


@pytest.mark.parametrize("data", [b"<p>a\0b", b"\xff\xfe<\0p", b"<html>\x81\x8d\x8f"])
def test_what_is_no_text_is_none(data: bytes) -> None:
    assert decode_page(data) is None


@given(st.text(max_size=300))
def test_no_source_breaks_the_reader(source: str) -> None:
    read_page(source)
    read_page("<table><tr><td>" + source + "</table>")
