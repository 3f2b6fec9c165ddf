"""A zip archive as a page that lists what is in it: each file with its size and SHA-256, or why it is not here."""

from __future__ import annotations

import hashlib
import zipfile

from bundles.convert.base import ConversionRequest, ConversionResult, Converter, HeldError
from bundles.convert.pages import draw_template, size_words
from bundles.convert.visible import shown
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind
from casefiles.intake.limits import FactsLimits
from casefiles.intake.zip_members import (
    Member,
    ZipContents,
    ZipDamaged,
    ZipTooMany,
    look_into,
    pieces,
    why_refused,
)
from templates.render import Plain

MAX_MEMBERS = 1_000
LIMITS = FactsLimits()


def draw(request: ConversionRequest) -> ConversionResult:
    """The list of what is in the archive. The files themselves are items of their own.

    Raises:
        HeldError: its list cannot be read, or names more than a thousand files.
    """
    try:
        contents = look_into(request.original, LIMITS)
    except ZipDamaged as problem:
        raise HeldError(_held(request, "zip-damaged", f"the archive is damaged ({problem})")) from None
    except ZipTooMany as problem:
        raise HeldError(_held(request, "zip-too-many", f"the archive holds {problem} files")) from None
    if len(contents.members) > MAX_MEMBERS:
        message = f"the archive holds {len(contents.members):,} files; up to {MAX_MEMBERS:,} are listed"
        raise HeldError(_held(request, "zip-too-many", message))
    drawn = draw_template(request, "pages/archive.html.j2", _values(request, contents))
    return drawn.derived(request.output, CONVERTER.name, CONVERTER.version)


def _values(request: ConversionRequest, contents: ZipContents) -> dict[str, Plain]:
    with zipfile.ZipFile(request.original) as archive:
        members = [_row(archive, member) for member in contents.members]
    count = len(members)
    return {
        "size": size_words(request.original.stat().st_size),
        "sha256": request.sha256,
        "count": "no files" if count == 0 else "one file" if count == 1 else f"{count:,} files",
        "comment": shown(contents.comment, keep=""),
        "folders": contents.folders,
        "bytes_before": f"{contents.bytes_before:,}" if contents.bytes_before else "",
        "members": members,
    }


def _row(archive: zipfile.ZipFile, member: Member) -> dict[str, Plain]:
    why = why_refused(member, LIMITS)
    digest = ""
    if not why:
        try:
            whole = hashlib.sha256()
            for piece in pieces(archive, member):
                whole.update(piece)
            digest = whole.hexdigest()
        except ZipDamaged:
            why = "it is damaged"
    notes = [*([f"Not taken out: {why}."] if why else []), *(f"Note: {each}." for each in member.odd)]
    if member.comment:
        notes.append(f"Comment: {member.comment}")
    return {
        "name": shown(member.shown_name, keep=""),
        "size": size_words(member.size_bytes),
        "digest": digest,
        "notes": [shown(note, keep="") for note in notes],
    }


def _held(request: ConversionRequest, code: str, message: str) -> Finding:
    return request.finding(
        code,
        Severity.ERROR,
        message,
        "ask for the archive again, or for the files in it; or record a placeholder",
    )


CONVERTER = Converter(name="archive", version="2", kinds=frozenset({Kind.ZIP}), convert=draw)
