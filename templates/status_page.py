"""`Case status.html`: what arrived, what is wrong and what to do, for people who only see the folder.

The page is a function of the case's status alone: no clock, no script, nothing from outside the file. It is
written only when it would change.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from casefiles.errors import CasebinderError, FileInvalid
from casefiles.files.plain import is_plain_file, read_plain
from casefiles.files.publish import publish_new, reaching, write_atomically
from casefiles.findings import Finding, Severity
from casefiles.status.scans import being_read_words, no_reader_words
from casefiles.status.view import (
    BundleLine,
    CaseStatus,
    ChainLine,
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
FOLDER_TEMPLATE = "pages/folder_status.html.j2"
GENERATOR = b'<meta name="generator" content="casebinder">'
"""Stands near the top of every page of ours; no file without it is ever replaced in a folder that is no case."""
_TOP_BYTES = 1024

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
_BESIDE = frozenset({"bundles-foreign", "chain-foreign", "issued-foreign", "nested-case", "outside-evidence"})
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


@dataclass(frozen=True)
class Problem:
    """Why a case cannot be scanned: a heading, the sentence, what to do, and what was found in detail."""

    heading: str
    message: str
    remedy: str
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, error: CasebinderError, findings: Sequence[Finding] = ()) -> Problem:
        """What an error says, with `findings` after its own."""
        heading = (
            "case.toml has a mistake" if isinstance(error, FileInvalid) else "This case cannot be scanned"
        )
        own: Sequence[Finding] = getattr(error, "findings", ())
        return cls(heading, error.message, error.remedy, (*own, *findings))


class FolderPage(Enum):
    """What came of writing a page into a folder that is no case."""

    WRITTEN = auto()
    SAME = auto()
    NOT_OURS = auto()


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
    return write_changed(path, render_status(status, overrides))


def render_problem(
    reference: str, problem: Problem, status: CaseStatus | None, overrides: Sequence[Path] = ()
) -> str:
    """The page of a case that cannot be scanned: the problem, then what was known, where that can be read.

    Raises:
        RenderFailed: an overriding template is broken.
    """
    empty = CaseStatus(reference, "", None, (), (), (), (), (), (), (), (), ChainLine(0, "", "", None))
    values = _values(status or empty)
    values |= {
        "known": status is not None,
        "attention": (status.needs_attention if status else 0) + 1,
        "problem": {
            "heading": problem.heading,
            "message": said(problem.message),
            "remedy": said(problem.remedy),
            "findings": _findings(problem.findings),
        },
    }
    return render_html(TEMPLATE, values, overrides)


def write_problem_page(
    path: Path,
    reference: str,
    problem: Problem,
    status: CaseStatus | None,
    overrides: Sequence[Path] = (),
) -> bool:
    """Write the page of a case that cannot be scanned where it differs; returns whether it was written.

    Raises:
        RenderFailed: an overriding template is broken.
        Unavailable: the folder cannot be written.
    """
    return write_changed(path, render_problem(reference, problem, status, overrides))


def render_folder(name: str, findings: Sequence[Finding], overrides: Sequence[Path] = ()) -> str:
    """The page of a folder that is no case: what it is, and what to do. `name` is as shown.

    Raises:
        RenderFailed: an overriding template is broken.
    """
    return render_html(FOLDER_TEMPLATE, {"name": name, "rows": _findings(findings)}, overrides)


def write_folder_page(
    path: Path, name: str, findings: Sequence[Finding], overrides: Sequence[Path] = ()
) -> FolderPage:
    """Write the page of a folder that is no case, unless a file of that name is there that we did not write.

    Raises:
        RenderFailed: an overriding template is broken.
        Unavailable: the folder cannot be read or written.
    """
    page = render_folder(name, findings, overrides)
    with reaching(path):
        there = os.path.lexists(path)
        if there and not is_our_page(path):
            return FolderPage.NOT_OURS
    if there:
        return FolderPage.WRITTEN if write_changed(path, page) else FolderPage.SAME
    # never over a file that somebody has put there since we looked
    return FolderPage.WRITTEN if publish_new(path.parent, path, page.encode("utf-8")) else FolderPage.NOT_OURS


def is_our_page(path: Path) -> bool:
    """Whether a page of ours stands there, by the mark at its top.

    Raises:
        OSError: it cannot be read.
    """
    return is_plain_file(path) and GENERATOR in read_plain(path, _TOP_BYTES)


def write_changed(path: Path, page: str) -> bool:
    """Write a page where it differs from what stands at `path`; returns whether it was written.

    Raises:
        Unavailable: the folder cannot be written.
    """
    data = page.encode("utf-8")
    with reaching(path):
        if is_plain_file(path) and read_plain(path) == data:
            return False
    write_atomically(path, data)
    return True


def _values(status: CaseStatus) -> dict[str, Plain]:
    pressing = [finding for finding in status.findings if finding.severity is not Severity.NOTE]
    others = [finding for finding in pressing if finding.code not in _NOT_TAKEN_IN | _BY_SHEET | _BESIDE]
    return {
        "known": True,
        "problem": None,
        "reference": status.reference,
        "title": status.title,
        "as_of": london_text(status.as_of) if status.as_of else "",
        "attention": status.needs_attention,
        "files": len(status.items),
        "scans": [
            said(each)
            for each in (
                being_read_words(status.scans_waiting),
                no_reader_words(status.scans_without_reader),
            )
            if each
        ],
        "unreadable": _findings(f for f in others if f.severity is Severity.ERROR),
        "to_check": _findings(f for f in others if f.severity is not Severity.ERROR),
        "by_sheet": _findings(f for f in pressing if f.code in _BY_SHEET),
        "beside": _findings(f for f in pressing if f.code in _BESIDE),
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
            "message": said(finding.message),
            "remedy": said(finding.remedy),
            "weight": _WEIGHT[finding.severity],
            "severity": str(finding.severity),
        }
        for finding in findings
    ]


def said(text: str) -> list[Plain]:
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
        "bound_in": list(line.bound_in),
    }


def _missing(line: MissingLine) -> dict[str, Plain]:
    return {
        "name": line.name,
        "id": line.id,
        "since": london_text(line.since),
        "exhibit": line.exhibit,
        "elsewhere": list(line.elsewhere),
        "moved_to": line.moved_to,
        "settled": line.settled,
        "bound_in": list(line.bound_in),
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
        "scans": [said(each) for each in line.scans_say],
    }


def _withdrawn(line: WithdrawnLine) -> dict[str, Plain]:
    reason = _REASONS.get(line.reason, line.reason)
    return {
        "id": line.id,
        "at": london_text(line.at),
        "reason": reason,
        "authority": line.authority,
        "bound_in": list(line.bound_in),
    }


def _bundle(line: BundleLine) -> dict[str, Plain]:
    return {
        "name": line.name,
        "version": line.version,
        "state": "Issued" if line.issued else "Draft",
        "issued": line.issued,
        "at": london_text(line.at),
        "pages": "" if line.pages is None else f"{line.pages:,}",
    }
