"""The pages of each selected item: its derived file, or a placeholder where there cannot be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bundles.convert.base import ConversionRequest, Held
from bundles.convert.run import Conversions, RequestMaker, convert_all
from bundles.derived import Derived, StampBox
from bundles.job import BundleJob, Tools, refuse_issue
from bundles.model import TabKind
from bundles.selection import SelectedItem, Selection
from bundles.treat.resolution import is_finer
from bundles.treatment import Treatment
from casefiles.chain import originals
from casefiles.chain.journal import Journal
from casefiles.errors import VerificationFailed
from casefiles.findings import Finding
from casefiles.uk_dates import london_text, parse_instant

DONE_IN_THE_COPY = {
    "image-frames": "image-first-frame-only",
    "image-location": "photo-location-removed",
    "pdf-attachments": "pdf-attached-files",
    "pdf-file-links": "pdf-outside-links-removed",
    "pdf-javascript": "pdf-active-content-removed",
    "pdf-launch": "pdf-active-content-removed",
    "pdf-layers-off": "pdf-hidden-layer",
    "pdf-open-action": "pdf-active-content-removed",
    "pdf-sends": "pdf-active-content-removed",
    "pdf-web-links": "pdf-outside-links-removed",
}
"""What reading a file announces → what its conversion reports as done: the second replaces the first."""


def pages_of(
    job: BundleJob, journal: Journal, selection: Selection, tools: Tools
) -> tuple[Conversions, Selection]:
    """The derived file of every selected item. What turns out to be held gets a placeholder page in a draft.

    Raises:
        Blocked: an item of an issue is held.
        VerificationFailed: a preserved original is not there.
        ProgramMissing, Unavailable, OSError: as `convert_all`.
    """
    maker = RequestMaker(tools.work / "conversions", job.profile.stamp, tools.programs)

    def report(done: int, total: int, _file: str) -> None:
        tools.progress("Converting", done, total)

    requests = [_request(maker, selected, journal) for selected in selection.items]
    done = convert_all(requests, tools.executor, tools.cache, report)
    held = {number: result.findings for number, result in enumerate(done.results) if isinstance(result, Held)}
    if not held:
        return done, selection
    newly = [
        _about_line(finding, selection.items[number])
        for number, findings in held.items()
        for finding in findings
    ]
    selection = replace(
        selection,
        items=tuple(
            replace(selected, form=TabKind.PLACEHOLDER) if number in held else selected
            for number, selected in enumerate(selection.items)
        ),
        findings=(*selection.findings, *newly),
    )
    refuse_issue(job, selection.blocking)
    requests = [
        _request(maker, selected, journal, held.get(number, ()))
        for number, selected in enumerate(selection.items)
    ]
    again = convert_all(requests, tools.executor, tools.cache, report)
    return replace(again, converted=again.converted + done.converted), selection


def reduced_pages_of(
    journal: Journal, selection: Selection, tools: Tools, stamp: StampBox, done: Conversions, dpi: int
) -> Conversions:
    """The same derived files, those with pictures finer than `dpi` dots an inch made again with pictures of that.

    Raises:
        VerificationFailed, ProgramMissing, Unavailable, OSError: as `pages_of`.
    """
    maker = RequestMaker(tools.work / "conversions", stamp, tools.programs)

    def report(ready: int, total: int, _file: str) -> None:
        tools.progress(f"Reducing pictures to {dpi} dots an inch", ready, total)

    wanted = [
        number
        for number, (selected, result) in enumerate(zip(selection.items, done.results, strict=True))
        if selected.form is TabKind.EVIDENCE and isinstance(result, Derived) and is_finer(result.path, dpi)
    ]
    requests = [_request(maker, selection.items[number], journal, dpi=dpi) for number in wanted]
    again = convert_all(requests, tools.executor, tools.cache, report)
    results = list(done.results)
    for number, result in zip(wanted, again.results, strict=True):
        if isinstance(result, Derived):  # else its pictures stay as they are
            results[number] = result
    return replace(done, results=tuple(results))


def _about_line(finding: Finding, selected: SelectedItem) -> Finding:
    return replace(finding, subject=selected.line.file)


def _request(
    maker: RequestMaker,
    selected: SelectedItem,
    journal: Journal,
    problems: Sequence[Finding] = (),
    dpi: int = 0,
) -> ConversionRequest:
    source = selected.source.item
    original = originals.find(journal.layout, source.sha256)
    if original is None:
        raise VerificationFailed(
            f"The preserved original {source.short_id} of “{selected.line.file}” is not there.",
            remedy="Put _chain/originals back from a backup, then run “casebinder verify” on the case.",
        )
    state = journal.state()
    details = {
        "name": _without_folders(selected.line.file),
        "received": london_text(parse_instant(selected.item.received_at)),
        "title": selected.line.title,
        "exhibit": state.exhibits.get(selected.item.sha256, ""),
        "kind_words": selected.source.kind_words,
    }
    if selected.form is TabKind.PLACEHOLDER:
        details |= _placeholder_details(selected, journal, problems)
    treatment = Treatment(dpi=dpi)
    return maker.make(original, source.sha256, selected.source.kind, details, selected.form, treatment)


def _without_folders(shown: str) -> str:
    """A page of the bundle names the file, not the council's folders: `a.eml › photo.jpg`."""
    return " › ".join(part.rsplit("/", 1)[-1] for part in shown.split(" › "))


def _placeholder_details(
    selected: SelectedItem, journal: Journal, problems: Sequence[Finding]
) -> dict[str, str]:
    found = [*selected.source.held, *problems]
    decided = journal.state().placeholders.get(selected.item.sha256)
    matches = decided is not None and decided.reason == selected.placeholder
    return {
        "problem": found[0].message if found else "",
        "reason": selected.placeholder,
        "decided": london_text(parse_instant(decided.at)) if decided and matches else "",
        "action": "" if selected.placeholder else (found[0].remedy if found else ""),
    }


def findings_of(selection: Selection, conversions: Conversions) -> tuple[Finding, ...]:
    """What reading and converting found about the officer's lines, each thing once."""
    known = {(finding.code, finding.subject) for finding in selection.findings}
    of_pages = [
        replace(finding, subject=selected.line.file)
        for selected, result in zip(selection.items, conversions.results, strict=True)
        if isinstance(result, Derived)
        for finding in result.findings
        if (finding.code, selected.line.file) not in known
    ]
    done = {(finding.code, finding.subject) for finding in of_pages}
    of_items = [
        finding
        for finding in selection.findings
        if (DONE_IN_THE_COPY.get(finding.code), finding.subject) not in done
    ]
    return (*of_items, *of_pages)
