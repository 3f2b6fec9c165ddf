"""The PDFs that an event about a bundle records: one, or one a volume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RecordedPdf:
    """One PDF of a bundle: volume `volume` of `volumes`, with the pages `first` to `last` of the bundle (1-based,
    inclusive), the digests of the PDF, of its manifest and of its cover and index, and its size in bytes."""

    volume: int
    volumes: int
    sha256: str
    size_bytes: int
    manifest_sha256: str
    front_sha256: str
    first: int
    last: int


def recorded_pdfs(body: Mapping[str, Any]) -> tuple[RecordedPdf, ...]:
    """The PDFs of a bundle in order, out of the body of the event about it."""
    rows = body.get("volumes") or [{**body, "first": 1, "last": body["pages"]}]
    return tuple(
        RecordedPdf(
            volume=number,
            volumes=len(rows),
            sha256=str(row["sha256"]),
            size_bytes=int(row["size"]),
            manifest_sha256=str(row["manifest_sha256"]),
            front_sha256=str(row["front_sha256"]),
            first=int(row["first"]),
            last=int(row["last"]),
        )
        for number, row in enumerate(rows, start=1)
    )


def recorded_sha256s(body: Mapping[str, Any]) -> frozenset[str]:
    """The SHA-256 of every PDF of a bundle."""
    return frozenset(pdf.sha256 for pdf in recorded_pdfs(body))
