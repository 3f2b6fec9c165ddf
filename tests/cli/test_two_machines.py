"""Two machines watch one case on a share while files are dropped and their processes are killed at any moment."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from casefiles.chain.journal import Journal
from casefiles.hashing import sha256_bytes
from casefiles.layout import CaseLayout
from cli.workspace import recorder
from tests.cli.share import REFERENCE, Share

DROPS = 200
KILLS = 20
AS_HOST = (
    "import socket, sys; host = sys.argv[1]; socket.gethostname = lambda: host\n"
    "from cli.main import run; sys.exit(run(sys.argv[2:]))"
)


@dataclass
class Machine:
    """A machine with a state, a home and a host name of its own, which runs one command after another."""

    name: str
    share: Share
    home: Path
    ended: Counter[int] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)
    running: subprocess.Popen[str] | None = None

    def start(self, *words: str) -> None:
        """Start a command where none runs."""
        if self.running is not None and self.running.poll() is None:
            return
        self.collect()
        self.home.mkdir(exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "CASEBINDER_STATE": str(self.home / "state"),
        }  # fmt: skip
        self.running = subprocess.Popen(
            [sys.executable, "-c", AS_HOST, self.name, "--workspace", str(self.share.root), *words],
            env=environment,
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def kill_after(self, seconds: float) -> bool:
        """Kill what runs after that time; False where it ended before."""
        assert self.running is not None
        try:
            self.running.wait(seconds)
        except subprocess.TimeoutExpired:
            self.running.kill()
        return self.collect() < 0

    def collect(self) -> int:
        """Wait for what runs; its exit code, 0 for nothing."""
        if self.running is None:
            return 0
        out, err = self.running.communicate()
        code = self.running.returncode
        self.running = None
        self.ended[code] += 1
        self.said += [out, err]
        return code


@pytest.fixture
def machines(new_share: object, share: Share, tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    pair = (Machine("desk-1", share, tmp_path / "one"), Machine("desk-2", share, tmp_path / "two"))
    yield pair
    for machine in pair:
        if machine.running is not None:
            machine.running.kill()
            machine.running.communicate()


def drop(share: Share, staging: Path, number: int) -> tuple[bytes, str]:
    """One file appears whole, as a copy that is finished; its raw path and SHA-256. Every tenth repeats the bytes."""
    data = f"Note {number - (number % 10 == 9)}".encode()
    name = f"note {number}.txt"
    (staging / name).write_bytes(data)
    (staging / name).rename(share.evidence / name)
    return f"evidence/{name}".encode(), sha256_bytes(data)


@pytest.mark.slow
def test_every_dropped_file_is_received_once_whoever_is_killed(
    share: Share, machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    moments = random.Random(20260302)
    staging = tmp_path / "staging"
    staging.mkdir()
    before = {path.relative_to(share.case) for path in share.evidence.rglob("*") if path.is_file()}
    dropped: dict[bytes, str] = {}
    kills = 0
    while kills < KILLS:
        for _ in range(DROPS // KILLS if len(dropped) < DROPS else 0):
            dropped.update([drop(share, staging, len(dropped))])
        for machine in machines:
            machine.start("scan", REFERENCE)
        kills += machines[kills % 2].kill_after(moments.uniform(0.3, 1.6))
    for machine in machines:
        machine.collect()
        machine.start("scan", REFERENCE)
    assert [machine.collect() for machine in machines] == [0, 0]

    assert len(dropped) == DROPS
    assert set(machines[0].ended) | set(machines[1].ended) == {0, -9}
    assert not any("Traceback" in text for machine in machines for text in machine.said)
    state = Journal(CaseLayout(share.case), recorder()).state()
    receptions = Counter(
        (reception.path, item.sha256) for item in state.items.values() for reception in item.receptions
    )
    assert {key: count for key, count in receptions.items() if key[0] in dropped} == dict.fromkeys(
        dropped.items(), 1
    )
    assert len(receptions) == sum(receptions.values()) == DROPS + len(before)
    events = [json.loads(path.read_bytes()) for path in (share.case / "_chain" / "events").iterdir()]
    assert {event["actor"]["host"] for event in events} >= {"desk-1", "desk-2"}
    kinds = Counter(event["type"] for event in events)
    assert kinds == {"case.opened": 1, "facts.changed": 1, "evidence.received": DROPS + len(before)}
    for machine in machines:
        machine.start("verify", REFERENCE)
        assert machine.collect() == 0, machine.said[-2:]
