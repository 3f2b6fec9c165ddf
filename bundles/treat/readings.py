"""What was read from the scanned pages of one original, page by page, kept on this machine beside its derived files.

A folder `<cache>/<original's SHA-256>/scan-<key>/` holds `0003.json` and, where the page was read, `0003.pdf` for page
3. The key names the derived file that was looked at and everything that the outcome depends on. Reading may stop at any time: what is there is whole,
and the rest is read the next time. `ConversionCache.remove` takes the folder away with everything else of a withdrawn original.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bundles.convert.base import Program
from bundles.derived import Derived
from bundles.treat.page_reading import DPI, PageReading
from bundles.treat.reader import LANGUAGE, VERSION
from casefiles.files import disk
from casefiles.files.publish import write_atomically
from casefiles.hashing import sha256_bytes, sha256_file

FORMAT = 1
TRIED_AGAIN_SECONDS = 24 * 3600.0
"""After so long a page that could not be read is tried again: the machine may have been busy that day."""
FOLDER_MODE = 0o700
FILE_MODE = 0o600


def scanned_pages(derived: Derived) -> tuple[int, ...]:
    """The pages (1-based) that show something and have no text."""
    return tuple(number for number, page in enumerate(derived.pages, 1) if page.image_only)


@dataclass(frozen=True)
class Readings:
    """The folder of one derived file's readings; it need not be there."""

    folder: Path

    @classmethod
    def of(cls, cache: Path, original_sha256: str, derived: Derived, program: Program) -> Readings:
        """Where the readings of an original's derived file are, with this Tesseract."""
        parameters = {
            "format": FORMAT,
            "derived": derived.sha256,
            "version": VERSION,
            "tesseract": program.version,
            "language": LANGUAGE,
            "dpi": DPI,
        }
        key = sha256_bytes(json.dumps(parameters, sort_keys=True).encode())
        return cls(cache / original_sha256 / f"scan-{key[:32]}")

    def get(self, page: int) -> tuple[PageReading, Path | None] | None:
        """The reading of a page (1-based) with its text layer, or None where there is none or it is damaged."""
        side, layer = self._paths(page)
        try:
            row = json.loads(side.read_bytes())
            reading = PageReading.from_json(row["reading"])
            if not reading.is_read:
                return reading, None
            return (reading, layer) if sha256_file(layer) == row["layer_sha256"] else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def put(self, page: int, reading: PageReading, layer: Path | None) -> None:
        """Keep the reading of a page (1-based).

        Raises:
            OSError, Unavailable: it cannot be kept.
        """
        side, kept = self._paths(page)
        disk.make_folders(self.folder, FOLDER_MODE)
        with suppress(FileNotFoundError):
            disk.unlink(side)
        row: dict[str, object] = {"reading": reading.as_json()}
        if layer is not None:
            data = layer.read_bytes()
            row["layer_sha256"] = sha256_bytes(data)
            write_atomically(kept, data, mode=FILE_MODE, local=True)
        write_atomically(side, json.dumps(row, sort_keys=True).encode(), mode=FILE_MODE, local=True)

    def outstanding(self, pages: Sequence[int], failed_before: float = 0.0) -> tuple[int, ...]:
        """Those of the pages (1-based) that have not been read, and those that it was last tried to read before an instant
        (seconds since 1970) and failed."""
        return tuple(page for page in pages if self._waits(page, failed_before))

    def failed(self, pages: Sequence[int]) -> tuple[int, ...]:
        """Those of the pages (1-based) that were tried and may be read another time."""
        found = ((page, self.get(page)) for page in pages)
        return tuple(page for page, kept in found if kept is not None and kept[0].is_worth_another_try)

    def _waits(self, page: int, failed_before: float) -> bool:
        kept = self.get(page)
        if kept is None or not kept[0].is_worth_another_try:
            return kept is None
        try:
            return self._paths(page)[0].stat().st_mtime < failed_before
        except OSError:
            return True

    def _paths(self, page: int) -> tuple[Path, Path]:
        return self.folder / f"{page:04}.json", self.folder / f"{page:04}.pdf"
