"""The index: what is known of every case, on this machine, for fast questions. Disposable, never on the share.

It holds nothing that the case folders do not say. Writing a case replaces all its rows in one transaction.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from casefiles import index_schema
from casefiles.errors import Unavailable
from casefiles.findings import Finding
from casefiles.index_rows import (
    CachedHash,
    CaseRecord,
    Row,
    StoredChild,
    StoredFacts,
    case_rows,
    child_of,
    fact_rows,
    finding_of,
    original_name,
)
from casefiles.layout import LocalLayout

BUSY_SECONDS = 30.0
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

__all__ = ["CachedHash", "CaseRecord", "Index", "StoredChild", "StoredFacts", "open_index", "original_name"]


class Index:
    """An open index; close it or use it as a context manager. Not for use by several threads at once."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, rebuilt: bool) -> None:
        self.path = path
        self.rebuilt = rebuilt
        self._connection = connection

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def stats(self, case_uuid: str) -> dict[bytes, CachedHash]:
        """What the files of a case looked like when they were last hashed on this machine, by raw path."""
        rows = self._rows(
            "SELECT path, sha256, size_bytes, mtime_ns, ctime_ns, inode FROM stat_cache WHERE case_uuid = ?",
            case_uuid,
        )
        return {row[0]: CachedHash(row[1], row[2], row[3], row[4], int(row[5])) for row in rows}

    def known_facts(self, reader: str) -> frozenset[str]:
        """The originals (`original_name`) that this version of the reading code has read."""
        rows = self._rows("SELECT original FROM facts WHERE reader = ?", reader)
        return frozenset(row[0] for row in rows)

    def facts(self, originals: Collection[str], *, with_text: bool = False) -> dict[str, StoredFacts]:
        """The facts of these originals (`original_name`), where known; `text` is empty unless asked for."""
        wanted = tuple(sorted(originals))
        findings = self._about("SELECT * FROM fact_findings WHERE original IN", wanted, "position")
        children = self._about("SELECT * FROM children WHERE original IN", wanted, "position")
        texts = self._about("SELECT * FROM texts WHERE original IN", wanted, "original") if with_text else {}
        found = self._about("SELECT * FROM facts WHERE original IN", wanted, "original")
        return {
            original: StoredFacts(
                **dict(row),
                text=texts[original][0]["text"] if with_text else "",
                findings=tuple(finding_of(entry) for entry in findings.get(original, ())),
                children=tuple(child_of(entry) for entry in children.get(original, ())),
            )
            for original, (row,) in found.items()
        }

    def scan_findings(self, case_uuid: str) -> tuple[Finding, ...]:
        """What the last scan of a case found in its folders."""
        rows = self._rows("SELECT * FROM scan_findings WHERE case_uuid = ? ORDER BY position", case_uuid)
        return tuple(finding_of(row) for row in rows)

    def ignored(self, case_uuid: str) -> tuple[tuple[bytes, str], ...]:
        """The files that the last scan of a case ignored, and why."""
        rows = self._rows("SELECT path, reason FROM ignored WHERE case_uuid = ? ORDER BY path", case_uuid)
        return tuple((row[0], row[1]) for row in rows)

    def head(self, case_uuid: str) -> tuple[int, str] | None:
        """Number and SHA-256 of the last event that the index has seen of a case."""
        for row in self._rows("SELECT head_seq, head_sha256 FROM cases WHERE case_uuid = ?", case_uuid):
            return row[0], row[1]
        return None

    def _about(self, query: str, originals: Sequence[str], order: str) -> dict[str, list[sqlite3.Row]]:
        """Rows by original; asked for in pieces, as SQLite limits the number of values in a query."""
        found: dict[str, list[sqlite3.Row]] = {}
        for start in range(0, len(originals), 500):
            piece = originals[start : start + 500]
            marks = ", ".join("?" * len(piece))
            for row in self._rows(f"{query} ({marks}) ORDER BY original, {order}", *piece):
                found.setdefault(row["original"], []).append(row)
        return found

    def put_facts(self, batch: Iterable[StoredFacts]) -> None:
        """Keep facts, replacing what was known of the same originals.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        batch = tuple(batch)
        if not batch:
            return
        with self._writing() as connection:
            for table in index_schema.OF_AN_ORIGINAL:
                connection.executemany(
                    f"DELETE FROM {table} WHERE original = ?",  # noqa: S608
                    [(facts.original,) for facts in batch],
                )
            self._insert(fact_rows(batch))

    def put_case(self, record: CaseRecord) -> None:
        """Replace everything that is known of a case; facts that no case needs any more go.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        case = record.state.case_uuid
        with self._writing() as connection:
            before = connection.execute("SELECT original FROM items WHERE case_uuid = ?", (case,)).fetchall()
            for table in (*index_schema.OF_A_CASE, "stat_cache"):
                connection.execute(f"DELETE FROM {table} WHERE case_uuid = ?", (case,))  # noqa: S608
            self._insert(case_rows(record))
            for table in index_schema.OF_AN_ORIGINAL:
                connection.executemany(
                    f"DELETE FROM {table} WHERE original = ?1 "  # noqa: S608
                    "AND NOT EXISTS (SELECT 1 FROM items WHERE items.original = ?1)",
                    [(row["original"],) for row in before],
                )

    def dump(self) -> tuple[str, ...]:
        """The index as SQL, without what is particular to this machine's view; equal content, equal lines."""
        skipped = tuple(f'INSERT INTO "{name}"' for name in index_schema.NOT_COMPARED)
        return tuple(line for line in self._connection.iterdump() if not line.startswith(skipped))

    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        with _explained(self.path):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with _explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    def _insert(self, rows: Mapping[str, list[Row]]) -> None:
        import sqlite_utils  # late: reading the index must stay quick to start

        database = sqlite_utils.Database(self._connection, execute_plugins=False)
        for table, entries in rows.items():
            if entries:
                database.table(table).insert_all(entries)


def open_index(local: LocalLayout, workspace_id: str, *, busy_seconds: float = BUSY_SECONDS) -> Index:
    """Open a workspace's index, making it (0600, its folder 0700) where it is not there.

    A damaged index is set aside as `….db.damaged`; one of another version is replaced. Either way `rebuilt`
    is set and the next scan fills it.

    Raises:
        Unavailable: it is locked for longer than `busy_seconds`, or the folder cannot be written.
    """
    path = local.indexes / f"{workspace_id}.db"
    try:
        local.indexes.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        existed = path.exists()
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))
        path.chmod(PRIVATE_FILE)
    except OSError as error:
        raise Unavailable(
            f"The index {path} cannot be written ({error.strerror}).",
            remedy="Check the folder's permissions and that the disk is not full.",
        ) from error
    connection = _connect(path, busy_seconds)
    if connection is None:
        _set_aside(path)
        connection = _connect(path, busy_seconds)
        existed = True
    if connection is None:
        raise Unavailable(f"The index {path} cannot be made.", remedy="Delete that file and scan again.")
    return Index(path, connection, rebuilt=_make_tables(path, connection) and existed)


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection | None:
    """A connection, or None where the file is damaged."""
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    connection.row_factory = sqlite3.Row
    sound = False
    try:
        with _explained(path, damaged_is_fine=True):
            sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            sound = sound and connection.execute("PRAGMA schema_version").fetchone() is not None
    finally:
        if not sound:
            connection.close()
    return connection if sound else None


def _make_tables(path: Path, connection: sqlite3.Connection) -> bool:
    """Make the tables where they are missing or of another version; returns whether they were made."""
    with _explained(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            made = connection.execute("PRAGMA user_version").fetchone()[0] != index_schema.VERSION
            if made:
                names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
                for (name,) in names:
                    connection.execute(f'DROP TABLE "{name}"')
                for statement in index_schema.create_statements():
                    connection.execute(statement)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
    return bool(made)


def _set_aside(path: Path) -> None:
    with _explained(path):
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
        path.replace(path.with_name(f"{path.name}.damaged"))
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))


@contextmanager
def _explained(path: Path, *, damaged_is_fine: bool = False) -> Iterator[None]:
    """Turns SQLite's errors into ours, with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable(
            f"The index {path} cannot be used ({error}).",
            remedy="Another casebinder may be writing to it: try again in a minute. "
            "If it stays so, delete that file; the next scan makes it again.",
        ) from error
    except sqlite3.DatabaseError as error:
        if damaged_is_fine:
            return
        raise Unavailable(
            f"The index {path} is damaged ({error}).",
            remedy="Run `casebinder scan`: it sets the damaged file aside and makes the index again.",
        ) from error
    except OSError as error:
        raise Unavailable(
            f"The index {path} cannot be written ({error.strerror}).",
            remedy="Check the folder's permissions and that the disk is not full.",
        ) from error
