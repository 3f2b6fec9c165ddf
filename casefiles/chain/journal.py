"""Reading the chain and appending to it, with other machines doing the same.

An append is decided on a named head. Whoever loses the number reads again and decides again; so a fact is
recorded once, however many watchers see it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from casefiles.chain import names
from casefiles.chain.bodies import COMMITMENTS, EventType, check_body
from casefiles.chain.canonical import instant_text
from casefiles.chain.events import VERSION, Actor, ChainEvent, Clock, EventDraft, file_name
from casefiles.chain.folder import Listing, Signature, list_events, read_event, signature_of
from casefiles.chain.linked import NO_HEAD, Chain, ChainBroken, Head, link_problem
from casefiles.chain.names import NameEntry
from casefiles.chain.replay import CaseState, Replayer
from casefiles.errors import Unavailable, UsageError
from casefiles.files.publish import (
    PART_PREFIX,
    discard_folder,
    flush_names,
    make_folder,
    probe_clock,
    publish_folder,
    publish_new,
    remove_file,
    write_atomically,
)
from casefiles.layout import CaseLayout
from casefiles.own_folders import refuse_links
from casefiles.recorder import Recorder

__all__ = ["NO_HEAD", "Chain", "ChainBroken", "Decide", "Head", "Journal", "commitments_of", "open_case"]

_MOST_ATTEMPTS = 1000


Decide = Callable[[Chain], Sequence[EventDraft]]


class Journal:
    """One process's view of one case's chain. Not for use by several threads at once."""

    def __init__(self, layout: CaseLayout, recorder: Recorder) -> None:
        self._layout = layout
        self._recorder = recorder
        self._chain = Chain(())
        self._head_signature: Signature | None = None
        self._skew_ms: int | None = None
        self._replayer = Replayer()
        self._commitments: set[str] = set()

    @property
    def layout(self) -> CaseLayout:
        """The case that the chain belongs to."""
        return self._layout

    @property
    def recorder(self) -> Recorder:
        """Who writes."""
        return self._recorder

    def read(self) -> Chain:
        """The whole chain, links verified; only events that are new since the last call are read.

        Raises:
            Unavailable: the chain's folder is not there (it is never made here) or cannot be read.
            ChainBroken: an event is missing, cannot be read, or does not link to the one before.
        """
        if self._chain.head.seq == 0:
            refuse_links(self._layout)
        listing = list_events(self._layout)
        if listing.count == 0:
            raise ChainBroken(1, "the events folder is empty, but every chain begins with case.opened")
        if not self._still_there(listing):
            self._forget()
        known = len(self._chain.events)
        if listing.count > known:
            self._take(self._read_links(range(known + 1, listing.count + 1), self._chain.head))
        if listing.strays != self._chain.strays:
            self._chain = Chain(self._chain.events, listing.strays)
        return self._chain

    def state(self) -> CaseState:
        """The case as the chain tells it, at the chain's present head.

        Raises:
            Unavailable, ChainBroken: as for `read`.
        """
        return self.state_of(self.read())

    def state_of(self, chain: Chain) -> CaseState:
        """The case as `chain` tells it; cheap for the chain that `append` passes to its decision."""
        done = self._replayer.seq
        if done > len(chain.events) or (done and chain.events[done - 1].sha256 != self._replayer.head_sha256):
            self._replayer = Replayer()
        for event in chain.events[self._replayer.seq :]:
            self._replayer.apply(event, self.name_of(event.id))
        return self._replayer.state()

    def name_of(self, event_id: str) -> NameEntry | None:
        """What an event keeps beside the chain; None where the file is missing or damaged (`verify` says so).

        Raises:
            Unavailable: the names folder cannot be read.
        """
        with suppress(ValueError):
            return names.read_name(self._layout, event_id)
        return None

    def append(self, decide: Decide) -> tuple[ChainEvent, ...]:
        """Records what `decide` wants on top of the chain it is shown; returns the events written.

        `decide` is asked again, with a newer chain, whenever another writer took the number. It must look at
        that chain for what is recorded already: part of a longer batch may be there by then. Events of a
        batch get consecutive numbers unless another writer comes between; their order is kept.

        Raises:
            Unavailable: the share is gone, read-only, full, or cannot publish without replacing.
            ChainBroken: as for `read`; nothing is added to a broken chain.
            ValueError: a draft does not follow its type's table, or a commitment has no name to it.
        """
        written: list[ChainEvent] = []
        self._refresh()
        for _attempt in range(_MOST_ATTEMPTS):
            drafts = list(decide(self._chain))
            for draft in drafts:
                self._check(draft)
            done = self._publish(drafts)
            written += done
            if len(done) == len(drafts):
                return tuple(written)
            self.read()
        raise Unavailable(
            f"Other writers took the next number {_MOST_ATTEMPTS} times in a row, or the share shows old listings.",
            remedy="Run the command again when fewer machines write to this case.",
        )

    def _refresh(self) -> None:
        """Makes sure that the head is the last event, with two look-ups instead of a listing."""
        head = self._chain.head.seq
        unchanged = head > 0 and signature_of(self._layout, head) == self._head_signature
        if not unchanged or signature_of(self._layout, head + 1) is not None:
            self.read()

    def _still_there(self, listing: Listing) -> bool:
        head = self._chain.head.seq
        return head == 0 or (
            listing.count >= head and signature_of(self._layout, head) == self._head_signature
        )

    def _forget(self) -> None:
        self._chain = Chain(())
        self._head_signature = None
        self._commitments = set()

    def _read_links(self, numbers: range, head: Head) -> list[ChainEvent]:
        found: list[ChainEvent] = []
        for seq in numbers:
            try:
                event = read_event(self._layout, seq)
            except ValueError as error:
                raise ChainBroken(seq, f"its file cannot be read as an event ({error})") from error
            problem = link_problem(event, seq, head)
            if problem:
                raise ChainBroken(seq, problem)
            head = Head(seq, event.sha256)
            found.append(event)
        return found

    def _take(self, events: Sequence[ChainEvent]) -> None:
        self._chain = Chain((*self._chain.events, *events), self._chain.strays)
        self._head_signature = signature_of(self._layout, self._chain.head.seq)
        for event in events:
            self._commitments.update(commitments_of(event.body))

    def _check(self, draft: EventDraft) -> None:
        check_body(draft.type, draft.body)
        held = {name: value.commitment for name, value in draft.name.values.items()} if draft.name else {}
        for key, name in COMMITMENTS.items():
            wanted = draft.body.get(key)
            if wanted is None:
                continue
            if name in held and wanted != held[name]:
                raise ValueError(f"“{key}” of {draft.type} is not the commitment to its {name}")
            if name not in held and wanted not in self._commitments:
                raise ValueError(f"“{key}” of {draft.type} commits to nothing that is kept")
        stray = held.keys() - {name for key, name in COMMITMENTS.items() if draft.body.get(key) is not None}
        if stray:
            raise ValueError(f"{draft.type} keeps {sorted(stray)} without a commitment to it")

    def _publish(self, drafts: Sequence[EventDraft]) -> list[ChainEvent]:
        """Publishes drafts in order until one loses its number; the events that made it."""
        ids = [self._recorder.new_uuid() for _ in drafts]
        if drafts and self._skew_ms is None:
            self._skew_ms = clock_skew_ms(self._layout, self._recorder)
        self._write_names([(i, draft.name) for i, draft in zip(ids, drafts, strict=True) if draft.name])
        done: list[ChainEvent] = []
        for event_id, draft in zip(ids, drafts, strict=True):
            event = self._event(event_id, draft)
            target = self._layout.events / file_name(event.seq)
            if not publish_new(self._layout.chain_tmp, target, event.encode()):
                break
            self._take([event])
            done.append(event)
        for event_id, draft in list(zip(ids, drafts, strict=True))[len(done) :]:
            if draft.name:
                remove_file(self._layout.names / names.file_name(event_id))
        return done

    def _write_names(self, entries: Sequence[tuple[str, NameEntry]]) -> None:
        """Before the events: an event without its name would be a riddle, a name without its event is litter."""
        for event_id, entry in entries:
            target = self._layout.names / names.file_name(event_id)
            publish_new(self._layout.chain_tmp, target, names.encode(event_id, entry), flush_folder=False)
        if entries:
            flush_names(self._layout.names)

    def _event(self, event_id: str, draft: EventDraft) -> ChainEvent:
        return make_event(self._recorder, self._chain.head, event_id, draft, self._skew_ms)


def make_event(
    recorder: Recorder, head: Head, event_id: str, draft: EventDraft, skew_ms: int | None
) -> ChainEvent:
    """The event that follows `head`; nothing is written."""
    return ChainEvent(
        v=VERSION,
        seq=head.seq + 1,
        prev=head.sha256,
        id=event_id,
        type=draft.type,
        at=instant_text(recorder.now()),
        actor=Actor(recorder.user, recorder.host, recorder.app),
        clock=Clock(skew_ms),
        body=draft.body,
    )


def commitments_of(body: Mapping[str, Any]) -> set[str]:
    """The commitments that a body introduces or repeats."""
    return {str(body[key]) for key in COMMITMENTS if body.get(key) is not None}


def open_case(layout: CaseLayout, recorder: Recorder, *, kind: str, reference: str) -> Journal:
    """Makes the chain of a case that has none: the only place that ever creates `_chain`.

    The case folder must be there. All folders and the first event appear at once or not at all.

    Raises:
        UsageError: the folder has a chain already.
        Unavailable: the case folder is missing or cannot be written.
        ValueError: kind or reference is not of the agreed form.
    """
    if os.path.lexists(layout.chain):
        raise UsageError(
            f"“{layout.folder}” already has an evidence chain.",
            remedy="Use the case as it is, or name another folder.",
        )
    draft = EventDraft(
        EventType.CASE_OPENED, {"case": recorder.new_uuid(), "kind": kind, "reference": reference}
    )
    first = make_event(recorder, NO_HEAD, recorder.new_uuid(), draft, None)
    data = first.encode()
    made = (
        layout.folder / f"{PART_PREFIX}chain-{first.id}"
    )  # a name that the janitor knows and no scan takes in
    try:
        make_folder(made)
        for inside in (layout.events, layout.chain_tmp, layout.originals, layout.names, layout.checkpoints):
            make_folder(made / inside.name)
        write_atomically(made / layout.events.name / file_name(1), data)
        published = publish_folder(made, layout.chain)
    except BaseException:
        discard_folder(made)
        raise
    if not published:
        discard_folder(made)
        raise UsageError(
            f"Another process has just opened “{layout.folder}”.", remedy="Run the command again."
        )
    return Journal(layout, recorder)


def clock_skew_ms(layout: CaseLayout, recorder: Recorder) -> int:
    """How far this machine's clock is ahead of the share's, in milliseconds, by the time on a file just written.

    Raises:
        Unavailable: the share cannot be written.
    """
    written_ns = probe_clock(layout.chain_tmp)
    ours = recorder.now().astimezone(UTC)
    since = ours - datetime(1970, 1, 1, tzinfo=UTC)
    ours_ms = (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
    return ours_ms - written_ns // 1_000_000
