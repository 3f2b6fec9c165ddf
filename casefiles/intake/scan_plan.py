"""From what a scan saw and what the chain says to what must be recorded. Pure: nothing is read, nothing written.

Applied to the state that its own steps lead to, a plan is empty: that is what makes scans repeatable and two
watchers harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from casefiles.chain import drafts
from casefiles.chain.bodies import Source
from casefiles.chain.drafts import RandomBytes
from casefiles.chain.events import EventDraft
from casefiles.chain.originals import safe_suffix
from casefiles.chain.replay import CaseState, PathState, PathStatus

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Change(StrEnum):
    """What happened to a path, or to the facts."""

    FACTS = "facts"
    MOVED = "moved"
    RESTORED = "restored"
    CHANGED = "changed"
    RECEIVED = "received"
    MISSING = "missing"


@dataclass(frozen=True)
class SeenFile:
    """A file as hashed: SHA-256, size in bytes, modification time in nanoseconds and owner as the share claims."""

    sha256: str
    size_bytes: int
    mtime_ns: int
    owner: int


@dataclass(frozen=True)
class Observation:
    """What one scan saw. Paths are raw and relative to the case folder.

    `listed` holds every path that is there, also those that could not be hashed; `conclusive` says that a path
    that is not listed is gone: everything was listed whole and nothing is still being copied. `absent_before`
    are the paths that an earlier scan did not find either: only those are recorded as missing.
    `facts_sha256` is that of `case.toml`, None where it could not be read.
    """

    files: Mapping[bytes, SeenFile]
    listed: frozenset[bytes]
    conclusive: bool
    facts_sha256: str | None
    absent_before: frozenset[bytes] = frozenset()


@dataclass(frozen=True)
class Step:
    """One thing to record: `known` is the path's state before (of the old path, where it moved)."""

    change: Change
    path: bytes
    sha256: str
    seen: SeenFile | None = None
    known: PathState | None = None


@dataclass(frozen=True)
class ScanPlan:
    """What must be recorded, in order.

    `withdrawn_again` are paths that hold the bytes of a withdrawn item; what lay there before is gone. `absent` are
    paths that are gone and that nothing is recorded about yet: a later scan must miss them, too.
    """

    steps: tuple[Step, ...]
    withdrawn_again: tuple[bytes, ...]
    absent: tuple[bytes, ...] = ()

    def paths(self, change: Change) -> tuple[bytes, ...]:
        """The paths to which that happened, in order."""
        return tuple(step.path for step in self.steps if step.change is change)


@dataclass(frozen=True)
class FoundChild:
    """A file inside another one (`parent`: SHA-256): its own SHA-256, size in bytes and suffix."""

    parent: str
    sha256: str
    size_bytes: int
    suffix: str


def plan_scan(seen: Observation, state: CaseState) -> ScanPlan:
    """What must be recorded so that the chain says what was seen."""
    withdrawn = {sha256 for sha256, item in state.items.items() if item.disposed is not None}
    refused = {path: None for path in sorted(seen.files) if seen.files[path].sha256 in withdrawn}
    files = {path: seen.files[path] for path in sorted(seen.files) if path not in refused}
    gone: dict[bytes, PathState] = {}
    if seen.conclusive:
        gone = {
            path: known
            for path, known in sorted(state.paths.items())
            if known.status is PathStatus.PRESENT and (path not in seen.listed or path in refused)
        }
    fresh = {path: file for path, file in files.items() if _is_new(state.paths.get(path))}
    moves = dict(_moves(gone, fresh))
    lost = {path: known for path, known in gone.items() if path not in moves.values()}
    steps = [
        *_facts(seen.facts_sha256, state),
        *(Step(Change.MOVED, new, gone[old].sha256, fresh[new], gone[old]) for new, old in moves.items()),
        *_known_paths(files, state),
        *(
            Step(Change.RECEIVED, path, file.sha256, file)
            for path, file in fresh.items()
            if path not in moves
        ),
        *(
            Step(Change.MISSING, path, known.sha256, known=known)
            for path, known in lost.items()
            if path in seen.absent_before
        ),
    ]
    absent = tuple(path for path in lost if path not in seen.absent_before)
    return ScanPlan(tuple(steps), tuple(refused), absent)


def plan_children(found: Iterable[FoundChild], state: CaseState) -> tuple[FoundChild, ...]:
    """The files inside others that are not recorded yet: each once for a parent, parents that are ours only."""
    planned: dict[tuple[str, str], FoundChild] = {}
    for child in found:
        parent, item = state.items.get(child.parent), state.items.get(child.sha256)
        if parent is None or parent.disposed is not None or (item is not None and item.disposed is not None):
            continue
        if item is None or all(reception.parent != child.parent for reception in item.receptions):
            planned.setdefault((child.parent, child.sha256), child)
    return tuple(planned.values())


def duplicates_in(plan: ScanPlan, state: CaseState) -> tuple[bytes, ...]:
    """The received paths whose bytes the case has already, from before or from earlier in the same plan."""
    known = set(state.items)
    again: list[bytes] = []
    for step in plan.steps:
        if step.change is Change.RECEIVED and step.sha256 in known:
            again.append(step.path)
        known.add(step.sha256)
    return tuple(again)


def drafts_of(plan: ScanPlan, random_bytes: RandomBytes) -> tuple[EventDraft, ...]:
    """The events that record a plan, in its order."""
    return tuple(_draft(step, random_bytes) for step in plan.steps)


def child_drafts(children: Sequence[FoundChild], random_bytes: RandomBytes) -> tuple[EventDraft, ...]:
    """The events that record files found inside others."""
    return tuple(
        drafts.received(
            random_bytes,
            path=None,
            sha256=child.sha256,
            size_bytes=child.size_bytes,
            mtime=None,
            owner=None,
            suffix=child.suffix,
            parent=child.parent,
            source=Source.CONTAINER,
        )
        for child in children
    )


def claimed_time(mtime_ns: int) -> datetime | None:
    """A modification time (nanoseconds since 1970, UTC) as an instant; None where it is outside the calendar."""
    try:
        return _EPOCH + timedelta(microseconds=mtime_ns // 1000)
    except OverflowError:
        return None


def _is_new(known: PathState | None) -> bool:
    return known is None or known.status is PathStatus.DISPOSED


def _facts(sha256: str | None, state: CaseState) -> Iterator[Step]:
    if sha256 is not None and sha256 != state.facts_sha256:
        yield Step(Change.FACTS, b"case.toml", sha256)


def _known_paths(files: Mapping[bytes, SeenFile], state: CaseState) -> Iterator[Step]:
    for path, file in files.items():
        known = state.paths.get(path)
        if known is None or _is_new(known):
            continue
        if file.sha256 != known.sha256:
            yield Step(Change.CHANGED, path, file.sha256, file, known)
        elif known.status is PathStatus.MISSING:
            yield Step(Change.RESTORED, path, file.sha256, file, known)


def _moves(gone: Mapping[bytes, PathState], fresh: Mapping[bytes, SeenFile]) -> Iterator[tuple[bytes, bytes]]:
    """Pairs (new path, old path) of the same bytes, each path once; an equal file name goes first."""
    old_paths: dict[str, list[bytes]] = {}
    for path, known in gone.items():
        old_paths.setdefault(known.sha256, []).append(path)
    new_paths: dict[str, list[bytes]] = {}
    for path, file in fresh.items():
        if file.sha256 in old_paths:
            new_paths.setdefault(file.sha256, []).append(path)
    for sha256, news in new_paths.items():
        olds = old_paths[sha256]
        for new in sorted(news, key=lambda path: (_name(path) not in map(_name, olds), path)):
            if not olds:
                break
            old = next((path for path in olds if _name(path) == _name(new)), olds[0])
            olds.remove(old)
            yield new, old


def _name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]


def _draft(step: Step, random_bytes: RandomBytes) -> EventDraft:
    match step:
        case Step(change=Change.FACTS):
            return drafts.facts_changed(step.sha256)
        case Step(change=Change.RECEIVED, seen=SeenFile() as seen):
            return drafts.received(
                random_bytes,
                path=step.path,
                sha256=seen.sha256,
                size_bytes=seen.size_bytes,
                mtime=claimed_time(seen.mtime_ns),
                owner=seen.owner,
                suffix=safe_suffix(step.path),
            )
        case Step(change=Change.CHANGED, seen=SeenFile() as seen, known=PathState() as known):
            return drafts.changed(
                known,
                sha256=seen.sha256,
                size_bytes=seen.size_bytes,
                mtime=claimed_time(seen.mtime_ns),
                owner=seen.owner,
            )
        case Step(change=Change.MOVED, known=PathState() as known):
            return drafts.moved(random_bytes, known, step.path)
        case Step(change=Change.RESTORED, known=PathState() as known):
            return drafts.restored(known)
        case Step(change=Change.MISSING, known=PathState() as known):
            return drafts.missing(known)
    raise ValueError(f"not a step: {step.change}")
