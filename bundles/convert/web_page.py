"""Web pages (HTML) as their words: headings, paragraphs, lists and tables in our own type. Nothing is run or fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bundles.convert.base import ConversionRequest, ConversionResult, Converter, HeldError
from bundles.convert.pages import draw_template
from bundles.convert.text import charset_guessed, hidden_shown
from bundles.convert.visible import shown
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind
from casefiles.intake.readers.html_blocks import Block, Cell, WebPage, decode_page, read_page
from casefiles.intake.readers.web_page import MAX_BYTES
from templates.render import Plain

MAX_CELLS = 100_000
MAX_CHARACTERS = 3_000_000
MOST_ROWS_IN_HEAD = 3
_EMPTY = "[This web page has no words.]"
_OFFER = "print it as PDF from a browser and add that, or record a placeholder"
_NAMES = {"iframe": "a page within the page", "video": "a film", "audio": "a recording", "svg": "a drawing"}


def draw(request: ConversionRequest) -> ConversionResult:
    """Every word of the page in reading order, whatever a style would hide; a table's head stands on each of its pages.

    Pictures are named where they stood. Links keep their words and give their address.

    Raises:
        HeldError: it cannot be read as text, or is larger than can be drawn.
    """
    if request.original.stat().st_size > MAX_BYTES:
        raise HeldError(_held(request, "html-too-large", "the web page is too large to be drawn"))
    source = decode_page(request.original.read_bytes())
    if source is None:
        raise HeldError(_held(request, "html-damaged", "the web page cannot be read as text"))
    page = read_page(source.html)
    cells = sum(len(row) for block in page.blocks for row in block.rows)
    if cells > MAX_CELLS or len(page.text) > MAX_CHARACTERS:
        raise HeldError(_held(request, "html-too-large", "the web page is too large to be drawn"))
    blocks = [_values(block) for block in page.blocks] or [_values(Block("paragraph", _EMPTY))]
    drawn = draw_template(
        request, "pages/web_page.html.j2", {"title": shown(page.title, keep=""), "blocks": blocks}
    )
    guessed = [charset_guessed(request, "cp1252")] if source.guessed else []
    return drawn.with_findings([*guessed, *_findings(request, page)]).derived(
        request.output, CONVERTER.name, CONVERTER.version
    )


def _values(block: Block) -> dict[str, Plain]:
    head = 0
    for row in block.rows[:MOST_ROWS_IN_HEAD]:
        if not all(cell.heading for cell in row):
            break
        head += 1
    if head == len(block.rows):
        head = 0
    return {
        "kind": block.kind,
        "text": shown(block.text),
        "level": block.level,
        "depth": min(block.depth, 10),
        "head": [_cells(row) for row in block.rows[:head]],
        "rows": [_cells(row) for row in block.rows[head:]],
    }


def _cells(row: Sequence[Cell]) -> list[Plain]:
    return [{"text": shown(cell.text), "heading": cell.heading, "columns": cell.columns} for cell in row]


def _findings(request: ConversionRequest, page: WebPage) -> Iterator[Finding]:
    missing = [f"{count} × {_NAMES.get(tag, tag)}" for tag, count in page.not_shown.items()]
    if page.pictures:
        missing.insert(0, "a picture" if page.pictures == 1 else f"{page.pictures} pictures")
    if missing:
        yield request.finding(
            "html-words-only",
            Severity.WARNING,
            f"the page's words are shown; not shown: {', '.join(missing)}",
            "if they matter, print the page as PDF where it can be seen, and add that",
        )
    if page.scripts:
        yield request.finding(
            "html-scripts",
            Severity.NOTE,
            "the page carries scripts; they were not run, so what they would add is not shown",
        )
    if page.remarks:
        yield request.finding(
            "html-remarks",
            Severity.NOTE,
            f"the page's source has {page.remarks} remarks that no browser shows; nor do the pages",
        )
    yield from hidden_shown(request, page.text)


def _held(request: ConversionRequest, code: str, message: str) -> Finding:
    return request.finding(code, Severity.ERROR, message, _OFFER)


CONVERTER = Converter(name="web page", version="2", kinds=frozenset({Kind.HTML}), convert=draw)
