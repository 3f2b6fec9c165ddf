from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from casefiles.chain import drafts, names
from casefiles.chain.bodies import Decision, EventType
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import NO_HEAD, Chain, ChainBroken, Journal, open_case
from casefiles.chain.names import NameEntry
from casefiles.chain.verify import verify_case
from casefiles.errors import Unavailable, UsageError
from casefiles.layout import CaseLayout

FACTS = [drafts.facts_changed(f"{number:064x}") for number in range(20)]


def writer(folder: Path, home: Path, host: str, count: int) -> subprocess.Popen[str]:
    """A separate process with a home and a host name of its own."""
    home.mkdir(exist_ok=True)
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("writer.py")), str(folder), host, str(count)],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def start(*processes: subprocess.Popen[str]) -> None:
    """Lets them go at the same moment, once all are ready."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def acknowledged(line: str) -> tuple[int, str] | None:
    """The event that a writer's line claims, or None."""
    number, _, sha256 = line.strip().partition(" ")
    return (int(number), sha256) if len(sha256) == 64 else None


def test_two_processes_record_each_file_once(kit: Any, tmp_path: Path) -> None:
    both = [writer(kit.layout.folder, tmp_path / host, host, 200) for host in ("one", "two")]
    start(*both)
    claimed: list[tuple[int, str]] = []
    for process in both:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        claimed += [entry for line in out.splitlines() if (entry := acknowledged(line))]
    chain = kit.journal.read()
    received = [event for event in chain.events if event.type is EventType.EVIDENCE_RECEIVED]
    assert len(received) == 200
    assert len({event.body["sha256"] for event in received}) == 200
    assert sorted(claimed) == [(event.seq, event.sha256) for event in received]
    assert {event.actor.host for event in received} <= {"one", "two"}
    assert len(list(kit.layout.names.iterdir())) == 200


def test_twenty_kills_lose_double_and_break_nothing(kit: Any, tmp_path: Path) -> None:
    dice = random.Random(444)
    claimed: dict[int, str] = {}
    for round_ in range(10):
        both = [writer(kit.layout.folder, tmp_path / host, host, 400) for host in ("one", "two")]
        start(*both)
        for process in both:
            assert process.stdout is not None
            wanted = 40 * (round_ + 1) - dice.randrange(30)
            while (line := process.stdout.readline()) and line != f"done {wanted - 1}\n":
                entry = acknowledged(line)
                if entry:
                    assert claimed.setdefault(*entry) == entry[1]
            process.kill()
            # communicate() would forget what readline() has buffered, and begin in the middle of a line
            for line in process.stdout.read().splitlines():
                entry = acknowledged(line)
                if entry:
                    assert claimed.setdefault(*entry) == entry[1]
            process.wait(60)
    chain = Journal(kit.layout, kit.recorder).read()
    hashes = {event.seq: event.sha256 for event in chain.events}
    assert all(hashes[seq] == sha256 for seq, sha256 in claimed.items())
    received = [event.body["sha256"] for event in chain.events if event.type is EventType.EVIDENCE_RECEIVED]
    assert len(received) == len(set(received)) >= len(claimed) > 300
    report = verify_case(kit.layout)
    bad = [f for step in report.steps[:4] for f in step.findings if f.severity != "note"]
    assert bad == []


def test_open_case_makes_a_whole_chain_or_none(tmp_path: Path, kit: Any) -> None:
    chain = kit.journal.read()
    assert chain.events[0].type is EventType.CASE_OPENED
    assert chain.case_uuid == kit.journal.state().case_uuid
    assert sorted(path.name for path in kit.layout.chain.iterdir()) == [
        "checkpoints",
        "events",
        "names",
        "originals",
        "tmp",
    ]
    with pytest.raises(UsageError, match="already has an evidence chain"):
        open_case(kit.layout, kit.recorder, kind="eso", reference="x")
    with pytest.raises(Unavailable):
        open_case(CaseLayout(tmp_path / "gone"), kit.recorder, kind="eso", reference="x")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ValueError, match="“kind”"):
        open_case(CaseLayout(empty), kit.recorder, kind="Not A Code", reference="x")
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("gone", ["_chain", "_chain/events", "whole case"])
def test_a_share_that_is_gone_is_unavailable_and_nothing_is_made(kit: Any, gone: str) -> None:
    kit.journal.read()
    path = kit.layout.folder if gone == "whole case" else kit.layout.folder / gone
    shutil.rmtree(path)
    for journal in (kit.journal, Journal(kit.layout, kit.recorder)):
        with pytest.raises(Unavailable):
            journal.read()
        with pytest.raises(Unavailable):
            journal.append(lambda _chain: [FACTS[0]])
        with pytest.raises(Unavailable):
            journal.state()
    assert not path.exists()


def test_an_empty_events_folder_is_broken_and_nothing_is_added(kit: Any) -> None:
    kit.event_file(1).unlink()
    kit.event_file(2).unlink()
    with pytest.raises(ChainBroken, match="the events folder is empty"):
        kit.journal.append(lambda _chain: [FACTS[0]])
    assert list(kit.layout.events.iterdir()) == []


def test_events_link_by_the_bytes_of_the_file_before(kit: Any) -> None:
    kit.add(*FACTS[:3])
    prev = NO_HEAD.sha256
    for event in kit.journal.read().events:
        data = kit.event_file(event.seq).read_bytes()
        assert event.prev == prev
        prev = hashlib.sha256(data).hexdigest()
    assert kit.journal.read().head == type(NO_HEAD)(5, prev)


def test_a_batch_keeps_its_order_and_each_event_its_file(kit: Any) -> None:
    written = kit.journal.append(lambda _chain: FACTS[:5])
    assert [event.seq for event in written] == [3, 4, 5, 6, 7]
    assert [event.body["sha256"] for event in written] == [draft.body["sha256"] for draft in FACTS[:5]]
    assert Journal(kit.layout, kit.recorder).read().events[2:] == written


def test_who_loses_the_number_decides_again_on_the_newer_chain(kit: Any) -> None:
    other = Journal(kit.layout, kit.recorder)
    shown: list[int] = []

    def decide(chain: Chain) -> Sequence[EventDraft]:
        shown.append(chain.head.seq)
        if len(shown) == 1:
            other.append(lambda _chain: [FACTS[0]])
        known = {event.body.get("sha256") for event in chain.events}
        return [draft for draft in FACTS[:2] if draft.body["sha256"] not in known]

    written = kit.journal.append(decide)
    assert shown == [2, 3]
    assert [event.body["sha256"] for event in written] == [FACTS[1].body["sha256"]]
    assert [event.seq for event in written] == [4]


def test_a_loser_takes_its_names_file_back(kit: Any) -> None:
    other = Journal(kit.layout, kit.recorder)
    calls: list[int] = []

    def decide(_chain: Chain) -> Sequence[EventDraft]:
        calls.append(1)
        if len(calls) == 1:
            other.append(lambda _chain: [FACTS[0]])
        return [drafts.decided(kit.recorder.random_bytes, Decision.PLACEHOLDER, "a" * 64, "held")]

    (event,) = kit.journal.append(decide)
    assert [path.name for path in kit.layout.names.iterdir()] == [f"{event.id}.json"]


def test_always_losing_ends_in_a_clear_error(kit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casefiles.chain.journal.publish_new", lambda *_args, **_kwargs: False)
    with pytest.raises(Unavailable, match="Other writers took the next number"):
        kit.journal.append(lambda _chain: [FACTS[0]])


def test_another_journal_sees_what_was_added(kit: Any) -> None:
    other = Journal(kit.layout, kit.recorder)
    assert other.read().head.seq == 2
    kit.add(FACTS[0])
    assert other.read().head.seq == 3
    other.append(lambda _chain: [FACTS[1]])
    kit.add(FACTS[2])
    assert [event.seq for event in kit.journal.read().events] == [1, 2, 3, 4, 5]


def test_known_events_are_not_read_again(kit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.add(*FACTS)
    read: list[int] = []
    real = __import__("casefiles.chain.journal", fromlist=["read_event"]).read_event

    def counting(layout: CaseLayout, seq: int) -> Any:
        read.append(seq)
        return real(layout, seq)

    monkeypatch.setattr("casefiles.chain.journal.read_event", counting)
    for draft in FACTS[:5]:
        kit.add(draft)
    kit.journal.read()
    assert read == []
    Journal(kit.layout, kit.recorder).read()
    assert read == list(range(1, 28))


def test_a_replaced_head_is_noticed_by_a_running_process(kit: Any) -> None:
    path = kit.event_file(2)
    data = path.read_bytes().replace(b'"officer"', b'"forgers"')
    path.unlink()
    path.write_bytes(data)
    assert kit.journal.read().head.sha256 == hashlib.sha256(data).hexdigest()


def test_a_tail_cut_under_a_running_process_is_noticed(kit: Any) -> None:
    kit.add(*FACTS[:2])
    kit.event_file(4).unlink()
    (event,) = kit.journal.append(lambda _chain: [FACTS[5]])
    assert event.seq == 4
    assert Journal(kit.layout, kit.recorder).read().head.seq == 4


@pytest.mark.parametrize(
    ("draft", "problem"),
    [
        (EventDraft(EventType.FACTS_CHANGED, {"sha256": "x"}), "SHA-256"),
        (EventDraft(EventType.FACTS_CHANGED, {"sha256": "a" * 64, "path": "b"}), "unknown keys"),
        (
            EventDraft(EventType.EVIDENCE_MISSING, {"path_id": "a" * 64, "sha256": "a" * 64}),
            "nothing that is kept",
        ),
        (
            EventDraft(
                EventType.DECISION_RECORDED,
                {"decision": "accept", "sha256": "a" * 64, "reason_id": "b" * 64},
                NameEntry.make(lambda count: b"s" * count, reason="why"),
            ),
            "is not the commitment",
        ),
        (
            EventDraft(
                EventType.FACTS_CHANGED,
                {"sha256": "a" * 64},
                NameEntry.make(lambda count: b"s" * count, reason="why"),
            ),
            "without a commitment",
        ),
    ],
)
def test_a_wrong_draft_is_refused_before_anything_is_written(
    kit: Any, draft: EventDraft, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        kit.journal.append(lambda _chain: [FACTS[0], draft])
    assert kit.journal.read().head.seq == 2
    assert list(kit.layout.names.iterdir()) == []


def test_names_lie_beside_the_chain_and_never_in_it(kit: Any) -> None:
    kit.drop("MARAC - refuge 12 High St.pdf", b"secret")
    event = kit.journal.read().events[-1]
    entry = names.read_name(kit.layout, event.id)
    assert entry is not None
    assert entry.path == b"evidence/MARAC - refuge 12 High St.pdf"
    assert entry.commitment("path") == event.body["path_id"]
    for path in kit.layout.events.iterdir():
        assert b"MARAC" not in path.read_bytes()


def test_the_clock_is_compared_with_the_share(kit: Any) -> None:
    kit.add(FACTS[0])
    skew = kit.journal.read().events[-1].clock.skew_ms
    written = kit.event_file(3).stat().st_mtime
    assert abs(kit.recorder.now().timestamp() - written - skew / 1000) < 60


def test_a_published_event_is_not_open_to_more_people_than_its_folder(kit: Any) -> None:
    kit.layout.events.chmod(0o700)
    kit.add(FACTS[0])
    assert kit.event_file(3).stat().st_mode & 0o077 == 0
