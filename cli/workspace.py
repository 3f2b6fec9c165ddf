"""The composition root: finds the workspace and the case, and puts together what a command needs.

Everything that comes from outside (environment, clock, randomness, user and host names) enters here.
"""

from __future__ import annotations

import errno
import getpass
import os
import re
import secrets
import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from casefiles.errors import Unavailable, UsageError
from casefiles.files import disk
from casefiles.files.plain import read_plain
from casefiles.layout import WORKSPACE_FILE, CaseLayout, LocalLayout, WorkspaceLayout
from casefiles.own_state import refuse_on_share
from casefiles.recorder import Recorder
from cli import __version__
from cli.local_state import local_layout

if TYPE_CHECKING:
    from casefiles.case import Case
    from casefiles.chain.journal import Journal
    from casefiles.settings import Settings

PRIVATE_FOLDER = 0o700
LARGEST_PEEK = 4 << 20
"""Bytes of a file that people edit; a larger one is not looked into, and reading it properly says why."""


def recorder() -> Recorder:
    """Who is at the keyboard, on which machine, with this process's clock and randomness."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid-{os.getuid()}"
    return Recorder(
        user=user,
        host=socket.gethostname() or "unknown",
        app=f"casebinder {__version__}",
        now=lambda: datetime.now(UTC),
        random_bytes=secrets.token_bytes,
    )


def private_folder(path: Path) -> Path:
    """A folder of this machine's own state, made with mode 0700 where it is not there.

    Raises:
        Unavailable: it cannot be made.
    """
    try:
        disk.make_folders(path, PRIVATE_FOLDER)
    except OSError as error:
        raise Unavailable(
            f"This machine's own folder “{path}” cannot be made: {error.strerror}.",
            remedy="Set CASEBINDER_STATE to a folder that you may write to.",
        ) from error
    return path


def child_environment() -> dict[str, str]:
    """What child processes and outside programs get to see of this process's environment."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True)
class Workspace:
    """An opened workspace: its layout and settings, this machine's state, and who works."""

    layout: WorkspaceLayout
    local: LocalLayout
    recorder: Recorder

    @cached_property
    def settings(self) -> Settings:
        """`casebinder.toml`.

        Raises:
            Unavailable, FileInvalid: as `read_settings`.
        """
        from casefiles.settings import read_settings

        return read_settings(self.layout.settings_file)

    @property
    def id(self) -> str:
        """The workspace's identifier, read without the whole schema where that is possible.

        Raises:
            Unavailable, FileInvalid: as `settings`.
        """
        found = _peek(self.layout.settings_file, "id")
        return found if re.fullmatch(r"[0-9a-f-]{36}", found) else self.settings.id

    def case_folders(self) -> list[Path]:
        """Every folder under `cases/` that holds a case file, by name.

        Raises:
            Unavailable: the share is not there.
        """
        try:
            folders = sorted(entry for entry in self.layout.cases.iterdir() if entry.is_dir())
        except OSError as error:
            raise Unavailable(
                f"The cases folder “{self.layout.cases}” cannot be read: {error.strerror}.",
                remedy="Check that the share is connected, then run the command again.",
            ) from error
        return [folder for folder in folders if _holds_case_file(folder)]

    def case(self, name: str) -> OpenCase:
        """The case with that reference, or in that folder.

        Raises:
            UsageError: there is none, or more than one.
            Unavailable: the share is not there.
        """
        folder = Path(name)
        if name and _holds_case_file(folder) and self._is_inside(folder):
            return OpenCase(self, CaseLayout(folder.resolve()))
        found = [path for path in self.case_folders() if self._answers_to(path, name)]
        found = self._without_copies(found) if len(found) > 1 else found
        if len(found) == 1:
            return OpenCase(self, CaseLayout(found[0]))
        if found:
            raise UsageError(
                f"More than one folder is the case “{name}”: {', '.join(path.name for path in found)}.",
                remedy="Name the folder. A copy of a case folder does not belong under cases/.",
            )
        raise UsageError(
            f"There is no case “{name}” in {self.layout.root}.",
            remedy="Give the reference in case.toml or the case's folder; “casebinder open” opens a new case.",
        )

    def _is_inside(self, folder: Path) -> bool:
        """Whether a folder lies in `cases/` of this workspace: what is in another one is not for this one to read."""
        return folder.resolve().parent == self.layout.cases.resolve()

    def _without_copies(self, folders: list[Path]) -> list[Path]:
        """Folders with the same reference, less the copies of which this machine knows which is the case."""
        from casefiles.places.copies import copy_problem
        from casefiles.places.entries import chain_identity

        kept = []
        for folder in folders:
            identity = chain_identity(folder)
            others = [other for other in folders if other != folder]
            if identity is None or copy_problem(self.local, folder, identity[0], others) is None:
                kept.append(folder)
        return kept or folders

    def cases(self) -> list[OpenCase]:
        """All cases, by folder name.

        Raises:
            Unavailable: the share is not there.
        """
        return [OpenCase(self, CaseLayout(folder)) for folder in self.case_folders()]

    @staticmethod
    def _answers_to(folder: Path, name: str) -> bool:
        if folder.name == name:
            return True
        # A case file with a mistake must still be found by its folder's name, to be told about it.
        return (_peek(CaseLayout(folder).case_file, "reference") or folder.name.split(" ")[0]) == name


@dataclass(frozen=True)
class OpenCase:
    """One case of a workspace."""

    workspace: Workspace
    layout: CaseLayout

    @cached_property
    def facts(self) -> Case:
        """`case.toml`.

        Raises:
            Unavailable, FileInvalid: as `read_case`.
        """
        from casefiles.case_schema import read_case

        return read_case(self.layout.case_file)

    @property
    def reference_and_kind(self) -> tuple[str, str]:
        """Reference and kind of the case without the whole schema; empty where the file cannot be read as TOML."""
        return _peek(self.layout.case_file, "reference"), _peek(self.layout.case_file, "kind")

    @cached_property
    def journal(self) -> Journal:
        """This process's view of the case's chain."""
        from casefiles.chain.journal import Journal

        return Journal(self.layout, self.workspace.recorder)


def _holds_case_file(folder: Path) -> bool:
    """Whether something has the name of a case file there; reading it says what is wrong with it."""
    try:
        CaseLayout(folder).case_file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        return (
            error.errno != errno.ENAMETOOLONG
        )  # somebody typed a long text; else the folder is closed to us
    return True


def _peek(file: Path, key: str) -> str:
    """A text at the top of a TOML file, or nothing: for commands that must start quickly, and for broken files."""
    try:
        data = read_plain(file, LARGEST_PEEK + 1)
        value = tomllib.loads(data.decode("utf-8-sig")).get(key, "") if len(data) <= LARGEST_PEEK else ""
    except (OSError, ValueError, RecursionError):
        return ""
    return value if isinstance(value, str) else ""


def find_workspace(named: str | None) -> Workspace:
    """`--workspace`, else `CASEBINDER_WORKSPACE`, else found upwards from the current folder.

    Raises:
        UsageError: none is found, or this machine's own folder lies inside it.
        Unavailable: a named one is not there.
    """
    wanted = named or os.environ.get("CASEBINDER_WORKSPACE")
    if wanted:
        root = Path(wanted).resolve()
        if not os.path.lexists(root / WORKSPACE_FILE):
            if (root.parent / WORKSPACE_FILE).is_file():
                raise UsageError(
                    f"{root} is a folder within a workspace.",
                    remedy=f"Name the workspace itself: {root.parent}",
                )
            raise Unavailable(
                f"{root} holds no {WORKSPACE_FILE}.",
                remedy=f"Check that the share is connected, or make a workspace: casebinder init {wanted}",
            )
        return _opened(root)
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / WORKSPACE_FILE).is_file():
            return _opened(folder)
    raise UsageError(
        "No workspace was named, and this folder is in none.",
        remedy="Go into the workspace's folder, or add --workspace FOLDER.",
    )


def _opened(root: Path) -> Workspace:
    refuse_on_share(local_layout(), root)
    return Workspace(WorkspaceLayout(root), local_layout(), recorder())


@contextmanager
def working_folder(local: LocalLayout, name: str) -> Iterator[Path]:
    """A private folder for work in progress on this machine, removed afterwards.

    What a killed process left behind goes too: it holds copies of evidence. A folder is in use for as long as its
    process holds the lock on it; the system gives the lock back however the process ends.

    Raises:
        Unavailable: it cannot be made.
    """
    from casefiles.files.reach import reaching
    from casefiles.files.scratch import new_scratch_folder, remove_scratch

    base = private_folder(local.root / "work")
    with reaching(base, local=True), _locked(base):
        for left in base.iterdir():
            with _locked(left, wait=False) as free:
                if free:
                    remove_scratch(left)
        folder = new_scratch_folder(base, f"{name}-")
        held = _lock(folder, wait=True)
    try:
        yield folder
    finally:
        remove_scratch(folder)
        if held is not None:
            os.close(held)


@contextmanager
def _locked(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Holds the lock on a folder of this machine; gives False where another process has it."""
    held = _lock(folder, wait=wait)
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)


def _lock(folder: Path, *, wait: bool) -> int | None:
    """The descriptor that holds the lock on a folder, or None where another process has it or the folder is gone."""
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
