"""PowerPoint presentations (pptx): the words of each slide, and what in them is not drawn.

Source: ECMA-376 part 1: 19.3.1.38 (slides, `show`), 19.3.1.26 (notes), 19.4 (comments), 21.1.2.2.4 (fields).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from casefiles.intake.readers.office_contents import Contents, Refused
from casefiles.intake.readers.office_package import Package

_A = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}",
    "{http://purl.oclc.org/ooxml/drawingml/main}",
)
_P = (
    "{http://schemas.openxmlformats.org/presentationml/2006/main}",
    "{http://purl.oclc.org/ooxml/presentationml/main}",
)
_MC_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MAIN_KINDS = (
    "presentation.main+xml", "slideshow.main+xml", "template.main+xml", "presentation.macroEnabled.main+xml",
    "slideshow.macroEnabled.main+xml", "template.macroEnabled.main+xml",
)  # fmt: skip
_PICTURES = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".bmp",
    ".tif",
    ".tiff",
    ".emf",
    ".wmf",
    ".svg",
    ".wdp",
    ".webp",
)


def read_contents(package: Package) -> Contents:
    """The contents of a pptx, pptm, ppsx or potx whose directory has been checked.

    Raises:
        Refused: a part is damaged or missing.
    """
    main = _main_part(package)
    contents = Contents()
    relations = _relations(package, main)
    presentation = package.xml(main)
    numbers = [
        each.get(key, "")
        for each in presentation.iter(*(f"{p}sldId" for p in _P))
        for key in each.keys()  # noqa: SIM118  (attributes of an element of lxml)
        if key.endswith("relationships}id")
    ]
    behind: dict[str, None] = {}
    for number, relation in enumerate(numbers, 1):
        behind |= dict.fromkeys(_slide(package, relations.get(relation, ("", ""))[1], number, contents))
    for name in behind:
        contents.margins.append("".join(_behind(package.xml(name))))
    for name in package.names:
        _part(package, name, contents)
    return contents


def _main_part(package: Package) -> str:
    if "[Content_Types].xml" not in package.names:
        raise Refused("office-damaged", "its list of parts is missing")
    for each in package.xml("[Content_Types].xml").iter("{*}Override"):
        name = str(each.get("PartName", "")).lstrip("/")
        if each.get("ContentType", "").endswith(_MAIN_KINDS) and name in package.names:
            return name
    raise Refused("office-damaged", "its main part is missing")


def _relations(package: Package, name: str) -> dict[str, tuple[str, str]]:
    """Of a part: by id, the last word of each relation's type and the part that it leads to."""
    folder, _, last = name.rpartition("/")
    rels = f"{folder}/_rels/{last}.rels"
    found = {}
    for each in package.xml(rels).iter("{*}Relationship") if rels in package.names else ():
        if each.get("TargetMode") != "External":
            target = each.get("Target", "")
            full = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            found[each.get("Id", "")] = (
                each.get("Type", "").rpartition("/")[2],
                posixpath.normpath(full),
            )
    return found


def _slide(package: Package, name: str, number: int, contents: Contents) -> Iterator[str]:
    """Read a slide; gives the layout and the master behind it."""
    if name not in package.names:
        raise Refused("office-damaged", f"slide {number} is missing in it")
    contents.slides = number
    root = package.xml(name)
    text = "".join(_words(root, contents))
    if root.get("show") in {"0", "false"}:
        contents.hidden_slides[number] = text.strip()
    else:
        contents.shown.append(text)
    for kind, target in _relations(package, name).values():
        if kind == "notesSlide" and target in package.names:
            notes = "".join(_words(package.xml(target), Contents())).strip()
            if notes:
                contents.notes[number] = notes
        elif kind in {"diagramData", "chart"} and target in package.names:
            # drawn from a picture of their own, which LibreOffice may set otherwise: to be searched, not compared
            contents.margins.append("\n".join(_graphic(package.xml(target))))
        elif kind == "slideLayout" and target in package.names:
            yield target
            relations = _relations(package, target).values()
            yield from (each for what, each in relations if what == "slideMaster" and each in package.names)


def _graphic(root: Any) -> Iterator[str]:
    """The words of a diagram (SmartArt) or of a chart: titles and the names of its categories and series."""
    for each in root.iter(*(f"{a}p" for a in _A)):
        yield "".join(part.text or "" for part in each.iter(*(f"{a}t" for a in _A)))
    for cache in root.iter("{*}strCache"):
        yield from (each.text or "" for each in cache.iter("{*}v"))


def _behind(root: Any) -> Iterator[str]:
    """The words that a layout or master draws on every slide: those of placeholders are not drawn."""
    for shape in root.iter(*(f"{p}sp" for p in _P), *(f"{p}graphicFrame" for p in _P)):
        if next(shape.iter(*(f"{p}ph" for p in _P)), None) is None:
            yield from _words(shape, Contents())


def _words(element: Any, contents: Contents) -> Iterator[str]:
    tag = element.tag
    if not isinstance(tag, str) or tag == _MC_FALLBACK:
        return
    if tag in {f"{p}sp" for p in _P} | {f"{p}grpSp" for p in _P} | {f"{p}graphicFrame" for p in _P}:
        own = next((each for each in element.iter("{*}cNvPr")), None)
        if own is not None and own.get("hidden") in {"1", "true"}:
            inner = "".join(part for child in element for part in _words(child, contents)).strip()
            contents.hidden.extend([inner] if inner else [])
            return
    if tag in {f"{a}fld" for a in _A}:
        if is_date(element):
            contents.fields.add("date")
        else:
            yield " "
            return
    if tag in {f"{a}t" for a in _A}:
        yield element.text or ""
    elif tag in {f"{a}br" for a in _A}:
        yield "\n"
    for child in element:
        yield from _words(child, contents)
    if tag in {f"{a}p" for a in _A}:
        yield "\n"


def is_date(field: Any) -> bool:
    """Whether a field of a slide is filled in with the day on which it is opened."""
    return str(field.get("type", "")).startswith("datetime")


def is_field(element: Any) -> bool:
    """Whether an element is a field of a slide's text."""
    return element.tag in {f"{a}fld" for a in _A}


def _part(package: Package, name: str, contents: Contents) -> None:
    lowered = name.lower()
    folder, _, last = lowered.rpartition("/")
    if last.endswith(".rels"):
        for each in package.xml(name).iter("{*}Relationship"):
            kind = each.get("Type", "").rpartition("/")[2]
            contents.linked += each.get("TargetMode") == "External" and kind != "hyperlink"
    elif last.startswith("vba") or folder.endswith("/activex"):
        contents.macros = True
    elif folder.endswith("/embeddings") or (folder.endswith("/media") and not last.endswith(_PICTURES)):
        contents.embedded.append(name.rpartition("/")[2])
    elif "/comments" in f"/{lowered}" and last.endswith(".xml") and "author" not in last:
        for each in package.xml(name).iter("{*}cm"):
            contents.comments.append(" ".join(_comment(each)).strip())


def _comment(element: Any) -> Iterator[str]:
    for each in element.iter(*(f"{p}text" for p in _P), *(f"{a}t" for a in _A)):
        yield each.text or ""
