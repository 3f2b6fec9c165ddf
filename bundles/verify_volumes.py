"""The links of a volume into the others: each file that they name stands for one volume, and is it where it lies.

The chain records no file names. The rows of the index come in the order of the bundle, so the files that they name
come in the order of the volumes; the SHA-256 of what lies there under that name says which volume it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bundles.proof.links import read_links
from bundles.proof.reading import PdfFile
from bundles.verify_map import BundleClaim
from casefiles.chain.bundle_files import recorded_pdfs
from casefiles.files.plain import is_plain_file
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_file
from casefiles.shown import shown_path

_FROM_ISSUER = "Do not rely on this copy. Keep it, and take the bundle again from whoever issued it."
_NAMES_BACK = "Give each volume the name back that it was issued under, or put the issue back from a backup."


@dataclass
class _Named:
    """A file that links of the index name: on which page first, and to which of its pages (1-based) they lead."""

    on_page: int
    pages: set[int]


def volume_links(
    bundle: PdfFile, claim: BundleClaim, folder: Path | None, *, recalled: bool
) -> list[Finding]:
    """What is wrong with the links of a volume into the others.

    `folder` is that of the issue if the volume lies in it, so that the others must lie beside it; None elsewhere.
    `recalled` says that the issue shows what was withdrawn since, so that a volume may have been taken away.
    """
    if claim.pdf is None or claim.event is None:
        return []
    others = [number for number in range(1, claim.pdf.volumes + 1) if number != claim.pdf.volume]
    named = _named(bundle, claim)
    found = []
    if len(named) != len(others):
        message = (
            f"its links lead into {len(named)} other files, and the bundle has {len(others)} other volumes."
        )
        found.append(_finding("volume-links", claim.pdf.first, message, _FROM_ISSUER))
    for (name, where), volume in zip(named.items(), others, strict=False):
        if where.pages != claim.outside(volume):
            message = (
                f"its links into “{_shown(name)}” do not lead to where documents begin in volume {volume}."
            )
            found.append(_finding("volume-links", where.on_page, message, _FROM_ISSUER))
        if folder is not None:
            found += _beside(claim, folder / name, volume, where.on_page, recalled=recalled)
    return found


def _named(bundle: PdfFile, claim: BundleClaim) -> dict[str, _Named]:
    named: dict[str, _Named] = {}
    fronts = [part for part in claim.parts if part.is_front]
    for page in (page for part in fronts for page in range(part.first, min(part.last, bundle.last) + 1)):
        try:
            links = read_links(bundle, bundle.page(page), page).outside
        except Exception:  # noqa: S112 - a hostile file: level 1 reads the page again and names it
            continue
        for link in links:
            named.setdefault(link.file, _Named(page, set())).pages.add(link.file_page)
    return named


def _beside(claim: BundleClaim, path: Path, volume: int, page: int, *, recalled: bool) -> Iterator[Finding]:
    assert claim.event is not None  # noqa: S101 - for the type checker
    name = _shown(path.name)
    if not is_plain_file(path):
        message = f"its links into volume {volume} lead to “{name}”, and no such file lies beside this one."
        yield _finding(
            "volume-not-beside",
            page,
            message,
            _NAMES_BACK,
            severity=Severity.NOTE if recalled else Severity.ERROR,
        )
        return
    volumes = {pdf.sha256: pdf.volume for pdf in recorded_pdfs(claim.event.body)}
    lies = volumes.get(sha256_file(path))
    if lies == volume:
        return
    instead = f"volume {lies}" if lies else "not the file that was issued"
    message = f"its links into volume {volume} lead to “{name}”, which is {instead}."
    yield _finding("volume-not-beside", page, message, _NAMES_BACK)


def _shown(name: str) -> str:
    return str(shown_path(Path(name)))


def _finding(
    code: str, page: int, message: str, remedy: str, *, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(code, severity, f"page {page}", f"Page {page}: {message}", remedy)
