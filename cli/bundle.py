"""`casebinder bundle`: draft or issue a bundle."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import click

from bundles.bind import ProvedBundle, make_bundle
from bundles.bundle_file import (
    NAME,
    BundleFile,
    new_bundle_text,
    parse_bundle_file,
    read_bundle_file,
    with_file_names,
    with_new_lines,
    write_bundle_text,
)
from bundles.convert import discover, find_programs
from bundles.convert.cache import ConversionCache
from bundles.job import BundleJob, Tools
from bundles.known_items import known_items, stale_names
from bundles.placing import Placed, place_draft, place_issue
from bundles.profile import load_profile
from bundles.selection import KnownItem, bindable, propose_lines
from bundles.treat.page_reading import PageReading
from bundles.treat.readings import TRIED_AGAIN_SECONDS
from casefiles.caged import minimal_environment
from casefiles.chain.admission import usable_key
from casefiles.chain.keyring import KeyRing
from casefiles.chain.keys import SigningKey
from casefiles.errors import Blocked, UsageError
from casefiles.files.publish import make_folder
from casefiles.findings import Severity
from casefiles.index.store import original_name
from casefiles.unfinished import Unfinished
from cli.case_work import (
    Workshop,
    conversion_pool,
    refresh_status_page,
    remember_head,
    scan_open_case,
    workshop,
)
from cli.failures import show_finding
from cli.output import print_json, print_path, say
from cli.progress import progress_bar
from cli.read_texts import keep_readings
from cli.signing import ask_passphrase
from cli.wording import counted
from cli.workspace import OpenCase, Workspace, child_environment, find_workspace
from templates.case_kinds import CaseKind, read_kind


@click.command("bundle")
@click.argument("case")
@click.argument("name", default="bundle")
@click.option(
    "--profile", metavar="NAME", help="The court's rules; else the bundle file's, else the authority's."
)
@click.option("--issue", is_flag=True, help="Issue it: signed, numbered for good, never changed again.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the PDF to this file.")
@click.option(
    "--placeholder",
    "placeholders",
    multiple=True,
    metavar="FILE",
    help="Let a placeholder page stand for FILE.",
)
@click.option("--reason", default="", help="Why, for --placeholder.")
@click.option("--read-scans", is_flag=True, help="Read scanned pages for a draft, too; --issue always does.")
@click.option("-v", "--verbose", is_flag=True, help="Say also what was taken out of copies.")
@click.option("--json", "as_json", is_flag=True, help="Print facts for programs.")
@click.pass_obj
def command(
    workspace: str | None,
    case: str,
    name: str,
    profile: str | None,
    issue: bool,
    output: Path | None,
    placeholders: tuple[str, ...],
    reason: str,
    read_scans: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Draft the bundle NAME of CASE; with --issue, issue it.

    The first run writes bundles/NAME.toml, one line for each document. Edit it in any editor; later runs add what is
    new and leave your lines as they are.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f"“{name}” cannot be the name of a bundle.",
            remedy="Use small letters, digits and “-”, such as trial.",
        )
    space = find_workspace(workspace)
    opened = space.case(case)
    with workshop(space) as shop:
        scan_open_case(opened, shop)
        for file in placeholders:
            from cli.placeholder import record

            record(opened, shop.index, file, reason)
        work = Unfinished(space.local, f"issue {opened.journal.state().case_uuid} {name}")
        proved, placed, job = _make(opened, shop, name, profile, issue, output, work, read_scans)
        remember_head(opened)
        refresh_status_page(opened, shop.index)
    if issue:
        work.end()
    if as_json:
        print_json(_as_json(proved, placed, job))
    else:
        _show(proved, placed, job, verbose)


def _make(
    opened: OpenCase,
    shop: Workshop,
    name: str,
    profile: str | None,
    issue: bool,
    output: Path | None,
    work: Unfinished,
    read_scans: bool,
) -> tuple[ProvedBundle, Placed, BundleJob]:
    known = items_of(opened, shop)
    kind = read_kind(opened.facts.kind)
    file = _bundle_file(opened, shop.space, name, known, kind)
    job = BundleJob(
        name=name,
        file=file,
        case=opened.facts,
        kind=kind,
        settings=shop.space.settings,
        profile=load_profile(profile or file.profile, [shop.space.layout.profiles]),
        known=known,
        issue=issue,
        key=_key(shop.space, required=issue),
        unfinished=issue and work.begun,
        read_scans=read_scans,
        draft_name=output.stem if output is not None and not issue else "",
    )
    environment = child_environment() | minimal_environment(shop.work, child_environment()["PATH"])
    cache = ConversionCache(shop.space.local.cache, show_finding)
    with progress_bar() as progress, conversion_pool(shop.work) as executor:
        tools = Tools(
            executor=executor,
            cache=cache,
            programs=find_programs(discover(), environment["PATH"], environment),
            work=shop.work,
            app_version=shop.space.recorder.app.removeprefix("casebinder "),
            progress=progress,
            keep_readings=partial(_keep_readings, opened, shop),
            failed_before=shop.space.recorder.now().timestamp() - TRIED_AGAIN_SECONDS,
        )
        proved = make_bundle(job, opened.journal, tools)
        if not issue:
            return proved, place_draft(proved, job, opened.journal, output), job
        work.begin()
        try:
            return proved, place_issue(proved, job, opened.journal, output), job
        except Blocked:
            work.end()  # it was taken back
            raise


def _keep_readings(opened: OpenCase, shop: Workshop, sha256: str, pages: Mapping[int, PageReading]) -> None:
    keep_readings(shop.index, opened.journal.state(), sha256, pages)


def items_of(opened: OpenCase, shop: Workshop) -> dict[str, KnownItem]:
    """The case's items with what reading them found, text included."""
    state = opened.journal.state()
    originals = [original_name(item.sha256, item.suffix) for item in state.items.values()]
    return known_items(state, shop.index.facts(originals, with_text=True))


def _bundle_file(
    opened: OpenCase, space: Workspace, name: str, known: dict[str, KnownItem], kind: CaseKind
) -> BundleFile:
    """The bundle file, written anew or with lines for what is new."""
    path = opened.layout.bundles / f"{name}.toml"
    items = bindable(opened.journal.state(), known)
    if not os.path.lexists(path):
        make_folder(opened.layout.bundles)
        hearing = _next_hearing(opened, space.recorder.now().date())
        title = "Prosecution bundle" if "defendant" in kind.needs else "Bundle"
        text = new_bundle_text(space.settings.profile, hearing, title, propose_lines(items, kind, None))
        write_bundle_text(path, text)
        say(f"Wrote {path.relative_to(opened.layout.folder)}: decide there what is served.", err=True)
        return read_bundle_file(path)
    file = _with_present_names(opened, path, known)
    new = propose_lines(items, kind, file)
    if new:
        text = with_new_lines(file.source.text, new)
        write_bundle_text(path, text)
        lines = counted(len(new), "new line")
        say(f"Added {lines} to {path.relative_to(opened.layout.folder)}.", err=True)
        file = parse_bundle_file(text.encode(), path.name)
    return file


def _with_present_names(opened: OpenCase, path: Path, known: dict[str, KnownItem]) -> BundleFile:
    """The bundle file, with the names of files that were renamed since brought up to date; the ids say which they are."""
    file = read_bundle_file(path)
    stale = stale_names(file, opened.journal.state(), known)
    if not stale:
        return file
    text = with_file_names(file.source.text, file, stale)
    write_bundle_text(path, text)
    where = path.relative_to(opened.layout.folder)
    say(
        f"{counted(len(stale), 'file')} in {where} had another name; the new names were written there.",
        err=True,
    )
    return parse_bundle_file(text.encode(), path.name)


def _next_hearing(opened: OpenCase, today: date) -> str:
    """The id of the first hearing from today on, else of the last one, else nothing."""
    hearings = sorted(opened.facts.hearings, key=lambda hearing: hearing.at)
    coming = [hearing for hearing in hearings if hearing.at.date() >= today]
    found = coming[:1] or hearings[-1:]
    return found[0].id if found else ""


def _key(space: Workspace, *, required: bool) -> tuple[SigningKey, KeyRing] | None:
    """This machine's key; None for a draft where there is none that may be used."""
    try:
        return usable_key(space.layout, space.local, space.recorder.now(), ask_passphrase)
    except Blocked:
        if required:
            raise
        return None


def _as_json(proved: ProvedBundle, placed: Placed, job: BundleJob) -> dict[str, Any]:
    return {
        "path": str(placed.path),
        "sha256": proved.sha256s[0],
        "pages": proved.pages,
        "volumes": [
            {
                "path": str(path),
                "sha256": volume.sha256,
                "first_page": volume.plan.first_page,
                "last_page": volume.plan.last_page,
                "size": path.stat().st_size,
            }
            for path, volume in zip(placed.paths, proved.volumes, strict=True)
        ],
        "made_smaller": [
            {"what": step.what, "before": step.before_bytes, "after": step.after_bytes}
            for step in proved.steps
        ],
        "profile": proved.plan.profile,
        "issued": job.issue,
        "version": proved.plan.version,
        "checkpoint": proved.plan.checkpoint,
        "converted": proved.converted,
        "cached": proved.cached,
        "items": [
            {
                "path": tab.file,
                "sha256": tab.evidence_sha256,
                "exhibit": tab.exhibit,
                "tab": tab.label,
                "kind": tab.kind.value,
                "title": tab.title,
                "choice": tab.choice,
                "treatment": tab.treatment,
                "first_page": tab.pages.first,
                "last_page": tab.pages.last,
            }
            for tab in proved.tabs
        ],
        "findings": [finding.as_json() for finding in proved.findings],
    }


def _show(proved: ProvedBundle, placed: Placed, job: BundleJob, verbose: bool) -> None:
    undecided = [finding for finding in proved.findings if finding.code == "undecided"]
    for finding in proved.findings:
        if (verbose or finding.severity is not Severity.NOTE) and finding not in undecided:
            show_finding(finding.naming(job.case.reference))
    if undecided:
        are = "is" if len(undecided) == 1 else "are"
        documents = counted(len(undecided), "document")
        say(f"{documents} {are} undecided: decide in bundles/{job.name}.toml.", err=True)
    notes = sum(finding.severity is Severity.NOTE for finding in proved.findings)
    what = f"Issued, version {proved.plan.version}" if job.issue else "Draft"
    for step in proved.steps:
        say(f"{step}.", err=True)
    if len(proved.volumes) > 1:
        say(
            f"Divided into {len(proved.volumes)} volumes: one file would be too large for the court, which takes "
            f"{job.size.max_mb:g} MB.",
            err=True,
        )
    bound = len({tab.label for tab in proved.tabs})
    say(
        f"{what}: {counted(proved.pages, 'page')}, {counted(bound, 'document')}; every page proved "
        f"against the plan ({proved.converted} converted, {proved.cached} from the cache).",
        err=True,
    )
    if notes and not verbose:
        say(
            f"{counted(notes, 'note')} on what the copies leave out: add -v to read {'it' if notes == 1 else 'them'}.",
            err=True,
        )
    for path in placed.paths:
        print_path(path)
