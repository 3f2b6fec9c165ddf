"""Taking a checkpoint: signing the chain's head with this machine's key, and recording that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from casefiles.chain.admission import require_active
from casefiles.chain.bodies import EventType
from casefiles.chain.canonical import instant_text
from casefiles.chain.checkpoints import (
    Checkpoint,
    SignedCheckpoint,
    decode,
    describe,
    is_due,
    is_of_event,
    read,
    text_file,
)
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Journal
from casefiles.chain.keyring import KeyRing
from casefiles.chain.keys import SigningKey, public_pem, short
from casefiles.chain.linked import Chain
from casefiles.errors import Unavailable, VerificationFailed
from casefiles.files.plain import read_plain
from casefiles.files.publish import publish_new, remove_file
from casefiles.files.reach import reaching
from casefiles.layout import CaseLayout

UNFINISHED = timedelta(minutes=1)


def latest(journal: Journal) -> SignedCheckpoint | None:
    """The last checkpoint that the chain mentions, with its signature; None before the first.

    Raises:
        Unavailable, ChainBroken: as for `Journal.read`.
        VerificationFailed: its files are missing, damaged, or not what the chain says.
    """
    events = [event for event in journal.read().events if event.type is EventType.CHECKPOINT]
    if not events:
        return None
    last = max(events, key=lambda event: int(event.body["size"]))
    found = read(journal.layout, int(last.body["size"]))
    if found is None or not is_of_event(found.checkpoint, last):
        raise VerificationFailed(
            f"The files of checkpoint {last.body['size']} are missing or not what event {last.seq} says.",
            remedy="Run “casebinder verify” on the case and put the checkpoint's files back from a backup.",
        )
    return found


def take(journal: Journal, ring: KeyRing, key: SigningKey) -> SignedCheckpoint:
    """Signs the chain's present head if a checkpoint is due, and records that; otherwise the last one.

    The key, and the keys that lead from it to the workspace's first, are recorded in the chain first, so that
    the case can be checked without the workspace.

    Raises:
        Blocked: the key is not admitted or is retired.
        Unavailable: the share cannot be written, or another machine is in the middle of a checkpoint.
        ChainBroken, VerificationFailed: the chain or a checkpoint on it does not hold.
    """
    require_active(ring, key)
    last = latest(journal)
    if last is not None and not is_due(journal.read()):
        return last
    journal.append(lambda chain: _missing_keys(chain, ring, key))
    chain = journal.read()
    signed = _publish(journal, chain, ring, key)
    journal.append(lambda chain: [] if _is_recorded(chain, signed) else [signed.checkpoint.event_draft()])
    return signed


def _missing_keys(chain: Chain, ring: KeyRing, key: SigningKey) -> list[EventDraft]:
    known = {event.body["fingerprint"] for event in chain.events if event.type is EventType.KEY_ADDED}
    return [
        EventDraft(EventType.KEY_ADDED, entry.event_body())
        for entry in ring.path_to_root(key.fingerprint)
        if entry.fingerprint not in known
    ]


def _publish(journal: Journal, chain: Chain, ring: KeyRing, key: SigningKey) -> SignedCheckpoint:
    layout, now = journal.layout, journal.recorder.now()
    _publish_public_keys(layout, ring, key)
    ours = describe(chain, instant_text(now), key.fingerprint)
    path = text_file(layout, ours.size)
    if not publish_new(layout.chain_tmp, path, ours.encode()):
        other = _take_over(path, now, key.fingerprint)
        if other is not None and other.size == ours.size and other.key != key.fingerprint:
            return _of_other_machine(layout, ours, ring)
        if other is None:
            return _publish(journal, chain, ring, key)
        ours = other
    if (ours.root, ours.head) != (describe(chain, ours.at, ours.key).root, chain.head.sha256):
        raise VerificationFailed(
            f"Checkpoint file {path.name} does not describe the chain as it is now.",
            remedy="Run “casebinder verify” on the case.",
        )
    signed = SignedCheckpoint(ours, key.sign(ours.encode()))
    publish_new(layout.chain_tmp, path.with_suffix(".sig"), signed.signature)
    return signed


def _take_over(path: Path, now: datetime, fingerprint: str) -> Checkpoint | None:
    """The checkpoint text under the number that we wanted: our own, another machine's, or None if it is now free."""
    with reaching(path):
        try:
            data, written = read_plain(path), path.lstat().st_mtime
            found = decode(data)
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise VerificationFailed(
                f"Checkpoint file {path.name} is damaged: {error}.", remedy="Put it back from a backup."
            ) from error
    if found.key == fingerprint or path.with_suffix(".sig").exists():
        return found
    if now - datetime.fromtimestamp(written, UTC) < UNFINISHED:
        raise Unavailable(
            "Another machine is in the middle of signing a checkpoint of this case.",
            remedy="Run the command again in a minute.",
        )
    remove_file(path)
    return None


def _of_other_machine(layout: CaseLayout, ours: Checkpoint, ring: KeyRing) -> SignedCheckpoint:
    found = read(layout, ours.size)
    holder = ring.records.get(found.checkpoint.key) if found else None
    same = found is not None and (found.checkpoint.root, found.checkpoint.head) == (ours.root, ours.head)
    if found is None or holder is None or not same or not found.signed_by(holder.public_key):
        raise VerificationFailed(
            f"The checkpoint over {ours.size} events is not signed by a key that this workspace trusts.",
            remedy="Run “casebinder verify” on the case.",
        )
    return found


def _publish_public_keys(layout: CaseLayout, ring: KeyRing, key: SigningKey) -> None:
    """Beside the checkpoints, so that openssl can check them with nothing else at hand."""
    for entry in ring.path_to_root(key.fingerprint):
        target = layout.checkpoints / f"{short(entry.fingerprint)}.pem"
        if not target.exists():
            publish_new(layout.chain_tmp, target, public_pem(entry.public_key))


def _is_recorded(chain: Chain, signed: SignedCheckpoint) -> bool:
    return any(
        event.type is EventType.CHECKPOINT and is_of_event(signed.checkpoint, event) for event in chain.events
    )
