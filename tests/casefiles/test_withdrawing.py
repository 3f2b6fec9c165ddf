"""A withdrawal takes the bytes and the names of a paper, of what was inside it alone, and nothing else."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest

from casefiles.chain import drafts, originals
from casefiles.chain.bodies import DisposalReason
from casefiles.chain.journal import Journal
from casefiles.errors import UsageError
from casefiles.hashing import sha256_bytes
from casefiles.opening import NewCase, open_new_case
from casefiles.recorder import Recorder
from casefiles.withdrawing import family_of, withdraw


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


def test_withdrawal_takes_bytes_and_names_of_the_whole_family(journal: Journal) -> None:
    kept = drop(journal, "keep.txt", b"keep")
    mail = drop(journal, "MARAC refuge 12 High St.eml", b"mail")
    child = drop(journal, "", b"photo", parent=mail)
    forgotten: list[str] = []
    done = withdraw(journal, mail, DisposalReason.WRONG_CHILD, "R. Manager", forgotten.append)
    assert done.withdrawn == tuple(forgotten) == (mail, child)
    assert done.files_removed == 3
    assert originals.find(journal.layout, mail) is None
    assert originals.find(journal.layout, child) is None
    assert originals.find(journal.layout, kept) is not None
    assert [file.name for file in (journal.layout.folder / "evidence").iterdir()] == ["keep.txt"]
    everything = b"".join(file.read_bytes() for file in journal.layout.chain.rglob("*") if file.is_file())
    assert b"MARAC" not in everything
    assert b"Manager" not in b"".join(file.read_bytes() for file in journal.layout.events.iterdir())
    disposal = journal.state().items[mail].disposed
    assert disposal is not None
    assert (disposal.reason_code, disposal.authority) == ("wrong-child", "R. Manager")
    again = withdraw(journal, mail, DisposalReason.WRONG_CHILD, "R. Manager", forgotten.append)
    assert again.files_removed == 0
    with pytest.raises(UsageError, match="name"):
        withdraw(journal, kept, DisposalReason.OTHER, " ", forgotten.append)


def test_withdrawal_never_removes_bytes_that_it_does_not_know(journal: Journal) -> None:
    digest = drop(journal, "note.txt", b"filed by mistake")
    file = journal.layout.folder / "evidence" / "note.txt"
    file.write_bytes(b"somebody's newer work")
    withdraw(journal, digest, DisposalReason.OTHER, "R. Manager", lambda _: None)
    assert file.read_bytes() == b"somebody's newer work"


def test_what_came_by_itself_too_stays_until_its_last_container_goes(journal: Journal) -> None:
    one = drop(journal, "one.eml", b"one")
    two = drop(journal, "two.eml", b"two")
    child = drop(journal, "", b"logo", parent=one)
    again = drafts.received(
        journal.recorder.random_bytes, path=None, sha256=child, size_bytes=4, mtime=None, owner=None, suffix="",
        parent=two,
    )  # fmt: skip
    pending = [again]
    journal.append(lambda _chain: [pending.pop()] if pending else [])
    done = withdraw(journal, one, DisposalReason.WRONG_CHILD, "R. Manager", lambda _: None)
    assert done.withdrawn == (one,)
    assert done.also_elsewhere == (child[:8],)
    assert originals.find(journal.layout, child) is not None
    assert family_of(journal.state(), two) == (two, child)
    withdraw(journal, two, DisposalReason.WRONG_CHILD, "R. Manager", lambda _: None)
    assert originals.find(journal.layout, child) is None


def test_bytes_go_whatever_the_file_is_called_and_empty_files_only_where_recorded(journal: Journal) -> None:
    digest = drop(journal, "note.txt", b"wrong")
    nothing = drop(journal, "nothing.txt", b"")
    evidence = journal.layout.folder / "evidence"
    for name in ("~$note.txt", "copy.part", "other nothing.txt"):
        (evidence / name).write_bytes(b"wrong" if "nothing" not in name else b"")
    assert withdraw(journal, digest, DisposalReason.OTHER, "R. M.", lambda _: None).files_removed == 4
    withdraw(journal, nothing, DisposalReason.OTHER, "R. M.", lambda _: None)
    assert [path.name for path in evidence.iterdir()] == ["other nothing.txt"]


def test_a_link_to_the_paper_is_left_and_its_target_is_not_followed(journal: Journal, tmp_path: Path) -> None:
    digest = drop(journal, "note.txt", b"wrong")
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"wrong")
    link = journal.layout.folder / "evidence" / "link.txt"
    link.symlink_to(outside)
    withdraw(journal, digest, DisposalReason.OTHER, "R. M.", lambda _: None)
    assert outside.read_bytes() == b"wrong"
    assert link.is_symlink()
