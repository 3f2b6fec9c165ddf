"""A case with a chain, made anew for each test, with a clock and randomness that the test owns."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casefiles.chain import drafts, originals
from casefiles.chain.admission import create_root
from casefiles.chain.bodies import Source
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Journal, open_case
from casefiles.chain.keyring import KeyRing, read_ring
from casefiles.chain.keys import SigningKey, create_key
from casefiles.hashing import sha256_bytes
from casefiles.layout import CaseLayout, LocalLayout, WorkspaceLayout
from casefiles.recorder import Recorder

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def counting_clock(start: datetime = START) -> Callable[[], datetime]:
    """A clock that goes on by one second whenever somebody looks."""
    seconds = itertools.count()
    return lambda: start + timedelta(seconds=next(seconds))


def stream_of(seed: str) -> Callable[[int], bytes]:
    """Bytes that look random and are the same for the same seed."""
    numbers = itertools.count()

    def take(count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += hashlib.sha256(f"{seed}/{next(numbers)}".encode()).digest()
        return data[:count]

    return take


def make_recorder(seed: str = "tests", host: str = "machine-a") -> Recorder:
    """Somebody who writes, reproducibly."""
    return Recorder("officer", host, "casebinder 0.1.0", counting_clock(), stream_of(seed))


@dataclass
class CaseKit:
    """A case in a workspace, the journal of one machine, and the machine's own state."""

    layout: CaseLayout
    workspace: WorkspaceLayout
    local: LocalLayout
    journal: Journal

    @property
    def recorder(self) -> Recorder:
        return self.journal.recorder

    def add(self, *some: EventDraft) -> None:
        """Records drafts as they are."""
        pending = list(some)
        self.journal.append(lambda _chain: pending)

    def drop(self, name: str, data: bytes) -> str:
        """Puts a file into evidence/ and takes it in, as intake does; its SHA-256."""
        path = self.layout.folder / "evidence" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        raw = b"evidence/" + name.encode("utf-8", "surrogateescape")
        suffix = originals.safe_suffix(raw)
        kept = originals.preserve(self.layout, path, suffix)
        self.add(
            drafts.received(
                self.recorder.random_bytes,
                path=raw,
                sha256=kept.sha256,
                size_bytes=kept.size_bytes,
                mtime=START,
                owner=1000,
                suffix=suffix,
                source=Source.FOLDER,
            )
        )
        return kept.sha256

    def make_key(self) -> tuple[SigningKey, KeyRing]:
        """This machine's key as the workspace's first one."""
        key = create_key(self.local, self.recorder.random_bytes)
        create_root(self.workspace, self.local, key, "machine a", self.recorder.now())
        return key, read_ring(self.workspace)

    def event_file(self, seq: int) -> Path:
        return self.layout.events / f"{seq:010d}.json"


def new_kit(root: Path, seed: str = "tests", name: str = "2026-0042 DOE") -> CaseKit:
    """A workspace below `root` (made if need be) with one more case."""
    workspace, local = WorkspaceLayout(root / "share"), LocalLayout(root / "local")
    layout = CaseLayout(workspace.cases / name)
    (layout.folder / "evidence").mkdir(parents=True)
    local.root.mkdir(exist_ok=True)
    layout.case_file.write_bytes(b'reference = "2026-0042"\n')
    journal = open_case(layout, make_recorder(seed), kind="prosecution-444-1a", reference="2026-0042")
    kit = CaseKit(layout, workspace, local, journal)
    kit.add(drafts.facts_changed(sha256_bytes(layout.case_file.read_bytes())))
    return kit


@pytest.fixture
def kit(tmp_path: Path) -> CaseKit:
    return new_kit(tmp_path)


@pytest.fixture
def kit_maker(tmp_path: Path) -> Iterator[Callable[[str, str], CaseKit]]:
    """Further cases in the same workspace."""
    yield lambda seed, name: new_kit(tmp_path, seed, name)
