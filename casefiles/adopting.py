"""Adopting a folder: a tree that is there already becomes a case as it stands. Nothing in it is moved or renamed.

The case file comes first and the chain last, which makes it a case; interrupted in between, the same command
goes on from there. Everything in the folder that is not casebinder's own is evidence.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from casefiles.case import Case
from casefiles.case_schema import parse_case, read_case
from casefiles.chain import drafts
from casefiles.chain.bodies import EventType
from casefiles.chain.journal import Journal, open_case
from casefiles.chain.names import display_name
from casefiles.errors import UsageError
from casefiles.files.plain import read_plain
from casefiles.files.publish import make_folder, publish_new, remove_file
from casefiles.files.reach import reaching
from casefiles.hashing import sha256_file
from casefiles.layout import CASE_FILE, OUR_FOLDERS, STATUS_PAGE, WHOLE_CASE, CaseLayout, is_ours
from casefiles.opening import NewCase, case_file_text
from casefiles.recorder import Recorder

WRITTEN_BY_US = b"casebinder writes this page"
"""Every page that we write in a case folder says so; another file of that name is somebody's own."""

_AT_FIRST = {EventType.CASE_OPENED, EventType.FACTS_CHANGED, EventType.EVIDENCE_RECEIVED}
_LARGEST_PAGE = 64 << 20
_RENAME = "Give it another name in the file manager, then run the command again; nothing was changed."


@dataclass(frozen=True)
class Adopted:
    """A folder that is a case now; `case_file_made` is False where one was there, and was used as it stands."""

    layout: CaseLayout
    case_file_made: bool


def adopt_folder(cases: Path, adopted: Path, new: NewCase, recorder: Recorder) -> Adopted:
    """Make the folder `adopted`, which lies directly under `cases`, a case. All of it is evidence but what is ours.

    A valid case file that is there already is used as it stands; it says which folders are evidence. Run again
    after an interruption, it goes on; what is in the folder is opened for nothing but reading.

    Raises:
        UsageError: the folder lies elsewhere, is a case or holds one, has its own files where ours must go, or
            its case file speaks of another case.
        FileInvalid: its case file has a mistake, or a value is not one that a case file may hold.
        Unavailable: the folder cannot be read or written.
    """
    layout = CaseLayout(_place(cases, adopted))
    there = read_case(layout.case_file) if os.path.lexists(layout.case_file) else None
    if os.path.lexists(layout.chain):
        _check_begun(layout, recorder, new, there)
        return Adopted(layout, case_file_made=False)
    if there is not None:
        _check_same_case(there, new)
    _check_room(layout, with_case_file=there is not None)
    made = there is None and _write_case_file(layout, new)
    try:
        named = [layout.folder / name for name in (there.evidence if there else ())]
        drop_here = [folder for folder in named if folder.parent == layout.folder]
        for folder in (*drop_here, layout.bundles, layout.drafts, layout.issued):
            make_folder(folder)
        journal = open_case(layout, recorder, kind=new.kind, reference=new.reference)
    except BaseException:
        if made:
            remove_file(layout.case_file)
        raise
    with reaching(layout.case_file):
        facts = sha256_file(layout.case_file)
    journal.append(lambda _: [drafts.facts_changed(facts)])
    return Adopted(layout, case_file_made=made)


def _place(cases: Path, folder: Path) -> Path:
    """The folder, where a case may be: directly under `cases/`, and no link."""
    if folder.is_symlink():
        raise UsageError(
            f"“{folder}” is a link to another folder.",
            remedy=f"Put the folder itself under {cases}, then name it there.",
        )
    if not folder.is_dir():
        raise UsageError(f"There is no folder “{folder}”.", remedy=f"Name an existing folder under {cases}.")
    whole = folder.resolve()
    if whole.parent == cases.resolve():
        return whole
    if cases.resolve().is_relative_to(whole):
        raise UsageError(f"“{folder}” holds the folder of all cases.", remedy=f"Name one folder in {cases}.")
    raise UsageError(
        f"“{folder}” does not lie directly under {cases}, but in {whole.parent}.",
        remedy=f"casebinder moves nothing: move or copy the folder to {cases / whole.name} yourself, then: "
        f"casebinder adopt '{cases / whole.name}' KIND REF",
    )


def _check_same_case(found: Case, new: NewCase) -> None:
    if (found.reference, found.kind) != (new.reference, new.kind):
        raise UsageError(
            f"The folder has a {CASE_FILE} already: {found.reference}, {found.kind}.",
            remedy="Use its KIND and REF, or correct the file, then run the command again.",
        )


def _check_begun(layout: CaseLayout, recorder: Recorder, new: NewCase, facts: Case | None) -> None:
    """Nothing where the chain is one that an interrupted adoption of the same case has just begun.

    Raises:
        UsageError: it is a case.
    """
    if not layout.events.is_dir():
        raise UsageError(
            f"“{layout.chain.name}” in {layout.folder.name} is no evidence chain, and casebinder keeps its own there.",
            remedy=f"If it is the rest of a chain, put it back from a backup. Else: {_RENAME}",
        )
    state = Journal(layout, recorder).state()
    begun = {event.type for event in state.events} <= _AT_FIRST
    same = (state.reference, state.kind) == (new.reference, new.kind)
    if not (begun and same and facts is not None and facts.evidence == (WHOLE_CASE,)):
        raise UsageError(
            f"“{layout.folder.name}” is a case already: it has an evidence chain, opened as {state.reference}.",
            remedy=f"Take in what is new with: casebinder scan '{state.reference}'"
            + ("" if facts else f". Its {CASE_FILE} is missing: put that back from a backup first."),
        )


def _check_room(layout: CaseLayout, *, with_case_file: bool) -> None:
    """Nothing where our own files can stand beside what is there.

    Raises:
        UsageError: something of theirs has a name that casebinder needs, or a case lies inside.
    """
    ours = {name.lower(): name for name in (*OUR_FOLDERS, CASE_FILE.encode(), STATUS_PAGE.encode())}
    with reaching(layout.folder), os.scandir(layout.folder) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            name = os.fsencode(entry.name)
            wanted = ours.get(name.lower())
            if wanted is not None and (wanted != name or _holds_theirs(entry, with_case_file)):
                raise UsageError(
                    f"“{display_name(name)}” in {layout.folder.name} is not casebinder's, and casebinder keeps its own "
                    f"files under the name “{display_name(wanted)}”.",
                    remedy=_RENAME,
                )
    nested = next(_cases_inside(layout.folder), None)
    if nested is not None:
        shown = display_name(os.fsencode(nested.relative_to(layout.folder)))
        raise UsageError(
            f"There is a case inside the folder: “{shown}”.",
            remedy="A case cannot lie inside another. Move it out, directly under cases/, then run the command again.",
        )


def _holds_theirs(entry: os.DirEntry[str], with_case_file: bool) -> bool:
    """Whether an entry under one of our names holds something of theirs."""
    path = Path(entry.path)
    if entry.name == CASE_FILE:
        return False  # it was read as one before
    if entry.name == STATUS_PAGE:
        plain = entry.is_file(follow_symlinks=False) and entry.stat().st_size < _LARGEST_PAGE
        return not (plain and WRITTEN_BY_US in read_plain(path))
    if not entry.is_dir(follow_symlinks=False):
        return True
    inside = [name for name in os.listdir(path) if not is_ours(os.fsencode(name))]  # noqa: PTH208 - names only
    # Bundle files prepared beside a case file are the officer's lines, and are used as they stand.
    prepared = with_case_file and entry.name == "bundles"
    return any(not (prepared and name.endswith(".toml")) for name in inside)


def _cases_inside(folder: Path) -> Iterator[Path]:
    def stop(error: OSError) -> None:
        raise error

    for parent, folders, files in os.walk(folder, onerror=stop):
        if Path(parent) != folder and ("_chain" in folders or CASE_FILE in files):
            yield Path(parent)


def _write_case_file(layout: CaseLayout, new: NewCase) -> bool:
    """Write the case file; False where somebody has just put one there."""
    data = case_file_text(replace(new, evidence=(WHOLE_CASE,), folders=())).encode()
    parse_case(data)
    if publish_new(layout.folder, layout.case_file, data):
        return True
    _check_same_case(read_case(layout.case_file), new)
    return False
