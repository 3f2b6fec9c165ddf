"""Withdrawing a paper that does not belong in a case: recorded first, then its bytes go wherever the case has them.

What was issued is immutable and stays; it is named, for people to recall. Run again, a withdrawal finishes what
an interruption left, and otherwise changes nothing.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from casefiles.chain import drafts, originals
from casefiles.chain.bodies import DisposalReason, EventType
from casefiles.chain.bundle_files import recorded_sha256s
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Chain, Journal
from casefiles.chain.names import PATH, display_name
from casefiles.chain.names import file_name as names_file
from casefiles.chain.state import BundleRecord, CaseState
from casefiles.chain.verify_issued import issued_files
from casefiles.errors import UsageError
from casefiles.files.publish import remove_file, remove_inside
from casefiles.files.reach import reaching
from casefiles.hashing import hash_prefix, sha256_file, sha256_stream
from casefiles.intake.listing import list_evidence, look_at, open_inside
from casefiles.layout import CaseLayout


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal took away, and where the bytes still are.

    `withdrawn` are the SHA-256 of every item gone; `files_removed` counts files of evidence and originals;
    `drafts_removed` and `drafts_unknown` are files in `drafts`, relative to the case folder: those that bound an
    item and are gone, and those that casebinder does not know and somebody must look into (only where a draft had
    bound one). `recall` names issued bundles that bound an item, `issued_files` the files of theirs in `issued`
    that hold its pages. `inside` are the ids of files still in the case that hold it, `also_elsewhere` those of
    files taken out of it that came to the case in another way too, and were kept; `versions` those of other
    versions of the same file that are still in the case, `beside` files of the case folder outside its evidence folders
    that hold the very bytes.
    """

    withdrawn: tuple[str, ...]
    files_removed: int
    drafts_removed: tuple[str, ...]
    drafts_unknown: tuple[str, ...]
    recall: tuple[str, ...]
    issued_files: tuple[str, ...]
    inside: tuple[str, ...]
    also_elsewhere: tuple[str, ...]
    versions: tuple[str, ...]
    beside: tuple[str, ...]


def withdraw(
    journal: Journal,
    sha256: str,
    reason: DisposalReason,
    authority: str,
    forget: Callable[[str], None],
    *,
    evidence: Sequence[str] = ("evidence",),
) -> Withdrawal:
    """Take an item, what was taken out of it alone, and its opened copy out of the case; hash, size, date, code and
    authority stay in the chain.

    The event comes first. Then the bytes go: from the `evidence` folders under whatever name, from the originals,
    and with the drafts that bound them; then (by `forget`, called with each SHA-256) from this machine's caches and
    index. The names of its paths go last. Run again, it finishes what an interruption left.

    Raises:
        UsageError: the case has no such item, or nobody is named.
        Unavailable: the share cannot be written.
    """
    if not authority.strip():
        raise UsageError("A withdrawal needs a name.", remedy="Add --by with the name of who decided it.")
    if sha256 not in journal.state().items:
        raise UsageError(
            f"The case has no item {sha256[:8]}.", remedy="Give its name or id as status shows it."
        )
    _record(journal, sha256, reason, authority.strip())
    state = journal.state()
    family = family_of(state, sha256)
    removed = sum(originals.dispose(journal.layout, each) for each in family)
    removed += _remove_evidence(journal.layout, state, family, evidence)
    gone, unknown = _remove_drafts(journal.layout, state, family)
    for each in family:
        forget(each)
    _forget_names(journal, state)
    bundles = bundles_with(state, family)
    return Withdrawal(
        withdrawn=family,
        files_removed=removed,
        drafts_removed=gone,
        drafts_unknown=unknown,
        recall=tuple(dict.fromkeys(map(bundle_words, bundles))),
        issued_files=tuple(_issued_files(journal.layout, bundles, family)),
        inside=_holders(state, family),
        also_elsewhere=_spared(state, family),
        versions=_other_versions(state, family),
        beside=tuple(_beside(journal.layout, state, family)),
    )


def _record(journal: Journal, sha256: str, reason: DisposalReason, authority: str) -> None:
    def decide(chain: Chain) -> Sequence[EventDraft]:
        now = journal.state_of(chain)
        paths = (*now.paths.values(), *now.unnamed_paths.values())
        return [
            drafts.disposed(
                journal.recorder.random_bytes,
                sha256=each,
                size_bytes=now.items[each].size_bytes,
                reason=reason,
                authority=authority,
                path_ids=[path.path_id for path in paths if path.sha256 == each],
            )
            for each in family_of(now, sha256)
            if now.items[each].disposed is None
        ]

    journal.append(decide)


def family_of(state: CaseState, sha256: str) -> tuple[str, ...]:
    """The item, its opened copy, and what was taken out of any of these and came to the case in no other way."""
    found = [sha256]
    for each in found:
        found += [
            child for child in _children(state, each) if child not in found and _only_in(state, child, found)
        ]
        opened = state.items[each].unlocked_as
        if opened is not None and opened not in found:
            found.append(opened)
    return tuple(found)


def bundles_with(state: CaseState, items: Sequence[str]) -> tuple[BundleRecord, ...]:
    """The issued bundles that bound one of these items (SHA-256), in order."""
    return tuple(bundle for bundle in state.issued if _binds(bundle, items))


def bundle_words(bundle: BundleRecord) -> str:
    """A bundle as people name it: `trial, version 1`."""
    return f"{display_name((bundle.name or 'a bundle').encode())}, version {bundle.body['version']}"


def _binds(bundle: BundleRecord, items: Sequence[str]) -> bool:
    return any(item["evidence"] in items for item in bundle.body["items"])


def _children(state: CaseState, sha256: str) -> list[str]:
    return [
        item.sha256
        for item in state.items.values()
        if any(reception.parent == sha256 for reception in item.receptions)
    ]


def _only_in(state: CaseState, child: str, containers: Sequence[str]) -> bool:
    """Whether an item came only out of these containers, or of ones that were withdrawn before."""
    return all(
        reception.parent is not None
        and (reception.parent in containers or not _is_live(state, reception.parent))
        for reception in state.items[child].receptions
    )


def _is_live(state: CaseState, sha256: str) -> bool:
    item = state.items.get(sha256)
    return item is not None and item.disposed is None


def _remove_evidence(
    layout: CaseLayout, state: CaseState, family: Sequence[str], evidence: Sequence[str]
) -> int:
    """Remove every file of the evidence folders that holds these very bytes, whatever it is called."""
    sizes = {state.items[each].size_bytes for each in family}
    listing = list_evidence(layout.folder, evidence, lambda _name: None)
    removed = 0
    for path, stat in listing.files.items():
        if stat.size_bytes not in sizes or not stat.size_bytes:
            continue
        with reaching(layout.folder / os.fsdecode(path)):
            same = _sha256_inside(layout.folder, path) in family
        removed += bool(same and remove_inside(layout.folder, path))
    return removed + _remove_known(layout, state, family)


def _remove_known(layout: CaseLayout, state: CaseState, family: Sequence[str]) -> int:
    """The same under the names that were recorded, wherever they lie: an evidence folder may have been one once, and of
    files of no bytes only the name tells which were meant.
    """
    removed = 0
    for path in state.paths.values():
        if path.sha256 not in family or path.path is None:
            continue
        found = look_at(layout.folder, path.path)
        if found is None or found.size_bytes != path.size_bytes:
            continue
        same = _sha256_inside(layout.folder, path.path) in family
        removed += bool(same and remove_inside(layout.folder, path.path))
    return removed


def _beside(layout: CaseLayout, state: CaseState, family: Sequence[str]) -> Iterator[str]:
    """Files of the case folder that are nobody's evidence and hold the very bytes: people put them there."""
    sizes = {state.items[each].size_bytes for each in family} - {0}
    listing = list_evidence(layout.folder, ["."], lambda _name: None)
    for path, stat in sorted(listing.files.items()):
        if stat.size_bytes in sizes and _sha256_inside(layout.folder, path) in family:
            yield display_name(path)


def _sha256_inside(folder: Path, path: bytes) -> str:
    """The SHA-256 of a plain file at a raw path; empty where it is gone or another thing now."""
    try:
        with open_inside(folder, path) as handle, os.fdopen(os.dup(handle), "rb") as stream:
            return sha256_stream(stream)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.EINVAL):
            return ""
        raise


def _remove_drafts(
    layout: CaseLayout, state: CaseState, family: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove the drafts that bound one of these items; names of those gone, and of files that nobody knows."""
    assembled = [bundle for bundle in state.bundles if bundle.type is EventType.BUNDLE_ASSEMBLED]
    holding = {
        sha256 for bundle in assembled if _binds(bundle, family) for sha256 in recorded_sha256s(bundle.body)
    }
    if not holding:
        return (), ()
    known = {sha256 for bundle in assembled for sha256 in recorded_sha256s(bundle.body)}
    gone, unknown = [], []
    for path in _files_below(layout.drafts):
        with reaching(path):
            found = sha256_file(path)
        shown = display_name(os.fsencode(path.relative_to(layout.folder)))
        if found in holding:
            remove_file(path)
            gone.append(shown)
        elif found not in known:
            unknown.append(shown)
    return tuple(gone), tuple(unknown)


def _files_below(folder: Path) -> list[Path]:
    """Plain files below a folder; links are not followed."""
    with reaching(folder):
        return sorted(
            Path(parent, name)
            for parent, _folders, names in os.walk(folder)
            for name in names
            if Path(parent, name).is_file() and not Path(parent, name).is_symlink()
        )


def _issued_files(
    layout: CaseLayout, bundles: Sequence[BundleRecord], family: Sequence[str]
) -> Iterator[str]:
    """The PDFs of bundles that bound an item, and the derived files of it beside them, as far as they are there."""
    if not bundles:
        return
    wanted = {sha256: bundle for bundle in bundles for sha256 in recorded_sha256s(bundle.body)}
    for pdf in issued_files(layout):
        with reaching(pdf):
            bundle = wanted.get(sha256_file(pdf))
        if bundle is None:
            continue
        derived = {item["derived"] for item in bundle.body["items"] if item["evidence"] in family}
        places = (pdf, *(pdf.parent / "derived" / f"{digest}.pdf" for digest in sorted(derived)))
        yield from (place.relative_to(layout.folder).as_posix() for place in places if place.is_file())


def _holders(state: CaseState, family: Sequence[str]) -> tuple[str, ...]:
    holders = {
        reception.parent: None
        for each in family
        for reception in state.items[each].receptions
        if reception.parent is not None
        and reception.parent not in family
        and _is_live(state, reception.parent)
    }
    return tuple(map(hash_prefix, holders))


def _spared(state: CaseState, family: Sequence[str]) -> tuple[str, ...]:
    children = (child for each in family for child in _children(state, each))
    return tuple(
        dict.fromkeys(
            hash_prefix(child) for child in children if child not in family and _is_live(state, child)
        )
    )


def _other_versions(state: CaseState, family: Sequence[str]) -> tuple[str, ...]:
    histories = [
        {version.sha256 for version in path.history}
        for path in (*state.paths.values(), *state.unnamed_paths.values())
    ]
    others = {
        each for history in histories if history.intersection(family) for each in history.difference(family)
    }
    return tuple(sorted(hash_prefix(each) for each in others if _is_live(state, each)))


def _forget_names(journal: Journal, state: CaseState) -> None:
    """A path may name a child: what led only to withdrawn bytes goes with them. Reasons and authorities stay."""
    withdrawn = {sha256 for sha256, item in state.items.items() if item.disposed is not None}
    in_use = {
        event.body["path_id"]
        for event in state.events
        if event.body.get("path_id") and event.body.get("sha256") not in withdrawn
    }
    for event in state.events:
        path_id = event.body.get("path_id")
        if path_id and path_id not in in_use and event.body.get("sha256") in withdrawn:
            name = journal.name_of(event.id)
            if name is not None and set(name.values) == {PATH}:
                remove_file(journal.layout.names / names_file(event.id))
