"""Names that sync tools and people give to a copy when there are two versions of one file.

Such a file is evidence like any other and is taken in. Here it is only recognised, so that somebody is told that
there are two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from casefiles.chain.names import display_name
from casefiles.findings import Finding, Severity

CODE = "conflict-copy"

_STEM = rb"(?P<stem>.+?)"
_SUFFIX = rb"(?P<suffix>\.[^./]{1,12})?"
_DAY = rb"\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True)
class _Rule:
    """A form of names; `sure` where no person would choose it, so that it says something by itself."""

    form: re.Pattern[bytes]
    made_by: str
    sure: bool = False


def _rule(pattern: bytes, made_by: str, *, sure: bool = False) -> _Rule:
    return _Rule(re.compile(pattern, re.DOTALL | re.IGNORECASE), made_by, sure)


_RULES = (
    _rule(
        _STEM + rb"\.sync-conflict-\d{8}-\d{6}(-[A-Z0-9]{6,63})?" + _SUFFIX,
        "Syncthing, when two machines had changed it",
        sure=True,
    ),
    _rule(
        _STEM
        + rb" \((?:[^()/]{1,80}['\xe2\x80\x99]{1,3}s )?conflicted copy(?: "
        + _DAY
        + rb"(?: \d{4,6})?)?(?: \(\d+\))?\)"
        + _SUFFIX,
        "a sync tool, when two machines had changed it",
        sure=True,
    ),
    _rule(
        _STEM + rb" \(case conflict(?: \d+)?\)" + _SUFFIX,
        "a sync tool, because two names differed in letter case only",
        sure=True,
    ),
    _rule(
        _STEM
        + rb"-(?:(?:desktop|laptop|win|pc|mac)-[a-z0-9-]{2,15}|(?=[a-z-]*\d)[a-z][a-z0-9-]{3,14})(?:-\d{1,2})?"
        + _SUFFIX,
        "OneDrive, when two machines had changed it",
    ),
    _rule(_STEM + rb" - copy(?: ?\(\d{1,3}\))?" + _SUFFIX, "hand or by copying in the file manager"),
    _rule(rb"(?:copy of |kopie von )(?P<stem>.+?)" + _SUFFIX, "hand or by copying in the file manager"),
    _rule(_STEM + rb" copy(?: \d{1,3})?" + _SUFFIX, "hand or by copying in the file manager"),
    _rule(_STEM + rb" ?\(\d{1,3}\)" + _SUFFIX, "a browser or sync tool, because the name was taken"),
    _rule(_STEM + rb" \d{1,2}" + _SUFFIX, "a file manager, because the name was taken"),
)


@dataclass(frozen=True)
class ConflictCopy:
    """A name that looks like a copy's: the name of the original (raw), and who makes such names.

    `sure` where the name says so by itself; else only the original beside it makes it likely.
    """

    original: bytes
    made_by: str
    sure: bool


def recognise(name: bytes) -> Iterator[ConflictCopy]:
    """The copies that a file of this name (raw, without its folder) may be, the likeliest first."""
    for rule in _RULES:
        found = rule.form.fullmatch(name)
        if found is not None:
            original = found["stem"].rstrip(b" ") + (found["suffix"] or b"")
            if original and original != name:
                yield ConflictCopy(original, rule.made_by, rule.sure)


def conflict_copy(path: bytes, paths: Mapping[bytes, object]) -> tuple[bytes, ConflictCopy] | None:
    """What a raw path is a copy of, among `paths`: the original's path, and the form of its name; or None.

    Where the original is not there, only a name that is sure by itself counts.
    """
    folder, slash, name = path.rpartition(b"/")
    possible = list(recognise(name))
    for copy in possible:
        original = folder + slash + copy.original
        if original in paths:
            return original, copy
    return next(((folder + slash + copy.original, copy) for copy in possible if copy.sure), None)


def conflict_findings(hashes: Mapping[bytes, str]) -> Iterator[Finding]:
    """What to say about the copies among some files: raw path → SHA-256. Every one of them was taken in."""
    for path in hashes:
        found = conflict_copy(path, hashes)
        if found is None:
            continue
        original, copy = found
        yield _finding(path, original, copy, hashes.get(original), hashes[path])


def _finding(path: bytes, original: bytes, copy: ConflictCopy, other: str | None, sha256: str) -> Finding:
    name = display_name(original.rpartition(b"/")[2])
    made = f"The name looks like that of a copy of “{name}”, made by {copy.made_by}."
    if other == sha256:
        return Finding(
            CODE,
            Severity.NOTE,
            display_name(path),
            f"{made} Both are the same to the last byte.",
            "One of them is enough. Nothing needs doing.",
        )
    weight = Severity.WARNING if copy.sure or "OneDrive" in copy.made_by else Severity.NOTE
    if other is None:
        return Finding(
            CODE,
            weight,
            display_name(path),
            f"{made} That file is not beside it. It was taken in as it is.",
            "Find out what it is. If it is the only version, give it its plain name.",
        )
    return Finding(
        CODE,
        weight,
        display_name(path),
        f"{made} The two differ, so there are two versions. Both were taken in.",
        "Compare the two; which one counts is for somebody who knows the case. Give this one a name of its own if "
        "it is a paper of its own.",
    )
