"""The case as its chain tells it: plain values, no file touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from casefiles.chain.bodies import Decision, EventType
from casefiles.chain.events import ChainEvent
from casefiles.hashing import hash_prefix


class PathStatus(StrEnum):
    """Whether a path that we know is there, was found missing, or was withdrawn."""

    PRESENT = "present"
    MISSING = "missing"
    DISPOSED = "disposed"


@dataclass(frozen=True)
class Version:
    """What a path held from event `seq` on (`at`: UTC)."""

    seq: int
    at: str
    sha256: str


@dataclass(frozen=True)
class PathState:
    """One path, relative to the case folder with “/”, as raw bytes; `path` is None if its name is lost.

    `sha256` is what it holds now (or held last). `base_sha256` is the version that stands: the first one
    received there, or the last one that a person accepted. `claimed_mtime` is UTC, as the share claims it.
    """

    path: bytes | None
    path_id: str
    sha256: str
    status: PathStatus
    history: tuple[Version, ...]
    base_sha256: str
    size_bytes: int
    claimed_mtime: str | None


@dataclass(frozen=True)
class Reception:
    """One time that these bytes came to us; `path` is None for a child of a container or a lost name."""

    seq: int
    event_id: str
    path: bytes | None
    at: str
    parent: str | None
    source: str


@dataclass(frozen=True)
class Disposal:
    """That an item was withdrawn: when (UTC), under which code, on whose authority (None: name lost)."""

    seq: int
    event_id: str
    at: str
    reason_code: str
    authority: str | None


@dataclass(frozen=True)
class EvidenceItem:
    """An original as received, known by its SHA-256; `seq` and `received_at` (UTC) are of its first event.

    `awaiting` are the SHA-256 of newer versions found under its path, on which nobody has decided yet.
    `unlocked_from` is the protected file that this is the opened copy of, `unlocked_as` the reverse.
    """

    sha256: str
    size_bytes: int
    suffix: str
    seq: int
    received_at: str
    receptions: tuple[Reception, ...]
    parent: str | None = None
    disposed: Disposal | None = None
    unlocked_from: str | None = None
    unlocked_as: str | None = None
    awaiting: tuple[str, ...] = ()

    @property
    def short_id(self) -> str:
        """The first eight digits of its SHA-256: what people see."""
        return hash_prefix(self.sha256)


@dataclass(frozen=True)
class DecisionMade:
    """What a person decided about an item, when (UTC), by whose account, and why (None: not given or lost)."""

    seq: int
    at: str
    decision: str
    sha256: str
    reason: str | None
    user: str


@dataclass(frozen=True)
class BundleRecord:
    """A bundle that was assembled, issued or supplemented; `name` is None if its name is lost."""

    seq: int
    at: str
    type: EventType
    name: str | None
    body: Mapping[str, Any]


@dataclass(frozen=True)
class CheckpointRecord:
    """A checkpoint that the chain mentions: event `seq`, tree size, Merkle root, head, key fingerprint."""

    seq: int
    at: str
    size: int
    root: str
    head: str
    key: str


@dataclass(frozen=True)
class CaseState:
    """Everything that the events up to `seq` say. `paths` holds only paths whose names are known.

    `exhibits` maps SHA-256 to label; `unnamed_paths` maps path id to the state of a path whose name is lost.
    `superseded` maps a version that stood once to the one that a person accepted in its stead.
    """

    seq: int
    case_uuid: str
    kind: str
    reference: str
    facts_sha256: str | None
    items: Mapping[str, EvidenceItem]
    paths: Mapping[bytes, PathState]
    unnamed_paths: Mapping[str, PathState]
    exhibits: Mapping[str, str]
    superseded: Mapping[str, str]
    decisions: tuple[DecisionMade, ...]
    bundles: tuple[BundleRecord, ...]
    checkpoints: tuple[CheckpointRecord, ...]
    keys: tuple[str, ...]
    events: tuple[ChainEvent, ...]

    @property
    def placeholders(self) -> Mapping[str, DecisionMade]:
        """SHA-256 → the latest decision to put a placeholder page in the item's stead."""
        return {made.sha256: made for made in self.decisions if made.decision == "placeholder"}

    @property
    def issued(self) -> tuple[BundleRecord, ...]:
        """Bundles that have left the house, supplements included, in order."""
        kinds = (EventType.BUNDLE_ISSUED, EventType.BUNDLE_SUPPLEMENTED)
        return tuple(bundle for bundle in self.bundles if bundle.type in kinds)

    @cached_property
    def unaccepted(self) -> frozenset[str]:
        """Edited versions that never counted (SHA-256): they wait, were rejected, or were edited again or undone
        before anybody decided. Bytes that also came to the case by themselves are not among them."""
        edited = {str(event.body["sha256"]) for event in self.events_of(EventType.EVIDENCE_CHANGED)}
        if not edited:
            return frozenset()
        came = (EventType.EVIDENCE_RECEIVED, EventType.EVIDENCE_UNLOCKED)
        own = {str(event.body["sha256"]) for event in self.events_of(*came)}
        accepted = {made.sha256 for made in self.decisions if made.decision == Decision.ACCEPT}
        return frozenset(edited - own - accepted)

    def latest_decision(self, decision: Decision, sha256: str) -> DecisionMade | None:
        """The last decision of that sort about an item, or None."""
        made = (each for each in reversed(self.decisions) if each.sha256 == sha256)
        return next((each for each in made if each.decision == decision), None)

    def events_of(self, *types: EventType) -> tuple[ChainEvent, ...]:
        """The events of these types, in order."""
        return tuple(event for event in self.events if event.type in types)

    def children_of(self, sha256: str) -> tuple[EvidenceItem, ...]:
        """The items taken out of this one, in the order received."""
        return tuple(item for item in self.items.values() if item.parent == sha256)
