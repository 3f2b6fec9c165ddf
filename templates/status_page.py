"""`Case status.html`: what arrived, what is wrong and what to do, for people who only see the folder.

The page is a function of the case's status alone: no clock, no script, nothing from outside the file. It is
written only when it would change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from casefiles.findings import Finding, Severity
from casefiles.publish import reaching, write_atomically
from casefiles.status_view import (
    BundleLine,
    CaseStatus,
    ItemLine,
    ItemState,
    MissingLine,
    Place,
    VersionLine,
    WithdrawnLine,
)
from casefiles.uk_dates import london_text
from templates.render import Plain, render_html

TEMPLATE = "pages/case_status.html.j2"

# Codes of findings about what was left where it lies, as against what was taken in and could not be read.
_NOT_TAKEN_IN = frozenset(
    {
        "children-too-deep",
        "children-too-large",
        "children-too-many",
        "file-growing",
        "file-unreadable",
        "folder-link-not-followed",
        "folder-unreadable",
        "link-not-followed",
        "special-file",
        "withdrawn-again",
    }
)
_BY_SHEET = frozenset({"file-not-drawn"})
_WEIGHT = {Severity.ERROR: "Stops an issue", Severity.WARNING: "Check", Severity.NOTE: "Note"}
_REASONS = {
    "wrong-child": "about another child",
    "wrong-case": "belongs to another case",
    "privileged": "privileged",
    "unlawful": "must not be held",
    "duplicate": "a duplicate",
    "retention": "kept for as long as it may be",
    "other": "other",
}


def render_status(status: CaseStatus, overrides: Sequence[Path] = ()) -> str:
    """The whole page as HTML; equal status gives equal text.

    Raises:
        RenderFailed: an overriding template is broken.
    """
    return render_html(TEMPLATE, _values(status), overrides)


def write_status_page(path: Path, status: CaseStatus, overrides: Sequence[Path] = ()) -> bool:
    """Write the page where it differs from what stands at `path`; returns whether it was written.

    Raises:
        RenderFailed: an overriding template is broken.
        Unavailable: the folder cannot be written.
    """
    page = render_status(status, overrides).encode("utf-8")
    with reaching(path):
        if path.is_file() and path.read_bytes() == page:
            return False
    write_atomically(path, page)
    return True


def _values(status: CaseStatus) -> dict[str, Plain]:
    pressing = [finding for finding in status.findings if finding.severity is not Severity.NOTE]
    others = [finding for finding in pressing if finding.code not in _NOT_TAKEN_IN | _BY_SHEET]
    return {
        "reference": status.reference,
        "title": status.title,
        "as_of": london_text(status.as_of) if status.as_of else "",
        "attention": status.needs_attention,
        "files": len(status.items),
        "unreadable": _findings(f for f in others if f.severity is Severity.ERROR),
        "to_check": _findings(f for f in others if f.severity is not Severity.ERROR),
        "by_sheet": _findings(f for f in pressing if f.code in _BY_SHEET),
        "left_outside": _findings(f for f in pressing if f.code in _NOT_TAKEN_IN),
        "notes": _findings(f for f in status.findings if f.severity is Severity.NOTE),
        "versions": [_version(line) for line in status.versions],
        "missing": [_missing(line) for line in status.missing],
        "items": [_item(line) for line in status.items],
        "duplicates": [{"id": line.id, "names": list(line.names)} for line in status.duplicates],
        "ignored": [{"name": line.name, "reason": line.reason} for line in status.ignored],
        "withdrawn": [_withdrawn(line) for line in status.withdrawn],
        "bundles": [_bundle(line) for line in status.bundles],
        "events": status.chain.events,
        "head": status.chain.head,
        "checkpoint": status.chain.checkpoint,
        "checkpoint_at": london_text(status.chain.checkpoint_at) if status.chain.checkpoint_at else "",
    }


def _findings(findings: Iterable[Finding]) -> list[Plain]:
    return [
        {
            "subject": finding.subject,
            "message": _said(finding.message),
            "remedy": _said(finding.remedy),
            "weight": _WEIGHT[finding.severity],
            "severity": str(finding.severity),
        }
        for finding in findings
    ]


def _said(text: str) -> list[Plain]:
    """A sentence with its full stop, cut at the backticks: every second part is something to type."""
    whole = text if not text or text[-1] in ".!?`" else f"{text}."
    return list(whole.split("`"))


def _version(line: VersionLine) -> dict[str, Plain]:
    return {
        "name": line.name,
        "old_id": line.old_id,
        "new_id": line.new_id,
        "at": london_text(line.changed_at),
        "exhibit": line.exhibit,
    }


def _missing(line: MissingLine) -> dict[str, Plain]:
    return {
        "name": line.name,
        "id": line.id,
        "since": london_text(line.since),
        "exhibit": line.exhibit,
        "elsewhere": list(line.elsewhere),
    }


def _item(line: ItemLine) -> dict[str, Plain]:
    note = ""
    if line.place is Place.MISSING:
        note = "Missing"
    elif line.state is ItemState.HELD:
        note = "Held"
    elif line.state is ItemState.UNREAD:
        note = "Not read yet"
    return {
        "at": london_text(line.received_at),
        "folder": line.folder,
        "name": line.name,
        "id": line.id,
        "exhibit": line.exhibit,
        "pages": "" if line.pages is None else f"{line.pages:,}",
        "kind": line.kind,
        "inside": line.inside,
        "note": note,
    }


def _withdrawn(line: WithdrawnLine) -> dict[str, Plain]:
    reason = _REASONS.get(line.reason, line.reason)
    return {"id": line.id, "at": london_text(line.at), "reason": reason, "authority": line.authority}


def _bundle(line: BundleLine) -> dict[str, Plain]:
    return {
        "name": line.name,
        "version": line.version,
        "state": "Issued" if line.issued else "Draft",
        "issued": line.issued,
        "at": london_text(line.at),
        "pages": "" if line.pages is None else f"{line.pages:,}",
    }
