"""`casebinder verify`: check a case folder or a bundle, step by step."""

from __future__ import annotations

from pathlib import Path

import click

from bundles.convert import discover, find_programs
from bundles.convert.run import RequestMaker
from bundles.profile import load_profile, profile_names
from bundles.rederive import Rederiver
from bundles.verify import Sources, verify_bundle
from casefiles.caged import CagedExecutor, minimal_environment
from casefiles.chain.admission import trusted_ring
from casefiles.chain.report import Outcome, Report
from casefiles.chain.verify import Against, verify_case
from casefiles.chain.verify_issued import issued_files
from casefiles.errors import ExitCode, UsageError, VerificationFailed
from casefiles.files.scratch import make_scratch_folder
from casefiles.hashing import sha256_file
from casefiles.layout import CASE_FILE, LocalLayout
from cli.case_work import Workshop, conversion_pool, workshop
from cli.failures import show_finding
from cli.output import Coloured, print_json, say
from cli.wording import counted
from cli.workspace import OpenCase, Workspace, child_environment, find_workspace, private_folder
from watcher.filters import ignored_because


@click.command("verify")
@click.argument("path")
@click.option("--case", metavar="CASE", help="The bundle's case, where the PDF does not lie in its folder.")
@click.option("--json", "as_json", is_flag=True, help="Print facts for programs.")
@click.pass_context
def command(context: click.Context, path: str, case: str | None, as_json: bool) -> None:
    """Check PATH, which is a case (its reference or folder) or a bundle (its PDF), and say what was compared with what.

    A case is checked with every bundle that was issued from it. Ends with exit code 4 if anything is not as recorded,
    and names the page, the file or the event.
    """
    space = find_workspace(context.obj)
    file = Path(path)
    private_folder(space.local.root)
    with workshop(space) as shop, conversion_pool(shop.work) as pool:
        if file.is_file():
            file = file.resolve()  # whoever names a link means what it leads to
            opened = space.case(case) if case else _case_around(space, file)
            reports = [_bundle(opened, shop, file, pool)]
        else:
            opened = space.case(path)
            reports = [verify_case(opened.layout, _against(opened))]
            reports += [_bundle(opened, shop, bundle, pool) for bundle in issued_files(opened.layout)]
    passed = all(report.passed for report in reports)
    if as_json:
        rows = [_as_json(report) for report in reports]
        print_json({"passed": passed, "reports": rows})
    else:
        for report in reports:
            _show(report)
        _conclude(reports)
    if not passed:
        context.exit(ExitCode.VERIFICATION_FAILED)


def _case_around(space: Workspace, file: Path) -> OpenCase:
    """The case in whose folder the file lies."""
    for folder in file.resolve().parents:
        if (folder / CASE_FILE).is_file():
            return space.case(str(folder))
    raise UsageError(
        f"{file.name} does not lie in a case's folder, so there is nothing to check it against.",
        remedy="Name its case: casebinder verify FILE --case REF",
    )


def _bundle(opened: OpenCase, shop: Workshop, file: Path, executor: CagedExecutor) -> Report:
    environment = child_environment() | minimal_environment(shop.work, child_environment()["PATH"])
    programs = find_programs(discover(), environment["PATH"], environment)
    own = [opened.workspace.layout.profiles]
    profile = load_profile(opened.workspace.settings.profile, own)
    work = shop.work / f"verify-{sha256_file(file)[:16]}"
    make_scratch_folder(work)
    maker = RequestMaker(work, profile.stamp, programs)
    sources = Sources(
        cached=lambda evidence, derived: _cached(opened.workspace.local, evidence, derived),
        rederive=Rederiver(opened.layout, maker, executor, work, _disposed(opened)),
        stamp=lambda name: load_profile(name, own).stamp if name in profile_names(own) else None,
        against=_against(opened),
    )
    return verify_bundle(file, opened.layout, sources)


def _disposed(opened: OpenCase) -> frozenset[str]:
    """What was withdrawn, as far as the chain can be followed; verification itself says where it cannot."""
    try:
        items = opened.journal.state().items.values()
    except VerificationFailed:
        return frozenset()
    return frozenset(item.sha256 for item in items if item.disposed is not None)


def _cached(local: LocalLayout, evidence: str, derived: str) -> Path | None:
    """A derived file in this machine's cache, by the SHA-256 of both."""
    for path in sorted((local.cache / evidence).glob("*.pdf")):
        if sha256_file(path) == derived:
            return path
    return None


def _against(opened: OpenCase) -> Against:
    space = opened.workspace
    return Against(
        ring=trusted_ring(space.layout, space.local, space.recorder.now()),
        local=space.local,
        evidence_folders=opened.facts.evidence,
        ignored=lambda name: ignored_because(name) is not None,
    )


def _as_json(report: Report) -> dict[str, object]:
    steps = [step.as_json() for step in report.steps]
    return {"subject": report.subject, "passed": report.passed, "steps": steps}


def _conclude(reports: list[Report]) -> None:
    """What it all comes to, in one line, on standard output."""
    failed = [report.subject for report in reports if not report.passed]
    if failed:
        are = "is" if len(failed) == 1 else "are"
        say(f"Failed: {' and '.join(failed)} {are} not as recorded. What differs is named above.", fg="red")
        return
    unchecked = sum(step.outcome is Outcome.NOT_CHECKED for report in reports for step in report.steps)
    rest = ""
    if unchecked:
        rest = (
            f" {counted(unchecked, 'step')} could not be taken: what they compare is not there yet. A signed checkpoint "
            "comes with the first bundle."
        )
    say(f"Passed: everything that was checked is as recorded.{rest}", fg="green")


def _show(report: Report) -> None:
    say(f"Verifying {report.subject}")
    for step in report.steps:
        colour = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.NOT_CHECKED: "yellow"}[step.outcome]
        mark = Coloured(f"{step.outcome.value:11}", colour)
        say(f"  {step.number:2}  ", mark, f"  {step.title}: {step.compared} ({step.looked_at})")
        for finding in step.findings:
            show_finding(finding)
