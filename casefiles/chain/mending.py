"""Taking a chain up again that breaks at an event of which no copy is left.

What cannot be followed is set aside in `_chain/set-aside`, never deleted: the event files from the break on, what
was kept beside them, and the checkpoints over them. Then the chain says that they are lost, and goes on. Exhibit
labels that were given in readable events behind the break are given again, since labels never move.

Put the damaged event back from a backup where there is one: that loses nothing, and this does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from casefiles.chain import drafts, events
from casefiles.chain.bodies import EventType, RecoveryReason
from casefiles.chain.canonical import MAX_BYTES
from casefiles.chain.events import ChainEvent, EventDraft
from casefiles.chain.folder import list_events, read_event
from casefiles.chain.journal import Journal
from casefiles.chain.linked import NO_HEAD, Chain, Head, link_problem
from casefiles.errors import UsageError
from casefiles.files.folders import make_folder, sync_folder
from casefiles.files.plain import read_plain
from casefiles.files.publish import publish_file
from casefiles.files.reach import reaching
from casefiles.layout import CaseLayout

_CHECKPOINT = re.compile(r"([0-9]{10})\.(?:txt|sig)", re.ASCII)


@dataclass(frozen=True)
class Break:
    """Where a chain breaks: the number of the first event that cannot be followed, and the head before it."""

    seq: int
    head: Head


@dataclass(frozen=True)
class Mended:
    """What was done: from which number events are lost, how many files were set aside, and where they are."""

    from_seq: int
    set_aside: int
    folder: Path


def find_break(layout: CaseLayout) -> Break | None:
    """The first event file that is missing, damaged, or does not follow; None where the chain is whole.

    Raises:
        Unavailable: the events folder is not there or cannot be read.
    """
    head = NO_HEAD
    for seq in range(1, list_events(layout).count + 1):
        try:
            event = read_event(layout, seq)
        except ValueError:
            return Break(seq, head)
        if link_problem(event, seq, head):
            return Break(seq, head)
        head = Head(seq, event.sha256)
    return None


def take_up_again(journal: Journal, reason: RecoveryReason) -> Mended:
    """Set aside what cannot be followed, and record that it is lost. Run again, it finishes what was interrupted.

    Raises:
        UsageError: the chain does not break, or it breaks at its first event: then nothing is left to go on from.
        Unavailable: the share cannot be written.
    """
    layout = journal.layout
    found = find_break(layout)
    if found is None:
        raise UsageError("This chain does not break anywhere.", remedy="Nothing needs doing.")
    if found.seq == 1:
        raise UsageError(
            "The very first event of this chain cannot be read, so there is nothing to go on from.",
            remedy="Put _chain back from a backup; or open a new case and move the evidence there.",
        )
    moves = _moves(layout, found)
    for source, target in moves:
        for folder in (target.parents[2], target.parents[1], target.parent):
            make_folder(folder)
        with reaching(source):
            publish_file(source, target)
            sync_folder(source.parent)
    _record(journal, found, reason)
    return Mended(found.seq, len(moves), moves[0][1].parents[1])


def labels_set_aside(layout: CaseLayout) -> tuple[ChainEvent, ...]:
    """The exhibit labels that were given in events which were set aside, as far as those can be read; in order.

    Raises:
        Unavailable: a folder cannot be read.
    """
    found: list[ChainEvent] = []
    with reaching(layout.set_aside):
        for path in sorted(layout.set_aside.glob(f"*/{layout.events.name}/*.json")):
            try:
                event = events.decode(read_plain(path, MAX_BYTES + 1))
            except ValueError:
                continue
            if event.type is EventType.EXHIBIT_ASSIGNED:
                found.append(event)
    return tuple(found)


def lost_events_drafts(
    journal: Journal, chain: Chain, lost_from: int | None, reason: RecoveryReason
) -> list[EventDraft]:
    """What to record on `chain`: that events from `lost_from` on are lost (None: said already), and the labels again."""
    state = journal.state_of(chain)
    again = [
        EventDraft(EventType.EXHIBIT_ASSIGNED, dict(event.body))
        for event in labels_set_aside(journal.layout)
        if event.body["sha256"] not in state.exhibits and event.body["label"] not in state.exhibits.values()
    ]
    return again if lost_from is None else [drafts.recovered(lost_from, reason), *again]


def _moves(layout: CaseLayout, found: Break) -> Sequence[tuple[Path, Path]]:
    """What goes where. The highest event goes first: until the last one has gone, the chain breaks where it did."""
    sources = [*_sources(layout, found)]
    number = 1
    while True:
        folder = layout.set_aside / f"{found.seq:010d}-{found.head.sha256[:8]}-{number}"
        moves = [(source, folder / source.parent.name / source.name) for source in sources]
        if all(_free_or_same(source, target) for source, target in moves):
            return moves
        number += 1


def _sources(layout: CaseLayout, found: Break) -> Iterator[Path]:
    with reaching(layout.chain):
        kept_names = {f"{read_event(layout, seq).id}.json" for seq in range(1, found.seq)}
        yield from (layout.names / name for name in sorted(_listed(layout.names)) if name not in kept_names)
        for name in sorted(_listed(layout.checkpoints)):
            match = _CHECKPOINT.fullmatch(name)
            if match and int(match[1]) >= found.seq:
                yield layout.checkpoints / name
        numbers = sorted(list_events(layout).numbers, reverse=True)
        yield from (layout.events / events.file_name(seq) for seq in numbers if seq >= found.seq)


def _listed(folder: Path) -> list[str]:
    return [entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]


def _free_or_same(source: Path, target: Path) -> bool:
    try:
        return os.path.samestat(source.lstat(), target.lstat())
    except FileNotFoundError:
        return True


def _record(journal: Journal, found: Break, reason: RecoveryReason) -> None:
    def decide(chain: Chain) -> list[EventDraft]:
        said = any(
            event.type is EventType.CHAIN_RECOVERED and event.body["from_seq"] == found.seq
            for event in chain.events[found.seq - 1 :]
        )
        return lost_events_drafts(journal, chain, None if said else found.seq, reason)

    journal.append(decide)
