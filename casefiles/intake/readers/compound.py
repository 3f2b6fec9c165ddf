"""An OLE compound file, opened with limits: its streams, its names, the objects embedded in it.

Source: [MS-CFB].
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from casefiles.intake.limits import FactsLimits, size_in_words
from casefiles.intake.readers.office_contents import Refused

_ERRORS = (OSError, ValueError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)


class Compound:
    """An open compound file."""

    def __init__(self, opened: Any, limits: FactsLimits) -> None:
        self._opened = opened
        self._limits = limits
        self.paths: list[list[str]] = opened.listdir(streams=True, storages=True)
        self.names = frozenset(name for path in self.paths for name in path)

    def stream(self, name: str) -> bytes:
        """A stream below the root.

        Raises:
            Refused: it is missing, damaged or too large.
        """
        try:
            if self._opened.get_size(name) > self._limits.zip_bytes:
                raise Refused(
                    "office-too-large", f"a part of it is larger than {size_in_words(self._limits.zip_bytes)}"
                )
            with self._opened.openstream(name) as stream:
                return bytes(stream.read())
        except _ERRORS as problem:
            raise Refused("office-damaged", "a part of it is cut, broken or missing") from problem

    def objects(self, pool: str) -> list[str]:
        """What is embedded below a storage, by the names of the streams that say what each is."""
        found = []
        for path in self.paths:
            if len(path) == 2 and path[0] == pool:
                found.append(self._named(path))
        return found

    def _named(self, path: list[str]) -> str:
        inside = {each[2] for each in self.paths if len(each) > 2 and each[:2] == path}
        kinds = {
            "Workbook": "Excel workbook", "Book": "Excel workbook", "WordDocument": "Word document",
            "PowerPoint Document": "presentation", "Equation Native": "equation", "\x01Ole10Native": "file",
            "Package": "newer Office file", "CONTENTS": "document",
        }  # fmt: skip
        return f"{path[1].lstrip('_')} ({next((kinds[name] for name in kinds if name in inside), 'object')})"


def opened(path: Path, limits: FactsLimits) -> Compound:
    """The compound file.

    Raises:
        Refused: it is not one, or is damaged or locked.
        OSError: the file cannot be read.
    """
    import olefile

    if path.stat().st_size > limits.zip_bytes:
        raise Refused("office-too-large", f"it is larger than {size_in_words(limits.zip_bytes)}")
    data = path.read_bytes()  # from here on, what goes wrong is the file's fault
    try:
        compound = Compound(olefile.OleFileIO(io.BytesIO(data)), limits)
    except _ERRORS as problem:
        raise Refused("office-damaged", "it is not an old Office file, or is cut or broken") from problem
    if {"EncryptedPackage", "EncryptedSummary"} & compound.names:
        raise Refused("office-needs-password", "it opens only with a password")
    return compound
