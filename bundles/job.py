"""One bundle to make, and what making it takes from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from bundles.bundle_file import BundleFile
from bundles.convert.base import Program
from bundles.convert.cache import ConversionCache
from bundles.profile import Profile, SizeRule
from bundles.selection import KnownItem
from bundles.treat.page_reading import PageReading
from casefiles.case import Case
from casefiles.chain.keyring import KeyRing
from casefiles.chain.keys import SigningKey
from casefiles.chain.replay import CaseState
from casefiles.errors import Blocked
from casefiles.findings import Finding
from casefiles.settings import Settings
from templates.case_kinds import CaseKind

DEFAULT_NAME = "bundle"

Progress = Callable[[str, int, int], None]
"""Called as `progress(stage, done, total)` in the caller's thread."""

KeepReadings = Callable[[str, Mapping[int, PageReading]], None]
"""Called as `keep_readings(sha256, pages)` with what a machine read on the pages (1-based) of an original."""


@dataclass(frozen=True)
class Tools:
    """What making a bundle takes from outside; `work` is an empty private folder on this machine.

    Scanned pages that it was last tried to read before `failed_before` (seconds since 1970), in vain, are tried again.
    """

    executor: Executor
    cache: ConversionCache
    programs: Mapping[str, Program]
    work: Path
    app_version: str
    progress: Progress
    keep_readings: KeepReadings = lambda _sha256, _pages: None
    failed_before: float = 0.0


@dataclass(frozen=True)
class BundleJob:
    """One bundle to make. `key` is this machine's opened key with the ring that it is active in, or None.

    `draft_name` is what the caller wants a draft to be called (without “.pdf”), empty for the court's pattern.
    `unfinished` says that this machine began this very issue before and could not say that it ended. `read_scans` has
    scanned pages read for a draft, too.
    """

    name: str
    file: BundleFile
    case: Case
    kind: CaseKind
    settings: Settings
    profile: Profile
    known: Mapping[str, KnownItem]
    issue: bool
    key: tuple[SigningKey, KeyRing] | None
    unfinished: bool = False
    read_scans: bool = False
    draft_name: str = ""

    @property
    def size(self) -> SizeRule:
        """How large one file may be: as `casebinder.toml` says of the hearing's court, else as the profile says."""
        hearing = self.case.hearing(self.file.hearing)
        court = self.settings.court(hearing.court) if hearing else None
        if court is None or court.max_mb is None:
            return self.profile.size
        return self.profile.size.model_copy(update={"max_mb": float(court.max_mb)})

    @property
    def pdf_name(self) -> str:
        """The name of the bundle's PDF, without “.pdf”: as the court's profile wants it, drafts marked as such."""
        hearing = self.case.hearing(self.file.hearing)
        day = hearing.at.date() if hearing else None
        name = self.profile.bundle_file_name(self.case.reference, self.file.title, day).removesuffix(".pdf")
        if self.issue:
            return name
        # two bundles of a case may have the same title; the draft of one must not replace that of the other
        told_apart = "" if self.name == DEFAULT_NAME else f" ({self.name})"
        return self.draft_name or f"{name}{told_apart} DRAFT"

    def pdf_names(self, volumes: int) -> tuple[str, ...]:
        """The names of the bundle's files, one or a volume each."""
        if volumes == 1:
            return (f"{self.pdf_name}.pdf",)
        return tuple(
            self.profile.volume_file_name(self.pdf_name, volume, volumes) for volume in range(1, volumes + 1)
        )


def refuse_withdrawn(state: CaseState, bound: Iterable[tuple[str, str]]) -> None:
    """Nothing, unless somebody withdrew one of the papers bound, given as (SHA-256, title), since they were chosen.

    Raises:
        Blocked: a paper was withdrawn; no bundle may show it.
    """
    for sha256, title in bound:
        item = state.items.get(sha256)
        if item is not None and item.disposed is not None:
            raise Blocked(
                f"“{title}” was withdrawn from the case while the bundle was made. Nothing was put in place.",
                remedy="Run the command again: the bundle is then made without it.",
            )


def refuse_issue(job: BundleJob, blocking: Sequence[Finding]) -> None:
    """Nothing for a draft, or where nothing stands in the way.

    Raises:
        Blocked: an issue meets errors; it carries them.
    """
    if job.issue and blocking:
        count = len(blocking)
        raise Blocked(
            f"The bundle “{job.name}” cannot be issued: {count} thing{'s stand' if count > 1 else ' stands'} in the way.",
            remedy="Deal with each of these, then run the command again.",
            findings=[finding.naming(job.case.reference) for finding in blocking],
        )
