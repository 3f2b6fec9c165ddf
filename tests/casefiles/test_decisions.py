"""Placeholders, opened copies and versions: recorded once."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest

from casefiles.chain import drafts, originals
from casefiles.chain.bodies import Decision
from casefiles.chain.journal import Journal
from casefiles.decisions import record_opened_copy, record_placeholder, record_version_decision
from casefiles.errors import UsageError
from casefiles.hashing import sha256_bytes
from casefiles.opening import NewCase, open_new_case
from casefiles.recorder import Recorder


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    seconds = count()
    recorder = Recorder(
        "ewo", "desk", "test", lambda: datetime.fromtimestamp(1.77e9 + next(seconds), UTC), os.urandom
    )
    layout = open_new_case(
        tmp_path, NewCase("2026-1", "prosecution-443", date(2026, 1, 1), "AB", (), ()), recorder
    )
    yield Journal(layout, recorder)


def drop(journal: Journal, name: str, data: bytes, parent: str | None = None) -> str:
    """Receive a file as a scan would."""
    file = journal.layout.folder / "evidence" / name
    digest = sha256_bytes(data)
    path = None
    if parent is None:
        file.write_bytes(data)
        path = f"evidence/{name}".encode()
        originals.preserve(journal.layout, file, "")
    else:
        made = journal.layout.chain_tmp / "child"
        made.write_bytes(data)
        originals.preserve(journal.layout, made, "")
        made.unlink()
    journal.append(
        lambda chain: (
            []
            if digest in journal.state_of(chain).items
            else [
                drafts.received(
                    journal.recorder.random_bytes, path=path, sha256=digest, size_bytes=len(data), mtime=None,
                    owner=None, suffix="", parent=parent,
                )
            ]
        )
    )  # fmt: skip
    return digest


def test_a_placeholder_is_recorded_once_and_its_reason_stays_out_of_the_event(journal: Journal) -> None:
    digest = drop(journal, "locked.pdf", b"locked")
    assert record_placeholder(journal, digest, "The school, Northgate, is asked")
    assert not record_placeholder(journal, digest, "The school, Northgate, is asked")
    assert record_placeholder(journal, digest, "The school cannot open it either")
    assert journal.state().placeholders[digest].reason == "The school cannot open it either"
    assert not any(b"school" in event.read_bytes() for event in journal.layout.events.iterdir())
    with pytest.raises(UsageError, match="reason"):
        record_placeholder(journal, digest, "  ")
    with pytest.raises(UsageError, match="no item"):
        record_placeholder(journal, "0" * 64, "x")


def test_an_opened_copy_becomes_evidence(journal: Journal, tmp_path: Path) -> None:
    digest = drop(journal, "locked.pdf", b"locked")
    opened = tmp_path / "opened.pdf"
    opened.write_bytes(b"open")
    copy = record_opened_copy(journal, digest, opened)
    assert record_opened_copy(journal, digest, opened) == copy
    state = journal.state()
    assert state.items[digest].unlocked_as == copy
    assert state.items[copy].unlocked_from == digest
    assert len([event for event in state.events if event.type == "evidence.unlocked"]) == 1
    kept = originals.find(journal.layout, copy)
    assert kept is not None
    assert kept.read_bytes() == b"open"


def test_only_a_waiting_version_can_be_decided(journal: Journal) -> None:
    old = drop(journal, "note.txt", b"old")
    with pytest.raises(UsageError, match="waits"):
        record_version_decision(journal, old, Decision.ACCEPT)
    new = sha256_bytes(b"new")
    path = journal.state().paths[b"evidence/note.txt"]
    journal.append(
        lambda chain: (
            []
            if new in journal.state_of(chain).items
            else [drafts.changed(path, sha256=new, size_bytes=3, mtime=None, owner=None)]
        )
    )
    assert journal.state().items[old].awaiting == (new,)
    record_version_decision(journal, new, Decision.REJECT)
    assert journal.state().items[old].awaiting == ()
