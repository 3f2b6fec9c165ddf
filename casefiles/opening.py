"""Opening a case: its folder, its case file and its chain appear at once or not at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import tomlkit
from tomlkit.items import AoT, Table

from casefiles.case import Role
from casefiles.case_schema import parse_case
from casefiles.chain import drafts
from casefiles.chain.bodies import EventType
from casefiles.chain.journal import Journal, open_case
from casefiles.errors import UsageError
from casefiles.files.plain import is_plain_file, read_plain
from casefiles.files.publish import discard_folder, flush_names, make_folder, publish_folder, write_atomically
from casefiles.files.reach import reaching
from casefiles.hashing import sha256_bytes
from casefiles.layout import WHOLE_CASE, CaseLayout
from casefiles.recorder import Recorder
from casefiles.shown import utf8

_NOT_IN_A_FOLDER_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


@dataclass(frozen=True)
class NewPerson:
    """A person named when a case is opened."""

    role: Role
    name: str


@dataclass(frozen=True)
class NewCase:
    """What is known when a case is opened; `folders` are made inside `evidence/`.

    `evidence` are the evidence folders that its case file names.
    """

    reference: str
    kind: str
    opened: date
    officer: str
    people: tuple[NewPerson, ...]
    folders: tuple[str, ...]
    evidence: tuple[str, ...] = ("evidence",)


def case_folder_name(new: NewCase) -> str:
    """The reference and the first child's surname in capitals, without what a share refuses in a name."""
    child = next((person.name for person in new.people if person.role is Role.CHILD), "")
    surname = child.split()[-1].upper() if child.split() else ""
    return _NOT_IN_A_FOLDER_NAME.sub("-", f"{new.reference} {surname}").strip(" .")


def case_file_text(new: NewCase) -> str:
    """The first text of `case.toml`, with a comment for what is still to be filled in."""
    document = tomlkit.document()
    document.add(tomlkit.comment("The facts of the case. Edit this file in any editor; comments are kept."))
    document.add("reference", tomlkit.string(new.reference))
    document.add("kind", tomlkit.string(new.kind))
    document.add("opened", tomlkit.date(new.opened.isoformat()))
    document.add("officer", tomlkit.string(new.officer))
    document["officer"].comment("initials for exhibit labels: AB/1, AB/2 …; never re-used by another person")
    evidence = tomlkit.array()
    evidence.extend(new.evidence)
    document.add("evidence", evidence)
    if WHOLE_CASE in new.evidence:
        document["evidence"].comment("every file in this folder, but for casebinder's own folders")
    people = AoT([])
    for person, person_id in zip(new.people, _ids(new.people), strict=True):
        row: Table = tomlkit.table()
        row.add("id", tomlkit.string(person_id))
        row.add("role", tomlkit.string(person.role.value))
        row.add("name", tomlkit.string(person.name))
        people.append(row)
    if new.people:
        document.add(tomlkit.nl())
        document.add("people", people)
    text = tomlkit.dumps(document)
    return text if text.endswith("\n") else text + "\n"


def _ids(people: Sequence[NewPerson]) -> list[str]:
    """An id for each: the first name in plain letters, numbered where it repeats."""
    ids: list[str] = []
    for person in people:
        plain = re.sub(
            r"[^a-z0-9]+", "-", _unaccented(person.name.split()[0] if person.name.split() else "")
        ).strip("-")
        base = plain or person.role.value
        number, name = 2, base
        while name in ids:
            name, number = f"{base}-{number}", number + 1
        ids.append(name)
    return ids


def _unaccented(text: str) -> str:
    return "".join(
        char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
    ).lower()


def open_new_case(cases: Path, new: NewCase, recorder: Recorder, *, unfinished: bool = False) -> CaseLayout:
    """Make the case folder under `cases`, with its case file, its evidence folders and its chain.

    `unfinished` says that this was begun before and never ended: then a case that stands there just as it would be
    made, with nothing recorded since, is the one.

    Raises:
        UsageError: there is a folder of that name already.
        FileInvalid: a value is not one that `case.toml` may hold.
        Unavailable: the share is gone, full or read-only.
    """
    text = case_file_text(new)
    data = utf8(text)
    parse_case(data)
    target = cases / case_folder_name(new)
    if target.exists():
        if unfinished and _as_just_made(CaseLayout(target), data, recorder):
            flush_names(cases)
            return CaseLayout(target)
        raise UsageError(
            f"There is a folder “{target.name}” already.", remedy="Use that case, or give another reference."
        )
    making = CaseLayout(cases / f".casebinder-{recorder.new_uuid()}")
    try:
        make_folder(making.folder)
        for folder in (
            "evidence",
            "bundles",
            "drafts",
            "issued",
            *(f"evidence/{name}" for name in new.folders),
        ):
            make_folder(making.folder / folder)
        write_atomically(making.case_file, data)
        journal = open_case(making, recorder, kind=new.kind, reference=new.reference)
        journal.append(lambda _: [drafts.facts_changed(sha256_bytes(data))])
        published = publish_folder(making.folder, target)
    except BaseException:
        discard_folder(making.folder)
        raise
    if not published:
        discard_folder(making.folder)
        raise UsageError(f"Another process has just made “{target.name}”.", remedy="Run the command again.")
    return CaseLayout(target)


def _as_just_made(layout: CaseLayout, data: bytes, recorder: Recorder) -> bool:
    with reaching(layout.case_file):
        if not is_plain_file(layout.case_file) or read_plain(layout.case_file) != data:
            return False
    events = Journal(layout, recorder).read().events
    ours = all((event.actor.user, event.actor.host) == (recorder.user, recorder.host) for event in events)
    return ours and [event.type for event in events] == [EventType.CASE_OPENED, EventType.FACTS_CHANGED]
