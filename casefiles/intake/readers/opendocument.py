"""OpenDocument texts and presentations: their words, and what in them is not drawn.

Source: OASIS OpenDocument 1.3 part 3 (schema): 5.5 tracked changes, 14.1 annotations, 16 and 19.880 hidden content,
9.1.5 notes, 19.395 visibility of slides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from casefiles.intake.readers.office_contents import Contents, Refused
from casefiles.intake.readers.office_package import Package

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TEXT, DRAW, STYLE, TABLE, PRESENTATION, FORM, SCRIPT = (
    f"{{{_NS}{name}:1.0}}"
    for name in ("office", "text", "drawing", "style", "table", "presentation", "form", "script")
)
SVG = f"{{{_NS}svg-compatible:1.0}}"
XLINK = "{http://www.w3.org/1999/xlink}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_OUTSIDE = re.compile(r"(?!vnd\.sun\.star\.Package:)[A-Za-z][A-Za-z0-9+.-]*:|/|\\|\.\./")
_ANCHORS = frozenset({f"{TEXT}a", f"{DRAW}a", f"{TEXT}bibliography-mark"})


def _text_names(names: set[str]) -> frozenset[str]:
    return frozenset(f"{TEXT}{name}" for name in names)


VOLATILE = _text_names({
    "date", "time", "file-name", "template-name", "author-name", "author-initials", "sender-firstname",
    "sender-lastname", "sender-initials", "sender-title", "sender-company", "sender-email", "subject",
    "title", "keywords", "description", "creator", "initial-creator", "creation-date", "creation-time",
    "modification-date", "modification-time", "print-date", "print-time", "printed-by", "editing-cycles",
    "editing-duration", "user-defined", "word-count", "character-count", "paragraph-count",
    "conditional-text", "database-display", "database-name", "dde-connection", "execute-macro",
})  # fmt: skip
_RECOMPUTED = _text_names({
    "page-number", "page-count", "page-continuation", "chapter", "sequence", "bookmark-ref",
    "reference-ref", "note-ref", "sequence-ref", "page-variable-get", "expression", "variable-get",
    "user-field-get", "variable-set", "table-formula", "note-citation", "image-count", "table-count",
    "object-count",
})  # fmt: skip
_UNSEEN = frozenset({
    f"{SVG}title", f"{SVG}desc", f"{OFFICE}binary-data", f"{OFFICE}forms", f"{DRAW}page-thumbnail", f"{TEXT}script",
    f"{OFFICE}event-listeners", f"{_DC}creator", f"{_DC}date", f"{TEXT}tracked-changes", f"{DRAW}image-map",
    *_text_names({f"{each}-source" for each in (
        "table-of-content", "illustration-index", "table-index", "object-index", "user-index", "alphabetical-index", "bibliography")}),
})  # fmt: skip
_BLOCKS = frozenset({f"{TEXT}p", f"{TEXT}h", f"{TABLE}table-cell", f"{TEXT}list-item", f"{TEXT}note"})
_SPACES = frozenset({f"{TEXT}s", f"{TEXT}tab", f"{TEXT}line-break"})


def read_contents(package: Package, body_name: str) -> Contents:
    """The contents of an odt (`body_name` "text") or odp ("presentation") whose directory has been checked.

    Raises:
        Refused: a part is damaged, locked or missing.
    """
    if "content.xml" not in package.names:
        raise Refused("office-damaged", "its main part is missing")
    content = package.xml("content.xml")
    styles = package.xml("styles.xml") if "styles.xml" in package.names else None
    contents = Contents()
    hidden = _hidden_styles(content, styles)
    for region in content.iter(f"{TEXT}tracked-changes"):
        contents.changes += sum(1 for _ in region.iter(f"{TEXT}changed-region"))
        for deletion in region.iter(f"{TEXT}deletion"):
            contents.deleted.append("".join(_Words(contents, hidden).of(deletion)))
    bodies = list(content.iter(f"{OFFICE}{body_name}"))
    if not bodies:
        raise Refused("office-damaged", "its main part is of another sort than the file")
    for body in bodies:
        if body.tag == f"{OFFICE}presentation":
            _slides(body, contents, hidden)
        else:
            contents.shown.append("".join(_Words(contents, hidden).of(body)))
    if styles is not None:
        # what a master page carries is drawn only where a page uses it
        contents.margins.append("".join(_Words(Contents(), hidden).of(styles)))
    _outside(package, contents)
    return contents


def _hidden_styles(*roots: Any) -> frozenset[tuple[str, str]]:
    """Family and name of each style that hides what has it."""
    found = set()
    parents: dict[tuple[str, str], str] = {}
    for root in roots:
        for style in root.iter(f"{STYLE}style") if root is not None else ():
            key = (style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", ""))
            parents[key] = style.get(f"{STYLE}parent-style-name", "")
            for each in style:
                if each.get(f"{TEXT}display") in {"none", "true"} and each.tag == f"{STYLE}text-properties":
                    found.add(key)
                if each.get(f"{PRESENTATION}visibility") == "hidden":
                    found.add(key)
    grown = True
    while grown:
        more = {key for key, parent in parents.items() if (key[0], parent) in found} - found
        found |= more
        grown = bool(more)
    return frozenset(found)


def _slides(body: Any, contents: Contents, hidden: frozenset[tuple[str, str]]) -> None:
    for number, page in enumerate(body.iter(f"{DRAW}page"), 1):
        contents.slides = number
        notes = page.find(f"{PRESENTATION}notes")
        if notes is not None:
            page.remove(notes)
            text = "".join(_Words(contents, hidden).of(notes)).strip()
            if text:
                contents.notes[number] = text
        text = "".join(_Words(contents, hidden).of(page))
        if ("drawing-page", page.get(f"{DRAW}style-name", "")) in hidden:
            contents.hidden_slides[number] = text.strip()
        else:
            contents.shown.append(text)


class _Words:
    """Walks elements in order, without recursion into what is not drawn."""

    def __init__(self, contents: Contents, hidden: frozenset[tuple[str, str]]) -> None:
        self._contents = contents
        self._hidden = hidden

    def of(self, element: Any) -> Iterator[str]:
        """The text that is drawn; comments and hidden text go to the contents."""
        tag = element.tag
        if isinstance(tag, str) and tag not in _UNSEEN:
            if tag.endswith("}annotation") or tag == f"{TEXT}hidden-text" or self._is_hidden(element):
                self._unseen(element)
            elif tag in _SPACES:
                yield "\t" if tag == f"{TEXT}tab" else "\n" if tag == f"{TEXT}line-break" else " "
            elif tag in _RECOMPUTED:
                yield " "
            else:
                yield element.text or ""
                for child in element:
                    yield from self.of(child)
                if tag in _BLOCKS:
                    yield "\n"
        yield element.tail or ""

    def _unseen(self, element: Any) -> None:
        words = Contents()
        text = "".join(part for child in element for part in _Words(words, frozenset()).of(child))
        text = ((element.text or "") + text + element.get(f"{TEXT}string-value", "")).strip()
        if element.tag.endswith("}annotation"):
            creator = element.findtext(f"{_DC}creator", "")
            self._contents.comments.append(f"{creator}: {text}" if creator else text)
        else:
            if text:
                self._contents.hidden.append(text)
            self._contents.comments.extend(words.comments)

    def _is_hidden(self, element: Any) -> bool:
        tag = element.tag
        if tag in {f"{TEXT}span", f"{TEXT}p", f"{TEXT}h"}:
            family = "text" if tag == f"{TEXT}span" else "paragraph"
            return (family, element.get(f"{TEXT}style-name", "")) in self._hidden
        if tag == f"{TEXT}section":
            return element.get(f"{TEXT}display") in {"none", "condition"} and (
                element.get(f"{TEXT}display") == "none" or element.get(f"{TEXT}is-hidden") == "true"
            )
        return bool(tag == f"{TABLE}covered-table-cell")


def is_outside(element: Any) -> bool:
    """Whether the element would draw something from outside the file; a hyperlink does not."""
    target = element.get(f"{XLINK}href", "")
    if element.tag in _ANCHORS or element.tag.startswith(FORM) or element.tag.endswith("}template"):
        return False
    return bool(_OUTSIDE.match(target)) and not element.tag.startswith(SCRIPT)


def is_macro(element: Any) -> bool:
    """Whether the element is a script or starts one."""
    if element.tag in {f"{SCRIPT}event-listener", f"{TEXT}script", f"{TEXT}execute-macro"}:
        return True
    return bool(element.tag == f"{OFFICE}script")


def _outside(package: Package, contents: Contents) -> None:
    for name in package.names:
        first, _, rest = name.partition("/")
        if first in {"Basic", "Scripts"} and rest and not re.search(r"(^|/)script-l[bc]\.xml$|/$", name):
            contents.macros = True
        if re.fullmatch(r"Object \d+(/content\.xml)?", name):
            contents.embedded.append(_object_name(first, package))
        if first in {"Media", "media"} and rest and not name.endswith("/"):
            contents.embedded.append(rest)
        if name.endswith(".xml"):
            for element in package.xml(name).iter(etree_element()):
                contents.linked += is_outside(element)
                contents.macros |= is_macro(element)
                if element.tag in VOLATILE and name in {"content.xml", "styles.xml"}:
                    contents.fields.add(element.tag.partition("}")[2])
                contents.unsaved_dates += is_unsaved_date(element)


def is_unsaved_date(element: Any) -> bool:
    """A date of a presentation's header or footer that is always today's."""
    return bool(
        element.tag == f"{PRESENTATION}date-time-decl"
        and element.get(f"{PRESENTATION}source") == "current-date"
    )


def etree_element() -> Any:
    """What `iter` takes to leave out comments and processing instructions."""
    from lxml import etree  # type: ignore[import-untyped]

    return etree.Element


def _object_name(name: str, package: Package) -> str:
    kinds: Mapping[str, str] = {
        "spreadsheet": "spreadsheet", "chart": "chart", "text": "document", "presentation": "slides",
        "drawing": "drawing", "formula": "formula",
    }  # fmt: skip
    inner = f"{name}/content.xml"
    if inner in package.names:
        for each in package.xml(inner).iter(f"{OFFICE}body"):
            for what in each:
                local = str(what.tag).partition("}")[2]
                return f"{name} ({kinds.get(local, local)})"
    return name
