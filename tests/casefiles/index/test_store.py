"""The index: equal again after deletion, private, and never in the way."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casefiles.errors import Unavailable
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_bytes
from casefiles.index import schema as index_schema
from casefiles.index import upkeep as index_upkeep
from casefiles.index.file import IndexFolder
from casefiles.index.store import Index, StoredChild, StoredFacts, open_index, original_name
from casefiles.layout import LocalLayout
from casefiles.search.page_text import PageText

Bench = Any  # tests/casefiles/conftest.py
WORKSPACE = "6f6f5a7c-0000-4000-8000-000000000001"
ROOT = Path(__file__).parents[3]
_BEGIN = """
import sys, time
from pathlib import Path
from casefiles.index.store import StoredFacts, open_index
from casefiles.layout import LocalLayout
from casefiles.search.page_text import PageText
local, *more = LocalLayout(Path(sys.argv[1])), *sys.argv[2:]
"""
PUTS_FACTS = (
    _BEGIN
    + """
with open_index(local, "w", to_write=True) as index:
    for batch in range(int(more[1])):
        names = [f"{more[0]}{batch:010}{number}" for number in range(5)]
        text = (PageText(None, "some words of it " * 50),)
        index.put_facts(StoredFacts(n, "r", "text", "t", "d", "readable", None, text, (), ()) for n in names)
        print(batch, flush=True)
"""
)
WRITES_FOR_LONG = (
    _BEGIN
    + """
end = time.monotonic() + float(more[0])
with open_index(local, "w") as index, index._writing() as connection:
    connection.execute("PRAGMA cache_size = 2")
    print("locked", flush=True)
    for number in range(10**9):
        connection.execute("INSERT INTO upkeep VALUES (?, ?)", (f"x{number}", "y" * 9000))
        time.sleep(0.01)
        if time.monotonic() > end:
            break
"""
)


@contextmanager
def process(program: str, local: LocalLayout, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Another process at the same index."""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(local.root), *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as running:
        yield running


def facts_of(original: str) -> StoredFacts:
    """Facts of a text that says its own name."""
    return StoredFacts(original, "r", "text", "t", "d", "readable", None, (PageText(None, original),), (), ())


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
    assert len(before) > 30
    database(bench).unlink()
    assert bench.scan().events == 0
    assert bench.dump() == before


def test_a_dump_tells_different_content_apart(bench: Bench) -> None:
    live(bench)
    before = bench.dump()
    bench.drop("new.txt", b"new")
    bench.scan()
    assert bench.dump() != before


def test_the_dump_has_every_row_but_those_of_this_machine(bench: Bench) -> None:
    live(bench)
    connection = sqlite3.connect(database(bench))
    counts = {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in index_schema.TABLES.keys() - index_schema.NOT_COMPARED
    }
    connection.close()
    dumped = Counter(line.split(" ")[0] for line in bench.dump())
    assert dumped == Counter({table: count for table, count in counts.items() if count})
    assert {"cases", "items", "paths", "receptions", "facts", "texts", "names"} <= dumped.keys()


def test_what_search_finds_is_what_a_rebuild_finds(bench: Bench) -> None:
    live(bench)
    with bench.index() as index:
        index.fill_search()
        assert index.check_search()
        before = index.rows(
            "SELECT sha256 FROM names WHERE id IN (SELECT rowid FROM names_found WHERE names_found MATCH 'txt')"
        )
    database(bench).unlink()
    bench.scan()
    with bench.index() as index:
        index.fill_search()
        assert index.check_search()
        after = index.rows(
            "SELECT sha256 FROM names WHERE id IN (SELECT rowid FROM names_found WHERE names_found MATCH 'txt')"
        )
    assert sorted(map(tuple, after)) == sorted(map(tuple, before))
    assert before


def test_the_check_of_search_sees_a_row_that_search_does_not_find(bench: Bench) -> None:
    live(bench)
    with bench.index() as index:
        index.fill_search()
        connection = sqlite3.connect(database(bench))
        with connection:
            connection.execute("DELETE FROM texts WHERE id = (SELECT max(id) FROM texts)")
        connection.close()
        assert not index.check_search()


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


def spoil(path: Path, damage: str) -> None:
    """Damage a file, or put something else in its place."""
    data = bytearray(path.read_bytes())
    match damage:
        case "rubbish":
            data[:] = b"this is no database" * 400
        case "header":
            data[:100] = random.Random(7).randbytes(100)
        case "truncated":
            del data[len(data) // 2 :]
        case "a few bytes":
            del data[50:]
        case "scribbled":
            data[4096:12288] = b"\xff" * 8192
        case "middle":
            middle = len(data) // 2 // 4096 * 4096
            data[middle : middle + 4096] = random.Random(8).randbytes(4096)
        case "folder":
            path.unlink()
            path.mkdir()
            return
        case "foreign":
            path.unlink()
            with sqlite3.connect(path) as connection:
                connection.execute("CREATE TABLE music (title TEXT)")
            connection.close()
            return
        case "link":
            path.rename(path.with_name("elsewhere"))
            path.symlink_to("elsewhere")
            return
    path.write_bytes(data)


DAMAGES = [
    "rubbish",
    "header",
    "truncated",
    "a few bytes",
    "scribbled",
    "middle",
    "folder",
    "foreign",
    "link",
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_set_aside_and_made_again(bench: Bench, damage: str) -> None:
    live(bench)
    before = bench.dump()
    path = database(bench)
    spoil(path, damage)
    data = path.read_bytes() if path.is_file() else b""
    with bench.index() as index:
        assert (index.rebuilt, index.why) == (True, "damaged")
        assert index.path != path
        (aside,) = index.set_aside()
    assert aside == path.with_name(f"{path.name}.damaged")
    assert not aside.is_file() or aside.read_bytes() == data
    assert not os.path.lexists(path)
    assert bench.scan().events == 0
    assert bench.dump() == before
    with bench.index() as index:
        assert not index.rebuilt


def test_an_empty_file_becomes_the_index(bench: Bench) -> None:
    live(bench)
    before = bench.dump()
    database(bench).write_bytes(b"")
    with bench.index() as index:
        assert index.rebuilt
        assert not index.set_aside()
    assert bench.scan().events == 0
    assert bench.dump() == before


def test_damage_that_shows_only_later_is_set_aside_by_the_next_command(bench: Bench) -> None:
    live(bench)
    before = bench.dump()
    path = database(bench)
    with bench.index() as index:
        data = bytearray(path.read_bytes())
        data[4096:] = b"\xff" * (len(data) - 4096)
        path.write_bytes(data)
        with pytest.raises(Unavailable, match="damaged") as caught:
            index.dump()
    assert "casebinder scan" in caught.value.remedy
    with bench.index() as index:
        assert index.path != path
    bench.scan()
    assert bench.dump() == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_changed_anywhere_never_break_a_command(local: LocalLayout, data: st.DataObject) -> None:
    shutil.rmtree(local.indexes, ignore_errors=True)
    names = [f"{number:064x}" for number in range(40)]
    facts = [
        StoredFacts(name, "r", "text", "t", "d", "readable", None, (PageText(None, name * 9),), (), ())
        for name in names
    ]
    with open_index(local, "w") as index:
        index.put_facts(facts)
        index.fill_search()
        path = index.path
    content = bytearray(path.read_bytes())
    begin = data.draw(st.integers(0, len(content) - 1))
    piece = data.draw(st.binary(min_size=1, max_size=300))
    content[begin : begin + len(piece)] = piece
    path.write_bytes(content)
    for _attempt in range(3):
        with suppress(Unavailable), open_index(local, "w", to_write=True) as index:
            index.put_facts(facts)
            index.fill_search()
            index.dump()
            assert index.facts(names, with_text=True).keys() == set(names)
            break
    else:
        pytest.fail("the index stays unusable")


def test_only_the_last_damaged_files_are_kept_and_they_are_private(local: LocalLayout) -> None:
    for _time in range(5):
        with open_index(local, "w") as index:
            path = index.path
        path.write_bytes(b"no database" * 100)
    with open_index(local, "w") as index:
        aside = index.set_aside()
        assert [path.name for path in aside] == ["w.4.db.damaged", "w.5.db.damaged"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in aside} == {0o600}
        assert index.remove_set_aside() == 2
        assert not index.set_aside()
    assert {path.name for path in local.indexes.iterdir()} == {"w.6.db", "w.6.db.sound", "w.6.db.users"}


def test_an_index_of_another_version_is_made_again(bench: Bench) -> None:
    live(bench)
    before = bench.dump()
    connection = sqlite3.connect(database(bench))
    with connection:
        connection.execute("DROP TABLE facts")
        connection.execute(f"PRAGMA user_version = {index_schema.VERSION + 1}")
    connection.close()
    with bench.index() as index:
        assert index.rebuilt
        assert "version" in index.why
        assert not index.set_aside()
    assert not (bench.local.indexes / f"{WORKSPACE}.db").exists()
    bench.scan()
    assert bench.dump() == before


def test_an_index_of_the_first_version_is_made_again(local: LocalLayout) -> None:
    local.indexes.mkdir(parents=True)
    connection = sqlite3.connect(local.indexes / "w.db")
    with connection:
        connection.execute(
            "CREATE TABLE texts (original TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID"
        )
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with open_index(local, "w") as index:
        assert index.rebuilt
        assert not index.set_aside()


def test_a_new_index_is_not_called_rebuilt(local: LocalLayout) -> None:
    with open_index(local, "w") as index:
        assert (index.rebuilt, index.why) == (False, "")
    with open_index(local, "w") as index:
        assert not index.rebuilt


def test_an_index_that_nobody_touched_is_not_looked_all_through(local: LocalLayout) -> None:
    files = IndexFolder(local.indexes, "w")
    open_index(local, "w").close()
    assert files.is_known_sound(1)
    with sqlite3.connect(local.indexes / "w.db") as connection:
        connection.execute("PRAGMA wal_checkpoint")
        connection.execute("UPDATE upkeep SET value = 1")
        connection.execute("INSERT INTO upkeep VALUES ('x', 1)")
    connection.close()
    assert not files.is_known_sound(1)
    open_index(local, "w").close()
    assert files.is_known_sound(1)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o177])
def test_every_file_is_private_whatever_the_umask(local: LocalLayout, umask: int) -> None:
    local.root.mkdir()
    before = os.umask(umask & ~0o100)
    try:
        with open_index(local, "w") as index:
            index.put_facts([facts_of("ab" * 32)])
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in local.indexes.iterdir()}
            index.close()
        modes |= {path.name: stat.S_IMODE(path.stat().st_mode) for path in local.indexes.iterdir()}
    finally:
        os.umask(before)
    assert "w.db-wal" in modes
    assert "w.db.sound" in modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(local.indexes.stat().st_mode) == 0o700


def test_a_folder_that_was_open_to_others_is_closed_to_them(local: LocalLayout) -> None:
    local.indexes.mkdir(parents=True, mode=0o755)
    local.indexes.chmod(0o755)
    open_index(local, "w").close()
    assert stat.S_IMODE(local.indexes.stat().st_mode) == 0o700


def test_a_reader_does_not_wait_for_a_writer(local: LocalLayout) -> None:
    with open_index(local, "w") as index:
        index.put_facts([facts_of("ab" * 32)])
    holder = sqlite3.connect(local.indexes / "w.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with open_index(local, "w", busy_seconds=0.05) as index:
            assert index.facts(["ab" * 32])
            assert not index.rebuilt
    finally:
        holder.close()


def test_a_lock_that_never_goes_gives_a_new_index_beside_it(local: LocalLayout) -> None:
    waits: list[int] = []
    with open_index(local, "w") as stuck, open_index(local, "w", busy_seconds=0.05) as other:
        stuck.put_facts([facts_of("ab" * 32)])
        with stuck._writing() as connection:
            with pytest.raises(Unavailable, match="locked by another casebinder") as caught:
                other.put_facts([facts_of("cd" * 32)])
            assert "casebinder scan" in caught.value.remedy
            with open_index(local, "w", busy_seconds=0.05, waiting=lambda: waits.append(1)) as new:
                assert new.path == local.indexes / "w.2.db"
                assert new.rebuilt
                new.put_facts([facts_of("ef" * 32)])
            connection.execute("INSERT INTO upkeep VALUES ('late', 1)")
        # it goes on after all: nothing more is written where nobody looks
        assert not stuck.counts
        with pytest.raises(Unavailable, match="begun a new index"):
            stuck.put_facts([facts_of("01" * 32)])
        assert (local.indexes / "w.db").exists()  # in use still
    with open_index(local, "w") as index:
        assert index.known_facts("r") == {"ef" * 32}
    assert not (local.indexes / "w.db").exists()
    assert not waits


def test_opening_to_write_finds_a_stuck_lock_at_once(local: LocalLayout) -> None:
    waits: list[int] = []
    with (
        open_index(local, "w") as stuck,
        stuck._writing(),
        open_index(local, "w", busy_seconds=0.05, to_write=True, waiting=lambda: waits.append(1)) as index,
    ):
        assert "locked" in index.why
        assert index.rebuilt
    assert waits == [1]


def test_a_writer_that_goes_on_is_waited_for(local: LocalLayout) -> None:
    """Another process holds the lock ten times longer than our patience, but writes all the time."""
    open_index(local, "w").close()
    with process(WRITES_FOR_LONG, local, "1.5") as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "locked\n"
        waits: list[int] = []
        with open_index(
            local, "w", busy_seconds=0.3, to_write=True, waiting=lambda: waits.append(1)
        ) as index:
            assert index.path == local.indexes / "w.db"
            assert not index.rebuilt
        assert waits == [1]


def test_two_processes_that_write_at_once_lose_nothing(local: LocalLayout) -> None:
    with process(PUTS_FACTS, local, "a", "60") as one, process(PUTS_FACTS, local, "b", "60") as two:
        assert (one.wait(60), two.wait(60)) == (0, 0)
    with open_index(local, "w") as index:
        assert len(index.known_facts("r")) == 2 * 60 * 5
        index.fill_search()
        assert index.check_search()


def test_two_processes_that_begin_at_once_use_the_same_index(local: LocalLayout) -> None:
    for number in range(5):
        mine = LocalLayout(local.root / str(number))
        with process(PUTS_FACTS, mine, "a", "1") as one, process(PUTS_FACTS, mine, "b", "1") as two:
            assert (one.wait(60), two.wait(60)) == (0, 0)
        assert [path.name for path in mine.indexes.glob("*.db")] == ["w.db"]
        with open_index(mine, "w") as index:
            assert len(index.known_facts("r")) == 10


def test_a_killed_writer_loses_only_the_batch_it_was_at(local: LocalLayout) -> None:
    with process(PUTS_FACTS, local, "a", "100000") as writer:
        assert writer.stdout is not None
        lines = [int(writer.stdout.readline()) for _line in range(20)]
        os.kill(writer.pid, signal.SIGKILL)
        lines += [int(line) for line in writer.stdout.read().split()]
        writer.wait()
    with open_index(local, "w") as index:
        assert not index.rebuilt
        kept = len(index.known_facts("r"))
        assert kept % 5 == 0
        assert kept >= 5 * len(lines)
        index.fill_search()
        assert index.check_search()


def test_a_killed_filling_of_the_search_goes_on(local: LocalLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_upkeep, "ROWS_AT_ONCE", 10)
    steps: list[tuple[str, int, int]] = []

    def stop(*step: object) -> None:
        if len(steps) == 2:
            raise KeyboardInterrupt
        steps.append(step)  # type: ignore[arg-type]

    with open_index(local, "w") as index:
        index.put_facts(facts_of(f"{number:064x}") for number in range(45))
        with pytest.raises(KeyboardInterrupt):
            index.fill_search(stop)
    with open_index(local, "w") as index:
        index.fill_search(lambda *step: steps.append(step))
        assert index.check_search()
    assert steps == [
        ("Filling the search", 10, 45),
        ("Filling the search", 20, 45),
        ("Filling the search", 10, 15),
        ("Filling the search", 15, 15),
    ]


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
        texts=(PageText(1, "Zoë \U0001f9fe"), PageText(3, "łódź")),
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
    facts = StoredFacts(
        "ab" * 32,
        "r",
        "text",
        "text/plain",
        "text",
        "readable",
        None,
        (PageText(None, "a\0b\ud800c"),),
        (),
        (),
    )
    with bench.index() as index:
        index.put_facts([facts])
        assert index.facts([facts.original], with_text=True)[facts.original].text == "a\ufffdb?c"


def test_many_originals_are_asked_for_in_pieces(local: LocalLayout) -> None:
    names = [f"{number:064x}" for number in range(1201)]
    with open_index(local, "w") as index:
        index.put_facts(facts_of(name) for name in names)
        assert index.facts(names).keys() == set(names)


def test_an_inode_of_64_bits_fits(bench: Bench) -> None:
    from dataclasses import replace

    from casefiles.index.store import CaseRecord

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
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Index, "_insert", fails)
        with pytest.raises(Unavailable):
            bench.scan()
    assert bench.dump() == before
    bench.scan()
    assert bench.dump() != before
