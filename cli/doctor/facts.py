"""What this machine has and lacks: looked up, not judged (`verdict` judges). Changes nothing."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bundles.convert import discover, find_programs
from bundles.convert.office import OfficeLimits, best_walls
from bundles.treat.reader import TESSERACT
from casefiles.chain.keyring import KeyRing
from casefiles.chain.keys import has_key, key_file, open_key
from casefiles.errors import Blocked, CasebinderError
from casefiles.index.file import IndexFolder
from casefiles.layout import LocalLayout
from casefiles.share.mounts import Mount, mount_of

QUESTION_SECONDS = 20
_LARGEST_KEY_BYTES = 1 << 16


@dataclass(frozen=True)
class ProgramFacts:
    """An outside program that converters run: its version, or empty where it is not there; the line to type."""

    name: str
    version: str
    line: str


@dataclass(frozen=True)
class StateFacts:
    """This machine's own folder. `mode` is None where it is not there yet; then the rest is about where it would be."""

    folder: Path
    mode: int | None
    ours: bool
    in_workspace: bool
    mount: Mount | None
    free_bytes: int


@dataclass(frozen=True)
class IndexFacts:
    """The index of a workspace: `problem` is empty where it is sound; `set_aside` are damaged ones, with evidence text."""

    path: Path
    there: bool
    problem: str
    size_bytes: int
    written_at: float
    set_aside: tuple[Path, ...]


@dataclass(frozen=True)
class KeyFacts:
    """This machine's signing key: `locked` by a passphrase, so `fingerprint` is not known; `problem` or empty."""

    there: bool
    locked: bool
    fingerprint: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class MachineFacts:
    """Everything about this machine. Sizes in bytes. `fonts` is None where the system cannot list them."""

    python: str
    programs: tuple[ProgramFacts, ...]
    drawing_problem: str
    fonts: frozenset[str] | None
    draws_chinese: bool | None
    office_without_network: bool
    zones: bool
    encoding: str
    memory_bytes: int
    open_files: int
    largest_file: int | None
    state: StateFacts


def machine_facts(
    local: LocalLayout, workspace: Path | None, environment: Mapping[str, str], mountinfo: str
) -> MachineFacts:
    """Looks this machine over; `environment` is all that outside programs get to see."""
    fonts, chinese = _fonts(environment)
    return MachineFacts(
        python=".".join(map(str, sys.version_info[:3])),
        programs=_programs(environment),
        drawing_problem=_drawing_problem(),
        fonts=fonts,
        draws_chinese=chinese,
        office_without_network=best_walls(OfficeLimits()).no_network,
        zones=_zones(),
        encoding=sys.getfilesystemencoding(),
        memory_bytes=_memory(),
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        largest_file=_limit(resource.RLIMIT_FSIZE),
        state=_state(local, workspace, mountinfo),
    )


def _programs(environment: Mapping[str, str]) -> tuple[ProgramFacts, ...]:
    converters = discover()
    found = find_programs(converters, environment.get("PATH", os.defpath), environment)
    needs = {need.name: need for converter in converters for need in converter.programs}
    needs[TESSERACT.name] = TESSERACT
    return tuple(
        ProgramFacts(name, found[name].version if name in found else "", needs[name].remedy)
        for name in sorted(needs)
    )


def _drawing_problem() -> str:
    """Why index pages cannot be drawn here, or nothing: the library loads Pango when it is imported."""
    try:
        import weasyprint  # noqa: F401
    except (OSError, ImportError) as error:
        return str(error).partition("\n")[0]
    return ""


def _fonts(environment: Mapping[str, str]) -> tuple[frozenset[str] | None, bool | None]:
    """The families that fontconfig knows, and whether one of them has Chinese characters."""
    listed = _ask(["fc-list", ":", "family"], environment)
    if listed is None:
        return None, None
    families = frozenset(name.strip() for line in listed.splitlines() for name in line.split(","))
    return families, bool((_ask(["fc-list", ":lang=zh-cn", "family"], environment) or "").strip())


def _ask(command: list[str], environment: Mapping[str, str]) -> str | None:
    where = shutil.which(command[0], path=environment.get("PATH", os.defpath))
    if where is None:
        return None
    try:
        answer = subprocess.run(
            [where, *command[1:]], env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace", timeout=QUESTION_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None


def _zones() -> bool:
    try:
        zone = zoneinfo.ZoneInfo("Europe/London")
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        return False
    offset = datetime(2026, 7, 1, 12, tzinfo=zone).utcoffset()
    return offset is not None and offset.total_seconds() == 3600


def _memory() -> int:
    """Bytes of memory that programs can still have; 0 where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    amounts = {key: rest.split() for key, _, rest in (line.partition(":") for line in lines)}
    return int(amounts["MemAvailable"][0]) * 1024 if "MemAvailable" in amounts else 0


def _limit(which: int) -> int | None:
    soft = resource.getrlimit(which)[0]
    return None if soft == resource.RLIM_INFINITY else soft


def _state(local: LocalLayout, workspace: Path | None, mountinfo: str) -> StateFacts:
    folder = local.root.absolute()
    try:
        found: os.stat_result | None = folder.stat()
    except OSError:
        found = None
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    resolved = folder.resolve()
    room = os.statvfs(there)
    return StateFacts(
        folder=folder,
        mode=stat.S_IMODE(found.st_mode) if found else None,
        ours=found is None or found.st_uid == os.geteuid(),
        in_workspace=workspace is not None and resolved.is_relative_to(workspace.resolve()),
        mount=mount_of(resolved, mountinfo),
        free_bytes=room.f_bavail * room.f_frsize,
    )


def index_facts(local: LocalLayout, workspace_id: str) -> IndexFacts:
    """The index of a workspace, opened for reading only, and every damaged one that this machine keeps."""
    files = IndexFolder(local.indexes, workspace_id)
    try:
        aside = sorted(entry for entry in local.indexes.iterdir() if entry.name.endswith(".damaged"))
        numbers = files.numbers()
        path = files.path(numbers[-1] if numbers else 1)
        state = path.stat()
    except FileNotFoundError:
        return IndexFacts(files.path(1), False, "", 0, 0.0, ())
    except OSError as error:
        return IndexFacts(files.path(1), True, error.strerror or str(error), 0, 0.0, ())
    return IndexFacts(path, True, _index_problem(path), state.st_size, state.st_mtime, tuple(aside))


def _index_problem(path: Path) -> str:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error as error:
        return str(error)
    return "" if said == "ok" else said.partition("\n")[0]


def watcher_runs(local: LocalLayout, workspace_id: str) -> bool:
    """Does a watcher of this workspace run on this machine? Read from the system's list of locks, taking none.

    Source: proc_locks(5).
    """
    try:
        folder = (local.root / "watch" / workspace_id).stat()
        listed = Path("/proc/locks").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    place = f"{os.major(folder.st_dev):02x}:{os.minor(folder.st_dev):02x}:{folder.st_ino}"
    return any("FLOCK" in line and f" {place} " in line for line in listed.splitlines())


def key_facts(local: LocalLayout) -> KeyFacts:
    """This machine's signing key, as far as it shows without its passphrase."""
    try:
        if not has_key(local):
            return KeyFacts(False, False, "", "", "")
        with key_file(local).open("rb") as stream:
            locked = b"ENCRYPTED" in stream.read(_LARGEST_KEY_BYTES)
        mode = stat.S_IMODE(key_file(local).stat().st_mode)
        if locked and not mode & 0o077:
            return KeyFacts(True, True, "", "", "")
        return KeyFacts(True, locked, open_key(local).fingerprint, "", "")
    except Blocked as error:
        return KeyFacts(True, False, "", error.message, error.remedy)
    except (CasebinderError, OSError) as error:
        return KeyFacts(True, False, "", str(error), "Run casebinder as the person whose machine this is.")


def admitted(ring: KeyRing, key: KeyFacts, label: str) -> bool | None:
    """Whether the key counts in the workspace; for a locked one, None where none in use carries this machine's name."""
    if key.fingerprint:
        return ring.active(key.fingerprint)
    named = any(record.label == label and ring.active(fp) for fp, record in ring.records.items())
    return True if named else None
