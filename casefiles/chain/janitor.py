"""Clears away what a crash left behind: unpublished files, names without an event, unsigned checkpoints."""

from __future__ import annotations

import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

from casefiles.chain.journal import Chain
from casefiles.layout import CaseLayout
from casefiles.publish import remove_file
from casefiles.reach import reaching

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
