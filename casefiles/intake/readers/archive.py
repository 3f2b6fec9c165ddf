"""Facts of a zip archive: each file within it is a child under its own name, and what cannot be taken out is told."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from casefiles.findings import Finding, Severity
from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.readers.children import ChildWriter
from casefiles.intake.zip_members import (
    Member,
    Refused,
    ZipContents,
    ZipDamaged,
    ZipTooMany,
    look_into,
    pieces,
    why_refused,
)
from casefiles.search.page_text import whole
from casefiles.shown import display_name

_CODES = {
    Refused.ENCRYPTED: "zip-password",
    Refused.METHOD: "zip-method",
    Refused.RATIO: "zip-bomb",
    Refused.OVERLAP: "zip-bomb",
    Refused.LARGE: "zip-too-large",
    Refused.DAMAGED: "zip-damaged",
}
_UNPACK = "Unpack it by hand, and file each file that matters"
_REMEDIES = {
    "zip-password": "Ask for it without a password, or unpack it by hand and file each file that matters",
    "zip-bomb": "Do not open it; ask the sender what it is",
    "zip-damaged": "Ask for the archive again: it may not have been copied fully",
}
NAMED = 5


@dataclass
class _Outcome:
    missing: dict[str, list[str]] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)

    def refuse(self, code: str, member: Member, why: str) -> None:
        self.missing.setdefault(code, []).append(display_name(member.raw_name))
        self.why.setdefault(code, why)


def read(reading: Reading) -> FileFacts:
    """Take out every file that may be taken out; the archive is held where one may not.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    try:
        contents = look_into(reading.path, reading.limits)
    except ZipDamaged as problem:
        return reading.held("zip-damaged", f"the archive is damaged ({problem})", _REMEDIES["zip-damaged"])
    except ZipTooMany as problem:
        limit = f"{reading.limits.zip_members:,}"
        return reading.held(
            "zip-too-many", f"the archive holds {problem} files; casebinder looks at {limit}", _UNPACK
        )
    children = ChildWriter(reading)
    outcome = _Outcome()
    with zipfile.ZipFile(reading.path) as archive:
        for member in contents.members:
            _take(archive, member, reading, children, outcome)
    found = [*_notes(reading, contents, children), *children.findings()]
    if not outcome.missing:
        names = "\n".join(member.shown_name for member in contents.members)
        text = "\n".join([contents.comment, names])
        kept_back = [one for one in found if one.code.startswith("children-too-")]
        if not kept_back:
            return reading.readable(texts=whole(text), findings=found, children=children.children)
        what = "not every file in the archive was taken out"
        return reading.held("zip-not-whole", what, _UNPACK, others=found, children=children.children)
    first, *others = [_refused(reading, code, outcome) for code in outcome.missing]
    return reading.held(
        first.code, first.message, first.remedy, others=[*others, *found], children=children.children
    )


def _take(
    archive: zipfile.ZipFile, member: Member, reading: Reading, children: ChildWriter, outcome: _Outcome
) -> None:
    if member.refused is Refused.LINK:
        return
    if member.refused is not None:
        outcome.refuse(_CODES[member.refused], member, why_refused(member, reading.limits))
        return
    try:
        children.add(member.raw_name, pieces(archive, member))
    except ZipDamaged:
        outcome.refuse("zip-damaged", member, str(Refused.DAMAGED))


def _refused(reading: Reading, code: str, outcome: _Outcome) -> Finding:
    names = outcome.missing[code]
    listed = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    which = "one file in the archive was" if len(names) == 1 else f"{len(names)} files in the archive were"
    message = f"{which} not taken out, for {outcome.why[code]}: {listed}"
    return reading.finding(code, Severity.ERROR, message, _REMEDIES.get(code, _UNPACK))


def _notes(reading: Reading, contents: ZipContents, children: ChildWriter) -> Iterator[Finding]:
    count = len(children.children)
    if count:
        what = (
            "One file is in this archive; it is"
            if count == 1
            else f"{count} files are in this archive; each is"
        )
        yield reading.finding(
            "zip-members", Severity.NOTE, f"{what} evidence of its own", "Decide on each of them"
        )
    links = [display_name(one.raw_name) for one in contents.members if one.refused is Refused.LINK]
    if links:
        what = f"Links in the archive point to other files and were not followed: {', '.join(links[:NAMED])}"
        yield reading.finding("zip-links", Severity.WARNING, what, "Ask for the files themselves")
    odd = [f"{display_name(one.raw_name)} ({'; '.join(one.odd)})" for one in contents.members if one.odd]
    if odd:
        more = f" and {len(odd) - NAMED} more" if len(odd) > NAMED else ""
        what = f"Names in the archive are odd; they were used for nothing but to be shown: {', '.join(odd[:NAMED])}{more}"
        yield reading.finding("zip-names", Severity.WARNING, what, "See that each file is what it says")
    if contents.bytes_before:
        what = f"{contents.bytes_before:,} bytes before the archive begins belong to no file in it and are not shown"
        yield reading.finding("zip-extra-bytes", Severity.WARNING, what, "Ask the sender what they are")
