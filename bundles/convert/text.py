"""Plain text as pages: fixed pitch, 80 columns, every character of the file on the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from bundles.convert.base import ConversionRequest, ConversionResult, Converter, HeldError
from bundles.convert.pages import bottom_margin_pt, join, missing_glyphs
from bundles.convert.visible import count_hidden, shown
from bundles.derived import StampBox
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind, guess_charset
from casefiles.mail.charset import Decoded, decode
from templates.render import html_to_pdf, render_html

COLUMNS = 80
TAB_COLUMNS = 8
LINE_PT = 14.0
A4_HEIGHT_PT = 841.89
TOP_MARGIN_PT = 51.0
MAX_PAGES = 2_000
PAGES_AT_A_TIME = 40
EMPTY = "[This file is empty.]"
_NARROW = ((0x0020, 0x0590), (0x0600, 0x0700), (0x1E00, 0x2000), (0x2000, 0x2C00))


def draw(request: ConversionRequest) -> ConversionResult:
    """Set a text file in a fixed-pitch type, long lines wrapped, hidden characters shown as escapes.

    Raises:
        HeldError: it would fill more than 2,000 pages.
    """
    from bundles.convert.normalise import normalise

    decoded = _decoded(request.original)
    source = request.scratch / "text.pdf"
    per_page = lines_on_a_page(request.stamp)
    limit = per_page * MAX_PAGES
    lines: list[str] = []
    for line in wrapped(decoded.text):
        lines.append(line)
        if len(lines) > limit:
            raise HeldError(_too_long(request))
    pages = ["\n".join(lines[start : start + per_page]) for start in range(0, len(lines), per_page)]
    parts: list[Path] = []
    missing: set[str] = set()
    for start in range(0, len(pages), PAGES_AT_A_TIME):
        part = request.scratch / f"text-{start}.pdf"
        html = render_html("pages/text.html.j2", {"pages": pages[start : start + PAGES_AT_A_TIME]})
        missing.update(html_to_pdf(html, part, css=[_css(request.stamp)]))
        parts.append(part)
    join(parts, source)
    drawn = normalise(source, request.output, request.stamp)
    found = [*_findings(request, decoded), *missing_glyphs(request, "".join(sorted(missing)))]
    return drawn.with_findings(found).derived(request.output, CONVERTER.name, CONVERTER.version)


def wrapped(text: str) -> Iterator[str]:
    """The lines as they are set: CR LF, CR and LF end a line, tabs are spaces to the next eighth column."""
    if not text.strip():
        yield EMPTY if not text else "[This file holds only spaces and line ends.]"
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    for line in lines:
        yield from wrap_line(_untabbed(shown(line)))


def wrap_line(line: str, columns: int = COLUMNS) -> list[str]:
    """One line cut to at most `columns`, after a space where that leaves more than half a line, nothing lost."""
    pieces: list[str] = []
    start = used = 0
    last_space = -1
    widths = [_width(char, before) for before, char in zip(" " + line, line, strict=False)]
    for position, (char, width) in enumerate(zip(line, widths, strict=True)):
        if used + width > columns:
            cut = last_space + 1 if last_space + 1 - start > columns // 2 else position
            pieces.append(line[start:cut])
            start, last_space = cut, -1
            used = sum(widths[start:position])
        used += width
        if char == " ":
            last_space = position
    return [*pieces, line[start:]]


def lines_on_a_page(stamp: StampBox) -> int:
    """How many lines fit between the upper margin and the room kept for the number."""
    return int((A4_HEIGHT_PT - TOP_MARGIN_PT - bottom_margin_pt(stamp)) / LINE_PT)


def _untabbed(line: str) -> str:
    out: list[str] = []
    column = 0
    for char in line:
        if char == "\t":
            spaces = TAB_COLUMNS - column % TAB_COLUMNS
            out.append(" " * spaces)
            column += spaces
        else:
            column += _width(char, out[-1][-1:] if out else " ")
            out.append(char)
    return "".join(out)


def _width(char: str, before: str = " ") -> int:
    """Columns: 1 where the fixed-pitch fonts have it, 0 for combining marks, 2 for what another font draws.

    A vowel sign that stands by itself is drawn beside a dotted circle, and no line breaks between such signs.
    """
    if " " <= char <= "~":
        return 1
    category = unicodedata.category(char)
    if category in {"Mn", "Me", "Cf"}:
        return 0
    if category == "Mc" and not before.isalpha():
        return 5
    code = ord(char)
    return 1 if any(first <= code < after for first, after in _NARROW) else 2


def _css(stamp: StampBox) -> str:
    return (
        f"@page {{ margin: {TOP_MARGIN_PT:g}pt 15.5mm {bottom_margin_pt(stamp):.2f}pt 15.5mm }}"
        'pre.sheet { font-family: "Liberation Mono", "Cousine", "DejaVu Sans Mono", "DejaVu Sans", "Noto Sans",'
        f' monospace; font-size: 10.5pt; line-height: {LINE_PT:g}pt; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere;'
        " break-after: page }"
        "pre.sheet:last-child { break-after: auto }"
    )  # fmt: skip


def _findings(request: ConversionRequest, decoded: Decoded) -> list[Finding]:
    found: list[Finding] = []
    if not decoded.text.strip():
        found.append(
            request.finding(
                "text-empty",
                Severity.WARNING,
                "the text file is empty",
                "ask the sender whether it is complete",
            )
        )
    if decoded.guessed:
        found.append(charset_guessed(request, decoded.charset))
    return [*found, *hidden_shown(request, decoded.text)]


def charset_guessed(request: ConversionRequest, charset: str) -> Finding:
    """That a file says nothing of its character set, and in which it was read."""
    return request.finding(
        "text-charset-guessed",
        Severity.WARNING,
        f"it does not say which character set it uses; it was read as {_charset_name(charset)}",
        "check accented letters and the £ sign against the original",
    )


def hidden_shown(request: ConversionRequest, text: str) -> list[Finding]:
    """That hidden characters stand as escapes, where there are any."""
    hidden = count_hidden(text, keep="\n\r\t")
    if not hidden:
        return []
    words = f"{hidden} hidden character{'' if hidden == 1 else 's'} shown as escapes such as \\x07"
    return [request.finding("text-hidden-characters", Severity.NOTE, words)]


def _decoded(path: Path) -> Decoded:
    """As intake read it; bytes that intake could not place are shown as escapes."""
    data = path.read_bytes()
    charset = guess_charset(path)
    if charset is None or b"\0" in data[:4096]:
        return decode(data)
    return Decoded(data.decode(charset), charset, charset == "cp1252")


def _charset_name(charset: str) -> str:
    return {"cp1252": "Windows Western (1252)"}.get(charset, charset.upper())


def _too_long(request: ConversionRequest) -> Finding:
    return request.finding(
        "text-too-long",
        Severity.ERROR,
        f"the text would fill more than {MAX_PAGES:,} pages",
        "take out the part that matters, save it as its own file and add that; or record a placeholder",
    )


CONVERTER = Converter(name="text", version="2", kinds=frozenset({Kind.TEXT}), convert=draw)
