"""The index: equal again after deletion, private, and never in the way."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from casefiles import index_schema
from casefiles.errors import Unavailable
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_bytes
from casefiles.index import Index, StoredChild, StoredFacts, open_index, original_name
from casefiles.layout import LocalLayout

Bench = Any  # tests/casefiles/conftest.py


@pytest.fixture
def local(tmp_path: Path) -> LocalLayout:
    return LocalLayout(tmp_path / "local")


def database(bench: Bench) -> Path:
    (path,) = bench.local.indexes.glob("*.db")
    return Path(path)


def live(bench: Bench) -> None:
    """A case with a past: arrivals, a duplicate, an edit, a loss, a move, ignored and odd files."""
    for name in ("a", "b", "c", "d"):
        bench.drop(f"{name}.txt", f"text {name}".encode())
    bench.drop("sub/a again.txt", b"text a")
    bench.drop(b"caf\xe9.bin", bytes(range(256)))
    bench.drop("empty.pdf", b"")
    bench.drop("Thumbs.db", b"x")
    (bench.evidence / "link").symlink_to("a.txt")
    bench.scan()
    bench.drop("b.txt", b"text b, edited")
    (bench.evidence / "c.txt").unlink()
    (bench.evidence / "d.txt").rename(bench.evidence / "sub" / "d.txt")
    bench.scan()


def test_deleting_it_and_scanning_gives_an_equal_dump(bench: Bench) -> None:
    live(bench)
    before = bench.dump()
    assert sum(line.startswith("INSERT") for line in before) > 30
    database(bench).unlink()
    assert bench.scan().events == 0
    assert bench.dump() == before


def test_a_dump_tells_different_content_apart(bench: Bench) -> None:
    live(bench)
    before = bench.dump()
    bench.drop("new.txt", b"new")
    bench.scan()
    assert bench.dump() != before


def test_the_dump_leaves_out_only_the_stat_cache(bench: Bench) -> None:
    live(bench)
    with sqlite3.connect(database(bench)) as connection:
        whole = list(connection.iterdump())
    left_out = set(whole) - set(bench.dump())
    assert left_out
    assert all(line.startswith('INSERT INTO "stat_cache"') for line in left_out)


def test_another_machine_has_an_equal_index(bench: Bench, tmp_path: Path) -> None:
    live(bench)
    before = bench.dump()
    bench.local = LocalLayout(tmp_path / "another machine")
    bench.scan()
    assert bench.dump() == before


def test_file_and_folder_are_private(bench: Bench) -> None:
    bench.scan()
    path = database(bench)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_index_that_was_open_to_others_is_closed_to_them(local: LocalLayout) -> None:
    open_index(local, "w").close()
    path = local.indexes / "w.db"
    path.chmod(0o644)
    open_index(local, "w").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["rubbish", "truncated", "scribbled"])
def test_a_damaged_index_is_set_aside_and_made_again(bench: Bench, damage: str) -> None:
    live(bench)
    before = bench.dump()
    path = database(bench)
    data = bytearray(path.read_bytes())
    match damage:
        case "rubbish":
            data[:] = b"this is no database" * 400
        case "truncated":
            del data[len(data) // 2 :]
        case "scribbled":
            data[4096:12288] = b"\xff" * 8192
    path.write_bytes(data)
    with bench.index() as index:
        assert index.rebuilt
    assert path.with_name(f"{path.name}.damaged").read_bytes() == data
    assert bench.scan().events == 0
    assert bench.dump() == before


def test_an_index_of_another_version_is_made_again(bench: Bench) -> None:
    live(bench)
    before = bench.dump()
    with sqlite3.connect(database(bench)) as connection:
        connection.execute("DROP TABLE texts")
        connection.execute(f"PRAGMA user_version = {index_schema.VERSION + 1}")
    connection.close()
    with bench.index() as index:
        assert index.rebuilt
    bench.scan()
    assert bench.dump() == before


def test_a_new_index_is_not_called_rebuilt(local: LocalLayout) -> None:
    with open_index(local, "w") as index:
        assert not index.rebuilt
    with open_index(local, "w") as index:
        assert not index.rebuilt


def test_a_locked_index_is_unavailable_with_a_remedy(local: LocalLayout) -> None:
    open_index(local, "w").close()
    holder = sqlite3.connect(local.indexes / "w.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(Unavailable, match="locked") as caught:
            open_index(local, "w", busy_seconds=0.05)
    finally:
        holder.close()
    assert "try again" in caught.value.remedy


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Unavailable):
        open_index(LocalLayout(tmp_path / "file"), "w")


def test_facts_come_back_as_they_went_in(bench: Bench) -> None:
    bench.drop("a.txt", b"a")
    bench.scan()
    original = original_name(sha256_bytes(b"a"), "txt")
    facts = StoredFacts(
        original=original,
        reader="r",
        kind="pdf",
        media_type="application/pdf",
        detail="PDF",
        state="held",
        pages=3,
        text="Zoë \U0001f9fe\nłódź",
        findings=(Finding("b", Severity.ERROR, "s", "m", "r", "o"), Finding("a", Severity.NOTE, "s", "m")),
        children=(StoredChild(b"\xff.pdf", "ab" * 32, 5), StoredChild(b"\xff.pdf", "ab" * 32, 5)),
    )
    with bench.index() as index:
        index.put_facts([facts])
        assert index.facts([original], with_text=True) == {original: facts}
        assert index.facts([original])[original].text == ""
        assert index.known_facts("r") == {original}
        assert index.known_facts("another") == frozenset()


def test_text_that_sqlite_cannot_keep_is_made_keepable(bench: Bench) -> None:
    bench.scan()
    facts = StoredFacts("ab" * 32, "r", "text", "text/plain", "text", "readable", None, "a\0b\ud800c", (), ())
    with bench.index() as index:
        index.put_facts([facts])
        assert index.facts([facts.original], with_text=True)[facts.original].text == "a\ufffdb?c"


def test_many_originals_are_asked_for_in_pieces(local: LocalLayout) -> None:
    names = [f"{number:064x}" for number in range(1201)]
    with open_index(local, "w") as index:
        index.put_facts(
            StoredFacts(name, "r", "text", "t", "d", "readable", None, name, (), ()) for name in names
        )
        assert index.facts(names).keys() == set(names)


def test_an_inode_of_64_bits_fits(bench: Bench) -> None:
    from dataclasses import replace

    from casefiles.index import CaseRecord

    bench.drop("a.txt", b"a")
    bench.scan()
    state = bench.journal.state()
    with bench.index() as index:
        (path, known), *_others = index.stats(state.case_uuid).items()
        huge = replace(known, inode=2**64 - 1)
        index.put_case(CaseRecord(state, "ab" * 32, (), (), {path: huge}))
        assert index.stats(state.case_uuid) == {path: huge}


def test_a_write_that_fails_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    live(bench)
    before = bench.dump()
    bench.drop("new.txt", b"new")

    def fails(*_arguments: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(Index, "_insert", fails)
        with pytest.raises(Unavailable):
            bench.scan()
    assert bench.dump() == before
    bench.scan()
    assert bench.dump() != before
