"""Make one case of the samples through the command line, and gather what became of each."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bundles.profile import BUILT_IN
from cli.demo.caseload import workspace_toml
from scripts.corpus.compare import Agreement, Comparison, compare_document, compare_page, words
from scripts.corpus.fetch import Sample
from scripts.corpus.pictures import compare_pictures
from scripts.corpus.readers import (
    NoText,
    calendar_text,
    docx_text,
    everything_on,
    html_text,
    mail_text,
    open_document_text,
    pdf_pages,
    plain_text,
    slides_text,
    table_text,
)

REFERENCE = "CORPUS-1"
SECONDS_FOR_ALL = 3600
READERS = {
    "docx": docx_text, "mail": mail_text, "text": plain_text, "CSV": table_text, "HTML": html_text,
    "OpenDocument": open_document_text, "pptx": slides_text, "calendar": calendar_text,
}  # fmt: skip
"""Kinds whose words another reader gives; of the others only the outcome is reported."""
PICTURES = frozenset({"JPEG", "PNG", "TIFF", "GIF", "BMP", "WebP", "HEIC", "AVIF"})


@dataclass
class Outcome:
    """What became of one sample: `bound`, `sheet` or `held`, its pages (1-based, inclusive), and the comparison of each."""

    sample: Sample
    outcome: str
    first_page: int = 0
    last_page: int = 0
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    compared: dict[int, Comparison] = field(default_factory=dict)
    uncompared: str = ""


class Commands:
    """The `casebinder` command on a workspace of its own, with a machine's state of its own."""

    def __init__(self, folder: Path) -> None:
        folder = folder.resolve()
        self.share = folder / "share"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "CASEBINDER_STATE": str(folder / "machine"),
            "LANG": "C.UTF-8",
        }

    def __call__(self, *words_: str, workspace: bool = True, may_fail: bool = False) -> str:
        """Run it and return its standard output.

        Raises:
            RuntimeError: it did not end with 0, and that is not expected.
        """
        command = [str(Path(sys.executable).with_name("casebinder"))]
        if workspace:
            command += ["--workspace", str(self.share)]
        done = subprocess.run(
            [*command, *words_], env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            timeout=SECONDS_FOR_ALL, check=False,
        )  # fmt: skip
        if done.returncode and not may_fail:
            raise RuntimeError(f"casebinder {' '.join(words_)} ended with exit code {done.returncode}")
        return done.stdout


def bind(samples: list[Sample], folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Drop the samples into a new case in `folder`, scan, bundle, verify; give what `bundle` and `verify` say as JSON."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "home").mkdir(parents=True)
    run = Commands(folder)
    run("init", str(run.share), workspace=False)
    settings = run.share / "casebinder.toml"
    identity = next(line for line in settings.read_text().splitlines() if line.startswith("id = "))
    settings.write_bytes(workspace_toml(identity.split('"')[1]))
    _without_size_limit(run.share)
    case = run(
        "open",
        "prosecution-444-1a",
        REFERENCE,
        "--child",
        "C. Orpus",
        "--parent",
        "P. Orpus",
        "--officer",
        "AB",
    )
    evidence = Path(case.strip()) / "evidence"
    for sample in samples:
        target = evidence / sample.project / sample.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(sample.data)
    print(f"corpus: scanning {len(samples)} files", flush=True)
    run("scan", REFERENCE)
    print("corpus: converting and binding", flush=True)
    answer: dict[str, Any] = json.loads(run("bundle", REFERENCE, "--json"))
    print("corpus: verifying", flush=True)
    checked: dict[str, Any] = json.loads(run("verify", answer["path"], "--json", may_fail=True))
    return answer, checked


def _without_size_limit(share: Path) -> None:
    """All pages in one file, for other tools to read, and no picture reduced."""
    rules = (BUILT_IN / "judiciary-2021.toml").read_text(encoding="utf-8")
    own = share / "profiles" / "judiciary-2021.toml"
    own.parent.mkdir()
    own.write_text(re.sub(r"^max_mb = \d+", "max_mb = 0", rules, flags=re.MULTILINE), encoding="utf-8")


def outcomes(samples: list[Sample], answer: Mapping[str, Any], folder: Path) -> list[Outcome]:
    """One outcome a sample, compared; a sample that the bundle does not name is reported as lost."""
    bound_pages = pdf_pages(Path(answer["path"]))
    if len(bound_pages) != answer["pages"]:
        raise RuntimeError(f"the bundle says {answer['pages']} pages, poppler reads {len(bound_pages)}")
    items = {item["sha256"]: item for item in answer["items"]}
    said = defaultdict(list)
    for finding in answer["findings"]:
        said[finding["subject"]].append(finding)
    results = []
    for sample in samples:
        item = items.get(sample.sha256)
        if item is None:
            results.append(Outcome(sample, "LOST", reasons=["not named by the bundle"]))
            continue
        kind = {"evidence": "bound", "placeholder": "held"}.get(item["kind"], item["kind"])
        result = Outcome(sample, kind, item["first_page"], item["last_page"])
        for finding in said[item["path"]]:
            if finding["code"] == "undecided":
                continue
            weighty = finding["severity"] == "error"
            (result.reasons if weighty else result.notes).append(f"{finding['code']}: {finding['message']}")
        if kind == "bound":
            _compare(result, bound_pages, Path(answer["path"]), folder)
        results.append(result)
    return results


def _compare(result: Outcome, bound_pages: list[str], bundle: Path, folder: Path) -> None:
    sample, pages = result.sample, len(bound_pages)
    numbers = range(result.first_page, result.last_page + 1)
    try:
        if sample.kind == "PDF":
            original = folder / "original.pdf"
            original.write_bytes(sample.data)
            texts = pdf_pages(original)
            if len(texts) > len(numbers):
                result.reasons.append(f"{len(texts)} pages in the original, {len(numbers)} bound")
            for number, text in zip(numbers, texts, strict=False):
                compared = compare_page(text, bound_pages[number - 1], _stamp(number, pages))
                if compared.agreement is Agreement.DIFFERENT:
                    compared = _explained(compared, result, number, original)
                result.compared[number] = compared
        elif sample.kind in PICTURES:
            for number in numbers:
                result.compared[number] = compare_page("", bound_pages[number - 1], _stamp(number, pages))
            suffix = Path(sample.name).suffix.lower()
            for number, compared in compare_pictures(bundle, numbers, sample.data, suffix).items():
                if compared.agreement is Agreement.DIFFERENT:
                    result.compared[number] = compared
        else:
            reader = READERS.get(sample.kind)
            if reader is None:
                return
            together = "\n".join(bound_pages[number - 1] for number in numbers)
            whole = compare_document(reader(sample.data), together)
            # One comparison for the document: a difference is charged to each of its pages.
            result.compared = dict.fromkeys(numbers, whole)
    except NoText as error:
        result.uncompared = str(error)


def _explained(compared: Comparison, result: Outcome, number: int, original: Path) -> Comparison:
    """A difference for which there is a reason that the bundle or the original itself gives."""
    page = number - result.first_page + 1
    if any(note.startswith(f"pdf-page-as-picture: page {page} ") for note in result.notes):
        return Comparison(Agreement.PICTURE)
    if not compared.missing and not Counter(compared.added) - words(everything_on(original, page)):
        return Comparison(Agreement.OUTSIDE)
    return compared


def _stamp(number: int, pages: int) -> Counter[str]:
    """The words that a stamp may add to a page."""
    return words(f"{number} {number}/{pages} Page {number} of {pages} DRAFT") + words(
        "DRAFT – not for service · D R A F T"
    )


def pages_in_words(result: Outcome) -> Counter[Agreement]:
    """How many pages agree how."""
    return Counter(comparison.agreement for comparison in result.compared.values())


def faults_of(checked: Mapping[str, Any]) -> list[str]:
    """The errors that `verify --json` names; empty where it passed."""
    if checked["passed"]:
        return []
    findings = [
        finding for report in checked["reports"] for step in report["steps"] for finding in step["findings"]
    ]
    return [f"{row['subject']}: {row['message']}" for row in findings if row["severity"] == "error"] or [
        "no reason given"
    ]
