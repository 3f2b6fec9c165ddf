"""One scan of one case: look, wait, hash and preserve, record, read, index. Safe to stop at any point.

What was done stays done, and the next scan goes on from there; several machines may scan a case at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from casefiles.chain.bodies import EventType
from casefiles.chain.canonical import instant_text
from casefiles.chain.events import ChainEvent, EventDraft
from casefiles.chain.journal import Chain, Journal
from casefiles.chain.names import display_name
from casefiles.chain.replay import CaseState
from casefiles.conflict_names import conflict_findings
from casefiles.findings import Finding, Severity
from casefiles.hashing import hash_prefix
from casefiles.index.store import CachedHash, CaseRecord, Index
from casefiles.intake.item_facts import Reading, read_new_items
from casefiles.intake.listing import IgnoredFile, IgnoreName, Listing, list_evidence
from casefiles.intake.scan_plan import Change, Observation, ScanPlan, Step, drafts_of, plan_scan
from casefiles.intake.take_in import Settle, facts_file_hash, take_in

_CHANGES = {
    EventType.EVIDENCE_RECEIVED: Change.RECEIVED,
    EventType.EVIDENCE_CHANGED: Change.CHANGED,
    EventType.EVIDENCE_MISSING: Change.MISSING,
    EventType.EVIDENCE_RESTORED: Change.RESTORED,
    EventType.EVIDENCE_MOVED: Change.MOVED,
}
_WEIGHTS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True)
class ScanTools:
    """What a scan takes from outside: the waiting, the ignore list (name → reason or None), and the readers.

    A path that is gone is recorded as missing by a scan at least `absent_seconds` after the one that first did
    not find it. `check` raises `Unavailable` where the share or the case is not the one that it was when the
    scan began; it is asked after looking and before anything is recorded.
    """

    settle: Settle
    ignore: IgnoreName
    reading: Reading
    absent_seconds: float = 0.0
    check: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class ScanLine:
    """A file that a scan recorded something about: its raw path, the path as shown, and its id."""

    path: bytes
    shown: str
    id: str


@dataclass(frozen=True)
class ScanReport:
    """What one scan recorded and found; what another process recorded meanwhile is not in it.

    `duplicates` are those of `received` whose bytes the case had already. `inside` counts files recorded that
    were found inside others, `items` everything that the case holds now. `events` counts events written.
    `absent` are paths that are gone and not recorded as missing yet. `done` says that a scan of the same folder
    would find nothing left to do: nothing still changing, absent, unread or unreadable.
    """

    received: tuple[ScanLine, ...]
    changed: tuple[ScanLine, ...]
    missing: tuple[ScanLine, ...]
    moved: tuple[ScanLine, ...]
    restored: tuple[ScanLine, ...]
    duplicates: tuple[ScanLine, ...]
    inside: int
    facts_changed: bool
    ignored: tuple[IgnoredFile, ...]
    findings: tuple[Finding, ...]
    items: int
    events: int
    absent: tuple[bytes, ...] = ()
    done: bool = False

    def as_json(self) -> dict[str, Any]:
        """The shape of `scan --json`: paths as shown, findings in their usual shape."""
        row: dict[str, Any] = {
            name: [{"path": line.shown, "id": line.id} for line in getattr(self, name)]
            for name in (*(change.value for change in _CHANGES.values()), "duplicates")
        }
        row["ignored"] = [
            {"path": display_name(entry.path), "reason": entry.reason} for entry in self.ignored
        ]
        row["findings"] = [finding.as_json() for finding in self.findings]
        counts = {"inside": self.inside, "items": self.items, "events": self.events}
        return row | counts | {"facts_changed": self.facts_changed}


def scan_case(journal: Journal, evidence: Sequence[str], index: Index, tools: ScanTools) -> ScanReport:
    """Bring a case's chain and index up to what stands in its `evidence` folders (relative to the case folder).

    Raises:
        Unavailable: the case, an evidence folder or the share is gone or cannot be written; nothing was
            recorded as missing.
        ChainBroken: the chain cannot be followed; nothing was added to it.
    """
    layout = journal.layout
    before = journal.state()
    listing = list_evidence(layout.folder, evidence, tools.ignore)
    taken = take_in(layout, listing, before, index.stats(before.case_uuid), tools.settle)
    absences = index.absences(before.case_uuid)
    now = journal.recorder.now()
    seen = Observation(
        files=taken.files,
        listed=frozenset(listing.files),
        conclusive=listing.complete and taken.whole,
        facts_sha256=facts_file_hash(layout),
        absent_before=_long_absent(absences, now, tools.absent_seconds),
    )
    tools.check()
    recorded, plan = _record(journal, seen)
    facts = read_new_items(journal, index, tools.reading)
    absent = _still_absent(plan, seen, absences, now)
    findings = _in_order(
        [
            *listing.findings,
            *taken.findings,
            *_withdrawn_again(plan),
            *map(_absent, absent),
            *conflict_findings({path: file.sha256 for path, file in taken.files.items()}),
            *facts.findings,
        ]
    )
    after = journal.state()
    tools.check()
    _update(index, journal, after, _Seen(listing, taken.stats, findings, absent))
    untried = [found for found in taken.findings if found.severity is Severity.ERROR]
    return ScanReport(
        **{change.value: _lines(recorded, change) for change in _CHANGES.values()},
        duplicates=_duplicates(recorded, after),
        inside=len(facts.written),
        facts_changed=any(event.type is EventType.FACTS_CHANGED for event, _step in recorded),
        ignored=listing.ignored,
        findings=findings,
        items=sum(item.disposed is None for item in after.items.values()),
        events=len(recorded) + len(facts.written),
        absent=tuple(absent),
        done=seen.conclusive and seen.facts_sha256 is not None and not (untried or absent or facts.findings),
    )


def _long_absent(absences: Mapping[bytes, str], now: datetime, seconds: float) -> frozenset[bytes]:
    """The paths that an earlier scan did not find, long enough ago."""
    limit = instant_text(now - timedelta(seconds=seconds))
    return frozenset(path for path, since in absences.items() if since <= limit)


def _still_absent(
    plan: ScanPlan, seen: Observation, absences: Mapping[bytes, str], now: datetime
) -> dict[bytes, str]:
    """The paths that are gone and not recorded as missing, and since when.

    A scan that could not see everything neither adds to them nor forgets any.
    """
    if not seen.conclusive:
        return {path: since for path, since in absences.items() if path not in seen.listed}
    return {path: absences.get(path, instant_text(now)) for path in plan.absent}


def _record(journal: Journal, seen: Observation) -> tuple[tuple[tuple[ChainEvent, Step], ...], ScanPlan]:
    """Record what was seen; returns each event written with the step it records, and the last plan."""
    steps: dict[tuple[object, ...], Step] = {}
    plans: list[ScanPlan] = []

    def decide(chain: Chain) -> Sequence[EventDraft]:
        plan = plan_scan(seen, journal.state_of(chain))
        drafts = drafts_of(plan, journal.recorder.random_bytes)
        steps.update(
            (_key(draft.type, draft.body), step) for draft, step in zip(drafts, plan.steps, strict=True)
        )
        plans.append(plan)
        return drafts

    written = journal.append(decide)
    return tuple((event, steps[_key(event.type, event.body)]) for event in written), plans[-1]


def _key(kind: EventType, body: Mapping[str, object]) -> tuple[object, ...]:
    return kind, body.get("path_id"), body["sha256"]


@dataclass(frozen=True)
class _Seen:
    """What the index is to remember of one scan, beside the case's state."""

    listing: Listing
    stats: Mapping[bytes, CachedHash]
    findings: tuple[Finding, ...]
    absences: Mapping[bytes, str]


def _update(index: Index, journal: Journal, state: CaseState, seen: _Seen) -> None:
    """Write the case to the index, unless that would change nothing."""
    ignored = tuple((entry.path, entry.reason) for entry in seen.listing.ignored)
    head = journal.read().head
    record = CaseRecord(state, head.sha256, seen.findings, ignored, seen.stats, seen.absences)
    case = state.case_uuid
    same = (
        index.head(case) == (state.seq, head.sha256)
        and index.scan_findings(case) == seen.findings
        and index.ignored(case) == ignored
        and index.stats(case) == seen.stats
        and index.absences(case) == seen.absences
    )
    if not same:
        index.put_case(record)


def _lines(recorded: Iterable[tuple[ChainEvent, Step]], change: Change) -> tuple[ScanLine, ...]:
    return tuple(_line(step) for _event, step in recorded if step.change is change)


def _line(step: Step) -> ScanLine:
    return ScanLine(step.path, display_name(step.path), hash_prefix(step.sha256))


def _duplicates(recorded: Iterable[tuple[ChainEvent, Step]], state: CaseState) -> tuple[ScanLine, ...]:
    return tuple(
        _line(step)
        for event, step in recorded
        if step.change is Change.RECEIVED and state.items[step.sha256].seq < event.seq
    )


def _withdrawn_again(plan: ScanPlan) -> Iterable[Finding]:
    for path in plan.withdrawn_again:
        yield Finding(
            "withdrawn-again",
            Severity.ERROR,
            display_name(path),
            "This file was withdrawn from the case, and is here again. It was not taken in.",
            "Delete it from the folder.",
        )


def _absent(path: bytes) -> Finding:
    return Finding(
        "file-absent",
        Severity.WARNING,
        display_name(path),
        "This file is not in the folder any more. It is not recorded as missing yet: it may only be on its way.",
        "If it was moved or deleted by mistake, put it back. A later scan records it as missing if it stays away.",
    )


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then warnings, then notes; each by what it is about."""
    return tuple(sorted(set(findings), key=lambda found: (_WEIGHTS[found.severity], found.subject, found)))
