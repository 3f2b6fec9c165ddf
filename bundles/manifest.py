"""The manifest that travels inside the bundle: which original each page came from, and what it was made with.

Canonical JSON (RFC 8785). It holds no title, name or path: hashes, labels and numbers only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from bundles.model import BundlePlan
from casefiles.errors import VerificationFailed

ATTACHMENT_NAME = "casebinder-manifest.json"
FORMAT = "casebinder bundle manifest"
VERSION = 2

_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class ManifestRow:
    """One page of the bundle behind cover and index.

    `page` is 1-based within the bundle, all its volumes together, `printed` the number on it; `source_page` is 1-based
    within the derived
    file `derived_sha256`, made of the original `evidence_sha256` by that converter with those `programs` (empty: none) and that
    `treatment` (`bundles.treatment`; empty: none); `event` is the sequence
    number of the original's `evidence.received`.
    """

    page: int
    printed: str
    tab: str
    kind: str
    exhibit: str
    evidence_sha256: str
    source_page: int
    converter: str
    converter_version: str
    programs: str
    treatment: str
    derived_sha256: str
    event: int


@dataclass(frozen=True)
class Manifest:
    """The whole manifest; `pages` counts the finished PDF, `front_pages` its cover and index.

    The PDF is `volume` of `volumes` (1 of 1 where the bundle is not divided) and begins with page `first_page`.
    """

    case_uuid: str
    case_reference: str
    bundle: str
    version: int
    profile: str
    mark: str
    made_at: str
    checkpoint: str
    casebinder: str
    front_sha256: str
    front_pages: int
    first_page: int
    pages: int
    volume: int
    volumes: int
    rows: tuple[ManifestRow, ...]

    def encode(self) -> bytes:
        """Canonical JSON, as it is attached.

        Our keys are ASCII and our numbers whole and small, so that sorted keys and no spaces are all that RFC 8785
        asks beyond what `json` writes; a test compares with a library for it, which is ten times slower.

        Raises:
            UnicodeEncodeError: a text is not Unicode (a lone surrogate).
        """
        value = {**vars(self), "rows": [vars(row) for row in self.rows], "v": VERSION, "format": FORMAT}
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def manifest_of(plan: BundlePlan, casebinder_version: str) -> Manifest:
    """The manifest of a planned bundle."""
    rows = tuple(
        ManifestRow(
            page=page,
            printed=plan.stamp(page),
            tab=tab.label,
            kind=str(tab.kind),
            exhibit=tab.exhibit,
            evidence_sha256=tab.evidence_sha256,
            source_page=page - tab.pages.first + tab.from_page,
            converter=tab.converter,
            converter_version=tab.converter_version,
            programs=tab.programs,
            treatment=tab.treatment,
            derived_sha256=tab.derived_sha256,
            event=tab.event,
        )
        for tab in plan.tabs
        for page in range(tab.pages.first, tab.pages.last + 1)
    )
    return Manifest(
        case_uuid=plan.case_uuid,
        case_reference=plan.case_reference,
        bundle=plan.name,
        version=plan.version,
        profile=plan.profile,
        mark=plan.mark,
        made_at=plan.made_at,
        checkpoint=plan.checkpoint,
        casebinder=casebinder_version,
        front_sha256=plan.front_sha256,
        front_pages=plan.front_pages,
        first_page=plan.first_page,
        pages=plan.page_count,
        volume=plan.volume,
        volumes=plan.volumes,
        rows=rows,
    )


def decode_manifest(data: bytes) -> Manifest:
    """The inverse of `Manifest.encode`; accepts nothing that `encode` would not write.

    Raises:
        VerificationFailed: it is not canonical JSON, has a strange or missing key, or its pages do not run on.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _refused("it is not JSON") from error
    if not isinstance(value, dict) or value.pop("format", None) != FORMAT or value.pop("v", None) != VERSION:
        raise _refused(f"it is not a “{FORMAT}”, version {VERSION}")
    listed = value.pop("rows", None)
    if not isinstance(listed, list):
        raise _refused("it has no rows")
    rows = tuple(_row(row, number) for number, row in enumerate(listed, start=1))
    manifest = Manifest(**_typed(Manifest, value, "the head", skip="rows"), rows=rows)
    _check(manifest)
    try:
        canonical = manifest.encode()
    except UnicodeEncodeError as error:
        raise _refused("it holds text that is not Unicode") from error
    if canonical != data:
        raise _refused("it is not canonical JSON")
    return manifest


def _row(value: Any, number: int) -> ManifestRow:
    where = f"row {number}"
    row = ManifestRow(**_typed(ManifestRow, value, where))
    for digest in (row.evidence_sha256, row.derived_sha256):
        _check_digest(digest, where)
    if min(row.page, row.source_page, row.event) < 1:
        raise _refused(f"{where} has a number below 1")
    return row


def _check(manifest: Manifest) -> None:
    _check_digest(manifest.front_sha256, "the head")
    if min(manifest.front_pages, manifest.first_page, manifest.volume) < 1 or manifest.version < 0:
        raise _refused("the head has a number below 1")
    if manifest.volume > manifest.volumes or (manifest.volume == 1) != (manifest.first_page == 1):
        raise _refused("it is of a volume that there cannot be")
    pages = [row.page for row in manifest.rows]
    first = manifest.first_page
    if pages != list(range(first + manifest.front_pages, first + manifest.pages)):
        raise _refused("its rows do not name every page once and in order")


def _typed(kind: type, value: Any, where: str, skip: str = "") -> Mapping[str, Any]:
    """The value as keyword arguments of that dataclass: each field there, of its exact type, and nothing else."""
    wanted = {
        field.name: {"int": int, "str": str}.get(str(field.type))
        for field in fields(kind)
        if field.name != skip
    }
    if not isinstance(value, dict) or value.keys() != wanted.keys():
        raise _refused(f"{where} has strange or missing keys")
    for key, expected in wanted.items():
        if type(value[key]) is not expected:
            raise _refused(f"{where}: {key} is of the wrong type")
    return value


def _check_digest(digest: str, where: str) -> None:
    if len(digest) != 64 or not set(digest) <= _HEX:
        raise _refused(f"{where} has a digest that is none")


def _refused(problem: str) -> VerificationFailed:
    return VerificationFailed(
        f"the bundle's manifest cannot be used: {problem}", remedy="Ask whoever sent the bundle for it again."
    )
