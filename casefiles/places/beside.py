"""What is in a case folder outside its evidence folders and is none of ours. Looked at from outside: nothing is opened
but the first lines of `case.toml`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from casefiles.chain.names import display_name
from casefiles.files.reach import reaching
from casefiles.findings import Finding
from casefiles.layout import CASE_FILE, CaseLayout, evidence_path, is_ours
from casefiles.places import findings as words
from casefiles.places.entries import (
    Entry,
    Ignore,
    case_twin,
    contents_of,
    entries_of,
    is_case_file_copy,
    is_page_copy,
    look_at_case_file,
    same_file,
)

MOST_FINDINGS = 100
"""Files beside the evidence folder that are named one by one; the rest is counted."""
UNFINISHED = (b".casebinder-", b"._chain-")
"""How the names begin of what casebinder is just making."""
_CHAIN_FOLDERS = frozenset({b"events", b"tmp", b"originals", b"names", b"checkpoints", b"set-aside"})
_OURS_IN_A_CASE = (b"_chain", b"bundles", b"drafts", b"issued", b"templates", CASE_FILE.encode())


def beside_evidence(
    folder: Path, entries: Sequence[Entry], ignore: Ignore, evidence: Sequence[str]
) -> list[Finding]:
    """What is in a case folder outside its evidence folders and is none of ours, in order of name.

    `entries` is what `entries_of(folder)` gives. Folders that cannot be read are left to the scan.
    """
    paths = _evidence_paths(evidence)
    found: list[Finding] = []
    if b"" not in paths:  # else the whole folder is evidence
        for entry in entries:
            if not (entry.folder and entry.name in paths) and not _expected(folder, entry, ignore):
                found += _stranger(folder, b"", entry, paths, ignore)
    if len(found) > MOST_FINDINGS:
        found = [*found[:MOST_FINDINGS], words.more_beside(len(found) - MOST_FINDINGS)]
    names = {each.name for each in entries if each.folder}
    top = os.fsencode(folder) + b"/"
    if b"_chain" in names:
        found += [words.in_chain(name) for name in _foreign(top, b"_chain", ignore, _part_of_chain)]
    if b"bundles" in names:
        found += [words.in_bundles(name) for name in _foreign(top, b"bundles", ignore, _bundle_file)]
    if b"issued" in names:
        found += [words.in_issued(name) for name in _foreign(top, b"issued", ignore, _issue)]
    return found


def look_at_case(folder: Path, ignore: Ignore) -> tuple[Finding, ...]:
    """What `look_at_places` says of one case folder by itself.

    Raises:
        Unavailable: the folder cannot be read.
    """
    with reaching(folder):
        entries = entries_of(folder)
    return tuple(beside_evidence(folder, entries, ignore, look_at_case_file(folder).evidence))


def _expected(folder: Path, entry: Entry, ignore: Ignore) -> bool:
    if is_ours(entry.name) or entry.name.startswith(UNFINISHED) or entry.name == b"templates":
        return not entry.link
    twin = case_twin(entry.name, _OURS_IN_A_CASE)
    if twin is not None and same_file(folder, entry.name, twin):
        return True
    return entry.file and ignore(entry.name) is not None


def _evidence_paths(names: Sequence[str]) -> frozenset[bytes]:
    found = set()
    for name in names:
        try:
            found.add(evidence_path(name))
        except ValueError:
            continue  # the scan says so
    return frozenset(found)


def _stranger(
    folder: Path, parent: bytes, entry: Entry, evidence: frozenset[bytes], ignore: Ignore
) -> Iterable[Finding]:
    path = parent + entry.name
    twin = case_twin(path, sorted(evidence))
    if path in evidence or (twin is not None and same_file(folder, path, twin)):
        return
    if any(each.startswith(path + b"/") for each in evidence) and entry.folder:
        for inner in _entries_or_none(folder / os.fsdecode(path)):
            if inner.folder or ignore(inner.name) is None:
                yield from _stranger(folder, path + b"/", inner, evidence, ignore)
        return
    shown = display_name(path)
    if not parent and entry.file and is_case_file_copy(entry.name):
        yield words.case_file_copy(shown)
    elif not parent and entry.file and is_page_copy(entry.name):
        yield words.page_copy(shown)
    elif entry.folder:
        yield from _strange_folder(folder, path, entry, ignore)
    else:
        yield words.beside_evidence(shown, entry, None)


def _strange_folder(folder: Path, path: bytes, entry: Entry, ignore: Ignore) -> Iterable[Finding]:
    below = folder / os.fsdecode(path)
    try:
        contents = contents_of(below, ignore)
    except OSError:
        yield words.unreadable(display_name(path))
        return
    cases = (b"", *contents.cases) if os.path.lexists(CaseLayout(below).case_file) else contents.cases
    for inner in cases:
        yield words.nested_case(display_name(path + b"/" + inner if inner else path))
    if not cases:
        yield words.beside_evidence(display_name(path), entry, contents)


def _entries_or_none(folder: Path | bytes) -> list[Entry]:
    try:
        return entries_of(folder)
    except OSError:
        return []  # the scan says that the evidence folder in it cannot be read


def _foreign(top: bytes, ours: bytes, ignore: Ignore, belongs: Callable[[Entry], bool]) -> list[str]:
    """What is in a folder of ours and does not belong there, as shown, from the case folder; a hundred at most."""
    strangers = [entry for entry in _entries_or_none(top + ours) if not belongs(entry)]
    kept = (
        entry.name
        for entry in strangers
        if not entry.name.startswith(UNFINISHED) and (entry.folder or ignore(entry.name) is None)
    )
    return [display_name(ours + b"/" + name) for name in islice(kept, MOST_FINDINGS)]


def _part_of_chain(entry: Entry) -> bool:
    return entry.folder and entry.name in _CHAIN_FOLDERS


def _bundle_file(entry: Entry) -> bool:
    return entry.file and entry.name.endswith(b".toml")


def _issue(entry: Entry) -> bool:
    return entry.folder
