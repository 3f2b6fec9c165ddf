"""What people decide about an item, recorded in the chain: placeholders, new versions, opened copies, withdrawals."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from casefiles.chain import drafts, originals
from casefiles.chain.bodies import Decision, DisposalReason
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Chain, Journal
from casefiles.chain.names import PATH
from casefiles.chain.names import file_name as names_file
from casefiles.chain.state import CaseState, EvidenceItem
from casefiles.errors import UsageError
from casefiles.hashing import sha256_file
from casefiles.layout import CaseLayout
from casefiles.publish import reaching, remove_file


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


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal took away: SHA-256 of every item gone, and the names of bundles that bound one of them."""

    withdrawn: tuple[str, ...]
    files_removed: int
    bound_in: tuple[str, ...]


def withdraw(
    journal: Journal, sha256: str, reason: DisposalReason, authority: str, forget: Callable[[str], None]
) -> Withdrawal:
    """Take an item, everything taken out of it and its opened copy out of the case; hash, size, date, code and
    authority stay in the chain.

    The event comes first, then the bytes go: from the evidence folders, the originals, and (by `forget`, called with
    each SHA-256) this machine's caches and index. The names of its paths go too. Run again, it finishes what an
    interruption left.

    Raises:
        UsageError: the case has no such item, or nobody is named.
        Unavailable: the share cannot be written.
    """
    if not authority.strip():
        raise UsageError("A withdrawal needs a name.", remedy="Add --by with the name of who decided it.")
    state = journal.state()
    if sha256 not in state.items:
        raise UsageError(
            f"The case has no item {sha256[:8]}.", remedy="Give its name or id as status shows it."
        )
    family = _family(state, sha256)

    def decide(chain: Chain) -> Sequence[EventDraft]:
        now = journal.state_of(chain)
        return [
            drafts.disposed(
                journal.recorder.random_bytes,
                sha256=each,
                size_bytes=now.items[each].size_bytes,
                reason=reason,
                authority=authority.strip(),
                path_ids=[path.path_id for path in now.paths.values() if path.sha256 == each],
            )
            for each in family
            if now.items[each].disposed is None
        ]

    journal.append(decide)
    removed = sum(_remove_bytes(journal.layout, state, each) for each in family)
    for each in family:
        forget(each)
    _forget_names(journal, state, family)
    return Withdrawal(tuple(family), removed, _bound_in(state, family))


def _family(state: CaseState, sha256: str) -> list[str]:
    found = [sha256]
    for each in found:
        item = state.items[each]
        found += [child.sha256 for child in state.children_of(each) if child.sha256 not in found]
        if item.unlocked_as and item.unlocked_as not in found:
            found.append(item.unlocked_as)
    return found


def _remove_bytes(layout: CaseLayout, state: CaseState, sha256: str) -> int:
    """Remove the original, and the file at each known path if it still holds these very bytes."""
    removed = originals.dispose(layout, sha256)
    for path in state.paths.values():
        if path.sha256 != sha256 or path.path is None:
            continue
        place = layout.folder / Path(os.fsdecode(path.path))
        with reaching(place):
            same = place.is_file() and not place.is_symlink() and sha256_file(place) == sha256
        if same:
            removed += remove_file(place)
    return removed


def _forget_names(journal: Journal, state: CaseState, family: Sequence[str]) -> None:
    """A path may name a child: what led only to these bytes goes with them. Reasons and authorities stay."""
    in_use = {
        event.body["path_id"]
        for event in state.events
        if event.body.get("path_id") and event.body.get("sha256") not in family
    }
    for event in state.events:
        path_id = event.body.get("path_id")
        if path_id and path_id not in in_use and event.body.get("sha256") in family:
            name = journal.name_of(event.id)
            if name is not None and set(name.values) == {PATH}:
                remove_file(journal.layout.names / names_file(event.id))


def _bound_in(state: CaseState, family: Sequence[str]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for bundle in state.bundles:
        if any(item["evidence"] in family for item in bundle.body["items"]):
            names[f"{bundle.name or 'a bundle'}, version {bundle.body['version']}"] = None
    return tuple(names)


def _held_item(state: CaseState, sha256: str) -> EvidenceItem:
    item = state.items.get(sha256)
    if item is None or item.disposed is not None:
        raise UsageError(
            f"The case has no item {sha256[:8]}.", remedy="Give its name or id as status shows it."
        )
    return item
