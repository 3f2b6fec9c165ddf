"""`casebinder status`: what a case holds and what is wrong, without looking at the evidence folders."""

from __future__ import annotations

import click

from casefiles.errors import CasebinderError
from casefiles.index.store import open_index
from casefiles.layout import CaseLayout
from casefiles.status.scans import being_read_words, no_reader_words
from casefiles.status.view import CaseStatus, Place
from casefiles.uk_dates import london_text
from cli.failures import explain, show_finding, show_misplaced
from cli.output import print_json, say
from cli.wording import counted
from cli.workspace import OpenCase, Workspace, find_workspace, private_folder


@click.command("status")
@click.argument("case", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print facts for programs.")
@click.pass_context
def command(context: click.Context, case: str | None, as_json: bool) -> None:
    """Show what CASE holds and what is wrong with it; without CASE, one line for each case."""
    from cli.status_of import status_of

    space = find_workspace(context.obj)
    private_folder(space.local.root)
    if case:
        with open_index(space.local, space.id) as index:
            found = status_of(space.case(case), index)
        if as_json:
            print_json({"cases": [found.as_json()]})
        else:
            _show(found)
        return
    context.exit(_all(space, as_json))


def _all(space: Workspace, as_json: bool) -> int:
    """One line a case, what is wrong with those that cannot be read, and what lies in the wrong place."""
    from casefiles.places.look import look_at_places
    from cli.status_of import status_of
    from watcher.filters import ignored_because

    places = look_at_places(space.layout, space.local, ignored_because)
    found: list[CaseStatus] = []
    problems: list[CasebinderError] = []
    with open_index(space.local, space.id) as index:
        for folder in places.cases:
            try:
                if folder not in places.not_scanned:
                    found.append(status_of(OpenCase(space, CaseLayout(folder)), index))
            except CasebinderError as error:
                problems.append(error)
                say(f"{folder.name}:", err=True)
                explain(error)
    if as_json:
        misplaced = [each.finding.as_json() for each in places.misplaced]
        print_json({"cases": [each.as_json() for each in found], "misplaced": misplaced})
    else:
        for status in found:
            items = counted(len(status.items), "item")
            say(f"{status.reference}  {items}, {status.needs_attention} to look at")
        show_misplaced(places.misplaced)
    return max((int(error.exit_code) for error in problems), default=0)


def _show(status: CaseStatus) -> None:
    say(f"{status.reference}  {status.title}")
    for line in status.items:
        pages = f"{line.pages} pp" if (line.pages or 0) > 1 else f"{line.pages} p " if line.pages else ""
        state = "missing" if line.place is Place.MISSING else line.state.value
        exhibit = f"  {line.exhibit}" if line.exhibit else ""
        where = f"{line.folder}/{line.name}" if line.folder else line.name
        where += f" (from {line.inside})" if line.inside else ""
        say(f"  {line.id}  {state:8}  {pages:>6}  {where}{exhibit}")
        for sentence in line.scans_say:
            say(f"            {sentence}.")
    for sentence in (being_read_words(status.scans_waiting), no_reader_words(status.scans_without_reader)):
        if sentence:
            say(f"  {sentence.replace('`', '“', 1).replace('`', '”', 1)}.")
    for version in status.versions:
        say(f"  edited: {version.name} is now {version.new_id}; {version.old_id} is what was received")
    for gone in status.missing:
        say(f"  missing since {london_text(gone.since)}: {gone.id}  {gone.name}")
    for row in status.withdrawn:
        say(f"  withdrawn {london_text(row.at)}: {row.id} ({row.reason})")
    for bundle in status.bundles:
        kind = "issued" if bundle.issued else "drafted"
        say(f"  bundle “{bundle.name}”, version {bundle.version}, {kind} {london_text(bundle.at)}")
    chain = status.chain
    signed = f", signed checkpoint {chain.checkpoint}" if chain.checkpoint else ", no signed checkpoint yet"
    say(f"  chain: {counted(chain.events, 'event')}, head {chain.head[:8]}{signed}")
    for finding in status.findings:
        show_finding(finding)
