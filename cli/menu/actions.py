"""What the menu offers, as data: each entry is a command line with gaps, and when it fits. Pure.

A new action is one more entry here. An action whose command this version does not have is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from casefiles.chain.bodies import DisposalReason
from casefiles.shown import shown_path
from casefiles.status.view import CaseStatus, ItemLine, ItemState, Place
from cli.menu.choosing import Offer, offers_of

REASONS: dict[DisposalReason, str] = {
    DisposalReason.WRONG_CHILD: "It is about another child",
    DisposalReason.WRONG_CASE: "It belongs to another case",
    DisposalReason.PRIVILEGED: "It is legal advice or otherwise privileged",
    DisposalReason.UNLAWFUL: "We may not hold it",
    DisposalReason.DUPLICATE: "It is here twice",
    DisposalReason.RETENTION: "It has been kept as long as it may be",
    DisposalReason.OTHER: "Another reason",
}


@dataclass(frozen=True)
class CaseView:
    """What the menu knows of the chosen case. `word` is how commands name it; `bundles` are the bundle files' names.

    `status` is None where the chain cannot be followed; `problem` says why. `strays` are folders beside it that are no
    case.
    """

    word: str
    folder: Path
    status: CaseStatus | None
    bundles: tuple[str, ...]
    hearings: tuple[str, ...]
    page: Path
    problem: str = ""
    strays: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[ItemLine, ...]:
        """The files of the case."""
        return self.status.items if self.status else ()


@dataclass(frozen=True)
class Case:
    """The gap for the chosen case."""


@dataclass(frozen=True)
class Pick:
    """A gap that is filled by choosing from a list; a list of one is chosen without asking, if `alone`."""

    question: str
    offers: Callable[[CaseView], Sequence[Offer]]
    alone: bool = False


@dataclass(frozen=True)
class Words:
    """A gap that is filled by typing. With an `option` it may stay empty, or be given `many` times, each after it."""

    question: str
    option: str = ""
    many: bool = False


Gap = Case | Pick | Words


@dataclass(frozen=True)
class Action:
    """One thing to do: the command line, when it fits, what is said before, and what has to be answered with yes.

    An action without a command only `tells` something.
    """

    label: str
    words: tuple[str | Gap, ...] = ()
    fits: Callable[[CaseView], bool] = lambda _view: True
    before: tuple[str, ...] = ()
    sure: tuple[str, ...] = ()
    tells: Callable[[CaseView], Sequence[str]] = field(default=lambda _view: ())

    @property
    def command(self) -> str:
        """The command that it runs, or nothing."""
        return str(self.words[0]) if self.words else ""


def fitting(actions: Sequence[Action], view: CaseView, commands: Sequence[str]) -> tuple[Action, ...]:
    """The actions that fit the case as it is and whose command there is."""
    return tuple(
        action for action in actions if (not action.words or action.command in commands) and action.fits(view)
    )


def named(line: ItemLine) -> str:
    """A file as lists show it."""
    where = f"{line.folder}/{line.name}" if line.folder else line.name
    return f"{where} (from {line.inside})" if line.inside else where


def held(view: CaseView) -> tuple[ItemLine, ...]:
    """Files that cannot be shown whole, for which nothing is recorded yet."""
    return tuple(line for line in view.items if line.state is ItemState.HELD and not line.settled)


def locked(view: CaseView) -> tuple[ItemLine, ...]:
    """Those of them that need a password."""
    findings = view.status.findings if view.status else ()
    subjects = {finding.subject for finding in findings if finding.code == "pdf-needs-password"}
    return tuple(line for line in held(view) if any(subject.endswith(line.name) for subject in subjects))


def missing(view: CaseView) -> tuple[ItemLine, ...]:
    """Files that are no longer where they were received."""
    return tuple(line for line in view.items if line.place is Place.MISSING)


def _files(lines: Callable[[CaseView], Sequence[ItemLine]]) -> Callable[[CaseView], Sequence[Offer]]:
    return lambda view: tuple(Offer(line.id, f"{line.id}  {named(line)}", line.id) for line in lines(view))


def _versions(view: CaseView) -> Sequence[Offer]:
    lines = view.status.versions if view.status else ()
    return tuple(
        Offer(line.new_id, f"{line.new_id}  {line.name} (received as {line.old_id})") for line in lines
    )


def _bundles(view: CaseView) -> Sequence[Offer]:
    return offers_of([(name, f"bundles/{name}.toml") for name in view.bundles] or [("bundle", "bundle")])


def _strays(view: CaseView) -> Sequence[Offer]:
    return offers_of([(name, shown_path(Path(name))) for name in view.strays])


def _reasons(_view: CaseView) -> Sequence[Offer]:
    return offers_of([(code.value, words) for code, words in REASONS.items()])


def _kinds(_view: CaseView) -> Sequence[Offer]:
    from templates.case_kinds import kind_names
    from templates.kind_titles import kind_title

    return offers_of([(name, kind_title(name)) for name in kind_names()])


def _places(view: CaseView) -> Sequence[str]:
    return (
        f"Its folder:       {shown_path(view.folder)}",
        f"Its status page:  {shown_path(view.page)}",
        "Open the page with a double click. New papers go into the folder evidence.",
    )


def _holds_files(view: CaseView) -> bool:
    return bool(view.items)


ADOPT_NOTE = (
    "The folder becomes a case as it stands. Nothing in it is moved or changed; every file in it is evidence from",
    "now on. If it belongs to a case that is there already, move its files into that case’s folder evidence instead.",
)
ISSUE_WARNING = (
    "Issuing signs the bundle and fixes its page numbers for good. It is refused while",
    "  - a document in bundles/NAME.toml is still “undecided”,",
    "  - a file cannot be shown whole and no placeholder is recorded for it,",
    "  - a document shows something that a reader of this bundle must not see,",
    "  - this machine has no signing key that is admitted.",
    "Each refusal says what to do; nothing is changed by trying.",
)
WITHDRAW_WARNING = (
    "Withdrawing takes the paper’s bytes and its name out of the case for good: out of the folder evidence, the",
    "preserved originals, the index and this machine’s cache. What stays is its hash, size, date, the reason",
    "and who decided. A bundle that holds it is named, for you to recall.",
)

CASE_ACTIONS: tuple[Action, ...] = (
    Action("Take in what was dropped", ("scan", Case())),
    Action("Show everything that it holds", ("status", Case())),
    Action("Show where its folder and its status page are", tells=_places),
    Action(
        "Draft the bundle",
        ("bundle", Case(), Pick("Which bundle?", _bundles, alone=True)),
        fits=_holds_files,
    ),
    Action(
        "Issue the bundle",
        ("bundle", Case(), Pick("Which bundle?", _bundles, alone=True), "--issue"),
        fits=lambda view: bool(view.bundles),
        before=ISSUE_WARNING,
        sure=("Issue it now?",),
    ),
    Action(
        "Start another bundle (for another hearing)",
        ("bundle", Case(), Words("Its name, in small letters, such as trial")),
        fits=lambda view: bool(view.bundles),
    ),
    Action(
        "Open a file that needs a password",
        ("decide", Case(), "--unlock", Pick("Which file?", _files(locked))),
        fits=lambda view: bool(locked(view)),
    ),
    Action(
        "Let a page stand for a file that cannot be shown",
        (
            "placeholder",
            Case(),
            Pick("Which file?", _files(held)),
            "--reason",
            Words("Why are its pages not here? The court reads this"),
        ),
        fits=lambda view: bool(held(view)),
    ),
    Action(
        "Accept an edited version of a file",
        ("decide", Case(), "--accept", Pick("Which version counts from now on?", _versions)),
        fits=lambda view: bool(_versions(view)),
    ),
    Action(
        "Reject an edited version of a file",
        ("decide", Case(), "--reject", Pick("Which version does not count?", _versions)),
        fits=lambda view: bool(_versions(view)),
    ),
    Action(
        "Withdraw a paper that does not belong here",
        (
            "withdraw",
            Case(),
            Pick("Which paper?", _files(lambda view: view.items)),
            "--reason",
            Pick("Why?", _reasons),
            "--by",
            Words("Who decided it?"),
        ),
        fits=_holds_files,
        before=WITHDRAW_WARNING,
        sure=("Withdraw it?", "It cannot be brought back from here. Are you sure?"),
    ),
    Action(
        "Say that a missing file was moved to another case",
        (
            "decide",
            Case(),
            "--moved",
            Pick("Which file?", _files(missing)),
            "--to",
            Words("The reference of the other case"),
        ),
        fits=lambda view: bool(missing(view)),
    ),
    Action("Search in it", ("search", "--case", Case(), Words("Words to look for")), fits=_holds_files),
    Action("Check that everything is as recorded", ("verify", Case())),
)

MAIN_ACTIONS: dict[str, Action] = {
    "s": Action("scan all cases", ("scan",)),
    "o": Action(
        "open a case",
        (
            "open",
            Pick("What kind of case?", _kinds),
            Words("Its reference, such as 2026-0042"),
            Words("A child’s name", "--child", many=True),
            Words("A parent’s name", "--parent", many=True),
            Words("The officer’s initials, for exhibit labels such as AB/1", "--officer"),
        ),
    ),
    "a": Action(
        "adopt a folder",
        (
            "adopt",
            Pick("Which folder becomes a case?", _strays),
            Pick("What kind of case?", _kinds),
            Words("Its reference, such as 2026-0042"),
            Words("A child’s name", "--child", many=True),
            Words("A parent’s name", "--parent", many=True),
            Words("The officer’s initials, for exhibit labels such as AB/1", "--officer"),
        ),
        fits=lambda view: bool(view.strays),
        before=ADOPT_NOTE,
    ),
    "f": Action("search inside files", ("search", Words("Words to look for"))),
    "d": Action("doctor", ("doctor",)),
}
"""What the first list offers beside its numbers, by letter; `q` quits."""
