"""One good bundle (and one draft) for all proof tests of a worker; tests copy it before they touch it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from bundles.proof import Outcome, ProofReport, prove
from tests.bundles.proof.sample import Sample, edited, make_sample

Attack = Callable[[Callable[[pikepdf.Pdf], None]], ProofReport]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("draft"), "DRAFT")


@pytest.fixture
def attack(sample: Sample, tmp_path: Path) -> Attack:
    """Edits a copy of the bundle with qpdf and proves it against the plan."""

    def run(edit: Callable[[pikepdf.Pdf], None]) -> ProofReport:
        path = edited(sample, tmp_path / "attacked.pdf", edit)
        return prove(path, sample.plan, sample.derived, sample.front, sample.facts)

    return run


def named(report: ProofReport, title: str) -> list[str]:
    """The subjects that one check found at fault."""
    check = next(check for check in report.checks if check.title == title)
    if check.findings:
        assert check.outcome is Outcome.FAILED
    return [finding.subject for finding in check.findings]


def everywhere(report: ProofReport) -> set[str]:
    """All subjects found at fault."""
    return {finding.subject for finding in report.findings}
