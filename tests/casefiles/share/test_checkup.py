"""What single checks come to."""

import pytest

from casefiles.errors import ExitCode
from casefiles.findings import Severity
from casefiles.share.checkup import Area, Check, State, exit_code


def check(area: Area, state: State) -> Check:
    return Check("a-code", area, "Name", state, "It says.", "Do this:", "this --now")


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([(Area.SHARE, State.OK), (Area.MACHINE, State.NOTE)], ExitCode.DONE),
        ([(Area.MACHINE, State.LOOK)], ExitCode.BLOCKED),
        ([(Area.PROGRAMS, State.MISSING), (Area.MACHINE, State.LOOK)], ExitCode.PROGRAM_MISSING),
        ([(Area.PROGRAMS, State.MISSING), (Area.SHARE, State.MISSING)], ExitCode.UNAVAILABLE),
        ([], ExitCode.DONE),
    ],
)
def test_the_worst_decides(states: list[tuple[Area, State]], code: ExitCode) -> None:
    assert exit_code(check(area, state) for area, state in states) is code


def test_only_what_is_not_well_is_a_finding() -> None:
    assert check(Area.SHARE, State.OK).finding() is None
    found = check(Area.SHARE, State.MISSING).finding()
    assert found is not None
    assert (found.code, found.severity, found.subject) == ("a-code", Severity.ERROR, "Name")
    assert found.remedy == "Do this: this --now"
