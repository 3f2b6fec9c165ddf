"""The index: what is known of every case, on this machine, for fast questions. Disposable, never on the share.

It holds nothing that the case folders do not say. Writing a case replaces all its rows in one transaction; facts are
kept in batches, each in its own, so that a killed rebuild goes on where it was. The file is in SQLite's WAL mode:
two scans and a search may use it at once, a reader never waits for a writer, and a kill at any moment leaves it whole.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from casefiles.errors import Unavailable
from casefiles.findings import Finding
from casefiles.index import schema, upkeep
from casefiles.index.file import IndexFolder
from casefiles.index.links import LinkQueries
from casefiles.index.opening import NotUsable, Opened, Patience, begin, explained, open_current
from casefiles.index.rows import (
    CachedHash,
    CaseRecord,
    QuietCase,
    Row,
    StoredChild,
    StoredFacts,
    case_rows,
    child_of,
    fact_rows,
    finding_of,
    names_in_case,
    names_inside,
    original_name,
    page_text_of,
    scans_of,
)
from casefiles.index.scans import ScanQueries, note_stale
from casefiles.index.searching import Answer, SearchUpkeep
from casefiles.index.summaries import SummaryQueries
from casefiles.layout import LocalLayout
from casefiles.search.page_text import PageText
from casefiles.shown import shown_path

BUSY_SECONDS = 30.0
OF_THIS_MACHINE = ("stat_cache", "absences", "quiet")
_ITEM = "case_uuid = ? AND sha256 = ?"

__all__ = [
    "CachedHash",
    "CaseRecord",
    "Index",
    "PageText",
    "QuietCase",
    "StoredChild",
    "StoredFacts",
    "open_index",
    "original_name",
]


class Index(LinkQueries, ScanQueries, SearchUpkeep, SummaryQueries):
    """An open index; close it or use it as a context manager. Not for use by several threads at once.

    `rebuilt` says that it is new although there was one before, and `why` what was wrong with that one (words, or
    nothing): the next scan fills it.
    """

    def __init__(self, files: IndexFolder, opened: Opened, patience: Patience) -> None:
        self.path = files.path(opened.number)
        self.rebuilt = opened.rebuilt
        self.why = opened.why
        self._files = files
        self._number = opened.number
        self._holding = opened.holding
        self._patience = patience
        self._connection = opened.connection
        self._sound = True

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, and note that it was sound, so that opening it again need not look all through it."""
        if self._holding < 0:
            return
        try:
            self._connection.close()
            if self._sound:
                with suppress(OSError):  # without the note, opening it takes longer, and that is all
                    self._files.note_sound(self._number)
        finally:
            os.close(self._holding)
            self._holding = -1

    def stats(self, case_uuid: str) -> dict[bytes, CachedHash]:
        """What the files of a case looked like when they were last hashed on this machine, by raw path."""
        rows = self._rows(
            "SELECT path, sha256, size_bytes, mtime_ns, ctime_ns, inode FROM stat_cache WHERE case_uuid = ?",
            case_uuid,
        )
        return {row[0]: CachedHash(row[1], row[2], int(row[3]), int(row[4]), int(row[5])) for row in rows}

    def absences(self, case_uuid: str) -> dict[bytes, str]:
        """The paths that the last scan of a case did not find and did not record as missing, and since when (UTC)."""
        rows = self._rows("SELECT path, since FROM absences WHERE case_uuid = ?", case_uuid)
        return {row[0]: row[1] for row in rows}

    def quiet(self) -> dict[bytes, QuietCase]:
        """The case folders (raw, absolute) in which nothing was left to do, as this machine saw them."""
        rows = self._rows("SELECT folder, case_uuid, signature FROM quiet")
        return {row[0]: QuietCase(row[1], row[2]) for row in rows}

    def put_quiet(self, cases: Mapping[bytes, QuietCase | None]) -> None:
        """Remember that these case folders (raw, absolute) are quiet, or forget it (None).

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        if not cases:
            return
        with self._writing() as connection:
            connection.executemany("DELETE FROM quiet WHERE folder = ?", [(folder,) for folder in cases])
            connection.executemany(
                "INSERT INTO quiet VALUES (?, ?, ?)",
                [
                    (folder, case.case_uuid, case.signature)
                    for folder, case in cases.items()
                    if case is not None
                ],
            )

    def known_facts(self, reader: str) -> frozenset[str]:
        """The originals (`original_name`) that this version of the reading code has read."""
        rows = self._rows("SELECT original FROM facts WHERE reader = ?", reader)
        return frozenset(row[0] for row in rows)

    def facts(self, originals: Collection[str], *, with_text: bool = False) -> dict[str, StoredFacts]:
        """The facts of these originals (`original_name`), where known; `text` is empty unless asked for."""
        wanted = tuple(sorted(originals))
        findings = self._about("SELECT * FROM fact_findings WHERE original IN", wanted, "position")
        children = self._about("SELECT * FROM children WHERE original IN", wanted, "position")
        texts = self._about("SELECT * FROM texts WHERE original IN", wanted, "page") if with_text else {}
        scans = self._about("SELECT * FROM scans WHERE original IN", wanted, "original")
        found = self._about("SELECT * FROM facts WHERE original IN", wanted, "original")
        return {
            original: StoredFacts(
                **dict(row),
                texts=tuple(page_text_of(entry) for entry in texts.get(original, ())),
                findings=tuple(finding_of(entry) for entry in findings.get(original, ())),
                children=tuple(child_of(entry) for entry in children.get(original, ())),
                scans=next((scans_of(entry) for entry in scans.get(original, ())), None),
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
            for facts in batch:
                note_stale(connection, facts.original, facts.scans)
            originals = [(facts.original,) for facts in batch]
            for table in schema.OF_AN_ORIGINAL:
                connection.executemany(f"DELETE FROM {table} WHERE original = ?", originals)  # noqa: S608
            upkeep.drop(connection, "texts", "original = ?1", originals)
            self._insert(fact_rows(batch))
            for facts in batch:
                upkeep.set_names(connection, facts.original, names_inside(facts))

    def put_case(self, record: CaseRecord) -> None:
        """Replace everything that is known of a case; facts that no case needs any more go.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        case = record.state.case_uuid
        rows = case_rows(record)
        with self._writing() as connection:
            before = _forget_case(connection, case)
            self._insert(rows)
            upkeep.set_names(connection, case, names_in_case(record.state))
            if gone := before.difference(row["original"] for row in rows["items"]):
                _forget_unneeded(connection, gone)
                upkeep.note_scrub(connection)

    def forget_facts(self, originals: Collection[str]) -> None:
        """Remove what is known of these originals, unless a case still holds them: they were withdrawn while they were
        read.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        with self._writing() as connection:
            _forget_unneeded(connection, originals)
            upkeep.note_scrub(connection)

    def forget_items(self, case_uuid: str, sha256s: Collection[str]) -> None:
        """Remove items that were withdrawn from a case, with their names, and their text unless another case has them.

        What the last scan found goes as well, since it may name them; the next scan says it again. The bytes are
        gone from the file after `scrub`.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        pairs = [(case_uuid, sha256) for sha256 in sorted(sha256s)]
        with self._writing() as connection:
            question = f"SELECT original FROM items WHERE {_ITEM}"  # noqa: S608
            found = [row[0] for pair in pairs for row in connection.execute(question, pair)]
            for table in ("items", "paths", "receptions", "stat_cache"):
                connection.executemany(f"DELETE FROM {table} WHERE {_ITEM}", pairs)  # noqa: S608
            for table in ("scan_findings", "ignored", "absences", "quiet"):
                connection.execute(f"DELETE FROM {table} WHERE case_uuid = ?", (case_uuid,))  # noqa: S608
            upkeep.drop(connection, "names", "holder = ?1 AND sha256 = ?2", pairs)
            _forget_unneeded(connection, found)
            upkeep.note_scrub(connection)

    def cases_called(self, reference: str) -> tuple[str, ...]:
        """The identifiers of the cases that have, or had here, this reference."""
        rows = self._rows("SELECT case_uuid FROM cases WHERE reference = ? ORDER BY case_uuid", reference)
        return tuple(row[0] for row in rows)

    def forget_case(self, case_uuid: str) -> None:
        """Remove a case that is in the workspace no more.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        with self._writing() as connection:
            before = _forget_case(connection, case_uuid)
            upkeep.set_names(connection, case_uuid, ())
            connection.execute("DELETE FROM stale_pages WHERE case_uuid = ?", (case_uuid,))
            _forget_unneeded(connection, before)
            upkeep.note_scrub(connection)

    @property
    def counts(self) -> bool:
        """Whether this is still the index that every process uses; if not, open it again.

        Raises:
            Unavailable: the folder cannot be read.
        """
        with self._explained():
            return self._files.is_current(self._number)

    def remove_set_aside(self) -> int:
        """Delete the damaged copies of this index that were set aside: they hold names and texts. How many went.

        Raises:
            Unavailable: the folder cannot be written.
        """
        with self._explained():
            count = len(self._files.set_aside())
            self._files.remove_set_aside()
        return count

    def set_aside(self) -> tuple[Path, ...]:
        """The damaged copies of this index that are kept, the latest last. They hold names and texts.

        Raises:
            Unavailable: the folder cannot be read.
        """
        with self._explained():
            return self._files.set_aside()

    def dump(self) -> tuple[str, ...]:
        """The index as text, row numbers and this machine's own view left out; equal content, equal lines."""
        import sqlite_utils  # late: reading the index must stay quick to start

        database = sqlite_utils.Database(self._connection, execute_plugins=False)
        lines: list[str] = []
        with self._explained():
            for name in sorted(schema.TABLES.keys() - schema.NOT_COMPARED):
                columns = ", ".join(column for column in database.table(name).columns_dict if column != "id")
                rows = database.table(name).rows_where(select=columns, order_by=columns)
                lines += [f"{name} {row}" for row in rows]
        return tuple(lines)

    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        with self._explained():
            return self._connection.execute(query, values).fetchall()

    def _put_away_others(self) -> tuple[Path, ...]:
        """Remove every other file of this index that nobody has open; those that somebody has."""
        with self._explained():
            self._files.tidy(self._number)
            self._files.remove_set_aside()
            older = [number for number in self._files.numbers() if number < self._number]
        return tuple(self._files.path(number) for number in older)

    def _asking(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        with self._explained():
            return question(self._connection)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._explained():
            begin(self._connection, self.path, self._patience)
            try:
                self._must_count()
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    def _must_count(self) -> None:
        if not self._files.is_current(self._number):
            raise Unavailable(
                f"Another casebinder has begun a new index in place of “{shown_path(self.path)}”.",
                remedy="Run the command again: it uses the new one.",
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns errors into ours; a file that turns out unusable is left, so that the next command has a sound one."""
        try:
            with explained(self._files, self._number):
                yield
        except NotUsable as problem:
            self._sound = False
            with explained(self._files):
                self._files.leave(self._number, damaged=problem.damaged)
            raise Unavailable(
                f"The index “{shown_path(self.path)}” is {problem.why}. A new one was begun.",
                remedy="Run `casebinder scan`: it fills the new index from the case folders.",
            ) from problem

    def _insert(self, rows: Mapping[str, list[Row]]) -> None:
        for table, entries in rows.items():
            if entries:
                columns = ", ".join(entries[0])
                marks = ", ".join(f":{column}" for column in entries[0])
                self._connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", entries)  # noqa: S608


def _forget_case(connection: sqlite3.Connection, case_uuid: str) -> frozenset[str]:
    """Remove all rows of a case but its names; the originals that it held."""
    before = connection.execute("SELECT original FROM items WHERE case_uuid = ?", (case_uuid,)).fetchall()
    for table in (*schema.OF_A_CASE, *OF_THIS_MACHINE):
        connection.execute(f"DELETE FROM {table} WHERE case_uuid = ?", (case_uuid,))  # noqa: S608
    return frozenset(row[0] for row in before)


def _forget_unneeded(connection: sqlite3.Connection, originals: Iterable[str]) -> None:
    """Remove the facts of these originals unless a case still holds them."""
    needed = "SELECT 1 FROM items WHERE original = ?"
    gone = [(name,) for name in sorted(originals) if connection.execute(needed, (name,)).fetchone() is None]
    if not gone:
        return
    for table in schema.OF_AN_ORIGINAL:
        connection.executemany(f"DELETE FROM {table} WHERE original = ?", gone)  # noqa: S608
    upkeep.drop(connection, "texts", "original = ?1", gone)
    upkeep.drop(connection, "names", "holder = ?1", gone)


def open_index(
    local: LocalLayout,
    workspace_id: str,
    *,
    busy_seconds: float = BUSY_SECONDS,
    to_write: bool = False,
    waiting: Callable[[], None] = lambda: None,
) -> Index:
    """Open a workspace's index, making it (0600, its folder 0700) where it is not there.

    A damaged index is set aside as `….db.damaged`, and a new one begun; so is one of another version, and, `to_write`,
    one whose lock another process keeps for `busy_seconds` without doing anything. Then `rebuilt` is set, `why` says
    why, and the next scan fills it. `waiting` is called when a lock must be waited for.

    Raises:
        Unavailable: the folder cannot be written.
    """
    files = IndexFolder(local.indexes, workspace_id)
    patience = Patience(busy_seconds, waiting)
    return Index(files, open_current(files, patience, to_write=to_write), patience)
