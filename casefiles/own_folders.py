"""The folders of a case that are ours: real folders, never links to somewhere else.

The workspace, its `cases` folder and a case's folder may stand behind a link, as councils link last year's cases.
Inside a case nothing may: what we write there would end where other people can read it, and what we read there
would not be what the case holds.
"""

from __future__ import annotations

from pathlib import Path

from casefiles.errors import Unavailable
from casefiles.files.plain import is_plain_folder, named
from casefiles.files.reach import reaching
from casefiles.layout import CaseLayout
from casefiles.shown import shown_path


def refuse_links(layout: CaseLayout) -> None:
    """Look at each folder of ours that is there.

    Raises:
        Unavailable: one of them is a link or no folder, or cannot be looked at.
    """
    for folder in (
        layout.chain,
        layout.events,
        layout.chain_tmp,
        layout.originals,
        layout.names,
        layout.checkpoints,
        layout.bundles,
        layout.drafts,
        layout.issued,
    ):
        with reaching(folder):
            if is_plain_folder(folder):
                continue
            try:
                what = named(folder.lstat().st_mode)
            except (FileNotFoundError, NotADirectoryError):
                continue
        raise Unavailable(
            f"“{folder.relative_to(layout.folder)}” of “{shown_path(Path(layout.folder.name))}” cannot be used: {what}. "
            "Nothing was read or written.",
            remedy="Remove it, and put the folder itself back: move it here, or take it from a backup.",
        )
