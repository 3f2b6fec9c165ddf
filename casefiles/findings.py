"""A Finding is a problem found in a case. Findings are collected; they are not exceptions."""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict, dataclass, replace
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

    def naming(self, case: str, file: str = "") -> Finding:
        """The same with commands that name the case and the file instead of CASE and FILE, ready to be typed.

        `case` is a reference; `file` an item's id or shown name, by default the subject.
        """
        words = {"CASE": shlex.quote(case), "FILE": shlex.quote(file or self.subject)}
        remedy = re.sub(r"\b(CASE|FILE)\b", lambda found: words[found[1]], self.remedy)
        return replace(self, remedy=remedy)

    @classmethod
    def from_json(cls, row: dict[str, str]) -> Finding:
        """The inverse of `as_json`.

        Raises:
            ValueError: the severity is none of ours.
            TypeError: a key is unknown or missing.
        """
        return cls(**{**row, "severity": Severity(row["severity"])})  # type: ignore[arg-type]
