"""The zip of a presentation or an OpenDocument file: checked as `docx_package` checks a Word file, then read by part.

Source: PKWARE APPNOTE 4.4.4; ECMA-376 part 2, 6.2; OASIS OpenDocument 1.3 part 2 (packages).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from casefiles.intake.limits import FactsLimits, size_in_words
from casefiles.intake.readers import docx_package, ole
from casefiles.intake.readers.docx_package import PackageCodes, Refused
from casefiles.intake.readers.plain_xml import NotPlainXml, parse
from casefiles.intake.zip_members import is_folder

CODES = PackageCodes(
    "office-too-large",
    "office-unsafe-names",
    "office-double-parts",
    "office-needs-password",
    "office-damaged",
)
PART_BYTES = 64 << 20
_MANIFEST = "META-INF/manifest.xml"


class Package:
    """An open package. Every XML part of it is well formed and declares no document type."""

    def __init__(self, archive: zipfile.ZipFile, limits: FactsLimits) -> None:
        self._archive = archive
        self._limits = limits
        self._spent = 0
        # the toolbars and keys of OpenOffice, often empty files, say nothing of the document: never read, never copied
        self.members = [
            each
            for each in archive.infolist()
            if not is_folder(each) and "/Configurations2/" not in f"/{each.filename}"
        ]
        self.names = {each.filename: each for each in self.members}

    def unpacked(self, name: str) -> Iterator[bytes]:
        """A part in pieces.

        Raises:
            Refused: it is damaged, or the whole unpacks to too much.
        """
        for piece in docx_package.unpacked(self._archive, self.names[name], CODES):
            self._spent += len(piece)
            if self._spent > 4 * self._limits.zip_bytes:  # a part may be read more than once
                raise Refused("office-too-large", _too_large(self._limits))
            yield piece

    def xml(self, name: str) -> Any:
        """A part's root element.

        Raises:
            Refused: it is damaged, too large or declares a document type.
        """
        data = bytearray()
        for piece in self.unpacked(name):
            data += piece
            if len(data) > PART_BYTES:
                raise Refused(
                    "office-too-large", f"one of its parts is larger than {size_in_words(PART_BYTES)}"
                )
        try:
            return parse(bytes(data))
        except NotPlainXml as problem:
            if (
                name == _MANIFEST
                and b"<!DOCTYPE manifest:manifest PUBLIC" in data
                and b"<!ENTITY" not in data
            ):
                return parse(_without_doctype(bytes(data)))  # as OpenOffice.org 1 and 2 wrote it
            code = "office-doctype" if "document type" in str(problem) else "office-damaged"
            raise Refused(code, f"a part of it cannot be read: {problem}") from problem

    def check(self) -> None:
        """Unpack everything once.

        Raises:
            Refused: it unpacks to too much, a part is broken or declares a document type.
        """
        if _MANIFEST in self.names and b"encryption-data" in b"".join(self.unpacked(_MANIFEST)):
            raise Refused("office-needs-password", "it opens only with a password")
        total = 0
        for member in self.members:
            for piece in docx_package.unpacked(self._archive, member, CODES):
                total += len(piece)
                if total > self._limits.zip_bytes:  # the list of members may have lied
                    raise Refused("office-too-large", _too_large(self._limits))
            if is_xml(member.filename):
                self.xml(member.filename)


def is_xml(name: str) -> bool:
    """Whether a part's name says that it is XML."""
    return name.lower().endswith((".xml", ".rels", ".rdf"))


@contextmanager
def opened(path: Path, limits: FactsLimits) -> Iterator[Package]:
    """The package, its directory and every part of it checked.

    Raises:
        Refused: it is locked, damaged, unsafe, or larger than the limits.
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        if stream.read(8) == ole.MAGIC:
            raise Refused("office-needs-password", "it opens only with a password")
    try:
        with zipfile.ZipFile(path) as archive:
            docx_package.check_directory(archive, limits, CODES)
            package = Package(archive, limits)
            package.check()
            yield package
    except docx_package.ZIP_ERRORS as error:
        raise Refused("office-damaged", "the file is cut or broken") from error


def _without_doctype(data: bytes) -> bytes:
    start = data.index(b"<!DOCTYPE")
    return data[:start] + data[data.index(b">", start) + 1 :]


def _too_large(limits: FactsLimits) -> str:
    return f"it unpacks to more than {size_in_words(limits.zip_bytes)}"
