"""Which keys the authority trusts: the records in the workspace, followed from its first key.

A record counts if a chain of countersignatures leads from it to the root, and no key of that chain was
retired before it countersigned. The root's fingerprint is pinned on this machine, so that a key folder
which somebody made anew is noticed. Where all keys were lost there is a further root, which counts on the
machines that were told to trust it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from casefiles.chain import keyrecords
from casefiles.chain.keyfindings import bad_record, bad_root, no_root
from casefiles.chain.keyrecords import KeyRecord, Retirement
from casefiles.files.plain import NotPlain, plain_names, read_plain
from casefiles.files.reach import reaching
from casefiles.findings import Finding
from casefiles.layout import WorkspaceLayout

REQUESTS = "requests"
_MAX_RECORD_BYTES = 1 << 16


@dataclass(frozen=True)
class KeyRing:
    """The trusted keys by fingerprint, their retirements, and what was wrong with the rest.

    `roots` are the first keys that it was followed from, as they are pinned; mostly one.
    """

    roots: tuple[str, ...]
    records: Mapping[str, KeyRecord]
    retirements: Mapping[str, Retirement]
    findings: tuple[Finding, ...] = ()

    @property
    def root(self) -> str | None:
        """The first of the roots, or None where nothing is trusted."""
        return self.roots[0] if self.roots else None

    def trusts(self, fingerprint: str, at: str) -> bool:
        """Was the key admitted, and not retired, at that instant (UTC, as written)?"""
        record, retired = self.records.get(fingerprint), self.retirements.get(fingerprint)
        return (
            record is not None and record.admitted_at <= at and (retired is None or at < retired.retired_at)
        )

    def active(self, fingerprint: str) -> bool:
        """Is the key admitted and not retired?"""
        return fingerprint in self.records and fingerprint not in self.retirements

    def path_to_root(self, fingerprint: str) -> tuple[KeyRecord, ...]:
        """The records from the root down to that key, both included.

        Raises:
            KeyError: the key is not trusted.
        """
        record = self.records[fingerprint]
        return (record,) if record.is_root else (*self.path_to_root(record.admitted_by), record)


EMPTY_RING = KeyRing((), MappingProxyType({}), MappingProxyType({}))


def build_ring(
    records: Iterable[KeyRecord],
    retirements: Iterable[Retirement],
    pinned: Sequence[str] = (),
    *,
    every_root: bool = False,
) -> KeyRing:
    """Follows countersignatures from the roots; what does not lead there becomes a finding. Pure.

    With several self-signed keys and no pin there is no root, and nothing is trusted; unless `every_root` says
    that whoever reads will compare each root's fingerprint by another way.
    """
    waiting = {record.fingerprint: record for record in records}
    found = sorted(fp for fp, record in waiting.items() if record.is_root)
    wanted = [fp for fp in pinned if fp in found]
    if not pinned and (len(found) == 1 or every_root):
        wanted = found
    roots = [fp for fp in wanted if waiting[fp].countersigned_by(waiting[fp].public_key)]
    findings = [bad_root(fp, pinned[0] if pinned else None) for fp in found if fp not in wanted]
    findings += [bad_record(fp, "its own signature does not hold") for fp in wanted if fp not in roots]
    findings += [no_root(fp) for fp in pinned if fp not in found and (roots or not found)]
    if not pinned and not found and waiting:
        findings.append(no_root(None))
    if not roots:
        return KeyRing((), MappingProxyType({}), MappingProxyType({}), tuple(findings))
    trusted = {root: waiting.pop(root) for root in roots}
    retired: dict[str, Retirement] = {}
    unsigned = _follow(trusted, retired, waiting, list(retirements))
    findings += [
        bad_record(entry.fingerprint, "no key in use then signed its retirement") for entry in unsigned
    ]
    findings += [
        bad_record(fp, "no countersignature leads from it to the first key by keys in use then")
        for fp, record in sorted(waiting.items())
        if not record.is_root
    ]
    return KeyRing(tuple(roots), MappingProxyType(trusted), MappingProxyType(retired), tuple(findings))


def _follow(
    trusted: dict[str, KeyRecord],
    retired: dict[str, Retirement],
    waiting: dict[str, KeyRecord],
    retirements: list[Retirement],
) -> list[Retirement]:
    """Takes admissions and retirements in order of time; what is not taken stays in `waiting`, or is returned."""
    left: list[Retirement] = []
    moments = {record.admitted_at for record in waiting.values()} | {
        entry.retired_at for entry in retirements
    }
    for moment in sorted(moments):
        _admit_at(moment, trusted, retired, waiting)
        for entry in sorted(retirements, key=lambda entry: entry.fingerprint):
            if entry.retired_at != moment:
                continue
            by = trusted.get(entry.retired_by)
            fits = by and entry.retired_by not in retired and entry.fingerprint in trusted
            if by and fits and entry.signed_by(by.public_key):
                retired.setdefault(entry.fingerprint, entry)
            else:
                left.append(entry)
    return left


def _admit_at(
    moment: str,
    trusted: dict[str, KeyRecord],
    retired: Mapping[str, Retirement],
    waiting: dict[str, KeyRecord],
) -> None:
    """Within one instant, admissions may build on each other in any order."""
    grown = True
    while grown:
        grown = False
        for fingerprint, record in list(waiting.items()):
            by = trusted.get(record.admitted_by)
            timely = record.admitted_at == moment and record.admitted_by not in retired
            if (
                by
                and timely
                and record.admitted_at >= by.admitted_at
                and record.countersigned_by(by.public_key)
            ):
                trusted[fingerprint] = waiting.pop(fingerprint)
                grown = True


def read_ring(workspace: WorkspaceLayout, pinned: Sequence[str] = (), *, every_root: bool = False) -> KeyRing:
    """The ring that the workspace's `keys` folder holds; an absent folder is an empty ring.

    `pinned` and `every_root` as for `build_ring`.

    Raises:
        Unavailable: the folder cannot be read.
    """
    records: list[KeyRecord] = []
    retirements: list[Retirement] = []
    findings: list[Finding] = []
    if not workspace.keys.is_dir():
        with reaching(workspace.root):
            workspace.root.stat()
        return build_ring((), (), pinned)
    for path in json_files(workspace.keys):
        try:
            entry = _read_entry(path)
        except ValueError as error:
            findings.append(bad_record(path.name, f"the file is not one of ours: {error}"))
            continue
        if isinstance(entry, Retirement):
            retirements.append(entry)
        else:
            records.append(entry)
    ring = build_ring(records, retirements, pinned, every_root=every_root)
    return KeyRing(ring.roots, ring.records, ring.retirements, (*findings, *ring.findings))


def _read_entry(path: Path) -> KeyRecord | Retirement:
    data = read_small(path)
    retirement = path.name.endswith(".retired.json")
    entry = keyrecords.decode_retirement(data) if retirement else keyrecords.decode_record(data)
    if entry.file_name != path.name:
        raise ValueError("it is under another key's file name")
    return entry


def json_files(folder: Path) -> list[Path]:
    """What has the name of a JSON file in a key folder, in order of name; `read_small` refuses what is none.

    Raises:
        Unavailable: the folder cannot be read, or is a link.
    """
    with reaching(folder):
        return [folder / name for name in plain_names(folder) if name.endswith(".json")]


def read_small(path: Path) -> bytes:
    """The bytes of a key record.

    Raises:
        ValueError: longer than any record can be, or no plain file.
        Unavailable: the file cannot be read.
    """
    with reaching(path):
        try:
            data = read_plain(path, _MAX_RECORD_BYTES + 1)
        except NotPlain as error:
            raise ValueError(error.strerror) from error
    if len(data) > _MAX_RECORD_BYTES:
        raise ValueError("the file is too long for a key record")
    return data
