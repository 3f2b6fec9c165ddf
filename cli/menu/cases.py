"""Reads what the menu shows: a line for each case, and one case closely."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection
from datetime import date
from pathlib import Path

from casefiles.case import Case, Hearing
from casefiles.errors import CasebinderError
from casefiles.files.plain import is_plain_folder, read_plain
from casefiles.files.publish import PART_PREFIX
from casefiles.files.reach import reaching
from casefiles.index.store import Index
from casefiles.layout import CaseLayout
from casefiles.shown import display_name
from casefiles.status.view import CaseStatus
from casefiles.status.workspace import CaseSummary, summary_of
from casefiles.uk_dates import clock_time, long_date
from cli.menu.actions import CaseView
from cli.status_of import status_of
from cli.workspace import LARGEST_PEEK, OpenCase, Workspace

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*", re.ASCII)
"""What the name of a bundle looks like; a file of another name cannot be given to a command."""


class Cases:
    """The cases of a workspace, read through an open index."""

    def __init__(self, space: Workspace, index: Index) -> None:
        self._space = space
        self._index = index

    def summaries(self) -> tuple[list[CaseSummary], frozenset[bytes]]:
        """Every case in a line, as this machine last saw it; and the folders of those that it has not scanned.

        Of these only name and hearings are read now: `summary` reads the rest, where somebody looks.

        Raises:
            Unavailable: the workspace or the index cannot be read.
        """
        kept = self._index.summaries()
        found, unread = [], set()
        for folder in self._space.case_folders():
            known = kept.get(os.fsencode(folder))
            if known is None:
                known = _glanced(folder)
                unread.add(known.folder)
            found.append(known)
        return found, frozenset(unread)

    def strays(self) -> tuple[str, ...]:
        """The names of folders under `cases` that are no case: nothing in them is taken in.

        Raises:
            Unavailable: the workspace cannot be read.
        """
        cases = self._space.layout.cases
        with reaching(cases):
            inside = sorted(path for path in cases.iterdir() if is_plain_folder(path))
        known = set(self._space.case_folders())
        return tuple(
            path.name for path in inside if path not in known and not path.name.startswith(PART_PREFIX)
        )

    def summary(self, raw_folder: bytes) -> CaseSummary:
        """One case in a line, read now.

        Raises:
            Unavailable: the workspace or the index cannot be read.
        """
        folder = self._folder(raw_folder)
        status, facts, problem = self._look(OpenCase(self._space, CaseLayout(folder)))
        return summary_of(folder, status, facts, problem=problem)

    def view(self, raw_folder: bytes, today: date, others: Collection[str]) -> CaseView:
        """One case as it is now; `others` are the references and folder names of the other cases.

        Raises:
            Unavailable: the workspace or the index cannot be read.
        """
        folder = self._folder(raw_folder)
        opened = OpenCase(self._space, CaseLayout(folder))
        status, facts, problem = self._look(opened)
        hearings = sorted(facts.hearings, key=lambda each: each.at) if facts else []
        return CaseView(
            word=_word(opened, others),
            folder=folder,
            status=status,
            bundles=tuple(
                sorted(
                    path.stem for path in opened.layout.bundles.glob("*.toml") if _NAME.fullmatch(path.stem)
                )
            ),
            hearings=tuple(self._hearing(each) for each in hearings if each.at.date() >= today),
            page=opened.layout.status_page,
            problem=problem,
        )

    def _folder(self, raw_folder: bytes) -> Path:
        return self._space.layout.cases / os.fsdecode(raw_folder)

    def _look(self, opened: OpenCase) -> tuple[CaseStatus | None, Case | None, str]:
        """Status and facts of a case, each None where it cannot be read; then why."""
        status, facts, problem = None, None, ""
        try:
            facts = opened.facts
        except CasebinderError as error:
            problem = error.message
        try:
            status = status_of(opened, self._index)
        except CasebinderError as error:
            problem = error.message
        return status, facts, problem

    def _hearing(self, hearing: Hearing) -> str:
        court = self._space.settings.court(hearing.court)
        where = court.name if court else hearing.court
        return f"{long_date(hearing.at.date())}, {clock_time(hearing.at)}, {hearing.kind}, {where}"


def _word(opened: OpenCase, others: Collection[str]) -> str:
    """How commands name the case: by its reference where only this case answers to it, else by its folder."""
    reference, _kind = opened.reference_and_kind
    return reference if reference and reference not in others else str(opened.layout.folder)


def _glanced(folder: Path) -> CaseSummary:
    """A line with what `case.toml` says without its whole schema being looked at: that would take long for many."""
    try:
        data = read_plain(CaseLayout(folder).case_file, LARGEST_PEEK)
        facts = tomllib.loads(data.decode("utf-8-sig"))
        rows = facts.get("hearings", [])
        hearings = sorted((row["at"].date(), str(row.get("kind", ""))) for row in rows)
        reference = str(facts.get("reference", ""))
    except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError):
        hearings, reference = [], ""
    raw = os.fsencode(folder.name)
    return CaseSummary(raw, reference or display_name(raw), "", 0, 0, 0, tuple(hearings), (), None)
