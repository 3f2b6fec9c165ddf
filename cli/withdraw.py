"""`casebinder withdraw`: a paper that does not belong in the case goes, and that is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from bundles.bundle_file import read_bundle_file, without_line, write_bundle_text
from bundles.convert.cache import ConversionCache
from casefiles.chain.bodies import DisposalReason
from casefiles.errors import FileInvalid, Unavailable, UsageError
from casefiles.hashing import hash_prefix
from casefiles.index.store import Index
from casefiles.lookup import find_item
from casefiles.places.entries import chain_identity
from casefiles.shown import shown_path
from casefiles.uk_dates import london_text, parse_instant
from casefiles.withdrawing import Withdrawal, withdraw
from cli.answers import answered
from cli.case_work import scan_open_case, workshop
from cli.failures import show_finding
from cli.linked_pages import refresh_linked_pages
from cli.output import say
from cli.placeholder import names_of
from cli.wording import counted
from cli.workspace import OpenCase, find_workspace

LATELY = timedelta(days=1)


@click.command("withdraw")
@click.argument("case")
@click.argument("file")
@click.option(
    "--reason", required=True, metavar="CODE", help=", ".join(each.value for each in DisposalReason) + "."
)
@click.option("--by", required=True, metavar="NAME", help="Who decided it.")
@click.pass_obj
def command(workspace: str | None, case: str, file: str, reason: str, by: str) -> None:
    """Take FILE out of CASE: its bytes go; hash, size, date, reason code and authority stay.

    Drafts that bound it go too. What was issued stays as it is, and is named. Run again, it finishes what was
    interrupted.
    """
    codes = [each.value for each in DisposalReason]
    if reason not in codes:
        raise UsageError(f"“{reason}” is not a reason code.", remedy=f"Use one of: {', '.join(codes)}.")
    answered("--by", by, "R. Manager")
    space = find_workspace(workspace)
    opened = space.case(case)
    with workshop(space) as shop:
        scan_open_case(opened, shop)
        digest = find_item(_names(opened, shop.index), file)
        cache = ConversionCache(space.local.cache)
        case_uuid = opened.journal.state().case_uuid
        with _named_by_id(digest):
            done = withdraw(
                opened.journal,
                digest,
                DisposalReason(reason),
                by,
                lambda each: _forget(shop.index, cache, case_uuid, each),
                evidence=opened.facts.evidence,
            )
            lines = _remove_lines(opened, done.withdrawn)
            again = OpenCase(space, opened.layout)  # reads the names anew: those withdrawn are gone
            report = scan_open_case(again, shop)
            refresh_linked_pages(space, shop.index)
            elsewhere = shop.index.cases_with(done.withdrawn, but=case_uuid)
            unseen = _not_looked_at(opened, shop.index)
            held = shop.index.scrub()
    _say(done, lines, [*_still_there(opened, done, elsewhere), *unseen])
    for path in held:
        say(
            f"{path} may still hold its text, because another casebinder has it open. Run the command again when that "
            "has ended.",
            fg="yellow",
            err=True,
        )
    for finding in report.findings:
        if finding.code == "withdrawn-again":
            show_finding(finding)


@contextmanager
def _named_by_id(digest: str) -> Iterator[None]:
    """What was begun is finished by the same command; only the name may be forgotten by then, and the id is not.

    Raises:
        Unavailable: as what it surrounds; the remedy gives the id.
    """
    try:
        yield
    except Unavailable as problem:
        raise Unavailable(
            problem.message,
            remedy=f"{problem.remedy} If it says that there is no such file, its name is gone already: then put "
            f"its id {hash_prefix(digest)} in place of the name.",
        ) from problem


def _names(opened: OpenCase, index: Index) -> dict[str, list[str]]:
    """As `names_of`, and the ids of items that were withdrawn: a withdrawal that was interrupted can be finished."""
    names = names_of(opened, index)
    for digest in opened.journal.state().items:
        names.setdefault(digest, ["(name not known)"])
    return names


def _forget(index: Index, cache: ConversionCache, case_uuid: str, digest: str) -> None:
    cache.remove(digest)
    index.forget_items(case_uuid, [digest])


def _remove_lines(opened: OpenCase, withdrawn: tuple[str, ...]) -> list[str]:
    """Take the lines of withdrawn items out of the bundle files, since they name it; what was done, in words.

    One that cannot be read as a bundle file stays as it is, and is named: the rest of a withdrawal goes on.

    Raises:
        Unavailable: a bundle file cannot be read or written.
    """
    said = []
    for path in sorted(opened.layout.bundles.glob("*.toml")):
        for digest in withdrawn:
            try:
                file = read_bundle_file(path)
            except FileInvalid as problem:
                said.append(f"{problem.message}. Look into it yourself: it may name the paper.")
                break
            line = file.line_for(digest)
            if line is None:
                continue
            text = without_line(file.source.text, file, line)
            if text is None:
                said.append(f"Take line {line.line} out of bundles/{path.name} yourself: it names the paper.")
            else:
                write_bundle_text(path, text)
                said.append(f"Its line {line.line} in bundles/{path.name} was taken out.")
    return said


def _say(done: Withdrawal, lines: list[str], warnings: list[str]) -> None:
    removed = done.files_removed + len(done.drafts_removed)
    say(f"Withdrawn: {', '.join(map(hash_prefix, done.withdrawn))}; {counted(removed, 'file')} removed.")
    said = [f"The draft {name} showed it, and was removed." for name in done.drafts_removed]
    for line in (*said, *lines):
        say(line, err=True)
    for warning in warnings:
        say(warning, fg="yellow", err=True)
    say(
        "Copies in mailboxes, backups and on other machines are not ours to reach: ask the IT desk.", err=True
    )


def _copies(opened: OpenCase) -> list[str]:
    """The other folders under `cases` with the same chain, as shown."""
    here = opened.layout.folder.resolve()
    case_uuid = opened.journal.state().case_uuid
    same = (
        folder
        for folder in opened.workspace.case_folders()
        if folder.resolve() != here and (identity := chain_identity(folder)) and identity[0] == case_uuid
    )
    return [shown_path(Path(folder.name)) for folder in same]


def _not_looked_at(opened: OpenCase, index: Index) -> list[str]:
    """That this machine's knowledge of the other cases is old, in words; or nothing."""
    scanned = index.last_scan()
    if scanned and opened.workspace.recorder.now() - parse_instant(scanned) < LATELY:
        return []
    since = f"since {london_text(parse_instant(scanned))}" if scanned else "ever"
    return [
        f"This machine has not scanned all cases {since}: another case may hold the same file and not be named here. "
        "Run casebinder scan, then casebinder search with a word of its name."
    ]


def _still_there(opened: OpenCase, done: Withdrawal, elsewhere: tuple[str, ...]) -> list[str]:
    """Where the paper, or something of it, still is, and what to do about each."""
    reference = opened.facts.reference
    again = f"casebinder withdraw {reference} {{}} --reason … --by …"
    said = [f"It was bound in {bundle}: recall that bundle from whoever has it." for bundle in done.recall]
    if done.issued_files:
        said.append(
            f"These files in the case folder still show it, and casebinder changes nothing that was issued: "
            f"{'; '.join(done.issued_files)}. Take the whole folder of that bundle away when it has been recalled."
        )
    said += [f"{name} holds it too, outside the evidence folders: delete it there." for name in done.beside]
    said += [
        f"The folder cases/{name} is a copy of this case, and still holds it: delete that folder."
        for name in _copies(opened)
    ]
    said += [f"Look into {name}: it may show the paper." for name in done.drafts_unknown]
    said += [
        f"The file {each} still holds it. To withdraw that too: {again.format(each)}" for each in done.inside
    ]
    said += [
        f"{each} was inside it and is kept, because it came to the case in another way too. "
        f"To withdraw that too: {again.format(each)}"
        for each in done.also_elsewhere
    ]
    said += [
        f"Another version of the file, {each}, is still in the case. To withdraw that too: {again.format(each)}"
        for each in done.versions
    ]
    said += [f"Case {each} holds the same file. Nothing was done there." for each in elsewhere]
    return said
