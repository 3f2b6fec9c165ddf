"""Putting a proved bundle where people find it, and recording that. Nothing half-written ever has its final name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bundles.bind import ProvedBundle
from bundles.job import BundleJob, refuse_withdrawn
from bundles.model import TabKind
from casefiles.chain.bodies import EventType
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
DEFAULT_NAME = "bundle"


@dataclass(frozen=True)
class Placed:
    """Where a bundle lies now, and whether the chain has a new event about it."""

    path: Path
    recorded: bool


def place_draft(proved: ProvedBundle, job: BundleJob, journal: Journal, output: Path | None = None) -> Placed:
    """Put a draft into `drafts`, or at `output`, replacing the draft before it.

    Raises:
        Unavailable: the folder cannot be written.
        VerificationFailed: the bytes changed on the way.
        Blocked: a paper that it binds was withdrawn meanwhile; the draft is not there any more.
    """
    name = _file_name(job)
    target = output or journal.layout.drafts / f"{Path(name).stem}{_told_apart(job)} DRAFT.pdf"
    if output is None:
        make_folder(journal.layout.drafts)
    _copy(proved.pdf, proved.sha256, target)
    try:
        return Placed(target, _record(proved, job, journal, EventType.BUNDLE_ASSEMBLED))
    except Blocked:
        remove_file(target)
        raise


def place_issue(proved: ProvedBundle, job: BundleJob, journal: Journal, output: Path | None = None) -> Placed:
    """Put an issue into a folder of its own in `issued`, with its manifest and the derived files that it binds.

    The folder appears whole. Where an interruption left it there without an event, the same bundle is taken over.

    Raises:
        Unavailable: the share cannot be written.
        VerificationFailed: the folder is there with another bundle in it, or bytes changed on the way.
        Blocked: a paper that it binds was withdrawn meanwhile; nothing is in `issued`.
    """
    target = journal.layout.issued / f"{job.name} v{proved.plan.version}"
    file_name = _file_name(job)
    made = journal.layout.issued / f".casebinder-{journal.recorder.new_uuid()}"
    make_folder(journal.layout.issued)
    try:
        make_folder(made)
        make_folder(made / DERIVED)
        _copy(proved.pdf, proved.sha256, made / file_name, mode=READ_ONLY)
        _copy(
            proved.front,
            proved.plan.front_sha256,
            made / DERIVED / f"{proved.plan.front_sha256}.pdf",
            mode=READ_ONLY,
        )
        for digest, path in sorted(proved.derived.items()):
            _copy(path, digest, made / DERIVED / f"{digest}.pdf", mode=READ_ONLY)
        write_atomically(made / MANIFEST_FILE, proved.manifest.encode(), mode=READ_ONLY)
        published = publish_folder(made, target)
        if not published and job.unfinished and _set_aside(target / file_name, proved, journal):
            published = publish_folder(made, target)
    except BaseException:
        discard_folder(made)
        raise
    if not published:
        discard_folder(made)
        _check_same(target / file_name, proved)
    try:
        recorded = _record(proved, job, journal, EventType.BUNDLE_ISSUED)
    except Blocked:
        _take_back(target, journal)
        raise
    if output is not None:
        _copy(target / file_name, proved.sha256, output)
    return Placed(target / file_name, recorded)


def _set_aside(existing: Path, proved: ProvedBundle, journal: Journal) -> bool:
    """Take an issue of ours that was never recorded, and is not this one, out of the way; False where it must stay."""
    recorded = {bundle.body["sha256"] for bundle in journal.state().issued}
    with reaching(existing):
        if not existing.is_file() or sha256_file(existing) in {proved.sha256, *recorded}:
            return False
    return publish_folder(existing.parent, _unpublished(existing.parent, journal))


def _take_back(target: Path, journal: Journal) -> None:
    """Remove a bundle that was put in place and never recorded."""
    unpublished = _unpublished(target, journal)
    if publish_folder(target, unpublished):
        discard_folder(unpublished)


def _unpublished(folder: Path, journal: Journal) -> Path:
    return folder.with_name(f".casebinder-{journal.recorder.new_uuid()}")


def _check_same(existing: Path, proved: ProvedBundle) -> None:
    if not is_plain_file(existing) or sha256_file(existing) != proved.sha256:
        raise VerificationFailed(
            f"The folder “{existing.parent}” is there already, with another bundle in it that the chain does not know.",
            remedy="Find out who put it there. Move it out of issued, then run the command again.",
        )


def _told_apart(job: BundleJob) -> str:
    """Two bundles of a case may have the same title; the draft of one must not replace that of the other."""
    return "" if job.name == DEFAULT_NAME else f" ({job.name})"


def _file_name(job: BundleJob) -> str:
    hearing = job.case.hearing(job.file.hearing)
    return job.profile.bundle_file_name(
        job.case.reference, job.file.title, hearing.at.date() if hearing else None
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
        if same_kind and same_kind[-1].body["sha256"] == proved.sha256:
            return []
        refuse_withdrawn(
            journal.state_of(chain), [(tab.evidence_sha256, tab.title) for tab in proved.plan.tabs]
        )
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
    body = {
        "bundle_id": name.commitment(BUNDLE) if name else before[0].body["bundle_id"],
        "version": plan.version,
        "profile": plan.profile,
        "sha256": proved.sha256,
        "size": proved.pdf.stat().st_size,
        "pages": plan.page_count,
        "manifest_sha256": sha256_bytes(proved.manifest.encode()),
        "front_sha256": plan.front_sha256,
        "checkpoint": {"size": checkpoint.size, "root": checkpoint.root} if checkpoint.signed else None,
        "items": [
            {
                "kind": TabKind(tab.kind).value,
                "evidence": tab.evidence_sha256,
                "derived": tab.derived_sha256,
                "event": tab.event,
                "first": tab.pages.first,
                "last": tab.pages.last,
                **({"treatment": tab.treatment} if tab.treatment else {}),
            }
            for tab in plan.tabs
        ],
    }
    return EventDraft(event_type, body, name)
