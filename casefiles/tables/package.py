"""An Excel workbook as a zip: is it safe and whole, how large is it, and what does it carry that no cell shows?

Source: ECMA-376 part 1, 12 (SpreadsheetML packages) and 18.3 (worksheets).
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from casefiles.intake.limits import FactsLimits, size_in_words
from casefiles.intake.readers import docx_package, ole
from casefiles.tables.model import TableLimits, TableRefused

_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})", re.IGNORECASE)
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.IGNORECASE)
_MAX_DEPTH = 256
_HEADERS = {
    "oddHeader": "", "oddFooter": "", "evenHeader": "differentOddEven", "evenFooter": "differentOddEven",
    "firstHeader": "differentFirst", "firstFooter": "differentFirst",
}  # fmt: skip
"""Printed headers and footers, and what must be set that one is printed. Source: ECMA-376 part 1, 18.3.1.46."""
_ASK = "Ask for a fresh copy, or for a PDF of it"
REMEDIES = {
    "workbook-needs-password": "Ask for a copy without a password, or save one in Excel and file that",
    "workbook-too-large": "File the sheets that matter as a PDF",
    "workbook-doctype": "Open it in Excel on a safe machine, save it anew or as PDF, and file that too",
    "workbook-binary": "Save it in Excel as an ordinary workbook (.xlsx) or as PDF, and file that too",
}
_CARRIED = (
    ("charts", re.compile(r"xl/(?:charts/chart|charts/chartex)[^/]*\.xml")),
    ("pictures", re.compile(r"xl/media/[^/]+")),
    ("chart sheets", re.compile(r"xl/chartsheets/[^/]+\.xml")),
    ("embedded files", re.compile(r"xl/embeddings/[^/]+")),
    ("macros", re.compile(r".*vbaproject\.bin")),
    ("old macros", re.compile(r"xl/macrosheets/[^/]+\.xml")),
    ("controls", re.compile(r"xl/activex/activex[^/]*\.xml")),
    ("links", re.compile(r"xl/externallinks/externallink[^/]*\.xml")),
    ("connections", re.compile(r"xl/(?:connections\.xml|querytables/[^/]+\.xml)")),
    ("pivots", re.compile(r"xl/pivotcache/pivotcacherecords[^/]*\.xml")),
)


@dataclass
class Survey:
    """What the parts say: how many of each thing that is carried beside the cells, and formulas without a value.

    `covered` are cells with something in them under merged ones, `printed` the headers and footers of each sheet's part
    (codes and all), `sheets` how many sheets the workbook lists.
    """

    carried: Counter[str] = field(default_factory=Counter)
    cells: int = 0
    spanned: int = 0
    shapes: int = 0
    formulas_unsaved: int = 0
    covered: int = 0
    sheets: int = 0
    printed: dict[str, list[str]] = field(default_factory=dict)


def refused(code: str, message: str) -> TableRefused:
    """A refusal with its remedy."""
    return TableRefused(code, message, REMEDIES.get(code, _ASK))


def survey(path: Path, limits: FactsLimits, tables: TableLimits) -> Survey:
    """Unpack every part once, counted, before any library opens the workbook.

    Raises:
        TableRefused: it is locked, damaged, unsafe, binary, or larger than a limit.
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        if stream.read(8) == ole.MAGIC:
            raise refused("workbook-needs-password", "it needs a password to open")
    try:
        with zipfile.ZipFile(path) as archive:
            docx_package.check_directory(archive, limits)
            return _read(archive, limits, tables)
    except docx_package.Refused as refusal:
        raise refused(refusal.code.replace("docx-", "workbook-"), refusal.message) from refusal
    except docx_package.ZIP_ERRORS as problem:
        raise refused("workbook-damaged", "the file is cut or broken") from problem


def _read(archive: zipfile.ZipFile, limits: FactsLimits, tables: TableLimits) -> Survey:
    found = Survey()
    names = [member.orig_filename.lower() for member in archive.infolist()]
    if any(name.endswith("xl/workbook.bin") for name in names):
        raise refused("workbook-binary", "it is a binary workbook (.xlsb), which casebinder does not read")
    for what, pattern in _CARRIED:
        found.carried[what] = sum(bool(pattern.fullmatch(name)) for name in names)
    total = 0
    for member in archive.infolist():
        name = member.orig_filename.lower()
        part = _Part(found, tables, member.orig_filename) if name.endswith((".xml", ".rels")) else None
        for piece in docx_package.unpacked(archive, member):
            total += len(piece)
            if total > limits.zip_bytes:  # the list of members may have lied
                message = f"it unpacks to more than {size_in_words(limits.zip_bytes)}"
                raise refused("workbook-too-large", message)
            if part is not None:
                part.feed(piece)
        if part is not None:
            part.feed(b"", final=True)
    return found


class _Part:
    """One XML part, parsed as it is unpacked."""

    def __init__(self, found: Survey, limits: TableLimits, name: str) -> None:
        self._found = found
        self._limits = limits
        self._name = name
        self._root = ""
        self._drawing = name.lower().startswith("xl/drawings/")
        self._filled: set[tuple[int, int]] = set()
        self._row = self._column = 0
        self._different: set[str] = set()
        self._header: list[str] | None = None
        self._depth = 0
        self._seam = b""
        self._formula = self._value = self._in_value = self._text_formula = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        # Also as bytes: a part need not be well formed for a careless program to read its document type.
        if _DOCTYPE.search((self._seam + piece).replace(b"\0", b"")):
            self._doctype()
        self._seam = piece[-32:]
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as problem:
            raise refused("workbook-damaged", "a part of it is not well-formed XML") from problem

    def _doctype(self, *_: object) -> None:
        message = "a part of it declares a document type (DOCTYPE), which Excel never writes"
        raise refused("workbook-doctype", message)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise refused("workbook-too-large", f"something in it is nested more than {_MAX_DEPTH} deep")
        space, _, local = name.rpartition(" ")
        if self._depth == 1:
            self._root = local if space in _MAIN else ""
        if self._drawing and local in ("sp", "cxnSp", "graphicFrame"):
            self._found.shapes += local == "sp"
        if self._root == "workbook" and space in _MAIN and local == "sheet":
            self._found.sheets += 1
        if self._root == "worksheet":
            self._start_in_sheet(local, attributes)

    def _start_in_sheet(self, local: str, attributes: dict[str, str]) -> None:
        if local == "row":
            said = attributes.get("r", "")
            self._row = int(said) if said.isdecimal() else self._row + 1
            self._column = 0
        elif local == "c":
            place = _CELL.fullmatch(attributes.get("r", ""))
            self._column = _number(place[1]) if place else self._column + 1
            self._row = int(place[2]) if place else self._row
            self._formula = self._value = False
            self._text_formula = attributes.get("t") == "str"
        elif local == "f":
            self._formula = True
        elif local in ("v", "t"):
            self._in_value = True
        elif local in ("mergeCell", "hyperlink"):
            self._span(attributes.get("ref", ""), merged=local == "mergeCell")
        elif local == "headerFooter":
            self._different = {name for name, value in attributes.items() if value in ("1", "true")}
        elif local in _HEADERS and (not _HEADERS[local] or _HEADERS[local] in self._different):
            self._header = []

    def _end(self, name: str) -> None:
        self._depth -= 1
        local = name.rpartition(" ")[2]
        if local in ("v", "t"):
            self._in_value = False
        elif local in _HEADERS and self._header is not None:
            self._found.printed.setdefault(self._name, []).append("".join(self._header))
            self._header = None
        elif self._root == "worksheet" and local == "c":
            self._end_of_cell()

    def _end_of_cell(self) -> None:
        self._found.cells += self._value or self._formula
        if self._value:
            self._filled.add((self._row, self._column))
        if self._formula and not self._value and not self._text_formula:
            self._found.formulas_unsaved += 1
        if self._found.cells > self._limits.cells:
            message = f"it has more than {self._limits.cells:,} filled cells, the most that casebinder draws"
            raise refused("workbook-too-large", message)

    def _data(self, data: str) -> None:
        self._value = self._value or (self._in_value and bool(data))
        if self._header is not None:
            self._header.append(data)

    def _span(self, reference: str, *, merged: bool) -> None:
        match = _RANGE.fullmatch(reference)
        if match is None:
            return
        left, right = sorted((_number(match[1]), _number(match[3])))
        top, bottom = sorted((int(match[2]), int(match[4])))
        self._found.spanned += (right - left + 1) * (bottom - top + 1)
        if self._found.spanned > self._limits.cells * 5:
            message = f"more than {self._limits.cells * 5:,} of its cells are merged or linked as ranges"
            raise refused("workbook-too-large", message)
        if merged:
            within = ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))
            self._found.covered += sum(place in self._filled for place in within) - (
                (top, left) in self._filled
            )


def _number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
