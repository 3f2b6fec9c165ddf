"""The tables of the index. Natural keys, so that equal content gives an equal dump.

The index can be deleted at any time: a scan makes it again from the case folders, equal to the last line.
The tables of `NOT_COMPARED` are outside that equality: they remember what this machine saw of the share and when.
`stat_cache` saves reading files again, `quiet` saves looking into cases again, `absences` are paths that one scan
did not find and the next one may record as missing, `summaries` and `shared` are a line for the workspace's page and
what only a look at all cases told, `scans` and `stale_pages` how far reading scanned pages has come and whose page does not say
so yet, `upkeep` says how far the search tables have come. `names` and
`texts` carry row numbers, because the search tables (SQLite's FTS5) point at rows by number; the numbers are left out
of the comparison, and so are the search tables, which `Index.check_search` holds against what they were made from.

`original` is the name of a preserved file, `<sha256>.<suffix>`: what it is may depend on its suffix, too.
"""

from __future__ import annotations

import zlib

FORMAT = 2
"""Goes up when the same tables come to hold something else, so that older files are made again."""
APPLICATION = 0x43426978
"""Marks the SQLite file as one of ours."""
NOT_COMPARED = frozenset(
    {
        "stat_cache",
        "absences",
        "quiet",
        "linked_moves",
        "upkeep",
        "summaries",
        "shared",
        "scans",
        "stale_pages",
    }
)

TABLES: dict[str, str] = {
    "cases": """
        case_uuid TEXT PRIMARY KEY, reference TEXT NOT NULL, head_seq INTEGER NOT NULL,
        head_sha256 TEXT NOT NULL, facts_sha256 TEXT""",
    "items": """
        case_uuid TEXT NOT NULL, sha256 TEXT NOT NULL, original TEXT NOT NULL, seq INTEGER NOT NULL,
        received_at TEXT NOT NULL, size_bytes INTEGER NOT NULL, parent TEXT, exhibit TEXT,
        PRIMARY KEY (case_uuid, sha256)""",
    "paths": """
        case_uuid TEXT NOT NULL, path BLOB NOT NULL, shown TEXT NOT NULL, path_id TEXT NOT NULL,
        sha256 TEXT NOT NULL, base_sha256 TEXT NOT NULL, status TEXT NOT NULL, since_seq INTEGER NOT NULL,
        PRIMARY KEY (case_uuid, path)""",
    "receptions": """
        case_uuid TEXT NOT NULL, seq INTEGER NOT NULL, event_id TEXT NOT NULL, sha256 TEXT NOT NULL,
        path BLOB, at TEXT NOT NULL, parent TEXT, source TEXT NOT NULL, PRIMARY KEY (case_uuid, seq)""",
    "scan_findings": """
        case_uuid TEXT NOT NULL, position INTEGER NOT NULL, code TEXT NOT NULL, severity TEXT NOT NULL,
        subject TEXT NOT NULL, message TEXT NOT NULL, remedy TEXT NOT NULL, source TEXT NOT NULL,
        PRIMARY KEY (case_uuid, position)""",
    "ignored": """
        case_uuid TEXT NOT NULL, path BLOB NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (case_uuid, path)""",
    "facts": """
        original TEXT PRIMARY KEY, reader TEXT NOT NULL, kind TEXT NOT NULL, media_type TEXT NOT NULL,
        detail TEXT NOT NULL, state TEXT NOT NULL, pages INTEGER""",
    "fact_findings": """
        original TEXT NOT NULL, position INTEGER NOT NULL, code TEXT NOT NULL, severity TEXT NOT NULL,
        subject TEXT NOT NULL, message TEXT NOT NULL, remedy TEXT NOT NULL, source TEXT NOT NULL,
        PRIMARY KEY (original, position)""",
    "children": """
        original TEXT NOT NULL, position INTEGER NOT NULL, child_sha256 TEXT NOT NULL,
        size_bytes INTEGER NOT NULL, name BLOB NOT NULL, PRIMARY KEY (original, position)""",
    # page 0: the file has no pages of its own
    "texts": """
        id INTEGER PRIMARY KEY AUTOINCREMENT, original TEXT NOT NULL, page INTEGER NOT NULL, text TEXT NOT NULL,
        UNIQUE (original, page)""",
    # what an item is called: by a case (a path, now or once) or by the original that it came out of
    "names": """
        id INTEGER PRIMARY KEY AUTOINCREMENT, holder TEXT NOT NULL, sha256 TEXT NOT NULL, name TEXT NOT NULL,
        UNIQUE (holder, sha256, name)""",
    # how far reading the scanned pages has come (`casefiles.scanned`): filled again from what was read on this machine
    "scans": """original TEXT PRIMARY KEY, reader TEXT NOT NULL, pages TEXT NOT NULL""",
    "stale_pages": """case_uuid TEXT PRIMARY KEY""",
    "upkeep": """name TEXT PRIMARY KEY, value ANY NOT NULL""",
    "stat_cache": """
        case_uuid TEXT NOT NULL, path BLOB NOT NULL, size_bytes INTEGER NOT NULL, mtime_ns TEXT NOT NULL,
        ctime_ns TEXT NOT NULL, inode TEXT NOT NULL, sha256 TEXT NOT NULL,
        PRIMARY KEY (case_uuid, path)""",
    "absences": """
        case_uuid TEXT NOT NULL, path BLOB NOT NULL, since TEXT NOT NULL, PRIMARY KEY (case_uuid, path)""",
    "linked_moves": """
        from_case TEXT NOT NULL, path BLOB NOT NULL, from_reference TEXT NOT NULL, gone_name TEXT NOT NULL,
        sha256 TEXT NOT NULL, to_case TEXT NOT NULL, to_reference TEXT NOT NULL, arrived_name TEXT NOT NULL,
        arrived_at TEXT NOT NULL, PRIMARY KEY (from_case, path, to_case)""",
    "summaries": """folder BLOB PRIMARY KEY, summary TEXT NOT NULL""",
    "shared": """folder BLOB PRIMARY KEY, findings TEXT NOT NULL""",
    "quiet": """
        folder BLOB PRIMARY KEY, case_uuid TEXT NOT NULL, signature TEXT NOT NULL""",
}

OF_A_CASE = tuple(
    name for name, columns in TABLES.items() if "case_uuid" in columns and name not in NOT_COMPARED
)
OF_AN_ORIGINAL = ("facts", "fact_findings", "children", "scans")

SEARCHED = {"names": "name", "texts": "text"}
"""The tables that are searched, and their column; `<table>_folded` is it with letters folded, `<table>_found` the FTS5."""


def create_statements() -> tuple[str, ...]:
    """The statements that make an empty index; run them in one transaction."""
    return (*_statements(), f"PRAGMA application_id = {APPLICATION}", f"PRAGMA user_version = {VERSION}")


def _statements() -> tuple[str, ...]:
    tables = (
        f"CREATE TABLE {name} ({columns}) STRICT{'' if name in SEARCHED else ', WITHOUT ROWID'}"
        for name, columns in TABLES.items()
    )
    views = (
        f"CREATE VIEW {table}_folded AS SELECT id, fold({column}) AS {column} FROM {table}"  # noqa: S608
        for table, column in SEARCHED.items()
    )
    found = (
        f"CREATE VIRTUAL TABLE {table}_found USING fts5({column}, content='{table}_folded', content_rowid='id', "
        "tokenize='unicode61 remove_diacritics 2')"
        for table, column in SEARCHED.items()
    )
    indexes = (
        "CREATE INDEX items_by_original ON items (original)",
        "CREATE INDEX paths_gone ON paths (case_uuid, path) WHERE status = 'missing'",
    )
    # 16 MB of new words are kept in memory before they are written: filling takes little more than half the CPU
    memory = (
        f"INSERT INTO {table}_found ({table}_found, rank) VALUES ('hashsize', 16777216)"  # noqa: S608
        for table in SEARCHED
    )
    return (*tables, *indexes, *views, *found, *memory)


VERSION = zlib.crc32("\n".join((str(FORMAT), *_statements())).encode()) & 0x7FFFFFFF
"""Kept in the file: another one means other tables. Made from the tables, so nobody can forget to raise it."""
