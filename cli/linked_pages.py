"""After a scan: files that went from one case to another, said on the pages of both."""

from __future__ import annotations

import os

from casefiles.chain.folder import read_event
from casefiles.cross_case import look_across
from casefiles.errors import CasebinderError
from casefiles.index.store import Index
from cli.case_work import refresh_status_page
from cli.workspace import OpenCase, Workspace


def refresh_linked_pages(space: Workspace, index: Index) -> tuple[OpenCase, ...]:
    """Look for files that went from case to case, and write the pages of the cases for which that changed.

    Returns those cases. A case that cannot be read is left out: its own scan says so.

    Raises:
        Unavailable: the workspace or the index cannot be used.
    """
    changed = look_across(index)
    if not changed:
        return ()
    known = {folder: case.case_uuid for folder, case in index.quiet().items()}
    refreshed = []
    for opened in space.cases():
        try:
            uuid = known.get(os.fsencode(opened.layout.folder)) or _case_uuid(opened)
            if uuid in changed:
                refresh_status_page(opened, index)
                refreshed.append(opened)
        except (CasebinderError, ValueError):
            continue
    return tuple(refreshed)


def _case_uuid(opened: OpenCase) -> str:
    return str(read_event(opened.layout, 1).body["case"])
