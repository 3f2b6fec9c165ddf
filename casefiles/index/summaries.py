"""What this machine knows of each case folder at a glance: its line on the workspace's page, and what only a look at
all cases together could tell about it. By folder (raw, absolute), because a folder may be a case that nobody can read.
"""

from __future__ import annotations

import json
import sqlite3
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from casefiles.findings import Finding
from casefiles.status.workspace import CaseSummary


class SummaryQueries:
    """The part of the index that keeps a line for each case folder."""

    @abstractmethod
    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]: ...

    @abstractmethod
    def _writing(self) -> AbstractContextManager[sqlite3.Connection]: ...

    def summaries(self) -> dict[bytes, CaseSummary]:
        """The lines kept, by folder; one that another version wrote is left out."""
        found: dict[bytes, CaseSummary] = {}
        for folder, text in self._rows("SELECT folder, summary FROM summaries"):
            try:
                found[folder] = CaseSummary.from_json(json.loads(text))
            except (ValueError, TypeError, KeyError):
                continue
        return found

    def put_summaries(self, summaries: Mapping[bytes, CaseSummary | None]) -> None:
        """Keep a line for each of these folders, or forget it (None). Nothing is written where nothing changed.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        known: dict[bytes, str] = {}
        for folder in summaries:
            rows = self._rows("SELECT folder, summary FROM summaries WHERE folder = ?", folder)
            known |= {row[0]: row[1] for row in rows}
        wanted = {
            folder: None if each is None else json.dumps(each.as_json(), sort_keys=True)
            for folder, each in summaries.items()
        }
        changed = {folder: text for folder, text in wanted.items() if known.get(folder) != text}
        self._replace("summaries", changed)

    def shared_findings(self, folder: bytes) -> tuple[Finding, ...]:
        """What the last look at all cases told about this one."""
        for (text,) in self._rows("SELECT findings FROM shared WHERE folder = ?", folder):
            return tuple(Finding.from_json(row) for row in json.loads(text))
        return ()

    def put_shared_findings(self, findings: Mapping[bytes, Sequence[Finding]]) -> None:
        """Replace what is known of all folders; those not named have none. Nothing is written where nothing changed.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        known = {row[0]: row[1] for row in self._rows("SELECT folder, findings FROM shared")}
        wanted = {
            folder: json.dumps([each.as_json() for each in found])
            for folder, found in findings.items()
            if found
        }
        gone: dict[bytes, str | None] = dict.fromkeys(known.keys() - wanted.keys())
        self._replace("shared", gone | {f: text for f, text in wanted.items() if known.get(f) != text})

    def _replace(self, table: str, rows: Mapping[bytes, str | None]) -> None:
        if not rows:
            return
        with self._writing() as connection:
            connection.executemany(f"DELETE FROM {table} WHERE folder = ?", [(folder,) for folder in rows])  # noqa: S608
            connection.executemany(
                f"INSERT INTO {table} VALUES (?, ?)",  # noqa: S608
                [(folder, text) for folder, text in rows.items() if text is not None],
            )
