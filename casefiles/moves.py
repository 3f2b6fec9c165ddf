"""Files that were renamed or moved inside a case, said in a few lines however many they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from casefiles.chain.bodies import EventType
from casefiles.chain.canonical import read_instant
from casefiles.chain.names import display_name
from casefiles.chain.state import CaseState, PathStatus
from casefiles.findings import Finding, Severity
from casefiles.uk_dates import london, long_date

CODE = "files-moved"
MOST_FOLDERS = 3


def recent_moves(state: CaseState) -> Iterator[Finding]:
    """One note on the files that were renamed or moved on the last day on which any was (Europe/London)."""
    moved = [event for event in state.events if event.type is EventType.EVIDENCE_MOVED]
    if not moved:
        return
    day = london(read_instant(moved[-1].at)).date()
    that_day = {
        str(event.body["path_id"]): None for event in moved if london(read_instant(event.at)).date() == day
    }
    now = [
        path.path
        for path in state.paths.values()
        if path.path_id in that_day and path.path is not None and path.status is PathStatus.PRESENT
    ]
    if not now:
        return
    files = "1 file was" if len(now) == 1 else f"{len(now):,} files were"
    subject = display_name(now[0]) if len(now) == 1 else files.removesuffix(" were")
    yield Finding(
        CODE,
        Severity.NOTE,
        subject,
        f"{files} renamed or moved on {long_date(day)}, and {'is' if len(now) == 1 else 'are'} now in "
        f"{by_folder(now)}. Exhibit labels and bundles keep to the file, whatever its name.",
        "Nothing to do.",
    )


def by_folder(paths: Sequence[bytes]) -> str:
    """Where files lie, the folder with the most first: `evidence/letters (497), evidence (3)`."""
    counts = Counter(display_name(path.rpartition(b"/")[0]) or "the case folder" for path in paths)
    return folders_text(counts.items())


def folders_text(counts: Iterable[tuple[str, int]]) -> str:
    """Folders with how many files each, a few of them named."""
    ordered = sorted(counts, key=lambda row: (-row[1], row[0]))
    named = ", ".join(f"{name} ({count:,})" for name, count in ordered[:MOST_FOLDERS])
    more = len(ordered) - MOST_FOLDERS
    return f"{named} and {more} more folder{'s' if more > 1 else ''}" if more > 0 else named
