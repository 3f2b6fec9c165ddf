"""A web page as plain blocks: headings, paragraphs, list items, tables. Nothing is run, fetched or styled.

Text that a style or a script would hide is kept, so nothing is lost; what is no text is counted.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Literal

BlockKind = Literal["heading", "paragraph", "item", "preformatted", "table", "rule"]

_SILENT = frozenset({"script", "style", "template"})
_NOT_SHOWN = frozenset(
    {"iframe", "object", "embed", "video", "audio", "canvas", "svg", "math", "applet", "frame"}
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BREAKS = frozenset(
    [
        "p",
        "div",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "nav",
        "aside",
        "address",
        "form",
        "fieldset",
        "legend",
        "figure",
        "figcaption",
        "center",
        "body",
        "html",
        "head",
        "title",
        "caption",
        "blockquote",
        "details",
        "summary",
        "thead",
        "tbody",
        "tfoot",
        "option",
        "button",
        "label",
    ]
)
_FIELDS = frozenset({"input", "textarea", "select"})
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", re.I)
_LOOKED_AT = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SPACE = re.compile(r"[ \t\r\n\f]+")
MOST_COLUMNS = 100


@dataclass(frozen=True)
class Cell:
    """One cell of a table; `columns` is how many it spans, at most `MOST_COLUMNS`."""

    text: str
    heading: bool
    columns: int = 1


@dataclass(frozen=True)
class Block:
    """One piece of the page. `level` is a heading's rank, from 1; `depth` how many quotations or lists it stands in."""

    kind: BlockKind
    text: str = ""
    level: int = 0
    depth: int = 0
    rows: tuple[tuple[Cell, ...], ...] = ()

    @property
    def words(self) -> str:
        """Its text, a table's row by row."""
        return "\n".join(" ".join(cell.text for cell in row) for row in self.rows) or self.text


@dataclass(frozen=True)
class WebPage:
    """The blocks in reading order, and what else there was.

    `title` stands in the browser's frame and nowhere on the page. `pictures` are counted, `not_shown` counts films,
    frames and drawings by their tag; `scripts` says that there were some; `remarks` counts the author's comments.
    """

    title: str
    blocks: tuple[Block, ...]
    pictures: int
    not_shown: dict[str, int]
    scripts: bool
    remarks: int

    @property
    def text(self) -> str:
        """Everything that is shown, a block a line."""
        return "\n".join(filter(None, [self.title, *(block.words for block in self.blocks)]))


@dataclass(frozen=True)
class PageText:
    """A page's source as text; `guessed` says that it named no character set in which it can be read."""

    html: str
    guessed: bool


def decode_page(data: bytes) -> PageText | None:
    """The source of a page: by byte order mark, else UTF-8, else as the page says, else Windows-1252; None for no text.

    Source: HTML Living Standard, 13.2.3 (determining the character encoding), but for UTF-8, which is never mistaken.
    """
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    by_mark = [name for mark, name in marks if data.startswith(mark)]
    named = _CHARSET.search(data[:_LOOKED_AT])
    said = [named[1].decode("ascii")] if named else []
    for name in by_mark or ["utf-8", *said, "cp1252"]:
        try:
            text = data.decode(name)
        except (LookupError, UnicodeError):
            continue
        if _CONTROL.search(text):  # as in every text: then it is none
            return None
        return PageText(
            text, guessed=not by_mark and name == "cp1252" and name not in said and not _western(said)
        )
    return None


def _western(said: list[str]) -> bool:
    """Whether a page that calls itself Latin-1 was read as browsers read it."""
    return bool(said) and said[0].lower() in {"iso-8859-1", "latin1", "ascii", "us-ascii", "windows-1252"}


def read_page(html: str) -> WebPage:
    """The page's blocks."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page()


@dataclass
class _Table:
    """A table on the way; `before` is what the cell around it held already, whose part its words become."""

    before: list[str]
    rows: list[list[Cell]] = field(default_factory=list)
    heading: bool = False
    columns: int = 1
    open_cell: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[Block] = []
        self._text: list[str] = []
        self._title: list[str] = []
        self._tables: list[_Table] = []
        self._silent = self._in_title = self._preformatted = self._depth = self._pictures = self._remarks = 0
        self._heading = 0
        self._item = self._scripts = False
        self._not_shown: Counter[str] = Counter()
        self._links: list[str] = []

    def page(self) -> WebPage:
        self._end_block()
        while self._tables:
            self._end_table()
        title = _SPACE.sub(" ", "".join(self._title)).strip()
        return WebPage(
            title,
            tuple(self._blocks),
            self._pictures,
            dict(sorted(self._not_shown.items())),
            self._scripts,
            self._remarks,
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent += 1
            self._scripts = self._scripts or tag == "script"
        elif tag == "title":
            self._in_title += 1
        elif tag == "br":
            self._text.append("\n")
        elif tag == "img":
            self._picture(given)
        elif tag == "a":
            self._links.append(given.get("href", ""))
        elif tag in _FIELDS:
            self._field(tag, given)
        else:
            self._begin(tag, given)

    def _begin(self, tag: str, given: dict[str, str]) -> None:
        if tag in _NOT_SHOWN:
            self._not_shown[tag] += 1
        elif tag in _HEADINGS:
            self._end_block()
            self._heading = _HEADINGS[tag]
        elif tag == "table":
            self._end_block()
            self._tables.append(_Table(self._text))
            self._text = []
        elif tag in {"tr", "td", "th"}:
            self._table_part(tag, given)
        elif tag == "hr":
            self._end_block()
            self._add(Block("rule"))
        elif tag in _BREAKS or tag in {"li", "pre"}:
            self._end_block()
            self._depth += tag in {"blockquote", "ul", "ol"}
            self._item = tag == "li"
            self._preformatted += tag == "pre"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in {"script", "style", "template", "title"}:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "title":
            self._in_title = max(0, self._in_title - 1)
        elif tag == "a" and self._links:
            self._end_link()
        elif tag in _HEADINGS:
            self._end_block()
        elif tag == "table" and self._tables:
            self._end_block()
            self._end_table()
        elif tag in {"td", "th", "tr"} and self._tables:
            self._end_cell()
        elif tag in _BREAKS or tag in {"li", "pre"}:
            self._end_block()
            self._depth = max(0, self._depth - (tag in {"blockquote", "ul", "ol"}))
            self._preformatted = max(0, self._preformatted - (tag == "pre"))

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._in_title:
            self._title.append(data)
        else:
            self._text.append(data if self._preformatted else _SPACE.sub(" ", data))

    def handle_comment(self, data: str) -> None:
        self._remarks += bool(data.strip())

    def _picture(self, given: dict[str, str]) -> None:
        self._pictures += 1
        words = given.get("alt", "").strip()
        self._text.append(f"[picture: {words}]" if words else "[picture]")

    def _field(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text").lower()
        if tag == "input" and kind in {"checkbox", "radio"}:
            self._text.append("[x]" if "checked" in given else "[ ]")
        elif value := given.get("value", ""):
            self._text.append(f"[{value}]")

    def _end_link(self) -> None:
        address = self._links.pop()
        bare = address.removeprefix("mailto:").strip()
        if (
            bare
            and not bare.startswith(("#", "javascript:", "data:"))
            and bare not in "".join(self._text[-3:])
        ):
            self._text.append(f" <{bare}>")

    def _table_part(self, tag: str, given: dict[str, str]) -> None:
        if not self._tables:
            self._end_block()
            return
        self._end_cell()
        table = self._tables[-1]
        if tag == "tr" or not table.rows:
            table.rows.append([])
        if tag != "tr":
            span = given.get("colspan", "1")
            table.columns = max(1, min(MOST_COLUMNS, int(span))) if span.isascii() and span.isdigit() else 1
            table.heading, table.open_cell = tag == "th", True

    def _end_cell(self) -> None:
        table = self._tables[-1]
        words = self._taken()
        if table.open_cell or words:
            if not table.rows:
                table.rows.append([])
            table.rows[-1].append(Cell(words, table.heading, table.columns))
        table.open_cell, table.heading, table.columns = False, False, 1

    def _end_table(self) -> None:
        self._end_cell()
        table = self._tables.pop()
        self._text = table.before
        rows = tuple(tuple(row) for row in table.rows if row)
        if rows:
            self._add(Block("table", depth=self._depth, rows=rows))

    def _end_block(self) -> None:
        if self._tables:  # within a cell a block is a line
            if self._text and self._text[-1] != "\n":
                self._text.append("\n")
            return
        words = self._taken()
        kind: BlockKind = "heading" if self._heading else "item" if self._item else "paragraph"
        if words:
            self._add(
                Block(
                    "preformatted" if self._preformatted else kind,
                    words,
                    level=self._heading,
                    depth=self._depth,
                )
            )
            self._item = False
        self._heading = 0

    def _taken(self) -> str:
        words = "".join(self._text)
        self._text.clear()
        if self._preformatted:
            return words.strip("\n")
        return "\n".join(filter(None, (_SPACE.sub(" ", line).strip() for line in words.split("\n"))))

    def _add(self, block: Block) -> None:
        if not self._tables:
            self._blocks.append(block)
        else:  # a table in a cell: its words stay in the cell
            self._text.append("\n" + block.words + "\n")
