"""Derived PDFs kept on this machine, so that nothing is converted twice. Disposable; never on the share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from bundles.convert.base import ConversionRequest, Converter, Program
from bundles.derived import Derived
from bundles.treat.reader import reader_version
from bundles.treat.readings import Readings
from casefiles.errors import Unavailable
from casefiles.files import disk
from casefiles.files.publish import write_atomically
from casefiles.files.reach import reaching, reason_of
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_bytes, sha256_file

FORMAT = 2
FOLDER_MODE = 0o700
FILE_MODE = 0o600
_SHA256 = re.compile("[0-9a-f]{64}")


def cache_key(request: ConversionRequest, converter: Converter) -> str:
    """What the derived bytes depend on, as a SHA-256: original, converter, versions, stamp box, printed details,
    treatment."""
    parameters = {
        "format": FORMAT,
        "original": request.sha256,
        "converter": converter.name,
        "version": converter.version,
        "programs": {
            need.name: request.programs[need.name].version
            for need in converter.programs
            if need.name in request.programs
        },
        "stamp": asdict(request.stamp),
        "treatment": request.treatment.encode(),
        "sheet_names": request.sheet_names,
        "details": {key: request.details[key] for key in sorted(converter.details) if key in request.details},
    }
    if request.treatment.ocr:
        parameters["reader"] = reader_version(request)
    return sha256_bytes(json.dumps(parameters, sort_keys=True).encode())


class ConversionCache:
    """A folder of `<original's SHA-256>/<key>.pdf` with a side file `<key>.json`; folders 0700, files 0600.

    `report` is told of entries that were damaged; they count as absent and are made again. A cache that cannot be
    read or written costs time and nothing else: `report` is told once, and the work goes on.
    """

    def __init__(self, root: Path, report: Callable[[Finding], None] = lambda _finding: None) -> None:
        self.root = root
        self._report = report
        self._told = False

    def get(self, request: ConversionRequest, converter: Converter) -> Derived | None:
        """The kept derived file, its bytes checked against their SHA-256, or None."""
        pdf, side = self._paths(request, converter)
        try:
            row = json.loads(side.read_bytes())
            derived = Derived.from_json(pdf, row)
            if sha256_file(pdf) == derived.sha256:
                return derived
            problem = "its bytes have changed"
        except FileNotFoundError:
            return None
        except OSError as error:
            self.tell_once(error)
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problem = f"its side file cannot be read ({type(error).__name__})"
        self._report(
            Finding(
                "cache-damaged",
                Severity.WARNING,
                request.subject,
                f"the copy kept on this machine is damaged: {problem}; it is made again from the original",
                "if this happens again, have this machine's disk looked at",
            )
        )
        return None

    def put(self, request: ConversionRequest, converter: Converter, derived: Derived) -> Derived:
        """Keep a derived file; the answer is the same with its path in the cache, or as it was if that failed.

        Raises:
            OSError: the derived file cannot be read.
        """
        pdf, side = self._paths(request, converter)
        data = derived.path.read_bytes()
        try:
            for folder in (self.root, pdf.parent):
                disk.make_folders(folder, FOLDER_MODE)
            with suppress(FileNotFoundError):
                disk.unlink(side)  # never a side file beside another conversion's bytes
            write_atomically(pdf, data, mode=FILE_MODE, local=True)
            write_atomically(
                side, json.dumps(derived.as_json(), sort_keys=True).encode(), mode=FILE_MODE, local=True
            )
        except (OSError, Unavailable) as error:
            self.tell_once(error)
            return derived
        return Derived.from_json(pdf, derived.as_json())

    def readings(self, sha256: str, derived: Derived, reader: Program) -> Readings:
        """What was read from the scanned pages of an original's derived file, on this machine."""
        return Readings.of(self.root, sha256, derived, reader)

    def remove(self, sha256: str) -> bool:
        """Forget everything made from one original (it was withdrawn); says whether there was anything.

        Raises:
            ValueError: `sha256` is none.
            Unavailable: a file cannot be removed.
        """
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"not a SHA-256: {sha256!r}")
        folder = self.root / sha256
        with reaching(folder, local=True):
            if not folder.is_dir():
                return False
            disk.remove_tree(folder)
        return True

    def tell_once(self, error: OSError | Unavailable) -> None:
        """Tell `report` that nothing can be kept, unless it was told before."""
        if self._told:
            return
        self._told = True
        why = reason_of(error) if isinstance(error, OSError) else error.message
        self._report(
            Finding(
                "cache-unusable",
                Severity.WARNING,
                str(self.root),
                f"finished pages cannot be kept on this machine ({why}): every run makes them again, which takes longer",
                "make room on this machine's disk, or have the folder opened to you",
            )
        )

    def _paths(self, request: ConversionRequest, converter: Converter) -> tuple[Path, Path]:
        key = cache_key(request, converter)
        folder = self.root / request.sha256
        return folder / f"{key}.pdf", folder / f"{key}.json"
