"""Search: what a person typed becomes a question for SQLite's FTS5, and its answer lines to show.

Every character that FTS5 gives a meaning to is taken as it stands; only quotes around a phrase and a star at the end
of a word or phrase mean something. All words must be on one page, or in one name.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from casefiles.hashing import hash_prefix
from casefiles.index.store import Index
from casefiles.intake.kinds import PICTURES
from casefiles.search.folding import HIT_BEGINS, HIT_ENDS, fold
from casefiles.shown import plainest, safe_text

MOST_WORDS = 64
_PART = re.compile(r'"(?P<phrase>[^"]*)"?(?P<prefix>\*?)|(?P<word>[^\s"]+)')
_BEFORE_HIT = 60
_SNIPPET = 200
_PICTURES = ", ".join(f"'{kind}'" for kind in sorted(PICTURES))


@dataclass(frozen=True)
class Piece:
    """Part of a snippet: its text, and whether it is what was looked for."""

    text: str
    hit: bool


@dataclass(frozen=True)
class Hit:
    """One answer: an item of a case, found by a name (`page` None) or by the text of a page.

    `page` is 1-based, None where the file has no pages of its own. `file` is the shown name, `container › name` for
    what came inside another file.
    """

    case_uuid: str
    reference: str
    sha256: str
    file: str
    page: int | None
    snippet: tuple[Piece, ...]
    matched: Literal["name", "text"]

    @property
    def id(self) -> str:
        """What people see of its SHA-256."""
        return hash_prefix(self.sha256)

    def snippet_text(self, begins: str = "«", ends: str = "»") -> str:
        """The snippet with what was looked for between two marks; nothing in it steers a terminal."""
        return "".join(f"{begins}{piece.text}{ends}" if piece.hit else piece.text for piece in self.snippet)


@dataclass(frozen=True)
class Found:
    """The hits, names first, each kind the best first; `more` says that there are others."""

    hits: tuple[Hit, ...]
    more: bool

    @property
    def cases(self) -> frozenset[str]:
        """The identifiers of the cases that the hits are in."""
        return frozenset(hit.case_uuid for hit in self.hits)


@dataclass(frozen=True)
class NotSearchable:
    """How many items have no text yet: pictures, scans (PDFs with pages that are only a picture), held or unread files."""

    pictures: int
    scans: int
    unread: int


def question(arguments: Sequence[str]) -> str:
    """The question for FTS5, empty where nothing can be asked. An argument with a space in it is one phrase.

    Any text gives a question that FTS5 understands. Only the first `MOST_WORDS` words and phrases count.
    """
    terms: list[str] = []
    for argument in arguments:
        text = argument.strip()
        terms += [_term(text, text.endswith("*"))] if _is_phrase(text) else _terms(text)
    return " ".join([term for term in terms if term][:MOST_WORDS])


def _is_phrase(text: str) -> bool:
    return '"' not in text and re.search(r"\s", text) is not None


def _terms(text: str) -> Iterator[str]:
    for match in _PART.finditer(text):
        word = match["word"]
        if word is None:
            yield _term(match["phrase"], bool(match["prefix"]))
        else:
            yield _term(word, word.endswith("*"))


def _term(text: str, prefix: bool) -> str:
    """A string of FTS5: everything but its quotes stands for itself. Nothing, where there is no letter or digit."""
    words = fold(text).encode("utf-8", "replace").decode().replace("\0", " ").replace('"', " ").strip()
    if not any(char.isalnum() for char in words):
        return ""
    return f'"{words}"*' if prefix else f'"{words}"'


_NAMES = """
    WITH found AS MATERIALIZED (
        SELECT rowid AS id, rank AS score, highlight(names_found, 0, ?1, ?2) AS marked
        FROM names_found WHERE names_found MATCH ?3)
    SELECT i.case_uuid, i.sha256, n.name AS own, found.marked, found.score
        FROM found JOIN names n ON n.id = found.id
        JOIN items i ON i.case_uuid = n.holder AND i.sha256 = n.sha256
    UNION ALL
    SELECT i.case_uuid, i.sha256, n.name, found.marked, found.score
        FROM found JOIN names n ON n.id = found.id
        JOIN items p ON p.original = n.holder
        JOIN items i ON i.case_uuid = p.case_uuid AND i.sha256 = n.sha256
    ORDER BY score, case_uuid, own"""
_TEXTS = """
    SELECT i.case_uuid, i.sha256, t.page, t.text AS own, highlight(texts_found, 0, ?1, ?2) AS marked
    FROM texts_found CROSS JOIN texts t ON t.id = texts_found.rowid CROSS JOIN items i ON i.original = t.original
    WHERE texts_found MATCH ?3 {}
    ORDER BY texts_found.rank LIMIT {}"""


def find(
    index: Index,
    asked: str,
    *,
    limit: int,
    case_uuid: str | None = None,
    without: Collection[str] = (),
) -> Found:
    """Ask `asked` (from `question`) of every case, or of one; the cases `without` are left out.

    Raises:
        Unavailable: the index is damaged or cannot be read.
    """
    if not asked:
        return Found((), more=False)
    marks = (HIT_BEGINS, HIT_ENDS, asked)
    names = _first_of_each(
        row
        for row in index.rows(_NAMES, *marks)
        if row["case_uuid"] not in without and case_uuid in (None, row["case_uuid"])
    )
    left_out = sorted(without)
    only = f"AND i.case_uuid NOT IN ({', '.join('?' * len(left_out))})" if left_out else ""
    only += " AND i.case_uuid = ?" if case_uuid else ""
    rest = limit + 1 - len(names)
    texts = (
        index.rows(_TEXTS.format(only, rest), *marks, *left_out, *((case_uuid,) if case_uuid else ()))
        if rest > 0
        else []
    )
    shown = _Shown(index)
    hits = [_hit(row, shown, None, "name") for row in names[: limit + 1]]
    hits += [_hit(row, shown, row["page"] or None, "text") for row in texts]
    return Found(tuple(hits[:limit]), more=len(hits) > limit)


def not_searchable(index: Index, case_uuid: str | None = None) -> NotSearchable:
    """What search cannot look into, in every case or in one.

    Raises:
        Unavailable: the index is damaged or cannot be read.
    """
    rows = index.rows(
        f"""SELECT
            coalesce(sum(f.kind IN ({_PICTURES})), 0),
            coalesce(sum(f.kind = 'pdf' AND f.state = 'readable' AND f.pages >
                (SELECT count(*) FROM texts t WHERE t.original = i.original)), 0),
            coalesce(sum(f.original IS NULL OR f.state = 'held'), 0)
        FROM items i LEFT JOIN facts f ON f.original = i.original WHERE ?1 IS NULL OR i.case_uuid = ?1""",  # noqa: S608 - our own words
        case_uuid,
    )
    return NotSearchable(*rows[0])


def _first_of_each(rows: Iterable[sqlite3.Row]) -> list[sqlite3.Row]:
    """The best row of each item: it may have several names."""
    best: dict[tuple[str, str], sqlite3.Row] = {}
    for row in rows:
        best.setdefault((row["case_uuid"], row["sha256"]), row)
    return list(best.values())


def _hit(row: sqlite3.Row, shown: _Shown, page: int | None, matched: Literal["name", "text"]) -> Hit:
    case_uuid, sha256 = row["case_uuid"], row["sha256"]
    pieces = snippet(row["own"], row["marked"], whole=matched == "name")
    return Hit(
        case_uuid, shown.reference(case_uuid), sha256, shown.name(case_uuid, sha256), page, pieces, matched
    )


def snippet(text: str, marked: str, *, whole: bool = False) -> tuple[Piece, ...]:
    """The part of `text` around the first hit, or all of it; `marked` is the folded text with its hits marked.

    White space is one space; control and direction characters are escaped.
    """
    ranges = list(_ranges(marked))
    first = ranges[0][0] if ranges else 0
    begin, end = (0, len(text)) if whole else _window(text, first)
    pieces = [Piece("…", hit=False)] if begin > 0 else []
    at = begin
    for start, stop in ranges:
        if start < begin or start >= end:
            continue
        pieces += [Piece(text[at:start], hit=False), Piece(text[start : min(stop, end)], hit=True)]
        at = min(stop, end)
    pieces.append(Piece(text[at:end], hit=False))
    if end < len(text):
        pieces.append(Piece("…", hit=False))
    return tuple(Piece(clean, piece.hit) for piece in pieces if (clean := _clean(piece.text)))


def _ranges(marked: str) -> Iterator[tuple[int, int]]:
    """Where the hits begin and end in the text without the marks."""
    at = start = 0
    for part in re.split(f"([{HIT_BEGINS}{HIT_ENDS}])", marked):
        if part == HIT_BEGINS:
            start = at
        elif part == HIT_ENDS:
            yield start, at
        else:
            at += len(part)


def _window(text: str, hit: int) -> tuple[int, int]:
    """Begin and end of what is shown, at the edge of a word where one is near."""
    begin = max(0, hit - _BEFORE_HIT)
    if begin:
        space = re.search(r"\s", text[begin:hit])
        begin += space.end() if space else 0
    end = min(len(text), begin + _SNIPPET)
    if end < len(text):
        edge = text.rfind(" ", max(hit, end - 30), end)
        end = edge if edge > hit else end
    return begin, end


def _clean(text: str) -> str:
    return safe_text(re.sub(r"\s+", " ", text))


class _Shown:
    """What items and cases are called, each asked of the index once."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._names: dict[tuple[str, str], str] = {}
        self._references: dict[str, str] = {}

    def reference(self, case_uuid: str) -> str:
        """The reference of a case."""
        if case_uuid not in self._references:
            rows = self._index.rows("SELECT reference FROM cases WHERE case_uuid = ?", case_uuid)
            self._references[case_uuid] = rows[0][0] if rows else ""
        return self._references[case_uuid]

    def name(self, case_uuid: str, sha256: str) -> str:
        """The name of an item: where it lies now, else where it lay, else `container › name`, else its id."""
        key = (case_uuid, sha256)
        if key not in self._names:
            self._names[key] = hash_prefix(sha256)  # ends a ring of containers
            self._names[key] = self._own(case_uuid, sha256) or self._inside(case_uuid, sha256)
        return self._names[key]

    def _own(self, case_uuid: str, sha256: str) -> str:
        here = "SELECT shown FROM paths WHERE case_uuid = ? AND sha256 = ? AND status = 'present'"
        once = "SELECT name FROM names WHERE holder = ? AND sha256 = ?"
        for query in (here, once):
            names = [str(row[0]) for row in self._index.rows(query, case_uuid, sha256)]
            if names:
                return plainest(names)
        return ""

    def _inside(self, case_uuid: str, sha256: str) -> str:
        rows = self._index.rows(
            """SELECT i.parent, n.name FROM items i
            LEFT JOIN items p ON p.case_uuid = i.case_uuid AND p.sha256 = i.parent
            LEFT JOIN names n ON n.holder = p.original AND n.sha256 = i.sha256
            WHERE i.case_uuid = ? AND i.sha256 = ? ORDER BY n.name""",
            case_uuid,
            sha256,
        )
        if not rows or rows[0]["parent"] is None:
            return hash_prefix(sha256)
        own = rows[0]["name"] or hash_prefix(sha256)
        return f"{self.name(case_uuid, rows[0]['parent'])} › {own}"
