"""The pages of each selected item: its derived file, or a placeholder where there cannot be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bundles.choices import NOTHING_CHOSEN
from bundles.convert.base import ConversionRequest, Held
from bundles.convert.run import Conversions, RequestMaker, convert_all
from bundles.convert.words import texts_of
from bundles.derived import Derived, StampBox
from bundles.job import BundleJob, Tools, refuse_issue
from bundles.model import TabKind
from bundles.scans import with_scans_read
from bundles.selection import SelectedItem, Selection, confidential_values_shown
from bundles.treat.reader import TESSERACT
from bundles.treat.resolution import is_finer
from bundles.treatment import NOTHING, Treatment, decode
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

CHOSEN_PERHAPS = frozenset({"office-hidden-slides", "office-speaker-notes", "workbook-hidden-sheets"})
"""What reading a file says is not shown, and what may be shown by choice: then its conversion says what is not."""


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
    read_first = job.issue or job.read_scans
    done = convert_all(requests, tools.executor, tools.cache, report)
    done = with_scans_read(requests, done, tools, first=read_first)
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
    again = with_scans_read(requests, again, tools, first=read_first)
    return replace(again, converted=again.converted + done.converted), selection


def with_drawn_text_searched(job: BundleJob, selection: Selection, conversions: Conversions) -> Selection:
    """The selection with a finding where drawn pages show what a reader must not see: those that were chosen of an
    item, and those whose words only a machine has read.

    Raises:
        Blocked: an issue shows it.
    """
    texts = {
        selected.item.sha256: "\n".join(texts_of(result.path))
        for selected, result in zip(selection.items, conversions.results, strict=True)
        if selected.form is TabKind.EVIDENCE
        and isinstance(result, Derived)
        and (selected.line.choices.of_content or TESSERACT.name in result.programs)
    }
    shown = confidential_values_shown(selection, job.case, job.file.defendant, texts) if texts else []
    found = [finding for finding in shown if finding not in selection.findings]
    if found:
        selection = replace(selection, findings=(*selection.findings, *found))
        refuse_issue(job, selection.blocking)
    return selection


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
    before = {number: result for number in wanted if isinstance(result := done.results[number], Derived)}
    requests = [
        _request(
            maker, selection.items[number], journal, treatment=replace(decode(result.treatment), dpi=dpi)
        )
        for number, result in before.items()
    ]
    again = convert_all(requests, tools.executor, tools.cache, report)
    results = list(done.results)
    for (number, old), result in zip(before.items(), again.results, strict=True):
        if isinstance(result, Derived):  # else its pictures stay as they are
            said = dict.fromkeys((*old.findings, *result.findings))
            results[number] = replace(result, findings=tuple(said))
    return replace(done, results=tuple(results))


def _about_line(finding: Finding, selected: SelectedItem) -> Finding:
    return replace(finding, subject=selected.line.file)


def _request(
    maker: RequestMaker,
    selected: SelectedItem,
    journal: Journal,
    problems: Sequence[Finding] = (),
    treatment: Treatment | None = None,
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
    choices = selected.line.choices if selected.form is TabKind.EVIDENCE else NOTHING_CHOSEN
    names = choices.sheets if treatment is None else ()  # a treatment made before has their numbers
    return maker.make(
        original,
        source.sha256,
        selected.source.kind,
        details,
        selected.form,
        choices.added_to(NOTHING) if treatment is None else treatment,
        names,
    )


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
    by_choice = {each.line.file for each in selection.items if each.line.choices.of_content}
    read = [
        finding
        for finding in selection.findings
        if finding.code not in CHOSEN_PERHAPS or finding.subject not in by_choice
    ]
    known = {(finding.code, finding.subject) for finding in read}
    of_pages = [
        replace(finding, subject=selected.line.file)
        for selected, result in zip(selection.items, conversions.results, strict=True)
        if isinstance(result, Derived)
        for finding in result.findings
        if (finding.code, selected.line.file) not in known
    ]
    done = {(finding.code, finding.subject) for finding in of_pages}
    of_items = [
        finding for finding in read if (DONE_IN_THE_COPY.get(finding.code), finding.subject) not in done
    ]
    return (*of_items, *of_pages)
