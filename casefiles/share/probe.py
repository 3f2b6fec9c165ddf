"""Tries out what a share offers, in one folder of its own that is removed again. Acts; `verdict` judges."""

from __future__ import annotations

import ctypes
import fcntl
import functools
import hashlib
import os
import select
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from casefiles.errors import Unavailable
from casefiles.files import disk
from casefiles.files.publish import probe_clock
from casefiles.files.reach import reaching
from casefiles.share.mounts import Mount, mount_of
from casefiles.share.race import ROUNDS, RaceResult, race

PREFIX = ".casebinder-doctor-"
ABANDONED_SECONDS = 3600.0
"""After this time, by the share's own clock, a probe folder belongs to a run that was killed."""
HINT_SECONDS = 1.0
LONGEST_NAME = 255
LONGEST_PATH = 3000
_IN_CREATE = 0x100
ODD_NAMES: Mapping[str, bytes] = {
    "“:”": b"a:b",
    "“?”": b"a?b",
    "“*”": b"a*b",
    "“<”": b"a<b",
    "“|”": b"a|b",
    'a quotation mark (")': b'a"b',
    "a backslash": b"a\\b",
    "a dot at the end": b"dot.",
    "a space at the end": b"space ",
    "a line break": b"a\nb",
    "an emoji": "\U0001f4c4".encode(),
    "bytes that are not UTF-8": b"caf\xe9",
    "“con”": b"con.txt",
}
"""Names that some share or other refuses or changes, by what people would call them."""
_NFC, _NFD = "e-\u00e9".encode(), "e-e\u0301".encode()


@dataclass(frozen=True)
class ShareFacts:
    """What was tried out on a share, without judgement. Sizes in bytes, times in seconds; None: could not be tried.

    `names_refused` and `names_changed` name the odd names (`ODD_NAMES`) that could not be made, or came back as other
    names. `skew` is the share's clock minus ours. `hint` is how long inotify took to tell of a new file.
    `stamp_ns` is the finest step of a file's time, 0 where times cannot be set. `rest` says what stays behind.
    """

    mount: Mount | None
    race: RaceResult
    fsync_seconds: float
    fsync_problem: str
    hard_links: bool
    rename_to_new: bool
    flock: bool
    fcntl: bool
    cases_apart: bool
    normal_forms_apart: bool
    names_kept: bool
    names_refused: tuple[str, ...]
    names_changed: tuple[str, ...]
    longest_name: int
    longest_name_in_pairs: int
    longest_path: int
    stamp_ns: int
    skew: float
    free_bytes: int
    free_files: int | None
    modes_kept: bool
    symlinks: bool
    hint: float | None
    blocks_counted: bool
    cleared: int


@dataclass(frozen=True)
class Outside:
    """What a probe needs from outside: a name that nobody else has, the time, an environment for children, the mounts."""

    token: str
    now: Callable[[], datetime]
    environment: Mapping[str, str]
    mountinfo: str
    rounds: int = ROUNDS


def probe_share(folder: Path, outside: Outside) -> ShareFacts:
    """Tries out the share in a new folder below `folder`, which is removed afterwards however this ends.

    Raises:
        Unavailable: nothing can be written there, or the share went away.
    """
    with _probe_folder(folder, outside.token) as (base, cleared), reaching(base):
        raced = race(_sub(base, "race"), outside.environment, rounds=outside.rounds)
        fsync_seconds, fsync_problem = _fsync(_sub(base, "fsync"))
        kept, refused, changed = _odd_names(_sub(base, "names"))
        room = os.statvfs(base)
        return ShareFacts(
            mount=mount_of(base.resolve(), outside.mountinfo),
            race=raced,
            fsync_seconds=fsync_seconds,
            fsync_problem=fsync_problem,
            hard_links=_links(_sub(base, "links")),
            rename_to_new=_renames(_sub(base, "renames")),
            flock=_locks(base, fcntl.flock),
            fcntl=_locks(base, fcntl.lockf),
            cases_apart=_apart(_sub(base, "cases"), b"Letter", b"letter"),
            normal_forms_apart=_apart(_sub(base, "forms"), _NFC, _NFD),
            names_kept=kept,
            names_refused=refused,
            names_changed=changed,
            longest_name=_longest_name(_sub(base, "long"), b"n"),
            longest_name_in_pairs=_longest_name(_sub(base, "pairs"), "é".encode()),
            longest_path=_longest_path(_sub(base, "deep")),
            stamp_ns=_stamp(_sub(base, "times")),
            skew=_skew(base, outside.now),
            free_bytes=room.f_bavail * room.f_frsize,
            free_files=room.f_favail if room.f_files else None,
            modes_kept=_modes(_sub(base, "modes")),
            symlinks=_symlinks(base),
            hint=_hint(_sub(base, "hint")),
            blocks_counted=_blocks(_sub(base, "blocks")),
            cleared=cleared,
        )


@contextmanager
def _probe_folder(parent: Path, token: str) -> Iterator[tuple[Path, int]]:
    """The folder, and how many folders of killed runs were removed."""
    base = parent / f"{PREFIX}{token}"
    with reaching(base):
        disk.make_folder(base, 0o700)
        try:
            cleared = _clear_abandoned(parent, base)
            yield base, cleared
        finally:
            disk.remove_tree(base)


def _clear_abandoned(parent: Path, ours: Path) -> int:
    now = ours.lstat().st_mtime
    cleared = 0
    for entry in os.scandir(parent):
        old = entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False)
        if old and now - entry.stat(follow_symlinks=False).st_mtime > ABANDONED_SECONDS:
            disk.remove_tree(Path(entry.path))
            cleared += 1
    return cleared


def _sub(base: Path, name: str) -> Path:
    folder = base / name
    disk.make_folder(folder, 0o700)
    return folder


def _make(folder: Path, name: bytes, data: bytes = b"casebinder doctor\n") -> Path:
    path = folder / os.fsdecode(name)
    handle = disk.create(path, 0o600)
    try:
        disk.write(handle, data)
    finally:
        os.close(handle)
    return path


def _can(attempt: Callable[[], object]) -> bool:
    """Does the share do that? A share that is gone is told apart by the checks before and after."""
    try:
        attempt()
    except (OSError, ValueError):
        return False
    return True


def _fsync(folder: Path) -> tuple[float, str]:
    """How long flushing a small file took, at the middle of several; and why it was refused, or nothing."""
    took = []
    for number in range(9):
        handle = disk.create(folder / f"{number}", 0o600)
        try:
            disk.write(handle, b"x" * 4096)
            start = time.monotonic()
            disk.flush(handle)
            took.append(time.monotonic() - start)
        except OSError as error:
            return 0.0, error.strerror or str(error)
        finally:
            os.close(handle)
    return sorted(took)[len(took) // 2], ""


def _links(folder: Path) -> bool:
    one, two = _make(folder, b"one"), folder / "two"
    return _can(lambda: disk.link(one, two)) and os.path.samestat(one.lstat(), two.lstat())


def _renames(folder: Path) -> bool:
    """Does the share rename, and refuse to do so where the new name is taken?"""
    one, taken, free = _make(folder, b"one"), _make(folder, b"taken"), folder / "free"
    try:
        disk.rename_to_new(one, taken)
    except FileExistsError:
        return _can(lambda: disk.rename_to_new(one, free))
    except OSError:
        return False
    return False


def _locks(base: Path, lock: Callable[[int, int], None]) -> bool:
    path = base / "lock"
    if not path.exists():
        _make(base, b"lock")
    with path.open("r+b") as stream:
        return _can(lambda: lock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB))


def _apart(folder: Path, one: bytes, other: bytes) -> bool:
    """Are these two names two files here?"""
    _make(folder, one)
    return not os.path.lexists(folder / os.fsdecode(other)) and _can(lambda: _make(folder, other))


def _odd_names(folder: Path) -> tuple[bool, tuple[str, ...], tuple[str, ...]]:
    """Whether accented names come back byte for byte; which odd names were refused; and which were changed."""
    kept = all(_comes_back(_sub(folder, f"form-{number}"), name) for number, name in enumerate((_NFC, _NFD)))
    tried = {
        called: _comes_back(_sub(folder, f"odd-{number}"), name)
        for number, (called, name) in enumerate(ODD_NAMES.items())
    }
    refused = tuple(called for called, back in tried.items() if back is None)
    return kept, refused, tuple(called for called, back in tried.items() if back is False)


def _comes_back(folder: Path, name: bytes) -> bool | None:
    """Is a file of that name listed under the very same bytes? None where it cannot be made."""
    if not _can(lambda: _make(folder, name)):
        return None
    with os.scandir(os.fsencode(folder)) as entries:
        return [entry.name for entry in entries] == [name]


def _longest(most: int, works: Callable[[int], bool]) -> int:
    """The largest number up to `most` that works, if every smaller one does; 0 if none."""
    if works(most):
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if works(middle) else (low, middle)
    return low


def _longest_name(folder: Path, letter: bytes) -> int:
    """The longest name in bytes, made of that letter."""
    most = LONGEST_NAME // len(letter)
    return _longest(most, lambda count: _can(lambda: _make(folder, letter * count))) * len(letter)


def _longest_path(folder: Path) -> int:
    """How long a path may be, in bytes, by nesting folders up to `LONGEST_PATH`."""
    reached = folder
    while len(os.fsencode(reached)) < LONGEST_PATH:
        deeper = reached / ("d" * 60)
        if not _can(functools.partial(disk.make_folder, deeper, 0o700)):
            break
        reached = deeper
    return len(os.fsencode(reached))


def _stamp(folder: Path) -> int:
    """The finest step, in nanoseconds, in which a file's time can be set and read back; 0 where it cannot be set."""
    path = _make(folder, b"stamp")
    odd = 1_234_567_891_123_456_789
    if not _can(lambda: disk.set_times(path, odd)):
        return 0
    off = abs(odd - path.stat().st_mtime_ns)
    for step in (1, 100, 1_000, 1_000_000, 10_000_000, 1_000_000_000, 2_000_000_000):
        if off < step:
            return step
    return 0


def _skew(base: Path, now: Callable[[], datetime]) -> float:
    before = now().timestamp()
    shared = probe_clock(base) / 1e9
    after = now().timestamp()
    # What lies between the two moments is no skew: a slow share is not a wrong clock.
    return shared - after if shared > after else shared - before if shared < before else 0.0


def _modes(folder: Path) -> bool:
    path = _make(folder, b"modes")
    handle = os.open(path, os.O_RDONLY)
    try:
        return all(_mode_stays(handle, mode) for mode in (0o640, 0o400))
    finally:
        os.close(handle)


def _mode_stays(handle: int, mode: int) -> bool:
    return _can(lambda: disk.set_mode(handle, mode)) and stat.S_IMODE(os.fstat(handle).st_mode) == mode


def _symlinks(base: Path) -> bool:
    return _can(lambda: disk.symlink("race", base / "a link"))


def _hint(folder: Path) -> float | None:
    """How many seconds inotify took to tell of a new file; None where it said nothing within `HINT_SECONDS`."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    if handle < 0:
        return None
    try:
        if libc.inotify_add_watch(handle, os.fsencode(folder), _IN_CREATE) < 0:
            return None
        start = time.monotonic()
        _make(folder, b"new")
        told, _, _ = select.select([handle], [], [], HINT_SECONDS)
        return time.monotonic() - start if told else None
    finally:
        os.close(handle)


def _blocks(folder: Path) -> bool:
    """Does the share say how much room a file takes? Only then do files without any say something."""
    mixed = b"".join(hashlib.sha256(bytes([one, two])).digest() for one in range(64) for two in range(32))
    path = _make(folder, b"blocks", mixed)  # as evidence is: no run of equal bytes that is kept without room
    return _can(lambda: disk.flush_file(path)) and path.stat().st_blocks > 0


def answers(folder: Path) -> None:
    """Nothing, where the share can be listed.

    Raises:
        Unavailable: it cannot.
    """
    with reaching(folder):
        if not folder.is_dir():
            raise Unavailable(f"“{folder}” is no folder.", remedy="Check that the share is connected.")
        with os.scandir(folder) as entries:
            next(entries, None)
