"""Verifying a case folder in numbered steps, from its files alone. Nothing here writes.

1. Event files: each is readable and canonical, numbers run without a gap, nothing else lies there.
2. Links: each event names the SHA-256 of the file before it.
3. Names: what is kept beside the chain is what the events commit to.
4. Originals: each item's bytes are there with its hash; withdrawn ones are gone, as recorded.
5. Keys and signatures: each checkpoint is signed by a key that was trusted then.
6. Merkle roots: each checkpoint's root and head, computed again from the event files.
7. Last-seen heads: what this machine saw is still in the chain.
8. Evidence: the evidence folders hold what the events tell, and nothing else.
9. Facts: case.toml is as last recorded (a note if not).
10. Issued bundles: each is in `issued` with the bytes recorded.

Every step runs whatever the ones before it found, on what could be read; all findings are collected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from casefiles.chain import verify_checkpoints, verify_disk, verify_events
from casefiles.chain.heads import SeenHead, check_against, read_heads_at, recorded_losses
from casefiles.chain.keyring import KeyRing
from casefiles.chain.replay import replay
from casefiles.chain.report import Report, Step, make_step
from casefiles.chain.state import CaseState
from casefiles.chain.verify_events import RawEvents
from casefiles.chain.verify_issued import check_issued
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_bytes
from casefiles.layout import CaseLayout, LocalLayout

__all__ = ["Against", "Report", "Step", "verify_case"]


def _nowhere(_sha256: str) -> str | None:
    return None


def _nothing_ignored(_name: bytes) -> bool:
    return False


@dataclass(frozen=True)
class Against:
    """What a case is verified against, besides its own folder.

    `ring` is the workspace's trusted keys (None: only the keys that the chain itself carries); `heads`
    are last-seen heads in the order seen; `local` is this machine's own state, from which they are read
    where `heads` is None (both None: not at hand); `ignored` gets the raw name of a file or folder that
    intake passes over; `elsewhere` names the other case that knows a SHA-256.
    """

    ring: KeyRing | None = None
    heads: Sequence[SeenHead] | None = None
    local: LocalLayout | None = None
    evidence_folders: Sequence[str] = ("evidence",)
    ignored: Callable[[bytes], bool] = _nothing_ignored
    elsewhere: Callable[[str], str | None] = _nowhere


def verify_case(layout: CaseLayout, against: Against | None = None) -> Report:
    """Runs all steps on one case folder.

    Raises:
        Unavailable: the case or its chain cannot be read; that is never reported as a deletion.
    """
    against = against or Against()
    raw = verify_events.read_raw(layout)
    entries, name_findings = verify_events.read_names(layout, raw.in_order)
    state = replay(raw.in_order, entries.get)
    steps = (
        make_step(
            1, "Event files", "each file in events/ with the event format", raw.last, list(raw.findings)
        ),
        make_step(
            2,
            "Links",
            "“prev” of each event with the SHA-256 of the file before it",
            len(raw.decoded),
            verify_events.check_links(raw),
        ),
        make_step(3, "Names", "names/ with the commitments in the events", len(entries), name_findings),
        _originals(layout, state),
        *_checkpoints(layout, raw, state, against.ring),
        _heads(layout, raw, state.case_uuid, against),
        _evidence(layout, state, against),
        make_step(
            9,
            "Facts",
            "case.toml with the last facts.changed event",
            1,
            verify_disk.check_facts(layout, state),
        ),
        check_issued(layout, state),
    )
    return Report(state.reference or layout.folder.name, steps)


def _originals(layout: CaseLayout, state: CaseState) -> Step:
    looked_at, findings = verify_disk.check_originals(layout, state)
    return make_step(
        4, "Originals", "the bytes in originals/ with the SHA-256 that the events record", looked_at, findings
    )


def _checkpoints(
    layout: CaseLayout, raw: RawEvents, state: CaseState, ring: KeyRing | None
) -> tuple[Step, Step]:
    found = verify_checkpoints.read_checkpoints(layout)
    own, findings = verify_checkpoints.keys_in_chain(raw.in_order, ring.roots if ring else None)
    if ring is not None:
        findings = [*ring.findings, *findings]
    findings += verify_checkpoints.check_signatures(found, raw.in_order, own if ring is None else ring)
    compared = "each checkpoint's signature with the keys that the workspace admitted"
    if ring is None:
        compared = "each checkpoint's signature with the keys that the chain itself carries"
        findings += map(_compare_fingerprint, own.roots)
    roots = verify_checkpoints.check_roots(found, raw.data, raw.last, state.case_uuid)
    count = len(found.signed)
    return (
        make_step(5, "Keys and signatures", compared, count, findings, checked=count > 0),
        make_step(
            6,
            "Merkle roots",
            "each checkpoint's root and head with the event files",
            count,
            roots,
            checked=count > 0,
        ),
    )


def _heads(layout: CaseLayout, raw: RawEvents, case_uuid: str, against: Against) -> Step:
    heads = against.heads
    if heads is None:
        heads = read_heads_at(against.local, layout.folder, case_uuid) if against.local else ()
    hashes = {seq: sha256_bytes(data) for seq, data in raw.data.items()}
    findings = list(check_against(heads, case_uuid, hashes, recorded_losses(raw.in_order)))
    return make_step(
        7,
        "Last-seen heads",
        "the heads that this machine saw with the events now",
        len(heads),
        findings,
        checked=bool(heads),
    )


def _evidence(layout: CaseLayout, state: CaseState, against: Against) -> Step:
    files, findings = verify_disk.walk_evidence(layout, against.evidence_folders, against.ignored)
    findings += verify_disk.check_evidence(files, state, against.elsewhere)
    return make_step(8, "Evidence", "each file in the evidence folders with the events", len(files), findings)


def _compare_fingerprint(root: str) -> Finding:
    return Finding(
        "key-compare",
        Severity.NOTE,
        f"key {root[:16]}",
        f"The first key has the fingerprint {root}. The chain names it itself, so compare it with the one published.",
        "Ask the authority for its fingerprint by another way than this folder.",
    )
