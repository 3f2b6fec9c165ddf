"""Upkeep of what search needs: rows and the FTS5 tables made from them, and making sure that what went is gone.

Rows come first and are found later: `fill` takes those that are new into the FTS5 tables, many at a time, which costs
a fraction of a trigger for each row. How far it has come is kept in the file, so it goes on where a killed process
was. A row that goes is taken out at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from casefiles.index.schema import SEARCHED

ROWS_AT_ONCE = 5_000
CHARACTERS_AT_ONCE = 16_000_000
_SCRUB = "scrub"


def drop(connection: sqlite3.Connection, table: str, where: str, values: Iterable[tuple[str, ...]]) -> None:
    """Delete rows of a searched table from it and from what search finds; `where` has `?1` and so on."""
    column = SEARCHED[table]
    values = list(values)
    connection.executemany(
        f"INSERT INTO {table}_found ({table}_found, rowid, {column}) "  # noqa: S608
        f"SELECT 'delete', id, {column} FROM {table}_folded WHERE id IN (SELECT id FROM {table} WHERE {where}) "
        f"AND id <= {upto(connection, table)}",
        values,
    )
    connection.executemany(f"DELETE FROM {table} WHERE {where}", values)  # noqa: S608


def set_names(connection: sqlite3.Connection, holder: str, wanted: Collection[tuple[str, str]]) -> None:
    """Make the names (SHA-256, name) that a holder gives what they should be; those that stay are not touched."""
    rows = connection.execute("SELECT sha256, name FROM names WHERE holder = ?", (holder,)).fetchall()
    known = {(row[0], row[1]) for row in rows}
    if gone := known.difference(wanted):
        where = "holder = ?1 AND sha256 = ?2 AND name = ?3"
        drop(connection, "names", where, [(holder, *each) for each in sorted(gone)])
    connection.executemany(
        "INSERT INTO names (holder, sha256, name) VALUES (?, ?, ?)",
        [(holder, *each) for each in sorted(set(wanted) - known)],
    )


def upto(connection: sqlite3.Connection, table: str) -> int:
    """The number of the last row of a table that search finds."""
    return int(_noted(connection, f"upto {table}") or 0)


def waiting(connection: sqlite3.Connection) -> int:
    """How many rows search does not find yet."""
    return sum(
        int(
            connection.execute(
                f"SELECT count(*) FROM {table} WHERE id > ?",  # noqa: S608
                (upto(connection, table),),
            ).fetchone()[0]
        )
        for table in SEARCHED
    )


def fill(connection: sqlite3.Connection) -> int:
    """Let search find some rows more; how many. Call it in a transaction, until it says 0."""
    for table, column in SEARCHED.items():
        begin = upto(connection, table)
        last, count, characters = begin, 0, 0
        rows = connection.execute(
            f"SELECT id, length({column}) FROM {table} WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608
            (begin, ROWS_AT_ONCE),
        )
        for number, length in rows.fetchall():
            last, count, characters = number, count + 1, characters + length
            if characters > CHARACTERS_AT_ONCE:
                break
        if count:
            connection.execute(
                f"INSERT INTO {table}_found (rowid, {column}) "  # noqa: S608
                f"SELECT id, {column} FROM {table}_folded WHERE id > ? AND id <= ? ORDER BY id",
                (begin, last),
            )
            note(connection, f"upto {table}", last)
            return count
    return 0


def note_scrub(connection: sqlite3.Connection) -> None:
    """Note that something was withdrawn and its bytes must leave the file."""
    note(connection, _SCRUB, 1)


def scrub_is_due(connection: sqlite3.Connection) -> bool:
    """Whether bytes of something withdrawn may be in the file still."""
    return bool(_noted(connection, _SCRUB))


def merge(connection: sqlite3.Connection) -> None:
    """Bring each FTS5 table into one piece: until then it keeps the words of rows that have gone."""
    for table in SEARCHED:
        connection.execute(f"INSERT INTO {table}_found ({table}_found) VALUES ('optimize')")  # noqa: S608


def rewrite(connection: sqlite3.Connection) -> bool:
    """Write the whole file anew and empty the log beside it; False where a reader keeps the log for now.

    `secure_delete` writes zeros over what goes, but a copy of a row that once moved from page to page may stay in
    the free part of one.
    """
    connection.execute("VACUUM")
    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if not busy:
        connection.execute("DELETE FROM upkeep WHERE name = ?", (_SCRUB,))
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


def is_consistent(connection: sqlite3.Connection) -> bool:
    """Whether the FTS5 tables say what the rows say.

    Source: https://www.sqlite.org/fts5.html, “The 'integrity-check' Command”.
    """
    try:
        for table in SEARCHED:
            connection.execute(
                f"INSERT INTO {table}_found ({table}_found, rank) VALUES ('integrity-check', 1)"  # noqa: S608
            )
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CORRUPT:
            return False
        raise
    return True


def note(connection: sqlite3.Connection, name: str, value: str | int) -> None:
    """Keep something about this machine's upkeep."""
    connection.execute("INSERT OR REPLACE INTO upkeep (name, value) VALUES (?, ?)", (name, value))


def noted(connection: sqlite3.Connection, name: str) -> str:
    """What was kept under a name; empty where nothing was."""
    found = _noted(connection, name)
    return "" if found is None else str(found)


def _noted(connection: sqlite3.Connection, name: str) -> str | int | None:
    row = connection.execute("SELECT value FROM upkeep WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]
