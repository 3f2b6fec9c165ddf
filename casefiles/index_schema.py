"""The tables of the index. Natural keys and no row numbers, so that equal content gives an equal dump.

The index can be deleted at any time: a scan makes it again from the case folders, equal to the last line.
`stat_cache` alone is outside that equality: it remembers inodes and times of files on this machine's view of
the share, only to save reading them again.

`original` is the name of a preserved file, `<sha256>.<suffix>`: what it is may depend on its suffix, too.
"""

from __future__ import annotations

VERSION = 1
NOT_COMPARED = frozenset({"stat_cache"})

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
    "texts": """original TEXT PRIMARY KEY, text TEXT NOT NULL""",
    "stat_cache": """
        case_uuid TEXT NOT NULL, path BLOB NOT NULL, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        ctime_ns INTEGER NOT NULL, inode TEXT NOT NULL, sha256 TEXT NOT NULL,
        PRIMARY KEY (case_uuid, path)""",
}

OF_A_CASE = tuple(name for name, columns in TABLES.items() if "case_uuid" in columns and name != "stat_cache")
OF_AN_ORIGINAL = ("facts", "fact_findings", "children", "texts")


def create_statements() -> tuple[str, ...]:
    """The statements that make an empty index; run them in one transaction."""
    tables = (f"CREATE TABLE {name} ({columns}) STRICT, WITHOUT ROWID" for name, columns in TABLES.items())
    return (*tables, "CREATE INDEX items_by_original ON items (original)", f"PRAGMA user_version = {VERSION}")
