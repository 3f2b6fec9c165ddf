"""Verifying checkpoints: files against events, signatures against keys, Merkle roots computed again."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casefiles.chain import checkpoints, keyrecords, merkle
from casefiles.chain.bodies import EventType
from casefiles.chain.checkpoints import SignedCheckpoint
from casefiles.chain.events import ChainEvent
from casefiles.chain.keyring import KeyRing, build_ring
from casefiles.chain.publickeys import short
from casefiles.errors import VerificationFailed
from casefiles.files.reach import reaching
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_bytes
from casefiles.layout import CaseLayout

_FILE = re.compile(r"([0-9]{10})\.(txt|sig)|[0-9a-f]{16}\.pem", re.ASCII)


@dataclass(frozen=True)
class FoundCheckpoints:
    """The checkpoints that lie there whole, by size, and what is wrong with the other files."""

    signed: Mapping[int, SignedCheckpoint]
    findings: tuple[Finding, ...]


def read_checkpoints(layout: CaseLayout) -> FoundCheckpoints:
    """Reads the checkpoints folder.

    Raises:
        Unavailable: it is not there or cannot be read.
    """
    with reaching(layout.checkpoints):
        found = sorted(os.listdir(layout.checkpoints))  # noqa: PTH208 - names only
    findings = [
        _finding(
            "checkpoint-stray", name, f"“{name}” lies among the checkpoints and is none.", Severity.WARNING
        )
        for name in found
        if not _FILE.fullmatch(name)
    ]
    sizes = sorted({int(match[1]) for name in found if (match := _FILE.fullmatch(name)) and match[1]})
    signed: dict[int, SignedCheckpoint] = {}
    for size in sizes:
        subject = checkpoints.file_stem(size)
        try:
            entry = checkpoints.read(layout, size)
        except VerificationFailed as error:
            findings.append(_finding("checkpoint-damaged", subject, error.message))
            continue
        if entry is None:
            findings.append(
                _finding(
                    "checkpoint-unsigned",
                    subject,
                    f"The checkpoint over {size} events has only one of its two files.",
                    Severity.WARNING,
                )
            )
        elif entry.checkpoint.size != size:
            findings.append(
                _finding("checkpoint-damaged", subject, "The file speaks of another size than its name.")
            )
        else:
            signed[size] = entry
    return FoundCheckpoints(signed, tuple(findings))


def keys_in_chain(
    sequence: Sequence[ChainEvent], trusted: Sequence[str] | None
) -> tuple[KeyRing, list[Finding]]:
    """The ring that the chain's own `key.added` events make, under the roots given (else under its own)."""
    records = []
    findings: list[Finding] = []
    for event in sequence:
        if event.type is EventType.KEY_ADDED:
            try:
                records.append(keyrecords.record_of_event(event.body))
            except ValueError as error:
                findings.append(
                    _finding("key-not-trusted", f"event {event.seq}", f"Event {event.seq}: {error}.")
                )
    known = {each.fingerprint for each in records}
    # A chain names only the roots that were used in it; where it names none of ours, that is a finding.
    pinned = [fp for fp in trusted or () if fp in known] or (trusted if records else None) or ()
    ring = build_ring(records, (), pinned, every_root=trusted is None)
    return ring, [*findings, *ring.findings]


def check_signatures(found: FoundCheckpoints, sequence: Sequence[ChainEvent], ring: KeyRing) -> list[Finding]:
    """Each checkpoint event has its files, each file its event, each signature a key trusted at its time."""
    findings = list(found.findings)
    mentioned: set[int] = set()
    for event in sequence:
        if event.type is not EventType.CHECKPOINT:
            continue
        size = int(event.body["size"])
        mentioned.add(size)
        signed = found.signed.get(size)
        if signed is None:
            problem = f"Event {event.seq} names a checkpoint over {size} events, whose files are missing."
            findings.append(_finding("checkpoint-missing", checkpoints.file_stem(size), problem))
        elif not checkpoints.is_of_event(signed.checkpoint, event):
            problem = f"The checkpoint over {size} events is not the one that event {event.seq} names."
            findings.append(_finding("checkpoint-altered", checkpoints.file_stem(size), problem))
    for size, signed in found.signed.items():
        key = signed.checkpoint.key
        holder = ring.records.get(key)
        subject = checkpoints.file_stem(size)
        if holder is None:
            problem = (
                f"The checkpoint over {size} events is signed by key {short(key)}, which nobody admitted."
            )
            findings.append(_finding("checkpoint-unknown-key", subject, problem))
        elif not signed.signed_by(holder.public_key):
            problem = f"The signature on the checkpoint over {size} events does not hold."
            findings.append(_finding("checkpoint-signature", subject, problem))
        elif not ring.trusts(key, signed.checkpoint.at):
            problem = f"The checkpoint over {size} events was signed while key {short(key)} was not in use."
            findings.append(_finding("checkpoint-key-not-in-use", subject, problem))
        if size not in mentioned:
            problem = f"No event names the checkpoint over {size} events; a run was interrupted, or events are lost."
            findings.append(_finding("checkpoint-without-event", subject, problem, Severity.NOTE))
    return findings


def check_roots(
    found: FoundCheckpoints, data: Mapping[int, bytes], last: int, case_uuid: str
) -> list[Finding]:
    """Each checkpoint's root and head, computed again from the bytes of the event files."""
    findings: list[Finding] = []
    leaves: list[bytes] = []
    while len(leaves) + 1 in data:
        leaves.append(merkle.leaf_hash(data[len(leaves) + 1]))
    for size, signed in sorted(found.signed.items()):
        checkpoint, subject = signed.checkpoint, checkpoints.file_stem(size)
        if checkpoint.case != case_uuid:
            findings.append(
                _finding("checkpoint-other-case", subject, "This checkpoint belongs to another case.")
            )
        elif size > last:
            problem = f"A checkpoint was signed over {size} events, but the chain ends at event {last}."
            findings.append(_finding("chain-cut", f"event {size}", problem))
        elif size > len(leaves):
            problem = f"The root over {size} events cannot be computed: event {len(leaves) + 1} is missing."
            findings.append(_finding("checkpoint-root", subject, problem))
        elif (
            merkle.root(leaves[:size]).hex() != checkpoint.root or sha256_bytes(data[size]) != checkpoint.head
        ):
            problem = (
                f"Events 1 to {size} are not those that were signed at {checkpoint.at} "
                f"(checkpoint {checkpoint.line()})."
            )
            findings.append(_finding("chain-rewritten", subject, problem))
    return findings


def _finding(code: str, subject: str, message: str, severity: Severity = Severity.ERROR) -> Finding:
    named = subject if " " in subject else f"checkpoints/{subject}"
    return Finding(
        code, severity, named, message, "Put the chain's files back from a backup and ask who wrote there."
    )
