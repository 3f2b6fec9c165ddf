"""The volumes of a bundle together: every page of every document once, in order, under numbers that run on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bundles.model import BundlePlan
from bundles.proof.report import file_finding
from casefiles.findings import Finding


def set_findings(plans: Sequence[BundlePlan], files: Sequence[tuple[str, int]]) -> Iterator[Finding]:
    """What is wrong with the plans of all volumes, each of which was proved by itself.

    `files` are the derived files that are to be bound, in order, each as its SHA-256 and its number of pages.
    """
    numbers = [number for plan in plans for number in plan.stamps]
    if numbers != [str(page) for page in range(1, len(numbers) + 1)]:
        yield _finding("the numbers of the pages do not run on from one volume to the next")
    if [(plan.volume, plan.volumes) for plan in plans] != [
        (number, len(plans)) for number in range(1, len(plans) + 1)
    ]:
        yield _finding("the volumes are not counted as they are")
    bound = [
        (tab.derived_sha256, page)
        for plan in plans
        for tab in plan.tabs
        for page in range(tab.from_page, tab.from_page + tab.pages.count)
    ]
    wanted = [(sha256, page) for sha256, pages in files for page in range(1, pages + 1)]
    if bound != wanted:
        at = next(
            (at for at, (one, other) in enumerate(zip(bound, wanted, strict=False)) if one != other),
            min(len(bound), len(wanted)),
        )
        yield _finding(
            f"the volumes bind {len(bound)} pages of documents, {len(wanted)} were to be bound; "
            f"they part at the {at + 1}th"
        )
    firsts = {tab.pages.first for plan in plans for tab in plan.tabs}
    for plan in plans:
        led = {row.to_page for row in plan.index_links} | {row.to_page for row in plan.outside_rows}
        if led != firsts:
            yield _finding(f"the index of volume {plan.volume} does not lead to every document")


def _finding(message: str) -> Finding:
    return file_finding("proof-volumes", message)
