"""Measures a command as a whole process: CPU with its children's, wall time, peak memory."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What one child process took."""

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float


_LAUNCHER = """
import json, os, sys, time
started = time.monotonic()
quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
print(json.dumps([usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss / 1024]))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run(command: list[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run and measure; a small launcher stands between, because a child's peak begins at its parent's.

    Raises:
        CalledProcessError: the command ended with another exit code than 0.
    """
    launched = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command],
        stdout=subprocess.PIPE,
        check=True,
        env=environment,
    )
    return Cost(*json.loads(launched.stdout))


def median(costs: list[Cost]) -> Cost:
    """The median of each time, and the highest peak."""
    return Cost(
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.wall_seconds for cost in costs),
        max(cost.peak_mib for cost in costs),
    )
