"""After the torture: is everything there once, and only once? Each check gives a list of complaints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from casefiles.chain.bodies import EventType
from casefiles.chain.bundle_files import recorded_sha256s
from casefiles.chain.events import ChainEvent
from casefiles.chain.journal import Journal
from casefiles.chain.replay import Replayer
from casefiles.chain.state import CaseState, PathStatus
from casefiles.hashing import sha256_file
from casefiles.index.store import open_index
from casefiles.intake.listing import list_evidence
from casefiles.layout import CaseLayout, LocalLayout
from cli.workspace import find_workspace
from scripts.torture.ledger import Entry, Ledger
from watcher.filters import ignored_because

COMMAND = [sys.executable, "-c", "import sys; from cli.main import run; sys.exit(run(sys.argv[1:]))"]


@dataclass(frozen=True)
class Scene:
    """The workspace, the states of its machines, and what every process wrote down."""

    root: Path
    states: tuple[Path, ...]
    ledgers: tuple[Ledger, ...]

    @property
    def cases(self) -> list[CaseLayout]:
        """The case folders."""
        return [CaseLayout(path) for path in sorted((self.root / "cases").iterdir()) if path.is_dir()]

    def journal(self, layout: CaseLayout) -> Journal:
        """The chain of a case."""
        return Journal(layout, find_workspace(str(self.root)).recorder)

    def run(self, state: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """One command as a process of its own."""
        environment = {**os.environ, "CASEBINDER_STATE": str(state)}
        return subprocess.run(
            [*COMMAND, "--workspace", str(self.root), *words],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip


def settle(scene: Scene) -> Iterator[str]:
    """Every machine scans until there is nothing to do; each time without an error."""
    for _round in range(3):
        for state in scene.states:
            done = scene.run(state, "scan", "--json")
            if done.returncode:
                yield f"the last scan ended with {done.returncode}: {done.stderr[-600:]}"
    for layout in scene.cases:
        done = scene.run(scene.states[0], "scan", str(layout.folder), "--json")
        events = sum(case["events"] for case in json.loads(done.stdout or '{"cases": []}')["cases"])
        if events:
            yield f"{layout.folder.name}: a scan of a settled case wrote {events} events"


def verified(scene: Scene) -> Iterator[str]:
    """Every case and every issued bundle verifies on every machine."""
    for state in scene.states:
        for layout in scene.cases:
            done = scene.run(state, "verify", str(layout.folder))
            if done.returncode:
                yield f"verify {layout.folder.name} ended with {done.returncode}: {done.stdout[-1500:]}{done.stderr[-500:]}"
    for layout in scene.cases:
        for bundle in sorted(layout.issued.glob("*/*.pdf")):
            done = scene.run(scene.states[0], "verify", str(bundle), "--case", str(layout.folder))
            if done.returncode:
                yield f"verify {bundle.name} ended with {done.returncode}: {done.stdout[-1500:]}"


def failures(scene: Scene) -> Iterator[str]:
    """Commands that ended otherwise than they should."""
    for ledger in scene.ledgers:
        for entry in ledger.entries():
            if entry.act == "command" and entry.done and entry.details["problem"]:
                yield f"{entry.details['words']} ended with {entry.details['code']}: {entry.details['problem']}"


def on_disk(scene: Scene) -> Iterator[str]:
    """What lies in the evidence folders is what the chain says, and each file has its original."""
    for layout in scene.cases:
        state = scene.journal(layout).state()
        listing = list_evidence(layout.folder, ["evidence"], ignored_because)
        present = {path for path, known in state.paths.items() if known.status is PathStatus.PRESENT}
        for path in present - set(listing.files):
            yield f"{layout.folder.name}: the chain has {path!r}, the folder has not"
        for path in sorted(listing.files):
            digest = sha256_file(layout.folder / os.fsdecode(path))
            known = state.paths.get(path)
            item = state.items.get(digest)
            if item is not None and item.disposed is not None:
                continue
            if known is None or known.sha256 != digest or known.status is not PathStatus.PRESENT:
                yield f"{layout.folder.name}: {path!r} lies there and the chain does not say so"
        kept = {path.name[:64] for path in layout.originals.glob("??/*")}
        for sha256, item in state.items.items():
            if (sha256 in kept) != (item.disposed is None):
                yield f"{layout.folder.name}: original of {sha256[:8]}: kept {sha256 in kept}, withdrawn {item.disposed is not None}"


def accounted(scene: Scene) -> Iterator[str]:
    """Every file that was dropped or edited is in a chain, unless its own worker replaced or deleted it before a scan."""
    known = {sha256 for layout in scene.cases for sha256 in scene.journal(layout).state().items}
    for ledger in scene.ledgers:
        entries = list(ledger.entries())
        for number, entry in enumerate(entries):
            stored = entry.done and entry.act in ("drop", "edit")
            if not stored or entry.details["sha256"] in known:
                continue
            if not _destroyed(entry.details["path"], entries[number + 1 :]):
                yield f"{entry.details['path']} was dropped and is in no chain"


def _destroyed(path: str, later: Iterable[Entry]) -> bool:
    """Did its worker mean to edit, delete or withdraw what lies there now?"""
    for entry in later:
        if entry.act == "rename" and entry.details["path"] == path:
            path = entry.details["target"] if entry.done else path
            if not entry.done and Path(entry.details["target"]).exists():
                path = entry.details["target"]
        elif entry.act in ("edit", "delete", "withdraw") and entry.details.get("path") == path:
            return True
    return False


def acknowledged(scene: Scene) -> Iterator[str]:
    """What a scan said that it recorded is recorded; what a bundle run said that it issued is there."""
    received = {
        layout.folder: {item.short_id for item in scene.journal(layout).state().items.values()}
        for layout in scene.cases
    }
    for ledger in scene.ledgers:
        for entry in ledger.entries():
            result = entry.details.get("result") if entry.act == "command" and entry.done else None
            for case in (result or {}).get("cases", ()):
                for line in (case["received"] or []) + (case["changed"] or []):
                    if line["id"] not in received[Path(case["folder"])]:
                        yield f"a scan acknowledged {line['id']} in {case['folder']}, and the chain has it not"
            if result and result.get("issued"):
                path = Path(result["path"])
                if not path.is_file() or sha256_file(path) != result["sha256"]:
                    yield f"{path} was acknowledged as issued, and is not there as it was"


def nothing_twice(scene: Scene) -> Iterator[str]:
    """No event says what the chain said already."""
    for layout in scene.cases:
        journal = scene.journal(layout)
        replayer = Replayer()
        ids: set[str] = set()
        for event in journal.read().events:
            before = replayer.state()
            problem = "an id used twice" if event.id in ids else _said_before(event, before)
            if problem:
                yield f"{layout.folder.name}, event {event.seq} ({event.type}): {problem}"
            ids.add(event.id)
            replayer.apply(event, journal.name_of(event.id))


def _said_before(event: ChainEvent, state: CaseState) -> str:
    body = event.body
    # of what was withdrawn later, the names are gone
    paths = (*state.paths.values(), *state.unnamed_paths.values())
    by_id = {path.path_id: path for path in paths}
    path = by_id.get(body.get("path_id", ""))
    present = path is not None and path.status is PathStatus.PRESENT
    checks: dict[EventType, Callable[[], bool]] = {
        EventType.EVIDENCE_RECEIVED: lambda: present and path is not None and path.sha256 == body["sha256"],
        EventType.EVIDENCE_CHANGED: lambda: path is not None and present and path.sha256 == body["sha256"],
        EventType.EVIDENCE_MISSING: lambda: not present,
        EventType.EVIDENCE_RESTORED: lambda: present,
        EventType.EVIDENCE_DISPOSED: lambda: state.items[body["sha256"]].disposed is not None,
        EventType.EXHIBIT_ASSIGNED: lambda: (
            body["sha256"] in state.exhibits or body["label"] in state.exhibits.values()
        ),
        EventType.FACTS_CHANGED: lambda: state.facts_sha256 == body["sha256"],
        EventType.BUNDLE_ISSUED: lambda: any(
            bundle.type is EventType.BUNDLE_ISSUED and bundle.body["bundle_id"] == body["bundle_id"]
            for bundle in state.bundles
        ),
    }
    check = checks.get(event.type)
    return "the chain said that before" if check is not None and check() else ""


def issued_whole(scene: Scene) -> Iterator[str]:
    """Each folder in `issued/` has its event, each event its folder, and nothing half-written has a final name."""
    for layout in scene.cases:
        state = scene.journal(layout).state()
        recorded = {
            sha256
            for bundle in state.bundles
            if bundle.type is EventType.BUNDLE_ISSUED
            for sha256 in recorded_sha256s(bundle.body)
        }
        there = set()
        for folder in sorted(layout.issued.iterdir()):
            if folder.name.startswith("."):
                continue
            for pdf in folder.glob("*.pdf"):
                there.add(sha256_file(pdf))
            if not any(folder.glob("*.pdf")):
                yield f"{folder} holds no bundle"
        for digest in recorded ^ there:
            where = "recorded and not in issued/" if digest in recorded else "in issued/ and not recorded"
            yield f"{layout.folder.name}: bundle {digest[:8]} is {where}"


def index_rebuilt(scene: Scene, fresh: Path) -> Iterator[str]:
    """The index of each machine equals one made anew."""
    scene.run(fresh, "scan")
    scene.run(fresh, "scan")
    workspace = find_workspace(str(scene.root))
    with open_index(LocalLayout(fresh), workspace.id) as made:
        wanted = made.dump()
    for state in scene.states:
        with open_index(LocalLayout(state), workspace.id) as index:
            found = index.dump()
        if found != wanted:
            other = sorted(set(found) ^ set(wanted))
            yield f"the index of {state.name} differs from a rebuilt one in {len(other)} lines, such as {other[0][:300]}"
