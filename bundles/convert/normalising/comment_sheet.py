"""The page after a document that lists the comments in it, so that no word of them is lost under a small icon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bundles.convert.normalising.annotations import Comment
from bundles.convert.pages import margin_css
from bundles.derived import StampBox

SHEET_TITLE = "Comments in this document"


def draw_comments(comments: Sequence[Comment], output: Path, stamp: StampBox) -> None:
    """Write the list as a PDF of its own.

    Raises:
        templates.render.RenderFailed: the template is at fault.
        OSError: the output cannot be written.
    """
    from templates.render import html_to_pdf, render_html

    rows = [asdict(comment) for comment in comments]
    html_to_pdf(render_html("pages/comments.html.j2", {"comments": rows}), output, css=[margin_css(stamp)])
