"""What search needs of the index, beside its rows: filling it, and making sure that what was withdrawn is gone."""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

from casefiles.index import upkeep
from casefiles.index.file import IndexFolder

Answer = TypeVar("Answer")


class SearchUpkeep:
    """The part of the index that keeps search in step."""

    path: Path
    _files: IndexFolder
    _number: int
    _connection: sqlite3.Connection

    @abstractmethod
    def _explained(self) -> AbstractContextManager[None]: ...

    @abstractmethod
    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]: ...

    @abstractmethod
    def _writing(self) -> AbstractContextManager[sqlite3.Connection]: ...

    @abstractmethod
    def _asking(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer: ...

    @abstractmethod
    def _put_away_others(self) -> tuple[Path, ...]: ...

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """The rows that answer a question in SQL.

        Raises:
            Unavailable: the index is damaged or cannot be read.
        """
        return self._rows(query, *values)

    def fill_search(self, progress: Callable[[str, int, int], None] = lambda *_: None) -> None:
        """Let search find everything that the index holds, some thousand rows at a time, and scrub if that is due.

        `progress(stage, done, total)` counts names and pages.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        total, done = self._asking(upkeep.waiting), 0
        while done < total:
            with self._writing() as connection:
                found = upkeep.fill(connection)
            if not found:  # another process was faster
                break
            done += found
            progress("Filling the search", min(done, total), total)
        if self._asking(upkeep.scrub_is_due):
            self.scrub()

    def scrub(self) -> tuple[Path, ...]:
        """Make sure that the bytes of what was withdrawn are in no file of the index; those that still hold some.

        Damaged files that were set aside go. A file that another casebinder has open keeps them until that ends;
        the scrub stays due until then.

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        with self._writing() as connection:
            upkeep.note_scrub(connection)
            upkeep.merge(connection)
        with self._explained():
            self._files.tidy(self._number)
            self._files.remove_set_aside()
            older = tuple(
                self._files.path(number) for number in self._files.numbers() if number < self._number
            )
            done = upkeep.rewrite(self._connection)
        return older if done else (*older, self.path)

    def note_scan(self, at: str) -> None:
        """Remember when a scan of the whole workspace ended (UTC).

        Raises:
            Unavailable: the index is locked or cannot be written.
        """
        with self._writing() as connection:
            upkeep.note(connection, "last scan", at)

    def last_scan(self) -> str:
        """When a scan of the whole workspace last ended (UTC), or nothing."""
        return self._asking(lambda connection: upkeep.noted(connection, "last scan"))

    def check_search(self) -> bool:
        """Whether what search finds is what the index holds; `fill_search` first."""
        return self._asking(upkeep.is_consistent)
