"""`casebinder` alone on a terminal: a numbered menu that runs the very commands which it shows. Acts and asks.

What is shown and which actions fit is decided in `choosing`, `view` and `actions`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from casefiles.errors import CasebinderError, ExitCode, UsageError
from casefiles.index.store import open_index
from casefiles.layout import WORKSPACE_FILE
from casefiles.shown import display_name, shown_path
from casefiles.status.workspace import CaseSummary
from casefiles.uk_dates import london
from cli.failures import explain
from cli.main import COMMANDS
from cli.menu.actions import CASE_ACTIONS, MAIN_ACTIONS, Action, Case, CaseView, Gap, Pick, Words, fitting
from cli.menu.cases import Cases
from cli.menu.choosing import Letter, Listing, Picked, Turn, fitted, packed, turn
from cli.menu.talk import Leave, NotWanted, ask, run_shown, wait, width, yes
from cli.menu.view import action_lines, case_lines, case_offers, in_order
from cli.output import say
from cli.workspace import Workspace, find_workspace, private_folder

ROWS = 20
"""What stays of a terminal of 24 rows beside the title, the way back and the answer."""
QUIT = "q"
PROMPT = "> "
_NOBODY = CaseView("", Path(), None, (), (), Path())


def menu(named: str | None) -> int:
    """Show the menu until the person leaves it; the exit code (130 after Ctrl-C, else 0)."""
    try:
        workspace = _first_workspace(named)
        _MainList(workspace).show()
    except (Leave, EOFError):
        say("")
        return int(ExitCode.DONE)
    except KeyboardInterrupt:
        say("")
        return int(ExitCode.INTERRUPTED)
    return int(ExitCode.DONE)


@dataclass(frozen=True)
class Place:
    """The workspace that the menu is about, and the words by which every command finds it."""

    space: Workspace
    words: tuple[str, ...]


def _first_workspace(named: str | None) -> Place:
    """The workspace as every command finds it; else one that the person makes or names.

    Raises:
        Leave, EOFError, KeyboardInterrupt: the person leaves.
    """
    words = ("--workspace", named) if named else ()
    try:
        return Place(find_workspace(named), words)
    except UsageError:
        say("casebinder works in a workspace: the folder on the share that holds casebinder.toml.", bold=True)
        say("None was found here.")
    except CasebinderError as error:
        explain(error)
    while True:
        say("")
        for number, label in enumerate(_BEGINNINGS, 1):
            say(f"{number:>4}  {label}")
        say("   0  Leave")
        try:
            place = _begin(ask(PROMPT))
        except NotWanted:
            continue
        if place is not None:
            return place


_BEGINNINGS = (
    "I have a workspace: say which folder",
    "Look around in an invented case (casebinder demo)",
    "Make a new workspace (casebinder init)",
)


def _begin(typed: str) -> Place | None:
    match typed:
        case "1":
            return _at(_folder("Which folder"))
        case "2":
            folder = _folder("A new folder for the demonstration")
            return _at(folder / "share") if run_shown(("demo", str(folder)), ()) == 0 else None
        case "3":
            folder = _folder("Which folder becomes the workspace")
            authority = ask("The council’s name: ") or "Name of your council"
            made = run_shown(("init", str(folder), "--authority", authority), ()) == 0
            return _at(folder) if made else None
        case "0" | "" | "q" | "Q":
            raise Leave
    say("Type one of the numbers.")
    return None


def _folder(question: str) -> Path:
    typed = ask(f"{question}? (Enter goes back) ").strip("'\"")
    if not typed:
        raise NotWanted
    return Path(typed).expanduser().absolute()


def _at(folder: Path) -> Place | None:
    try:
        return Place(find_workspace(str(folder)), ("--workspace", str(folder)))
    except CasebinderError as error:
        if (folder.parent / WORKSPACE_FILE).is_file():  # the folder cases, most likely
            return _at(folder.parent)
        explain(error)
    return None


def _try(action: Action, view: CaseView, place: Place) -> None:
    """Perform it, unless the person goes back."""
    with suppress(NotWanted):
        _perform(action, view, place)


def _perform(action: Action, view: CaseView, place: Place) -> None:
    """Fill the gaps of an action's command line, and run it.

    Raises:
        NotWanted: the person went back.
    """
    for line in action.before:
        say(line)
    if not action.words:
        for line in action.tells(view):
            say(line)
    else:
        words = [word for part in action.words for word in _filled(part, view)]
        if not all(yes(question) for question in action.sure):
            say("Nothing was done.")
            raise NotWanted
        run_shown(words, place.words)
    wait()


def _filled(part: str | Gap, view: CaseView) -> Sequence[str]:
    match part:
        case str():
            return (part,)
        case Case():
            return (view.word,)
        case Pick():
            return (_picked(part, view),)
        case Words():
            return _typed(part)


def _picked(pick: Pick, view: CaseView) -> str:
    offers = tuple(pick.offers(view))
    if pick.alone and len(offers) == 1:
        return offers[0].value
    listing = Listing(offers)
    while True:
        say("")
        say(pick.question, bold=True)
        for line in listing.lines(width()):
            say(line)
        say("Type a number, or part of a name. Enter goes back.")
        answer = turn(listing, ask(PROMPT))
        if isinstance(answer, Picked):
            return answer.offer.value
        if not isinstance(answer, Listing):
            raise NotWanted
        listing = answer


def _typed(gap: Words) -> list[str]:
    words: list[str] = []
    while True:
        rest = " (Enter: none)" if gap.option and not words else " (Enter: no more)" if words else ""
        text = ask(f"{'Another? ' if words else ''}{gap.question}{rest}: ")
        if text.startswith("-"):
            say("That cannot begin with “-”.")
        elif not text and gap.option:
            return words
        elif not text:
            raise NotWanted
        else:
            words += [gap.option, text] if gap.option else [text]
            if not gap.many:
                return words


@dataclass
class _MainList:
    """All cases, and what can be done about all of them. Read once, and again after whatever may have changed them."""

    place: Place
    words: str = ""
    page: int = 0
    said: str = ""
    summaries: tuple[CaseSummary, ...] | None = None
    unread: frozenset[bytes] = frozenset()
    strays: tuple[str, ...] = ()

    def show(self) -> None:
        """Until the person leaves.

        Raises:
            Leave, EOFError, KeyboardInterrupt: the person leaves.
        """
        while True:
            try:
                known = self.summaries if self.summaries is not None else self._read()
                listing = self._listing(known)
            except CasebinderError as error:
                explain(error)
                if ask("Press Enter to try again, or type q to leave. ").casefold() == QUIT:
                    raise Leave from None
                continue
            self._print(listing)
            self._act(turn(listing, ask(PROMPT)), self.summaries or ())

    def _read(self) -> Sequence[CaseSummary]:
        space = self.place.space
        private_folder(space.local.root)
        space.case_folders()  # a share that is gone is named before anything else
        with open_index(space.local, space.id) as index:
            found, self.unread = Cases(space, index).summaries()
            self.strays = Cases(space, index).strays()
        return found

    def _listing(self, known: Sequence[CaseSummary]) -> Listing:
        """The list as it stands; the cases on this page of it are read, if that was not done."""
        listing = self._ordered(known)
        if self._unread_on(listing):
            space = self.place.space
            with open_index(space.local, space.id) as index:
                cases = Cases(space, index)
                now = {folder: cases.summary(folder) for folder in self._unread_on(listing)}
            self.unread -= now.keys()
            listing = self._ordered([now.get(each.folder, each) for each in self.summaries or ()])
        return listing

    def _unread_on(self, listing: Listing) -> list[bytes]:
        """The folders of the cases on this page that nobody has read."""
        shown = tuple((self.summaries or ())[int(offer.value)] for _number, offer in listing.on_page())
        return [each.folder for each in shown if each.folder in self.unread]

    def _ordered(self, known: Sequence[CaseSummary]) -> Listing:
        summaries = self.summaries = in_order(known, self._today())
        actions = {key: action for key, action in MAIN_ACTIONS.items() if action.command in COMMANDS}
        letters = {key: action.label for key, action in actions.items() if action.fits(self._nobody)}
        offers = case_offers(summaries, self._today(), width())
        listing = Listing(offers, {**letters, QUIT: "quit"}, self.words, self.page, said=self.said)
        return replace(listing, page=min(self.page, listing.pages - 1))

    @property
    def _nobody(self) -> CaseView:
        """For actions that are about no case."""
        return replace(_NOBODY, strays=self.strays)

    def _today(self) -> date:
        return london(self.place.space.recorder.now()).date()

    def _print(self, listing: Listing) -> None:
        say("")
        say(fitted(f"casebinder  {shown_path(self.place.space.layout.root)}", width()), bold=True)
        if not listing.offers:
            say("There is no case yet. Type o to open the first one.")
        for line in listing.lines(width()):
            say(line)
        letters = (f"{key}: {label}" for key, label in listing.letters.items())
        for line in packed(("number: choose", "words: find", *letters), width()):
            say(line)

    def _act(self, answer: Turn, summaries: Sequence[CaseSummary]) -> None:
        self.said = ""
        match answer:
            case Picked(offer):
                number = int(offer.value)
                others = [each for at, each in enumerate(summaries) if at != number]
                names = {name for each in others for name in (each.reference, os.fsdecode(each.folder))}
                self._case(summaries[number].folder, names)
                self._read_again(summaries, number)
            case Letter("q"):
                raise Leave
            case Letter(key):
                _try(MAIN_ACTIONS[key], self._nobody, self.place)
                self.summaries = None
            case Listing():
                self.words, self.page, self.said = answer.words, answer.page, answer.said
            case _:
                self.said = "Type q to leave."

    def _read_again(self, summaries: Sequence[CaseSummary], number: int) -> None:
        """The line of a case that was visited, as the case is now; all lines, where it cannot be read."""
        space = self.place.space
        self.summaries = None
        with suppress(CasebinderError), open_index(space.local, space.id) as index:
            now = Cases(space, index).summary(summaries[number].folder)
            self.summaries = (*summaries[:number], now, *summaries[number + 1 :])

    def _case(self, folder: bytes, others: Collection[str]) -> None:
        """One case and its actions, until the person goes back."""
        space = self.place.space
        while True:
            try:
                with open_index(space.local, space.id) as index:
                    view = Cases(space, index).view(folder, self._today(), others)
            except CasebinderError as error:
                explain(error)
                wait()
                return
            actions = fitting(CASE_ACTIONS, view, tuple(COMMANDS))
            _print_case(folder, view, actions)
            typed = ask(PROMPT)
            if typed in ("", "0"):
                return
            if typed.casefold() == QUIT:
                raise Leave
            if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(actions):
                _try(actions[int(typed) - 1], view, self.place)
            else:
                say("Type one of the numbers.")


def _print_case(folder: bytes, view: CaseView, actions: Sequence[Action]) -> None:
    columns = width()
    say("")
    title = view.status.title if view.status else ""
    say(fitted(f"{display_name(folder)}  {title}".rstrip(), columns), bold=True)
    lines, numbered = case_lines(view, columns), action_lines(actions, columns)
    between = [""] if len(lines) + len(numbered) < ROWS else []
    for line in (*lines, *between, *numbered):
        say(line)
    say("   0  Back to the list (Enter does the same); q leaves")
