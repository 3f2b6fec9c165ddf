"""Which of several folders with the same chain is the case: the one where this machine saw it last. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from casefiles.chain.heads import last_place, place_of
from casefiles.chain.names import display_name
from casefiles.findings import Finding
from casefiles.layout import LocalLayout
from casefiles.places import findings as words
from casefiles.places.entries import chain_identity


@dataclass(frozen=True)
class Standing:
    """Of folders under `cases/`: which must not be scanned and why, what a copy is a copy of, and which were moved."""

    refused: Mapping[Path, Finding] = field(default_factory=dict)
    homes: Mapping[Path, Path] = field(default_factory=dict)
    moved: tuple[Path, ...] = ()


def judge(
    folders: Mapping[str, Sequence[Path]],
    last: Mapping[str, str],
    shown: Mapping[Path, str],
    place: Callable[[Path], str] = place_of,
) -> Standing:
    """Judges the folders of each case (by identifier), given where this machine saw each case last (`last_places`).

    `shown` has how each folder is named to people; `place` gives what `place_of` gives.
    """
    refused: dict[Path, Finding] = {}
    homes: dict[Path, Path] = {}
    moved: list[Path] = []
    for case, several in folders.items():
        by_place: dict[str, Path] = {}
        for folder in sorted(several, key=lambda each: (each.is_symlink(), each)):
            home = by_place.setdefault(place(folder), folder)
            if home != folder:
                refused[folder] = words.case_linked(shown[folder], home.name)
        home_folder = by_place.get(last.get(case, ""))
        if len(by_place) == 1:
            moved += [folder for folder in by_place.values() if case in last and home_folder is None]
            continue
        for folder in by_place.values():
            if home_folder is None:
                others = sorted(_name(other) for other in by_place.values() if other != folder)
                refused[folder] = words.case_copy_unknown(shown[folder], others)
            elif folder != home_folder:
                refused[folder] = words.case_copy(shown[folder], _name(home_folder))
                homes[folder] = home_folder
    return Standing(refused, homes, tuple(moved))


def copy_problem(local: LocalLayout, folder: Path, case_uuid: str, others: Iterable[Path]) -> Finding | None:
    """Why nothing may be written to the case in `folder`: it is a copy of one in `others`; None where it is not.

    Cheap where this machine saw the case here last: then `others` (the workspace's case folders) are not looked at.

    Raises:
        Unavailable: this machine's notes cannot be read.
    """
    here, last = place_of(folder), last_place(local, case_uuid)
    if last == here:
        return None
    same = [other for other in others if place_of(other) != here and _uuid(other) == case_uuid]
    if not same:
        return None
    everything = [folder, *same]
    standing = judge(
        {case_uuid: everything}, {case_uuid: last} if last else {}, {each: _name(each) for each in everything}
    )
    return standing.refused.get(folder)


def _uuid(folder: Path) -> str | None:
    found = chain_identity(folder)
    return found[0] if found else None


def _name(folder: Path) -> str:
    return display_name(folder.name.encode("utf-8", "surrogateescape"))
