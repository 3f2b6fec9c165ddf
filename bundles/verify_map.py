"""The page map of a bundle: which row of the manifest speaks of which page, and what the chain says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bundles.model import PageRange
from bundles.proof.attached import AttachedManifest
from bundles.proof.reading import PdfFile
from casefiles.chain.bodies import EventType
from casefiles.chain.bundle_files import RecordedPdf, recorded_pdfs, recorded_sha256s
from casefiles.chain.events import ChainEvent
from casefiles.chain.report import Step, make_step
from casefiles.findings import Finding, Severity

BUNDLE_EVENTS = (EventType.BUNDLE_ISSUED, EventType.BUNDLE_SUPPLEMENTED, EventType.BUNDLE_ASSEMBLED)
RECEPTIONS = (EventType.EVIDENCE_RECEIVED, EventType.EVIDENCE_CHANGED, EventType.EVIDENCE_UNLOCKED)
NO_ITEM: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Part:
    """Consecutive pages of the bundle (1-based, inclusive) that show one derived file from its page `from_page` on.

    `of_pages` is how many pages that file must have, 0 where other volumes show the rest and nothing says how many.

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
    from_page: int = 1
    of_pages: int = 0

    @property
    def shown(self) -> PageRange:
        """The pages of the derived file that are shown."""
        return PageRange(self.from_page, self.from_page + self.last - self.first)

    @property
    def is_front(self) -> bool:
        """Cover and index."""
        return not self.evidence


@dataclass(frozen=True)
class BundleClaim:
    """What the bundle claims of itself, and what the chain recorded of it; None where there is none.

    `kept` is the manifest kept beside the issue, only where it is the one that the chain recorded. `pdf` is what was
    recorded of this very file or volume.
    """

    manifest: AttachedManifest | None
    event: ChainEvent | None
    kept: AttachedManifest | None = None
    pdf: RecordedPdf | None = None

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

    @property
    def first_page(self) -> int:
        """The number of the first page."""
        if self.pdf is not None:
            return self.pdf.first
        return int(self.manifest.head["first_page"]) if self.manifest else 1

    def outside(self, volume: int) -> frozenset[int]:
        """The pages of another volume's file, counted within it, at which something begins there."""
        if self.event is None:
            return frozenset()
        pdf = recorded_pdfs(self.event.body)[volume - 1]
        firsts = (int(item["first"]) for item in self.event.body["items"])
        return frozenset(first - pdf.first + 1 for first in firsts if pdf.first <= first <= pdf.last)

    def _recorded(self) -> Iterator[Part]:
        assert self.event is not None and self.pdf is not None  # noqa: S101 - for the type checker
        pdf = self.pdf
        every = sorted(self.event.body["items"], key=lambda item: int(item["first"]))
        totals = _totals(every)
        items = [item for item in every if pdf.first <= item["first"] <= pdf.last]
        behind = int(items[0]["first"]) if items else pdf.last + 1
        if behind > pdf.first:
            yield Part(pdf.first, behind - 1, "", pdf.front_sha256, "", "", "", of_pages=behind - pdf.first)
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
                int(item.get("from", 1)),
                totals[int(item["first"])],
            )

    def _claimed(self) -> Iterator[Part]:
        if self.manifest is None:
            return
        head, rows = self.manifest.head, self.manifest.rows
        front = int(head["front_pages"])
        first = int(head["first_page"])
        yield Part(first, first + front - 1, "", head["front_sha256"], "", "", "", of_pages=front)
        start = 0
        for at, row in enumerate(rows):
            if at + 1 == len(rows) or _begins(rows[at + 1], row):
                edge = (start == 0 and head["volume"] > 1) or (
                    at + 1 == len(rows) and head["volume"] < head["volumes"]
                )
                yield Part(
                    rows[start]["page"], row["page"], row["evidence_sha256"], row["derived_sha256"], row["kind"],
                    row["converter"], row["converter_version"], row["programs"], row["treatment"],
                    rows[start]["source_page"], 0 if edge else row["source_page"],
                )  # fmt: skip
                start = at + 1


def _begins(row: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a manifest's row begins another document than the row before it."""
    return bool(
        row["source_page"] != before["source_page"] + 1 or row["derived_sha256"] != before["derived_sha256"]
    )


def _totals(items: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """For each item's first page, how many pages of its derived file it and the items that go on from it show."""
    totals: dict[int, int] = {}
    run: list[int] = []
    shown = 0
    for item in items:
        start = int(item.get("from", 1))
        if start == 1:
            run, shown = [], 0
        # a part that does not go on from the one before it leaves pages out: the count then cannot fit the file
        shown = shown + item["last"] - item["first"] + 1 if start == shown + 1 else -1
        run.append(int(item["first"]))
        totals.update(dict.fromkeys(run, shown))
    return totals


def bundle_event(
    events: Sequence[ChainEvent], sha256: str, manifest: AttachedManifest | None
) -> ChainEvent | None:
    """The event about a bundle: that of its SHA-256, else the one whose items are most like the manifest's.

    An altered file is no event's any more; what it was made from still shows which one it claims to be.
    """
    known = [event for event in events if event.type in BUNDLE_EVENTS]
    exact = [event for event in known if sha256 in recorded_sha256s(event.body)]
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


def recorded_pdf(event: ChainEvent, sha256: str, manifest: AttachedManifest | None) -> RecordedPdf:
    """What the event recorded of this file: by its SHA-256, else by the volume that it claims to be."""
    pdfs = recorded_pdfs(event.body)
    exact = [pdf for pdf in pdfs if pdf.sha256 == sha256]
    claimed = int(manifest.head["volume"]) if manifest else 1
    return exact[0] if exact else pdfs[min(max(claimed, 1), len(pdfs)) - 1]


def page_map(claim: BundleClaim, events: Mapping[int, ChainEvent], bundle: PdfFile | None) -> Step:
    """Step 5: the manifest row by row with the events, with what was recorded of the bundle, and with its pages."""
    manifest = claim.manifest
    findings: list[Finding] = []
    if manifest is not None:
        findings += _complete(manifest, bundle)
        if claim.event is not None and claim.pdf is not None:
            findings += _head(manifest, claim.event, claim.pdf)
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
    pages, first = manifest.head["pages"], manifest.head["first_page"]
    behind = first + manifest.head["front_pages"]
    listed = [row["page"] for row in manifest.rows]
    if listed != list(range(behind, first + pages)):
        missing = sorted(set(range(behind, first + pages)) - set(listed))
        named = f"page {missing[0]} is missing" if missing else "its pages are not in order"
        yield _finding(
            "map-incomplete", missing[0] if missing else behind, f"the manifest is not whole: {named}."
        )
    if bundle is not None and bundle.page_count != pages:
        yield _finding(
            "map-pages", first, f"the file has {bundle.page_count} pages and the manifest speaks of {pages}."
        )


def _head(manifest: AttachedManifest, event: ChainEvent, pdf: RecordedPdf) -> Iterator[Finding]:
    recorded = {
        "version": event.body["version"],
        "profile": event.body["profile"],
        "pages": pdf.last - pdf.first + 1,
        "front_sha256": pdf.front_sha256,
        "first_page": pdf.first,
        "volume": pdf.volume,
        "volumes": pdf.volumes,
    }
    for key, value in recorded.items():
        if manifest.head[key] != value:
            message = f"the manifest gives its {key} as {manifest.head[key]}, event {event.seq} {value}."
            yield _finding("map-head", pdf.first, message)
    yield from _set(event)


def _set(event: ChainEvent) -> Iterator[Finding]:
    """The volumes of a bundle together have every page once and in order, and so have the items in them."""
    pdfs = recorded_pdfs(event.body)
    page = 1
    for key in ("sha256", "size", "manifest_sha256", "front_sha256"):
        if event.body[key] != (event.body.get("volumes") or [event.body])[0][key]:
            message = f"event {event.seq} records another {key} for the bundle than for its first volume."
            yield _finding("map-volumes", page, message)
    for pdf in pdfs:
        if pdf.first != page:
            message = (
                f"volume {pdf.volume} begins with page {pdf.first}, event {event.seq} records, not {page}."
            )
            yield _finding("map-volumes", page, message)
        page = pdf.last + 1
    if page != event.body["pages"] + 1:
        message = f"the volumes end with page {page - 1}, the bundle has {event.body['pages']}."
        yield _finding("map-volumes", page - 1, message)
    for item in event.body["items"]:
        if not any(pdf.first <= item["first"] and item["last"] <= pdf.last for pdf in pdfs):
            message = f"event {event.seq} records an item there that is in no volume."
            yield _finding("map-volumes", int(item["first"]), message)


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
        "source_page": page - int(item["first"]) + int(item.get("from", 1)) if item else None,
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
