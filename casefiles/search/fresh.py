"""Is what the index says of a case still so on the share? Asked before a hit is shown: it may have been withdrawn
on another machine a minute ago. The look is cheap: one event read, one looked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from casefiles.chain.folder import read_bytes, read_event, signature_of
from casefiles.chain.journal import Journal
from casefiles.chain.linked import Chain
from casefiles.errors import CasebinderError, Unavailable
from casefiles.hashing import sha256_bytes
from casefiles.index.store import CaseRecord, Index
from casefiles.layout import CaseLayout
from casefiles.recorder import Recorder


class Untold(Exception):
    """Nothing may be shown of a case, and why, in words that end a sentence."""


def folders_by_case(folders: Iterable[Path], known: Mapping[bytes, str]) -> dict[str, list[Path]]:
    """The case folders by their case's identifier; `known` saves reading the first event of a folder (raw, absolute)."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        case_uuid = known.get(os.fsencode(folder)) or case_in(folder)
        if case_uuid is not None:
            found.setdefault(case_uuid, []).append(folder)
    return found


def case_in(folder: Path) -> str | None:
    """The identifier of the case in a folder, by its first event; None where that cannot be read."""
    try:
        return str(read_event(CaseLayout(folder), 1).body["case"])
    except (ValueError, KeyError, Unavailable):
        return None


def bring_up_to_date(index: Index, case_uuid: str, folders: list[Path], recorder: Recorder) -> bool:
    """Hold the index against the chain of a case, and take the case anew from there; True where that was needed.

    Raises:
        Untold: the case has no folder here, or none that can be believed.
        Unavailable: the index cannot be written.
    """
    try:
        if len(folders) == 1 and _is_current(CaseLayout(folders[0]), index.head(case_uuid), case_uuid):
            return False
        journal, chain = _longest(folders, case_uuid, recorder)
    except CasebinderError as error:
        raise Untold(error.message) from error
    if index.head(case_uuid) == (chain.head.seq, chain.head.sha256):
        return False
    _take_anew(index, journal, chain)
    return True


def _is_current(layout: CaseLayout, head: tuple[int, str] | None, case_uuid: str) -> bool:
    if head is None or case_in(layout.folder) != case_uuid:
        return False
    seq, sha256 = head
    try:
        same = sha256_bytes(read_bytes(layout, seq)) == sha256
    except ValueError:
        return False
    return same and signature_of(layout, seq + 1) is None


def _longest(folders: list[Path], case_uuid: str, recorder: Recorder) -> tuple[Journal, Chain]:
    """The chain of the case; of several folders with the same case, the one that goes on from all the others."""
    journals = [Journal(CaseLayout(folder), recorder) for folder in folders]
    read = [(journal, chain) for journal in journals if (chain := journal.read()).case_uuid == case_uuid]
    if not read:
        raise Untold("its folder is not in the workspace any more")
    longest = max(read, key=lambda each: each[1].head.seq)
    for _journal, chain in read:
        if longest[1].events[chain.head.seq - 1].sha256 != chain.head.sha256:
            raise Untold(
                "two folders are this case, and they tell different things: “casebinder status” names them"
            )
    return longest


def _take_anew(index: Index, journal: Journal, chain: Chain) -> None:
    """Write the case to the index as its chain tells it; what the last scan said stays unless it may name what went."""
    state = journal.state_of(chain)
    case = state.case_uuid
    gone = {item.sha256 for item in state.items.values() if item.disposed is not None}
    stats = index.stats(case)
    kept = {path: stat for path, stat in stats.items() if stat.sha256 not in gone}
    rows = index.rows("SELECT sha256 FROM items WHERE case_uuid = ?", case)
    withdrawn = any(row[0] in gone for row in rows)
    findings = () if withdrawn else index.scan_findings(case)
    index.put_case(CaseRecord(state, chain.head.sha256, findings, index.ignored(case), kept, {}))
