"""Measures how long after a file was closed its case's page shows it, with a real `casebinder watch` process.

`python -m benchmarks.latency` prints the table by itself.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CASES = 100
DROPS = 7
POLL_SECONDS = 5
DEADLINE_SECONDS = 120.0
COMMAND = [sys.executable, "-c", "import sys; from cli.main import run; sys.exit(run(sys.argv[1:]))"]
_SET_UP = """
import sys
from cli.main import run
root, cases = sys.argv[1], int(sys.argv[2])
assert run(["init", root]) == 0
for number in range(cases):
    assert run(["--workspace", root, "open", "prosecution-444-1a", f"2026-{number:04}", "--officer", "AB"]) == 0
"""


@dataclass(frozen=True)
class Latency:
    """Seconds from closing a file to its name on the page: median and longest of several drops."""

    what: str
    settle_seconds: float
    median: float
    longest: float


def measure(folder: Path, cases: int = CASES, drops: int = DROPS) -> list[Latency]:
    """With hints from the system and without, each with two settling times."""
    folder.mkdir(exist_ok=True)
    root, state = folder / "share", folder / "state"
    environment = {**os.environ, "CASEBINDER_STATE": str(state)}
    subprocess.run(
        [sys.executable, "-c", _SET_UP, str(root), str(cases)],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    settings = root / "casebinder.toml"
    written = settings.read_text()
    rows = []
    for settle in (0.2, 2.0):
        settings.write_text(
            written + f"\n[intake]\nsettle_seconds = {settle}\n\n[watch]\nevery_seconds = {POLL_SECONDS}\n"
        )
        for what, words in (("hints (inotify)", []), (f"a look every {POLL_SECONDS} s", ["--poll"])):
            with _watching(root, environment, words):
                seconds = [_drop(root, f"{settle} {what[:5]} {number}", number) for number in range(drops)]
            rows.append(Latency(what, settle, statistics.median(seconds), max(seconds)))
    return rows


@contextmanager
def _watching(root: Path, environment: dict[str, str], words: list[str]) -> Iterator[None]:
    """A watcher that has looked at everything once."""
    log = root.with_name("log")
    with log.open("wb") as stream:
        watcher = subprocess.Popen(
            [*COMMAND, "--workspace", str(root), "watch", *words], env=environment, stderr=stream
        )
    try:
        _until(lambda: _looked_once(log, watcher), "the first round")
        yield
    finally:
        watcher.terminate()
        watcher.wait(DEADLINE_SECONDS)


def _looked_once(log: Path, watcher: subprocess.Popen[bytes]) -> bool:
    if watcher.poll() is not None:
        raise RuntimeError(f"the watcher ended: {log.read_text()}")
    return '"event": "round"' in log.read_text()


def _drop(root: Path, name: str, number: int) -> float:
    """Drop a note into one case, each time at another moment between two looks."""
    cases = sorted((root / "cases").iterdir())
    case = cases[37 * number % len(cases)]
    page = case / "Case status.html"
    time.sleep(1.0 + number * 0.37 % 1 * POLL_SECONDS)
    (case / "evidence" / f"{name}.txt").write_text(f"Note {name}: called, no answer.")
    closed = time.monotonic()
    _until(lambda: page.is_file() and f"{name}.txt" in page.read_text(), name)
    return time.monotonic() - closed


def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.005)


def table(rows: list[Latency]) -> str:
    """As Markdown."""
    lines = ["| how it hears | settle_seconds | median | longest |", "|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.settle_seconds:g} | {row.median:.2f} s | {row.longest:.2f} s |" for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(table(measure(Path(scratch))))
