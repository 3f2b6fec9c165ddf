"""A Word file as a zip: is it safe and whole? Every member is unpacked once, counted, and never kept.

Source: ECMA-376 part 2 (Open Packaging Conventions), 6.2 (part names), 6.5 (relationships), 7 (zip mapping).
"""

from __future__ import annotations

import errno
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from casefiles.intake.limits import FactsLimits, size_in_words

_PIECE_BYTES = 1 << 20
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT_WORD = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_RELATIONSHIP = "http://schemas.openxmlformats.org/package/2006/relationships Relationship"
_FETCHING_FIELD = re.compile(r"\b(DDEAUTO|DDE|INCLUDEPICTURE|INCLUDETEXT|LINK|IMPORT)\b")
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
_BODY = re.compile(r"word/document\d*\.xml")
_DEFINITIONS = re.compile(r"word/(?:styles\w*|numbering|settings|fonttable|glossary/.*)\.xml")
_MAX_DEPTH = 1000
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OverflowError)


class Refused(Exception):
    """The package is not opened any further: a code and a message for the finding."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class PackageCodes(NamedTuple):
    """The codes of what holds a package."""

    too_large: str
    unsafe_names: str
    double_parts: str
    needs_password: str
    damaged: str


DOCX_CODES = PackageCodes(
    "docx-too-large", "docx-unsafe-names", "docx-double-parts", "docx-needs-password", "docx-damaged"
)


@dataclass
class PackageFacts:
    """What the parts say. `external` counts relationships that lead outside, by kind; `marks` elements seen."""

    external: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    fields: set[str] = field(default_factory=set)
    text: list[str] = field(default_factory=list)


def check_directory(archive: zipfile.ZipFile, limits: FactsLimits, codes: PackageCodes = DOCX_CODES) -> None:
    """Refuse by the list of members alone, before anything is unpacked.

    Raises:
        Refused: too many or too large members, unsafe or double names, or a password.
    """
    members = archive.infolist()
    if len(members) > limits.zip_members:
        raise Refused(
            codes.too_large, f"it holds {len(members):,} parts; casebinder reads {limits.zip_members:,}"
        )
    declared = sum(member.file_size for member in members)
    if declared > limits.zip_bytes:
        raise Refused(codes.too_large, _too_large(limits))
    names = [member.orig_filename for member in members]
    unsafe = next((name for name in names if _is_unsafe(name)), None)
    if unsafe is not None:
        raise Refused(codes.unsafe_names, "a part in it has a name that leads out of the file")
    if len({name.lower() for name in names}) < len(names):
        raise Refused(
            codes.double_parts,
            "two parts in it have the same name, so programs differ in what they show",
        )
    if any(member.flag_bits & 0x1 for member in members):
        raise Refused(codes.needs_password, "parts of it are locked with a password")


def _is_unsafe(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return name.startswith(("/", "\\")) or ".." in parts or "\0" in name or bool(re.match(r"[A-Za-z]:", name))


def _too_large(limits: FactsLimits) -> str:
    return f"it unpacks to more than {size_in_words(limits.zip_bytes)}"


def unpacked(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, codes: PackageCodes = DOCX_CODES
) -> Iterator[bytes]:
    """A member's bytes in pieces; its checksum is tested at its end.

    Raises:
        Refused: it is cut or broken.
    """
    try:
        with archive.open(member) as stream:
            while piece := stream.read(_PIECE_BYTES):
                yield piece
    except ZIP_ERRORS as error:
        raise Refused(codes.damaged, "a part of it is cut or broken") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # the disk's fault, not the file's
            raise
        raise Refused(codes.damaged, "a part of it is said to lie outside the file") from error


def read_parts(archive: zipfile.ZipFile, limits: FactsLimits) -> PackageFacts:
    """Unpack every member once; parse the XML among them without resolving anything.

    Raises:
        Refused: it unpacks to too much, a part is broken, or XML declares a document type.
    """
    facts = PackageFacts()
    total = 0
    for member in archive.infolist():
        name = member.orig_filename.lower()
        is_xml = name.endswith((".xml", ".rels", ".vml"))
        parser = _Part(facts, limits, name) if is_xml else None
        for piece in unpacked(archive, member):
            total += len(piece)
            if total > limits.zip_bytes:  # the list of members may have lied
                raise Refused("docx-too-large", _too_large(limits))
            if parser is not None:
                parser.feed(piece)
        if parser is not None:
            parser.close()
    return facts


class _Part:
    """One XML part, parsed as it is unpacked."""

    def __init__(self, facts: PackageFacts, limits: FactsLimits, name: str) -> None:
        self._facts = facts
        self._limits = limits
        self._body = bool(_BODY.fullmatch(name))
        self._defines = bool(_DEFINITIONS.fullmatch(name))
        self._tolerated = name.endswith(".vml")
        self._depth = 0
        self._kept = 0
        self._wanted = ""
        self._end_of_last = b""
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data

    def feed(self, piece: bytes) -> None:
        # Also as bytes: a part need not be well formed for a careless program to read its document type.
        seam = (self._end_of_last + piece).replace(b"\0", b"")
        if _DOCTYPE.search(seam):
            self._doctype()
        self._end_of_last = piece[-32:]
        self._parse(piece, final=False)

    def close(self) -> None:
        self._parse(b"", final=True)

    def _parse(self, piece: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as error:
            if not self._tolerated:
                raise Refused("docx-damaged", "a part of it is not well-formed XML") from error

    def _doctype(self, *_: object) -> None:
        raise Refused(
            "docx-doctype", "a part of it declares a document type (DOCTYPE), which Word never writes"
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise Refused("docx-too-large", f"something in it is nested more than {_MAX_DEPTH} deep")
        if name == _RELATIONSHIP and attributes.get("TargetMode", "").lower() == "external":
            self._facts.external[attributes.get("Type", "").rpartition("/")[2]] += 1
        space, _, local = name.rpartition(" ")
        if space in (_WORD, _STRICT_WORD):
            if not self._defines and attributes.get(f"{space} val") not in ("0", "false", "off"):
                self._facts.marks[local] += 1
            self._wanted = local if local in ("t", "instrText") else ""
            if local == "fldSimple":
                self._field(" ".join(attributes.values()))
            if self._body and local in ("tab", "br", "cr"):
                self._facts.text.append("\t" if local == "tab" else "\n")

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._wanted = ""
        if self._body and name.endswith(" p"):
            self._facts.text.append("\n")

    def _data(self, data: str) -> None:
        if self._wanted == "instrText":
            self._field(data)
        elif self._wanted == "t" and self._body and self._kept < self._limits.text_characters:
            self._kept += len(data)
            self._facts.text.append(data)

    def _field(self, instruction: str) -> None:
        self._facts.fields.update(match[1] for match in _FETCHING_FIELD.finditer(instruction.upper()))
