"""A Finding is a problem found in a case. Findings are collected; they are not exceptions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: an ERROR blocks an issue, a WARNING asks for a look, a NOTE informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, order=True)
class Finding:
    """One problem: a stable code, its weight, what it is about, what it says, what to do, and why.

    `subject` is the file, page, fact or event concerned, as a person would name it.
    `source` is the rule or standard behind it, or empty.
    """

    code: str
    severity: Severity
    subject: str
    message: str
    remedy: str = ""
    source: str = ""

    def as_json(self) -> dict[str, str]:
        """The shape that every `--json` output uses."""
        return {key: str(value) for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, row: dict[str, str]) -> Finding:
        """The inverse of `as_json`.

        Raises:
            ValueError: the severity is none of ours.
            TypeError: a key is unknown or missing.
        """
        return cls(**{**row, "severity": Severity(row["severity"])})  # type: ignore[arg-type]
