"""The status of an opened case: light, because `casebinder status` must start quickly."""

from __future__ import annotations

import os

from casefiles.index.store import Index
from casefiles.places.beside import look_at_case
from casefiles.status.case import case_status
from casefiles.status.view import CaseStatus
from cli.workspace import OpenCase
from templates.kind_titles import kind_title
from watcher.filters import ignored_because


def status_of(opened: OpenCase, index: Index) -> CaseStatus:
    """The case's status from chain and index, without looking at the evidence folders.

    Raises:
        Unavailable: the share or the index cannot be read.
        ChainBroken: the chain cannot be followed.
    """
    reference, kind = opened.reference_and_kind
    folder = opened.layout.folder
    return case_status(
        opened.journal,
        index,
        reference=reference or folder.name,
        title=title_of(kind),
        beside=(*look_at_case(folder, ignored_because), *index.shared_findings(os.fsencode(folder))),
    )


def title_of(kind: str) -> str:
    """The title of a kind of case, or what is said where there is none."""
    return kind_title(kind) or "case.toml has a mistake: casebinder scan says where"
