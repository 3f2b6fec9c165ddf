"""`casebinder key`: whose signature counts."""

from __future__ import annotations

import click

from casefiles.errors import UsageError
from casefiles.findings import Finding
from casefiles.recorder import Recorder
from casefiles.uk_dates import london_text, parse_instant
from cli.output import print_json, say
from cli.workspace import find_workspace


@click.group("key")
def command() -> None:
    """Admit, list and retire the keys whose signatures count in this workspace."""


@command.command("add", short_help="Ask for this machine's key to be admitted, or admit another's.")
@click.argument("fingerprint", required=False)
@click.option("--all-lost", is_flag=True, help="No admitted key is left anywhere: begin again with this one.")
@click.pass_obj
def add(workspace: str | None, fingerprint: str | None, all_lost: bool) -> None:
    """Ask for this machine's key to be admitted; or, with FINGERPRINT, admit another machine's.

    Run it without FINGERPRINT on the new machine, then with the FINGERPRINT shown there on a machine whose key is
    admitted. Compare the fingerprint by telephone or in person, not over the share.
    """
    from casefiles.chain.admission import (
        admit,
        create_further_root,
        list_requests,
        request_admission,
        usable_key,
    )
    from cli.signing import ask_passphrase, own_key, show_fingerprint

    space = find_workspace(workspace)
    who = space.recorder
    if all_lost:
        key = own_key(space.local, who)
        create_further_root(space.layout, space.local, key, who.host, who.now())
        show_fingerprint(key)
        say(
            f"On every other machine, once the fingerprint has been compared: casebinder key trust {key.fingerprint}",
            err=True,
        )
        return
    if fingerprint is None:
        key = own_key(space.local, who)
        request_admission(space.layout, key, who.host, who.now())
        show_fingerprint(key)
        say(f"On a machine that is admitted, run: casebinder key add {key.fingerprint}", err=True)
        return
    wanted = "".join(fingerprint.split()).lower()
    if len(wanted) < 16:
        raise UsageError("A fingerprint has 64 digits.", remedy="Copy it whole; 16 digits are the least.")
    requests = [request for request in list_requests(space.layout) if request.fingerprint.startswith(wanted)]
    if len(requests) != 1:
        raise UsageError(
            f"No machine with the fingerprint {wanted[:16]}… has asked to be admitted.",
            remedy="Run “casebinder key add” on that machine first, then compare the fingerprints.",
        )
    key, ring = usable_key(space.layout, space.local, who.now(), ask_passphrase)
    record = admit(space.layout, ring, key, requests[0], who.now())
    say(f"Admitted {record.fingerprint[:16]} ({record.label}).")


@command.command("trust")
@click.argument("fingerprint")
@click.pass_obj
def trust(workspace: str | None, fingerprint: str) -> None:
    """Trust a further first key on this machine, after its fingerprint was compared with the one published."""
    from casefiles.chain.admission import trust_root

    space = find_workspace(workspace)
    found = trust_root(space.layout, space.local, fingerprint, space.recorder.now())
    say(f"This machine trusts {found[:16]} from now on.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print facts for programs.")
@click.pass_obj
def list_keys(workspace: str | None, as_json: bool) -> None:
    """List the keys, who admitted them, and which are retired."""
    from casefiles.chain.admission import list_requests, trusted_ring

    space = find_workspace(workspace)
    ring = trusted_ring(space.layout, space.local, space.recorder.now())
    rows = [
        {
            "fingerprint": record.fingerprint,
            "label": record.label,
            "admitted_at": record.admitted_at,
            "admitted_by": record.admitted_by,
            "retired_at": ring.retirements[record.fingerprint].retired_at
            if record.fingerprint in ring.retirements
            else None,
        }
        for record in sorted(ring.records.values(), key=lambda record: record.admitted_at)
    ]
    waiting = [{"fingerprint": each.fingerprint, "label": each.label} for each in list_requests(space.layout)]
    if as_json:
        findings = [finding.as_json() for finding in ring.findings]
        print_json({"keys": rows, "waiting": waiting, "findings": findings})
        return
    for row in rows:
        gone = row["retired_at"]
        state = f"retired {london_text(parse_instant(str(gone)))}" if gone else "in use"
        first = " (the first key)" if row["admitted_by"] == row["fingerprint"] else ""
        say(f"{str(row['fingerprint'])[:16]}  {state}  {row['label']}{first}")
    for request in waiting:
        say(f"{request['fingerprint'][:16]}  waits to be admitted  {request['label']}")
    _show(ring.findings)


@command.command("retire")
@click.argument("fingerprint")
@click.option(
    "--reason",
    metavar="CODE",
    default="replaced",
    show_default=True,
    help="replaced, lost, left or compromised.",
)
@click.pass_obj
def retire_key(workspace: str | None, fingerprint: str, reason: str) -> None:
    """End the use of a key; what it signed before stays good."""
    from casefiles.chain.admission import retire, trusted_ring, usable_key
    from casefiles.chain.keyrecords import RetireReason
    from cli.signing import ask_passphrase

    space = find_workspace(workspace)
    known = [each.value for each in RetireReason]
    if reason not in known:
        raise UsageError(f"“{reason}” is not a reason code.", remedy=f"Use one of: {', '.join(known)}.")
    who: Recorder = space.recorder
    ring = trusted_ring(space.layout, space.local, who.now())
    found = [each for each in ring.records if each.startswith("".join(fingerprint.split()).lower())]
    if len(found) != 1:
        raise UsageError(f"There is no key {fingerprint}.", remedy="“casebinder key list” shows the keys.")
    key, ring = usable_key(space.layout, space.local, who.now(), ask_passphrase)
    entry = retire(space.layout, ring, key, found[0], RetireReason(reason), who.now())
    say(f"Retired {entry.fingerprint[:16]} ({entry.reason.value}).")


def _show(findings: tuple[Finding, ...]) -> None:
    from cli.failures import show_finding

    for finding in findings:
        show_finding(finding)
