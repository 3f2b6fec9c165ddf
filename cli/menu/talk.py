"""What every part of the menu does at the terminal: asking, waiting, and running a command that it shows first."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from casefiles.errors import ExitCode
from cli.main import run
from cli.menu.shell_words import command_line
from cli.output import say

WIDEST, NARROWEST = 110, 60
_MEANING = {
    ExitCode.UNEXPECTED: "something unexpected went wrong",
    ExitCode.USAGE: "it could not be carried out as it stands",
    ExitCode.BLOCKED: "something stands in the way, or asks for a look; see above",
    ExitCode.VERIFICATION_FAILED: "something is not as recorded; see above",
    ExitCode.UNAVAILABLE: "the share or this machine’s own folder cannot be used now",
    ExitCode.PROGRAM_MISSING: "an outside program is missing; the line to type is above",
    ExitCode.INTERRUPTED: "it was interrupted",
}


class NotWanted(Exception):
    """The person went back instead of answering."""


class Leave(Exception):
    """The person leaves the menu."""


def width() -> int:
    """How many columns to fill: the terminal's, within reason."""
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))


def ask(question: str) -> str:
    """One line that the person types, without blanks around it.

    Raises:
        EOFError, KeyboardInterrupt: the person leaves.
    """
    while True:
        say(question, nl=False)
        sys.stdout.flush()
        try:
            line = sys.stdin.readline()
        except UnicodeDecodeError:
            say("That could not be read as text. Type it again.")
            continue
        if not line:
            raise EOFError
        return line.strip()


def wait() -> None:
    """Until the person has read what stands there."""
    ask("\nPress Enter to go on. ")


def yes(question: str) -> bool:
    """Whether the person says yes; anything else is no."""
    return ask(f"{question} Type yes or no: ").casefold() in ("y", "yes")


def run_shown(words: Sequence[str], workspace: tuple[str, ...]) -> int:
    """Show the command, run it, and say how it ended if not well."""
    line = [*workspace, *words]
    try:
        say("")
        say(f"$ casebinder {command_line(line)}", bold=True)
        code = run(line)
    except KeyboardInterrupt:
        say("Interrupted.", err=True)
        code = int(ExitCode.INTERRUPTED)
    if code:
        meaning = _MEANING.get(ExitCode(code) if code in set(ExitCode) else ExitCode.UNEXPECTED, "")
        say(f"It ended with exit code {code}: {meaning}.", bold=True)
    return code
