"""From a page template to a derived PDF: shared by the converters that set type themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bundles.convert.base import ConversionRequest, Drawn
from bundles.derived import StampBox
from casefiles.findings import Finding, Severity
from templates.render import Plain, html_to_pdf, render_html

BOTTOM_MARGIN_PT = 68.0
CLEAR_PT = 8.0
CHARACTERS_NOT_DRAWN = "characters-not-drawn"


def draw_template(
    request: ConversionRequest,
    template: str,
    values: Mapping[str, Plain],
    css: Sequence[str] = (),
    pictures: Mapping[str, bytes] | None = None,
) -> Drawn:
    """Fill a template, draw it and bring it into the derived shape at `request.output`.

    The bottom margin leaves room for the number's box. `pictures` are what the template shows as `picture:NAME`.

    Raises:
        RenderFailed: the template is at fault.
        OSError: the output cannot be written.
    """
    from bundles.convert.normalise import normalise

    source = request.scratch / "page.pdf"
    missing = html_to_pdf(
        render_html(template, values), source, css=[margin_css(request.stamp), *css], pictures=pictures
    )
    drawn = normalise(source, request.output, request.stamp)
    return drawn.with_findings(missing_glyphs(request, missing))


def missing_glyphs(request: ConversionRequest, characters: str) -> list[Finding]:
    """A finding where letters show as boxes because no font on this machine has them."""
    if not characters:
        return []
    codes = ", ".join(f"U+{ord(char):04X}" for char in characters[:5])
    number = len(characters)
    return [
        request.finding(
            CHARACTERS_NOT_DRAWN,
            Severity.WARNING,
            f"{number} character{'s are' if number > 1 else ' is'} shown as boxes, for want of a font ({codes})",
            "install a font for that script (for example: sudo apt-get install --no-install-recommends "
            "fonts-noto-core fonts-noto-cjk) and make the bundle again",
        )
    ]


def join(parts: Sequence[Path], target: Path) -> None:
    """Write the pages of several PDFs of ours as one, in order.

    Raises:
        OSError: the target cannot be written.
    """
    import pikepdf

    with pikepdf.new() as whole:
        for part in parts:
            with pikepdf.open(part) as piece:
                whole.pages.extend(piece.pages)
        whole.save(target, deterministic_id=True)


def bottom_margin_pt(stamp: StampBox) -> float:
    """The lower margin of a page that keeps clear of the number's box, in points."""
    return max(BOTTOM_MARGIN_PT, stamp.bottom_pt + stamp.height_pt + CLEAR_PT)


def margin_css(stamp: StampBox) -> str:
    """The lower margin as CSS; headings of a sheet or an e-mail are no bookmarks of the bundle."""
    return (
        f"@page {{ margin-bottom: {bottom_margin_pt(stamp):.2f}pt }}"
        "h1, h2, h3, h4, h5, h6 { bookmark-level: none }"
    )


def size_words(size_bytes: int) -> str:
    """A file's size for people and for checking: "1.2 MB (1,234,567 bytes)"; decimal units."""
    exact = f"{size_bytes:,} byte{'' if size_bytes == 1 else 's'}"
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size_bytes >= scale:
            return f"{size_bytes / scale:.1f} {unit} ({exact})"
    return exact
