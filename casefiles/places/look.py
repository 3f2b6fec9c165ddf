"""Where people really drop things: one look from outside at the workspace's root, at `cases/` and at each case folder.

Evidence folders are for the scan. Nothing here is moved, opened for writing, renamed or deleted; links are not
followed, but that a case folder itself may be one. Names are raw bytes and are shown escaped.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from casefiles.chain.heads import case_at, last_places, place_of
from casefiles.chain.names import display_name
from casefiles.errors import VerificationFailed
from casefiles.files.reach import reaching
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_bytes
from casefiles.layout import (
    CASE_FILE,
    WORKSPACE_FILE,
    WORKSPACE_PAGE,
    CaseLayout,
    LocalLayout,
    WorkspaceLayout,
)
from casefiles.places import findings as words
from casefiles.places.beside import MOST_FINDINGS, UNFINISHED, beside_evidence
from casefiles.places.copies import Standing, judge
from casefiles.places.entries import (
    Contents,
    Entry,
    Ignore,
    chain_identity,
    contents_of,
    entries_of,
    is_case_file_copy,
    look_at_case_file,
    only_in,
)
from casefiles.status.workspace import Misplaced

_ROOT_FOLDERS = frozenset({b"cases", b"keys", b"templates"})
_HARDLY_EVIDENCE = (b".url", b".lnk", b".ini", b".website", b".toml", b".log")
_SYSTEM = frozenset(
    {
        b"$recycle.bin", b"system volume information", b"lost+found", b"#recycle", b"@eadir", b"#snapshot", b"~snapshot",
        b".snapshot", b".snapshots", b".zfs", b".stfolder", b".stversions", b".dropbox.cache", b".synologyworkingdirectory",
        b".trashes", b".spotlight-v100", b".fseventsd", b".temporaryitems",
    }
)  # fmt: skip


@dataclass(frozen=True)
class StrayFolder:
    """A folder under `cases/` that is no case: what is to be said about it, and how much is in it."""

    folder: Path
    findings: tuple[Finding, ...]
    contents: Contents


@dataclass(frozen=True)
class Places:
    """What one look found.

    `cases` are the folders with a case file, in order; `not_scanned` says which of them must be left alone and why;
    `findings` is what belongs on a case's own page (for a copy: the files that only it has); `misplaced` is
    everything, for the root page; `moved` are case folders that were renamed or moved since this machine saw them.
    `shared` is the part of `findings` that only a look at all cases can tell.
    """

    cases: tuple[Path, ...]
    not_scanned: Mapping[Path, Finding]
    findings: Mapping[Path, tuple[Finding, ...]]
    strays: tuple[StrayFolder, ...]
    misplaced: tuple[Misplaced, ...]
    moved: tuple[Path, ...]
    shared: Mapping[Path, tuple[Finding, ...]]

    @property
    def linked(self) -> frozenset[Path]:
        """Links to cases that are in `cases/` already: they are scanned there, and nobody need do anything."""
        return frozenset(
            folder for folder, each in self.not_scanned.items() if each.severity is Severity.NOTE
        )

    def of(self, folder: Path) -> tuple[Finding, ...]:
        """What belongs on the page of the case in `folder`."""
        return self.findings.get(folder, ())

    def signature(self, folder: Path) -> str:
        """A digest of what `of` gives: where it is the same, the page has the same to say."""
        return hashlib.sha256(repr(self.of(folder)).encode("utf-8", "surrogatepass")).hexdigest()

    def refusal(self, folder: Path) -> VerificationFailed | None:
        """Why a case folder must not be scanned, ready to raise; None where it may be."""
        finding = self.not_scanned.get(folder)
        return None if finding is None else VerificationFailed(finding.message, remedy=finding.remedy)


def look_at_places(layout: WorkspaceLayout, local: LocalLayout, ignore: Ignore) -> Places:
    """Look at the whole workspace once. `ignore` says why a file of that name is no evidence, or None.

    Raises:
        Unavailable: the root or `cases/` cannot be read.
    """
    with reaching(layout.root):
        misplaced = [*_in_root(layout.root, entries_of(layout.root), ignore)]
    with reaching(layout.cases):
        entries = entries_of(layout.cases)
    look = _Look(layout, local, ignore)
    for entry in entries:
        look.at(entry)
    return look.places(misplaced)


class _Look:
    """The state of one look at `cases/`."""

    def __init__(self, layout: WorkspaceLayout, local: LocalLayout, ignore: Ignore) -> None:
        self._layout = layout
        self._local = local
        self._ignore = ignore
        self._references: dict[Path, str] = {}
        self._resolved = os.fsencode(layout.cases.resolve()) + b"/"
        self._links: set[Path] = set()
        self._shown: dict[Path, str] = {}
        self._findings: dict[Path, list[Finding]] = {}
        self._refused: dict[Path, Finding] = {}
        self._by_uuid: dict[str, list[Path]] = {}
        self._strays: list[StrayFolder] = []
        self._misplaced: list[Misplaced] = []

    def at(self, entry: Entry) -> None:
        """Take in one entry of `cases/`."""
        if entry.name.startswith(UNFINISHED):
            return
        shown = f"cases/{display_name(entry.name)}"
        folder = self._layout.cases / os.fsdecode(entry.name)
        if entry.name.lower() in _SYSTEM:
            self._note(entry.name, words.system_folder(shown))
        elif entry.folder or entry.link_to_folder:
            self._folder(entry, folder, shown)
        elif entry.link:
            self._note(entry.name, words.link(shown))
        elif self._ignore(entry.name) is None:
            self._note(entry.name, words.file_in_cases(shown))

    def _folder(self, entry: Entry, folder: Path, shown: str) -> None:
        if entry.link:
            self._links.add(folder)
        try:
            inside = entries_of(folder)
        except OSError:
            if case_at(self._local, folder) is None:
                self._note(entry.name, words.unreadable(shown))
            else:  # the scan says so, as of any case that cannot be scanned
                self._shown[folder], self._references[folder], self._findings[folder] = shown, "", []
            return
        if any(each.name == CASE_FILE.encode() for each in inside):
            self._case(folder, shown, inside)
        elif entry.link:
            self._note(entry.name, words.link(shown))
        else:
            self._stray(entry.name, folder, shown, inside)

    def _case(self, folder: Path, shown: str, inside: Sequence[Entry]) -> None:
        self._shown[folder] = shown
        file = look_at_case_file(folder)
        self._references[folder] = file.reference
        self._findings[folder] = beside_evidence(folder, inside, self._ignore, file.evidence)
        if (identity := chain_identity(folder)) is not None:
            self._by_uuid.setdefault(identity[0], []).append(folder)
        elif not any(each.name == b"_chain" for each in inside):
            self._refused[folder] = words.no_chain(shown, case_at(self._local, folder) is not None)

    def _stray(self, name: bytes, folder: Path, shown: str, inside: Sequence[Entry]) -> None:
        contents = contents_of(folder, self._ignore)
        found = [
            (b"/".join((name, below)), words.nested_case(f"{shown}/{display_name(below)}"))
            for below in contents.cases
        ]
        if any(each.folder and each.name == b"_chain" for each in inside):
            identity = chain_identity(folder)
            copies = [each.name for each in inside if is_case_file_copy(each.name)]
            found.insert(0, (name, words.former_case(shown, identity[1] if identity else "", copies)))
        elif not found:
            found.append((name, words.stray_folder(shown, contents)))
        self._misplaced += [
            Misplaced(b"cases/" + path, finding, paged=path == name) for path, finding in found
        ]
        self._strays.append(StrayFolder(folder, tuple(finding for _path, finding in found), contents))

    def places(self, in_root: Iterable[Misplaced]) -> Places:
        """Everything, once all entries were taken in."""
        standing = judge(self._by_uuid, last_places(self._local), self._shown, self._place)
        self._refused |= standing.refused
        self._copies(standing)
        shared = self._same_references()
        for folder, found in shared.items():
            self._findings[folder] += found
        for folder, found in self._findings.items():
            self._of_case(folder, found)
        return Places(
            cases=tuple(sorted(self._findings)),
            not_scanned=dict(self._refused),
            findings={folder: tuple(found) for folder, found in self._findings.items() if found},
            strays=tuple(self._strays),
            misplaced=tuple(sorted([*in_root, *self._misplaced])),
            moved=standing.moved,
            shared={folder: tuple(found) for folder, found in shared.items()},
        )

    def _place(self, folder: Path) -> str:
        """As `place_of`, without resolving every folder's whole path."""
        return (
            place_of(folder)
            if folder in self._links
            else sha256_bytes(self._resolved + os.fsencode(folder.name))
        )

    def _copies(self, standing: Standing) -> None:
        """A copy's page names the files that only it has, in place of everything else."""
        for folder, home in standing.homes.items():
            shown_home = display_name(os.fsencode(home.name))
            lost = only_in(folder, home, self._ignore)
            found = [words.only_here(display_name(path), shown_home) for path in lost[:MOST_FINDINGS]]
            if len(lost) > MOST_FINDINGS:
                found.append(words.more_only_here(len(lost) - MOST_FINDINGS, shown_home))
            self._findings[folder] = found

    def _same_references(self) -> dict[Path, list[Finding]]:
        """Two cases with the same reference, copies apart."""
        users: dict[str, list[Path]] = {}
        for folder in sorted(self._findings.keys() - self._refused.keys()):
            if reference := self._references[folder]:
                users.setdefault(reference, []).append(folder)
        found: dict[Path, list[Finding]] = {}
        for reference, folders in users.items():
            for folder in folders if len(folders) > 1 else ():
                others = [display_name(os.fsencode(other.name)) for other in folders if other != folder]
                shown = display_name(reference.encode("utf-8", "replace"))
                found[folder] = [words.same_reference(CASE_FILE, shown, others)]
        return found

    def _of_case(self, folder: Path, found: Sequence[Finding]) -> None:
        """What the root page says of a case folder: each kind of thing once, however many files it is about."""
        path = b"cases/" + os.fsencode(folder.name)
        if (refused := self._refused.get(folder)) is not None:
            self._misplaced.append(Misplaced(path, refused, paged=refused.code != "case-linked"))
            return
        for code in sorted({each.code for each in found if each.severity is not Severity.NOTE}):
            finding = words.on_root_page(
                code, self._shown[folder], [each for each in found if each.code == code]
            )
            self._misplaced.append(Misplaced(path, finding, paged=True))

    def _note(self, name: bytes, finding: Finding) -> None:
        self._misplaced.append(Misplaced(b"cases/" + name, finding))


def _in_root(root: Path, entries: Iterable[Entry], ignore: Ignore) -> Iterable[Misplaced]:
    ours = {WORKSPACE_FILE.encode(), WORKSPACE_PAGE.encode()}
    for entry in entries:
        shown = display_name(entry.name)
        if entry.name in ours | _ROOT_FOLDERS or entry.name.startswith(UNFINISHED):
            continue
        if entry.link:
            yield Misplaced(entry.name, words.link(shown))
        elif entry.folder and entry.name.lower() in _SYSTEM:
            yield Misplaced(entry.name, words.system_folder(shown))
        elif entry.folder:
            is_case = os.path.lexists(CaseLayout(root / os.fsdecode(entry.name)).case_file)
            yield Misplaced(entry.name, words.case_outside(shown) if is_case else words.folder_in_root(shown))
        elif ignore(entry.name) is None:
            quiet = entry.name.lower().endswith(_HARDLY_EVIDENCE) or entry.name.lower().startswith(
                (b".", b"readme")
            )
            yield Misplaced(entry.name, words.file_in_root(shown, quiet=quiet))
