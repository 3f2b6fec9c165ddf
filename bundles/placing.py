"""Putting a proved bundle where people find it, and recording that. Nothing half-written ever has its final name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bundles.bind import ProvedBundle, ProvedPdf
from bundles.job import BundleJob, refuse_withdrawn
from bundles.model import TabKind
from casefiles.chain.bodies import EventType
from casefiles.chain.bundle_files import recorded_sha256s
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Journal
from casefiles.chain.linked import Chain
from casefiles.chain.names import BUNDLE, NameEntry
from casefiles.chain.state import BundleRecord
from casefiles.errors import Blocked, Unavailable, VerificationFailed
from casefiles.files.plain import is_plain_file, open_plain
from casefiles.files.publish import (
    copy_in,
    discard,
    discard_folder,
    make_folder,
    publish_file,
    publish_folder,
    remove_file,
    replace_with,
    write_atomically,
)
from casefiles.files.reach import reaching
from casefiles.hashing import sha256_bytes, sha256_file

DERIVED = "derived"
MANIFEST_FILE = "casebinder-manifest.json"
READ_ONLY = 0o444
MOST_VOLUMES = 9_999


@dataclass(frozen=True)
class Placed:
    """Where a bundle lies now, one path a volume, and whether the chain has a new event about it."""

    paths: tuple[Path, ...]
    recorded: bool

    @property
    def path(self) -> Path:
        """The bundle, or its first volume."""
        return self.paths[0]


def place_draft(proved: ProvedBundle, job: BundleJob, journal: Journal, output: Path | None = None) -> Placed:
    """Put a draft into `drafts`, or at `output`, replacing the draft before it.

    A draft in volumes lies at `output` under the names that its volumes' links have for each other.

    Raises:
        Unavailable: the folder cannot be written.
        VerificationFailed: the bytes changed on the way.
        Blocked: a paper that it binds was withdrawn meanwhile; the draft is not there any more.
    """
    names = job.pdf_names(len(proved.volumes))
    folder = output.parent if output is not None else journal.layout.drafts
    targets = tuple(folder / name for name in names)
    if output is None:
        make_folder(folder)
    elif len(targets) == 1:
        targets = (output,)
    for volume, target in zip(proved.volumes, targets, strict=True):
        _copy(volume.pdf, volume.sha256, target)
    if output is None:
        for stale in _other_drafts(job, folder, names):
            remove_file(stale)
    try:
        return Placed(targets, _record(proved, job, journal, EventType.BUNDLE_ASSEMBLED))
    except Blocked:
        for target in targets:
            remove_file(target)
        raise


def place_issue(proved: ProvedBundle, job: BundleJob, journal: Journal, output: Path | None = None) -> Placed:
    """Put an issue into a folder of its own in `issued`, with its manifests and the derived files that it binds.

    The folder appears whole, all volumes in it. Where an interruption left it there without an event, the same bundle
    is taken over. A copy for `output` of a bundle in volumes lies there under the volumes' own names.

    Raises:
        Unavailable: the share cannot be written.
        VerificationFailed: the folder is there with another bundle in it, or bytes changed on the way.
        Blocked: a paper that it binds was withdrawn meanwhile; nothing is in `issued`.
    """
    target = journal.layout.issued / f"{job.name} v{proved.plan.version}"
    names = job.pdf_names(len(proved.volumes))
    made = journal.layout.issued / f".casebinder-{journal.recorder.new_uuid()}"
    make_folder(journal.layout.issued)
    try:
        make_folder(made)
        _fill(made, proved, names)
        published = publish_folder(made, target)
        if not published and job.unfinished and _set_aside(target, proved, journal):
            published = publish_folder(made, target)
    except BaseException:
        discard_folder(made)
        raise
    if not published:
        discard_folder(made)
        _check_same(target, names, proved)
    try:
        recorded = _record(proved, job, journal, EventType.BUNDLE_ISSUED)
    except Blocked:
        _take_back(target, journal)
        raise
    if output is not None:
        copies = (output,) if len(names) == 1 else tuple(output.parent / name for name in names)
        for name, volume, copy in zip(names, proved.volumes, copies, strict=True):
            _copy(target / name, volume.sha256, copy)
    return Placed(tuple(target / name for name in names), recorded)


def _fill(folder: Path, proved: ProvedBundle, names: Sequence[str]) -> None:
    """Everything that an issue holds, into a folder that nobody sees yet."""
    derived = folder / DERIVED
    make_folder(derived)
    for volume, name in zip(proved.volumes, names, strict=True):
        plan = volume.plan
        _copy(volume.pdf, volume.sha256, folder / name, mode=READ_ONLY)
        _copy(volume.front, plan.front_sha256, derived / f"{plan.front_sha256}.pdf", mode=READ_ONLY)
        manifest = MANIFEST_FILE if plan.volume == 1 else f"casebinder-manifest-{plan.volume}.json"
        write_atomically(folder / manifest, volume.manifest.encode(), mode=READ_ONLY)
    for digest, path in sorted(proved.derived.items()):
        _copy(path, digest, derived / f"{digest}.pdf", mode=READ_ONLY)


def _other_drafts(job: BundleJob, folder: Path, names: Sequence[str]) -> list[Path]:
    """Drafts of the same bundle that lie there from when it was divided otherwise."""
    found = []
    with reaching(folder):
        there = [path for path in sorted(folder.iterdir()) if is_plain_file(path)]
    for path in there:
        counts = re.findall(r"\d+", path.name.removeprefix(job.pdf_name))
        divided = len(counts) >= 2 and 2 <= int(counts[-1]) <= MOST_VOLUMES
        known = job.pdf_names(int(counts[-1]) if divided else 1)
        if path.name in known and path.name not in names:
            found.append(path)
    return found


def _set_aside(existing: Path, proved: ProvedBundle, journal: Journal) -> bool:
    """Take an issue of ours that was never recorded, and is not this one, out of the way; False where it must stay."""
    recorded = {sha256 for bundle in journal.state().issued for sha256 in recorded_sha256s(bundle.body)}
    with reaching(existing):
        there = {sha256_file(path) for path in existing.glob("*.pdf") if is_plain_file(path)}
        if not there or there & recorded or there == set(proved.sha256s):
            return False
    return publish_folder(existing, _unpublished(existing, journal))


def _take_back(target: Path, journal: Journal) -> None:
    """Remove a bundle that was put in place and never recorded."""
    unpublished = _unpublished(target, journal)
    if publish_folder(target, unpublished):
        discard_folder(unpublished)


def _unpublished(folder: Path, journal: Journal) -> Path:
    return folder.with_name(f".casebinder-{journal.recorder.new_uuid()}")


def _check_same(folder: Path, names: Sequence[str], proved: ProvedBundle) -> None:
    there = [folder / name for name in names]
    if not all(map(is_plain_file, there)) or tuple(map(sha256_file, there)) != proved.sha256s:
        raise VerificationFailed(
            f"The folder “{folder}” is there already, with another bundle in it that the chain does not know.",
            remedy="Find out who put it there. Move it out of issued, then run the command again.",
        )


def _copy(source: Path, sha256: str, target: Path, mode: int | None = None) -> None:
    """Copy one file, and hold what arrived against its SHA-256 before it gets its name."""
    with reaching(source), open_plain(source) as stream:
        copied = copy_in(stream, target.parent, mode=mode)
    if copied.sha256 != sha256:
        discard(copied.path)
        raise VerificationFailed(
            f"“{source.name}” changed between proof and copy.", remedy="Run the command again."
        )
    if mode == READ_ONLY:
        if not publish_file(copied.path, target):
            raise Unavailable(f"“{target}” is there already.", remedy="Run the command again.")
    else:
        replace_with(copied.path, target)


def _record(proved: ProvedBundle, job: BundleJob, journal: Journal, event_type: EventType) -> bool:
    def decide(chain: Chain) -> Sequence[EventDraft]:
        before = [bundle for bundle in journal.state_of(chain).bundles if bundle.name == job.name]
        same_kind = [bundle for bundle in before if bundle.type is event_type]
        if same_kind and recorded_sha256s(same_kind[-1].body) == set(proved.sha256s):
            return []
        refuse_withdrawn(journal.state_of(chain), [(tab.evidence_sha256, tab.title) for tab in proved.tabs])
        return [_draft_event(proved, job, journal, event_type, before)]

    return bool(journal.append(decide))


def _draft_event(
    proved: ProvedBundle,
    job: BundleJob,
    journal: Journal,
    event_type: EventType,
    before: Sequence[BundleRecord],
) -> EventDraft:
    name = None if before else NameEntry.make(journal.recorder.random_bytes, **{BUNDLE: job.name})
    plan, checkpoint = proved.plan, proved.checkpoint
    rows = [_pdf_row(volume) for volume in proved.volumes]
    body = {
        "bundle_id": name.commitment(BUNDLE) if name else before[0].body["bundle_id"],
        "version": plan.version,
        "profile": plan.profile,
        "pages": proved.pages,
        **{key: rows[0][key] for key in ("sha256", "size", "manifest_sha256", "front_sha256")},
        **({"volumes": rows} if len(rows) > 1 else {}),
        "checkpoint": {"size": checkpoint.size, "root": checkpoint.root} if checkpoint.signed else None,
        "items": [
            {
                "kind": TabKind(tab.kind).value,
                "evidence": tab.evidence_sha256,
                "derived": tab.derived_sha256,
                "event": tab.event,
                "first": tab.pages.first,
                "last": tab.pages.last,
                **({"from": tab.from_page} if tab.from_page > 1 else {}),
                **({"treatment": tab.treatment} if tab.treatment else {}),
            }
            for tab in proved.tabs
        ],
    }
    return EventDraft(event_type, body, name)


def _pdf_row(volume: ProvedPdf) -> dict[str, str | int]:
    plan = volume.plan
    return {
        "sha256": volume.sha256,
        "size": volume.pdf.stat().st_size,
        "manifest_sha256": sha256_bytes(volume.manifest.encode()),
        "front_sha256": plan.front_sha256,
        "first": plan.first_page,
        "last": plan.last_page,
    }
