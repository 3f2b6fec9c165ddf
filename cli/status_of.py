"""The status of an opened case: light, because `casebinder status` must start quickly."""

from __future__ import annotations

from casefiles.case_status import case_status
from casefiles.index import Index
from casefiles.status_view import CaseStatus
from cli.workspace import OpenCase
from templates.kind_titles import kind_title


def status_of(opened: OpenCase, index: Index) -> CaseStatus:
    """The case's status from chain and index, without looking at the evidence folders.

    Raises:
        Unavailable: the share or the index cannot be read.
        ChainBroken: the chain cannot be followed.
    """
    reference, kind = opened.reference_and_kind
    title = kind_title(kind) or "case.toml has a mistake: casebinder scan says where"
    return case_status(opened.journal, index, reference=reference or opened.layout.folder.name, title=title)
