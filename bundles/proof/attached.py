"""The manifest inside the bundle, read strictly and on its own: found, decoded, and held against what it must say.

Source: ISO 32000-2 7.11.4 (embedded files), 14.13 (associated files); RFC 8259; RFC 8785.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from bundles.model import BundlePlan
from bundles.proof.reading import PdfFile, plain_data, ref_of

FORMAT = "casebinder bundle manifest"
VERSION = 2
MAX_BYTES = 64 << 20
HEAD: Mapping[str, type] = {
    "format": str, "v": int, "case_uuid": str, "case_reference": str, "bundle": str, "version": int, "profile": str,
    "mark": str, "made_at": str, "checkpoint": str, "casebinder": str, "front_sha256": str, "front_pages": int,
    "first_page": int, "pages": int, "volume": int, "volumes": int, "rows": list,
}  # fmt: skip
ROW: Mapping[str, type] = {
    "page": int, "printed": str, "tab": str, "kind": str, "exhibit": str, "evidence_sha256": str,
    "source_page": int, "converter": str, "converter_version": str, "programs": str, "treatment": str, "derived_sha256": str, "event": int,
}  # fmt: skip
FILESPEC_KEYS = frozenset({"/Type", "/F", "/UF", "/Desc", "/AFRelationship", "/EF"})


class ManifestUnreadable(ValueError):
    """There is no manifest in the bundle, more than one, or it is not one of ours."""


@dataclass(frozen=True)
class AttachedManifest:
    """A manifest as it was found: its bytes, its head, and one row a page behind cover and index."""

    data: bytes
    head: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]


def read_manifest(file: PdfFile) -> AttachedManifest:
    """The bundle's only attachment.

    Raises:
        ManifestUnreadable: it is not there, not alone, or not canonical JSON of the agreed keys and types.
    """
    return decode(_bytes(file))


def decode(data: bytes) -> AttachedManifest:
    """Manifest bytes as values.

    Raises:
        ManifestUnreadable: they are not canonical JSON of the agreed keys and types.
    """
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_once, parse_float=_refuse, parse_constant=_refuse
        )
    except (ValueError, RecursionError) as error:
        raise ManifestUnreadable(f"it is not JSON as agreed: {error}") from error
    _hold(value, HEAD, "the head")
    if value["format"] != FORMAT or value["v"] != VERSION:
        raise ManifestUnreadable(f"it is not a “{FORMAT}” of version {VERSION}")
    for number, row in enumerate(value["rows"], start=1):
        _hold(row, ROW, f"row {number}")
    if json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() != data:
        raise ManifestUnreadable("it is not canonical JSON")
    rows = tuple(value.pop("rows"))
    return AttachedManifest(data, value, rows)


def manifest_findings(manifest: AttachedManifest, plan: BundlePlan) -> Iterator[tuple[int | None, str]]:
    """Differences between the manifest and the plan: the page (1-based; None for the head) and what differs."""
    for key, expected in _head(plan).items():
        if manifest.head[key] != expected:
            yield None, f"the manifest gives {key} as “{manifest.head[key]}” instead of “{expected}”"
    rows = list(_rows(plan))
    if len(manifest.rows) != len(rows):
        yield None, f"the manifest has {len(manifest.rows)} rows instead of {len(rows)}"
    for row, expected_row in zip(manifest.rows, rows, strict=False):
        for key in ROW:
            if row[key] != expected_row[key]:
                page = expected_row["page"]
                yield page, f"the manifest gives its {key} as “{row[key]}” instead of “{expected_row[key]}”"


def _head(plan: BundlePlan) -> dict[str, Any]:
    return {
        "case_uuid": plan.case_uuid,
        "case_reference": plan.case_reference,
        "bundle": plan.name,
        "version": plan.version,
        "profile": plan.profile,
        "mark": plan.mark,
        "made_at": plan.made_at,
        "checkpoint": plan.checkpoint,
        "front_sha256": plan.front_sha256,
        "front_pages": plan.front_pages,
        "first_page": plan.first_page,
        "pages": len(plan.stamps),
        "volume": plan.volume,
        "volumes": plan.volumes,
    }


def _rows(plan: BundlePlan) -> Iterator[dict[str, Any]]:
    for tab in plan.tabs:
        for at in range(tab.pages.count):
            page = tab.pages.first + at
            yield {
                "page": page,
                "printed": plan.stamps[page - plan.first_page],
                "tab": tab.label,
                "kind": str(tab.kind),
                "exhibit": tab.exhibit,
                "evidence_sha256": tab.evidence_sha256,
                "source_page": tab.from_page + at,
                "converter": tab.converter,
                "converter_version": tab.converter_version,
                "programs": tab.programs,
                "treatment": tab.treatment,
                "derived_sha256": tab.derived_sha256,
                "event": tab.event,
            }


def _bytes(file: PdfFile) -> bytes:
    associated = file.get(file.catalog.get("/AF"))
    names = file.get(file.catalog.get("/Names"))
    tree = file.get(names.get("/EmbeddedFiles")) if isinstance(names, DictionaryObject) else None
    listed = (
        file.get(tree.get("/Names"))
        if isinstance(tree, DictionaryObject) and set(tree) == {"/Names"}
        else None
    )
    if not isinstance(associated, ArrayObject) or len(associated) != 1:
        raise ManifestUnreadable("the bundle does not have exactly one associated file")
    if not isinstance(listed, ArrayObject) or len(listed) != 2:
        raise ManifestUnreadable("the bundle does not have exactly one attachment")
    one, other = associated[0], listed[1]
    if (
        not isinstance(one, IndirectObject)
        or not isinstance(other, IndirectObject)
        or one.idnum != other.idnum
    ):
        raise ManifestUnreadable("the associated file and the attachment are not the same")
    entry = file.get(one)
    if not isinstance(entry, DictionaryObject) or set(map(str, entry)) - FILESPEC_KEYS:
        raise ManifestUnreadable("the attachment is described in a way that is not agreed")
    if file.get(entry.get("/AFRelationship")) != "/Data":
        raise ManifestUnreadable("the attachment is not marked as the bundle's data")
    places = file.get(entry.get("/EF"))
    raw = [places.raw_get(key) for key in places] if isinstance(places, DictionaryObject) else []
    if len({ref_of(place) for place in raw}) != 1 or ref_of(raw[0]) is None:
        raise ManifestUnreadable("the attachment has not exactly one content")
    stream = file.get(raw[0])
    data = plain_data(stream, MAX_BYTES) if isinstance(stream, StreamObject) else None
    if data is None:
        raise ManifestUnreadable("the attachment cannot be read")
    return data


def _hold(value: Any, keys: Mapping[str, type], where: str) -> None:
    if not isinstance(value, dict) or value.keys() != keys.keys():
        raise ManifestUnreadable(f"{where} does not have exactly the agreed keys")
    for key, kind in keys.items():
        if type(value[key]) is not kind:
            raise ManifestUnreadable(f"{where}: {key} is of the wrong kind")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"the number {text} is none that a manifest holds")
