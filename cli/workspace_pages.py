"""The pages that a look at all cases writes: of cases that cannot be scanned, of folders that are no case, of the root.

Each is written only where it differs. A page that cannot be written never stops the others.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from casefiles.case import Case
from casefiles.chain.linked import ChainBroken
from casefiles.chain.names import display_name
from casefiles.errors import CasebinderError, FileInvalid, Unavailable
from casefiles.findings import Finding
from casefiles.index.store import Index
from casefiles.layout import CaseLayout
from casefiles.places.findings import page_refused, page_taken
from casefiles.places.look import Places
from casefiles.status.readable_chain import last_good_status
from casefiles.status.view import CaseStatus
from casefiles.status.workspace import CaseSummary, Misplaced, WorkspaceStatus, summary_of, workspace_status
from cli.gone_cases import gone_cases, misplaced_of
from cli.status_of import status_of, title_of
from cli.workspace import OpenCase, Workspace
from templates.status_page import FolderPage, Problem, write_folder_page, write_problem_page
from templates.workspace_page import write_workspace_page

_NOT_YET = "This machine has not scanned it yet."


def keep_summary(opened: OpenCase, index: Index, status: CaseStatus | None, problem: str = "") -> None:
    """Keep the case's line for the root page.

    Raises:
        Unavailable: the index is locked or cannot be written.
    """
    summary = summary_of(opened.layout.folder, status, _facts(opened), problem=problem)
    index.put_summaries({os.fsencode(opened.layout.folder): summary})


def write_pages(
    space: Workspace, index: Index, places: Places, problems: Mapping[Path, CasebinderError]
) -> tuple[Misplaced, ...]:
    """Write every page that is not a case's ordinary one; returns what lies in the wrong place.

    `problems` are the cases that could not be scanned now, copies and the like apart.

    Raises:
        Unavailable: the root page cannot be written, or the index is locked.
    """
    for folder, error in problems.items():
        _tell_problem(OpenCase(space, CaseLayout(folder)), index, error)
    unwritten = _write_refusals(places) + _write_strays(places)
    gone = gone_cases(space, index, places)
    misplaced = _with_pages([*places.misplaced, *misplaced_of(gone)], unwritten)
    write_workspace_page(space.layout.status_page, current_status(space, index, places, misplaced, gone))
    return misplaced


def current_status(
    space: Workspace,
    index: Index,
    places: Places,
    misplaced: Sequence[Misplaced],
    gone: Collection[bytes] = (),
) -> WorkspaceStatus:
    """All cases by what this machine knows of them; lines of folders that were renamed are forgotten, but not those of
    `gone`, which nobody knows the whereabouts of.

    Raises:
        Unavailable: the index is locked or cannot be written.
    """
    known = index.summaries()
    scanned = [folder for folder in places.cases if folder not in places.not_scanned]
    here = {os.fsencode(folder) for folder in scanned}
    inside = os.fsencode(space.layout.cases) + b"/"
    index.put_summaries(
        dict.fromkeys(key for key in known.keys() - here if key.startswith(inside) and key not in gone)
    )
    authority = space.settings.authority
    return workspace_status(
        [known.get(os.fsencode(folder)) or _unknown(folder) for folder in scanned],
        misplaced,
        now=space.recorder.now(),
        contact=space.settings.watch.contact or authority.contact,
        authority=authority.name,
    )


def _unknown(folder: Path) -> CaseSummary:
    return summary_of(folder, None, None, problem=_NOT_YET)


def _tell_problem(opened: OpenCase, index: Index, error: CasebinderError) -> None:
    """The page of a case that cannot be scanned, with what was known below the problem."""
    status = _what_was_known(opened, index)
    reference = opened.reference_and_kind[0] or _shown(opened.layout.folder)
    problem = Problem.of(error)
    if _about_this_machine(opened, error):
        problem = Problem("This case could not be scanned", f"{_short(error)}", error.remedy)
    keep_summary(opened, index, status, _short(error))
    try:
        write_problem_page(opened.layout.status_page, reference, problem, status)
    except CasebinderError:
        return  # the root page says that the case cannot be scanned, and so does the command


def _what_was_known(opened: OpenCase, index: Index) -> CaseStatus | None:
    try:
        return status_of(opened, index)
    except ChainBroken:
        reference, kind = opened.reference_and_kind
        shown = reference or _shown(opened.layout.folder)
        return last_good_status(opened.layout, index, reference=shown, title=title_of(kind))
    except CasebinderError:
        return None


def _about_this_machine(opened: OpenCase, error: CasebinderError) -> bool:
    """Whether an error is about files of this machine, whose names are nobody's business on the share."""
    return (
        isinstance(error, Unavailable)
        and str(opened.workspace.local.root) in f"{error.message}{error.remedy}"
    )


def _short(error: CasebinderError) -> str:
    """What the root page says: no text out of a file that people edit."""
    if isinstance(error, FileInvalid):
        return f"{error.file} has a mistake in line {error.line}."
    if isinstance(error, Unavailable):
        return "A file or folder of it cannot be read or written."
    return error.message


def _facts(opened: OpenCase) -> Case | None:
    try:
        return opened.facts
    except CasebinderError:
        return None


def _write_refusals(places: Places) -> list[Misplaced]:
    """Pages of copies and of cases without a chain. A link to a case has no page: it would be the case's own."""
    unwritten = []
    for folder, finding in places.not_scanned.items():
        if finding.code == "case-linked":
            continue
        problem = Problem("This is not scanned", finding.message, finding.remedy, places.of(folder))
        try:
            write_problem_page(CaseLayout(folder).status_page, _shown(folder), problem, None)
        except CasebinderError:
            unwritten.append(_no_page(folder, page_refused(f"cases/{_shown(folder)}")))
    return unwritten


def _write_strays(places: Places) -> list[Misplaced]:
    unwritten = []
    for stray in places.strays:
        shown = _shown(stray.folder)
        try:
            done = write_folder_page(CaseLayout(stray.folder).status_page, shown, stray.findings)
        except CasebinderError:
            unwritten.append(_no_page(stray.folder, page_refused(f"cases/{shown}")))
            continue
        if done is FolderPage.NOT_OURS:
            unwritten.append(_no_page(stray.folder, page_taken(f"cases/{shown}")))
    return unwritten


def _no_page(folder: Path, finding: Finding) -> Misplaced:
    return Misplaced(b"cases/" + os.fsencode(folder.name), finding)


def _with_pages(misplaced: Sequence[Misplaced], unwritten: Sequence[Misplaced]) -> tuple[Misplaced, ...]:
    without = {each.path for each in unwritten}
    kept = [replace(each, paged=each.paged and each.path not in without) for each in misplaced]
    return tuple(sorted([*kept, *unwritten]))


def _shown(folder: Path) -> str:
    return display_name(os.fsencode(folder.name))
