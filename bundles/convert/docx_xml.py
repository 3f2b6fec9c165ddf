"""What is done to the XML of a Word file before LibreOffice sees a copy of it; the original is never touched.

Source: ECMA-376 Part 1, §17.16 (fields), §17.13 (tracked changes, comments), §9.2 (relationships).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from casefiles.intake.readers.plain_xml import NotPlainXml, parse, serialise

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT_W = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
VML = "{urn:schemas-microsoft-com:vml}"
NOWHERE = "about:blank"
__all__ = [
    "NotPlainXml",
    "Seen",
    "count_comments",
    "cut_links",
    "parse",
    "serialise",
    "settle_story",
    "survey_story",
]

VOLATILE = frozenset({
    "ASK", "AUTHOR", "COMMENTS", "CREATEDATE", "DATABASE", "DATE", "DDE", "DDEAUTO", "DOCPROPERTY",
    "EDITTIME", "FILENAME", "FILESIZE", "FILLIN", "IF", "IMPORT", "INCLUDEPICTURE", "INCLUDETEXT",
    "INFO", "KEYWORDS", "LASTSAVEDBY", "LINK", "MERGEFIELD", "NUMCHARS", "NUMWORDS", "PRINTDATE",
    "RD", "REVNUM", "SAVEDATE", "SUBJECT", "TEMPLATE", "TIME", "TITLE", "USERADDRESS",
    "USERINITIALS", "USERNAME",
})  # fmt: skip
RECOMPUTED = frozenset(
    {"PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "PAGEREF", "AUTONUM", "LISTNUM", "STYLEREF"}
)
_CHANGES = {"ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange", "sectPrChange"}
_WORD = re.compile(r"[^\W_]{2,}")


@dataclass
class Seen:
    """What was met in the parts of one file; `recomputed` are texts that the page layout decides anew."""

    frozen_fields: Counter[str] = field(default_factory=Counter)
    linked: int = 0
    changes: int = 0
    comments: int = 0
    hidden: int = 0
    words: list[str] = field(default_factory=list)
    recomputed: set[Any] = field(default_factory=set)


def cut_links(root: Any, seen: Seen) -> None:
    """In a relationships part: whatever would be fetched from outside points nowhere. Hyperlinks stay."""
    for relation in root.iter("{*}Relationship"):
        kind = relation.get("Type", "").rsplit("/", 1)[-1]
        if relation.get("TargetMode") == "External" and kind != "hyperlink":
            relation.set("Target", NOWHERE)
            seen.linked += 1


def settle_story(root: Any, seen: Seen) -> None:
    """In a text part: fields that would be computed anew keep the result that was saved; links of drawings go."""
    _freeze_simple_fields(root, seen)
    _freeze_complex_fields(root, seen)
    for element in root.iter(f"{VML}imagedata", f"{VML}fill", f"{VML}stroke"):
        for name in list(element.attrib):
            if name.rsplit("}", 1)[-1] in {"src", "href", "althref"}:
                del element.attrib[name]
                seen.linked += 1


def survey_story(root: Any, seen: Seen) -> None:
    """Count changes and hidden runs, and gather the words that must be on the pages."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = _local(element)
        seen.changes += name in _CHANGES and name != "" and _is_w(element)
    for paragraph in root.iter(f"{W}p", f"{STRICT_W}p"):
        pieces = [piece for run in _own_runs(paragraph) for piece in _run_text(run, seen)]
        seen.words.extend(_WORD.findall("".join(pieces)))


def count_comments(root: Any, seen: Seen) -> None:
    """In the comments part: how many there are."""
    seen.comments += sum(1 for _ in root.iter(f"{W}comment", f"{STRICT_W}comment"))


def _own_runs(paragraph: Any) -> Iterator[Any]:
    """The runs of a paragraph, not those of paragraphs inside its text boxes, nor of a picture's fallback."""
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str) or element.tag == f"{MC}Fallback":
            continue
        name = _local(element)
        if name == "r" and _is_w(element):
            yield element
        elif name not in {"p", "del", "moveFrom", "pPr"}:
            waiting.extend(reversed(element))


def _run_text(run: Any, seen: Seen) -> Iterator[str]:
    properties = next((child for child in run if isinstance(child.tag, str) and _local(child) == "rPr"), None)
    for mark in properties if properties is not None else ():
        if _local(mark) in {"vanish", "webHidden"} and _value(mark) not in {"0", "false", "off"}:
            if _local(mark) == "vanish":
                seen.hidden += 1
            return
    for child in run:
        if not isinstance(child.tag, str):
            continue
        name = _local(child)
        if name == "t":
            yield " " if child in seen.recomputed else child.text or ""
        elif name in {"tab", "br", "cr", "drawing", "pict", "ptab"}:
            yield " "
        elif name == "noBreakHyphen":
            yield "-"


def _freeze_simple_fields(root: Any, seen: Seen) -> None:
    for element in list(root.iter(f"{W}fldSimple", f"{STRICT_W}fldSimple")):
        name = _field_name(_attribute(element, "instr"))
        parent = element.getparent()
        if name in RECOMPUTED:
            seen.recomputed.update(element.iter(f"{W}t", f"{STRICT_W}t"))
        if name not in VOLATILE or parent is None or not len(element):
            continue
        place = parent.index(element)
        for child in list(element):
            if _local(child) != "fldData":
                parent.insert(place, child)
                place += 1
        tail = element.tail
        parent.remove(element)
        if tail and tail.strip():
            raise NotPlainXml("text stands between elements")
        seen.frozen_fields[name] += 1


@dataclass
class _Field:
    """A complex field while it is read: its parts so far."""

    parts: list[Any]
    instruction: str = ""
    separated: bool = False
    nested: bool = False


def _freeze_complex_fields(root: Any, seen: Seen) -> None:
    for each in _complex_fields(root, seen):
        name = _field_name(each.instruction)
        if name in VOLATILE and each.separated and not each.nested:
            for part in each.parts:
                part.getparent().remove(part)
            seen.frozen_fields[name] += 1


def _complex_fields(root: Any, seen: Seen) -> list[_Field]:
    """The fields that end, inner ones before their outer ones; notes the texts that are decided anew."""
    opened: list[_Field] = []
    finished: list[_Field] = []
    wanted = [f"{w}{name}" for w in (W, STRICT_W) for name in ("fldChar", "instrText", "t")]
    for element in root.iter(*wanted):
        name = _local(element)
        if name == "t":
            if any(each.separated and _field_name(each.instruction) in RECOMPUTED for each in opened):
                seen.recomputed.add(element)
        elif name == "instrText":
            if opened and not opened[-1].separated:
                opened[-1].instruction += element.text or ""
                opened[-1].parts.append(element)
        else:
            _field_mark(element, opened, finished)
    return finished


def _field_mark(element: Any, opened: list[_Field], finished: list[_Field]) -> None:
    kind = _attribute(element, "fldCharType")
    if kind == "begin":
        if opened and not opened[-1].separated:
            opened[-1].nested = True
        opened.append(_Field([element]))
    elif opened:
        opened[-1].parts.append(element)
        if kind == "separate":
            opened[-1].separated = True
        elif kind == "end":
            finished.append(opened.pop())


def _field_name(instruction: str) -> str:
    words = instruction.split()
    return words[0].upper() if words else ""


def _local(element: Any) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _is_w(element: Any) -> bool:
    return str(element.tag).startswith((W, STRICT_W))


def _attribute(element: Any, name: str) -> str:
    return str(element.get(f"{W}{name}") or element.get(f"{STRICT_W}{name}") or "")


def _value(element: Any) -> str:
    return _attribute(element, "val")
