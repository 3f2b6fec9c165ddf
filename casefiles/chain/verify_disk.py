"""Verifying bytes: the preserved originals, and the evidence folders against what the chain tells."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from casefiles.chain.names import display_name
from casefiles.chain.originalfiles import FILE_NAME
from casefiles.chain.state import CaseState, EvidenceItem, PathState, PathStatus
from casefiles.files.plain import is_plain_file
from casefiles.files.reach import reaching
from casefiles.findings import Finding, Severity
from casefiles.hashing import hash_prefix, sha256_file, sha256_stream
from casefiles.layout import CaseLayout, evidence_path, is_ours

_SCAN = "If that is as it should be, run “casebinder scan” so that it is recorded."
_ORIGINAL = "The original as received is kept in the chain's folder and can be put back."


@dataclass(frozen=True)
class DiskFile:
    """A plain file in an evidence folder: its raw path relative to the case folder and its SHA-256."""

    path: bytes
    sha256: str


def check_originals(layout: CaseLayout, state: CaseState) -> tuple[int, list[Finding]]:
    """Every item's original is there with its own hash; a withdrawn one is gone. How many, and what is wrong.

    Raises:
        Unavailable: the originals cannot be read.
    """
    places: dict[str, list[Path]] = {}
    findings: list[Finding] = []
    for path in _files_below(layout.originals):
        match = FILE_NAME.fullmatch(path.name)
        if match is None or path.parent.name != match[1][:2]:
            shown = display_name(os.fsencode(path.relative_to(layout.originals)))
            findings.append(_original("original-stray", shown, "This file is no original.", Severity.WARNING))
        else:
            places.setdefault(match[1], []).append(path)
    for sha256, item in state.items.items():
        found = places.pop(sha256, [])
        findings += _check_item(item, found)
    for sha256 in sorted(places):
        message = "No event speaks of this original; an interrupted run leaves one behind now and then."
        findings.append(_original("original-without-event", hash_prefix(sha256), message, Severity.NOTE))
    return len(state.items), findings


def _check_item(item: EvidenceItem, found: Sequence[Path]) -> Iterator[Finding]:
    if item.disposed:
        if found:
            message = f"Item {item.short_id} was withdrawn at event {item.disposed.seq}, but its original is still there."
            yield _original("original-not-withdrawn", item.short_id, message)
        else:
            message = (
                f"Item {item.short_id} was withdrawn at event {item.disposed.seq} "
                f"({item.disposed.reason_code}); the gap is recorded and accepted."
            )
            yield _original("original-withdrawn", item.short_id, message, Severity.NOTE)
    elif not found:
        message = f"The original of item {item.short_id} (event {item.seq}) is missing."
        yield _original("original-missing", item.short_id, message)
    for path in () if item.disposed else found:
        with reaching(path):
            wrong = not is_plain_file(path) or sha256_file(path) != item.sha256
        if wrong:
            message = f"The original of item {item.short_id} (event {item.seq}) was changed."
            yield _original("original-altered", item.short_id, message)


def walk_evidence(
    layout: CaseLayout, folders: Sequence[str], ignored: Callable[[bytes], bool]
) -> tuple[dict[bytes, DiskFile], list[Finding]]:
    """Hashes every plain file below the evidence folders; links and special files are named, not followed.

    `ignored` gets a file's own name, raw; folders are never ignored.

    Raises:
        Unavailable: a folder or file that is there cannot be read.
    """
    files: dict[bytes, DiskFile] = {}
    findings: list[Finding] = []
    pending = [evidence_path(folder) for folder in folders]
    while pending:
        relative = pending.pop()
        with reaching(Path(display_name(relative))):
            for name, mode, sha256 in _entries(layout.folder, relative):
                if not relative and is_ours(name):
                    continue
                path = relative + b"/" + name if relative else name
                if stat.S_ISDIR(mode):
                    pending.append(path)
                elif ignored(name):
                    continue
                elif sha256 is not None:
                    files[path] = DiskFile(path, sha256)
                else:
                    findings.append(_not_followed(path))
    return dict(sorted(files.items())), findings


def _entries(base: Path, relative: bytes) -> Iterator[tuple[bytes, int, str | None]]:
    """Name, mode and (of plain files) SHA-256 of a folder's entries; nothing where the folder is gone or a link.

    Folder by folder from `base`: a path may be longer than the system takes in one piece.
    """
    descriptor = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in _parts(relative):
            if not _is_folder(descriptor, part):
                return
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        for name in map(os.fsencode, os.listdir(descriptor)):  # noqa: PTH208 - by descriptor
            with suppress(FileNotFoundError):  # gone since it was listed
                mode = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
                yield name, mode, _hash_at(descriptor, name) if stat.S_ISREG(mode) else None
    finally:
        os.close(descriptor)


def _parts(relative: bytes) -> list[bytes]:
    return [part for part in relative.split(b"/") if part not in (b"", b".")]


def _is_folder(parent: int, name: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _hash_at(parent: int, name: bytes) -> str:
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    with os.fdopen(handle, "rb") as stream:
        return sha256_stream(stream)


def check_evidence(
    files: Mapping[bytes, DiskFile], state: CaseState, elsewhere: Callable[[str], str | None]
) -> list[Finding]:
    """Every known path holds what the chain tells, and every file there is known to the chain.

    `elsewhere` names the other case, if any, whose chain knows a SHA-256.
    """
    withdrawn = {sha256 for sha256, item in state.items.items() if item.disposed is not None}
    findings = [_still_there(file) for _raw, file in sorted(files.items()) if file.sha256 in withdrawn]
    files = {path: file for path, file in files.items() if file.sha256 not in withdrawn}
    strangers = {path: file for path, file in files.items() if path not in state.paths}
    renamed: set[bytes] = set()
    for raw, path in sorted(state.paths.items()):
        found = files.get(raw)
        if path.status is PathStatus.PRESENT and found is None:
            new = next(
                (f for f in strangers.values() if f.sha256 == path.sha256 and f.path not in renamed), None
            )
            if new:
                renamed.add(new.path)
            findings.append(_gone(raw, path, new))
        elif path.status is PathStatus.PRESENT and found and found.sha256 != path.sha256:
            findings.append(_differs(raw, path, found, state))
        elif path.status is PathStatus.MISSING:
            findings.append(_recorded_missing(raw, path, found))
        elif path.status is PathStatus.DISPOSED and found:
            strangers[raw] = found
    unnamed = [path for path in state.unnamed_paths.values() if path.status is PathStatus.PRESENT]
    findings += [_nameless(path) for path in unnamed]
    for raw, file in sorted(strangers.items()):
        if raw not in renamed:
            findings.append(_not_registered(file, state, elsewhere(file.sha256)))
    return findings


def check_facts(layout: CaseLayout, state: CaseState) -> list[Finding]:
    """`case.toml` against the last `facts.changed`: a note only, since people edit it.

    Raises:
        Unavailable: it cannot be read.
    """
    with reaching(layout.case_file):
        found = sha256_file(layout.case_file) if is_plain_file(layout.case_file) else None
    if found == state.facts_sha256:
        return []
    if found is None:
        message = "case.toml is missing or no plain file, though the chain recorded its facts."
        return [
            Finding("facts-missing", Severity.WARNING, "case.toml", message, "Put it back from a backup.")
        ]
    message = "case.toml was edited since the chain last recorded it."
    return [Finding("facts-edited", Severity.NOTE, "case.toml", message, _SCAN)]


def _files_below(folder: Path) -> Iterator[Path]:
    with reaching(folder):
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 - names only
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                yield from _files_below(path)
            else:
                yield path


def _gone(raw: bytes, path: PathState, new: DiskFile | None) -> Finding:
    name, item = display_name(raw), hash_prefix(path.sha256)
    if new:
        message = f"“{name}” (item {item}) is now found as “{display_name(new.path)}”."
        return Finding("evidence-renamed", Severity.ERROR, name, message, _SCAN)
    message = f"“{name}” (item {item}, event {path.history[-1].seq}) is not in its folder any more."
    return Finding("evidence-deleted", Severity.ERROR, name, message, f"{_ORIGINAL} {_SCAN}")


def _differs(raw: bytes, path: PathState, found: DiskFile, state: CaseState) -> Finding:
    name, item = display_name(raw), hash_prefix(path.sha256)
    if found.sha256 in state.items:
        message = (
            f"“{name}” was recorded as item {item} (event {path.history[-1].seq}), but now holds "
            f"item {hash_prefix(found.sha256)}."
        )
        return Finding("evidence-replaced", Severity.ERROR, name, message, f"{_ORIGINAL} {_SCAN}")
    message = (
        f"“{name}” was recorded with SHA-256 {item}… (event {path.history[-1].seq}), but now has "
        f"{hash_prefix(found.sha256)}…."
    )
    return Finding("evidence-edited", Severity.ERROR, name, message, f"{_ORIGINAL} {_SCAN}")


def _recorded_missing(raw: bytes, path: PathState, found: DiskFile | None) -> Finding:
    name = display_name(raw)
    if found:
        message = f"“{name}” was recorded as missing and is there again."
        return Finding("evidence-back", Severity.WARNING, name, message, _SCAN)
    message = f"“{name}” (item {hash_prefix(path.sha256)}) is missing, as the chain records."
    return Finding("evidence-missing", Severity.NOTE, name, message, _ORIGINAL)


def _still_there(file: DiskFile) -> Finding:
    name = display_name(file.path)
    message = (
        f"“{name}” (item {hash_prefix(file.sha256)}) was withdrawn, but the file is still there or back."
    )
    return Finding(
        "evidence-not-withdrawn",
        Severity.ERROR,
        name,
        message,
        "Remove the file, or withdraw the item again.",
    )


def _nameless(path: PathState) -> Finding:
    item = hash_prefix(path.sha256)
    return Finding(
        "evidence-name-lost",
        Severity.WARNING,
        f"item {item}",
        f"Where item {item} lay is not known any more, so its file could not be looked for.",
        "Put the names folder back from a backup.",
    )


def _not_registered(file: DiskFile, state: CaseState, other_case: str | None) -> Finding:
    name, item = display_name(file.path), hash_prefix(file.sha256)
    if file.sha256 in state.items:
        message = f"“{name}” holds the bytes of item {item}, but the chain does not know it under this name."
    elif other_case:
        message = f"“{name}” was never recorded here; its bytes ({item}…) are recorded in case {other_case}."
    else:
        message = f"“{name}” ({item}…) was never recorded in this case's chain."
    return Finding("evidence-not-registered", Severity.ERROR, name, message, _SCAN)


def _not_followed(raw: bytes) -> Finding:
    name = display_name(raw)
    message = f"“{name}” is a link, pipe or device and was not followed."
    return Finding("evidence-not-followed", Severity.WARNING, name, message, "Put the file itself there.")


def _original(code: str, subject: str, message: str, severity: Severity = Severity.ERROR) -> Finding:
    remedy = "" if severity is Severity.NOTE else "Put the chain's originals back from a backup."
    if code == "original-not-withdrawn":
        remedy = "Run “casebinder withdraw” again; it finishes what was interrupted."
    return Finding(code, severity, f"original {subject}", message, remedy)
