"""Where this machine keeps its own state: read from the environment, which nothing below `cli` may do."""

from __future__ import annotations

import os
from pathlib import Path

from casefiles.layout import LocalLayout


def local_layout() -> LocalLayout:
    """`CASEBINDER_STATE`, else `XDG_STATE_HOME/casebinder`, else `~/.local/state/casebinder`."""
    named = os.environ.get("CASEBINDER_STATE")
    if named:
        return LocalLayout(Path(named).absolute())
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return LocalLayout(Path(base).absolute() / "casebinder")
