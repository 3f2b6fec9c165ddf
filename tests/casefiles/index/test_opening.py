"""Opening an index while others begin the same one: real processes, and what one sees at one moment."""

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from casefiles.index import opening, schema

ROOT = Path(__file__).parents[3]
ROUNDS = 40
BEGINS_EACH = f"""
import sys, time
from pathlib import Path
from casefiles.index.store import open_index
from casefiles.layout import LocalLayout
root, end = Path(sys.argv[1]), time.monotonic() + 60
for number in range({ROUNDS}):
    print(number, flush=True)
    while not (root / f"go {{number}}").exists() and time.monotonic() < end:
        pass  # all of them at the same moment
    with open_index(LocalLayout(root / str(number)), "w"):
        pass
"""


def test_processes_that_begin_at_the_same_moment_use_one_index(tmp_path: Path) -> None:
    others = [
        subprocess.Popen(
            [sys.executable, "-c", BEGINS_EACH, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _other in range(3)
    ]
    for number in range(ROUNDS):
        assert [other.stdout.readline() for other in others if other.stdout] == [f"{number}\n"] * 3
        (tmp_path / f"go {number}").touch()
    assert [other.wait(60) for other in others] == [0] * 3
    for other in others:
        assert other.stdout
        other.stdout.close()
    begun = {path.name for number in range(ROUNDS) for path in (tmp_path / str(number)).rglob("*.db")}
    assert begun == {"w.db"}


class Watched:
    """A connection beside which another process acts after every statement."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self.rollback = connection.rollback

    def execute(self, statement: str) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement)
        finally:
            make_tables(self._path, schema.create_statements())


def make_tables(path: Path, statements: Sequence[str]) -> None:
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        for statement in statements:
            other.execute(statement)
        other.commit()
    except sqlite3.OperationalError:  # it is locked, or they are there
        pass
    finally:
        other.close()


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_tables_that_appear_while_one_looks_are_no_damage(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "w.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    patience = opening.Patience(1)
    opening._is_new(Watched(connection, path), path, patience)  # type: ignore[arg-type]
    connection.close()
    make_tables(path, schema.create_statements())
    later = sqlite3.connect(path, isolation_level=None)
    assert not opening._is_new(later, path, patience)
    later.close()
