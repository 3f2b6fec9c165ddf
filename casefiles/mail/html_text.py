"""The words of an HTML message, in reading order, as plain text. Nothing is run, fetched or styled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import unquote

_SILENT = {"script", "style", "head", "title", "template"}
_BLOCKS = {
    "p", "div", "ul", "ol", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header",
    "footer", "pre", "address", "form", "fieldset", "dl", "dt", "dd", "body", "html", "center", "li",
}  # fmt: skip
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "blockquote"}
_SPACE = re.compile(r"[ \t\r\n\f]+")


def html_to_text(html: str, pictures: Mapping[str, str] | None = None) -> str:
    """The text of a message: blocks on lines of their own, quotations with `> `, links with their address.

    Pictures are named in their place: by their file where it travels with the message (`pictures`: names by content
    id), and by their description. Text that a style would hide is kept: nothing is lost.
    """
    reader = _Reader(pictures or {})
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self, pictures: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._pictures = pictures
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._silent = 0
        self._preformatted = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent += tag not in {"head"}
            return
        if tag == "body":
            self._silent = 0
        if tag == "br":
            self._end_line()
        elif tag == "hr":
            self._block(spaced=False)
            self._line.append("—" * 20)
            self._end_line()
        elif tag == "blockquote":
            self._block(spaced=True)
            self._depth += 1
        elif tag == "img":
            self._picture(given)
        elif tag == "a":
            self._links.append((given.get("href", ""), len(self._line)))
        elif tag in {"td", "th"} and self._line:
            self._line.append("  ")
        elif tag in _BLOCKS:
            self._block(spaced=tag in _SPACED)
            self._preformatted += tag == "pre"
            if tag == "li":
                self._line.append("• ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - (tag not in {"head"}))
        elif tag == "a" and self._links:
            self._end_link()
        elif tag == "blockquote":
            self._block(spaced=False)
            self._depth = max(0, self._depth - 1)
            self._block(spaced=True)
        elif tag in _BLOCKS:
            self._block(spaced=tag in _SPACED)
            self._preformatted = max(0, self._preformatted - (tag == "pre"))

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._preformatted:
            first, *others = data.split("\n")
            self._line.append(first)
            for other in others:
                self._end_line()
                self._line.append(other)
            return
        words = _SPACE.sub(" ", data)
        if words == " " and not self._line:
            return
        if not self._line or self._line[-1].endswith(" "):
            words = words.removeprefix(" ")
        if words:
            self._line.append(words)

    def text(self) -> str:
        """What has been read, without empty lines at its ends."""
        self._end_line() if self._line else None
        return "\n".join(self._lines).strip("\n")

    def _picture(self, given: dict[str, str]) -> None:
        words = given.get("alt", "").strip()
        source = given.get("src", "").strip()
        if source.lower().startswith("cid:"):
            name = self._pictures.get(unquote(source[4:]), "")
            words = " – ".join(each for each in (name, words) if each)
            self._line.append(f"[picture: {words}]" if words else "[picture]")
        elif words:
            self._line.append(f"[picture: {words}]")
        elif source.lower().startswith("data:"):
            self._line.append("[picture]")

    def _end_link(self) -> None:
        address, start = self._links.pop()
        words = "".join(self._line[start:]).strip()
        bare = address.removeprefix("mailto:")
        if address and not address.startswith("#") and bare not in words:
            self._line.append(f" <{bare}>" if words else f"<{bare}>")

    def _block(self, *, spaced: bool) -> None:
        if self._line:
            self._end_line()
        if spaced and self._lines and self._lines[-1].strip("> "):
            self._lines.append("> " * self._depth)

    def _end_line(self) -> None:
        words = "".join(self._line)
        words = words if self._preformatted else words.strip(" ")
        self._line.clear()
        self._links = [(address, 0) for address, _ in self._links]
        self._lines.append("> " * self._depth + words)
