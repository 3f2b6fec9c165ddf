"""Choices that a kind of file does not have: sheets are of workbooks, slides and speaker notes of presentations."""

from __future__ import annotations

from bundles.convert.base import ConversionRequest, HeldError
from bundles.derived import Derived
from casefiles.findings import Severity
from casefiles.intake.kinds import Kind

WORKBOOKS = frozenset({Kind.XLSX, Kind.XLS, Kind.ODS})
PRESENTATIONS = frozenset({Kind.PPTX, Kind.PPT, Kind.ODP})


def apply(request: ConversionRequest, derived: Derived) -> Derived:
    """The file as it is.

    Raises:
        HeldError: a choice was made that cannot be made of this kind of file.
    """
    named = bool(request.sheet_names)
    numbered = bool(request.treatment.sheets)
    if named and request.kind not in WORKBOOKS:
        raise _misplaced(request, "sheets", "workbook", "it is none")
    if numbered and request.kind not in WORKBOOKS | PRESENTATIONS:
        raise _misplaced(request, "slides", "presentation", "it is none")
    if request.treatment.notes and request.kind not in PRESENTATIONS:
        raise _misplaced(request, "notes", "presentation", "it is none")
    return derived


def _misplaced(request: ConversionRequest, key: str, kind: str, why: str) -> HeldError:
    return HeldError(
        request.finding(
            "choice-not-for-this-kind",
            Severity.ERROR,
            f"{key} were chosen, which only a {kind} has; {why}",
            f"Take {key} out of its line in the bundle file"
            + ("" if key == "notes" else '; of a document with pages choose pages, such as pages = "3-7"'),
        )
    )
