"""What goes into the index and comes out of it, and how that becomes rows. Nothing here touches a file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from casefiles.chain.names import display_name
from casefiles.chain.replay import CaseState
from casefiles.chain.state import PathStatus
from casefiles.findings import Finding
from casefiles.index import schema
from casefiles.scanned import ScannedPages
from casefiles.search.page_text import PageText, joined

Row = dict[str, Any]


@dataclass(frozen=True)
class CachedHash:
    """A file's SHA-256 and the status (bytes, nanoseconds, inode) that it had when it was read."""

    sha256: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True)
class StoredChild:
    """A file that was inside another one: its raw name there, its SHA-256 and its size."""

    name: bytes
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class StoredFacts:
    """What reading one original (`original_name`) came to, kept once however many cases hold it.

    `detail` is what people call such a file ("Excel workbook"). `reader` is the version of the reading code: facts of another version are read again. `state` is
    "readable", "held" or "sheet"; `pages` is None where there are none to count, `scans` where nobody has looked for scanned pages.
    """

    original: str
    reader: str
    kind: str
    media_type: str
    detail: str
    state: str
    pages: int | None
    texts: tuple[PageText, ...]
    findings: tuple[Finding, ...]
    children: tuple[StoredChild, ...]
    scans: ScannedPages | None = None

    @property
    def text(self) -> str:
        """All the text as one; empty where the facts were asked for without it."""
        return joined(self.texts)


@dataclass(frozen=True)
class CaseRecord:
    """Everything that the index holds of one case, from its chain and its last scan."""

    state: CaseState
    head_sha256: str
    findings: tuple[Finding, ...]
    ignored: tuple[tuple[bytes, str], ...]
    stats: Mapping[bytes, CachedHash]
    absences: Mapping[bytes, str] = field(default_factory=dict)
    """Paths that the last scan did not find, and since when (UTC): not recorded as missing yet."""


@dataclass(frozen=True)
class QuietCase:
    """That nothing was left to do in a case folder when it had this signature."""

    case_uuid: str
    signature: str


def original_name(sha256: str, suffix: str) -> str:
    """The name of a preserved original: its SHA-256 and, where it has one, its suffix."""
    return f"{sha256}.{suffix}" if suffix else sha256


def case_rows(record: CaseRecord) -> dict[str, list[Row]]:
    """The rows of one case, by table."""
    state = record.state
    case = {"case_uuid": state.case_uuid}
    return {
        "cases": [
            case
            | {
                "reference": state.reference,
                "head_seq": state.seq,
                "head_sha256": record.head_sha256,
                "facts_sha256": state.facts_sha256,
            }
        ],
        # what was withdrawn leaves the index; the chain says that it was here
        "items": [case | row for row in _item_rows(state)],
        "paths": [case | row for row in _path_rows(state)],
        "receptions": [case | row for row in _reception_rows(state)],
        "scan_findings": [
            case | {"position": number} | finding.as_json()
            for number, finding in enumerate(record.findings, 1)
        ],
        "ignored": [case | {"path": path, "reason": reason} for path, reason in record.ignored],
        "stat_cache": [
            case
            | {
                "path": path,
                "size_bytes": stat.size_bytes,
                "mtime_ns": str(stat.mtime_ns),  # beyond what SQLite counts to from 2262 on
                "ctime_ns": str(stat.ctime_ns),
                "inode": str(stat.inode),
                "sha256": stat.sha256,
            }
            for path, stat in record.stats.items()
        ],
        "absences": [case | {"path": path, "since": since} for path, since in record.absences.items()],
    }


def _item_rows(state: CaseState) -> Iterator[Row]:
    for item in state.items.values():
        if item.disposed is None:
            yield {
                "sha256": item.sha256,
                "original": original_name(item.sha256, item.suffix),
                "seq": item.seq,
                "received_at": item.received_at,
                "size_bytes": item.size_bytes,
                "parent": item.parent,
                "exhibit": state.exhibits.get(item.sha256),
            }


def _path_rows(state: CaseState) -> Iterator[Row]:
    for path, known in state.paths.items():
        if known.status != "disposed":
            yield {
                "path": path,
                "shown": display_name(path),
                "path_id": known.path_id,
                "sha256": known.sha256,
                "base_sha256": known.base_sha256,
                "status": str(known.status),
                "since_seq": known.history[-1].seq,
            }


def _reception_rows(state: CaseState) -> Iterator[Row]:
    for item in state.items.values():
        if item.disposed is None:
            for reception in item.receptions:
                yield {
                    "seq": reception.seq,
                    "event_id": reception.event_id,
                    "sha256": item.sha256,
                    "path": reception.path,
                    "at": reception.at,
                    "parent": reception.parent,
                    "source": str(reception.source),
                }


def fact_rows(batch: Iterable[StoredFacts]) -> dict[str, list[Row]]:
    """The rows of some originals, by table."""
    rows: dict[str, list[Row]] = {table: [] for table in (*schema.OF_AN_ORIGINAL, "texts")}
    for facts in batch:
        mine = {"original": facts.original}
        rows["facts"].append(
            mine
            | {
                "reader": facts.reader,
                "kind": facts.kind,
                "media_type": facts.media_type,
                "detail": facts.detail,
                "state": facts.state,
                "pages": facts.pages,
            }
        )
        rows["fact_findings"] += [
            mine | {"position": number} | finding.as_json()
            for number, finding in enumerate(facts.findings, 1)
        ]
        rows["children"] += [
            mine
            | {
                "position": number,
                "child_sha256": child.sha256,
                "size_bytes": child.size_bytes,
                "name": child.name,
            }
            for number, child in enumerate(facts.children, 1)
        ]
        if facts.scans is not None:
            rows["scans"].append(mine | {"reader": facts.scans.reader, "pages": facts.scans.encode()})
        rows["texts"] += [
            mine | {"page": each.page or 0, "text": storable(each.text)} for each in facts.texts
        ]
    return rows


def storable(text: str) -> str:
    """Text as SQLite keeps it whole: no lone surrogate and no NUL, U+FFFD in their place."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")


def page_text_of(row: sqlite3.Row) -> PageText:
    """The inverse of a row of `texts`."""
    return PageText(row["page"] or None, row["text"])


def names_in_case(state: CaseState) -> frozenset[tuple[str, str]]:
    """What the items of a case are called there: SHA-256 and shown path, of now and of when it was received."""
    names = {
        (known.sha256, display_name(path))
        for path, known in state.paths.items()
        if known.status is not PathStatus.DISPOSED
    }
    for item in state.items.values():
        if item.disposed is None:
            names |= {
                (item.sha256, display_name(one.path)) for one in item.receptions if one.path is not None
            }
    return frozenset(names)


def names_inside(facts: StoredFacts) -> frozenset[tuple[str, str]]:
    """What the files inside an original are called there: SHA-256 and shown name."""
    return frozenset((child.sha256, display_name(child.name)) for child in facts.children)


def child_of(row: sqlite3.Row) -> StoredChild:
    """The inverse of a row of `children`."""
    return StoredChild(row["name"], row["child_sha256"], row["size_bytes"])


def scans_of(row: sqlite3.Row) -> ScannedPages:
    """The inverse of a row of `scans`."""
    return ScannedPages.decode(row["pages"], row["reader"])


def finding_of(row: sqlite3.Row) -> Finding:
    """The inverse of a row of `scan_findings` or `fact_findings`."""
    keys = ("code", "severity", "subject", "message", "remedy", "source")
    return Finding.from_json({key: row[key] for key in keys})
