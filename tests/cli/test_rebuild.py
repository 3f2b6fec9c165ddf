"""The index made again from the case folders: equal to the one before, and what a killed scan had read stays read."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from casefiles.caged import CagedExecutor
from casefiles.index.store import Index, open_index
from casefiles.intake.facts import detect_and_read
from casefiles.intake.item_facts import KEEP_AT_ONCE
from cli import workspace_scan
from cli.workspace import find_workspace
from tests.cli.share import Share

ROOT = Path(__file__).resolve().parents[2]
FILES = 200
CASES = 5
SCAN = "import sys; from cli.main import run; sys.exit(run(['--workspace', sys.argv[1], 'scan']))"


@pytest.fixture
def load(share: Share) -> Share:
    """A share with a large case and some small ones, scanned."""
    for number in range(FILES):
        (share.evidence / f"note {number:03}.txt").write_text(f"Note {number}. Called, no answer.")
    for number in range(CASES):
        share.run("open", "prosecution-444-1a", f"2026-1{number:03}", "--officer", "AB")
        folder = next((share.root / "cases").glob(f"2026-1{number:03}*")) / "evidence"
        (folder / "note.txt").write_text(f"Case {number}.")
        (folder / "again.txt").write_text("The same in every case.")
    share.run("scan")
    return share


@contextlib.contextmanager
def index_of(share: Share) -> Iterator[Index]:
    space = find_workspace(str(share.root))
    with open_index(space.local, space.settings.id) as index:
        yield index


def dump(share: Share) -> tuple[str, ...]:
    with index_of(share) as index:
        return index.dump()


def read_so_far(share: Share) -> int:
    """How many originals have facts, as another process sees it."""
    found = sorted((share.state / "index").glob("*.db"))
    if not found:
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{found[-1]}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM facts").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the functions that children were asked to run, once a file."""
    asked: list[str] = []
    real = CagedExecutor.submit_limited

    def counted(self: CagedExecutor, limits: Any, fn: Any, /, *args: Any, **named: Any) -> Any:
        asked.extend([fn.__name__] * (len(args[0]) if fn is detect_and_read else 1))
        return real(self, limits, fn, *args, **named)

    monkeypatch.setattr(CagedExecutor, "submit_limited", counted)
    return asked


def test_an_index_made_again_is_equal_and_needs_no_wait(
    load: Share, tasks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(load)
    pages = {path: path.stat().st_mtime_ns for path in load.root.rglob("*.html")}
    settings = load.root / "casebinder.toml"
    settings.write_text(settings.read_text().replace("settle_seconds = 0", "settle_seconds = 600"))
    shutil.rmtree(load.state / "index")
    waits: list[float] = []
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=waits.append)
    monkeypatch.setattr(workspace_scan, "time", clock)
    load.run("scan")
    assert dump(load) == before
    assert waits == [], "every file is known by its path, size and time"
    assert len(tasks) >= FILES + CASES
    case_pages = {path: stamp for path, stamp in pages.items() if path.name == "Case status.html"}
    assert {path: path.stat().st_mtime_ns for path in case_pages} == case_pages, "no page is written anew"


def test_a_rebuild_that_is_killed_goes_on_where_it_was(load: Share, tasks: list[str]) -> None:
    before = dump(load)
    shutil.rmtree(load.state / "index")
    process = subprocess.Popen([sys.executable, "-c", SCAN, load.root], cwd=ROOT, stdout=subprocess.DEVNULL)
    while process.poll() is None and read_so_far(load) < KEEP_AT_ONCE:
        os.sched_yield()
    process.kill()
    process.wait()
    kept = read_so_far(load)
    everything = sum(line.startswith("facts ") for line in before)
    assert KEEP_AT_ONCE <= kept < everything
    load.run("scan")
    assert len(tasks) <= everything - kept
    assert dump(load) == before
    tasks.clear()
    load.run("scan")
    assert tasks == []
