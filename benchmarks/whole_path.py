"""Measures the commands that people run: scan, bundle, bundle again, status, --help; each as a whole process."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from reportlab.pdfgen import canvas

from benchmarks.measuring import Cost, median, run

REFERENCE = "2026-0042"
FILES = 1000
DOCUMENTS, PAGES_EACH = 6, 25
COMMAND = [sys.executable, "-c", "import sys; from cli.main import run; sys.exit(run(sys.argv[1:]))"]


@dataclass(frozen=True)
class Machine:
    """A workspace and a machine's own state in one scratch folder."""

    folder: Path

    @property
    def share(self) -> Path:
        """The workspace."""
        return self.folder / "share"

    @property
    def evidence(self) -> Path:
        """Where to drop."""
        return self.share / "cases" / REFERENCE / "evidence"

    def run(self, *words: str) -> Cost:
        """One command on the workspace, measured."""
        environment = {**os.environ, "CASEBINDER_STATE": str(self.folder / "state")}
        return run([*COMMAND, "--workspace", str(self.share), *words], environment)

    def open(self) -> None:
        """A workspace with one open case, and no waiting for files to settle."""
        environment = {**os.environ, "CASEBINDER_STATE": str(self.folder / "state")}
        run([*COMMAND, "init", str(self.share)], environment)
        settings = self.share / "casebinder.toml"
        settings.write_text(settings.read_text() + "\n[intake]\nsettle_seconds = 0\n")
        self.run("open", "prosecution-444-1a", REFERENCE, "--officer", "AB")


def scans(folder: Path) -> list[tuple[str, Cost]]:
    """First scan of 1,000 small files, then one with nothing new, then one with the index deleted."""
    machine = Machine(folder / "scan")
    machine.folder.mkdir(parents=True)
    machine.open()
    for number in range(FILES):
        (machine.evidence / f"note {number:04}.txt").write_text(
            f"Note {number}: " + "called, no answer. " * 12
        )
    rows = [("scan of 1,000 new files", machine.run("scan", REFERENCE))]
    rows.append(("scan with nothing new", machine.run("scan", REFERENCE)))
    for file in (machine.folder / "state" / "index").iterdir():
        file.unlink()
    rows.append(("scan with the index deleted", machine.run("scan", REFERENCE)))
    return rows


def bundles(folder: Path) -> list[tuple[str, Cost]]:
    """A bundle of 150 pages: first with everything to convert, then cached, then with one file added."""
    machine = Machine(folder / "bundle")
    machine.folder.mkdir(parents=True)
    machine.open()
    for number in range(DOCUMENTS):
        document(machine.evidence / f"document {number}.pdf", number)
    rows = [("bundle of 150 pages, nothing cached", machine.run("bundle", REFERENCE))]
    rows.append(("the same again, all cached", machine.run("bundle", REFERENCE)))
    document(machine.evidence / "one more.pdf", DOCUMENTS)
    rows.append(("again after one file of 25 pages was added", machine.run("bundle", REFERENCE)))
    rows.append(("status", median([machine.run("status", REFERENCE) for _ in range(5)])))
    return rows


def start_up() -> list[tuple[str, Cost]]:
    """`import click` as the measure, and `--help`; medians of nine."""
    bare = [sys.executable, "-c", "import click"]
    return [
        ("import click", median([run(bare) for _ in range(9)])),
        ("--help", median([run([*COMMAND, "--help"]) for _ in range(9)])),
    ]


def document(path: Path, number: int, pages: int = PAGES_EACH) -> None:
    """A typed PDF of so many pages; the same number gives the same bytes."""
    drawing = canvas.Canvas(str(path), invariant=True)
    for page in range(pages):
        for line in range(40):
            drawing.drawString(
                72, 780 - 17 * line, f"Document {number}, page {page + 1}, line {line}: no answer given."
            )
        drawing.showPage()
    drawing.save()
