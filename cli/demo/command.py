"""`casebinder demo`: the whole path on an invented case, with the commands that an officer would type."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import click

from casefiles.errors import CasebinderError, UsageError
from casefiles.files import disk
from casefiles.files.publish import write_atomically
from casefiles.layout import CaseLayout
from casefiles.settings import read_settings
from cli.case_work import scan_open_case, workshop
from cli.decide import unlock_file
from cli.demo.caseload import LOCKED_WITH, case_toml, drop_beside, drop_evidence, workspace_toml
from cli.main import run
from cli.output import say
from cli.workspace import find_workspace

REFERENCE = "2026-0042"


class DemoFailed(CasebinderError):
    """A command of the demonstration did not end as it should."""

    code = "demo-failed"


@dataclass(frozen=True)
class Story:
    """Where the demonstration happens: a share, and a machine's own state beside it."""

    folder: Path

    @property
    def share(self) -> Path:
        """The workspace."""
        return self.folder / "share"

    @property
    def case(self) -> CaseLayout:
        """The case's folder."""
        return CaseLayout(self.share / "cases" / f"{REFERENCE} EXAMPLE")

    def type(self, *words: str, expect: int = 0) -> None:
        """Run one command as an officer would, on the share.

        Raises:
            DemoFailed: it ended with another exit code than expected.
        """
        say(f"\n$ casebinder {shlex.join(words)}", bold=True)
        code = run(["--workspace", str(self.share), *words])
        if code != expect:
            raise DemoFailed(
                f"“casebinder {words[0]}” ended with exit code {code}; the demonstration expected {expect}.",
                remedy="Read what it said above. A missing program is named with the line to type.",
            )


@click.command("demo")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Run the whole path on an invented case in FOLDER, which must be new or empty."""
    folder = folder.resolve()
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty.", remedy="Name a folder that does not exist yet.")
    disk.make_folders(folder, 0o777)
    before = os.environ.get("CASEBINDER_STATE")
    os.environ["CASEBINDER_STATE"] = str(folder / "machine")
    try:
        _tell(Story(folder))
    finally:
        os.environ.pop("CASEBINDER_STATE")
        if before is not None:
            os.environ["CASEBINDER_STATE"] = before


def _tell(story: Story) -> None:
    _say("A workspace and a case. Everything in it is invented.")
    say(f"\n$ casebinder init {shlex.quote(str(story.share))} --authority 'Anytown Council'", bold=True)
    if run(["init", str(story.share), "--authority", "Anytown Council"]):
        raise DemoFailed("The workspace could not be made.", remedy="Read what was said above.")
    settings = story.share / "casebinder.toml"
    write_atomically(settings, workspace_toml(read_settings(settings).id))
    people = [
        "--child",
        "Zoë Example",
        "--child",
        "Sam Example",
        "--parent",
        "Pat Example",
        "--parent",
        "Kit Example",
    ]
    story.type("open", "prosecution-444-1a", REFERENCE, *people, "--officer", "AB")
    write_atomically(story.case.case_file, case_toml())
    dropped = drop_evidence(story.case.folder / "evidence")
    _say(f"An officer fills in case.toml. Others drop {len(dropped)} files into the folder evidence.")
    story.type("scan", REFERENCE)
    _say("A first draft: it writes bundles/bundle.toml, where the courts officer decides.")
    story.type("bundle", REFERENCE)
    _say(
        "The officer decides about each document, for a bundle that Pat Example will read, and issues. It is refused."
    )
    _decide_all(story)
    story.type("bundle", REFERENCE, "--issue", expect=3)
    _lift(story)
    story.type("bundle", REFERENCE, "--issue")
    issued = next(story.case.issued.glob("*/*.pdf"))
    _say("Anybody can check the case, and the bundle.")
    story.type("verify", REFERENCE)
    story.type("verify", str(issued))
    _say(
        "Somebody has put a letter into a folder of their own. The scan of all cases says so, there and at the top."
    )
    drop_beside(story.share / "cases")
    story.type("scan")
    _say("Where was it written that somebody rang?")
    story.type("search", "voicemail")
    _say("What there is now:")
    say(f"  bundle       {issued}")
    say(f"  status page  {story.case.status_page}")
    say(f"  all cases    {find_workspace(str(story.share)).layout.status_page}")
    say(f"  bundle file  {story.case.bundles / 'bundle.toml'}")
    say(
        "  refused      until a page stood for the scan that broke off, the locked letter was opened with its"
    )
    say("               password, and the letter with Kit's confidential address was kept from Pat")
    say("  decided      casebinder decide --unlock, casebinder placeholder, and one word in bundle.toml")
    say("  verified     every event, every original, and every page of the bundle: as recorded")


def _decide_all(story: Story) -> None:
    """What an officer types into the bundle file."""
    file = story.case.bundles / "bundle.toml"
    text = file.read_text(encoding="utf-8").replace('use = "undecided",', 'use = "serve",    ')
    text = re.sub(r"(?m)^hearing = .*$", 'hearing = "first"', text)
    text = text.replace("\ntitle = ", '\ndefendant = "pat"\ntitle = ', 1)
    text = re.sub(r'"serve", {4}(.*Decision record)', r'"unused",   \1', text)
    write_atomically(file, text.encode())


def _lift(story: Story) -> None:
    _say("Each refusal names what to do. The school is asked for the scan again; a page will say so.")
    reason = "The scan breaks off. The school was asked on 9 March 2026 for a readable copy."
    story.type("placeholder", REFERENCE, "scan0007.pdf", "--reason", reason)
    _say("The surgery's letter opens with the password that the surgery gave by telephone.")
    say(f"\n$ casebinder decide {REFERENCE} --unlock 'Letter from surgery.pdf'", bold=True)
    space = find_workspace(str(story.share))
    opened = space.case(REFERENCE)
    with workshop(space) as shop:
        unlock_file(opened, shop, "Letter from surgery.pdf", lambda _name: LOCKED_WITH)
        scan_open_case(opened, shop)
    _say("The letter to Kit shows an address that Pat must not see: in bundle.toml it becomes sensitive.")
    file = story.case.bundles / "bundle.toml"
    text = file.read_text(encoding="utf-8")
    text = re.sub(r'(?m)^(  \{ use = )"serve", {4}(.*letter 26 January)', r'\1"sensitive",\2', text)
    write_atomically(file, text.encode())


def _say(text: str) -> None:
    say(f"\n{text}", fg="cyan")
