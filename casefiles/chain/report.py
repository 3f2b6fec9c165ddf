"""What a verification says: numbered steps, each with what was compared with what, and everything wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from casefiles.errors import VerificationFailed
from casefiles.findings import Finding, Severity


class Outcome(StrEnum):
    """How a step came out. NOT_CHECKED is never counted as passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Step:
    """One numbered step (from 1): its title, what it compared, how many things it looked at, how it came out."""

    number: int
    title: str
    compared: str
    looked_at: int
    outcome: Outcome
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """The shape of `verify --json`."""
        return {
            "number": self.number,
            "title": self.title,
            "compared": self.compared,
            "looked_at": self.looked_at,
            "outcome": self.outcome.value,
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass(frozen=True)
class Report:
    """The steps of one verification, in order."""

    subject: str
    steps: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        """True if no step failed; a step that was not checked is not a failure, and not a pass either."""
        return all(step.outcome is not Outcome.FAILED for step in self.steps)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found, in the order of the steps."""
        return tuple(finding for step in self.steps for finding in step.findings)

    def require_passed(self) -> None:
        """Raises:
        VerificationFailed: a step failed; it carries all findings.
        """
        failed = [str(step.number) for step in self.steps if step.outcome is Outcome.FAILED]
        if failed:
            raise VerificationFailed(
                f"{self.subject} is not as recorded: step {', '.join(failed)} failed.",
                remedy="Read the findings of each failed step; each names the event or file.",
                findings=self.findings,
            )


def make_step(
    number: int, title: str, compared: str, looked_at: int, findings: list[Finding], *, checked: bool = True
) -> Step:
    """A step whose outcome follows from its findings: an error fails it."""
    failed = any(finding.severity is Severity.ERROR for finding in findings)
    outcome = Outcome.FAILED if failed else (Outcome.PASSED if checked else Outcome.NOT_CHECKED)
    return Step(number, title, compared, looked_at, outcome, tuple(findings))
