"""Where this machine's own state may lie."""

from __future__ import annotations

from pathlib import Path

from casefiles.errors import UsageError
from casefiles.layout import LocalLayout
from casefiles.shown import shown_path


def refuse_on_share(local: LocalLayout, root: Path) -> None:
    """This machine's own state (index, keys, last-seen heads) never lies inside the workspace.

    Raises:
        UsageError: it does.
    """
    inside, workspace = local.root.resolve(), root.resolve()
    if inside == workspace or workspace in inside.parents:
        raise UsageError(
            f"This machine's own folder “{shown_path(local.root)}” lies inside the workspace, on the share. "
            "Nothing was written.",
            remedy="Set CASEBINDER_STATE to a folder on this computer's own disk.",
        )
