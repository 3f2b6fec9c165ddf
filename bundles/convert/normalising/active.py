"""Finds what in a PDF acts by itself or carries other files. None of it is copied; all of it is named.

Source: ISO 32000-2, 12.6 (actions), 7.11.4 (embedded files), 12.7.9 (XFA), 12.3.5 (collections).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from bundles.convert.normalising.links import annotations_of
from bundles.convert.normalising.words import name_text

_ACTIONS = {
    "/JavaScript": "JavaScript",
    "/Launch": "starting a program",
    "/GoToR": "opening another document",
    "/GoToE": "opening an embedded document",
    "/SubmitForm": "sending form data",
    "/ImportData": "reading form data from a file",
    "/ResetForm": "resetting form fields",
    "/Hide": "hiding parts of the page",
    "/SetOCGState": "switching layers",
    "/Rendition": "playing media",
    "/Movie": "playing media",
    "/Sound": "playing media",
    "/RichMediaExecute": "playing media",
    "/Trans": "page transitions",
    "/GoTo3DView": "3D views",
    "/GoToDp": "opening a document part",
    "/Named": "menu commands",
}
_MEDIA = {"/Screen", "/Movie", "/Sound", "/RichMedia", "/3D"}
_LONGEST_CHAIN = 200


@dataclass
class Active:
    """What acts (words to how often) and how many files are attached."""

    kinds: Counter[str] = field(default_factory=Counter)
    attached: int = 0


def read_active(pdf: pikepdf.Pdf, pages: Sequence[pikepdf.Object]) -> Active:
    """Everything active in the document."""
    found = Active()
    root = pdf.Root
    _chain(root.get("/OpenAction"), found)
    _triggers(root.get("/AA"), found)
    names = root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        if _tree_size(names.get("/JavaScript")):
            found.kinds["JavaScript"] += _tree_size(names.get("/JavaScript"))
        found.attached += _tree_size(names.get("/EmbeddedFiles"))
    form = root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and "/XFA" in form:
        found.kinds["an XFA form"] += 1
    for page in pages:
        _triggers(page.get("/AA"), found)
        for annotation in annotations_of(page):
            _annotation(annotation, found)
    return found


def _annotation(annotation: pikepdf.Object, found: Active) -> None:
    _chain(annotation.get("/A"), found)
    _triggers(annotation.get("/AA"), found)
    parent = annotation.get("/Parent")
    if isinstance(parent, pikepdf.Dictionary) and annotation.get("/Subtype") == pikepdf.Name.Widget:
        _triggers(parent.get("/AA"), found)
    subtype = name_text(annotation.get("/Subtype"))
    if subtype == "/FileAttachment":
        found.attached += 1
    elif subtype in _MEDIA:
        found.kinds["playing media"] += 1


def _triggers(holder: Any, found: Active) -> None:
    if isinstance(holder, pikepdf.Dictionary):
        for action in holder.as_dict().values():
            _chain(action, found)


def _chain(first: Any, found: Active) -> None:
    queue, seen = [first], 0
    while queue and seen < _LONGEST_CHAIN:
        action = queue.pop()
        seen += 1
        if isinstance(action, pikepdf.Array):
            queue.extend(each for each in action if isinstance(each, pikepdf.Dictionary) and "/S" in each)
        elif isinstance(action, pikepdf.Dictionary):
            kind = name_text(action.get("/S"))
            if kind in _ACTIONS:
                found.kinds[_ACTIONS[kind]] += 1
            queue.append(action.get("/Next"))


def _tree_size(tree: Any) -> int:
    count, queue, seen = 0, [tree], 0
    while queue and seen < _LONGEST_CHAIN:
        node = queue.pop()
        seen += 1
        if isinstance(node, pikepdf.Dictionary):
            names, kids = node.get("/Names"), node.get("/Kids")
            count += len(names) // 2 if isinstance(names, pikepdf.Array) else 0
            queue.extend(kids if isinstance(kids, pikepdf.Array) else [])
    return count
