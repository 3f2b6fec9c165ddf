"""Ready-made event drafts: what goes into the body, what is kept beside the chain, salts included.

Each takes its randomness as `random_bytes` (from the `Recorder`). Sizes are bytes, instants aware UTC.
Text that came from outside is not checked here; it never enters a body.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from casefiles.chain.bodies import Decision, DisposalReason, EventType, RecoveryReason, Source
from casefiles.chain.canonical import instant_text
from casefiles.chain.events import EventDraft
from casefiles.chain.names import NameEntry
from casefiles.chain.state import PathState

RandomBytes = Callable[[int], bytes]


def facts_changed(sha256: str) -> EventDraft:
    """`case.toml` now has this SHA-256."""
    return EventDraft(EventType.FACTS_CHANGED, {"sha256": sha256})


def received(
    random_bytes: RandomBytes,
    *,
    path: bytes | None,
    sha256: str,
    size_bytes: int,
    mtime: datetime | None,
    owner: int | None,
    suffix: str,
    parent: str | None = None,
    source: Source = Source.FOLDER,
) -> EventDraft:
    """An item came in; `path` is relative to the case folder with “/”, None for a child of a container."""
    name = None if path is None else NameEntry.make(random_bytes, path=path)
    body = {
        "path_id": name.commitment("path") if name else None,
        "sha256": sha256,
        "size": size_bytes,
        "mtime": _claimed(mtime),
        "owner": owner,
        "parent": parent,
        "source": source.value,
        "suffix": suffix,
    }
    return EventDraft(EventType.EVIDENCE_RECEIVED, body, name)


def changed(
    path: PathState, *, sha256: str, size_bytes: int, mtime: datetime | None, owner: int | None
) -> EventDraft:
    """A known path holds other bytes now."""
    body = {
        "path_id": path.path_id,
        "sha256": sha256,
        "size": size_bytes,
        "mtime": _claimed(mtime),
        "owner": owner,
        "previous": path.sha256,
    }
    return EventDraft(EventType.EVIDENCE_CHANGED, body)


def missing(path: PathState) -> EventDraft:
    """A known path is not there any more."""
    return EventDraft(EventType.EVIDENCE_MISSING, {"path_id": path.path_id, "sha256": path.sha256})


def restored(path: PathState) -> EventDraft:
    """A path that was missing is back with the bytes that it held last."""
    return EventDraft(EventType.EVIDENCE_RESTORED, {"path_id": path.path_id, "sha256": path.sha256})


def moved(random_bytes: RandomBytes, path: PathState, to: bytes) -> EventDraft:
    """The file of a known path is found under another, with the same bytes."""
    name = NameEntry.make(random_bytes, path=to)
    body = {"path_id": name.commitment("path"), "from": path.path_id, "sha256": path.sha256}
    return EventDraft(EventType.EVIDENCE_MOVED, body, name)


def unlocked(*, sha256: str, size_bytes: int, parent: str) -> EventDraft:
    """The opened copy of a protected file (`parent`) became an item of its own."""
    return EventDraft(EventType.EVIDENCE_UNLOCKED, {"sha256": sha256, "size": size_bytes, "parent": parent})


def disposed(
    random_bytes: RandomBytes,
    *,
    sha256: str,
    size_bytes: int,
    reason: DisposalReason,
    authority: str,
    path_ids: Sequence[str],
) -> EventDraft:
    """An item is withdrawn, on the authority of the person named."""
    name = NameEntry.make(random_bytes, authority=authority)
    body = {
        "sha256": sha256,
        "size": size_bytes,
        "reason_code": reason.value,
        "authority_id": name.commitment("authority"),
        "paths": list(path_ids),
    }
    return EventDraft(EventType.EVIDENCE_DISPOSED, body, name)


def assigned(sha256: str, label: str) -> EventDraft:
    """An item becomes an exhibit."""
    return EventDraft(EventType.EXHIBIT_ASSIGNED, {"sha256": sha256, "label": label})


def decided(
    random_bytes: RandomBytes, decision: Decision, sha256: str, reason: str | None = None
) -> EventDraft:
    """A person decided about an item, and perhaps said why."""
    name = None if reason is None else NameEntry.make(random_bytes, reason=reason)
    body = {
        "decision": decision.value,
        "sha256": sha256,
        "reason_id": name.commitment("reason") if name else None,
    }
    return EventDraft(EventType.DECISION_RECORDED, body, name)


def recovered(from_seq: int, reason: RecoveryReason) -> EventDraft:
    """Events from `from_seq` on that a machine saw before are lost, and the chain goes on without them."""
    return EventDraft(EventType.CHAIN_RECOVERED, {"from_seq": from_seq, "reason_code": reason.value})


def _claimed(mtime: datetime | None) -> str | None:
    return None if mtime is None else instant_text(mtime)
