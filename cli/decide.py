"""`casebinder decide`: what a person decides about a file or about the chain."""

from __future__ import annotations

from collections.abc import Callable

import click

from casefiles.chain import drafts, originals
from casefiles.chain.bodies import Decision, RecoveryReason
from casefiles.chain.heads import first_contradicted
from casefiles.chain.seen import SeenHeads
from casefiles.decisions import record_opened_copy, record_version_decision
from casefiles.errors import UsageError
from casefiles.findings import Severity
from casefiles.lookup import find_item
from cli.case_work import Workshop, check_last_seen, remember_head, scan_open_case, workshop
from cli.placeholder import names_of
from cli.workspace import OpenCase, find_workspace, private_folder


@click.command("decide")
@click.argument("case")
@click.option("--unlock", metavar="FILE", help="Open a protected file; asks for its password.")
@click.option("--accept", metavar="FILE", help="This edited version counts from now on. FILE is its id.")
@click.option("--reject", metavar="FILE", help="This edited version does not count. FILE is its id.")
@click.option(
    "--recovered",
    metavar="CODE",
    help="The chain lost events, and somebody answers for it: "
    + ", ".join(each.value for each in RecoveryReason)
    + ".",
)
@click.pass_obj
def command(
    workspace: str | None,
    case: str,
    unlock: str | None,
    accept: str | None,
    reject: str | None,
    recovered: str | None,
) -> None:
    """Record a decision about CASE. Give exactly one of the options."""
    if sum(option is not None for option in (unlock, accept, reject, recovered)) != 1:
        raise UsageError(
            "Say what is decided, and one thing at a time.",
            remedy="For example: casebinder decide CASE --unlock FILE.",
        )
    space = find_workspace(workspace)
    opened = space.case(case)
    if recovered is not None:
        private_folder(space.local.root)
        _recover(opened, recovered)
        return
    with workshop(space) as shop:
        scan_open_case(opened, shop)
        check_last_seen(opened)
        if unlock is not None:
            unlock_file(opened, shop, unlock, _ask)
        else:
            decision = Decision.ACCEPT if accept is not None else Decision.REJECT
            digest = find_item(names_of(opened, shop.index), accept or reject or "")
            record_version_decision(opened.journal, digest, decision)
            click.echo(f"Recorded: the edited version {digest[:8]} is {decision.value}ed.")
        scan_open_case(opened, shop)


def _ask(name: str) -> str:
    answer: str = click.prompt(f"Password of {name}", hide_input=True, err=True)
    return answer


def unlock_file(opened: OpenCase, shop: Workshop, file: str, ask: Callable[[str], str]) -> None:
    """Open a protected file with the password that `ask(shown name)` gives, and take the copy in as evidence.

    Raises:
        UsageError: no such file, or the password does not open it.
        Unavailable: the share cannot be written.
    """
    from casefiles.intake.pdf_password import open_with_password

    names = names_of(opened, shop.index)
    digest = find_item(names, file)
    original = originals.find(opened.layout, digest)
    if original is None:
        raise UsageError(
            f"The original of “{file}” is not there.", remedy="Run casebinder verify on the case."
        )
    password = ask(names[digest][0])
    copy = shop.work / "opened.pdf"
    try:
        shop.executor.submit(open_with_password, original, password, copy).result()
        opened_as = record_opened_copy(opened.journal, digest, copy)
    finally:
        copy.unlink(missing_ok=True)
    click.echo(
        f"Opened: the copy is evidence {opened_as[:8]}, and is what bundles bind. The password was not kept."
    )


def _recover(opened: OpenCase, code: str) -> None:
    codes = [each.value for each in RecoveryReason]
    if code not in codes:
        raise UsageError(f"“{code}” is not a reason code.", remedy=f"Use one of: {', '.join(codes)}.")
    chain = opened.journal.read()
    heads = SeenHeads(opened.workspace.local, chain.case_uuid, opened.layout.folder)
    lost = first_contradicted(heads.heads, chain)
    if lost is None or not any(finding.severity is Severity.ERROR for finding in heads.check(chain)):
        raise UsageError("This machine misses no event of this chain.", remedy="Nothing needs doing.")
    done = chain.head.seq
    opened.journal.append(
        lambda now: [] if now.head.seq > done else [drafts.recovered(lost, RecoveryReason(code))]
    )
    remember_head(opened)
    click.echo(
        f"Recorded: what this machine saw from event {lost} on is lost, and the chain goes on ({code})."
    )
