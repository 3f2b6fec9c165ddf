"""Looks a Word file's zip over and makes the settled copy that LibreOffice is given.

Source: ECMA-376 Part 2 (packages); PKWARE APPNOTE 4.4.4 (bit 0: encrypted).
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from bundles.convert.docx_xml import (
    NotPlainXml,
    Seen,
    count_comments,
    cut_links,
    parse,
    serialise,
    settle_story,
    survey_story,
)
from casefiles.files.scratch import new_scratch_file
from casefiles.intake.zip_members import is_folder

MAX_MEMBERS = 5_000
MAX_PART_BYTES = 64 << 20
MAX_TOTAL_BYTES = 512 << 20
_TYPES = "[Content_Types].xml"
_MAIN = ".main+xml"
_FAMILIES = ("wordprocessingml.document", "wordprocessingml.template", "ms-word.document", "ms-word.template")
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20


class BadPackage(ValueError):
    """The zip must not reach LibreOffice: a code for the finding, and why."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


@dataclass(frozen=True)
class Settled:
    """What the copy left out, changed or holds; `words` of the text that must show on the pages."""

    words: tuple[str, ...]
    frozen_fields: tuple[str, ...]
    linked: int
    changes: int
    comments: int
    hidden: int
    macros: bool


def settle(source: Path, target: Path) -> Settled:
    """Write a copy that fetches nothing, runs nothing and shows fields as they were saved.

    Raises:
        BadPackage: it is not a Word file, is damaged, encrypted or unsafe, or larger than the limits.
        OSError: a file cannot be read or written.
    """
    with source.open("rb") as stream:
        if stream.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise BadPackage("docx-needs-password", "it needs a password, or is an older Word file")
    try:
        with zipfile.ZipFile(source) as package:
            members = _checked_members(package)
            seen, macros = _copy(package, members, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise BadPackage("docx-damaged", f"its zip is damaged ({problem})") from problem
    return Settled(
        words=tuple(seen.words),
        frozen_fields=tuple(sorted(seen.frozen_fields)),
        linked=seen.linked,
        changes=seen.changes,
        comments=seen.comments,
        hidden=seen.hidden,
        macros=macros,
    )


def _checked_members(package: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = [member for member in package.infolist() if not is_folder(member)]
    names = [member.filename for member in members]
    if len(members) > MAX_MEMBERS:
        raise BadPackage("docx-too-large", f"it holds {len(members):,} parts; the limit is {MAX_MEMBERS:,}")
    if sum(member.file_size for member in members) > MAX_TOTAL_BYTES:
        raise BadPackage("docx-too-large", f"unpacked it is larger than {MAX_TOTAL_BYTES >> 20} MiB")
    if any(member.flag_bits & 1 for member in members):
        raise BadPackage("docx-needs-password", "it needs a password")
    if len({name.lower() for name in names}) != len(names):
        raise BadPackage("docx-unsafe", "two of its parts have the same name")
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts or "\0" in name:
            raise BadPackage("docx-unsafe", "a part's name points outside the file")
    if _TYPES not in names:
        raise BadPackage("docx-damaged", "it is a zip, but not a Word file")
    return members


def _copy(package: zipfile.ZipFile, members: list[zipfile.ZipInfo], target: Path) -> tuple[Seen, bool]:
    seen = Seen()
    budget = _Budget()
    types = _part(package, package.getinfo(_TYPES), budget)
    main = _main_part(types)
    macros = False
    with (
        new_scratch_file(target) as out,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
    ):
        for member in members:
            name = member.filename
            if PurePosixPath(name).name.lower().startswith("vba"):
                macros = True
                continue
            info = zipfile.ZipInfo(name, _FIXED_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            work = _work_on(name, main)
            if work is None:
                _stream(package, member, copy, info, budget)
                continue
            root = _part(package, member, budget)
            work(root, seen)
            copy.writestr(info, serialise(root))
    if main not in {member.filename for member in members}:
        raise BadPackage("docx-damaged", "its main part is missing")
    return seen, macros


def _work_on(name: str, main: str) -> Callable[[Any, Seen], None] | None:
    """What is done to a part, by its name; None copies it as it is. Every XML part is at least parsed."""
    last = PurePosixPath(name).name.lower()
    if last.endswith(".rels"):
        return cut_links
    if not last.endswith((".xml", ".vml")):
        return None
    if name == main or last.startswith(("footnotes", "endnotes")):
        return _settle_and_survey
    return count_comments if last == "comments.xml" else settle_story


def _settle_and_survey(root: Any, seen: Seen) -> None:
    settle_story(root, seen)
    survey_story(root, seen)


def _main_part(types: Any) -> str:
    for override in types.iter("{*}Override"):
        kind = override.get("ContentType", "")
        if kind.endswith(_MAIN) and any(family in kind for family in _FAMILIES):
            return str(override.get("PartName", "")).lstrip("/")
    raise BadPackage("docx-damaged", "it is not a Word document")


class _Budget:
    """Bytes unpacked so far, whatever the zip's own list claims."""

    def __init__(self) -> None:
        self._spent = 0

    def spend(self, count: int) -> None:
        self._spent += count
        if self._spent > MAX_TOTAL_BYTES:
            raise BadPackage("docx-too-large", f"unpacked it is larger than {MAX_TOTAL_BYTES >> 20} MiB")


def _part(package: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget) -> Any:
    with package.open(member) as stream:
        data = stream.read(MAX_PART_BYTES + 1)
    if len(data) > MAX_PART_BYTES:
        raise BadPackage("docx-too-large", f"one of its parts is larger than {MAX_PART_BYTES >> 20} MiB")
    budget.spend(len(data))
    try:
        return parse(data)
    except NotPlainXml as problem:
        raise BadPackage("docx-damaged", f"a part of it cannot be read: {problem}") from problem


def _stream(
    package: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    copy: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    budget: _Budget,
) -> None:
    with package.open(member) as stream, copy.open(info, "w") as out:
        while piece := stream.read(_CHUNK):
            budget.spend(len(piece))
            out.write(piece)
