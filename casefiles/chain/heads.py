"""Heads that this machine saw, as lines of a local file, and holding them against a chain. Nothing is written here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from casefiles.chain import canonical
from casefiles.chain.bodies import INSTANT, NUMBER, SHA256, UUID4, EventType, record
from casefiles.chain.canonical import JsonValue
from casefiles.chain.events import ChainEvent
from casefiles.chain.linked import Chain
from casefiles.files.reach import reaching
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_bytes
from casefiles.layout import LocalLayout
from casefiles.uk_dates import london_text, parse_instant

_Row = TypeVar("_Row")
PLACES_FILE = "places.jsonl"
_NOTHING = "Nothing needs doing."
_LINE = record({"case": UUID4, "seq": NUMBER, "sha256": SHA256, "at": INSTANT})
_PLACE = record({"case": UUID4, "place": SHA256, "at": INSTANT})


@dataclass(frozen=True)
class SeenHead:
    """That the chain of `case` had event `seq` with this SHA-256 when this machine looked (UTC)."""

    case: str
    seq: int
    sha256: str
    at: str

    def encode(self) -> bytes:
        """One line, without its line feed.

        Raises:
            ValueError: a field is not of the agreed form.
        """
        value: dict[str, JsonValue] = {
            "case": self.case,
            "seq": self.seq,
            "sha256": self.sha256,
            "at": self.at,
        }
        _LINE(value)
        return canonical.encode(value).rstrip(b"\n")


def decode(line: bytes) -> SeenHead:
    """Reads one line, without its line feed.

    Raises:
        ValueError: torn, or not of the agreed form.
    """
    value = canonical.decode(line + b"\n")
    _LINE(value)
    return SeenHead(value["case"], value["seq"], value["sha256"], value["at"])


def seen_file(local: LocalLayout, case_uuid: str) -> Path:
    """Where the heads of a case are kept."""
    return local.seen / f"{case_uuid}.jsonl"


def read_heads(local: LocalLayout, case_uuid: str) -> tuple[SeenHead, ...]:
    """The heads of a case in the order seen; a line that a crash tore is left out.

    Raises:
        Unavailable: the local folder cannot be read.
    """
    heads = (_read_line(decode, line) for line in _lines(seen_file(local, case_uuid)))
    return tuple(head for head in heads if head is not None and head.case == case_uuid)


def read_heads_at(local: LocalLayout, folder: Path, case_uuid: str) -> tuple[SeenHead, ...]:
    """The heads of a case, after those of another case that this machine last saw in the same folder, if any.

    A chain made anew from its first event has a new identifier; only the folder still tells what it replaced.

    Raises:
        Unavailable: the local folder cannot be read.
    """
    before = case_at(local, folder)
    replaced = read_heads(local, before) if before and before != case_uuid else ()
    return (*replaced, *read_heads(local, case_uuid))


def case_at(local: LocalLayout, folder: Path) -> str | None:
    """The identifier of the case that this machine last saw in a folder; None for a folder it does not know.

    Raises:
        Unavailable: the local folder cannot be read.
    """
    here = place_of(folder)
    return next((case for case, place in reversed(_places(local, here)) if place == here), None)


def last_places(local: LocalLayout) -> dict[str, str]:
    """Where this machine saw each case last, by the case's identifier: folders as `place_of` notes them.

    Raises:
        Unavailable: the local folder cannot be read.
    """
    return dict(_places(local))


def last_place(local: LocalLayout, case_uuid: str) -> str | None:
    """Where this machine saw a case last, as `place_of` notes it; None for a case it does not know.

    Raises:
        Unavailable: the local folder cannot be read.
    """
    return next((place for case, place in reversed(_places(local, case_uuid)) if case == case_uuid), None)


def _places(local: LocalLayout, about: str = "") -> list[tuple[str, str]]:
    """(case, place) in the order noted; only lines that have `about` in them are read."""
    lines = (line for line in _lines(local.seen / PLACES_FILE) if about.encode() in line)
    return [row for row in (_read_line(_decode_place, line) for line in lines) if row is not None]


def place_line(case_uuid: str, folder: Path, at: str) -> bytes:
    """The line, without its line feed, that says which case was seen in a folder.

    Raises:
        ValueError: a field is not of the agreed form.
    """
    value: dict[str, JsonValue] = {"case": case_uuid, "place": place_of(folder), "at": at}
    _PLACE(value)
    return canonical.encode(value).rstrip(b"\n")


def place_of(folder: Path) -> str:
    """A folder as it is noted: the SHA-256 of its resolved path, so that the note names nobody."""
    return sha256_bytes(os.fsencode(folder.resolve()))


def _decode_place(line: bytes) -> tuple[str, str]:
    value = canonical.decode(line + b"\n")
    _PLACE(value)
    return value["case"], value["place"]


def _lines(path: Path) -> list[bytes]:
    with reaching(path):
        try:
            return path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []


def _read_line(reader: Callable[[bytes], _Row], line: bytes) -> _Row | None:
    try:
        return reader(line)
    except ValueError:
        return None  # torn by a crash; the next append closed it with a line feed


def check_heads(heads: Sequence[SeenHead], chain: Chain) -> tuple[Finding, ...]:
    """Holds every head (in the order seen) against the chain: rewritten, or shorter than it was. Pure.

    A head that was seen before the chain recorded its loss (`chain.recovered`) gives a warning, not an error.
    """
    hashes = {event.seq: event.sha256 for event in chain.events}
    return check_against(heads, chain.case_uuid, hashes, recorded_losses(chain.events))


def lost_from(heads: Sequence[SeenHead], chain: Chain) -> int | None:
    """The `from_seq` of the `chain.recovered` that this machine would record now; None where it misses nothing.

    The lowest event number seen that the chain does not have so. Where the chain simply ends before it, every event
    after its last one is lost, also those of which this machine saw no head but another one may have.
    """
    hashes = {event.seq: event.sha256 for event in chain.events}
    contradicted = [
        head for head in heads if head.case != chain.case_uuid or hashes.get(head.seq) != head.sha256
    ]
    findings = check_heads(heads, chain)  # one for each that is contradicted, in their order
    missed = [
        head.seq
        for head, finding in zip(contradicted, findings, strict=True)
        if finding.severity is Severity.ERROR  # not those of a loss that was recorded before
    ]
    return min(*missed, chain.head.seq + 1) if missed else None


def recorded_losses(events: Sequence[ChainEvent]) -> tuple[tuple[int, int], ...]:
    """Each `chain.recovered`: its own number, and the number from which it says that events are lost."""
    return tuple(
        (event.seq, int(event.body["from_seq"]))
        for event in events
        if event.type is EventType.CHAIN_RECOVERED
    )


def check_against(
    heads: Sequence[SeenHead], case_uuid: str, hashes: Mapping[int, str], losses: Sequence[tuple[int, int]]
) -> tuple[Finding, ...]:
    """As `check_heads`, for the event files of a case by number (their SHA-256). Pure."""
    findings: list[Finding] = []
    last = max(hashes, default=0)
    known_up_to = 0
    for head in heads:
        found = hashes.get(head.seq)
        if head.case == case_uuid and found == head.sha256:
            known_up_to = max(known_up_to, head.seq)
            continue
        accepted = any(seq > known_up_to and from_seq <= head.seq for seq, from_seq in losses)
        if head.case != case_uuid:
            findings.append(_replaced(head, accepted))
        elif found is None:
            findings.append(_cut(head, last, accepted))
        else:
            findings.append(_rewritten(head, found, accepted))
    return tuple(findings)


def _when(head: SeenHead) -> str:
    return london_text(parse_instant(head.at))


def _replaced(head: SeenHead, accepted: bool) -> Finding:
    return Finding(
        "chain-replaced",
        Severity.NOTE if accepted else Severity.ERROR,
        f"event {head.seq}",
        f"This machine saw another chain in this folder on {_when(head)}: case {head.case[:8]}…, with {head.seq} events."
        + (" Its loss is recorded in the chain." if accepted else ""),
        _NOTHING
        if accepted
        else "The whole chain was replaced, or the case was opened anew. Put the old chain back from a backup, or "
        "record the loss.",
    )


def _cut(head: SeenHead, last: int, accepted: bool) -> Finding:
    return Finding(
        "chain-cut",
        Severity.NOTE if accepted else Severity.ERROR,
        f"event {head.seq}",
        f"This machine saw event {head.seq} ({head.sha256[:8]}…) on {_when(head)}, but it is not there now: "
        f"the chain ends at event {last}." + (" The loss is recorded in the chain." if accepted else ""),
        _NOTHING
        if accepted
        else "Put the missing event files back from a backup. If they are lost for good, record that.",
    )


def _rewritten(head: SeenHead, found: str, accepted: bool) -> Finding:
    return Finding(
        "chain-rewritten",
        Severity.NOTE if accepted else Severity.ERROR,
        f"event {head.seq}",
        f"This machine saw event {head.seq} with SHA-256 {head.sha256[:16]}… on {_when(head)}; it now has {found[:16]}…."
        + (" The loss of the earlier one is recorded in the chain." if accepted else ""),
        _NOTHING
        if accepted
        else "The event, or one before it, was replaced. Put the event files back from a backup and ask who wrote them.",
    )
