"""The items of a case with what reading them found: the chain and the index put together."""

from __future__ import annotations

from collections.abc import Mapping

from bundles.bundle_file import BundleFile
from bundles.convert import discover
from bundles.selection import KnownItem
from casefiles.chain.names import display_name
from casefiles.chain.state import CaseState, EvidenceItem, PathStatus
from casefiles.index.store import StoredFacts, original_name
from casefiles.intake.kinds import Kind
from casefiles.shown import plainest


def known_items(state: CaseState, facts: Mapping[str, StoredFacts]) -> dict[str, KnownItem]:
    """Every item that has been read, by SHA-256; `facts` are the index's, by `original_name`."""
    drawable = {kind for converter in discover() if converter.form == "evidence" for kind in converter.kinds}
    names = item_names(state, facts)
    known = {}
    for item in state.items.values():
        read = facts.get(original_name(item.sha256, item.suffix))
        if read is None or item.disposed is not None:
            continue
        kind = Kind(read.kind)
        known[item.sha256] = KnownItem(
            item=item,
            name=names[item.sha256],
            kind=kind,
            kind_words=read.detail,
            drawable=kind in drawable and read.state != "sheet",
            findings=read.findings,
            text=read.text,
        )
    return known


def item_names(state: CaseState, facts: Mapping[str, StoredFacts]) -> dict[str, str]:
    """The shown name of each item by SHA-256: its path, or `container › name` for what came inside another."""
    names: dict[str, str] = {}
    for item in sorted(state.items.values(), key=lambda item: item.seq):
        names[item.sha256] = _own_path(state, item) or _inside(item, facts, names, state)
    return names


def stale_names(file: BundleFile, state: CaseState, known: Mapping[str, KnownItem]) -> dict[str, str]:
    """Id → present name of each line whose file was renamed or moved since the line was written."""
    here: dict[str, set[str]] = {}
    for path in state.paths.values():
        if path.path is not None and path.status is PathStatus.PRESENT:
            here.setdefault(path.sha256, set()).add(display_name(path.path))
    stale: dict[str, str] = {}
    for line in file.lines:
        item = next((each for each in known.values() if each.item.sha256.startswith(line.id)), None)
        if item is None:
            continue
        names = here.get(item.item.sha256) or ({item.name} if "›" in item.name else set())
        if names and line.file not in names:
            stale[line.id] = item.name
    return stale


def _own_path(state: CaseState, item: EvidenceItem) -> str:
    """Where it lies now, else where it lay."""
    paths = [path for path in state.paths.values() if path.path is not None]
    here = [path.path for path in paths if path.sha256 == item.sha256 and path.status is PathStatus.PRESENT]
    received = [reception.path for reception in item.receptions if reception.path is not None]
    shown = [display_name(path) for path in here or received if path is not None]
    return plainest(shown) if shown else ""


def _inside(
    item: EvidenceItem, facts: Mapping[str, StoredFacts], names: Mapping[str, str], state: CaseState
) -> str:
    origin = item.unlocked_from or item.parent
    if origin is None or origin not in names:
        return item.short_id
    if item.unlocked_from:
        return f"{names[origin]} › opened copy"
    parent = facts.get(original_name(origin, state.items[origin].suffix))
    own = (
        next((child.name for child in parent.children if child.sha256 == item.sha256), None)
        if parent
        else None
    )
    return f"{names[origin]} › {display_name(own) if own is not None else item.short_id}"
