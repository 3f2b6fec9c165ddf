"""The page map of a bundle: which row of the manifest speaks of which page, and what the chain says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bundles.proof.attached import AttachedManifest
from bundles.proof.reading import PdfFile
from casefiles.chain.bodies import EventType
from casefiles.chain.events import ChainEvent
from casefiles.chain.report import Step, make_step
from casefiles.findings import Finding, Severity

BUNDLE_EVENTS = (EventType.BUNDLE_ISSUED, EventType.BUNDLE_SUPPLEMENTED, EventType.BUNDLE_ASSEMBLED)
RECEPTIONS = (EventType.EVIDENCE_RECEIVED, EventType.EVIDENCE_CHANGED, EventType.EVIDENCE_UNLOCKED)
NO_ITEM: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Part:
    """Consecutive pages of the bundle (1-based, inclusive) that show one derived file from its first page on.

    `derived` is what the chain recorded; without an event, what the manifest claims. `converter`, `version`, `programs` and
    `treatment` are empty for the front.
    """

    first: int
    last: int
    evidence: str
    derived: str
    kind: str
    converter: str
    version: str
    programs: str = ""
    treatment: str = ""

    @property
    def is_front(self) -> bool:
        """Cover and index."""
        return not self.evidence


@dataclass(frozen=True)
class BundleClaim:
    """What the bundle claims of itself, and what the chain recorded of it; None where there is none.

    `kept` is the manifest kept beside the issue, only where it is the one that the chain recorded.
    """

    manifest: AttachedManifest | None
    event: ChainEvent | None
    kept: AttachedManifest | None = None

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts of the bundle in order: from the chain where it speaks, else from the manifest."""
        return tuple(self._recorded() if self.event is not None else self._claimed())

    def row(self, page: int) -> Mapping[str, Any]:
        """The manifest's row for a page, the kept one's before the attached one's; empty if there is none."""
        return self._rows.get(page, NO_ITEM)

    @cached_property
    def _rows(self) -> dict[int, Mapping[str, Any]]:
        manifest = self.kept or self.manifest
        return {row["page"]: row for row in manifest.rows} if manifest else {}

    @property
    def mark(self) -> str:
        """The mark printed across pages: an issue has none."""
        if self.event is not None and self.event.type is not EventType.BUNDLE_ASSEMBLED:
            return ""
        return str(self.manifest.head["mark"]) if self.manifest else ""

    def _recorded(self) -> Iterator[Part]:
        assert self.event is not None  # noqa: S101 - for the type checker
        items = sorted(self.event.body["items"], key=lambda item: int(item["first"]))
        front = int(items[0]["first"]) - 1 if items else int(self.event.body["pages"])
        if front:
            yield Part(1, front, "", str(self.event.body["front_sha256"]), "", "", "")
        for item in items:
            row = self.row(int(item["first"]))
            yield Part(
                int(item["first"]),
                int(item["last"]),
                str(item["evidence"]),
                str(item["derived"]),
                str(item["kind"]),
                str(row.get("converter", "")),
                str(row.get("converter_version", "")),
                str(row.get("programs", "")),
                str(item.get("treatment", "")),
            )

    def _claimed(self) -> Iterator[Part]:
        if self.manifest is None:
            return
        yield Part(
            1, int(self.manifest.head["front_pages"]), "", self.manifest.head["front_sha256"], "", "", ""
        )
        start = 0
        rows = self.manifest.rows
        for at, row in enumerate(rows):
            if at + 1 == len(rows) or rows[at + 1]["source_page"] == 1:
                yield Part(
                    rows[start]["page"], row["page"], row["evidence_sha256"], row["derived_sha256"], row["kind"],
                    row["converter"], row["converter_version"], row["programs"], row["treatment"],
                )  # fmt: skip
                start = at + 1


def bundle_event(
    events: Sequence[ChainEvent], sha256: str, manifest: AttachedManifest | None
) -> ChainEvent | None:
    """The event about a bundle: that of its SHA-256, else the one whose items are most like the manifest's.

    An altered file is no event's any more; what it was made from still shows which one it claims to be.
    """
    known = [event for event in events if event.type in BUNDLE_EVENTS]
    exact = [event for event in known if event.body["sha256"] == sha256]
    if exact or manifest is None:
        return exact[-1] if exact else None
    claimed = {(row["page"], row["evidence_sha256"]) for row in manifest.rows}

    def likeness(event: ChainEvent) -> tuple[float, bool, int]:
        recorded = {
            (page, item["evidence"])
            for item in event.body["items"]
            for page in range(int(item["first"]), int(item["last"]) + 1)
        }
        shared = len(claimed & recorded) / max(1, len(claimed | recorded))
        issued = (event.type is not EventType.BUNDLE_ASSEMBLED) == (not manifest.head["mark"])
        return shared, issued, event.seq

    best = max(known, key=likeness, default=None)
    return best if best is not None and likeness(best)[0] > 0 else None


def page_map(claim: BundleClaim, events: Mapping[int, ChainEvent], bundle: PdfFile | None) -> Step:
    """Step 5: the manifest row by row with the events, with what was recorded of the bundle, and with its pages."""
    manifest = claim.manifest
    findings: list[Finding] = []
    if manifest is not None:
        findings += _complete(manifest, bundle)
        if claim.event is not None:
            findings += _head(manifest, claim.event)
        labels = {
            str(event.body["sha256"]): str(event.body["label"])
            for event in events.values()
            if event.type is EventType.EXHIBIT_ASSIGNED
        }
        # The opened copy of a protected file is bound under the label of the file that it was opened from.
        for event in events.values():
            if event.type is EventType.EVIDENCE_UNLOCKED and event.body["parent"] in labels:
                labels.setdefault(event.body["sha256"], labels[event.body["parent"]])
        for row in manifest.rows:
            findings += _row(row, claim, events, labels)
    return make_step(
        5,
        "Page map",
        "each row of the manifest with the page, the reception of its evidence and what was recorded of the bundle",
        len(manifest.rows) if manifest else 0,
        findings,
        checked=manifest is not None,
    )


def _complete(manifest: AttachedManifest, bundle: PdfFile | None) -> Iterator[Finding]:
    pages, front = manifest.head["pages"], manifest.head["front_pages"]
    listed = [row["page"] for row in manifest.rows]
    if listed != list(range(front + 1, pages + 1)):
        missing = sorted(set(range(front + 1, pages + 1)) - set(listed))
        named = f"page {missing[0]} is missing" if missing else "its pages are not in order"
        yield _finding(
            "map-incomplete", missing[0] if missing else front + 1, f"the manifest is not whole: {named}."
        )
    if bundle is not None and bundle.page_count != pages:
        yield _finding(
            "map-pages", 1, f"the file has {bundle.page_count} pages and the manifest speaks of {pages}."
        )


def _head(manifest: AttachedManifest, event: ChainEvent) -> Iterator[Finding]:
    for key in ("version", "profile", "pages", "front_sha256"):
        if manifest.head[key] != event.body[key]:
            message = (
                f"the manifest gives its {key} as {manifest.head[key]}, event {event.seq} {event.body[key]}."
            )
            yield _finding("map-head", 1, message)


def _row(
    row: Mapping[str, Any], claim: BundleClaim, events: Mapping[int, ChainEvent], labels: Mapping[str, str]
) -> Iterator[Finding]:
    page = row["page"]
    if row["printed"] != str(page):
        yield _finding("map-number", page, f"the manifest says that “{row['printed']}” is printed on it.")
    event = events.get(row["event"])
    if event is None or event.type not in RECEPTIONS:
        yield _finding(
            "map-event", page, f"the manifest refers to event {row['event']}, which received nothing."
        )
    elif event.body["sha256"] != row["evidence_sha256"]:
        message = f"event {row['event']} received {str(event.body['sha256'])[:8]}, not {row['evidence_sha256'][:8]}."
        yield _finding("map-evidence", page, message)
    if row["exhibit"] and labels.get(row["evidence_sha256"]) != row["exhibit"]:
        yield _finding("map-exhibit", page, f"the case has no exhibit {row['exhibit']} of those bytes.")
    item = _item(claim, page)
    expected = {
        "evidence_sha256": item.get("evidence"),
        "derived_sha256": item.get("derived"),
        "event": item.get("event"),
        "kind": item.get("kind"),
        "source_page": page - int(item["first"]) + 1 if item else None,
        "treatment": item.get("treatment", ""),
    }
    for key, value in expected.items():
        if claim.event is not None and row[key] != value:
            yield _finding(
                "map-row",
                page,
                f"the manifest gives its {key} as {row[key]}, event {claim.event.seq} recorded {value}.",
            )


def _item(claim: BundleClaim, page: int) -> Mapping[str, Any]:
    items = claim.event.body["items"] if claim.event else ()
    return next((item for item in items if item["first"] <= page <= item["last"]), NO_ITEM)


def _finding(code: str, page: int, message: str) -> Finding:
    return Finding(
        code,
        Severity.ERROR,
        f"page {page}",
        f"Page {page}: {message}",
        "Do not rely on this copy. Keep it, and take the bundle again from whoever issued it.",
    )
