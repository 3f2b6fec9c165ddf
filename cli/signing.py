"""This machine's signing key at the command line: asking for its passphrase, making it where there is none."""

from __future__ import annotations

import sys

import click

from casefiles.chain.keys import SigningKey, create_key, has_key, open_key, spoken
from casefiles.layout import LocalLayout
from casefiles.recorder import Recorder
from cli.output import say
from cli.workspace import private_folder


def ask_passphrase() -> bytes:
    """The passphrase, asked for on the terminal without showing it."""
    answer: str = click.prompt("Passphrase of this machine's signing key", hide_input=True, err=True)
    return answer.encode()


def own_key(local: LocalLayout, recorder: Recorder) -> SigningKey:
    """This machine's key; made where there is none, with a passphrase if there is a terminal to ask on.

    Raises:
        Blocked: there is one, and it does not open.
        Unavailable: this machine's own folder cannot be written.
    """
    private_folder(local.root)
    if has_key(local):
        return open_key(local, ask_passphrase)
    passphrase = ""
    if sys.stdin.isatty() and sys.stderr.isatty():
        passphrase = click.prompt(
            "Choose a passphrase for this machine's signing key (empty for none)",
            default="", show_default=False, hide_input=True, confirmation_prompt=True, err=True,
        )  # fmt: skip
    return create_key(local, recorder.random_bytes, passphrase.encode() or None)


def show_fingerprint(key: SigningKey) -> None:
    """The fingerprint on standard output, and what to do with it on standard error."""
    say(f"Fingerprint of this machine's key: {spoken(key.fingerprint)}")
    say(
        "Publish it once by another way than the share (the council's web page, a letter to the court's "
        "administrator), so that others can tell your signature from anybody's.",
        err=True,
    )
