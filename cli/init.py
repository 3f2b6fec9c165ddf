"""`casebinder init`: a new workspace."""

from __future__ import annotations

from pathlib import Path

import click
import tomlkit

from casefiles.errors import Unavailable, UsageError
from casefiles.files import disk
from casefiles.files.publish import flush_names, make_folder, write_atomically
from casefiles.layout import WorkspaceLayout
from casefiles.settings import read_settings
from casefiles.unfinished import Unfinished
from cli.local_state import local_layout
from cli.output import print_path, say
from cli.workspace import private_folder, recorder

_TEXT = """\
# The workspace's settings. No secrets belong here.
version = 1
id = {id}

[authority]
name = {authority}
service = "Education Welfare Service"
address = ""
contact = ""

# One block for each court that you go to; case files use its id.
# [[courts]]
# id = "anytown-magistrates"
# name = "Anytown Magistrates' Court"
# address = "The Court House, Anytown"
# max_mb = 25

# One block for each school; case files use its id.
# [[schools]]
# id = "northgate"
# name = "Northgate Primary School"

# One block for each officer; the initials make exhibit labels: AB/1, AB/2 ...
# [[officers]]
# initials = "AB"
# name = "A. Officer"
# post = "Education Welfare Officer"
"""


@click.command("init")
@click.argument("workspace", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--authority",
    default="Name of your council",
    metavar="NAME",
    help="The council's name, as covers show it.",
)
def command(workspace: Path, authority: str) -> None:
    """Make WORKSPACE, a folder for cases, and this machine's signing key."""
    from casefiles.chain.admission import create_root
    from cli.signing import own_key, show_fingerprint

    layout = WorkspaceLayout(workspace.resolve())
    local = local_layout()
    work = Unfinished(local, f"init {layout.root}")
    before = work.begun
    if layout.settings_file.exists() and not before:
        raise UsageError(
            f"{workspace} is a workspace already.",
            remedy="Use it: casebinder --workspace FOLDER open KIND REF",
        )
    who = recorder()
    private_folder(local.root)
    work.begin()
    try:
        disk.make_folders(layout.root, 0o777)
    except OSError as error:
        raise Unavailable(
            f"The folder {workspace} cannot be made: {error.strerror}.",
            remedy="Check that the share is connected.",
        ) from error
    make_folder(layout.cases)
    key = own_key(local, who)
    create_root(layout, local, key, who.host, who.now(), unfinished=before)
    text = _TEXT.format(
        id=tomlkit.string(who.new_uuid()).as_string(), authority=tomlkit.string(authority).as_string()
    )
    if not layout.settings_file.exists():
        write_atomically(layout.settings_file, text.encode())
    flush_names(layout.root)
    read_settings(layout.settings_file)
    print_path(layout.root)
    work.end()
    show_fingerprint(key)
    say(
        f"Now fill in {layout.settings_file.name} (courts, schools, officers). Then, in that folder: "
        "casebinder open KIND REF",
        err=True,
    )
