"""Clears away what a crash left behind: unpublished files, names without an event, unsigned checkpoints.

And makes again what a copy left out: folders that hold nothing.
"""

from __future__ import annotations

import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

from casefiles.chain.bodies import EventType
from casefiles.chain.journal import Chain, commitments_of
from casefiles.files.publish import PART_PREFIX, make_folder, remove_file, remove_folder
from casefiles.files.reach import reaching
from casefiles.layout import CaseLayout

OLD = timedelta(days=1)


def clean_up(layout: CaseLayout, chain: Chain, now: datetime, *, heads_agree: bool) -> tuple[str, ...]:
    """Removes litter older than a day; returns the names removed, relative to `_chain`.

    Names files without an event go only if `heads_agree`: no head was seen that this chain lacks. After a
    lost tail they may be all that is left of it.

    Raises:
        Unavailable: a folder cannot be read or written.
    """
    litter = _old_files(layout.chain_tmp, now)
    if heads_agree:
        known = {f"{event.id}.json" for event in chain.events}
        litter += [path for path in _old_files(layout.names, now) if path.name not in known]
    unsigned = [
        path
        for path in _old_files(layout.checkpoints, now)
        if path.suffix == ".txt" and not path.with_suffix(".sig").exists()
    ]
    return tuple(
        path.relative_to(layout.chain).as_posix() for path in [*litter, *unsigned] if remove_file(path)
    )


def clean_up_unpublished(layout: CaseLayout, now: datetime) -> tuple[str, ...]:
    """Removes bundles and files that were never given their names, older than a day, from the case's other folders.

    They hold copies of evidence. Returns the names removed, relative to the case folder.

    Raises:
        Unavailable: a folder cannot be read or written.
    """
    removed: list[str] = []
    for folder in (layout.folder, layout.bundles, layout.drafts, layout.issued):
        for path in _old_unpublished(folder, now) if folder.is_dir() else ():
            if path.is_dir():
                remove_folder(path)
            else:
                remove_file(path)
            removed.append(path.relative_to(layout.folder).as_posix())
    return tuple(removed)


def restore_empty_folders(layout: CaseLayout, chain: Chain) -> None:
    """Makes those of the chain's folders that hold nothing, where they are gone: some tools copy no empty folders.

    A folder that must hold something is never made: that it is gone means that the share is, or a loss.

    Raises:
        Unavailable: `_chain` is not there or cannot be written.
    """
    bodies = [event.body for event in chain.events]
    holds_something = {
        layout.chain_tmp: False,
        layout.names: any(commitments_of(body) for body in bodies),
        layout.originals: any(event.type.value.startswith("evidence.") for event in chain.events),
        layout.checkpoints: any(event.type is EventType.CHECKPOINT for event in chain.events),
    }
    for folder, holds in holds_something.items():
        if not holds and not folder.is_dir():
            make_folder(folder)


def _old_unpublished(folder: Path, now: datetime) -> list[Path]:
    """What `publish` names before it is finished, last written more than a day before `now`; links are left alone."""
    found: list[Path] = []
    limit = (now - OLD).timestamp()
    with reaching(folder), os.scandir(folder) as entries:
        for entry in entries:
            unpublished = entry.name.startswith(PART_PREFIX) and not entry.is_symlink()
            if unpublished and entry.stat(follow_symlinks=False).st_mtime < limit:
                found.append(Path(entry.path))
    return sorted(found)


def _old_files(folder: Path, now: datetime) -> list[Path]:
    """Plain files last written more than a day before `now`, by the share's clock."""
    found: list[Path] = []
    limit = (now - OLD).timestamp()
    with reaching(folder), os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) and status.st_mtime < limit:
                found.append(Path(entry.path))
    return sorted(found)
