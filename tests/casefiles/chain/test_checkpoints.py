from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.chain import admission, checkpoints, drafts, merkle
from casefiles.chain.bodies import EventType
from casefiles.chain.checkpoints import Checkpoint, SignedCheckpoint
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Journal
from casefiles.chain.keyring import EMPTY_RING, read_ring
from casefiles.chain.keys import create_key
from casefiles.chain.names import NameEntry
from casefiles.chain.signing import latest, take
from casefiles.chain.verify import Against, verify_case
from casefiles.errors import Blocked, Unavailable, VerificationFailed
from casefiles.layout import LocalLayout
from casefiles.recorder import Recorder

shas = st.binary(min_size=32, max_size=32).map(bytes.hex)
SAMPLE = Checkpoint(
    case="7c9e6679-7425-4de4-944b-e07fc1f90ae7",
    size=20,
    root="9f3a" + "0" * 60,
    head="b" * 64,
    at="2026-03-02T09:00:00.000Z",
    key="c" * 64,
)


@given(
    st.builds(
        Checkpoint,
        case=st.uuids(version=4).map(str),
        size=st.integers(1, 9_999_999_999),
        root=shas,
        head=shas,
        at=st.just("2026-03-02T09:00:00.000Z"),
        key=shas,
    )
)
def test_checkpoints_round_trip(checkpoint: Checkpoint) -> None:
    assert checkpoints.decode(checkpoint.encode()) == checkpoint


def test_the_text_of_a_checkpoint_is_this() -> None:
    assert SAMPLE.encode().decode() == (
        "casebinder checkpoint 1\n"
        "case 7c9e6679-7425-4de4-944b-e07fc1f90ae7\n"
        "size 20\n"
        f"root 9f3a{'0' * 60}\n"
        f"head {'b' * 64}\n"
        "at 2026-03-02T09:00:00.000Z\n"
        f"key {'c' * 64}\n"
    )
    assert SAMPLE.line() == "20:9f3a000000000000"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"checkpoint 1", b"checkpoint 2"),
        (b"size 20", b"size 020"),
        (b"size 20", b"size  20"),
        (b"size 20\n", b""),
        (b"size 20", b"size 0"),
        (b"root 9f3a", b"root 9F3A"),
        (b"\nkey", b"\r\nkey"),
        (b"casebinder", b"\xff"),
        (b"000Z\n", b"000Z\n\n"),
    ],
)
def test_any_other_text_is_refused(old: bytes, new: bytes) -> None:
    data = SAMPLE.encode()
    assert old in data
    with pytest.raises(ValueError):
        checkpoints.decode(data.replace(old, new))
    with pytest.raises(ValueError, match="seven lines"):
        checkpoints.decode(data + b"more\n")


@pytest.fixture
def ready(kit: Any) -> Any:
    kit.drop("a.pdf", b"a")
    kit.key, kit.ring = kit.make_key()
    return kit


def types(kit: Any) -> list[str]:
    return [event.type.value for event in kit.journal.read().events]


def test_the_key_then_the_checkpoint_are_recorded(ready: Any) -> None:
    signed = take(ready.journal, ready.ring, ready.key)
    assert types(ready) == ["case.opened", "facts.changed", "evidence.received", "key.added", "checkpoint"]
    chain = ready.journal.read()
    point = signed.checkpoint
    assert (point.case, point.size, point.head) == (chain.case_uuid, 4, chain.events[3].sha256)
    files = [ready.event_file(seq).read_bytes() for seq in range(1, 5)]
    assert point.root == merkle.root([merkle.leaf_hash(data) for data in files]).hex()
    assert signed.signed_by(ready.key.public_key)
    assert (ready.layout.checkpoints / "0000000004.txt").read_bytes() == point.encode()
    assert (ready.layout.checkpoints / "0000000004.sig").read_bytes() == signed.signature
    assert checkpoints.read(ready.layout, 4) == signed
    assert latest(ready.journal) == signed


def test_openssl_checks_the_signature_with_the_documented_command(ready: Any) -> None:
    take(ready.journal, ready.ring, ready.key)
    pem = next(ready.layout.checkpoints.glob("*.pem")).name
    command = (
        f"openssl pkeyutl -verify -pubin -inkey {pem} -rawin -in 0000000004.txt -sigfile 0000000004.sig"
    ).split()
    done = subprocess.run(command, cwd=ready.layout.checkpoints, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "Signature Verified Successfully")
    text = ready.layout.checkpoints / "0000000004.txt"
    text.write_bytes(text.read_bytes().replace(b"size 4", b"size 5"))
    assert subprocess.run(command, cwd=ready.layout.checkpoints, capture_output=True, check=False).returncode


def bundle_draft(kit: Any, type_: EventType) -> EventDraft:
    name = NameEntry.make(kit.recorder.random_bytes, bundle="trial")
    body: dict[str, Any] = {
        "bundle_id": name.commitment("bundle"),
        "version": 1,
        "profile": "judiciary-2021",
        "sha256": "a" * 64,
        "size": 1,
        "pages": 1,
        "manifest_sha256": "a" * 64,
        "front_sha256": "a" * 64,
        "checkpoint": {"size": 2, "root": "a" * 64},
        "items": [],
    }
    if type_ is EventType.BUNDLE_SUPPLEMENTED:
        body["base_sha256"] = "b" * 64
    return EventDraft(type_, body, name)


def test_a_checkpoint_is_taken_only_if_something_changed(ready: Any) -> None:
    first = take(ready.journal, ready.ring, ready.key)
    count = len(types(ready))
    assert take(ready.journal, ready.ring, ready.key) == first
    for type_ in (EventType.BUNDLE_ASSEMBLED, EventType.BUNDLE_ISSUED, EventType.BUNDLE_SUPPLEMENTED):
        ready.add(bundle_draft(ready, type_))
    assert not checkpoints.is_due(ready.journal.read())
    assert take(ready.journal, ready.ring, ready.key) == first
    assert len(types(ready)) == count + 3
    ready.add(drafts.assigned("a" * 64, "AB/1"))
    assert checkpoints.is_due(ready.journal.read())
    second = take(ready.journal, ready.ring, ready.key)
    assert second.checkpoint.size == count + 4
    assert types(ready).count("key.added") == 1
    assert types(ready).count("checkpoint") == 2


@pytest.mark.parametrize(
    "draft",
    [
        drafts.facts_changed("d" * 64),
        drafts.assigned("a" * 64, "AB/1"),
        drafts.unlocked(sha256="b" * 64, size_bytes=1, parent="a" * 64),
    ],
)
def test_facts_exhibits_and_evidence_make_one_due(ready: Any, draft: EventDraft) -> None:
    take(ready.journal, ready.ring, ready.key)
    assert not checkpoints.is_due(ready.journal.read())
    ready.add(draft)
    assert checkpoints.is_due(ready.journal.read())


def test_without_an_admitted_key_nothing_is_written(ready: Any) -> None:
    before = types(ready)
    with pytest.raises(Blocked, match="is not admitted"):
        take(ready.journal, EMPTY_RING, ready.key)
    assert types(ready) == before
    assert list(ready.layout.checkpoints.iterdir()) == []


def second_machine(kit: Any, now: datetime | None = None) -> tuple[Any, Any, Journal]:
    """Another admitted machine: its key, the ring, and its journal."""
    local = LocalLayout(kit.local.root.parent / "local-b")
    local.root.mkdir()
    key = create_key(local, lambda count: b"\x0b" * count)
    request = admission.request_admission(kit.workspace, key, "machine b", kit.recorder.now())
    admission.admit(kit.workspace, kit.ring, kit.key, request, kit.recorder.now())
    clock = (lambda: now) if now else kit.recorder.now
    recorder = Recorder("officer", "machine-b", "casebinder 0.1.0", clock, os.urandom)
    return key, read_ring(kit.workspace), Journal(kit.layout, recorder)


def test_a_second_machine_brings_the_keys_that_lead_to_the_first(ready: Any) -> None:
    key, ring, journal = second_machine(ready)
    signed = take(journal, ring, key)
    assert types(ready).count("key.added") == 2
    assert signed.signed_by(key.public_key)
    alone = verify_case(ready.layout)
    assert alone.passed
    assert alone.steps[4].outcome.value == "passed"
    assert verify_case(ready.layout, Against(ring=ring)).findings == ()
    shutil.rmtree(ready.workspace.keys)
    assert verify_case(ready.layout).passed


def interrupted(ready: Any, size: int, key: str) -> Checkpoint:
    """What a crash leaves between the text and its signature."""
    chain = ready.journal.read()
    assert chain.head.seq == size
    point = checkpoints.describe(chain, "2026-03-02T09:30:00.000Z", key)
    checkpoints.text_file(ready.layout, size).write_bytes(point.encode())
    return point


def test_ones_own_interrupted_checkpoint_is_finished(ready: Any) -> None:
    take(ready.journal, ready.ring, ready.key)
    ready.add(drafts.assigned("a" * 64, "AB/1"))
    point = interrupted(ready, 6, ready.key.fingerprint)
    signed = take(ready.journal, ready.ring, ready.key)
    assert signed.checkpoint == point
    assert verify_case(ready.layout, Against(ring=ready.ring)).findings == ()


def test_another_machines_unfinished_checkpoint_is_left_alone_for_a_minute_and_then_replaced(
    ready: Any,
) -> None:
    key, ring, journal = second_machine(ready)
    take(journal, ring, key)
    ready.add(drafts.assigned("a" * 64, "AB/1"))
    size = ready.journal.read().head.seq
    interrupted(ready, size, ready.key.fingerprint)
    path = checkpoints.text_file(ready.layout, size)
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def at(moment: datetime) -> Journal:
        return Journal(ready.layout, Recorder("o", "b", "casebinder", lambda: moment, os.urandom))

    with pytest.raises(Unavailable, match="in the middle of signing"):
        take(at(written + timedelta(seconds=50)), ring, key)
    assert path.exists()
    signed = take(at(written + timedelta(seconds=70)), ring, key)
    assert signed.checkpoint.key == key.fingerprint
    assert verify_case(ready.layout, Against(ring=ring)).passed


def test_another_machines_finished_checkpoint_over_the_same_events_is_used(ready: Any) -> None:
    key, ring, journal = second_machine(ready)
    take(journal, ring, key)
    ready.ring = ring
    ready.add(drafts.assigned("a" * 64, "AB/1"))
    size = ready.journal.read().head.seq
    point = checkpoints.describe(ready.journal.read(), "2026-03-02T09:30:00.000Z", key.fingerprint)
    path = checkpoints.text_file(ready.layout, size)
    path.write_bytes(point.encode())
    path.with_suffix(".sig").write_bytes(key.sign(point.encode()))
    signed = take(ready.journal, ring, ready.key)
    assert signed == SignedCheckpoint(point, key.sign(point.encode()))
    assert ready.journal.read().events[-1].body["key"] == key.fingerprint


def test_a_forged_checkpoint_in_the_way_is_refused(ready: Any) -> None:
    take(ready.journal, ready.ring, ready.key)
    ready.add(drafts.assigned("a" * 64, "AB/1"))
    point = interrupted(ready, 6, "f" * 64)
    checkpoints.text_file(ready.layout, 6).with_suffix(".sig").write_bytes(b"\x00" * 64)
    with pytest.raises(VerificationFailed, match="not signed by a key"):
        take(ready.journal, ready.ring, ready.key)
    assert point.key == "f" * 64


def test_missing_files_of_the_last_checkpoint_are_not_passed_over(ready: Any) -> None:
    take(ready.journal, ready.ring, ready.key)
    (ready.layout.checkpoints / "0000000004.sig").unlink()
    with pytest.raises(VerificationFailed, match="missing or not what event 5 says"):
        take(ready.journal, ready.ring, ready.key)


def test_a_signature_under_a_retired_key_fails_in_verify_only_if_later(ready: Any) -> None:
    key, ring, journal = second_machine(ready)
    take(journal, ring, key)
    from casefiles.chain.keyrecords import RetireReason

    admission.retire(
        ready.workspace, ring, ready.key, key.fingerprint, RetireReason.REPLACED, ready.recorder.now()
    )
    after = read_ring(ready.workspace)
    assert verify_case(ready.layout, Against(ring=after)).passed
    ready.add(drafts.assigned("a" * 64, "AB/1"))
    take(journal, ring, key)
    report = verify_case(ready.layout, Against(ring=after))
    assert "checkpoint-key-not-in-use" in {finding.code for finding in report.findings}
    with pytest.raises(Blocked, match="was retired"):
        take(journal, after, key)
