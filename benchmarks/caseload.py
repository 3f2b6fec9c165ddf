"""Measures scans of a large caseload: nothing new, and the index rebuilt; each against the bare work it cannot avoid.

`python -m benchmarks.caseload --cases 1000 --folder FOLDER`: prints one line of JSON. FOLDER keeps the caseload for
another run. It should be on the kind of disk that is to be measured; memory (/dev/shm) shows the work alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from benchmarks import caseload_files
from benchmarks.measuring import Cost, run
from casefiles.opening import NewCase, open_new_case
from casefiles.recorder import Recorder

CASES, FILES = 1000, 100
EVERYDAY_CASES = 40
CORES = 2
REBUILD_TO_REACH = 1.3
QUIET_AFTER_SECONDS = 2.5
COMMAND = [sys.executable, "-c", "import sys; from cli.main import run; sys.exit(run(sys.argv[1:]))"]
BARE = (
    "import sys; from pathlib import Path; from benchmarks.caseload_files import bare_loop, bare_walk\n"
    "cases = Path(sys.argv[2])\n"
    "if sys.argv[1] == 'walk': bare_walk(cases)\n"
    "else: bare_loop(sorted(str(p) for p in cases.glob('*/evidence/*/*')), int(sys.argv[1]))"
)


@dataclass(frozen=True)
class Figures:
    """What was measured. Seconds are wall time; `busy` is CPU time by wall time, at most the number of cores."""

    cases: int
    files: int
    mib: float
    first_scan_seconds: float
    walk_seconds: float
    nothing_new_seconds: float
    nothing_new_with_look_in_all_seconds: float
    bare_seconds: float
    bare_busy: float
    rebuild_seconds: float
    rebuild_busy: float
    rebuild_peak_mib: float

    @property
    def walk_ratio(self) -> float:
        """The scan with nothing new by the bare walk."""
        return self.nothing_new_seconds / self.walk_seconds

    @property
    def rebuild_ratio(self) -> float:
        """The rebuild by the bare loop."""
        return self.rebuild_seconds / self.bare_seconds


@dataclass(frozen=True)
class Caseload:
    """A workspace of many cases, and the state of the machine that scans it."""

    folder: Path

    @property
    def share(self) -> Path:
        """The workspace."""
        return self.folder / "share"

    @property
    def cases(self) -> Path:
        """The case folders."""
        return self.share / "cases"

    @property
    def environment(self) -> dict[str, str]:
        """The machine's own."""
        return {**os.environ, "CASEBINDER_STATE": str(self.folder / "state")}

    def scan(self) -> Cost:
        """One `casebinder scan` of everything, as a whole process."""
        return run([*COMMAND, "--workspace", str(self.share), "scan"], self.environment)

    def bare(self, what: str) -> Cost:
        """The bare walk ("walk"), or the bare loop with so many processes."""
        return run([sys.executable, "-c", BARE, what, str(self.cases)], self.environment)

    def forget_index(self) -> None:
        """As if the machine had lost its index."""
        shutil.rmtree(self.folder / "state" / "index")

    def make(self, cases: int, files: int, *, everyday: bool) -> None:
        """Open the cases and drop the files, unless an earlier run did."""
        if self.share.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [*COMMAND, "init", str(self.share)], env=self.environment, check=True, capture_output=True
        )
        settings = self.share / "casebinder.toml"
        settings.write_text(settings.read_text() + "\n[intake]\nsettle_seconds = 0\n")
        with ProcessPoolExecutor(CORES) as pool:
            make = partial(_make_case, self.cases, files=files, everyday=everyday)
            list(pool.map(make, range(cases), chunksize=10))

    def mib(self) -> float:
        """What all evidence together weighs."""
        return sum(path.stat().st_size for path in self.cases.glob("*/evidence/*/*")) / (1 << 20)


def _make_case(cases: Path, number: int, *, files: int, everyday: bool) -> None:
    recorder = Recorder("officer", "desk", "casebinder", lambda: datetime.now(UTC), os.urandom)
    new = NewCase(f"2026-{number:04d}", "prosecution-444-1a", date(2026, 3, 2), "AB", (), ())
    layout = open_new_case(cases, new, recorder)
    caseload_files.make_files(layout.folder / "evidence", number, files, everyday=everyday)


def measure(folder: Path, cases: int = CASES, files: int = FILES, *, everyday: bool = False) -> Figures:
    """Everything, in one run; the median of three where it is short."""
    load = Caseload(folder)
    load.make(cases, files, everyday=everyday)
    first = load.scan()
    load.bare(str(CORES))  # both of the following find the files in memory
    bare = load.bare(str(CORES))
    load.forget_index()
    rebuild = load.scan()
    time.sleep(QUIET_AFTER_SECONDS)
    loud = load.scan()  # what was written within the last seconds of the rebuild is looked at once more
    walks = [load.bare("walk") for _ in range(3)]
    quiet = [load.scan() for _ in range(3)]
    return Figures(
        cases=cases,
        files=cases * files,
        mib=load.mib(),
        first_scan_seconds=first.wall_seconds,
        walk_seconds=statistics.median(cost.wall_seconds for cost in walks),
        nothing_new_seconds=statistics.median(cost.wall_seconds for cost in quiet),
        nothing_new_with_look_in_all_seconds=loud.wall_seconds,
        bare_seconds=bare.wall_seconds,
        bare_busy=bare.cpu_seconds / bare.wall_seconds,
        rebuild_seconds=rebuild.wall_seconds,
        rebuild_busy=rebuild.cpu_seconds / rebuild.wall_seconds,
        rebuild_peak_mib=rebuild.peak_mib,
    )


def report(figures: Figures) -> str:
    """The section for docs/benchmarks.md."""
    rows = [
        ("a bare walk over names and times", figures.walk_seconds, ""),
        ("`scan` with nothing new", figures.nothing_new_seconds, f"{figures.walk_ratio:.1f} times the walk"),
        (
            "a bare loop: hash and extract, two processes",
            figures.bare_seconds,
            f"{figures.bare_busy:.1f} cores busy",
        ),
        (
            "`scan` with the index deleted",
            figures.rebuild_seconds,
            f"{figures.rebuild_ratio:.2f} times the loop, {figures.rebuild_busy:.1f} cores busy, "
            f"peak {figures.rebuild_peak_mib:.0f} MiB",
        ),
        ("the first scan of all", figures.first_scan_seconds, ""),
    ]
    lines = [
        f"{figures.cases:,} cases with {figures.files:,} files, {figures.mib:,.0f} MiB; whole commands. To reach, with 1,000 cases of 100 files on "
        f"two cores: nothing new within 3 s, the rebuild within {REBUILD_TO_REACH} times the loop.",
        "",
        "| what | wall | |",
        "|---|---|---|",
        *(f"| {what} | {seconds:.2f} s | {note} |" for what, seconds, note in rows),
    ]
    if figures.rebuild_ratio > REBUILD_TO_REACH:
        lines += [
            "",
            "**The rebuild misses its mark.** The loop checks nothing and keeps nothing. A rebuild looks whether every page and "
            "every picture is whole, in a caged process, reads the chain, fills the search and writes the pages.",
        ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print the figures as one line of JSON, then as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--files", type=int, default=FILES, help="files a case")
    parser.add_argument("--everyday", action="store_true", help="files of everyday size instead of tiny ones")
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    figures = measure(options.folder, options.cases, options.files, everyday=options.everyday)
    print(json.dumps(asdict(figures)))
    print(report(figures))


if __name__ == "__main__":
    main()
