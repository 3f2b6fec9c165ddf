"""What people decide about an item, recorded in the chain: placeholders, new versions, opened copies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from casefiles.chain import drafts, originals
from casefiles.chain.bodies import Decision
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Chain, Journal
from casefiles.chain.state import CaseState, EvidenceItem
from casefiles.errors import UsageError


def record_placeholder(journal: Journal, sha256: str, reason: str) -> bool:
    """Record that a placeholder page stands for an item; False where that reason is recorded already.

    Raises:
        UsageError: the reason is empty, or the case has no such item.
        Unavailable: the share cannot be written.
    """
    if not reason.strip():
        raise UsageError("A placeholder needs a reason.", remedy="Add --reason 'why its pages are not here'.")
    _held_item(journal.state(), sha256)

    def decide(chain: Chain) -> Sequence[EventDraft]:
        made = journal.state_of(chain).placeholders.get(sha256)
        if made is not None and made.reason == reason.strip():
            return []
        return [drafts.decided(journal.recorder.random_bytes, Decision.PLACEHOLDER, sha256, reason.strip())]

    return bool(journal.append(decide))


def record_version_decision(journal: Journal, sha256: str, decision: Decision) -> None:
    """Accept or reject an edited version on which a decision waits.

    Raises:
        UsageError: no version with that SHA-256 waits for a decision.
        Unavailable: the share cannot be written.
    """

    def decide(chain: Chain) -> Sequence[EventDraft]:
        state = journal.state_of(chain)
        if not any(sha256 in item.awaiting for item in state.items.values()):
            return []
        return [drafts.decided(journal.recorder.random_bytes, decision, sha256)]

    if not journal.append(decide):
        raise UsageError(
            f"No edited version {sha256[:8]} waits for a decision.",
            remedy="“casebinder status” lists the versions that wait, with their ids.",
        )


def record_opened_copy(journal: Journal, parent: str, opened: Path) -> str:
    """Preserve the opened copy of a protected file as evidence of its own; its SHA-256.

    Raises:
        UsageError: the case has no such protected file.
        Unavailable: the share cannot be written.
    """
    item = _held_item(journal.state(), parent)
    kept = originals.preserve(journal.layout, opened, item.suffix)

    def decide(chain: Chain) -> Sequence[EventDraft]:
        if journal.state_of(chain).items[parent].unlocked_as == kept.sha256:
            return []
        return [drafts.unlocked(sha256=kept.sha256, size_bytes=kept.size_bytes, parent=parent)]

    journal.append(decide)
    return kept.sha256


def _held_item(state: CaseState, sha256: str) -> EvidenceItem:
    item = state.items.get(sha256)
    if item is None or item.disposed is not None:
        raise UsageError(
            f"The case has no item {sha256[:8]}.", remedy="Give its name or id as status shows it."
        )
    return item
