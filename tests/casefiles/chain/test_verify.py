"""One test for each attack that must be detected, and for what must not raise an alarm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from casefiles.chain import canonical, drafts, events, originals
from casefiles.chain.admission import create_root
from casefiles.chain.bodies import DisposalReason, EventType, RecoveryReason
from casefiles.chain.events import ChainEvent, EventDraft
from casefiles.chain.heads import SeenHead
from casefiles.chain.journal import ChainBroken, Journal, open_case
from casefiles.chain.keyring import read_ring
from casefiles.chain.keys import create_key
from casefiles.chain.names import BUNDLE, NameEntry, display_name
from casefiles.chain.report import Outcome, Report
from casefiles.chain.seen import SeenHeads
from casefiles.chain.signing import take
from casefiles.chain.verify import Against, verify_case
from casefiles.chain.verify_disk import walk_evidence
from casefiles.chain.verify_issued import issued_files
from casefiles.errors import Unavailable, VerificationFailed
from casefiles.hashing import sha256_bytes
from casefiles.layout import LocalLayout, WorkspaceLayout


def errors(report: Report) -> set[tuple[int, str]]:
    """Step number and code of each error."""
    return {
        (step.number, finding.code)
        for step in report.steps
        for finding in step.findings
        if finding.severity == "error"
    }


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def finding_of(report: Report, code: str) -> Any:
    return next(finding for finding in report.findings if finding.code == code)


@pytest.fixture
def full(kit: Any) -> Any:
    """Four items, a signed checkpoint, and this machine's note of the head."""
    for number in range(4):
        kit.drop(f"paper {number}.pdf", b"paper %d" % number)
    kit.key, kit.ring = kit.make_key()
    take(kit.journal, kit.ring, kit.key)
    kit.seen = SeenHeads(kit.local, kit.journal.read().case_uuid)
    kit.seen.note(kit.journal.read(), kit.recorder.now())
    return kit


def anchored(kit: Any) -> Report:
    return verify_case(kit.layout, Against(ring=kit.ring, heads=kit.seen.heads))


def rewrite(kit: Any, change: Callable[[ChainEvent], ChainEvent], from_seq: int = 1) -> None:
    """Changes events and links everything after anew: what a patient forger does."""
    prev = events.FIRST_PREV
    for path in sorted(kit.layout.events.iterdir()):
        event = events.decode(path.read_bytes())
        event = replace(event, prev=prev)
        if event.seq >= from_seq:
            event = change(event)
        path.chmod(0o644)
        path.write_bytes(event.encode())
        prev = event.sha256


def edit_json(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    value = json.loads(path.read_bytes())
    change(value)
    path.write_bytes(canonical.encode(value))


def later(event: ChainEvent) -> ChainEvent:
    return replace(event, at=event.at.replace("2026-", "2027-"))


def test_an_untouched_case_passes_every_step(full: Any) -> None:
    report = anchored(full)
    assert report.findings == ()
    assert [step.outcome for step in report.steps] == [Outcome.PASSED] * 10
    assert [step.number for step in report.steps] == list(range(1, 11))
    report.require_passed()


def test_without_anchors_the_steps_say_that_they_were_not_checked(kit: Any) -> None:
    kit.drop("a.pdf", b"a")
    report = verify_case(kit.layout)
    assert report.passed
    assert {s.number for s in report.steps if s.outcome is Outcome.NOT_CHECKED} == {5, 6, 7}


def test_an_edited_earlier_event_is_named(full: Any) -> None:
    edit_json(full.event_file(3), lambda value: value["body"].update(size=99))
    report = verify_case(full.layout)
    assert (2, "link-broken") in errors(report)
    assert "event 3 or 4 was changed" in finding_of(report, "link-broken").message
    with pytest.raises(ChainBroken) as caught:
        Journal(full.layout, full.recorder).read()
    assert caught.value.seq == 4


def test_an_event_in_another_spelling_is_named(full: Any) -> None:
    path = full.event_file(3)
    path.write_bytes(path.read_bytes().replace(b'"seq":3', b'"seq": 3'))
    report = verify_case(full.layout)
    assert finding_of(report, "event-unreadable").subject == "event 3"
    with pytest.raises(ChainBroken, match="breaks at event 3"):
        Journal(full.layout, full.recorder).read()


def test_a_deleted_event_is_named(full: Any) -> None:
    full.event_file(4).unlink()
    report = verify_case(full.layout)
    assert finding_of(report, "event-missing").subject == "event 4"
    with pytest.raises(ChainBroken, match="breaks at event 4"):
        Journal(full.layout, full.recorder).read()


def test_a_deleted_first_event_is_named(full: Any) -> None:
    full.event_file(1).unlink()
    assert (1, "event-missing") in errors(verify_case(full.layout))
    with pytest.raises(ChainBroken, match="breaks at event 1"):
        Journal(full.layout, full.recorder).read()


def test_swapped_events_are_named(full: Any) -> None:
    three, four = full.event_file(3).read_bytes(), full.event_file(4).read_bytes()
    full.event_file(3).write_bytes(four)
    full.event_file(4).write_bytes(three)
    report = verify_case(full.layout)
    subjects = {f.subject for f in report.findings if f.code == "link-broken"}
    assert {"event 3", "event 4", "event 5"} <= subjects
    assert "says that it is event 4" in finding_of(report, "link-broken").message


@pytest.mark.parametrize(
    "name",
    [
        "0000000003 (1).json",
        "0000000003 (A's conflicted copy 2026-03-02).json",
        "0000000003.json.bak",
        "notes.txt",
        "00000000003.json",
        "0000000000.json",
    ],
)
def test_a_stray_or_conflict_copy_is_named_and_does_not_stop_the_work(full: Any, name: str) -> None:
    (full.layout.events / name).write_bytes(full.event_file(3).read_bytes())
    report = verify_case(full.layout)
    assert errors(report) == {(1, "event-stray")}
    assert finding_of(report, "event-stray").subject == f"events/{name}"
    assert full.journal.read().strays == (name,)
    full.drop("after.pdf", b"after")


def test_an_event_added_at_the_end_by_hand_does_not_pass_for_one(full: Any) -> None:
    last = full.journal.read().head.seq
    full.event_file(last + 1).write_bytes(full.event_file(last).read_bytes())
    found = {(f.code, f.subject) for f in verify_case(full.layout).findings}
    assert ("link-broken", f"event {last + 1}") in found
    assert ("event-doubled", f"event {last + 1}") in found


def test_an_edited_last_event_needs_an_anchor(kit: Any) -> None:
    kit.drop("a.pdf", b"a")
    seen = SeenHeads(kit.local, kit.journal.read().case_uuid)
    seen.note(kit.journal.read(), kit.recorder.now())
    rewrite(kit, later, from_seq=kit.journal.read().head.seq)
    assert verify_case(kit.layout).passed
    report = verify_case(kit.layout, Against(heads=seen.heads))
    assert errors(report) == {(7, "chain-rewritten")}
    assert finding_of(report, "chain-rewritten").subject == "event 3"


def test_an_edited_last_event_shows_against_a_checkpoint(full: Any) -> None:
    size = max(int(path.stem) for path in full.layout.checkpoints.glob("*.txt"))
    rewrite(full, lambda event: later(event) if event.seq == size else event, from_seq=size)
    report = verify_case(full.layout)
    assert (6, "chain-rewritten") in errors(report)


def test_a_cut_tail_needs_an_anchor(kit: Any) -> None:
    kit.drop("a.pdf", b"a")
    kit.drop("b.pdf", b"b")
    seen = SeenHeads(kit.local, kit.journal.read().case_uuid)
    seen.note(kit.journal.read(), kit.recorder.now())
    kit.event_file(4).unlink()
    alone = verify_case(kit.layout)
    assert {step.number for step in alone.steps if step.outcome is Outcome.FAILED} == {8}
    (kit.layout.folder / "evidence/b.pdf").unlink()
    assert verify_case(kit.layout).passed
    report = verify_case(kit.layout, Against(heads=seen.heads))
    assert errors(report) == {(7, "chain-cut")}
    assert "ends at event 3" in finding_of(report, "chain-cut").message


def test_a_tail_cut_below_a_checkpoint_shows_against_its_file(full: Any) -> None:
    for seq in range(6, full.journal.read().head.seq + 1):
        full.event_file(seq).unlink()
    report = verify_case(full.layout)
    assert (6, "chain-cut") in errors(report)


def test_everything_rewritten_with_a_fresh_key_passes_alone_and_fails_against_every_anchor(
    full: Any, tmp_path: Path
) -> None:
    forger = LocalLayout(tmp_path / "forger")
    forger.root.mkdir()
    elsewhere = WorkspaceLayout(tmp_path / "forged")
    elsewhere.root.mkdir()
    key = create_key(forger, lambda count: b"\x07" * count)
    create_root(elsewhere, forger, key, "machine a", full.recorder.now())
    for path in list(full.layout.checkpoints.iterdir()):
        path.unlink()
    kept = [e for e in full.journal.read().events if e.type not in ("checkpoint", "key.added")]
    for path in list(full.layout.events.iterdir()):
        path.unlink()
    prev = events.FIRST_PREV
    for seq, event in enumerate(kept, start=1):
        forged = later(replace(event, seq=seq, prev=prev))
        full.event_file(seq).write_bytes(forged.encode())
        prev = forged.sha256
    journal = Journal(full.layout, full.recorder)
    take(journal, read_ring(elsewhere), key)
    alone = verify_case(full.layout)
    assert alone.passed
    assert "key-compare" in codes(alone)
    assert (7, "chain-rewritten") in errors(verify_case(full.layout, Against(heads=full.seen.heads)))
    assert (5, "checkpoint-unknown-key") in errors(verify_case(full.layout, Against(ring=full.ring)))


def test_a_chain_made_anew_from_its_first_event_shows_against_the_folder(full: Any) -> None:
    SeenHeads(full.local, full.journal.read().case_uuid, full.layout.folder).note(
        full.journal.read(), full.recorder.now()
    )
    assert verify_case(full.layout, Against(local=full.local)).passed
    shutil.rmtree(full.layout.chain)
    for path in (full.layout.folder / "evidence").iterdir():
        path.unlink()
    open_case(full.layout, full.recorder, kind="eso", reference="2026-0042")
    assert verify_case(full.layout).passed
    assert (7, "chain-replaced") in errors(verify_case(full.layout, Against(local=full.local)))


@pytest.mark.parametrize("seq", [1, 3])
def test_heads_are_checked_though_events_are_missing(full: Any, seq: int) -> None:
    SeenHeads(full.local, full.journal.read().case_uuid, full.layout.folder).note(
        full.journal.read(), full.recorder.now()
    )
    full.event_file(full.journal.read().head.seq).unlink()
    full.event_file(seq).unlink()
    found = errors(verify_case(full.layout, Against(local=full.local)))
    assert (1, "event-missing") in found
    assert (7, "chain-cut") in found or (7, "chain-replaced") in found


@pytest.mark.parametrize("suffix", [".txt", ".sig"])
def test_an_altered_checkpoint_file_is_named(full: Any, suffix: str) -> None:
    path = next(full.layout.checkpoints.glob(f"*{suffix}"))
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(data))
    found = errors(anchored(full))
    assert found & {(5, "checkpoint-signature"), (5, "checkpoint-damaged"), (5, "checkpoint-altered")}


def test_missing_checkpoint_files_are_named(full: Any) -> None:
    for path in full.layout.checkpoints.glob("*.txt"):
        path.unlink()
    for path in full.layout.checkpoints.glob("*.sig"):
        path.unlink()
    assert (5, "checkpoint-missing") in errors(anchored(full))


def test_a_checkpoint_of_another_case_is_named(full: Any, kit_maker: Any) -> None:
    other = kit_maker("other", "2026-0043 ROE")
    for number in range(4):
        other.drop(f"x{number}.pdf", b"x%d" % number)
    take(other.journal, full.ring, full.key)
    for path in full.layout.checkpoints.iterdir():
        path.chmod(0o644)
    shutil.rmtree(full.layout.checkpoints)
    shutil.copytree(other.layout.checkpoints, full.layout.checkpoints)
    assert {(5, "checkpoint-altered"), (6, "checkpoint-other-case")} <= errors(anchored(full))


def evidence(kit: Any, number: int) -> Path:
    return Path(kit.layout.folder / "evidence" / f"paper {number}.pdf")


def test_edited_evidence_is_named(full: Any) -> None:
    evidence(full, 1).write_bytes(b"paper 1, improved")
    report = anchored(full)
    assert errors(report) == {(8, "evidence-edited")}
    assert finding_of(report, "evidence-edited").subject == "evidence/paper 1.pdf"


def test_deleted_evidence_is_named(full: Any) -> None:
    evidence(full, 1).unlink()
    report = anchored(full)
    assert errors(report) == {(8, "evidence-deleted")}
    assert finding_of(report, "evidence-deleted").subject == "evidence/paper 1.pdf"


def test_renamed_evidence_is_named_once(full: Any) -> None:
    evidence(full, 1).rename(evidence(full, 1).with_name("paper one.pdf"))
    report = anchored(full)
    assert errors(report) == {(8, "evidence-renamed")}
    assert "“evidence/paper one.pdf”" in finding_of(report, "evidence-renamed").message


def test_replaced_evidence_is_named_with_what_replaced_it(full: Any) -> None:
    shutil.copy(evidence(full, 2), evidence(full, 1))
    report = anchored(full)
    assert errors(report) == {(8, "evidence-replaced")}
    wanted = full.journal.state().paths[b"evidence/paper 2.pdf"].sha256[:8]
    assert wanted in finding_of(report, "evidence-replaced").message


def test_evidence_moved_to_another_case_is_named_in_both(full: Any, kit_maker: Any) -> None:
    other = kit_maker("other", "2026-0043 ROE")
    evidence(full, 1).rename(other.layout.folder / "evidence" / "paper 1.pdf")
    assert errors(anchored(full)) == {(8, "evidence-deleted")}
    known = full.journal.state().items
    report = verify_case(
        other.layout, Against(elsewhere=lambda sha256: "2026-0042" if sha256 in known else None)
    )
    assert errors(report) == {(8, "evidence-not-registered")}
    assert "case 2026-0042" in finding_of(report, "evidence-not-registered").message


def test_evidence_never_registered_is_named(full: Any) -> None:
    (full.layout.folder / "evidence" / "late.pdf").write_bytes(b"late")
    report = anchored(full)
    assert errors(report) == {(8, "evidence-not-registered")}
    assert finding_of(report, "evidence-not-registered").subject == "evidence/late.pdf"
    ignored = verify_case(full.layout, Against(ignored=lambda name: name == b"late.pdf"))
    assert ignored.passed


def test_a_folder_is_never_passed_over_for_its_name(full: Any) -> None:
    folder = full.layout.folder / "evidence" / "copies.tmp"
    folder.mkdir()
    (folder / "late.pdf").write_bytes(b"late")
    report = verify_case(full.layout, Against(ignored=lambda name: name.endswith(b".tmp")))
    assert finding_of(report, "evidence-not-registered").subject == "evidence/copies.tmp/late.pdf"


def test_a_path_longer_than_the_system_takes_in_one_piece_is_no_deletion(full: Any) -> None:
    raw = b"evidence"
    folder = os.open(full.layout.folder / "evidence", os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=folder)
        below = os.open("x" * 250, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder, raw = below, raw + b"/" + b"x" * 250
    handle = os.open("a.pdf", os.O_WRONLY | os.O_CREAT, dir_fd=folder)
    os.write(handle, b"deep")
    os.close(handle)
    os.close(folder)
    files, findings = walk_evidence(full.layout, ["./evidence/"], lambda _name: False)
    assert files[raw + b"/a.pdf"].sha256 == sha256_bytes(b"deep")
    assert findings == []


def test_an_issued_bundle_that_is_gone_is_named(full: Any) -> None:
    digest = record_issued(full, b"%PDF-1.7 as issued")
    assert errors(anchored(full)) == {(10, "bundle-missing")}
    assert digest[:16] in finding_of(anchored(full), "bundle-missing").message
    folder = full.layout.issued / "trial v1"
    folder.mkdir(parents=True)
    (folder / "Bundle.PDF").write_bytes(b"%PDF-1.7 as issued")
    assert anchored(full).passed
    folder.rename(full.layout.issued / ".casebinder-unpublished")
    assert errors(anchored(full)) == {(10, "bundle-missing")}


def test_links_and_pipes_among_issued_bundles_are_not_followed(full: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside.pdf"
    outside.write_bytes(b"%PDF-1.7 as issued")
    record_issued(full, outside.read_bytes())
    folder = full.layout.issued / "trial v1"
    folder.mkdir(parents=True)
    (folder / "a.pdf").symlink_to(outside)
    (folder / "gone.pdf").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "b.pdf")
    (folder / "c.pdf").mkdir()
    assert issued_files(full.layout) == []
    assert errors(anchored(full)) == {(10, "bundle-missing")}


def test_a_folder_or_pipe_in_an_events_place_is_named(full: Any) -> None:
    full.event_file(3).unlink()
    full.event_file(3).mkdir()
    report = verify_case(full.layout)
    assert "is a folder" in finding_of(report, "event-unreadable").message
    full.event_file(3).rmdir()
    os.mkfifo(full.event_file(3))
    assert (1, "event-unreadable") in errors(verify_case(full.layout))
    with pytest.raises(ChainBroken, match="event 3"):
        Journal(full.layout, full.recorder).read()


def record_issued(kit: Any, pdf: bytes) -> str:
    """The event about an issued bundle of those bytes, on the case's first item; their SHA-256."""
    name = NameEntry.make(kit.recorder.random_bytes, **{BUNDLE: "trial"})
    item = next(iter(kit.journal.state().items.values()))
    body = {
        "bundle_id": name.commitment(BUNDLE), "version": 1, "profile": "judiciary-2021", "sha256": sha256_bytes(pdf),
        "size": len(pdf), "pages": 2, "manifest_sha256": "1" * 64, "front_sha256": "2" * 64, "checkpoint": {"size": 1, "root": "4" * 64},
        "items": [
            {"kind": "evidence", "evidence": item.sha256, "derived": "3" * 64, "event": item.seq, "first": 2, "last": 2}
        ],
    }  # fmt: skip
    kit.add(EventDraft(EventType.BUNDLE_ISSUED, body, name))
    return sha256_bytes(pdf)


def test_links_and_pipes_in_evidence_are_named_and_not_followed(full: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.pdf").write_bytes(b"secret")
    folder = full.layout.folder / "evidence"
    (folder / "linked").symlink_to(outside)
    (folder / "link.pdf").symlink_to(outside / "secret.pdf")
    os.mkfifo(folder / "pipe")
    found = [f.subject for f in anchored(full).findings if f.code == "evidence-not-followed"]
    assert sorted(found) == ["evidence/link.pdf", "evidence/linked", "evidence/pipe"]


def test_names_that_are_not_utf_8_are_verified_and_shown_escaped(kit: Any) -> None:
    raw = b"evidence/caf\xe9\n.pdf"
    path = kit.layout.folder / os.fsdecode(raw)
    path.write_bytes(b"coffee")
    kept = originals.preserve(kit.layout, path, "pdf")
    kit.add(
        drafts.received(
            kit.recorder.random_bytes,
            path=raw,
            sha256=kept.sha256,
            size_bytes=6,
            mtime=None,
            owner=None,
            suffix="pdf",
        )
    )
    assert verify_case(kit.layout).passed
    path.unlink()
    assert finding_of(verify_case(kit.layout), "evidence-deleted").subject == display_name(raw)


@pytest.mark.parametrize("what", ["altered", "missing"])
def test_a_broken_original_is_named(full: Any, what: str) -> None:
    sha256 = next(iter(full.journal.state().items))
    path = originals.find(full.layout, sha256)
    assert path is not None
    path.chmod(0o644)
    if what == "altered":
        path.write_bytes(b"other bytes")
    else:
        path.unlink()
    report = anchored(full)
    assert errors(report) == {(4, f"original-{what}")}
    assert sha256[:8] in finding_of(report, f"original-{what}").subject


def withdraw(kit: Any, name: bytes) -> str:
    path = kit.journal.state().paths[name]
    kit.add(
        drafts.disposed(
            kit.recorder.random_bytes,
            sha256=path.sha256,
            size_bytes=path.size_bytes,
            reason=DisposalReason.WRONG_CHILD,
            authority="Head of Service",
            path_ids=[path.path_id],
        )
    )
    return str(path.sha256)


def test_a_withdrawn_item_is_a_gap_that_is_named_and_accepted(full: Any) -> None:
    sha256 = withdraw(full, b"evidence/paper 1.pdf")
    originals.dispose(full.layout, sha256)
    evidence(full, 1).unlink()
    first = next(e for e in full.journal.read().events if e.body.get("sha256") == sha256)
    (full.layout.names / f"{first.id}.json").unlink()
    report = anchored(full)
    assert errors(report) == set()
    assert "wrong-child" in finding_of(report, "original-withdrawn").message


def test_withdrawn_bytes_are_named_under_whatever_name_they_are_back(full: Any) -> None:
    again, over = evidence(full, 1).with_name("again.pdf"), evidence(full, 2)
    data = evidence(full, 1).read_bytes()
    originals.dispose(full.layout, withdraw(full, b"evidence/paper 1.pdf"))
    evidence(full, 1).unlink()
    again.write_bytes(data)
    assert errors(anchored(full)) == {(8, "evidence-not-withdrawn")}
    again.rename(over)
    report = anchored(full)
    assert errors(report) == {(8, "evidence-not-withdrawn"), (8, "evidence-deleted")}
    assert finding_of(report, "evidence-not-withdrawn").subject == "evidence/paper 2.pdf"


def test_a_withdrawn_item_whose_bytes_are_still_there_is_an_error(full: Any) -> None:
    withdraw(full, b"evidence/paper 1.pdf")
    assert errors(anchored(full)) == {(4, "original-not-withdrawn"), (8, "evidence-not-withdrawn")}


def test_an_altered_missing_or_damaged_names_file_is_named(full: Any) -> None:
    received = [e for e in full.journal.read().events if e.type == "evidence.received"]
    files = [full.layout.names / f"{event.id}.json" for event in received]
    for path in files:
        path.chmod(0o644)
    edit_json(files[0], lambda value: value["values"]["path"].update(data="evidence/other.pdf"))
    files[1].unlink()
    files[2].write_bytes(b"{")
    found = {(f.code, f.subject) for f in anchored(full).findings}
    assert ("name-altered", f"event {received[0].seq}") in found
    assert ("name-missing", f"event {received[1].seq}") in found
    assert ("name-damaged", f"event {received[2].seq}") in found


def test_an_edited_case_file_is_only_a_note(full: Any) -> None:
    full.layout.case_file.write_bytes(b'reference = "2026-0042"\n# more\n')
    report = anchored(full)
    assert report.passed
    assert codes(report) == {"facts-edited"}


def test_all_failures_are_collected_in_one_run(full: Any) -> None:
    edit_json(full.event_file(2), lambda value: value["body"].update(sha256="0" * 64))
    (full.layout.events / "copy.json").write_bytes(b"")
    evidence(full, 0).write_bytes(b"edited")
    evidence(full, 1).unlink()
    path = originals.find(full.layout, full.journal.state().paths[b"evidence/paper 2.pdf"].sha256)
    assert path is not None
    path.unlink()
    report = anchored(full)
    assert {
        (1, "event-stray"),
        (2, "link-broken"),
        (4, "original-missing"),
        (6, "chain-rewritten"),
    } <= errors(report)
    assert {(8, "evidence-edited"), (8, "evidence-deleted")} <= errors(report)
    with pytest.raises(VerificationFailed) as caught:
        report.require_passed()
    assert len(caught.value.findings) == len(report.findings)


def test_a_recorded_loss_is_a_note(kit: Any) -> None:
    for number in range(3):
        kit.drop(f"{number}.pdf", b"%d" % number)
    seen = SeenHeads(kit.local, kit.journal.read().case_uuid)
    seen.note(kit.journal.read(), kit.recorder.now())
    kit.event_file(5).unlink()
    (kit.layout.folder / "evidence" / "2.pdf").unlink()
    journal = Journal(kit.layout, kit.recorder)
    journal.append(lambda _chain: [drafts.recovered(5, RecoveryReason.SHARE_ROLLED_BACK)])
    report = verify_case(kit.layout, Against(heads=seen.heads))
    assert report.passed
    assert finding_of(report, "chain-rewritten").severity == "note"


def test_a_share_that_is_gone_is_unavailable_and_never_a_deletion(full: Any) -> None:
    shutil.rmtree(full.layout.chain)
    with pytest.raises(Unavailable):
        anchored(full)
    assert not full.layout.chain.exists()


def test_the_verifier_loads_nothing_that_writes() -> None:
    code = "import sys, casefiles.chain.verify; print([m for m in sys.modules if 'publish' in m or 'journal' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_heads_seen_are_checked_in_order(full: Any) -> None:
    heads: Sequence[SeenHead] = full.seen.heads
    forged = replace(heads[0], sha256="f" * 64)
    assert errors(verify_case(full.layout, Against(heads=[forged]))) == {(7, "chain-rewritten")}
