"""The status of a case, put together from its chain and the index: pure but for reading those two."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from casefiles.chain.bodies import EventType
from casefiles.chain.canonical import read_instant
from casefiles.chain.journal import Chain, Journal
from casefiles.chain.names import display_name
from casefiles.chain.replay import CaseState, EvidenceItem, PathState, PathStatus
from casefiles.chain.state import Version
from casefiles.conflict_names import recognise
from casefiles.cross_case import CODE as MOVED_BETWEEN_CASES
from casefiles.cross_case import move_findings, moved_to
from casefiles.findings import Finding, Severity
from casefiles.hashing import hash_prefix
from casefiles.index.links import LinkedMove
from casefiles.index.store import Index, StoredFacts, original_name
from casefiles.moves import recent_moves
from casefiles.status.scans import scan_line, scan_words
from casefiles.status.view import (
    BundleLine,
    CaseStatus,
    ChainLine,
    DuplicateLine,
    IgnoredLine,
    ItemLine,
    ItemState,
    MissingLine,
    Place,
    VersionLine,
    WithdrawnLine,
)
from casefiles.uk_dates import london_text
from casefiles.withdrawing import bundle_words, bundles_with

_WEIGHTS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
_KINDS = {
    "pdf": "PDF",
    "jpeg": "Photo (JPEG)",
    "png": "Picture (PNG)",
    "tiff": "Picture (TIFF)",
    "gif": "Picture (GIF)",
    "bmp": "Picture (BMP)",
    "webp": "Picture (WebP)",
    "heic": "Photo (HEIC)",
    "avif": "Picture (AVIF)",
    "docx": "Word document",
    "doc": "Word document (97–2003)",
    "odt": "OpenDocument text",
    "rtf": "Rich Text document",
    "pptx": "Slides (PowerPoint)",
    "ppt": "Slides (PowerPoint 97–2003)",
    "odp": "Slides (OpenDocument)",
    "text": "Text",
    "html": "Web page",
    "chat": "Chat",
    "mail": "E-mail",
    "outlook": "E-mail (Outlook)",
    "winmail": "Outlook wrapper",
    "calendar": "Calendar entry",
    "zip": "Zip archive",
    "table": "Table",
}
_PHOTOS = frozenset({"jpeg", "heic"})
_NO_NAME = "(name not known)"


@dataclass(frozen=True)
class _Known:
    """What the status is made of: the chain's state, and what the index has of its items and the last scan."""

    reference: str
    state: CaseState
    facts: Mapping[str, StoredFacts]  # by SHA-256
    findings: tuple[Finding, ...]
    ignored: tuple[tuple[bytes, str], ...]
    moves: tuple[LinkedMove, ...] = ()

    def bound_in(self, sha256: str) -> tuple[str, ...]:
        """The issued bundles that bound these bytes."""
        return tuple(dict.fromkeys(map(bundle_words, bundles_with(self.state, (sha256,)))))

    def arrival(self, path: PathState) -> Version:
        """Since when a path holds the bytes that it holds now (or the path that it was moved from)."""
        first = path.history[-1]
        for version in reversed(path.history):
            if version.sha256 != path.sha256:
                break
            first = version
        return first

    def exhibit(self, sha256: str) -> str:
        return self.state.exhibits.get(sha256, "")

    @cached_property
    def paths(self) -> tuple[PathState, ...]:
        """Every path that was not withdrawn, in the order in which they came to be known."""
        everything = (*self.state.paths.values(), *self.state.unnamed_paths.values())
        kept = (known for known in everything if known.status is not PathStatus.DISPOSED)
        return tuple(sorted(kept, key=lambda known: (known.history[0].seq, known.path or b"")))

    @cached_property
    def present(self) -> Mapping[str, tuple[str, ...]]:
        """Where the bytes with a SHA-256 are now, as shown, in the order of arrival."""
        places: dict[str, list[str]] = {}
        for known in self.paths:
            if known.status is PathStatus.PRESENT:
                places.setdefault(known.sha256, []).append(_shown(known))
        return {sha256: tuple(names) for sha256, names in places.items()}


def case_status(
    journal: Journal, index: Index, *, reference: str, title: str, beside: Sequence[Finding] = ()
) -> CaseStatus:
    """The status of the journal's case; `reference` and `title` are those of `case.toml`, `beside` is what was found
    beside its evidence.

    Raises:
        Unavailable: the share or the index cannot be read.
        ChainBroken: the chain cannot be followed.
    """
    chain = journal.read()
    status = status_of_chain(chain, journal.state_of(chain), index, reference=reference, title=title)
    return replace(status, findings=_in_order({*status.findings, *beside})) if beside else status


def status_of_chain(
    chain: Chain, state: CaseState, index: Index, *, reference: str, title: str
) -> CaseStatus:
    """As `case_status`, for events that were read already, or for those before a chain breaks.

    Raises:
        Unavailable: the index cannot be read.
    """
    live = {item.sha256: item for item in state.items.values() if item.disposed is None}
    stored = index.facts([original_name(item.sha256, item.suffix) for item in live.values()])
    known = _Known(
        reference=reference,
        state=state,
        facts={
            sha256: facts
            for sha256, item in live.items()
            if (facts := stored.get(original_name(sha256, item.suffix))) is not None
        },
        findings=(*index.scan_findings(state.case_uuid), *map(_stray, chain.strays)),
        ignored=index.ignored(state.case_uuid),
        moves=index.linked_moves(state.case_uuid),
    )
    return _status(known, chain.head.sha256, title)


def _status(known: _Known, head_sha256: str, title: str) -> CaseStatus:
    state = known.state
    return CaseStatus(
        reference=known.reference,
        title=title,
        as_of=read_instant(state.events[-1].at) if state.events else None,
        items=tuple(_items(known)),
        findings=_findings(known),
        versions=tuple(_versions(known)),
        missing=tuple(_missing(known)),
        duplicates=tuple(_duplicates(known)),
        ignored=tuple(IgnoredLine(display_name(path), reason) for path, reason in known.ignored),
        withdrawn=tuple(_withdrawn(known)),
        bundles=tuple(_bundles(state)),
        chain=_chain(state, head_sha256),
    )


def _items(known: _Known) -> Iterator[ItemLine]:
    """The files in the folders, the latest first, each followed by the files inside it."""
    shown: set[str] = set()
    for path in sorted(known.paths, key=lambda path: known.arrival(path).seq, reverse=True):
        folder, _slash, name = _shown(path).rpartition("/")
        arrival = known.arrival(path)
        line = _line(known, path.sha256, folder, name, read_instant(arrival.at))
        line = replace(line, number=arrival.seq)
        place = Place.MISSING if path.status is PathStatus.MISSING else Place.PRESENT
        yield replace(line, place=place)
        if path.sha256 not in shown:
            yield from _inside(known, path.sha256, name, shown)


def _inside(known: _Known, container: str, container_name: str, shown: set[str]) -> Iterator[ItemLine]:
    shown.add(container)
    for sha256, name in _contents(known, container, container_name):
        item = known.state.items.get(sha256)
        if item is None or item.disposed is not None:
            continue
        line = _line(known, sha256, "", name, read_instant(item.received_at))
        yield replace(line, place=Place.INSIDE, inside=container_name, inside_id=hash_prefix(container))
        if sha256 not in shown:
            yield from _inside(known, sha256, name, shown)


def _contents(known: _Known, container: str, container_name: str) -> Iterator[tuple[str, str]]:
    """SHA-256 and name of what came out of an item: its attachments, or its opened copy."""
    facts = known.facts.get(container)
    for child in dict.fromkeys(facts.children if facts else ()):
        yield child.sha256, display_name(child.name)
    opened = known.state.items[container].unlocked_as
    if opened is not None:
        yield opened, f"Opened copy of {container_name}"


def _line(known: _Known, sha256: str, folder: str, name: str, at: datetime) -> ItemLine:
    item, facts = known.state.items[sha256], known.facts.get(sha256)
    scans = scan_line(facts.scans if facts else None)
    return ItemLine(
        id=item.short_id,
        sha256=sha256,
        number=item.seq,
        received_at=at,
        folder=folder,
        name=name,
        kind=_kind(facts),
        pages=facts.pages if facts else None,
        size_bytes=item.size_bytes,
        state=ItemState(facts.state) if facts else ItemState.UNREAD,
        place=Place.PRESENT,
        inside="",
        inside_id="",
        exhibit=known.exhibit(sha256),
        settled=bool(_settled(known.state, sha256)),
        scans=scans,
        scans_say=scan_words(scans, facts.pages, photo=facts.kind in _PHOTOS) if facts else (),
    )


def _kind(facts: StoredFacts | None) -> str:
    if facts is None:
        return "not read yet"
    detail = facts.detail[:1].upper() + facts.detail[1:]
    return _KINDS.get(facts.kind, detail or "Other file")


def _findings(known: _Known) -> tuple[Finding, ...]:
    """What the last scan found, and what reading each item found, once for each of its names; errors first."""
    names = _names(known)
    moved = [*move_findings(known.moves, known.state), *recent_moves(known.state)]
    proposed = {one.subject for one in moved if one.code == MOVED_BETWEEN_CASES}
    about = [
        (one.subject, one)
        for one in known.findings
        if not (one.code == "file-absent" and one.subject in proposed)
    ]
    about += [(one.subject, one) for one in moved]
    for sha256, facts in known.facts.items():
        settled = _settled(known.state, sha256)
        about += [(hash_prefix(sha256), _softened(one, settled)) for one in facts.findings]
    found = {
        replace(one.naming(known.reference, _to_name(subject)), subject=name)
        for subject, one in about
        for name in names.get(subject, (subject,))
    }
    return _in_order(found)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (_WEIGHTS[one.severity], one.subject, one)))


def _to_name(subject: str) -> str:
    """How a command names what a finding is about: an item's id as it is; for anything else, its own subject."""
    return subject if re.fullmatch(r"[0-9a-f]{8}", subject) else ""


def _names(known: _Known) -> Mapping[str, tuple[str, ...]]:
    """Id → names: those in the folders, else the last one there, else those inside other files."""
    last = {path.sha256: _shown(path) for path in known.paths}
    inside: dict[str, list[str]] = {}
    for container, facts in known.facts.items():
        for child in facts.children:
            whole = last.get(container, hash_prefix(container))
            inside.setdefault(child.sha256, []).append(f"{whole} › {display_name(child.name)}")
    everything = {sha256: tuple(names) for sha256, names in inside.items()}
    everything |= {sha256: (name,) for sha256, name in last.items()}
    everything |= known.present
    return {hash_prefix(sha256): names for sha256, names in everything.items()}


def _settled(state: CaseState, sha256: str) -> str:
    """Why a held item needs nobody any more; empty where it still does."""
    opened = state.items[sha256].unlocked_as
    if opened is not None and opened in state.items and state.items[opened].disposed is None:
        return f"It was opened: bundles bind its opened copy, {hash_prefix(opened)}. Nothing to do."
    if sha256 in state.placeholders:
        return "A placeholder page stands in for it. Nothing to do."
    return ""


def _softened(finding: Finding, settled: str) -> Finding:
    if not settled or finding.severity is not Severity.ERROR:
        return finding
    return replace(finding, severity=Severity.NOTE, remedy=settled)


def _versions(known: _Known) -> Iterator[VersionLine]:
    for path in known.paths:
        base = known.state.items.get(path.base_sha256)
        waits = base is not None and path.sha256 in base.awaiting and path.sha256 != path.base_sha256
        if base is not None and waits and path.status is PathStatus.PRESENT:
            yield VersionLine(
                name=_shown(path),
                old_id=base.short_id,
                new_id=hash_prefix(path.sha256),
                changed_at=read_instant(known.arrival(path).at),
                exhibit=known.exhibit(base.sha256),
                bound_in=known.bound_in(base.sha256),
            )


def _missing(known: _Known) -> Iterator[MissingLine]:
    since = {
        str(event.body["path_id"]): read_instant(event.at)
        for event in known.state.events_of(EventType.EVIDENCE_MISSING)
    }
    proposed = {move.path for move in known.moves if move.from_case == known.state.case_uuid}
    for path in known.paths:
        if path.status is PathStatus.MISSING:
            moved = _moved_to(known.state, path.sha256)
            yield MissingLine(
                name=_shown(path),
                id=hash_prefix(path.sha256),
                since=since[path.path_id],
                exhibit=known.exhibit(path.base_sha256),
                elsewhere=known.present.get(path.sha256, ()),
                moved_to=moved,
                proposed=not moved and path.path in proposed,
                bound_in=known.bound_in(path.base_sha256),
            )


def _moved_to(state: CaseState, sha256: str) -> str:
    """To which case a person said that a file was moved, and when; empty where nobody did."""
    found = moved_to(state, sha256)
    if found is None:
        return ""
    other, made = found
    return f"{display_name(other.reference.encode())} on {london_text(read_instant(made.at))}"


def _duplicates(known: _Known) -> Iterator[DuplicateLine]:
    for item in _live(known.state):
        places = known.present.get(item.sha256, ())
        if item.size_bytes and len(places) > 1:
            yield DuplicateLine(item.short_id, places)


def _live(state: CaseState) -> Iterable[EvidenceItem]:
    return (item for item in state.items.values() if item.disposed is None)


def _withdrawn(known: _Known) -> Iterator[WithdrawnLine]:
    for item in known.state.items.values():
        if (gone := item.disposed) is not None:
            yield WithdrawnLine(
                item.short_id,
                read_instant(gone.at),
                gone.reason_code,
                display_name((gone.authority or "").encode()),
                known.bound_in(item.sha256),
            )


def _bundles(state: CaseState) -> Iterator[BundleLine]:
    """Every bundle that was issued, and the latest draft of each that came after; the latest first."""
    drafts: dict[str, BundleLine] = {}
    lines: list[tuple[int, BundleLine]] = []
    for record in state.bundles:
        name = display_name((record.name or _NO_NAME).encode("utf-8", "surrogateescape"))
        issued = record.type is not EventType.BUNDLE_ASSEMBLED
        line = BundleLine(
            name, int(record.body["version"]), issued, read_instant(record.at), int(record.body["pages"])
        )
        if issued:
            drafts.pop(name, None)
            lines.append((record.seq, line))
        else:
            drafts[name] = line
    last = [line for _seq, line in reversed(lines)]
    yield from sorted([*drafts.values(), *last], key=lambda line: line.at, reverse=True)


def _stray(name: str) -> Finding:
    copy = next(recognise(os.fsencode(name)), None)
    said = "This file lies among the events and is none of them. A sync tool may have put it there."
    if copy is not None:
        said = (
            f"This file lies among the events and is none of them. Its name is that of a copy of "
            f"{display_name(copy.original)}, made by {copy.made_by}. The chain goes on without it."
        )
    return Finding(
        "chain-stray",
        Severity.WARNING,
        display_name(b"_chain/events/" + os.fsencode(name)),
        said,
        "Keep a copy elsewhere, take it out of the folder, and run `casebinder verify` on the case.",
    )


def _chain(state: CaseState, head_sha256: str) -> ChainLine:
    if not state.checkpoints:
        return ChainLine(state.seq, head_sha256, "", None)
    from casefiles.chain.checkpoints import line as checkpoint_line  # late: it brings cryptography

    last = state.checkpoints[-1]
    return ChainLine(state.seq, head_sha256, checkpoint_line(last.size, last.root), read_instant(last.at))


def _shown(path: PathState) -> str:
    return _NO_NAME if path.path is None else display_name(path.path)
