"""A case's life against a model: people drop, edit, rename and delete; two machines scan; a person decides.

Whatever the order, a settled case says exactly what lies in its folders, has kept every byte that a scan ever
saw, except what was withdrawn, and says nothing twice.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from casefiles.caged import CagedExecutor, minimal_environment
from casefiles.chain.bodies import Decision, DisposalReason
from casefiles.chain.journal import Journal, open_case
from casefiles.chain.replay import PathStatus
from casefiles.chain.verify import verify_case
from casefiles.decisions import record_version_decision
from casefiles.findings import Severity
from casefiles.hashing import sha256_bytes
from casefiles.index.store import open_index
from casefiles.intake.item_facts import Reading
from casefiles.intake.limits import FactsLimits
from casefiles.intake.scan import ScanReport, ScanTools, scan_case
from casefiles.layout import CaseLayout, LocalLayout
from casefiles.withdrawing import withdraw
from tests.casefiles.conftest import WORKSPACE, at_once, recorder
from watcher.filters import ignored_because

NAMES = st.sampled_from(
    ["a.txt", "b.txt", "letters/a.txt", "letters/c.txt", "Ä b.txt", "unused/d.txt", "e\n.txt", "A.txt"]
)
WORDS = st.integers(0, 9).map(lambda number: f"Note {number}: no answer.\n".encode())
MACHINES = st.sampled_from(["north", "south"])


@contextmanager
def cage() -> Iterator[CagedExecutor]:
    with tempfile.TemporaryDirectory() as home:
        environment = minimal_environment(Path(home))
        with CagedExecutor(1, FactsLimits().cage, sys.executable, environment) as executor:
            yield executor


class CaseLife(RuleBasedStateMachine):
    """One case on disk, the model of its folder, and what any scan has seen of it."""

    executor: CagedExecutor
    names = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="case-life-"))
        self.layout = CaseLayout(self.home / "2026-0042 DOE")
        (self.layout.folder / "evidence").mkdir(parents=True)
        self.layout.case_file.write_bytes(b'reference = "2026-0042"\n')
        open_case(self.layout, recorder(), kind="prosecution-444-1a", reference="2026-0042")
        self.journals = {
            name: Journal(self.layout, replace(recorder(name), host=name)) for name in ("north", "south")
        }
        self.folder: dict[str, bytes] = {}
        self.kept: set[str] = set()
        self.withdrawn: set[str] = set()
        self.fresh = itertools.count()

    def teardown(self) -> None:
        shutil.rmtree(self.home)

    # what people do

    @rule(target=names, name=NAMES, words=WORDS)
    def drop(self, name: str, words: bytes) -> str:
        path = self.layout.folder / "evidence" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(words)
        self.folder[name] = words
        return name

    @rule(name=names)
    def edit(self, name: str) -> None:
        if name in self.folder:
            self.folder[name] += b"And edited.\n"
            (self.layout.folder / "evidence" / name).write_bytes(self.folder[name])

    @rule(name=names)
    def delete(self, name: str) -> None:
        if self.folder.pop(name, None) is not None:
            (self.layout.folder / "evidence" / name).unlink()

    @rule(target=names, name=names, other=NAMES)
    def rename(self, name: str, other: str) -> str:
        if name in self.folder and name != other:
            target = self.layout.folder / "evidence" / other
            target.parent.mkdir(exist_ok=True)
            (self.layout.folder / "evidence" / name).replace(target)
            self.folder[other] = self.folder.pop(name)
        return other

    @rule(machine=MACHINES, letter=st.sampled_from("xyz"))
    def lose_the_index(self, machine: str, letter: str) -> None:
        shutil.rmtree(self.home / machine, ignore_errors=True)

    # what casebinder does

    @rule(machine=MACHINES)
    def scan(self, machine: str) -> None:
        self.scanned_by(machine)

    def scanned_by(self, machine: str) -> ScanReport:
        index_home = LocalLayout(self.home / machine)
        scratch = self.home / "scratch"
        scratch.mkdir(exist_ok=True)
        tools = ScanTools(at_once, ignored_because, Reading(self.executor, FactsLimits(), scratch))
        with open_index(index_home, WORKSPACE) as index:
            report = scan_case(self.journals[machine], ["evidence"], index, tools)
        self.kept |= {sha256_bytes(data) for data in self.folder.values()} - self.withdrawn
        return report

    @precondition(lambda self: self._waiting())
    @rule(data=st.data(), decision=st.sampled_from([Decision.ACCEPT, Decision.REJECT]))
    def decide(self, data: st.DataObject, decision: Decision) -> None:
        record_version_decision(self.journals["north"], data.draw(st.sampled_from(self._waiting())), decision)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def withdraw_one(self, data: st.DataObject) -> None:
        digest = data.draw(st.sampled_from(sorted(self.kept)))
        journal = self.journals["south"]
        withdraw(journal, digest, DisposalReason.WRONG_CASE, "A. Officer", lambda _digest: None)
        self.kept.discard(digest)
        self.withdrawn.add(digest)
        self.folder = {
            name: words for name, words in self.folder.items()
            if (self.layout.folder / "evidence" / name).exists()
        }  # fmt: skip
        assert digest not in {sha256_bytes(words) for words in self.folder.values()}

    # what must hold

    @invariant()
    def every_byte_that_was_seen_is_kept(self) -> None:
        items = self.journals["north"].state().items
        originals = {path.name[:64] for path in self.layout.originals.glob("??/*")}
        assert self.kept <= originals
        assert not self.withdrawn & originals
        assert {digest for digest, item in items.items() if item.disposed is None} == originals & set(items)

    @rule()
    def settle_and_compare(self) -> None:
        for machine in ("north", "south", "north", "south"):
            self.scanned_by(machine)
        for machine in ("north", "south"):
            assert self.scanned_by(machine).events == 0
        state = self.journals["south"].state()
        present = {
            path.decode(): known.sha256
            for path, known in state.paths.items()
            if known.status is PathStatus.PRESENT
        }
        lying = {f"evidence/{name}": sha256_bytes(words) for name, words in self.folder.items()}
        assert present == {path: digest for path, digest in lying.items() if digest not in self.withdrawn}
        report = verify_case(self.layout)
        back = {
            f"evidence/{name}" for name, words in self.folder.items() if sha256_bytes(words) in self.withdrawn
        }
        wrong = [finding for finding in report.findings if finding.severity is Severity.ERROR]
        assert {finding.code for finding in wrong} <= {"evidence-not-withdrawn"}, wrong
        assert len(wrong) == len(back)
        assert report.passed is (not back)
        dumps = []
        for machine in ("north", "south"):
            with open_index(LocalLayout(self.home / machine), WORKSPACE) as index:
                dumps.append(index.dump())
        assert dumps[0] == dumps[1]

    def _waiting(self) -> list[str]:
        items = self.journals["north"].state().items.values()
        return sorted({version for item in items for version in item.awaiting})


def test_a_case_lives_as_its_model_does() -> None:
    with cage() as executor:
        CaseLife.executor = executor

        class Life(CaseLife.TestCase):
            settings = settings(max_examples=25, stateful_step_count=18, deadline=None)

        Life("runTest").runTest()
