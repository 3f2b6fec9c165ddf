"""`casebinder placeholder`: a page stands in the bundle for a file that cannot be shown."""

from __future__ import annotations

import click

from bundles.bundle_file import add_placeholder, read_bundle_file, write_bundle_text
from bundles.known_items import known_items
from casefiles.chain.names import display_name
from casefiles.decisions import record_placeholder
from casefiles.index.store import Index, open_index, original_name
from casefiles.lookup import find_item
from cli.answers import answered
from cli.case_work import check_last_seen, refresh_status_page, remember_head
from cli.output import say
from cli.workspace import OpenCase, find_workspace, private_folder


@click.command("placeholder")
@click.argument("case")
@click.argument("file")
@click.option("--reason", required=True, help="Why its pages are not here, as the court will read it.")
@click.pass_obj
def command(workspace: str | None, case: str, file: str, reason: str) -> None:
    """Record that a placeholder page stands for FILE in the bundles of CASE."""
    space = find_workspace(workspace)
    private_folder(space.local.root)
    opened = space.case(case)
    check_last_seen(opened)
    with open_index(space.local, space.settings.id) as index:
        shown = record(opened, index, file, reason)
        remember_head(opened)
        refresh_status_page(opened, index)
    say(f"Recorded: a placeholder page stands for {shown}.")


def record(opened: OpenCase, index: Index, file: str, reason: str) -> str:
    """Record the decision and write it on the item's line of each bundle file; the item's shown name.

    Raises:
        UsageError: no such file, or no reason.
        Unavailable: the share cannot be written.
    """
    answered("--reason", reason, "The scan breaks off. The school was asked for a new one on 9 March.")
    names = names_of(opened, index)
    digest = find_item(names, file)
    record_placeholder(opened.journal, digest, reason)
    for path in sorted(opened.layout.bundles.glob("*.toml")):
        bundle = read_bundle_file(path)
        line = bundle.line_for(digest)
        if line is not None and line.placeholder != reason.strip():
            write_bundle_text(path, add_placeholder(bundle.source.text, bundle, line, reason.strip()))
    return names[digest][0]


def names_of(opened: OpenCase, index: Index) -> dict[str, list[str]]:
    """The shown names of each item of the case by its SHA-256: where it lies now first, then where it lay."""
    state = opened.journal.state()
    originals = [original_name(item.sha256, item.suffix) for item in state.items.values()]
    known = known_items(state, index.facts(originals))
    names = {digest: [item.name] for digest, item in known.items()}
    for path in state.paths.values():
        if path.path is not None:
            for version in path.history:
                listed = names.setdefault(version.sha256, [])
                shown = display_name(path.path)
                if shown not in listed:
                    listed.append(shown)
    return names
