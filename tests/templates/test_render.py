"""Templates are drawn from plain data, in a sandbox, without fetching anything."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import threading
from enum import StrEnum
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from fontTools.misc.timeTools import timestampToString
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from casefiles.caged import CagedExecutor, ChildFailed, Limits, minimal_environment
from casefiles.hashing import sha256_bytes
from templates.render import RenderFailed, html_to_pdf, render_html, render_pdf

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    return tmp_path


def render(folder: Path, source: str, **values: object) -> str:
    (folder / "pages" / "page.html.j2").write_text(source, encoding="utf-8")
    return render_html("pages/page.html.j2", values, [folder])  # type: ignore[arg-type]


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_a_value_is_text_never_html_nor_template(folder: Path) -> None:
    html = render(folder, "<p>{{ name }}</p>", name="<b>Ms O'Neil & Co</b> {{ 7 * 7 }}")
    assert "<b>" not in html
    assert "{{ 7 * 7 }}" in html
    assert "<b>Ms O'Neil & Co</b> {{ 7 * 7 }}" in text_of(render_pdf(html).data)


def test_marked_up_text_is_escaped_too(folder: Path) -> None:
    assert "<script>" not in render(folder, "{{ name }}", name=Markup("<script>x</script>"))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_value_can_open_a_tag(value: str) -> None:
    facts = {
        "title": "",
        "exhibit": "",
        "kind_words": "x",
        "size": "x",
        "received": "",
        "supplied_how": "x",
        "sha256": "x",
    }
    plain = render_html("pages/sheet.html.j2", {**facts, "name": "x"})
    html = render_html("pages/sheet.html.j2", {**facts, "name": value})
    assert html.count("<") == plain.count("<")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ name.__init__.__globals__ }}",
        "{{ many.append(1) }}",
        "{{ self.__init__.__globals__ }}",
        "{% include '/etc/passwd' %}",
        "{% include '../pyproject.toml' %}",
        "{{ missing }}",
        "{{ fact.missing }}",
        "{% if %}",
    ],
)
def test_what_a_template_may_not_do(folder: Path, source: str) -> None:
    with pytest.raises(RenderFailed) as refused:
        render(folder, source, name="x", many=[1], fact={"a": "b"})
    assert refused.value.remedy


@pytest.mark.parametrize("value", [b"bytes", object(), {1, 2}, Path("x")])
def test_only_plain_data_reaches_a_template(folder: Path, value: object) -> None:
    with pytest.raises(TypeError, match=r"values\.fact\[0\]"):
        render(folder, "{{ fact }}", fact=[value])


def test_a_string_enum_becomes_its_text(folder: Path) -> None:
    class Colour(StrEnum):
        RED = "red"

    assert render(folder, "{{ colour }}", colour=Colour.RED) == "red"


def test_the_first_override_wins_over_the_built_in(folder: Path) -> None:
    (folder / "pages" / "sheet.html.j2").write_text("ours", encoding="utf-8")
    assert render_html("pages/sheet.html.j2", {}, [folder]) == "ours"


@pytest.mark.parametrize(
    "html",
    [
        '<img src="file:///etc/hostname">',
        '<img src="FILE:///etc/hostname">',
        '<img src="//127.0.0.1:{port}/a.png">',
        '<img src="http://127.0.0.1:{port}/a.png">',
        '<img src="data:image/png;base64,AAAA">',
        '<link rel="stylesheet" href="http://127.0.0.1:{port}/a.css">',
        '<style>@import url("http://127.0.0.1:{port}/a.css")</style>',
        '<style>@font-face {{ font-family: x; src: url("http://127.0.0.1:{port}/a.ttf") }}</style><p style="font-family:x">x',
        '<style>body {{ background: url("http://127.0.0.1:{port}/a.png") }}</style>',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<object data="http://127.0.0.1:{port}/a.svg"></object>',
        '<svg><image href="http://127.0.0.1:{port}/a.png" width="9" height="9"/></svg>',
    ],
)
def test_nothing_outside_the_page_is_fetched(html: str) -> None:
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = threading.Thread(target=_listen, args=(server, calls), daemon=True)
        listener.start()
        page = f"<html><body>{html.format(port=server.getsockname()[1])}<p>words</p></body></html>"
        try:
            data = render_pdf(page).data
        except RenderFailed as refused:
            assert "outside the page" in refused.message
        else:  # WeasyPrint never asked
            assert "words" in text_of(data)
            assert b"/EmbeddedFile" not in data
        server.shutdown(socket.SHUT_RDWR)
    listener.join(5)
    assert calls == []


def _listen(server: socket.socket, calls: list[object]) -> None:
    while True:
        try:
            calls.append(server.accept())
        except OSError:
            return


def test_a_file_image_is_named_in_the_refusal() -> None:
    with pytest.raises(RenderFailed, match="file:///etc/hostname"):
        render_pdf('<img src="file:///etc/hostname">')


def test_a_table_of_a_hundred_thousand_columns_costs_only_the_time_allowed(tmp_path: Path) -> None:
    limits = Limits(seconds=6, memory_bytes=2 << 30, output_bytes=1 << 20)
    environment = {**minimal_environment(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    with CagedExecutor(1, limits, sys.executable, environment) as cage:
        future = cage.submit(render_pdf, "<table><tr><td colspan=100000>x</td></tr></table>")
        with pytest.raises(ChildFailed) as failed:
            future.result()
    assert failed.value.reason in {"time", "memory"}


def test_characters_without_a_glyph_are_told_and_keep_their_text() -> None:
    rendered = render_pdf("<p>plain Łukasz \u2fe0</p>")  # no letter at all
    assert rendered.without_glyph == "\u2fe0"
    assert render_pdf("<p>plain Łukasz £20 “quoted”</p>").without_glyph == ""


def test_the_same_page_has_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    html = "<html lang=en-GB><title>T</title><p>Łukasz Żółć, £20 and <b>bold</b> and <i>italic</i></p></html>"
    here = tmp_path / "here.pdf"
    html_to_pdf(html, here)
    code = (
        "import sys; from templates.render import render_pdf; from casefiles.hashing import sha256_bytes;"
        "print(sha256_bytes(render_pdf(sys.argv[1]).data))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, html],
        cwd=REPOSITORY,
        env={
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            "TZ": "Asia/Tokyo",
            "LANG": "C",
            "PYTHONHASHSEED": "7",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == sha256_bytes(here.read_bytes())


def test_a_font_of_emoji_draws_no_digit_and_leaves_no_time_of_writing(tmp_path: Path) -> None:
    """Such a font has digits, too, and is on many a desktop; cutting it down writes the time into it."""
    limits = Limits(seconds=60, memory_bytes=4 << 30, output_bytes=8 << 20)
    environment = {**minimal_environment(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    with CagedExecutor(1, limits, sys.executable, environment) as cage:
        drawn = cage.submit(render_pdf, "<p>12 January 2026, 14:05 \U0001f642 \u2705</p>").result()
    assert drawn.without_glyph == ""
    with pikepdf.open(io.BytesIO(drawn.data)) as pdf:
        fonts = {str(font.BaseFont).partition("+")[2]: font for font in pdf.pages[0].Resources.Font.values()}
        assert set(fonts) == {"Liberation-Sans", "Noto-Color-Emoji"}
        emoji = fonts["Noto-Color-Emoji"]
        assert b"<0031>" in fonts["Liberation-Sans"].ToUnicode.read_bytes()
        assert b"<0031>" not in emoji.ToUnicode.read_bytes()
        program = TTFont(io.BytesIO(emoji.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()))
    assert timestampToString(program["head"].modified) == "Sat Jan  1 00:00:00 2000"
