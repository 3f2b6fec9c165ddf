"""Opening the index: the file that counts, sound and of this version, or else a new one beside it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_from_bytes

from casefiles.errors import Unavailable
from casefiles.files.reach import unavailable
from casefiles.index import schema
from casefiles.index.file import IndexFolder
from casefiles.search.folding import fold
from casefiles.shown import shown_path

LOOKS = 30
"""How often a lock is asked for within the seconds of patience."""
_MOST_FILES = 5
_FIRST_VERSION = 1
_CACHE_KIB = 16 * 1024
_DAMAGE = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT}
    | {sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_FORMAT}
)
_CUT_SHORT = sqlite3.SQLITE_IOERR_SHORT_READ
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED = "damaged"
_OF_ANOTHER_VERSION = "of another version of casebinder"
_STUCK = "locked by another casebinder that does not go on"


class NotUsable(Exception):
    """The file cannot be the index any longer: why, in words, and whether it is damaged."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.damaged = why == _DAMAGED


@dataclass(frozen=True)
class Patience:
    """How long a lock is waited for, in seconds without any sign of life, and whom to tell that we wait."""

    seconds: float = 30.0
    waiting: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Opened:
    """The connection to the file that counts, its number, and the descriptor that says that it is in use.

    `rebuilt` says that its tables are new although there was an index before; `why` says what was wrong with that.
    """

    connection: sqlite3.Connection
    number: int
    holding: int
    rebuilt: bool
    why: str


def open_current(files: IndexFolder, patience: Patience, *, to_write: bool) -> Opened:
    """Open the file that counts; one that cannot be used is left, and the next one begun.

    With `to_write` the lock is tried as well, so that a process that hangs is found now and not in the middle.

    Raises:
        Unavailable: the folder cannot be written, or the disk is full.
    """
    why = ""
    with explained(files):
        files.make()
        existed = bool(files.numbers())
    for _attempt in range(_MOST_FILES):
        with explained(files):
            number = files.current()
            holding = files.hold(number)
        try:
            connection, made = _open(files, number, patience, to_write=to_write)
            with explained(files):
                if files.current() == number:
                    files.tidy(number)
                    return Opened(connection, number, holding, made and existed, why)
            connection.close()
        except NotUsable as problem:
            why = problem.why
            with explained(files):
                files.leave(number, damaged=problem.damaged)
        except BaseException:
            os.close(holding)
            raise
        os.close(holding)
    raise Unavailable(
        f"No index can be made in “{shown_path(files.folder)}”.",
        remedy="Delete the files in that folder, then run `casebinder scan`.",
    )


def _open(
    files: IndexFolder, number: int, patience: Patience, *, to_write: bool
) -> tuple[sqlite3.Connection, bool]:
    """The connection, and whether its tables were made just now."""
    with explained(files, number):
        if not files.is_file(number) or files.is_left(number):
            raise NotUsable(_DAMAGED)
        known = files.is_known_sound(number)
        connection = _connect(files.path(number), patience)
    try:
        with explained(files, number):
            made = _is_new(connection, files.path(number), patience)
            if made or to_write:
                begin(connection, files.path(number), patience)
                made = made and _is_empty(connection)  # another process may have been faster
                for statement in schema.create_statements() if made else ():
                    connection.execute(statement)
                connection.commit()
            _write_ahead(connection)
            if not known:
                _look_through(connection)
    except BaseException:
        connection.close()
        raise
    return connection, made


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers read while one writes. SQLite does not wait for the lock that this takes; the next opening will do."""
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if not _is_locked(error):
            raise


def _look_through(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise NotUsable(_DAMAGED)


def _connect(path: Path, patience: Patience) -> sqlite3.Connection:
    """A connection to a file that is there; SQLite waits a part of our patience for a lock, each time."""
    uri = f"file:{quote_from_bytes(os.fsencode(path))}?mode=rw"
    connection = sqlite3.connect(uri, timeout=patience.seconds / LOOKS, isolation_level=None, uri=True)
    try:
        connection.row_factory = sqlite3.Row
        connection.create_function("fold", 1, fold, deterministic=True)
        for pragma in ("synchronous = NORMAL", "secure_delete = ON", f"cache_size = -{_CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_new(connection: sqlite3.Connection, path: Path, patience: Patience) -> bool:
    """As `_is_empty`, at one moment: another process may be making the tables."""
    _patiently(connection, "BEGIN", path, patience)
    try:
        return _is_empty(connection)
    finally:
        connection.rollback()


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Whether the file has no tables yet; False for one of ours. Only within a transaction.

    Raises:
        NotUsable: it is somebody else's, or of another version.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application == schema.APPLICATION:
        if version != schema.VERSION:
            raise NotUsable(_OF_ANOTHER_VERSION)
        return False
    if application == 0 and version == _FIRST_VERSION and tables:
        raise NotUsable(_OF_ANOTHER_VERSION)
    if application or version or tables:
        raise NotUsable(_DAMAGED)  # a database of something else: set aside, never emptied
    return True


def begin(connection: sqlite3.Connection, path: Path, patience: Patience) -> None:
    """Begin a transaction that writes. Another writer is waited for as long as it shows that it goes on.

    Raises:
        NotUsable: whoever has the lock did nothing for as long as our patience lasts.
    """
    _patiently(connection, "BEGIN IMMEDIATE", path, patience)


def _patiently(connection: sqlite3.Connection, statement: str, path: Path, patience: Patience) -> None:
    left, before = LOOKS, None
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if not _is_locked(error):
                raise
        else:
            return
        seen = _signs_of_life(path)
        if before is None:
            patience.waiting()
        left = LOOKS if before not in (None, seen) else left - 1
        before = seen
        if left <= 0:
            raise NotUsable(_STUCK)


def _is_locked(error: sqlite3.OperationalError) -> bool:
    return (error.sqlite_errorcode & 0xFF) in _LOCKED


def _signs_of_life(path: Path) -> tuple[tuple[int, int], ...]:
    """Sizes and times of what a writer writes to; the same again while it does nothing."""
    signs = []
    for name in (path.name, f"{path.name}-wal", f"{path.name}-journal"):
        try:
            found = path.with_name(name).stat()
        except FileNotFoundError:
            signs.append((0, 0))
        else:
            signs.append((found.st_size, found.st_mtime_ns))
    return tuple(signs)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file is no sound index.

    Our questions are fixed, so a table or column that is not there, or a row that is there twice, is damage as well.
    A question that FTS5 cannot read is not: its words come from a person.
    """
    if isinstance(error, sqlite3.ProgrammingError) or str(error).startswith("fts5:"):
        return False
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return (code & 0xFF) in _DAMAGE or code == _CUT_SHORT


@contextmanager
def explained(files: IndexFolder, number: int = 0) -> Iterator[None]:
    """Turns errors of SQLite and of the file system into ours, with what to do.

    Raises:
        NotUsable: the file with that number is damaged.
        Unavailable: anything else that it says.
    """
    path = files.path(number) if number else files.folder
    try:
        yield
    except sqlite3.Error as error:
        if is_damage(error):
            raise NotUsable(_DAMAGED) from error
        if isinstance(error, sqlite3.ProgrammingError):
            raise
        raise Unavailable(
            f"The index “{shown_path(path)}” cannot be used ({error}).",
            remedy="Another casebinder may be writing to it: try again in a minute. "
            "If it stays so, delete that file; the next scan makes it again.",
        ) from error
    except UnicodeDecodeError as error:  # what SQLite says of a damaged file may quote it
        raise NotUsable(_DAMAGED) from error
    except OSError as error:
        raise unavailable(path, error, local=True) from error
