"""`python -m benchmarks`: measures everything in one run, prints it and writes docs/benchmarks.md.

--small      leaves out the 10,000 pages, and takes a small caseload
--cases N    the size of the large caseload
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import assembly, caseload, formats, latency, ocr, whole_path
from benchmarks.measuring import Cost

TARGET = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def machine() -> str:
    """What this ran on, without its name."""
    names = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = names[0] if names else platform.machine()
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB of memory, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f} at the start"
    )


def _table(rows: list[tuple[str, Cost]]) -> str:
    lines = ["| what | CPU | wall | peak |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {cost.cpu_seconds:.2f} s | {cost.wall_seconds:.2f} s | {cost.peak_mib:.0f} MiB |"
        for name, cost in rows
    ]
    return "\n".join(lines)


def _proof() -> str:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.proof", "--pages", "2000", "--folder", folder],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    row = json.loads(done.stdout.strip().splitlines()[-1])
    verdict = "every check passed" if row["ok"] else "A CHECK FAILED"
    return (
        f"{row['pages']:,} pages, {row['bundle_mb']} MB: {row['cpu_seconds']} s CPU, {row['wall_seconds']} s wall, "
        f"peak {row['peak_mib']} MiB; {verdict}. To reach: 6 s CPU for 2,000 pages."
    )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument(
        "--cases", type=int, help="cases of 100 files in the large caseload (1,000; 60 if small)"
    )
    options = parser.parse_args()
    small, cases = options.small, options.cases or (60 if options.small else caseload.CASES)
    parts = [
        "# How fast",
        f"Measured on {datetime.now(UTC):%d %B %Y} with `make bench`, in one run, on {machine()}. CPU is user and "
        "system time of the whole process with its children; seconds do not travel to other machines, ratios do.",
    ]
    print(parts[-1], flush=True)

    def say(*texts: str) -> None:
        parts.extend(texts)
        print(*texts, sep="\n\n", flush=True)

    with tempfile.TemporaryDirectory(prefix="casebinder-bench-") as scratch:
        folder = Path(scratch)
        sizes = [pages for pages in assembly.PAGES if pages <= 2000 or not small]
        rows = [assembly.measure(pages, folder / "corpus", 1 if pages > 5000 else 3) for pages in sizes]
        say(
            "## Assembly of cached pages",
            "Against `qpdf --empty --pages … -- --stream-data=preserve` on the same files. Three files in five are "
            "scans with a text layer. To reach: at 2,000 pages 4 times qpdf's CPU and 200 MiB, at 10,000 twice and 400 MiB.",
            assembly.table(rows),
        )
        say("## Proof", _proof())
        commands = [*whole_path.scans(folder), *whole_path.bundles(folder)]
        start = whole_path.start_up()
        say(
            "## Commands",
            "Whole commands; the bundle's figures contain scan, drawing of cover and index, assembly and proof. To reach: "
            "150 cached pages within 10 s.",
            _table([*commands, *start]),
        )
        click, help_cost = start[0][1].cpu_seconds, start[1][1].cpu_seconds
        status = next(cost for name, cost in commands if name == "status").cpu_seconds
        say(
            f"Start-up against `import click`: `--help` {help_cost / click:.1f} times (to reach: 2), "
            f"`status` {status / click:.1f} times (to reach: 5)."
        )
        say(
            "## Formats",
            "Office files against one bare `soffice --headless --convert-to pdf` of all of them; photos against bare "
            "`img2pdf.convert`. Casebinder checks each file, looks for every word on the pages, and brings them to one shape.",
            formats.table(formats.races(folder)),
            "A thousand files of seven kinds from drop to a proved bundle; the peak is that of the largest process.",
            _table(formats.mixed(folder)),
        )
        say(
            "## A large caseload of tiny files", caseload.report(caseload.measure(folder / "caseload", cases))
        )
        everyday = caseload.measure(folder / "everyday", caseload.EVERYDAY_CASES, everyday=True)
        say("## A caseload of files of everyday size", caseload.report(everyday))
        say(
            "## From drop to page",
            f"From closing a file to its name on the case's page, with `casebinder watch` on a workspace of {latency.CASES} "
            f"cases; {latency.DROPS} drops each. A file must be still for `settle_seconds` (2 unless set). A look comes every "
            "60 s unless set, so without hints add up to that instead of the 5 s used here.",
            latency.table(latency.measure(folder / "latency")),
        )
        say(
            "## Reading scanned pages",
            "Against one call of Tesseract for the same pages as pictures, with the same outputs; one core each. A page that leans "
            "is read twice: as it stands, and straightened.",
            ocr.table(ocr.measure(folder / "ocr")),
        )
    TARGET.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
