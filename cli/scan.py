"""`casebinder scan`: take in what was dropped."""

from __future__ import annotations

import json

import click

from casefiles.chain.names import display_name
from casefiles.errors import CasebinderError
from casefiles.intake.scan import ScanReport
from cli.case_work import scan_open_case, workshop
from cli.failures import explain, show_finding
from cli.wording import counted
from cli.workspace import OpenCase, find_workspace

_WORDS = {
    "received": "received",
    "changed": "edited since it was received",
    "missing": "missing",
    "moved": "moved",
    "restored": "back again",
}


@click.command("scan")
@click.argument("case", required=False)
@click.option("-v", "--verbose", is_flag=True, help="Name the files that were ignored, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print facts for programs.")
@click.pass_context
def command(context: click.Context, case: str | None, verbose: bool, as_json: bool) -> None:
    """Take in what was dropped into CASE, or into every case, and write the status pages."""
    space = find_workspace(context.obj)
    cases = [space.case(case)] if case else space.cases()
    rows = []
    worst = 0
    with workshop(space) as shop:
        for opened in cases:
            try:
                report = scan_open_case(opened, shop)
            except CasebinderError as error:
                if case:
                    raise
                click.echo(f"{opened.layout.folder.name}:", err=True)
                worst = max(worst, explain(error))
                continue
            rows.append(_row(opened, report))
            if not as_json:
                _show(opened, report, verbose)
    if as_json:
        click.echo(json.dumps({"cases": rows}, indent=1, ensure_ascii=False))
    context.exit(worst)


def _row(opened: OpenCase, report: ScanReport) -> dict[str, object]:
    lines = {
        key: [{"file": line.shown, "id": line.id} for line in getattr(report, key)]
        for key in (*_WORDS, "duplicates")
    }
    return {
        "case": opened.facts.reference,
        "folder": str(opened.layout.folder),
        **lines,
        "ignored": [{"file": display_name(row.path), "reason": row.reason} for row in report.ignored],
        "inside": report.inside,
        "items": report.items,
        "events": report.events,
        "findings": [finding.as_json() for finding in report.findings],
    }


def _show(opened: OpenCase, report: ScanReport, verbose: bool) -> None:
    click.echo(
        f"{opened.layout.folder.name}: {counted(report.items, 'item')}, {counted(report.events, 'new event')}"
    )
    for key, words in _WORDS.items():
        for line in getattr(report, key):
            click.echo(f"  {words}  {line.id}  {line.shown}")
    if report.inside:
        click.echo(f"  {report.inside} more inside other files")
    for line in report.duplicates:
        click.echo(f"  the same file was there before: {line.id}  {line.shown}")
    if verbose:
        for row in report.ignored:
            click.echo(f"  ignored  {display_name(row.path)}: {row.reason}")
    for finding in report.findings:
        show_finding(finding)
    click.echo(f"  {opened.layout.status_page}", err=True)
