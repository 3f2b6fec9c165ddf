"""What commands on a case share: checking the last-seen head, scanning, and writing the status page."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from casefiles.caged import CagedExecutor, Limits, minimal_environment
from casefiles.chain.janitor import clean_up, clean_up_unpublished, restore_empty_folders
from casefiles.chain.seen import SeenHeads
from casefiles.errors import VerificationFailed
from casefiles.findings import Severity
from casefiles.index import Index, open_index
from casefiles.intake.item_facts import Reading
from casefiles.intake.limits import FactsLimits
from casefiles.intake.scan import ScanReport, ScanTools, scan_case
from casefiles.settings import Settings
from cli.status_of import status_of
from cli.workspace import OpenCase, Workspace, private_folder, working_folder
from templates.status_page import write_status_page
from watcher.filters import ignored_because
from watcher.stability import Settling

MIB = 1 << 20
WORKERS = max(1, min(4, os.cpu_count() or 1))
CONVERSION_LIMITS = Limits(seconds=240, memory_bytes=4096 * MIB, output_bytes=1024 * MIB)
"""What converting one file, or one batch of Word files, may use; the Office program has limits of its own."""


@dataclass(frozen=True)
class Workshop:
    """The index, the caged children and a private working folder, for as long as a command runs."""

    space: Workspace
    index: Index
    executor: CagedExecutor
    work: Path
    limits: FactsLimits


@contextmanager
def workshop(space: Workspace) -> Iterator[Workshop]:
    """Open the index and a pool of caged children.

    Raises:
        Unavailable: this machine's own folder cannot be written, or the index is locked.
    """
    limits = facts_limits(space.settings)
    private_folder(space.local.root)
    with (
        working_folder(space.local, "work") as work,
        open_index(space.local, space.settings.id) as index,
        CagedExecutor(
            WORKERS,
            limits.cage,
            sys.executable,
            minimal_environment(work, os.environ.get("PATH", os.defpath)),
        ) as executor,
    ):
        yield Workshop(space, index, executor, work, limits)


@contextmanager
def conversion_pool(work: Path) -> Iterator[CagedExecutor]:
    """Caged children for conversions, which may take more than reading does."""
    environment = minimal_environment(work, os.environ.get("PATH", os.defpath))
    with CagedExecutor(WORKERS, CONVERSION_LIMITS, sys.executable, environment) as executor:
        yield executor


def facts_limits(settings: Settings) -> FactsLimits:
    """The limits for reading one file, as the authority has set them."""
    intake = settings.intake
    default = FactsLimits()
    cage = Limits(
        seconds=intake.seconds_per_file,
        memory_bytes=intake.memory_mb * MIB,
        output_bytes=default.cage.output_bytes,
        result_bytes=default.cage.result_bytes,
    )
    return FactsLimits(cage=cage, pages=intake.pages_per_file)


def check_last_seen(opened: OpenCase) -> None:
    """Hold the chain against what this machine saw last, remember its head, and make its empty folders where gone.

    Raises:
        VerificationFailed: the chain was cut or rewritten since; nothing is added to it.
        ChainBroken, Unavailable: as `Journal.read`.
    """
    chain = opened.journal.read()
    local = opened.workspace.local
    private_folder(local.root)
    heads = SeenHeads(local, chain.case_uuid, opened.layout.folder)
    findings = heads.note(chain, opened.workspace.recorder.now())
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise VerificationFailed(
            f"The chain of {opened.layout.folder.name} is not the one that this machine saw before. Nothing was written.",
            remedy="Find out whether a backup was restored. If it was and somebody answers for it: "
            "casebinder decide CASE --recovered restored-from-backup. Until then, write nothing to this case.",
            findings=findings,
        )
    restore_empty_folders(opened.layout, chain)


def remember_head(opened: OpenCase) -> None:
    """Note the head after our own events."""
    chain = opened.journal.read()
    heads = SeenHeads(opened.workspace.local, chain.case_uuid, opened.layout.folder)
    heads.note(chain, opened.workspace.recorder.now())


def scan_open_case(opened: OpenCase, shop: Workshop) -> ScanReport:
    """Scan one case and bring its status page up to date.

    Raises:
        Unavailable: the share is gone; nothing was recorded as missing.
        FileInvalid: `case.toml` has a mistake.
        VerificationFailed: the chain is not the one seen before, or broken.
    """
    check_last_seen(opened)
    settings = shop.space.settings.intake
    settling = Settling(
        clock=time.monotonic,
        wait=time.sleep,
        quiet_seconds=settings.settle_seconds,
        patience_seconds=settings.settle_seconds * 2,
    )
    scratch = shop.work / "intake"
    scratch.mkdir(mode=0o700, exist_ok=True)
    reading = Reading(shop.executor, shop.limits, scratch)
    tools = ScanTools(settling.settle, ignored_because, reading)
    report = scan_case(opened.journal, opened.facts.evidence, shop.index, tools)
    remember_head(opened)
    now = shop.space.recorder.now()
    clean_up(opened.layout, opened.journal.read(), now, heads_agree=True)
    clean_up_unpublished(opened.layout, now)
    refresh_status_page(opened, shop.index)
    return report


def refresh_status_page(opened: OpenCase, index: Index) -> None:
    """Write `Case status.html` where its content has changed.

    Raises:
        Unavailable: the case folder cannot be written.
    """
    write_status_page(opened.layout.status_page, status_of(opened, index))
