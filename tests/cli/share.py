"""What tests of the command line share: a workspace with one open case, and readers of what comes out."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportlab.pdfgen import canvas

from cli.main import run

REFERENCE = "2026-0042"


def write_pdf(path: Path, pages: list[str]) -> None:
    """A PDF by ReportLab, one line of text a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing = canvas.Canvas(str(path), invariant=True)
    for text in pages:
        drawing.drawString(72, 700, text)
        drawing.showPage()
    drawing.save()


@dataclass
class Share:
    """A share with one open case."""

    root: Path
    state: Path
    capture: Any

    @property
    def case(self) -> Path:
        return self.root / "cases" / f"{REFERENCE} EXAMPLE"

    @property
    def evidence(self) -> Path:
        return self.case / "evidence"

    @property
    def bundle_file(self) -> Path:
        return self.case / "bundles" / "bundle.toml"

    def run(self, *words: str, expect: int = 0) -> str:
        """What a command says on standard output; standard error is in `self.said`."""
        self.capture.readouterr()
        code = run(["--workspace", str(self.root), *words])
        out, self.said = self.capture.readouterr()
        assert code == expect, out + self.said
        assert "Traceback" not in self.said
        return str(out)

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))

    def decide_all(self, use: str = "serve") -> None:
        text = self.bundle_file.read_text()
        self.bundle_file.write_text(text.replace('"undecided"', f'"{use}"'))


def pages_of(pdf: Path) -> list[str]:
    """The text of each page as poppler reads it."""
    text = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True, text=True
    ).stdout
    return [re.sub(r"\s+", " ", page).strip() for page in text.split("\f")[:-1]]
