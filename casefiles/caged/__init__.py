"""Parsers run here: warm child processes with limits on time, memory and output.

The cage contains accidents and bombs: a parser that spins, swells, crashes or writes without end costs one
child and becomes a `ChildFailed`. It is no security boundary against code execution: a child runs as the
same user and may open the same files.
"""

from casefiles.caged.executor import CagedExecutor
from casefiles.caged.limits import ChildFailed, Limits, Reason, minimal_environment

__all__ = ["CagedExecutor", "ChildFailed", "Limits", "Reason", "minimal_environment"]
