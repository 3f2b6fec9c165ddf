"""Writes the plan's bookmarks as the PDF's outline.

Source: ISO 32000-2, 12.3.3 (document outline), 12.3.2.2 (explicit destinations), 7.9.2.2 (text strings).
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field

import pikepdf

from bundles.model import PlannedBookmark

OPEN_LEVELS = 1
"""How many levels of bookmarks stand open when the file opens: sections show their tabs, tabs hide what is within."""


@dataclass
class _Node:
    """A bookmark among its own: the object to write and its children."""

    item: pikepdf.Dictionary
    level: int
    children: list[_Node] = field(default_factory=list)


def write_outline(
    pdf: pikepdf.Pdf,
    pages: Sequence[pikepdf.Object],
    bookmarks: Sequence[PlannedBookmark],
    first_page: int = 1,
) -> None:
    """Write the outline and make it the catalog's; `pages` are the page objects in order, from page `first_page` on.

    Raises:
        ValueError: a bookmark stands more than one level below the one before it, or leads to no page.
    """
    if not bookmarks:
        return
    root = _Node(pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Outlines)), 0)
    path, made = [root], [root]
    for bookmark in bookmarks:
        at = bookmark.page - first_page
        if not 0 <= at < len(pages) or not 1 <= bookmark.level <= path[-1].level + 1:
            raise ValueError(f"bookmark “{bookmark.title}” has no place in the outline")
        item = pikepdf.Dictionary(Title=text_string(bookmark.title), Dest=page_top(pages[at]))
        node = _Node(pdf.make_indirect(item), bookmark.level)
        del path[bookmark.level :]
        path[-1].children.append(node)
        path.append(node)
        made.append(node)
    visible = {id(root): 0}
    for node in reversed(made):  # children come after their parent, so this sees them first
        _link(node, visible)
    pdf.Root.Outlines = root.item


def page_top(page: pikepdf.Object) -> pikepdf.Array:
    """A destination: the top of a page, at whatever zoom the reader has."""
    return pikepdf.Array([page, pikepdf.Name.XYZ, None, page.MediaBox[3], None])


def text_string(text: str) -> pikepdf.String:
    """A PDF text string that every reader takes exactly: ASCII as it is, anything else as UTF-16.

    PDFDocEncoding is left alone: text that begins with `þÿ` would be taken for UTF-16.
    """
    if text.isascii() and text.isprintable():
        return pikepdf.String(text)
    return pikepdf.String(codecs.BOM_UTF16_BE + text.encode("utf-16-be"))


def _link(node: _Node, visible: dict[int, int]) -> None:
    """Write the node's references to its children and its count; `visible` counts what shows below an open node."""
    shown = len(node.children) + sum(
        visible[id(child)] for child in node.children if child.level <= OPEN_LEVELS
    )
    visible[id(node)] = shown
    for before, after in zip(node.children, node.children[1:], strict=False):
        before.item.Next, after.item.Prev = after.item, before.item
    for child in node.children:
        child.item.Parent = node.item
    if node.children:
        node.item.First, node.item.Last = node.children[0].item, node.children[-1].item
        node.item.Count = shown if node.level <= OPEN_LEVELS else -shown
