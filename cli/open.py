"""`casebinder open`: a new case."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import click

from casefiles.case import Role
from casefiles.chain.journal import Journal
from casefiles.chain.seen import SeenHeads
from casefiles.errors import UsageError
from casefiles.layout import CaseLayout
from casefiles.opening import NewCase, NewPerson, case_folder_name, open_new_case
from casefiles.uk_dates import london
from casefiles.unfinished import Unfinished
from cli.output import print_path, say
from cli.workspace import Workspace, find_workspace, private_folder
from templates.case_kinds import CaseKind, read_kind

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def people_options(function: FunctionT) -> FunctionT:
    """The options that say who is in a new case, and whose it is."""
    options = (
        click.option(
            "--child",
            "children",
            multiple=True,
            metavar="NAME",
            help="A child of the case. May be repeated.",
        ),
        click.option(
            "--parent",
            "parents",
            multiple=True,
            metavar="NAME",
            help="A parent; in a prosecution, a defendant. May be repeated.",
        ),
        click.option(
            "--person",
            "others",
            multiple=True,
            metavar="ROLE=NAME",
            help='Anyone else, such as "witness=R. Head". May be repeated.',
        ),
        click.option(
            "--officer",
            metavar="INITIALS",
            help="Initials for exhibit labels; else those of the workspace's only officer.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("open")
@click.argument("kind")
@click.argument("reference", metavar="REF")
@people_options
@click.pass_obj
def command(
    workspace: str | None,
    kind: str,
    reference: str,
    children: tuple[str, ...],
    parents: tuple[str, ...],
    others: tuple[str, ...],
    officer: str | None,
) -> None:
    """Open a case of KIND with reference REF and print its folder.

    KIND is prosecution-444-1a, for example; a KIND that is not there is answered with those that are.
    """
    space = find_workspace(workspace)
    new, case_kind = new_case(space, kind, reference, children, parents, others, officer)
    private_folder(space.local.root)
    work = Unfinished(space.local, f"open {space.layout.cases / case_folder_name(new)}")
    before = work.begun
    work.begin()
    try:
        layout = open_new_case(
            space.layout.cases, replace(new, folders=case_kind.folders), space.recorder, unfinished=before
        )
    except UsageError:
        work.end()
        raise
    take_place(space, layout)
    work.end()
    print_path(layout.folder)
    say(
        f"Opened. Fill in {layout.case_file.name}, drop the evidence into the folder evidence, then: "
        f"casebinder scan {shlex.quote(reference)}",
        err=True,
    )


def new_case(
    space: Workspace,
    kind: str,
    reference: str,
    children: Sequence[str],
    parents: Sequence[str],
    others: Sequence[str],
    officer: str | None,
) -> tuple[NewCase, CaseKind]:
    """A case as the options describe it, opened today, and its kind.

    Raises:
        UsageError: there is no such kind or role, or it is not said whose case it is.
    """
    case_kind = read_kind(kind)
    parent_role = Role.DEFENDANT if "defendant" in case_kind.needs else Role.PARENT
    people = [
        *(NewPerson(Role.CHILD, name) for name in children),
        *(NewPerson(parent_role, name) for name in parents),
        *(_person(text) for text in others),
    ]
    new = NewCase(
        reference=reference,
        kind=kind,
        opened=london(space.recorder.now()).date(),
        officer=officer or _only_officer(space),
        people=tuple(people),
        folders=(),
    )
    return new, case_kind


def take_place(space: Workspace, layout: CaseLayout) -> None:
    """Note on this machine that the case in this folder is the one that belongs there, and its head.

    Raises:
        Unavailable: this machine's own folder cannot be written.
    """
    chain = Journal(layout, space.recorder).read()
    heads = SeenHeads(space.local, chain.case_uuid, layout.folder)
    heads.take_place(space.recorder.now())
    heads.note(chain, space.recorder.now())


def _person(text: str) -> NewPerson:
    role, separator, name = text.partition("=")
    known = ", ".join(each.value for each in Role)
    if not separator or not name.strip():
        raise UsageError(
            f"“{text}” is not a role and a name.", remedy="Write it as --person witness='R. Head'."
        )
    if role not in {each.value for each in Role}:
        raise UsageError(f"“{role}” is not a role.", remedy=f"Use one of: {known}.")
    return NewPerson(Role(role), name.strip())


def _only_officer(space: Workspace) -> str:
    officers = space.settings.officers
    if len(officers) == 1:
        return officers[0].initials
    named = ", ".join(row.initials for row in officers) or "none"
    raise UsageError(
        f"Whose case is it? casebinder.toml names {named}.",
        remedy="Add --officer INITIALS, such as --officer AB.",
    )
