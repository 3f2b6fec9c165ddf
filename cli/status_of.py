"""The status of an opened case: light, because `casebinder status` must start quickly."""

from __future__ import annotations

from casefiles.case_status import case_status
from casefiles.errors import FileInvalid
from casefiles.index import Index
from casefiles.status_view import CaseStatus
from cli.workspace import OpenCase
from templates.case_kinds import read_kind


def status_of(opened: OpenCase, index: Index) -> CaseStatus:
    """The case's status from chain and index, without looking at the evidence folders.

    Raises:
        Unavailable: the share or the index cannot be read.
        ChainBroken: the chain cannot be followed.
    """
    try:
        reference, title = opened.facts.reference, read_kind(opened.facts.kind).title
    except FileInvalid as error:
        reference, title = opened.layout.folder.name, error.message
    return case_status(opened.journal, index, reference=reference, title=title)
