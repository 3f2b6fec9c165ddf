"""Verifying the event files by themselves: readable, in sequence, linked, named. Nothing is written here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casefiles.chain import events, folder, names
from casefiles.chain.bodies import COMMITMENTS, EventType
from casefiles.chain.events import FIRST_PREV, ChainEvent
from casefiles.chain.linked import Head, link_problem
from casefiles.chain.names import NameEntry
from casefiles.conflict_names import recognise
from casefiles.files.reach import reaching
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_bytes
from casefiles.layout import CaseLayout


@dataclass(frozen=True)
class RawEvents:
    """The event files as they lie there: bytes by number, those that decode, and what is wrong with the rest."""

    data: Mapping[int, bytes]
    decoded: Mapping[int, ChainEvent]
    last: int
    findings: tuple[Finding, ...]

    @property
    def in_order(self) -> tuple[ChainEvent, ...]:
        """The events that could be read, by number; gaps are left out."""
        return tuple(self.decoded[seq] for seq in sorted(self.decoded))


def read_raw(layout: CaseLayout) -> RawEvents:
    """Reads every event file and collects what is wrong: strays, gaps, unreadable files.

    Raises:
        Unavailable: the events folder is not there or cannot be read.
    """
    listing = folder.list_events(layout)
    findings = [_stray(name) for name in listing.strays]
    data: dict[int, bytes] = {}
    decoded: dict[int, ChainEvent] = {}
    if not listing.numbers:
        findings.append(_event_finding("event-missing", 1, "There is no event at all in this case's chain."))
    gaps = set(range(1, listing.count + 1)).difference(listing.numbers)
    for seq in sorted(gaps)[:_MOST_GAPS_NAMED]:
        findings.append(
            _event_finding("event-missing", seq, f"Event {seq} is missing, though later events are there.")
        )
    for seq in listing.numbers:
        try:
            data[seq] = folder.read_bytes(layout, seq)
            decoded[seq] = events.decode(data[seq])
        except ValueError as error:
            findings.append(
                _event_finding("event-unreadable", seq, f"The file of event {seq} is no event: {error}.")
            )
    return RawEvents(data, decoded, listing.count, tuple(findings))


_MOST_GAPS_NAMED = 1000


def check_links(raw: RawEvents) -> list[Finding]:
    """Each event against the bytes of the file before it; ids must be unique."""
    findings: list[Finding] = []
    ids: dict[str, int] = {}
    for seq, event in sorted(raw.decoded.items()):
        before = raw.data.get(seq - 1)
        if seq > 1 and before is None:
            findings.append(
                _event_finding(
                    "link-broken", seq, f"Event {seq} follows event {seq - 1}, which cannot be read."
                )
            )
        else:
            head = Head(seq - 1, FIRST_PREV if before is None else sha256_bytes(before))
            problem = link_problem(event, seq, head)
            if problem:
                findings.append(_event_finding("link-broken", seq, f"Event {seq}: {problem}."))
        if event.id in ids:
            findings.append(
                _event_finding("event-doubled", seq, f"Event {seq} has the same id as event {ids[event.id]}.")
            )
        ids.setdefault(event.id, seq)
    return findings


def read_names(
    layout: CaseLayout, sequence: Sequence[ChainEvent]
) -> tuple[dict[str, NameEntry], list[Finding]]:
    """The names entries of events, held against the commitments, and what is wrong with them.

    The path of an item that was withdrawn may be gone: it can name a child, so it goes with the bytes.

    Raises:
        Unavailable: the names folder cannot be read.
    """
    withdrawn = {event.body["sha256"] for event in sequence if event.type is EventType.EVIDENCE_DISPOSED}
    entries: dict[str, NameEntry] = {}
    findings: list[Finding] = []
    introduced: set[str] = set()
    for event in sequence:
        try:
            entry = names.read_name(layout, event.id)
        except ValueError as error:
            findings.append(_name_finding("name-damaged", event, f"its names file is damaged: {error}"))
            continue
        if entry is not None:
            entries[event.id] = entry
        for key, name in COMMITMENTS.items():
            wanted = event.body.get(key)
            held = entry.values.get(name) if entry else None
            if wanted is None:
                continue
            if held is not None and held.commitment != wanted:
                findings.append(
                    _name_finding(
                        "name-altered", event, f"its {name} is not the one that the event commits to"
                    )
                )
            elif held is None and wanted not in introduced and event.body.get("sha256") not in withdrawn:
                findings.append(
                    _name_finding("name-missing", event, f"the names file with its {name} is missing")
                )
            introduced.add(str(wanted))
    findings += _orphans(layout, {event.id for event in sequence})
    return entries, findings


def _orphans(layout: CaseLayout, known: set[str]) -> list[Finding]:
    with reaching(layout.names):
        found = sorted(os.listdir(layout.names))  # noqa: PTH208 - names only
    return [
        Finding(
            "name-without-event",
            Severity.NOTE,
            f"names/{name}",
            "This names file belongs to no event of the chain.",
            "An interrupted run leaves one behind now and then; it is cleared away after a day.",
        )
        for name in found
        if name.removesuffix(".json") not in known
    ]


def _stray(name: str) -> Finding:
    shown = names.display_name(os.fsencode(name))
    copy = next(recognise(os.fsencode(name)), None)
    what = "a copy by a sync tool, or put there by somebody"
    if copy is not None:
        what = f"by its name a copy of {names.display_name(copy.original)}, made by {copy.made_by}"
    return Finding(
        "event-stray",
        Severity.ERROR,
        f"events/{shown}",
        f"“{shown}” lies among the events and is none: {what}.",
        "Move it out of the events folder and find out where it came from.",
    )


def _event_finding(code: str, seq: int, message: str) -> Finding:
    return Finding(
        code,
        Severity.ERROR,
        f"event {seq}",
        message,
        f"Put events/{events.file_name(seq)} back from a backup, and the files before and after it if need be.",
    )


def _name_finding(code: str, event: ChainEvent, problem: str) -> Finding:
    return Finding(
        code,
        Severity.ERROR,
        f"event {event.seq}",
        f"Event {event.seq}: {problem}.",
        f"Put names/{names.file_name(event.id)} back from a backup.",
    )
