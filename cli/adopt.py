"""`casebinder adopt`: a folder that is there already becomes a case as it stands."""

from __future__ import annotations

from pathlib import Path

import click

from casefiles.adopting import adopt_folder
from casefiles.chain.heads import case_at
from casefiles.errors import UsageError
from casefiles.layout import CaseLayout
from cli.case_work import scan_open_case, workshop
from cli.open import new_case, people_options, take_place
from cli.output import print_path, say
from cli.wording import counted
from cli.workspace import OpenCase, Workspace, find_workspace, private_folder


@click.command("adopt")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("kind")
@click.argument("reference", metavar="REF")
@people_options
@click.pass_obj
def command(
    workspace: str | None,
    folder: Path,
    kind: str,
    reference: str,
    children: tuple[str, ...],
    parents: tuple[str, ...],
    others: tuple[str, ...],
    officer: str | None,
) -> None:
    """Make FOLDER, with everything in it, a case of KIND with reference REF, and print the folder.

    FOLDER lies under cases/ already. Nothing in it is moved, renamed or changed: every file in it is evidence from
    now on, wherever it lies. A case.toml that is there is used as it stands.
    """
    space = find_workspace(workspace)
    private_folder(space.local.root)
    here = folder if folder.exists() else space.layout.cases / folder
    _check_free(space, here, reference)
    new, _kind = new_case(space, kind, reference, children, parents, others, officer)
    adopted = adopt_folder(space.layout.cases, here, new, space.recorder)
    take_place(space, adopted.layout)
    if not adopted.case_file_made:
        say(f"{adopted.layout.case_file.name} was there already and is used as it stands.", err=True)
    with workshop(space) as shop:
        report = scan_open_case(OpenCase(space, adopted.layout), shop)
    print_path(adopted.layout.folder)
    problems = f", {counted(len(report.findings), 'finding')}" if report.findings else ""
    say(
        f"Adopted: {counted(report.items, 'item')}{problems}. Nothing was moved. What needs attention stands in "
        f"“{adopted.layout.status_page.name}”.",
        err=True,
    )


def _check_free(space: Workspace, folder: Path, reference: str) -> None:
    """Nothing where no other case has the reference, and no chain that this machine knows is gone from the folder.

    Raises:
        UsageError: one of the two.
    """
    for opened in space.cases():
        same = opened.layout.folder.resolve() == folder.resolve()
        if not same and opened.reference_and_kind[0] == reference:
            raise UsageError(
                f"“{opened.layout.folder.name}” has the reference {reference} already.",
                remedy="Give another reference, or move the files into that case's folder.",
            )
    chain = CaseLayout(folder).chain
    if folder.is_dir() and not chain.exists() and case_at(space.local, folder) is not None:
        raise UsageError(
            f"“{folder.name}” was a case when this machine last saw it, and its folder {chain.name} is gone.",
            remedy=f"Put {chain.name} back from a backup. If it is lost for good, copy the files to a new folder "
            "under cases/, and adopt that.",
        )
