"""Cases that this machine knows and whose folder is there no more: missed aloud, until somebody says that they were
archived."""

from __future__ import annotations

import os

from casefiles.chain.names import display_name
from casefiles.errors import Unavailable, UsageError
from casefiles.index.store import Index
from casefiles.places.findings import case_gone
from casefiles.places.look import Places
from casefiles.status.workspace import CaseSummary, Misplaced
from cli.output import say
from cli.wording import counted
from cli.workspace import Workspace


def refuse_if_all_are_gone(space: Workspace, index: Index, places: Places) -> None:
    """Nothing, as long as `cases` holds a case, or this machine never knew one.

    Raises:
        Unavailable: cases that this machine knows are gone, every one: most likely the share is.
    """
    if places.cases or places.not_scanned:
        return
    known = _not_there(space, index)
    if known:
        raise Unavailable(
            f"“{space.layout.cases}” holds no case, but this machine knows {counted(len(known), 'case')} there. Nothing "
            "was recorded as missing, and no page was written.",
            remedy="Check that the share is connected. If a case was archived on purpose: casebinder scan --archived "
            f"{sorted(each.reference for each in known.values())[0]}",
        )


def gone_cases(space: Workspace, index: Index, places: Places) -> dict[bytes, CaseSummary]:
    """The lines kept of cases whose folder is gone, by raw absolute folder; those that were renamed are left out.

    Raises:
        Unavailable: the index is locked.
    """
    gone = _not_there(space, index)
    if not gone:
        return {}
    here = {os.fsencode(folder) for folder in places.cases}
    present = {each.reference for folder, each in index.summaries().items() if folder in here}
    return {folder: each for folder, each in gone.items() if each.reference not in present}


def misplaced_of(gone: dict[bytes, CaseSummary]) -> list[Misplaced]:
    """What is said of each."""
    return [
        Misplaced(b"cases/" + each.folder, case_gone(f"cases/{display_name(each.folder)}", each.reference))
        for each in gone.values()
    ]


def forget_archived(space: Workspace, index: Index, reference: str) -> None:
    """Forget a case that was moved out of the workspace on purpose: its line, and what was read of it.

    Raises:
        UsageError: its folder is there, or this machine knows no such case.
        Unavailable: the index is locked.
    """
    gone = {folder: each for folder, each in _not_there(space, index).items() if each.reference == reference}
    if not gone:
        raise UsageError(
            f"No case {reference} is missing from this workspace.",
            remedy="Move its folder out of cases first; or give the reference of a case that is gone.",
        )
    for case_uuid in index.cases_called(reference):
        index.forget_case(case_uuid)
    index.put_summaries(dict.fromkeys(gone))
    index.scrub()
    say(f"Noted on this machine: {reference} was archived. What was read of it here is forgotten.")


def _not_there(space: Workspace, index: Index) -> dict[bytes, CaseSummary]:
    inside = os.fsencode(space.layout.cases) + b"/"
    return {
        folder: each
        for folder, each in index.summaries().items()
        if folder.startswith(inside) and not os.path.lexists(folder)
    }
