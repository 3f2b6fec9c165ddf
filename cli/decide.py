"""`casebinder decide`: what a person decides about a file or about the chain."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import click

from casefiles.chain import originals
from casefiles.chain.bodies import Decision, RecoveryReason
from casefiles.chain.events import EventDraft
from casefiles.chain.heads import lost_from
from casefiles.chain.janitor import restore_empty_folders
from casefiles.chain.linked import Chain
from casefiles.chain.mending import Mended, find_break, lost_events_drafts, take_up_again
from casefiles.chain.seen import chain_and_heads
from casefiles.cross_case import record_move
from casefiles.decisions import record_opened_copy, record_version_decision
from casefiles.errors import UsageError, VerificationFailed
from casefiles.files.scratch import remove_scratch_file
from casefiles.findings import Severity
from casefiles.hashing import hash_prefix
from casefiles.intake.listing import look_at
from casefiles.lookup import find_item
from casefiles.shown import shown_path
from casefiles.withdrawing import bundle_words, bundles_with
from cli.case_work import Workshop, refresh_status_page, remember_head, scan_open_case, workshop
from cli.choices import choose, chosen
from cli.linked_pages import refresh_linked_pages
from cli.output import say
from cli.placeholder import names_of
from cli.wording import counted
from cli.workspace import OpenCase, find_workspace, private_folder

CHOICE = (str, str)
Chosen = tuple[tuple[str, str], ...]


@click.command("decide")
@click.argument("case")
@click.option("--unlock", metavar="FILE", help="Open a protected file; asks for its password.")
@click.option("--accept", metavar="FILE", help="This edited version counts from now on. FILE is its id.")
@click.option("--reject", metavar="FILE", help="This edited version does not count. FILE is its id.")
@click.option(
    "--recovered",
    metavar="CODE",
    help="The chain lost events, and somebody answers for it: "
    + ", ".join(each.value for each in RecoveryReason)
    + ".",
)
@click.option(
    "--moved",
    metavar="FILE",
    help="FILE is not lost: it was moved to the case that --to names. Recorded in both cases.",
)
@click.option("--to", "to_case", metavar="CASE", help="The other case, for --moved.")
@click.option(
    "--pages", type=CHOICE, multiple=True, metavar="FILE PAGES", help="Bind these pages of FILE: 3-7, 9."
)
@click.option(
    "--sheets", type=CHOICE, multiple=True, metavar="FILE NAME", help="Bind this sheet; may be repeated."
)
@click.option("--slides", type=CHOICE, multiple=True, metavar="FILE SLIDES", help="Bind these slides: 1-4.")
@click.option(
    "--notes", type=CHOICE, multiple=True, metavar="FILE yes|no", help="Bind the speaker notes as well."
)
@click.option(
    "--paper", type=CHOICE, multiple=True, metavar="FILE A4|keep", help="Reduce larger pages to A4."
)
@click.option("--colour", type=CHOICE, multiple=True, metavar="FILE grey|keep", help="Take the colours away.")
@click.option(
    "--this-is-the-case",
    "is_the_case",
    is_flag=True,
    help="Of several copies of a case folder, the one given as CASE is the case. Noted on this machine.",
)
@click.pass_obj
def command(
    workspace: str | None,
    case: str,
    unlock: str | None,
    accept: str | None,
    reject: str | None,
    recovered: str | None,
    moved: str | None,
    to_case: str | None,
    is_the_case: bool,
    pages: Chosen,
    sheets: Chosen,
    slides: Chosen,
    notes: Chosen,
    paper: Chosen,
    colour: Chosen,
) -> None:
    """Record a decision about CASE. Give exactly one of the options; --to goes with --moved.

    What is chosen of a file (pages, sheets, slides, notes, paper, colour) is written on its line in bundles/NAME.toml
    and holds from the next draft on. “all” binds all pages, sheets or slides again.
    """
    choice = chosen(
        {"pages": pages, "sheets": sheets, "slides": slides, "notes": notes, "paper": paper, "colour": colour}
    )
    given = sum(option is not None for option in (unlock, accept, reject, recovered, moved, choice))
    _require_one(case, given + is_the_case, with_to=(moved is None) == (to_case is None))
    space = find_workspace(workspace)
    opened = space.case(case)
    private_folder(space.local.root)
    if recovered is not None:
        recover(opened, recovered)
    elif is_the_case:
        choose_folder(opened)
    with workshop(space) as shop:
        scan_open_case(opened, shop)
        if unlock is not None:
            unlock_file(opened, shop, unlock, _ask)
        elif moved is not None and to_case is not None:
            move_to(opened, space.case(to_case), shop, moved)
        elif choice is not None:
            choose(opened, shop.index, *choice)
        elif recovered is None and not is_the_case:
            decision = Decision.ACCEPT if accept is not None else Decision.REJECT
            decide_version(opened, shop, accept or reject or "", decision)
        scan_open_case(opened, shop)
        refresh_linked_pages(space, shop.index)


def _require_one(case: str, given: int, *, with_to: bool) -> None:
    """Nothing, where exactly one decision was given, with what it needs.

    Raises:
        UsageError: it was not.
    """
    if given != 1:
        raise UsageError(
            "Say what is decided, and one thing at a time.",
            remedy=f"For example: casebinder decide {case} --accept FILE.",
        )
    if not with_to:
        raise UsageError(
            "--moved and --to go together.",
            remedy=f"For example: casebinder decide {case} --moved FILE --to 2026-0043.",
        )


def decide_version(opened: OpenCase, shop: Workshop, file: str, decision: Decision) -> None:
    """Accept or reject an edited version, and say what was bound before.

    Raises:
        UsageError: no version of that name or id waits for a decision.
        Unavailable: the share cannot be written.
    """
    names = names_of(opened, shop.index)
    waiting = {each for item in opened.journal.state().items.values() for each in item.awaiting}
    try:
        digest = find_item({each: names[each] for each in waiting if each in names}, file)
    except UsageError:
        digest = find_item(names, file)  # says that it is not one that waits, or that there is none
    before = opened.journal.state()
    record_version_decision(opened.journal, digest, decision)
    say(f"Recorded: the edited version {hash_prefix(digest)} is {decision.value}ed.")
    if decision is Decision.REJECT:
        return
    for item in before.items.values():
        if digest not in item.awaiting:
            continue
        label = before.exhibits.get(item.sha256)
        if label:
            say(
                f"{label} stays the version received first, {item.short_id}. The new one gets a label of its own when it "
                "is served.",
                err=True,
            )
        for bundle in dict.fromkeys(map(bundle_words, bundles_with(before, (item.sha256,)))):
            say(
                f"{bundle} was issued with {item.short_id}, and stays as it is. Tell whoever has it, if the change matters.",
                fg="yellow",
                err=True,
            )


def move_to(opened: OpenCase, other: OpenCase, shop: Workshop, file: str) -> None:
    """Record in both cases that a file was moved from the first to the second.

    Raises:
        UsageError: no such file; it is still here, or not there.
        Unavailable: a share cannot be written.
    """
    scan_open_case(other, shop)
    digest = find_item(names_of(opened, shop.index), file)
    new = record_move(
        opened.journal,
        other.journal,
        digest,
        lambda path: look_at(opened.layout.folder, path) is not None,
    )
    remember_head(other)
    refresh_status_page(other, shop.index)
    here, there = opened.journal.state().reference, other.journal.state().reference
    say(
        f"{'Recorded' if new else 'Recorded before'} in both cases: {hash_prefix(digest)} was moved from {here} to {there}."
    )
    say(
        f"{here} keeps the bytes as it received them. If it must not: "
        f"casebinder withdraw {shlex.quote(here)} {hash_prefix(digest)} --reason wrong-case --by NAME",
        err=True,
    )


def _ask(name: str) -> str:
    answer: str = click.prompt(f"Password of {name}", hide_input=True, err=True)
    return answer


def unlock_file(opened: OpenCase, shop: Workshop, file: str, ask: Callable[[str], str]) -> None:
    """Open a protected file with the password that `ask(shown name)` gives, and take the copy in as evidence.

    Raises:
        UsageError: no such file, or the password does not open it.
        Unavailable: the share cannot be written.
    """
    from casefiles.intake.readers.pdf_password import open_with_password

    names = names_of(opened, shop.index)
    digest = find_item(names, file)
    original = originals.find(opened.layout, digest)
    if original is None:
        raise UsageError(
            f"The original of “{file}” is not there.", remedy="Run casebinder verify on the case."
        )
    password = ask(names[digest][0])
    copy = shop.work / "opened.pdf"
    try:
        shop.executor.submit(open_with_password, original, password, copy).result()
        opened_as = record_opened_copy(opened.journal, digest, copy)
    finally:
        remove_scratch_file(copy)
    say(f"Opened: the copy is evidence {opened_as[:8]}, and is what bundles bind. The password was not kept.")


def choose_folder(opened: OpenCase) -> None:
    """Note on this machine that the case belongs in this folder, where copies of the folder are about.

    Raises:
        VerificationFailed: this machine saw events of the case that this folder has not.
        ChainBroken: its chain cannot be followed.
        Unavailable: this machine's notes cannot be written.
    """
    chain, heads = chain_and_heads(opened.journal, opened.workspace.local)
    seen = [finding for finding in heads.check(chain) if finding.severity is Severity.ERROR]
    if seen:
        raise VerificationFailed(
            f"“{shown_path(opened.layout.folder)}” is not the whole case: this machine saw events of it that are not there.",
            remedy="Choose the copy that has them.",
            findings=seen,
        )
    heads.take_place(opened.workspace.recorder.now())
    say(f"Noted on this machine: the case is in “{opened.layout.folder.name}”. Move the copies out of cases.")


def recover(opened: OpenCase, code: str) -> None:
    """Record that events are lost which this machine saw, or which cannot be followed, so that the chain goes on.

    Raises:
        UsageError: this machine misses no event, the code is none, or nothing is left to go on from.
        Unavailable: the share cannot be written.
    """
    codes = [each.value for each in RecoveryReason]
    if code not in codes:
        raise UsageError(f"“{code}” is not a reason code.", remedy=f"Use one of: {', '.join(codes)}.")
    mended: Mended | None = None
    if find_break(opened.layout) is not None:
        mended = take_up_again(opened.journal, RecoveryReason(code))
        say(
            f"Set aside in {shown_path(mended.folder)}: {counted(mended.set_aside, 'file')}, because the chain breaks at "
            f"event {mended.from_seq}. Keep them."
        )
    chain, heads = chain_and_heads(opened.journal, opened.workspace.local)

    def decide(now: Chain) -> list[EventDraft]:
        first = lost_from(heads.heads, now)
        return lost_events_drafts(opened.journal, now, first, RecoveryReason(code)) if first else []

    if lost_from(heads.heads, chain) is None and mended is None:
        raise UsageError("This machine misses no event of this chain.", remedy="Nothing needs doing.")
    restore_empty_folders(opened.layout, chain)
    written = opened.journal.append(decide)
    remember_head(opened)
    for event in written:
        say(
            f"Recorded: what this machine saw from event {event.body['from_seq']} on is lost, and the chain goes on ({code})."
        )
    say(
        "Files that were added since are taken in again if they are in the folder. Whatever was withdrawn since is back "
        "as well: withdraw it again. Bundles that were issued since are not in the chain any more.",
        err=True,
    )
