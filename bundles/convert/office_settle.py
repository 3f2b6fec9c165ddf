"""Settled copies of documents and slides for LibreOffice: nothing to fetch, nothing to run, fields as they were saved."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from bundles.convert.docx_xml import Seen, cut_links
from casefiles.files.scratch import new_scratch_file, write_scratch
from casefiles.intake.kinds import Kind
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.office import Looked, look
from casefiles.intake.readers.office_contents import Contents
from casefiles.intake.readers.office_package import Package, is_xml, opened
from casefiles.intake.readers.opendocument import (
    PRESENTATION,
    TEXT,
    VOLATILE,
    XLINK,
    etree_element,
    is_macro,
    is_outside,
    is_unsaved_date,
)
from casefiles.intake.readers.plain_xml import serialise
from casefiles.intake.readers.presentation import is_date, is_field

_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_MACRO_FOLDERS = ("Basic/", "Scripts/")


def settle(source: Path, target: Path, kind: Kind, limits: FactsLimits) -> Contents:
    """Write a copy that fetches nothing and keeps fields as saved; say what the original holds.

    Raises:
        Refused: the file must not reach LibreOffice; why.
        OSError: a file cannot be read or written.
    """
    looked = look(source, kind, limits)
    if kind in {Kind.ODT, Kind.ODP, Kind.PPTX}:
        with opened(source, limits) as package:
            _copy_package(package, target, kind)
    elif kind is Kind.RTF:
        write_scratch(target, _without(source.read_bytes(), looked.left_out))
    else:
        write_scratch(target, _patched(source.read_bytes(), looked))
    return looked.contents


def _without(data: bytes, left_out: list[tuple[int, int]]) -> bytes:
    kept = bytearray()
    position = 0
    for start, end in sorted(left_out):
        kept += data[position : max(position, start)]
        position = max(position, end)
    return bytes(kept + data[position:])


def _patched(data: bytes, looked: Looked) -> bytes:
    """The compound file with some bytes of its streams otherwise; every stream keeps its length."""
    import olefile

    if not looked.patches:
        return data
    buffer = io.BytesIO(data)
    compound = olefile.OleFileIO(buffer, write_mode=True)
    for name in sorted({patch.stream for patch in looked.patches}):
        stream = bytearray(compound.openstream(name).read())
        for patch in looked.patches:
            if patch.stream == name:
                stream[patch.offset : patch.offset + len(patch.data)] = patch.data
        compound.write_stream(name, bytes(stream))
    return buffer.getvalue()


def _copy_package(package: Package, target: Path, kind: Kind) -> None:
    with (
        new_scratch_file(target) as out,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
    ):
        # an OpenDocument file says first, and uncompressed, what it is
        for name in sorted(package.names, key=lambda each: each != "mimetype"):
            if _is_macro_part(name):
                continue
            info = zipfile.ZipInfo(name, _FIXED_DATE)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            if is_xml(name):
                root = package.xml(name)
                (_settle_slide_part if kind is Kind.PPTX else _settle_open_part)(root)
                copy.writestr(info, serialise(root))
                continue
            with copy.open(info, "w") as member:
                for piece in package.unpacked(name):
                    member.write(piece)


def _is_macro_part(name: str) -> bool:
    return name.startswith(_MACRO_FOLDERS) or name.rpartition("/")[2].lower().startswith("vba")


def _settle_slide_part(root: Any) -> None:
    cut_links(root, Seen())
    for field in [each for each in root.iter(etree_element()) if is_field(each) and is_date(each)]:
        field.tag = field.tag.replace("}fld", "}r")
        for name in list(field.attrib):
            del field.attrib[name]
        for child in list(field):
            if child.tag.endswith("}pPr"):
                field.remove(child)


def _settle_open_part(root: Any) -> None:
    for element in list(root.iter(etree_element())):
        if element.tag in VOLATILE:
            element.tag = f"{TEXT}span"
            for name in list(element.attrib):
                del element.attrib[name]
        elif is_macro(element):
            parent = element.getparent()
            if parent is not None:
                _remove(parent, element)
        elif is_unsaved_date(element):
            element.set(f"{PRESENTATION}source", "fixed")
            element.text = ""
        elif is_outside(element) or element.tag.endswith("}template"):
            element.attrib.pop(f"{XLINK}href", None)


def _remove(parent: Any, element: Any) -> None:
    """Take an element out and keep the text that follows it."""
    tail = element.tail or ""
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)
