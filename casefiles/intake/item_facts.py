"""Reading what has been received: facts of every item, and of every file inside one, each read once.

The parsers run in caged children; what they bring back is kept in the index. A file found inside another is
preserved and recorded first and only then is its container remembered as read, so that a crash loses nothing.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from casefiles.caged import CagedExecutor
from casefiles.chain import originals
from casefiles.chain.events import ChainEvent, EventDraft
from casefiles.chain.journal import Chain, Journal
from casefiles.chain.replay import CaseState, EvidenceItem
from casefiles.errors import Unavailable
from casefiles.files.scratch import make_scratch_folder, remove_scratch
from casefiles.findings import Finding, Severity
from casefiles.hashing import hash_prefix, sha256_file
from casefiles.index.store import Index, StoredChild, StoredFacts, original_name
from casefiles.intake.facts import FileFacts, ToRead, begin_reading
from casefiles.intake.kinds import KindOf
from casefiles.intake.limits import FactsLimits
from casefiles.intake.scan_plan import FoundChild, child_drafts, plan_children

READER_VERSION = "7"
KEEP_AT_ONCE = 64
AHEAD = 3
GROUP_FILES = 16
GROUP_BYTES = 4 << 20
"""Files that are read in one task of a child: no more than so many, and no more bytes, unless a single file has."""


@dataclass(frozen=True)
class Reading:
    """What reads: the pool of caged children, its limits, and an empty local folder for what they write."""

    executor: CagedExecutor
    limits: FactsLimits
    scratch: Path

    @property
    def reader(self) -> str:
        """Names the version of the reading code and its limits: other facts might come of another."""
        limits = hashlib.sha256(repr(self.limits).encode()).hexdigest()
        return f"{READER_VERSION}-{hash_prefix(limits)}"


@dataclass(frozen=True)
class FactsReport:
    """The events that were written for files inside others, and what could not be read this time."""

    written: tuple[ChainEvent, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Job:
    """One item on its way through the cage, and how many files it was found in."""

    item: EvidenceItem
    original: Path
    depth: int


@dataclass(frozen=True)
class _Begun:
    """Jobs that are in the cage together: `folder` is for what is inside them; each `finish` waits for kind and facts."""

    jobs: Sequence[_Job]
    folder: Path
    finish: Sequence[Callable[[], tuple[KindOf, FileFacts]]]


@dataclass(frozen=True)
class _Read:
    """What came of a job; what was inside it lies in a scratch folder until the next one is asked for."""

    job: _Job
    kind: KindOf
    facts: FileFacts


def read_new_items(journal: Journal, index: Index, reading: Reading) -> FactsReport:
    """Read every item that the index has no facts of, then the files inside them, until there are none.

    Raises:
        Unavailable: the share or the index cannot be used.
        ChainBroken: as for `Journal.append`.
    """
    written: list[ChainEvent] = []
    findings: list[Finding] = []
    tried: set[str] = set()
    while todo := _unread(journal.state(), index, reading.reader, tried):
        tried.update(item.sha256 for item in todo)
        jobs = list(_jobs(journal, todo, findings))
        stored: list[StoredFacts] = []
        for read in _through_the_cage(jobs, reading):
            if isinstance(read, Finding):
                findings.append(read)
                continue
            children, events = _keep_children(journal, read)
            written += events
            stored.append(_stored(read, children, reading.reader))
            if len(stored) >= KEEP_AT_ONCE:
                index.put_facts(stored)
                stored.clear()
        index.put_facts(stored)
    return FactsReport(tuple(written), tuple(findings))


def item_of_original(item: EvidenceItem) -> str:
    """The name under which the index keeps an item's facts."""
    return original_name(item.sha256, item.suffix)


def _unread(state: CaseState, index: Index, reader: str, tried: set[str]) -> list[EvidenceItem]:
    items = [item for item in state.items.values() if item.disposed is None and item.sha256 not in tried]
    found = index.facts([item_of_original(item) for item in items])
    facts = {original: each for original, each in found.items() if each.reader == reader}
    # Facts may come from another case: then the files inside are known, but not recorded in this one.
    return [
        item
        for item in items
        if (original := item_of_original(item)) not in facts
        or plan_children(_found(item.sha256, facts[original].children), state)
    ]


def _jobs(journal: Journal, items: Iterable[EvidenceItem], findings: list[Finding]) -> Iterator[_Job]:
    state = journal.state()
    for item in items:
        original = originals.find(journal.layout, item.sha256)
        if original is None:
            findings.append(
                Finding(
                    "original-missing",
                    Severity.ERROR,
                    item.short_id,
                    "The preserved original of this item is not there, so it cannot be read.",
                    "Run `casebinder verify` on the case, and put the original back from a backup.",
                )
            )
            continue
        yield _Job(item, original, _depth(item, state))


def _depth(item: EvidenceItem, state: CaseState) -> int:
    """How many files the item was found in; a ring of containers counts once."""
    seen = {item.sha256}
    while item.parent is not None and item.parent not in seen and item.parent in state.items:
        seen.add(item.parent)
        item = state.items[item.parent]
    return len(seen) - 1


def _through_the_cage(jobs: Sequence[_Job], reading: Reading) -> Iterator[_Read | Finding]:
    """Read the jobs in order, a few groups ahead of the one that is waited for."""
    groups = list(_groups(jobs))
    ahead = AHEAD * reading.executor.workers
    folders = [reading.scratch / f"{number:03d}" for number in range(min(len(groups), ahead + 2))]
    for folder in folders:
        make_scratch_folder(folder)
    reads: deque[_Begun] = deque()
    # Groups end in the order in which they began, so a folder is free when it is needed.
    free = deque(folders)
    waiting = iter(groups)
    try:
        while True:
            for group in itertools.islice(waiting, ahead - len(reads)):
                reads.append(_begin(group, free[0], reading))
                free.rotate(-1)
            if not reads:
                return
            yield from _finish(reads.popleft())
    finally:
        for folder in folders:
            remove_scratch(folder)


def _groups(jobs: Iterable[_Job]) -> Iterator[list[_Job]]:
    """Jobs that share a task of a child: for small files, handing over costs as much as reading."""
    group: list[_Job] = []
    size_bytes = 0
    for job in jobs:
        size_bytes += job.item.size_bytes
        if group and (len(group) == GROUP_FILES or size_bytes > GROUP_BYTES):
            yield group
            group, size_bytes = [], job.item.size_bytes
        group.append(job)
    if group:
        yield group


def _begin(jobs: Sequence[_Job], folder: Path, reading: Reading) -> _Begun:
    files = [
        ToRead(
            job.original,
            f".{job.item.suffix}" if job.item.suffix else "",
            folder / f"{number:03d}",
            job.item.short_id,
            job.depth,
        )
        for number, job in enumerate(jobs)
    ]
    return _Begun(jobs, folder, begin_reading(reading.executor, reading.limits, files))


def _finish(begun: _Begun) -> Iterator[_Read | Finding]:
    for job, finish in zip(begun.jobs, begun.finish, strict=True):
        try:
            kind, facts = finish()
            stopped = next((found for found in facts.findings if found.code == "reading-killed"), None)
            # Somebody stopped it: say so, keep nothing, and let the next scan try again.
            yield _Read(job, kind, facts) if stopped is None else stopped
        except OSError as error:
            yield _not_read(job, str(error.strerror or error).lower())
    _empty(begun.folder)


def _empty(folder: Path) -> None:
    with suppress(OSError, Unavailable):  # the next reading says what is wrong with the folder
        if any(folder.iterdir()):
            remove_scratch(folder)
            make_scratch_folder(folder)


def _not_read(job: _Job, why: str) -> Finding:
    return Finding(
        "reading-failed",
        Severity.ERROR,
        job.item.short_id,
        f"This file was received, but could not be read this time ({why}).",
        "Scan again. If it stays so, record a placeholder for it.",
    )


def _keep_children(journal: Journal, read: _Read) -> tuple[tuple[StoredChild, ...], tuple[ChainEvent, ...]]:
    """Preserve the files inside an item, then record those that are not recorded yet."""
    parent = read.job.item.sha256
    if not read.facts.children:
        return (), ()
    children = [
        (StoredChild(child.name, sha256_file(child.path), child.path.stat().st_size), child.path)
        for child in read.facts.children
    ]
    stored = tuple(child for child, _path in children)
    wanted = {child.sha256 for child in plan_children(_found(parent, stored), journal.state())}
    for child, path in children:
        if child.sha256 in wanted:
            originals.preserve(journal.layout, path, originals.safe_suffix(child.name))

    def decide(chain: Chain) -> tuple[EventDraft, ...]:
        planned = plan_children(_found(parent, stored), journal.state_of(chain))
        return child_drafts(planned, journal.recorder.random_bytes)

    return stored, journal.append(decide) if wanted else ()


def _found(parent: str, children: Iterable[StoredChild]) -> tuple[FoundChild, ...]:
    return tuple(
        FoundChild(parent, child.sha256, child.size_bytes, originals.safe_suffix(child.name))
        for child in children
        if child.sha256 != parent
    )


def _stored(read: _Read, children: tuple[StoredChild, ...], reader: str) -> StoredFacts:
    facts = read.facts
    return StoredFacts(
        original=item_of_original(read.job.item),
        reader=reader,
        kind=str(facts.kind),
        media_type=facts.media_type,
        detail=read.kind.detail,
        state=facts.state,
        pages=facts.pages,
        texts=facts.texts,
        findings=facts.findings,
        children=children,
    )
