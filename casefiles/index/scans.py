"""How far reading scanned pages has come, by original, and which cases' pages do not say so yet.

What a reader of scans found is noted as it finds it; the next scan writes the pages. So no scan waits for reading.
"""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from casefiles.index.rows import StoredFacts
from casefiles.scanned import ScannedPages


def note_stale(connection: sqlite3.Connection, original: str, scans: ScannedPages | None) -> None:
    """Before an original's row is replaced: note its cases if people are to be told something else than before."""
    row = connection.execute("SELECT pages FROM scans WHERE original = ?", (original,)).fetchone()
    before = ScannedPages.decode(row[0], "").shown if row is not None else ()
    if before != (scans.shown if scans is not None else ()):
        connection.execute(
            "INSERT OR IGNORE INTO stale_pages SELECT DISTINCT case_uuid FROM items WHERE original = ?",
            (original,),
        )


class ScanQueries:
    """The part of the index that knows how far reading has come."""

    @abstractmethod
    def facts(self, originals: tuple[str, ...]) -> dict[str, StoredFacts]:
        """As `casefiles.index.store.Index.facts`."""

    @abstractmethod
    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]: ...

    @abstractmethod
    def _writing(self) -> AbstractContextManager[sqlite3.Connection]: ...

    def put_scans(self, found: Mapping[str, ScannedPages]) -> None:
        """Keep how far reading these originals has come; nothing of one that nobody holds any more. Nothing is written
        where nothing changed.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        known = self.facts(tuple(found))
        changed = {
            name: scans for name, scans in found.items() if name in known and known[name].scans != scans
        }
        if not changed:
            return
        with self._writing() as connection:
            for original, scans in changed.items():
                note_stale(connection, original, scans)
                connection.execute(
                    "INSERT OR REPLACE INTO scans SELECT original, ?, ? FROM facts WHERE original = ?",
                    (scans.reader, scans.encode(), original),
                )

    def stale_pages(self) -> frozenset[str]:
        """The cases whose page does not say yet what reading scans came to."""
        return frozenset(row[0] for row in self._rows("SELECT case_uuid FROM stale_pages"))

    def page_is_due(self, case_uuid: str) -> None:
        """The case's page is about to be written: what is noted from now on, the next one says.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        if case_uuid in self.stale_pages():
            with self._writing() as connection:
                connection.execute("DELETE FROM stale_pages WHERE case_uuid = ?", (case_uuid,))
