"""`casebinder verify`: check a case folder or a bundle, step by step."""

from __future__ import annotations

import json

import click

from casefiles.chain.admission import trusted_ring
from casefiles.chain.heads import read_heads
from casefiles.chain.report import Outcome, Report
from casefiles.chain.verify import Against, verify_case
from cli.failures import show_finding
from cli.workspace import OpenCase, find_workspace
from watcher.filters import ignored_because


@click.command("verify")
@click.argument("path")
@click.option("--json", "as_json", is_flag=True, help="Print facts for programs.")
@click.pass_context
def command(context: click.Context, path: str, as_json: bool) -> None:
    """Check PATH, a case (its reference or folder) or a bundle (its PDF), and say what was compared with what.

    Ends with exit code 4 if anything is not as recorded, and names the page, the file or the event.
    """
    space = find_workspace(context.obj)
    opened = space.case(path)
    report = verify_case(opened.layout, _against(opened))
    _show(report, as_json)
    if not report.passed:
        context.exit(4)


def _against(opened: OpenCase) -> Against:
    space = opened.workspace
    chain_uuid = opened.journal.read().case_uuid
    return Against(
        ring=trusted_ring(space.layout, space.local, space.recorder.now()),
        heads=read_heads(space.local, chain_uuid),
        evidence_folders=opened.facts.evidence,
        ignored=lambda name: ignored_because(name) is not None,
    )


def _show(report: Report, as_json: bool) -> None:
    if as_json:
        steps = [step.as_json() for step in report.steps]
        click.echo(json.dumps({"subject": report.subject, "passed": report.passed, "steps": steps}, indent=1))
        return
    click.echo(f"Verifying {report.subject}")
    for step in report.steps:
        colour = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.NOT_CHECKED: "yellow"}[step.outcome]
        mark = click.style(f"{step.outcome.value:11}", fg=colour)
        click.echo(f"  {step.number:2}  {mark}  {step.title}: {step.compared} ({step.looked_at})")
        for finding in step.findings:
            show_finding(finding)
