"""What a person needs to know about a case now: plain values between the truth and any way of showing it.

The status page and `status --json` both read these. Every instant is aware UTC; every name is already in its
shown (escaped) form; nothing here depends on the moment of looking, so equal cases give equal values.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from casefiles.findings import Finding, Severity
from casefiles.status.scans import NO_SCANS, ScanLine


class ItemState(StrEnum):
    """What reading an item came to: not read yet, readable, held with a problem, or shown by a sheet."""

    UNREAD = "unread"
    READABLE = "readable"
    HELD = "held"
    SHEET = "sheet"


class Place(StrEnum):
    """Where an item's file is: in the evidence folders, inside another file, or no longer there."""

    PRESENT = "present"
    INSIDE = "inside"
    MISSING = "missing"


@dataclass(frozen=True)
class ItemLine:
    """One file that arrived: `folder` and `name` as shown, `kind` in plain words, `pages` where known.

    `inside` is the name of the file that it came in (an attachment's e-mail) and `inside_id` that file's id,
    or both are empty. `number` is the sequence number of its event. `settled` says that what is wrong with it needs
    nobody any more: a placeholder was recorded, or it was opened.
    `scans` are its scanned pages, and `scans_say` what people are to be told of them, a sentence each without its full stop.
    """

    id: str
    sha256: str
    number: int
    received_at: datetime
    folder: str
    name: str
    kind: str
    pages: int | None
    size_bytes: int
    state: ItemState
    place: Place
    inside: str
    inside_id: str
    exhibit: str
    settled: bool = False
    scans: ScanLine = NO_SCANS
    scans_say: tuple[str, ...] = ()


@dataclass(frozen=True)
class VersionLine:
    """A file that was edited after it was received; the new version waits for a person.

    `bound_in` names the issued bundles that bound the old version.
    """

    name: str
    old_id: str
    new_id: str
    changed_at: datetime
    exhibit: str
    bound_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class MissingLine:
    """A file that is no longer where it was received; `elsewhere` names other places with the same bytes.

    `moved_to` says to which case it was moved and when, once a person has confirmed that. `proposed` says that a
    finding proposes such a move. `bound_in` names the issued bundles that bound it.
    """

    name: str
    id: str
    since: datetime
    exhibit: str
    elsewhere: tuple[str, ...]
    moved_to: str = ""
    proposed: bool = False
    bound_in: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether nobody has to look at it, or a finding asks for that already."""
        return bool(self.elsewhere or self.moved_to or self.proposed)


@dataclass(frozen=True)
class DuplicateLine:
    """The same bytes in more than one place, in the order of arrival."""

    id: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class WithdrawnLine:
    """A withdrawn item: never its name. `bound_in` names the issued bundles that bound it."""

    id: str
    at: datetime
    reason: str
    authority: str
    bound_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class IgnoredLine:
    """A file that is not evidence by its name, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class BundleLine:
    """A bundle as last drafted, or as issued."""

    name: str
    version: int
    issued: bool
    at: datetime
    pages: int | None


@dataclass(frozen=True)
class ChainLine:
    """The evidence chain: how many events, the head's hash, and the last signed checkpoint's line and time."""

    events: int
    head: str
    checkpoint: str
    checkpoint_at: datetime | None


@dataclass(frozen=True)
class CaseStatus:
    """Everything that the status page and `status --json` say about one case.

    `as_of` is when the last event was recorded. `findings` holds what could not be read, was not followed or
    was not taken in; errors come first.
    """

    reference: str
    title: str
    as_of: datetime | None
    items: tuple[ItemLine, ...]
    findings: tuple[Finding, ...]
    versions: tuple[VersionLine, ...]
    missing: tuple[MissingLine, ...]
    duplicates: tuple[DuplicateLine, ...]
    ignored: tuple[IgnoredLine, ...]
    withdrawn: tuple[WithdrawnLine, ...]
    bundles: tuple[BundleLine, ...]
    chain: ChainLine

    @property
    def needs_attention(self) -> int:
        """How many things a person has to look at: notes, and files that are also elsewhere or were moved to another
        case, do not count."""
        pressing = sum(finding.severity is not Severity.NOTE for finding in self.findings)
        lost = sum(not line.settled for line in self.missing)
        return pressing + len(self.versions) + lost

    @property
    def unread(self) -> int:
        """How many files lie in the folders that this machine has not read yet: what is wrong with them is not known."""
        return sum(
            line.state is ItemState.UNREAD and line.place is Place.PRESENT and not line.settled
            for line in self.items
        )

    @property
    def scans_waiting(self) -> int:
        """How many scanned pages are still to be read by machine, those of the same file in two places once."""
        return sum(map(len, {line.sha256: line.scans.waiting for line in self.items}.values()))

    @property
    def scans_without_reader(self) -> int:
        """How many scanned pages nothing on this machine can read."""
        return sum(map(len, {line.sha256: line.scans.no_reader for line in self.items}.values()))

    def as_json(self) -> dict[str, Any]:
        """The shape of `status --json`: names as here, instants in ISO 8601 UTC, findings in their usual shape."""
        row: dict[str, Any] = _plain(asdict(self))
        row["needs_attention"] = self.needs_attention
        row["scans_waiting"] = self.scans_waiting
        row["scans_without_reader"] = self.scans_without_reader
        return row


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case tuple() | list():
            return [_plain(inner) for inner in value]
        case StrEnum():
            return str(value)
        case _:
            return value
