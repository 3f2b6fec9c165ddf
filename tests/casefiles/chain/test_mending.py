"""A chain that breaks and of which no copy is left: nothing is deleted, and it goes on, whenever it is interrupted."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casefiles.chain import drafts, mending
from casefiles.chain.bodies import EventType, RecoveryReason
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Journal, open_case
from casefiles.chain.linked import ChainBroken
from casefiles.errors import UsageError
from casefiles.hashing import sha256_bytes
from casefiles.layout import CaseLayout
from casefiles.recorder import Recorder

LOST = RecoveryReason.EVENTS_LOST


def recorder() -> Recorder:
    numbers = itertools.count()
    return Recorder(
        "officer",
        "desk",
        "casebinder 0",
        lambda: datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(seconds=next(numbers)),
        lambda size: hashlib.shake_256(str(next(numbers)).encode()).digest(size),
    )


def received(journal: Journal, name: str) -> None:
    data = name.encode()
    draft = drafts.received(
        journal.recorder.random_bytes,
        path=b"evidence/" + data,
        sha256=sha256_bytes(data),
        size_bytes=len(data),
        mtime=None,
        owner=None,
        suffix="txt",
    )
    journal.append(lambda _chain: [draft])


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A case with six events: opened, three files, a label, another file."""
    made = open_case(CaseLayout(tmp_path), recorder(), kind="prosecution-444-1a", reference="2026-0042")
    for name in ("a", "b", "c"):
        received(made, name)
    label = {"sha256": sha256_bytes(b"a"), "label": "AB/1"}
    made.append(lambda _chain: [EventDraft(EventType.EXHIBIT_ASSIGNED, label)])
    received(made, "d")
    return made


def files(layout: CaseLayout) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in layout.chain.rglob("*") if path.is_file()}


def fresh(journal: Journal) -> Journal:
    return Journal(journal.layout, journal.recorder)


@pytest.mark.parametrize("seq", [2, 3, 5, 6])
def test_everything_from_the_break_on_is_set_aside_and_the_chain_goes_on(journal: Journal, seq: int) -> None:
    layout = journal.layout
    event = layout.events / f"{seq:010d}.json"
    event.write_bytes(b"damaged\n")
    before = files(layout)
    assert mending.find_break(layout) is not None
    with pytest.raises(ChainBroken):
        fresh(journal).read()
    done = mending.take_up_again(fresh(journal), LOST)
    assert done.from_seq == seq
    chain = fresh(journal).read()
    assert chain.events[seq - 1].type is EventType.CHAIN_RECOVERED
    assert chain.events[seq - 1].body == {"from_seq": seq, "reason_code": "events-lost"}
    after = files(layout)
    assert set(before.values()) <= set(after.values()), "nothing is deleted"
    # the label was given in event 5, which can still be read unless it is the damaged one
    labelled = fresh(journal).state().exhibits
    assert labelled == ({} if seq == 5 else {sha256_bytes(b"a"): "AB/1"})
    with pytest.raises(UsageError, match="does not break"):
        mending.take_up_again(fresh(journal), LOST)


def test_a_missing_event_is_a_break_and_an_edited_one_breaks_at_the_next(journal: Journal) -> None:
    layout = journal.layout
    (layout.events / "0000000004.json").unlink()
    found = mending.find_break(layout)
    assert found is not None
    assert found.seq == 4
    event = layout.events / "0000000002.json"
    event.write_bytes(event.read_bytes().replace(b'"officer"', b'"Officer"'))
    found = mending.find_break(layout)
    assert found is not None
    assert found.seq == 3


def test_interrupted_after_each_move_it_is_finished_by_running_it_again(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = journal.layout
    (layout.events / "0000000003.json").write_bytes(b"damaged\n")
    count = sum(1 for _ in mending._sources(layout, mending.Break(3, journal.read().head)))
    assert count > 6
    real = mending.publish_file
    for _round in range(count):
        moves = itertools.count()

        def once(source: Path, target: Path, moves: itertools.count[int] = moves) -> bool:
            if next(moves) == 1:
                raise KeyboardInterrupt
            return real(source, target)

        monkeypatch.setattr(mending, "publish_file", once)
        try:
            mending.take_up_again(fresh(journal), LOST)
            break
        except KeyboardInterrupt:
            continue
    chain = fresh(journal).read()
    assert [event.type for event in chain.events[2:]] == [
        EventType.CHAIN_RECOVERED,
        EventType.EXHIBIT_ASSIGNED,
    ]
    assert len(list(layout.set_aside.iterdir())) == 1


def test_a_second_mishap_at_the_same_place_overwrites_nothing(journal: Journal) -> None:
    layout = journal.layout
    for words in (b"damaged\n", b"damaged again\n"):
        (layout.events / "0000000003.json").write_bytes(words)
        mending.take_up_again(fresh(journal), LOST)
    damaged = [path.read_bytes() for path in layout.set_aside.rglob("0000000003.json")]
    assert set(damaged) == {b"damaged again\n", b"damaged\n"}


def test_nothing_goes_on_from_a_lost_first_event(journal: Journal) -> None:
    (journal.layout.events / "0000000001.json").write_bytes(b"")
    before = files(journal.layout)
    with pytest.raises(UsageError, match="very first event"):
        mending.take_up_again(fresh(journal), LOST)
    assert files(journal.layout) == before
