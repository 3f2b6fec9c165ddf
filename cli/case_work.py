"""What commands on a case share: checking the last-seen head, scanning, and writing the status page."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bundles.convert.cache import ConversionCache
from casefiles.caged import CagedExecutor, Limits, minimal_environment
from casefiles.chain.folder import signature_of
from casefiles.chain.janitor import clean_up, clean_up_unpublished, restore_empty_folders
from casefiles.chain.seen import chain_and_heads
from casefiles.errors import Unavailable, VerificationFailed
from casefiles.files.identity import FolderIdentity, RootIdentity
from casefiles.files.scratch import make_scratch_folder
from casefiles.findings import Severity
from casefiles.index.store import Index, open_index
from casefiles.intake.item_facts import Reading, item_of_original
from casefiles.intake.limits import FactsLimits
from casefiles.intake.scan import ScanReport, ScanTools, scan_case
from casefiles.intake.take_in import Settle
from casefiles.places.copies import copy_problem
from casefiles.settings import Settings
from cli.output import say
from cli.status_of import status_of
from cli.workspace import OpenCase, Workspace, private_folder, working_folder
from cli.workspace_pages import keep_summary
from templates.status_page import write_status_page
from watcher.filters import ignored_because
from watcher.stability import Settling

MIB = 1 << 20
WORKERS = max(1, min(4, os.cpu_count() or 1))
READINGS_A_CHILD = 64
"""Groups of files that one child reads before it is replaced: starting one costs as much as reading some hundred small files."""
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
        open_index(space.local, space.settings.id, to_write=True, waiting=_say_waiting) as index,
        CagedExecutor(
            WORKERS,
            limits.cage,
            sys.executable,
            minimal_environment(work, os.environ.get("PATH", os.defpath)),
            tasks_a_child=READINGS_A_CHILD,
        ) as executor,
    ):
        if index.why:
            say(
                f"This machine's index was {index.why}. A new one is filled from the case folders; that may take a while.",
                err=True,
            )
        yield Workshop(space, index, executor, work, limits)


@contextmanager
def another_workshop(shop: Workshop, name: str) -> Iterator[Workshop]:
    """The same workshop for another thread: it shares the children, and has its own index connection and folder.

    Raises:
        Unavailable: the index is locked.
    """
    work = shop.work / name
    make_scratch_folder(work)
    with open_index(shop.space.local, shop.space.settings.id) as index:
        yield replace(shop, index=index, work=work)


def _say_waiting() -> None:
    say("Another casebinder is writing to this machine's index. Waiting for it.", err=True)


@contextmanager
def conversion_pool(work: Path, workers: int = WORKERS) -> Iterator[CagedExecutor]:
    """Caged children for conversions, which may take more than reading does."""
    environment = minimal_environment(work, os.environ.get("PATH", os.defpath))
    with CagedExecutor(workers, CONVERSION_LIMITS, sys.executable, environment) as executor:
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


def check_last_seen(opened: OpenCase, *, looked: bool = False) -> None:
    """Hold the chain against what this machine saw last, remember its head, and make its empty folders where gone.

    `looked` says that a look at all cases has just found that the folder is no copy of another one.

    Raises:
        VerificationFailed: the chain was cut or rewritten since, or the folder is a copy of a case; nothing is added.
        ChainBroken, Unavailable: as `Journal.read`.
    """
    local = opened.workspace.local
    private_folder(local.root)
    if not looked:
        _refuse_copy(opened, opened.journal.read().case_uuid)
    chain, heads = chain_and_heads(opened.journal, local)
    findings = heads.note(chain, opened.workspace.recorder.now())
    if any(finding.severity is Severity.ERROR for finding in findings):
        reference = opened.reference_and_kind[0] or opened.layout.folder.name
        raise VerificationFailed(
            f"The chain of {opened.layout.folder.name} is not the one that this machine saw before. Nothing was written.",
            remedy="Find out whether a backup was restored. If it was and somebody answers for it: casebinder decide "
            f"{shlex.quote(reference)} --recovered restored-from-backup. Until then, write nothing to this case.",
            findings=findings,
        )
    restore_empty_folders(opened.layout, chain)


def _refuse_copy(opened: OpenCase, case_uuid: str) -> None:
    def others() -> Iterator[Path]:  # listed only where the case is not where this machine saw it last
        yield from opened.workspace.case_folders()

    finding = copy_problem(opened.workspace.local, opened.layout.folder, case_uuid, others())
    if finding is not None and finding.code != "case-linked":
        raise VerificationFailed(finding.message, remedy=finding.remedy)


def remember_head(opened: OpenCase) -> None:
    """Note the head after our own events."""
    chain, heads = chain_and_heads(opened.journal, opened.workspace.local)
    heads.note(chain, opened.workspace.recorder.now())


def scan_open_case(
    opened: OpenCase,
    shop: Workshop,
    *,
    settle: Settle | None = None,
    root: RootIdentity | None = None,
    looked: bool = False,
    safe_point: Callable[[], None] = lambda: None,
) -> ScanReport:
    """Scan one case thoroughly and bring its status page up to date.

    `settle` tells which new files are finished (default: wait for them here); `root` is the workspace as it was when
    the round began (default: now). `looked` is as for `check_last_seen`. `safe_point` may raise whatever is to end the
    scan; it is called where nothing is half-done.

    Raises:
        Unavailable: the share is gone; nothing was recorded as missing.
        FileInvalid: `case.toml` has a mistake.
        VerificationFailed: the chain is not the one seen before, or broken.
    """
    still_the_same = _still_the_same(opened, root or RootIdentity.of(opened.workspace.layout))
    check_last_seen(opened, looked=looked)
    case_uuid = opened.journal.read().case_uuid

    def check() -> None:
        safe_point()
        still_the_same()

    scratch = shop.work / "intake"
    make_scratch_folder(scratch)
    tools = ScanTools(
        settle or _patient(shop.space.settings).settle,
        ignored_because,
        Reading(shop.executor, shop.limits, scratch),
        absent_seconds=shop.space.settings.intake.settle_seconds,
        check=check,
    )
    report = scan_case(opened.journal, opened.facts.evidence, shop.index, tools)
    check()
    if opened.journal.read().case_uuid != case_uuid:
        raise _another(opened)
    remember_head(opened)
    now = shop.space.recorder.now()
    clean_up(opened.layout, opened.journal.read(), now, heads_agree=True)
    clean_up_unpublished(opened.layout, now)
    _forget_withdrawn(opened, shop.index)
    refresh_status_page(opened, shop.index)
    return report


def _forget_withdrawn(opened: OpenCase, index: Index) -> None:
    """Nothing read or drawn from a withdrawn paper stays on this machine, whoever withdrew it, and whoever was just at it."""
    withdrawn = [item for item in opened.journal.state().items.values() if item.disposed is not None]
    cache = ConversionCache(opened.workspace.local.cache)
    here = opened.journal.state().case_uuid
    for item in withdrawn:
        if not index.cases_with([item.sha256], but=here):
            cache.remove(item.sha256)
    if known := index.facts([item_of_original(item) for item in withdrawn]):
        index.forget_facts(known)


def _still_the_same(opened: OpenCase, root: RootIdentity) -> Callable[[], None]:
    """Asks whether workspace, case folder and the case's first event are those that they are now."""
    place, first = FolderIdentity.of(opened.layout.folder), signature_of(opened.layout, 1)

    def check() -> None:
        root.check()
        place.check()
        if signature_of(opened.layout, 1) != first:
            raise _another(opened)

    return check


def _another(opened: OpenCase) -> Unavailable:
    return Unavailable(
        f"Another case is now in the folder “{opened.layout.folder.name}”.",
        remedy="Run the command again. Nothing was recorded as missing.",
    )


def _patient(settings: Settings) -> Settling:
    """Waits for new files until they are finished, or twice as long as that takes."""
    seconds = settings.intake.settle_seconds
    return Settling(time.monotonic, time.sleep, quiet_seconds=seconds, patience_seconds=seconds * 2)


def refresh_status_page(opened: OpenCase, index: Index) -> None:
    """Write `Case status.html` where its content has changed, and keep the case's line for the root page.

    Raises:
        Unavailable: the case folder cannot be written.
    """
    index.page_is_due(opened.journal.state().case_uuid)
    status = status_of(opened, index)
    write_status_page(opened.layout.status_page, status)
    keep_summary(opened, index, status)
