"""`casebinder scan`: take in what was dropped."""

from __future__ import annotations

from collections.abc import Sequence

import click

from casefiles.chain.names import display_name
from casefiles.errors import UsageError
from casefiles.intake.scan import ScanLine, ScanReport
from casefiles.layout import CaseLayout
from casefiles.moves import by_folder
from casefiles.places.findings import case_moved
from casefiles.shown import shown_path
from casefiles.status.workspace import Misplaced
from cli.case_work import scan_open_case, workshop
from cli.failures import explain, show_finding, show_misplaced
from cli.gone_cases import forget_archived
from cli.linked_pages import refresh_linked_pages
from cli.output import print_json, say
from cli.progress import progress_bar
from cli.wording import counted
from cli.workspace import OpenCase, find_workspace
from cli.workspace_scan import CaseOutcome, scan_workspace

MOST_LINES = 10
"""Files that a scan names one by one; more are counted by folder (`--json` names all)."""

_WORDS = {
    "received": "received",
    "changed": "edited since it was received",
    "missing": "missing",
    "moved": "moved",
    "restored": "back again",
}


@click.command("scan")
@click.argument("case", required=False)
@click.option(
    "--archived",
    metavar="REF",
    help="The case REF was moved out of the workspace on purpose: this machine need not miss it any more.",
)
@click.option("-v", "--verbose", is_flag=True, help="Name the files that were ignored, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print facts for programs.")
@click.pass_context
def command(
    context: click.Context, case: str | None, archived: str | None, verbose: bool, as_json: bool
) -> None:
    """Take in what was dropped into CASE, or into every case, and write the status pages."""
    if case == "":
        raise UsageError("The name of the case is empty.", remedy="Name a case, or none to scan every case.")
    space = find_workspace(context.obj)
    with workshop(space) as shop:
        if archived is not None:
            forget_archived(space, shop.index, archived)
        if case:
            opened = space.case(case)
            outcomes: tuple[CaseOutcome, ...] = (
                CaseOutcome(opened.layout.folder, scan_open_case(opened, shop), None, quiet=False),
            )
            refresh_linked_pages(space, shop.index)
            code = 0
            misplaced: tuple[Misplaced, ...] = ()
        else:
            with progress_bar() as progress:
                done = scan_workspace(space, shop, progress=progress)
            outcomes, code, misplaced = done.outcomes, done.exit_code, done.misplaced
            for folder in done.moved:
                show_finding(case_moved(shown_path(folder)))
    rows = []
    for outcome in outcomes:
        opened = OpenCase(space, CaseLayout(outcome.folder))
        if outcome.problem is not None:
            say(f"{outcome.folder.name}:", err=True)
            explain(outcome.problem)
        elif outcome.report is not None:
            rows.append(_row(opened, outcome.report))
            if not as_json:
                _show(opened, outcome.report, verbose)
    quiet = sum(outcome.quiet for outcome in outcomes)
    if quiet:
        say(f"{counted(quiet, 'case')} with nothing new.", err=True)
    if as_json:
        found = [each.finding.as_json() for each in misplaced]
        print_json({"cases": rows, "unchanged": quiet, "misplaced": found})
    else:
        told = {outcome.problem.message for outcome in outcomes if outcome.problem is not None}
        show_misplaced([each for each in misplaced if each.finding.message not in told])
    context.exit(code)


def _row(opened: OpenCase, report: ScanReport) -> dict[str, object]:
    lines = {
        key: [{"file": line.shown, "id": line.id} for line in getattr(report, key)]
        for key in (*_WORDS, "duplicates")
    }
    return {
        "case": opened.reference_and_kind[0] or opened.layout.folder.name,
        "folder": str(opened.layout.folder),
        **lines,
        "ignored": [{"file": display_name(row.path), "reason": row.reason} for row in report.ignored],
        "inside": report.inside,
        "items": report.items,
        "events": report.events,
        "findings": [finding.as_json() for finding in report.findings],
    }


def _show(opened: OpenCase, report: ScanReport, verbose: bool) -> None:
    say(
        f"{opened.layout.folder.name}: {counted(report.items, 'item')}, {counted(report.events, 'new event')}"
    )
    for key, words in _WORDS.items():
        _show_lines(words, getattr(report, key))
    if report.inside:
        say(f"  {report.inside} more inside other files")
    _show_lines("the same file was there before:", report.duplicates)
    if verbose:
        for row in report.ignored:
            say(f"  ignored  {display_name(row.path)}: {row.reason}")
    reference = opened.reference_and_kind[0] or opened.layout.folder.name
    for finding in report.findings:
        show_finding(finding.naming(reference))
    say(f"  {opened.layout.status_page}", err=True)


def _show_lines(words: str, lines: Sequence[ScanLine]) -> None:
    """A line a file, or, where they are many, one line for all of them with the folders that they are in."""
    if len(lines) > MOST_LINES:
        say(f"  {words}  {counted(len(lines), 'file')}: {by_folder([line.path for line in lines])}")
        return
    for line in lines:
        say(f"  {words}  {line.id}  {line.shown}")
