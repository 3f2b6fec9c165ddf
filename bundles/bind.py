"""Making a bundle: select, convert, plan, assemble, prove; then, and only then, put it in place and record it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bundles.convert.base import Held
from bundles.convert.run import Conversions
from bundles.cover_view import check_bundle_names, cover_view
from bundles.drawing import Drawer
from bundles.item_pages import findings_of, pages_of, reduced_pages_of, with_drawn_text_searched
from bundles.job import BundleJob, Tools, refuse_issue, refuse_withdrawn
from bundles.manifest import Manifest
from bundles.model import BundlePlan, PlannedTab
from bundles.plan import BundleFacts, ResolvedItem, in_order
from bundles.proof.run import prove
from bundles.proof.subject import ProofFacts
from bundles.proof.whole_set import set_findings
from bundles.selection import (
    SelectedItem,
    Selection,
    confidential_values_shown,
    new_labels,
    select,
)
from bundles.shrinking import Fitted, SizeStep, fitted
from casefiles.chain import drafts
from casefiles.chain.bodies import Decision
from casefiles.chain.checkpoints import line as checkpoint_line
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Journal
from casefiles.chain.linked import Chain
from casefiles.chain.merkle import root as merkle_root
from casefiles.chain.signing import take
from casefiles.errors import Blocked, CasebinderError, Unavailable, UsageError, VerificationFailed
from casefiles.findings import Finding
from casefiles.uk_dates import london, london_text, parse_instant

DRAFT_MARK = "DRAFT"


@dataclass(frozen=True)
class CheckpointUsed:
    """The state of the chain that a bundle is made at; `signed` is False for a draft without a key."""

    size: int
    root: str
    at: str
    signed: bool

    @property
    def line(self) -> str:
        """What the index pages print."""
        return checkpoint_line(self.size, self.root) + ("" if self.signed else " (not signed)")


@dataclass(frozen=True)
class ProvedPdf:
    """One PDF of a bundle, drawn and proved, still in the working folder: all of it, or a volume."""

    pdf: Path
    front: Path
    sha256: str
    plan: BundlePlan
    manifest: Manifest


@dataclass(frozen=True)
class ProvedBundle:
    """A bundle that has been drawn and proved, still in the working folder; `steps` made it smaller."""

    volumes: tuple[ProvedPdf, ...]
    checkpoint: CheckpointUsed
    derived: Mapping[str, Path]
    findings: tuple[Finding, ...]
    converted: int
    cached: int
    steps: tuple[SizeStep, ...] = ()

    @property
    def pages(self) -> int:
        """Pages of all volumes."""
        return self.volumes[-1].plan.last_page

    @property
    def tabs(self) -> tuple[PlannedTab, ...]:
        """All tabs in order; one that is divided between volumes stands there for each part."""
        return tuple(tab for volume in self.volumes for tab in volume.plan.tabs)

    @property
    def plan(self) -> BundlePlan:
        """The plan of the first volume, or of all."""
        return self.volumes[0].plan

    @property
    def sha256s(self) -> tuple[str, ...]:
        """The SHA-256 of each volume."""
        return tuple(volume.sha256 for volume in self.volumes)


def make_bundle(job: BundleJob, journal: Journal, tools: Tools) -> ProvedBundle:
    """Everything up to the proved PDF in the working folder. Exhibit labels and decisions are recorded on the way.

    Raises:
        Blocked: an issue meets an error, or this machine has no usable key.
        UsageError: nothing is to be drawn.
        VerificationFailed: the proof found the drawn file to be other than planned; nothing is put in place.
        Unavailable, ProgramMissing, CasebinderError: as the steps.
    """
    check_bundle_names(job.file, job.case)
    if job.issue and not job.unfinished:
        _refuse_second_issue(job, journal)
    selection = _checked_selection(job, journal)
    _record_labels(job, journal, selection)
    with _withdrawals_told(journal, selection):
        return _drawn_and_proved(job, journal, tools, selection)


@contextmanager
def _withdrawals_told(journal: Journal, selection: Selection) -> Iterator[None]:
    """Where the work fails because a paper was withdrawn meanwhile, that is the reason to give."""
    try:
        yield
    except CasebinderError:
        refuse_withdrawn(
            journal.state(), [(each.source.item.sha256, each.line.title) for each in selection.items]
        )
        raise


def _drawn_and_proved(job: BundleJob, journal: Journal, tools: Tools, selection: Selection) -> ProvedBundle:
    conversions, selection = pages_of(job, journal, selection, tools)
    selection = with_drawn_text_searched(job, selection, conversions)
    checkpoint = _checkpoint(job, journal)
    items = _resolved(selection, conversions, journal)
    if not items:
        if not job.file.lines:
            raise UsageError(
                "Nothing has arrived in this case yet, so the bundle would be empty.",
                remedy="Drop files into its folder evidence, then run the command again.",
            )
        raise UsageError(
            "The bundle has no document to draw.",
            remedy=f'Set use = "serve" on at least one line of {job.file.source.file}.',
        )
    drawer = _drawer(job, journal, checkpoint, tools)
    latest = conversions

    def reduced(dpi: int) -> Sequence[ResolvedItem]:
        nonlocal latest
        latest = reduced_pages_of(journal, selection, tools, job.profile.stamp, conversions, dpi)
        return _resolved(selection, latest, journal)

    fit = fitted(drawer, items, job.size, reduced)
    volumes = _proved(fit, job, tools)
    if job.issue:
        _refuse_second_issue(job, journal, volumes[0].sha256)
    of_fronts = dict.fromkeys(finding for drawn in fit.pdfs for finding in drawn.findings)
    return ProvedBundle(
        volumes,
        checkpoint,
        {item.derived.sha256: item.derived.path for item in fit.items},
        (*findings_of(selection, latest), *of_fronts, *fit.findings),
        conversions.converted,
        conversions.cached,
        fit.steps,
    )


def _refuse_second_issue(job: BundleJob, journal: Journal, same: str = "") -> None:
    """Page numbers are frozen once a bundle has been issued: people cite them. `same` is the SHA-256 of that one."""
    for bundle in journal.state().issued:
        if bundle.name == job.name and bundle.body["sha256"] != same:
            raise Blocked(
                f"The bundle “{job.name}” was issued on {london_text(parse_instant(bundle.at))}, and its page numbers "
                "are frozen.",
                remedy=f"For a new hearing make a new bundle: casebinder bundle {job.case.reference} NAME --issue. "
                "Ask the court how it wants pages that are added later.",
            )


def _checked_selection(job: BundleJob, journal: Journal) -> Selection:
    selection = select(job.file, journal.state(), job.known, job.kind, issue=job.issue)
    shown = confidential_values_shown(selection, job.case, job.file.defendant)
    selection = replace(selection, findings=(*selection.findings, *shown))
    if job.issue:
        if job.key is None:
            raise Blocked(
                "This machine has no usable signing key, so nothing can be issued from it.",
                remedy="Run “casebinder key add”, or issue from a machine whose key is admitted.",
            )
        refuse_issue(job, selection.blocking)
    return selection


def _record_labels(job: BundleJob, journal: Journal, selection: Selection) -> None:
    """Exhibit labels for what is to be served, and the placeholders that the officer wrote into the bundle file."""

    def decide(chain: Chain) -> list[EventDraft]:
        state = journal.state_of(chain)
        labels = new_labels(selection, job.kind, state, job.case.officer)
        random_bytes = journal.recorder.random_bytes
        reasons = [
            drafts.decided(random_bytes, Decision.PLACEHOLDER, selected.item.sha256, selected.placeholder)
            for selected in selection.items
            if job.issue and selected.placeholder and not _is_recorded(selected, state.placeholders)
        ]
        return [*(drafts.assigned(digest, label) for digest, label in labels), *reasons]

    journal.append(decide)


def _is_recorded(selected: SelectedItem, placeholders: Mapping[str, object]) -> bool:
    made = placeholders.get(selected.item.sha256)
    return made is not None and getattr(made, "reason", None) == selected.placeholder


def _checkpoint(job: BundleJob, journal: Journal) -> CheckpointUsed:
    if job.key is not None:
        key, ring = job.key
        taken = take(journal, ring, key).checkpoint
        return CheckpointUsed(taken.size, taken.root, taken.at, signed=True)
    chain = journal.read()
    counted = _last_that_counts(chain)
    return CheckpointUsed(
        counted, merkle_root(chain.leaf_hashes(counted)).hex(), chain.events[counted - 1].at, signed=False
    )


def _last_that_counts(chain: Chain) -> int:
    """The last event that says something about the case: drafting a bundle again must not change its bytes."""
    own = {"bundle.assembled", "bundle.issued", "checkpoint", "key.added"}
    return max(event.seq for event in chain.events if event.type.value not in own)


def _resolved(selection: Selection, conversions: Conversions, journal: Journal) -> list[ResolvedItem]:
    exhibits = journal.state().exhibits
    items = []
    for selected, result in zip(selection.items, conversions.results, strict=True):
        if isinstance(result, Held):
            raise Unavailable(
                f"Not even a placeholder can be drawn for “{selected.line.file}”: {result.findings[0].message}",
                remedy="Check that this machine has room on its disk and memory left, then run the command again. "
                "If it happens again, send us the message.",
            )
        items.append(
            ResolvedItem(
                section=selected.line.section,
                title=selected.line.title,
                dated=selected.line.dated,
                exhibit=exhibits.get(selected.item.sha256, ""),
                kind=selected.form,
                file=selected.line.file,
                evidence_sha256=selected.source.item.sha256,
                event=selected.source.item.seq,
                derived=result,
            )
        )
    return items


def _drawer(job: BundleJob, journal: Journal, checkpoint: CheckpointUsed, tools: Tools) -> Drawer:
    version = next_version(journal, job.name)
    if job.unfinished and version > 1:
        version -= 1  # the one that was begun; whether it is the same is seen once it is drawn
    view = cover_view(
        job.file,
        job.case,
        job.kind,
        job.settings,
        version=version,
        draft=not job.issue,
        checkpoint=checkpoint.line,
        prepared_on=london(parse_instant(checkpoint.at)).date(),
    )
    about = BundleFacts(
        case_reference=job.case.reference,
        case_uuid=journal.state().case_uuid,
        name=job.name,
        title=job.file.title,
        version=version,
        mark="" if job.issue else DRAFT_MARK,
        made_at=checkpoint.at,
        checkpoint=checkpoint.line,
    )
    return Drawer(job, tools, view, about)


def next_version(journal: Journal, name: str) -> int:
    """The version that the next issue of a bundle gets: 1 for the first."""
    issued = [
        int(bundle.body["version"])
        for bundle in journal.state().bundles
        if bundle.name == name and bundle.type.value == "bundle.issued"
    ]
    return max(issued, default=0) + 1


def _proved(fit: Fitted, job: BundleJob, tools: Tools) -> tuple[ProvedPdf, ...]:
    """The PDFs with their SHA-256, once every check of each has passed, and the volumes together hold every page.

    Raises:
        VerificationFailed: one has not.
    """
    paths = {item.derived.sha256: item.derived.path for item in fit.items}
    facts = ProofFacts(job.profile.stamp, {item.derived.sha256: item.derived.pages for item in fit.items})
    pages = sum(drawn.plan.page_count for drawn in fit.pdfs)
    tools.progress("Proving", 0, pages)
    reports = [prove(drawn.pdf, drawn.plan, paths.__getitem__, drawn.front, facts) for drawn in fit.pdfs]
    files = [(item.derived.sha256, len(item.derived.pages)) for item in in_order(fit.items)]
    findings = [finding for report in reports for finding in report.findings]
    findings += set_findings([drawn.plan for drawn in fit.pdfs], files)
    if findings or not all(report.ok for report in reports):
        raise VerificationFailed(
            "The finished bundle is not what was planned, so it was not put in place.",
            remedy="Empty this machine's conversion cache and run the command again; if it happens again, tell us.",
            findings=findings,
        )
    tools.progress("Proving", pages, pages)
    return tuple(
        ProvedPdf(drawn.pdf, drawn.front, report.sha256, drawn.plan, drawn.manifest)
        for drawn, report in zip(fit.pdfs, reports, strict=True)
    )
