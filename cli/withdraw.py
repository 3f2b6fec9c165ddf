"""`casebinder withdraw`: a paper that does not belong in the case goes, and that is recorded."""

from __future__ import annotations

import click

from bundles.convert.cache import ConversionCache
from casefiles.chain.bodies import DisposalReason
from casefiles.decisions import withdraw
from casefiles.errors import UsageError
from casefiles.lookup import find_item
from cli.case_work import scan_open_case, workshop
from cli.placeholder import names_of
from cli.wording import counted
from cli.workspace import find_workspace


@click.command("withdraw")
@click.argument("case")
@click.argument("file")
@click.option(
    "--reason", required=True, metavar="CODE", help=", ".join(each.value for each in DisposalReason) + "."
)
@click.option("--by", required=True, metavar="NAME", help="Who decided it.")
@click.pass_obj
def command(workspace: str | None, case: str, file: str, reason: str, by: str) -> None:
    """Take FILE out of CASE: its bytes go; hash, size, date, reason code and authority stay."""
    codes = [each.value for each in DisposalReason]
    if reason not in codes:
        raise UsageError(f"“{reason}” is not a reason code.", remedy=f"Use one of: {', '.join(codes)}.")
    space = find_workspace(workspace)
    opened = space.case(case)
    with workshop(space) as shop:
        scan_open_case(opened, shop)
        digest = find_item(names_of(opened, shop.index), file)
        cache = ConversionCache(space.local.cache)
        done = withdraw(opened.journal, digest, DisposalReason(reason), by, lambda each: _forget(cache, each))
        scan_open_case(opened, shop)
    click.echo(
        f"Withdrawn: {', '.join(each[:8] for each in done.withdrawn)}; "
        f"{counted(done.files_removed, 'file')} removed."
    )
    for bound in done.bound_in:
        click.secho(
            f"It was bound in {bound}: recall that bundle from whoever has it.", fg="yellow", err=True
        )
    click.echo(
        "Copies in mailboxes, backups and on other machines are not ours to reach: ask the IT desk.", err=True
    )


def _forget(cache: ConversionCache, digest: str) -> None:
    cache.remove(digest)
