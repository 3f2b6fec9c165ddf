"""Lays out the fictional caseload of the demonstration: what officers would drop, and the two files of facts.

The files themselves are package data under plain names; the names that people gave them are written here, since not
every place that code travels through keeps an emoji in a file name. `scripts/demo_files` made them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from casefiles.files import disk
from casefiles.files.publish import write_atomically

LOCKED_WITH = "sample-2026"
"""The password of `Letter from surgery.pdf`."""

EVIDENCE: tuple[tuple[str, str], ...] = (
    ("statements/AB s9 signed.pdf", "statement.pdf"),
    ("statements/s566 certificate Zoë Example.pdf", "certificate-zoe.pdf"),
    ("statements/s566 certificate Sam Example.pdf", "certificate-sam.pdf"),
    ("letters/letter 19 January 2026.docx", "letter-pat.docx"),
    ("letters/Copy of letter 19 January 2026.docx", "letter-pat.docx"),
    ("letters/letter 26 January 2026.docx", "letter-kit.docx"),
    ("letters/Proof of posting 19.01.2026.jpg", "posting.jpg"),
    ("school/Register print 5 January to 13 February 2026.pdf", "register.pdf"),
    ("school/Attendance policy 2025-26.pdf", "policy.pdf"),
    ("school/Pupil information form.pdf", "form.pdf"),
    ("school/RE Attendance Zoë 02.02.2026.eml", "mail-attendance.eml"),
    ("school/FW Sam absence 09.02.2026.eml", "mail-forwarded.eml"),
    ("Note of meeting 28 January 2026.docx", "meeting.docx"),
    ("Notatka tłumacza Żółć 28.01.2026.txt", "interpreter.txt"),
    ("call log.txt", "call-log.txt"),
    ("Screenshot 2026-02-03 at 09.14.22.png", "screen-app.png"),
    ("WhatsApp 😷 Sam 21.01.2026.png", "screen-chat.png"),
    ("IMG_20260206_081533.jpg", "photo-note.jpg"),
    ("scan0007.pdf", "cut-off.pdf"),
    ("Letter from surgery.pdf", "locked.pdf"),
    ("Voicemail 05.02.2026.wav", "voicemail.wav"),
    ("Decision record 02.03.2026.docx", "decision.docx"),
    ("legal advice/Advice on evidence 25.02.2026.docx", "advice.docx"),
    ("unused/Call with school nurse 04.02.2026.txt", "nurse.txt"),
)
"""Name under `evidence/`, and the packaged file with its bytes. One stands here twice: a duplicate under another name."""


@dataclass(frozen=True)
class DemoPaths:
    """What `lay_out` wrote: a folder as the officers would drop it, and the two files of facts."""

    evidence: Path
    case_file: Path
    workspace_file: Path


def lay_out(folder: Path) -> DemoPaths:
    """Write the caseload into `folder`, which is made where it is missing; files of the same names are replaced.

    Raises:
        OSError: the folder cannot be written.
    """
    paths = DemoPaths(folder / "evidence", folder / "case.toml", folder / "casebinder.toml")
    drop_evidence(paths.evidence)
    write_atomically(paths.case_file, case_toml())
    write_atomically(paths.workspace_file, workspace_toml())
    return paths


def drop_evidence(folder: Path) -> tuple[Path, ...]:
    """Copy the caseload's files below `folder` as officers would, and say where each went.

    Raises:
        OSError: the folder cannot be written.
    """
    written = []
    for place, resource in EVIDENCE:
        target = folder / place
        disk.make_folders(target.parent, 0o777)
        write_atomically(target, _packaged(f"files/{resource}"))
        written.append(target)
    return tuple(written)


def drop_beside(cases: Path) -> Path:
    """Put a letter where it does not belong: into a folder below `cases` that is no case; the file written.

    Raises:
        OSError: the folder cannot be written.
    """
    target = cases / "Sample, Max" / "Letter from school 04.03.2026.docx"
    disk.make_folders(target.parent, 0o777)
    write_atomically(target, _packaged("files/letter-kit.docx"))
    return target


def case_toml() -> bytes:
    """The facts of the fictional case."""
    return _packaged("case.toml")


def workspace_toml(workspace_id: str | None = None) -> bytes:
    """The fictional authority's settings, with the given workspace id (a UUID) instead of the one written there."""
    text = _packaged("casebinder.toml")
    if workspace_id is None:
        return text
    return re.sub(rb'(?m)^id = "[^"]*"', b'id = "%s"' % workspace_id.encode("ascii"), text, count=1)


def _packaged(name: str) -> bytes:
    return (files("cli.demo") / name).read_bytes()
