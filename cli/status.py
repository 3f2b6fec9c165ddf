"""`casebinder status`: what a case holds and what is wrong, without looking at the evidence folders."""

from __future__ import annotations

import json

import click

from casefiles.index import open_index
from casefiles.status_view import CaseStatus, Place
from casefiles.uk_dates import london_text
from cli.failures import show_finding
from cli.wording import counted
from cli.workspace import find_workspace, private_folder


@click.command("status")
@click.argument("case", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print facts for programs.")
@click.pass_obj
def command(workspace: str | None, case: str | None, as_json: bool) -> None:
    """Show what CASE holds and what is wrong with it; without CASE, one line for each case."""
    from cli.status_of import status_of

    space = find_workspace(workspace)
    private_folder(space.local.root)
    opened = [space.case(case)] if case else space.cases()
    with open_index(space.local, space.id) as index:
        found = [status_of(each, index) for each in opened]
    if as_json:
        click.echo(json.dumps({"cases": [each.as_json() for each in found]}, indent=1, ensure_ascii=False))
    elif case:
        _show(found[0])
    else:
        for status in found:
            items = counted(len(status.items), "item")
            click.echo(f"{status.reference}  {items}, {status.needs_attention} to look at")


def _show(status: CaseStatus) -> None:
    click.echo(f"{status.reference}  {status.title}")
    for line in status.items:
        pages = f"{line.pages} pp" if (line.pages or 0) > 1 else f"{line.pages} p " if line.pages else ""
        state = "missing" if line.place is Place.MISSING else line.state.value
        exhibit = f"  {line.exhibit}" if line.exhibit else ""
        where = f"{line.folder}/{line.name}" if line.folder else line.name
        where += f" (from {line.inside})" if line.inside else ""
        click.echo(f"  {line.id}  {state:8}  {pages:>6}  {where}{exhibit}")
    for version in status.versions:
        click.echo(f"  edited: {version.name} is now {version.new_id}; {version.old_id} is what was received")
    for gone in status.missing:
        click.echo(f"  missing since {london_text(gone.since)}: {gone.id}  {gone.name}")
    for row in status.withdrawn:
        click.echo(f"  withdrawn {london_text(row.at)}: {row.id} ({row.reason})")
    for bundle in status.bundles:
        kind = "issued" if bundle.issued else "drafted"
        click.echo(f"  bundle “{bundle.name}”, version {bundle.version}, {kind} {london_text(bundle.at)}")
    chain = status.chain
    signed = f", signed checkpoint {chain.checkpoint}" if chain.checkpoint else ", no signed checkpoint yet"
    click.echo(f"  chain: {counted(chain.events, 'event')}, head {chain.head[:8]}{signed}")
    for finding in status.findings:
        show_finding(finding)
