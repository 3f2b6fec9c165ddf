"""What a caged task may use, and what is raised when it used more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from casefiles.errors import CasebinderError

Reason = Literal["time", "memory", "killed", "output", "crashed"]

MIB = 1 << 20
PROGRAM_PATH = "/usr/local/bin:/usr/bin:/bin"
_FIXED_TIME = "946684800"  # 1 January 2000


@dataclass(frozen=True)
class Limits:
    """What one task may use.

    `seconds` is wall time from the moment a ready child gets the task (CPU time is limited to twice that).
    `memory_bytes` is the address space of each process of the task, the warm interpreter included.
    `output_bytes` is the size of any single file it writes; `result_bytes` that of the pickled result.
    """

    seconds: float
    memory_bytes: int
    output_bytes: int
    result_bytes: int = 64 * MIB

    def __post_init__(self) -> None:
        if min(self.seconds, self.memory_bytes, self.output_bytes, self.result_bytes) <= 0:
            raise ValueError(f"limits are greater than nothing: {self}")


class ChildFailed(CasebinderError):
    """A caged task did not end by itself with a result or an exception of its own.

    `reason`: "time" (limit passed), "memory" (limit passed), "output" (a file or the result was too large),
    "killed" (somebody ended the child, or we were told to stop), "crashed" (anything else).
    `detail` is for people who mend casebinder; it never holds file contents.
    """

    code = "child-failed"

    def __init__(self, reason: Reason, detail: str) -> None:
        if reason not in get_args(Reason):
            raise ValueError(f"not a reason: {reason}")
        super().__init__(f"The child process failed ({reason}): {detail}")
        self.reason: Reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[ChildFailed], tuple[Reason, str]]:
        return (type(self), (self.reason, self.detail))


def minimal_environment(home: Path, path: str = PROGRAM_PATH) -> dict[str, str]:
    """The whole environment of a child: programs by `path`, UTF-8, UTC, and `home` as its home and temp folder.

    What writes the time of writing into its output (a font of emoji that is cut down does) gets a fixed one.
    """
    return {
        "PATH": path, "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8", "TZ": "UTC",
        "SOURCE_DATE_EPOCH": _FIXED_TIME,
    }  # fmt: skip
