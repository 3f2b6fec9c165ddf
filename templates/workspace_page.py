"""`Cases status.html`: every case in a line, what lies in the wrong place, and when somebody last looked.

A function of the workspace's status alone, with links inside the workspace only. It is written only when it would
change; the time on it moves on by quarters of an hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import quote_from_bytes

from casefiles.files.plain import is_plain_file, read_plain
from casefiles.files.reach import reaching
from casefiles.findings import Severity
from casefiles.hashing import sha256_bytes
from casefiles.layout import STATUS_PAGE
from casefiles.status.scans import being_read_words
from casefiles.status.workspace import CaseLine, MisplacedLine, WorkspaceStatus
from casefiles.uk_dates import london_text, long_date
from templates.render import Plain, render_html
from templates.status_page import said, write_changed

TEMPLATE = "pages/cases_status.html.j2"
PLACES_SHOWN = 20
"""Names in one entry about things in the wrong place; the rest is counted."""
SOON_DAYS = 14
_TOP_BYTES = 1024
_WEIGHT = {Severity.ERROR: "Put right", Severity.WARNING: "Check", Severity.NOTE: "Note"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def render_workspace(status: WorkspaceStatus, overrides: Sequence[Path] = ()) -> str:
    """The whole page as HTML; equal status gives equal text.

    Raises:
        RenderFailed: an overriding template is broken.
    """
    return render_html(TEMPLATE, _values(status), overrides)


def write_workspace_page(path: Path, status: WorkspaceStatus, overrides: Sequence[Path] = ()) -> bool:
    """Write the page where it differs from what stands at `path`; returns whether it was written.

    The page carries a digest of what it was made from; where that is the same, it is not even drawn. What somebody
    typed into it stays until the time on it moves on.

    Raises:
        RenderFailed: an overriding template is broken.
        Unavailable: the workspace cannot be written.
    """
    with reaching(path):
        top = read_plain(path, _TOP_BYTES) if is_plain_file(path) else b""
    if f'content="{_digest(status)}"'.encode() in top:
        return False
    return write_changed(path, render_workspace(status, overrides))


def page_link(folder: bytes) -> str:
    """The link from the root to the page in a folder, given as raw path from the root: every byte that is not plain
    percent-encoded, `/` kept. It begins with `./`, so that no name can be taken for a scheme."""
    return f"./{quote_from_bytes(folder, safe='/')}/{quote_from_bytes(STATUS_PAGE.encode())}"


def _digest(status: WorkspaceStatus) -> str:
    return sha256_bytes(repr(status).encode("utf-8", "surrogatepass"))


def _values(status: WorkspaceStatus) -> dict[str, Plain]:
    soon = sum(
        any((day - status.today).days < SOON_DAYS for day, _what in line.dates) for line in status.cases
    )
    problems = [line for line in status.misplaced if line.severity is not Severity.NOTE]
    notes = [line for line in status.misplaced if line.severity is Severity.NOTE]
    return {
        "digest": _digest(status),
        "authority": status.authority,
        "scanned_at": london_text(status.scanned_at),
        "contact": status.contact,
        "counts": [
            {"what": "Case" if len(status.cases) == 1 else "Cases", "number": f"{len(status.cases):,}"},
            {
                "what": "Needs attention" if status.needing_attention == 1 else "Need attention",
                "number": f"{status.needing_attention:,}",
            },
            {"what": f"With a hearing in the next {SOON_DAYS} days", "number": f"{soon:,}"},
            {
                "what": "Files received since yesterday",
                "number": f"{sum(line.new for line in status.cases):,}",
            },
        ],
        "scans": said(being_read_words(status.scans_waiting)),
        "misplaced": [_misplaced(line) for line in problems],
        "notes": [_misplaced(line) for line in notes],
        "cases": [_case(line, status.today) for line in status.cases],
    }


def _misplaced(line: MisplacedLine) -> dict[str, Plain]:
    shown = line.places[:PLACES_SHOWN]
    return {
        "severity": str(line.severity),
        "weight": _WEIGHT[line.severity],
        "places": [{"name": name, "href": page_link(path) if paged else ""} for path, name, paged in shown],
        "more": len(line.places) - len(shown),
        "message": said(line.message),
        "remedy": said(line.remedy),
    }


def _case(line: CaseLine, today: date) -> dict[str, Plain]:
    # “2026-0042 DOE” needs not to say its reference twice
    folder = line.shown_folder.removeprefix(line.reference).strip(" -–_")
    return {
        "href": page_link(b"cases/" + line.folder),
        "reference": line.reference,
        "folder": folder or ("" if line.shown_folder == line.reference else line.shown_folder),
        "title": line.title,
        "problem": said(line.problem),
        "attention": line.needs_attention,
        "held": line.held,
        "new": line.new,
        "dates": [{"day": short_day(day, today), "what": what} for day, what in line.dates],
    }


def short_day(day: date, today: date) -> str:
    """`Today`, `Tomorrow`, or `Tue 24 November 2026`."""
    near = {0: "Today, ", 1: "Tomorrow, "}.get((day - today).days, "")
    return f"{near}{_DAYS[day.weekday()]} {long_date(day)}"
