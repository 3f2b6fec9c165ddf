"""Verifying that what was issued is still there: the bundles in `issued` against the events that record them.

What stands on their pages is for the verification of a bundle; this finds one that was deleted or put elsewhere.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from casefiles.chain.bodies import EventType
from casefiles.chain.bundle_files import RecordedPdf, recorded_pdfs
from casefiles.chain.report import Step, make_step
from casefiles.chain.state import BundleRecord, CaseState
from casefiles.files.plain import is_plain_folder
from casefiles.files.reach import reaching
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_file
from casefiles.layout import CaseLayout

_FROM_BACKUP = "Put it back into issued from a backup, or from whoever has a copy."


def issued_files(layout: CaseLayout) -> list[Path]:
    """The PDFs of issued bundles, one folder deep in `issued`, in order. Unpublished folders (they begin with a dot)
    are none; links, pipes and devices are not followed.

    Raises:
        Unavailable: the folder is there and cannot be read.
    """
    found = []
    for folder in _visible(layout.issued, stat.S_ISDIR) if is_plain_folder(layout.issued) else ():
        found += [path for path in _visible(folder, stat.S_ISREG) if path.suffix.lower() == ".pdf"]
    return found


def check_issued(layout: CaseLayout, state: CaseState) -> Step:
    """Each bundle that was issued is in `issued`, every volume with the SHA-256 recorded; step 10 of verifying a case.

    Raises:
        Unavailable: `issued` is there and cannot be read.
    """
    issued = [bundle for bundle in state.bundles if bundle.type is EventType.BUNDLE_ISSUED]
    with reaching(layout.issued):
        there = {sha256_file(path) for path in issued_files(layout)} if issued else set()
    withdrawn = {sha256 for sha256, item in state.items.items() if item.disposed is not None}
    findings = [
        _missing(bundle, pdf, withdrawn)
        for bundle in issued
        for pdf in recorded_pdfs(bundle.body)
        if pdf.sha256 not in there
    ]
    compared = "the bundles in issued/ with the SHA-256 that the events record"
    return make_step(10, "Issued bundles", compared, len(issued), findings)


def _missing(bundle: BundleRecord, pdf: RecordedPdf, withdrawn: set[str]) -> Finding:
    name = f"{bundle.name or 'a bundle'}, version {bundle.body['version']}"
    if pdf.volumes > 1:
        name += f", volume {pdf.volume} of {pdf.volumes}"
    message = (
        f"The bundle “{name}” (event {bundle.seq}, SHA-256 {pdf.sha256[:16]}…) is not in issued any more: "
        "it was deleted, moved or changed."
    )
    if any(item["evidence"] in withdrawn for item in bundle.body["items"]):
        message += " It bound an item that was withdrawn since."
        return Finding("bundle-recalled", Severity.NOTE, f"event {bundle.seq}", message, "")
    return Finding("bundle-missing", Severity.ERROR, f"event {bundle.seq}", message, _FROM_BACKUP)


def _visible(folder: Path, of_type: Callable[[int], bool]) -> list[Path]:
    """The entries of a folder that are of a type and not hidden, by name."""
    with reaching(folder), os.scandir(folder) as entries:
        names = [
            entry.name
            for entry in entries
            if not entry.name.startswith(".") and of_type(entry.stat(follow_symlinks=False).st_mode)
        ]
    return [folder / name for name in sorted(names)]
