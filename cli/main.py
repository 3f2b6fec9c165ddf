"""The `casebinder` command: finds the subcommand, runs it, and turns every error into words and an exit code.

Kept light: a subcommand's module is imported only when it is called, and the list of commands needs none of them.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Sequence

import click

from cli import __version__
from cli.interrupts import keep_interrupts

# name -> (module, what it does, as `--help` lists it)
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("cli.init", "Make a workspace and this machine's signing key"),
    "open": ("cli.open", "Open a case and print its folder"),
    "adopt": ("cli.adopt", "Make an existing folder a case as it stands"),
    "scan": ("cli.scan", "Take in what was dropped; write the status pages"),
    "watch": ("cli.watch.command", "Keep looking, and take in what is dropped as it comes"),
    "status": ("cli.status", "Show what a case holds and what is wrong"),
    "search": ("cli.search", "Find files by name and by what is written in them"),
    "bundle": ("cli.bundle", "Draft or issue a court bundle"),
    "placeholder": ("cli.placeholder", "Record that a placeholder page stands for a file"),
    "decide": ("cli.decide", "Decide about a file or the chain: unlock, accept, reject"),
    "withdraw": ("cli.withdraw", "Take out a paper that does not belong in the case"),
    "verify": ("cli.verify", "Check a case folder or a bundle, step by step"),
    "key": ("cli.key", "Admit, list and retire signing keys"),
    "doctor": ("cli.doctor.command", "Say what the share offers and what this machine lacks"),
    "demo": ("cli.demo.command", "Run the whole path on an invented case"),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of an officer's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where one is misspelt.

        Raises:
            click.UsageError: there is no such command.
        """
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean “{close[0]}”?" if close else ""
            raise click.UsageError(f"There is no command “{args[0]}”.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A CASE is its reference or its folder. Results go to standard output, talk to standard error.",
)
@click.version_option(__version__, message="casebinder %(version)s")
@click.option(
    "--workspace",
    type=click.Path(file_okay=False),
    help="The workspace folder; else CASEBINDER_WORKSPACE, else found upwards from here.",
)
@click.pass_context
def casebinder(context: click.Context, workspace: str | None) -> None:
    """Turn a folder of dropped evidence into a court bundle that proves every page."""
    context.obj = workspace
    if context.invoked_subcommand is None:
        context.exit(_alone(context))


def _alone(context: click.Context) -> int:
    """Without a command: the menu on a terminal, else what there is to type.

    Raises:
        click.UsageError: there is no terminal.
    """
    if sys.stdin.isatty() and sys.stdout.isatty():
        from cli.menu.menu import menu

        return menu(context.obj)
    if context.obj is None:
        raise click.exceptions.NoArgsIsHelpError(context)
    raise click.UsageError("Missing command.", context)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; prints errors as words, never a traceback."""
    try:
        code = casebinder.main(args=list(arguments), prog_name="casebinder", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        from cli.output import say

        words = io.StringIO()
        error.show(words)
        say(words.getvalue(), err=True, nl=False)  # it repeats what was typed
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nInterrupted. Nothing half-done is left behind; run the command again.", err=True)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        from cli.failures import explain

        return explain(error)
    return int(code) if isinstance(code, int) else 0  # what a command gave to `context.exit`


def main() -> None:
    """Entry point of the `casebinder` command."""
    keep_interrupts()
    sys.exit(run(sys.argv[1:]))
