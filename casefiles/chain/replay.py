"""Events in, the state of the case out. Pure: names come in as a function, nothing is read here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from casefiles.chain.bodies import Decision, EventType, Source
from casefiles.chain.events import FIRST_PREV, ChainEvent
from casefiles.chain.names import AUTHORITY, BUNDLE, REASON, NameEntry
from casefiles.chain.state import (
    BundleRecord,
    CaseState,
    CheckpointRecord,
    DecisionMade,
    Disposal,
    EvidenceItem,
    PathState,
    PathStatus,
    Reception,
    Version,
)

__all__ = ["CaseState", "EvidenceItem", "PathState", "PathStatus", "Replayer", "replay"]

PathKey = bytes | str


def replay(events: Iterable[ChainEvent], names: Callable[[str], NameEntry | None]) -> CaseState:
    """The case as `events` (in order, from the first) tell it; `names` gives an event id's names entry."""
    replayer = Replayer()
    for event in events:
        replayer.apply(event, names(event.id))
    return replayer.state()


class Replayer:
    """Applies events one by one; `state` may be asked for at any point.

    A path is keyed by its raw bytes, or by its path id where the name is lost.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.head_sha256 = FIRST_PREV
        self._case = {"case": "", "kind": "", "reference": ""}
        self._facts: str | None = None
        self._items: dict[str, EvidenceItem] = {}
        self._paths: dict[PathKey, PathState] = {}
        self._key_of_id: dict[str, PathKey] = {}
        self._bundle_names: dict[str, str] = {}
        self._waiting: dict[PathKey, tuple[str, str]] = {}
        self._superseded: dict[str, str] = {}
        self._exhibits: dict[str, str] = {}
        self._decisions: list[DecisionMade] = []
        self._bundles: list[BundleRecord] = []
        self._checkpoints: list[CheckpointRecord] = []
        self._keys: list[str] = []
        self._events: list[ChainEvent] = []

    def apply(self, event: ChainEvent, name: NameEntry | None) -> None:
        """Takes in the next event and what it keeps beside the chain."""
        handler = _HANDLERS.get(event.type)
        if handler:
            handler(self, event, event.body, name)
        self._events.append(event)
        self.seq = event.seq
        self.head_sha256 = event.sha256

    def state(self) -> CaseState:
        """The state after the last event applied; later events do not change it."""
        return CaseState(
            seq=self.seq,
            case_uuid=self._case["case"],
            kind=self._case["kind"],
            reference=self._case["reference"],
            facts_sha256=self._facts,
            items=MappingProxyType(dict(self._items)),
            paths=MappingProxyType(
                {key: path for key, path in self._paths.items() if isinstance(key, bytes)}
            ),
            unnamed_paths=MappingProxyType(
                {key: path for key, path in self._paths.items() if isinstance(key, str)}
            ),
            exhibits=MappingProxyType(dict(self._exhibits)),
            superseded=MappingProxyType(self._still_superseded()),
            decisions=tuple(self._decisions),
            bundles=tuple(self._bundles),
            checkpoints=tuple(self._checkpoints),
            keys=tuple(self._keys),
            events=tuple(self._events),
        )

    def _still_superseded(self) -> dict[str, str]:
        """Without those that still stand under another path, or stand again."""
        if not self._superseded:
            return {}
        standing = {
            path.base_sha256 for path in self._paths.values() if path.status is not PathStatus.DISPOSED
        }
        return {old: new for old, new in self._superseded.items() if old not in standing}

    def _opened(self, _event: ChainEvent, body: Any, _name: NameEntry | None) -> None:
        self._case = {key: str(body[key]) for key in self._case}

    def _facts_changed(self, _event: ChainEvent, body: Any, _name: NameEntry | None) -> None:
        self._facts = body["sha256"]

    def _received(self, event: ChainEvent, body: Any, name: NameEntry | None) -> None:
        key = self._introduce(body["path_id"], name) if body["path_id"] else None
        path = key if isinstance(key, bytes) else None
        reception = Reception(event.seq, event.id, path, event.at, body["parent"], body["source"])
        self._receive(event, body, reception, body["suffix"])
        if key is not None:
            self._hold(event, key, body, base=None)

    def _changed(self, event: ChainEvent, body: Any, name: NameEntry | None) -> None:
        key = self._introduce(body["path_id"], name)
        path = key if isinstance(key, bytes) else None
        suffix = self._items[body["previous"]].suffix if body["previous"] in self._items else ""
        self._receive(
            event, body, Reception(event.seq, event.id, path, event.at, None, Source.FOLDER), suffix
        )
        known = self._paths.get(key)
        self._hold(event, key, body, base=known.base_sha256 if known else body["previous"])

    def _missing(self, _event: ChainEvent, body: Any, name: NameEntry | None) -> None:
        self._set_status(self._introduce(body["path_id"], name), PathStatus.MISSING)

    def _restored(self, event: ChainEvent, body: Any, name: NameEntry | None) -> None:
        key = self._introduce(body["path_id"], name)
        known = self._paths.get(key)
        if known:
            version = Version(event.seq, event.at, body["sha256"])
            self._paths[key] = replace(
                known,
                status=PathStatus.PRESENT,
                sha256=body["sha256"],
                history=(*known.history, version),
            )
            self._await_decision(key)

    def _moved(self, event: ChainEvent, body: Any, name: NameEntry | None) -> None:
        old_key = self._key_of_id.get(body["from"], body["from"])
        old = self._paths.pop(old_key, None)
        self._waiting.pop(old_key, None)
        key = self._introduce(body["path_id"], name)
        version = Version(event.seq, event.at, body["sha256"])
        self._paths[key] = PathState(
            path=key if isinstance(key, bytes) else None,
            path_id=body["path_id"],
            sha256=body["sha256"],
            status=PathStatus.PRESENT,
            history=(*(old.history if old else ()), version),
            base_sha256=old.base_sha256 if old else body["sha256"],
            size_bytes=old.size_bytes if old else 0,
            claimed_mtime=old.claimed_mtime if old else None,
        )
        self._await_decision(key)

    def _unlocked(self, event: ChainEvent, body: Any, _name: NameEntry | None) -> None:
        parent = body["parent"]
        reception = Reception(event.seq, event.id, None, event.at, parent, Source.UNLOCKED)
        suffix = self._items[parent].suffix if parent in self._items else ""
        self._receive(event, body, reception, suffix)
        self._items[body["sha256"]] = replace(self._items[body["sha256"]], unlocked_from=parent)
        if parent in self._items:
            self._items[parent] = replace(self._items[parent], unlocked_as=body["sha256"])

    def _disposed(self, event: ChainEvent, body: Any, name: NameEntry | None) -> None:
        authority = name.text(AUTHORITY) if name else None
        disposal = Disposal(event.seq, event.id, event.at, body["reason_code"], authority)
        item = self._items.get(body["sha256"])
        if item:
            self._items[item.sha256] = replace(item, disposed=disposal)
        for path_id in body["paths"]:
            self._set_status(self._key_of_id.get(path_id, path_id), PathStatus.DISPOSED)

    def _assigned(self, _event: ChainEvent, body: Any, _name: NameEntry | None) -> None:
        self._exhibits[body["sha256"]] = body["label"]

    def _decided(self, event: ChainEvent, body: Any, name: NameEntry | None) -> None:
        reason = name.text(REASON) if name else None
        made = DecisionMade(event.seq, event.at, body["decision"], body["sha256"], reason, event.actor.user)
        self._decisions.append(made)
        if made.decision not in (Decision.ACCEPT, Decision.REJECT):
            return
        for key in [key for key, (_base, new) in self._waiting.items() if new == made.sha256]:
            if made.decision == Decision.ACCEPT:
                self._superseded.pop(made.sha256, None)
                self._superseded[self._paths[key].base_sha256] = made.sha256
                self._paths[key] = replace(self._paths[key], base_sha256=made.sha256)
            self._stop_waiting(key)

    def _bundle(self, event: ChainEvent, body: Any, name: NameEntry | None) -> None:
        text = name.text(BUNDLE) if name else None
        if text is not None:
            self._bundle_names[body["bundle_id"]] = text
        text = self._bundle_names.get(body["bundle_id"])
        self._bundles.append(BundleRecord(event.seq, event.at, event.type, text, body))

    def _checkpoint(self, event: ChainEvent, body: Any, _name: NameEntry | None) -> None:
        self._checkpoints.append(CheckpointRecord(event.seq, event.at, **body))

    def _key_added(self, _event: ChainEvent, body: Any, _name: NameEntry | None) -> None:
        self._keys.append(body["fingerprint"])

    def _introduce(self, path_id: str, name: NameEntry | None) -> PathKey:
        """The key of a path: by this event's name, else by an earlier event's, else the id itself."""
        if name is not None and name.path is not None and name.commitment("path") == path_id:
            self._key_of_id[path_id] = name.path
        return self._key_of_id.get(path_id, path_id)

    def _receive(self, event: ChainEvent, body: Any, reception: Reception, suffix: str) -> None:
        known = self._items.get(body["sha256"])
        if known:
            # The same bytes received anew after a withdrawal are evidence again, by a recorded act.
            self._items[known.sha256] = replace(
                known, receptions=(*known.receptions, reception), disposed=None
            )
            return
        self._items[body["sha256"]] = EvidenceItem(
            sha256=body["sha256"],
            size_bytes=body["size"],
            suffix=suffix,
            seq=event.seq,
            received_at=event.at,
            receptions=(reception,),
            parent=reception.parent,
        )

    def _hold(self, event: ChainEvent, key: PathKey, body: Any, base: str | None) -> None:
        known = self._paths.get(key)
        version = Version(event.seq, event.at, body["sha256"])
        self._paths[key] = PathState(
            path=key if isinstance(key, bytes) else None,
            path_id=body["path_id"],
            sha256=body["sha256"],
            status=PathStatus.PRESENT,
            history=(*(known.history if known else ()), version),
            base_sha256=base or body["sha256"],
            size_bytes=body["size"],
            claimed_mtime=body["mtime"],
        )
        self._await_decision(key)

    def _set_status(self, key: PathKey, status: PathStatus) -> None:
        if key in self._paths:
            self._paths[key] = replace(self._paths[key], status=status)
        if status is PathStatus.DISPOSED:
            self._stop_waiting(key)

    def _await_decision(self, key: PathKey) -> None:
        """A path that holds other bytes than the version that stands waits for a person."""
        path = self._paths[key]
        self._stop_waiting(key)
        if path.sha256 != path.base_sha256:
            self._waiting[key] = (path.base_sha256, path.sha256)
            self._note_waiting(path.base_sha256)

    def _stop_waiting(self, key: PathKey) -> None:
        waited = self._waiting.pop(key, None)
        if waited:
            self._note_waiting(waited[0])

    def _note_waiting(self, base: str) -> None:
        item = self._items.get(base)
        if item:
            news = dict.fromkeys(new for standing, new in self._waiting.values() if standing == base)
            self._items[base] = replace(item, awaiting=tuple(news))


_Handler = Callable[[Replayer, ChainEvent, Any, NameEntry | None], None]
_HANDLERS: dict[EventType, _Handler] = {
    EventType.CASE_OPENED: Replayer._opened,
    EventType.FACTS_CHANGED: Replayer._facts_changed,
    EventType.EVIDENCE_RECEIVED: Replayer._received,
    EventType.EVIDENCE_CHANGED: Replayer._changed,
    EventType.EVIDENCE_MISSING: Replayer._missing,
    EventType.EVIDENCE_RESTORED: Replayer._restored,
    EventType.EVIDENCE_MOVED: Replayer._moved,
    EventType.EVIDENCE_UNLOCKED: Replayer._unlocked,
    EventType.EVIDENCE_DISPOSED: Replayer._disposed,
    EventType.EXHIBIT_ASSIGNED: Replayer._assigned,
    EventType.DECISION_RECORDED: Replayer._decided,
    EventType.BUNDLE_ASSEMBLED: Replayer._bundle,
    EventType.BUNDLE_ISSUED: Replayer._bundle,
    EventType.BUNDLE_SUPPLEMENTED: Replayer._bundle,
    EventType.CHECKPOINT: Replayer._checkpoint,
    EventType.KEY_ADDED: Replayer._key_added,
}
