"""A real case that can be scanned: opened on disk, with a pool of caged children and an index."""

from __future__ import annotations

import hashlib
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casefiles.caged import CagedExecutor, minimal_environment
from casefiles.chain.journal import Journal, open_case
from casefiles.index.store import Index, open_index
from casefiles.intake.item_facts import Reading
from casefiles.intake.limits import FactsLimits
from casefiles.intake.listing import FileStat, Settled
from casefiles.intake.scan import ScanReport, ScanTools, scan_case
from casefiles.layout import CaseLayout, LocalLayout
from casefiles.recorder import Recorder
from casefiles.status.case import case_status
from casefiles.status.view import CaseStatus
from watcher.filters import ignored_because

WORKSPACE = "6f6f5a7c-0000-4000-8000-000000000001"


def at_once(paths: Iterable[bytes], look: Callable[[bytes], FileStat | None]) -> Settled:
    """Takes every file for finished."""
    looks = {path: look(path) for path in paths}
    settled = {path: stat for path, stat in looks.items() if stat is not None}
    return Settled(settled, frozenset(), frozenset(looks.keys() - settled.keys()))


def recorder(seed: str = "one") -> Recorder:
    """Fixed randomness by seed, and a clock that goes on by a minute at each look."""
    numbers, minutes = itertools.count(), itertools.count()

    def random_bytes(size: int) -> bytes:
        return hashlib.shake_256(f"{seed} {next(numbers)}".encode()).digest(size)

    def now() -> datetime:
        return datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(minutes=next(minutes))

    return Recorder("officer", "desk", "casebinder 0", now, random_bytes)


@dataclass
class Bench:
    """One case on disk and what scans it."""

    layout: CaseLayout
    local: LocalLayout
    tools: ScanTools
    journal: Journal
    names: Sequence[str] = ("evidence",)

    @property
    def evidence(self) -> Path:
        return self.layout.folder / "evidence"

    def drop(self, name: str | bytes, data: bytes) -> Path:
        """A file in the evidence folder."""
        path = self.evidence / (name if isinstance(name, str) else name.decode("utf-8", "surrogateescape"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def index(self) -> Index:
        return open_index(self.local, WORKSPACE)

    def scan(self, **changed: object) -> ScanReport:
        """One scan, with the index opened and closed as a command does."""
        with self.index() as index:
            return scan_case(self.journal, self.names, index, replace(self.tools, **changed))  # type: ignore[arg-type]

    def status(self) -> CaseStatus:
        with self.index() as index:
            return case_status(self.journal, index, reference="2026-0042", title="A title")

    def dump(self) -> tuple[str, ...]:
        with self.index() as index:
            return index.dump()

    def event_types(self) -> list[str]:
        return [str(event.type) for event in self.journal.read().events]


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CagedExecutor]:
    home = tmp_path_factory.mktemp("cage")
    with CagedExecutor(1, FactsLimits().cage, sys.executable, minimal_environment(home)) as executor:
        yield executor


@pytest.fixture
def bench(tmp_path: Path, pool: CagedExecutor) -> Bench:
    folder = tmp_path / "2026-0042 DOE"
    (folder / "evidence").mkdir(parents=True)
    (folder / "case.toml").write_bytes(b'reference = "2026-0042"\n')
    layout = CaseLayout(folder)
    journal = open_case(layout, recorder(), kind="prosecution-444-1a", reference="2026-0042")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tools = ScanTools(at_once, ignored_because, Reading(pool, FactsLimits(), scratch))
    return Bench(layout, LocalLayout(tmp_path / "local"), tools, journal)
