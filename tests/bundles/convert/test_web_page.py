"""Web pages as pages: every word, tables with their head on each page, nothing run or fetched."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from bundles.convert.base import ConversionRequest, HeldError
from bundles.convert.web_page import draw
from bundles.derived import Derived
from casefiles.intake.kinds import Kind

MakeRequest = Callable[..., ConversionRequest]


def drawn(request_for: MakeRequest, folder: Path, html: str | bytes) -> tuple[Derived, list[str]]:
    path = folder / "page.html"
    path.write_bytes(html if isinstance(html, bytes) else html.encode())
    made = draw(request_for(path, Kind.HTML))
    assert isinstance(made, Derived)
    document = pypdfium2.PdfDocument(str(made.path))
    return made, [page.get_textpage().get_text_bounded() for page in document]


def codes(made: Derived) -> list[str]:
    return [each.code for each in made.findings]


def test_a_long_table_has_its_head_on_every_page(tmp_path: Path, request_for: MakeRequest) -> None:
    rows = "".join(f"<tr><td>{number}</td><td>present {number}</td></tr>" for number in range(150))
    made, pages = drawn(
        request_for, tmp_path, f"<h1>Register</h1><table><tr><th>Session<th>Mark</tr>{rows}</table>"
    )
    assert len(pages) > 2
    assert all("Session" in page and "Mark" in page for page in pages)
    together = "\n".join(pages)
    assert all(f"present {number}" in together for number in range(150))
    assert codes(made) == []


def test_hidden_words_are_shown_and_scripts_are_not(tmp_path: Path, request_for: MakeRequest) -> None:
    made, (page,) = drawn(
        request_for, tmp_path,
        "<html><body><p style='display:none;color:white'>hidden words<script>document.write('added')</script><!-- a remark -->",
    )  # fmt: skip
    assert "hidden words" in page
    assert "added" not in page
    assert codes(made) == ["html-scripts", "html-remarks"]


def test_nothing_is_fetched(tmp_path: Path, request_for: MakeRequest) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-of-a-local-file")
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}"

        def listen() -> None:
            try:
                peer, _ = server.accept()
            except TimeoutError:
                return
            with peer:
                asked.append(peer.recv(100))

        thread = threading.Thread(target=listen)
        thread.start()
        made, (page,) = drawn(
            request_for, tmp_path,
            f'<html><head><link rel=stylesheet href="{address}/a.css"><base href="{address}"></head><body>'
            f'<img src="{address}/a.png"><iframe src="file://{secret}"></iframe><object data="file://{secret}"></object>'
            f'<p style="background:url({address}/b.png)">words<style>@import url({address}/c.css)</style>',
        )  # fmt: skip
        thread.join()
    assert asked == []
    assert "words" in page
    assert b"canary" not in made.path.read_bytes()
    assert codes(made) == ["html-words-only"]


def test_markup_in_words_stays_words(tmp_path: Path, request_for: MakeRequest) -> None:
    _made, (page,) = drawn(
        request_for, tmp_path, "<html><body><p>{{ 7*7 }} {% raw %} &lt;b&gt;A &amp; B&lt;/b&gt;"
    )
    assert "{{ 7*7 }} {% raw %} <b>A & B</b>" in page


def test_a_guessed_character_set_is_said(tmp_path: Path, request_for: MakeRequest) -> None:
    made, (page,) = drawn(request_for, tmp_path, "<html><body>£20".encode("cp1252"))
    assert "£20" in page
    assert codes(made) == ["text-charset-guessed"]


def test_a_page_without_words_says_so(tmp_path: Path, request_for: MakeRequest) -> None:
    _made, (page,) = drawn(request_for, tmp_path, "<html><body><div></div>")
    assert "no words" in page


@pytest.mark.parametrize(
    ("data", "why"), [(b"<html>a\0b", "cannot be read"), (b"<html>" + b"x" * (9 << 20), "too large")]
)
def test_what_cannot_be_drawn_is_held(
    tmp_path: Path, request_for: MakeRequest, data: bytes, why: str
) -> None:
    with pytest.raises(HeldError, match=why):
        drawn(request_for, tmp_path, data)
