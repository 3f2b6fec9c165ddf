"""What the index knows across cases: files gone in one case and arrived in another, and who else holds some bytes."""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from typing import Any

# CROSS JOIN keeps SQLite to the order of the tables: few files are gone, and it would go through all the others.
_GONE_AND_ARRIVED = """
    WITH gone AS (
        SELECT case_uuid, path, shown, sha256 FROM paths WHERE status = 'missing'
        UNION
        SELECT p.case_uuid, p.path, p.shown, p.sha256 FROM absences a
            CROSS JOIN paths p ON p.case_uuid = a.case_uuid AND p.path = a.path AND p.status = 'present'),
    -- originals are named by their SHA-256, a dot and a suffix; “/” follows “.”
    holder AS (
        SELECT DISTINCT i.case_uuid, i.sha256 FROM (SELECT DISTINCT sha256 FROM gone) g
            CROSS JOIN items i ON i.original >= g.sha256 AND i.original < g.sha256 || '/' AND i.sha256 = g.sha256),
    here AS MATERIALIZED (
        SELECT p.case_uuid, p.path, p.shown, p.sha256 FROM holder
            CROSS JOIN paths p ON p.case_uuid = holder.case_uuid AND p.sha256 = holder.sha256
            WHERE p.status = 'present'
            AND NOT EXISTS (SELECT 1 FROM absences a WHERE a.case_uuid = p.case_uuid AND a.path = p.path))
    SELECT gone.case_uuid AS from_case, gone.path AS path, one.reference AS from_reference,
        gone.shown AS gone_name, gone.sha256 AS sha256, here.case_uuid AS to_case,
        other.reference AS to_reference, MIN(here.shown) AS arrived_name, MIN(came.at) AS arrived_at
    FROM gone
    JOIN items was ON was.case_uuid = gone.case_uuid AND was.sha256 = gone.sha256 AND was.size_bytes > 0
    JOIN here ON here.sha256 = gone.sha256 AND here.case_uuid <> gone.case_uuid
    JOIN receptions came ON came.case_uuid = here.case_uuid AND came.sha256 = gone.sha256
        AND came.path IS NOT NULL AND came.at > was.received_at
    JOIN cases one ON one.case_uuid = gone.case_uuid
    JOIN cases other ON other.case_uuid = here.case_uuid
    WHERE NOT EXISTS (SELECT 1 FROM here still
        WHERE still.case_uuid = gone.case_uuid AND still.sha256 = gone.sha256)
    GROUP BY gone.case_uuid, gone.path, here.case_uuid
    ORDER BY gone.case_uuid, gone.path, here.case_uuid"""


@dataclass(frozen=True)
class LinkedMove:
    """A file that is gone from one case while the same bytes came to another one later.

    `path` is its raw path in the case that it left; both names are as shown; `arrived_at` is the instant (UTC) at
    which the other case received it.
    """

    from_case: str
    path: bytes
    from_reference: str
    gone_name: str
    sha256: str
    to_case: str
    to_reference: str
    arrived_name: str
    arrived_at: str


_COLUMNS = tuple(field.name for field in fields(LinkedMove))


class LinkQueries:
    """The part of the index that looks across cases."""

    @abstractmethod
    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]: ...

    @abstractmethod
    def _writing(self) -> AbstractContextManager[sqlite3.Connection]: ...

    def gone_and_arrived(self) -> tuple[LinkedMove, ...]:
        """Every file gone from a case whose bytes came to another case after they had come to the first."""
        return tuple(LinkedMove(*row) for row in self._rows(_GONE_AND_ARRIVED))

    def linked_moves(self, case_uuid: str | None = None) -> tuple[LinkedMove, ...]:
        """The pairs that were found last, of all cases or of one case on either side."""
        query = f"SELECT {', '.join(_COLUMNS)} FROM linked_moves"  # noqa: S608
        order = " ORDER BY from_case, path, to_case"
        if case_uuid is None:
            return tuple(LinkedMove(*row) for row in self._rows(query + order))
        of_case = " WHERE from_case = ?1 OR to_case = ?1"
        return tuple(LinkedMove(*row) for row in self._rows(query + of_case + order, case_uuid))

    def put_linked_moves(self, moves: Iterable[LinkedMove]) -> None:
        """Replace the pairs of all cases.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        marks = ", ".join("?" * len(_COLUMNS))
        with self._writing() as connection:
            connection.execute("DELETE FROM linked_moves")
            connection.executemany(
                f"INSERT INTO linked_moves ({', '.join(_COLUMNS)}) VALUES ({marks})",  # noqa: S608
                [tuple(getattr(move, name) for name in _COLUMNS) for move in moves],
            )

    def cases_with(self, items: Collection[str], *, but: str) -> tuple[str, ...]:
        """The references of the cases, other than the one named by its identifier, that hold one of these items."""
        found: set[str] = set()
        for sha256 in items:
            # originals are named by their SHA-256, a dot and a suffix; “/” follows “.”
            rows = self._rows(
                "SELECT DISTINCT c.reference FROM items i JOIN cases c ON c.case_uuid = i.case_uuid "
                "WHERE i.original >= ?1 AND i.original < ?1 || '/' AND i.case_uuid <> ?2",
                sha256,
                but,
            )
            found.update(row[0] for row in rows)
        return tuple(sorted(found))
