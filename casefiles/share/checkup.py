"""What `casebinder doctor` answers: one check after another, each in plain words, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from casefiles.errors import ExitCode
from casefiles.findings import Finding, Severity


class State(StrEnum):
    """OK; a NOTE that nothing depends on; something to LOOK at; something needed is MISSING."""

    OK = "ok"
    NOTE = "note"
    LOOK = "look"
    MISSING = "missing"


class Area(StrEnum):
    """What a check is about, in the order of the answer."""

    SHARE = "share"
    WORKSPACE = "workspace"
    PROGRAMS = "programs"
    MACHINE = "machine"


_WEIGHTS = {State.NOTE: Severity.NOTE, State.LOOK: Severity.WARNING, State.MISSING: Severity.ERROR}


@dataclass(frozen=True)
class Check:
    """One check: a stable code, its area and name, what was found, and what to do (empty where nothing).

    `line` is a command to type, or empty.
    """

    code: str
    area: Area
    name: str
    state: State
    says: str
    todo: str = ""
    line: str = ""

    def finding(self) -> Finding | None:
        """The check in the shape of every finding; None where all is well."""
        if self.state is State.OK:
            return None
        remedy = f"{self.todo} {self.line}".strip() if self.line else self.todo
        return Finding(self.code, _WEIGHTS[self.state], self.name, self.says, remedy)

    def as_json(self) -> dict[str, str]:
        """The check with its state."""
        return {
            "code": self.code,
            "area": self.area.value,
            "name": self.name,
            "state": self.state.value,
            "says": self.says,
            "todo": self.todo,
            "line": self.line,
        }


def exit_code(checks: Iterable[Check]) -> ExitCode:
    """The worst decides: the share cannot be used, then a program is missing, then something to look at."""
    listed = tuple(checks)
    missing = {check.area for check in listed if check.state is State.MISSING}
    if missing & {Area.SHARE, Area.WORKSPACE}:
        return ExitCode.UNAVAILABLE
    if Area.PROGRAMS in missing:
        return ExitCode.PROGRAM_MISSING
    if missing or any(check.state is State.LOOK for check in listed):
        return ExitCode.BLOCKED
    return ExitCode.DONE
