"""`casebinder search`: find files by their names and by what is written in them, in every case or in one."""

from __future__ import annotations

import sys

import click

from casefiles.chain.canonical import read_instant
from casefiles.errors import Unavailable
from casefiles.index.store import Index, open_index
from casefiles.search.asking import Found, Hit, NotSearchable, find, not_searchable, question
from casefiles.search.fresh import Untold, bring_up_to_date, case_in, folders_by_case
from casefiles.uk_dates import london_text
from cli.output import Coloured, print_json, say
from cli.progress import progress_bar
from cli.wording import counted
from cli.workspace import Workspace, find_workspace, private_folder

_MOST_ROUNDS = 5


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--case", metavar="CASE", help="Look in this case only.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print facts for programs.")
@click.pass_obj
def command(
    workspace: str | None, words: tuple[str, ...], case: str | None, limit: int, as_json: bool
) -> None:
    """Find files by name and by what is written in them. All WORDS must be on one page, or in one name.

    "Quotes" make a phrase, and a star at the end finds every word that begins so: attend*. Capitals and accents do
    not matter. Pictures and scanned pages have no text yet; they are found by their names.
    """
    space = find_workspace(workspace)
    private_folder(space.local.root)
    with open_index(space.local, space.id, waiting=_waiting) as index:
        look = _Look(space, index, limit)
        only = look.uuid_of(case) if case else None
        look.fill()
        found = look.find(question(words), only)
        searchable = not_searchable(index, only)
        if as_json:
            print_json(_as_json(look, found, searchable))
            return
        for hit in found.hits:
            _show(hit)
        _say_more(found, limit, look, searchable)


def _waiting() -> None:
    say("Another casebinder is writing to this machine's index. Waiting for it.", err=True)


class _Look:
    """One search over the cases of a workspace, each case with a hit held against the share before it is shown."""

    def __init__(self, space: Workspace, index: Index, limit: int) -> None:
        self._space = space
        self._index = index
        self._limit = limit
        self._folders = space.case_folders()
        self._known = folders_by_case(
            self._folders, {key: each.case_uuid for key, each in index.quiet().items()}
        )
        self.hidden: dict[str, str] = {}

    def uuid_of(self, name: str) -> str:
        """The identifier of a case, by reference or folder.

        Raises:
            UsageError: there is none of that name.
            Unavailable: its chain cannot be read.
        """
        layout = self._space.case(name).layout
        found = case_in(layout.folder)
        if found is None:
            raise Unavailable(
                f"The chain of “{layout.folder.name}” cannot be read.",
                remedy=f"Run `casebinder verify {name}`.",
            )
        self._known.setdefault(found, [layout.folder])
        return found

    def fill(self) -> None:
        """Let search find what was taken in since; a search never fails because another process writes."""
        with progress_bar() as progress:
            try:
                self._index.fill_search(progress)
            except Unavailable as problem:
                say(f"What came last may not be found yet: {problem.message}", fg="yellow", err=True)

    def find(self, asked: str, only: str | None) -> Found:
        """The hits of which the share says that they are still there; the cases that cannot be told are `hidden`.

        Raises:
            Unavailable: the share cannot be reached.
        """
        for _round in range(_MOST_ROUNDS):
            found = find(self._index, asked, limit=self._limit, case_uuid=only, without=self.hidden)
            changed = [self._refresh(case_uuid) for case_uuid in sorted(found.cases)]
            if not any(changed):
                return found
        raise Unavailable(
            "The cases change faster than they can be searched.", remedy="Run the command again in a minute."
        )

    def _refresh(self, case_uuid: str) -> bool:
        """Whether the answer may be another one now."""
        folders = self._known.get(case_uuid, [])
        try:
            return bring_up_to_date(self._index, case_uuid, folders, self._space.recorder)
        except Untold as why:
            self._space.case_folders()  # where the whole share is gone, no case has a problem of its own
            self.hidden[case_uuid] = str(why)
            return True

    def references(self) -> dict[str, str]:
        """The cases in the index, reference by identifier."""
        return {row[0]: row[1] for row in self._index.rows("SELECT case_uuid, reference FROM cases")}

    @property
    def never_scanned(self) -> int:
        """How many case folders are not in the index."""
        known = self.references()
        return len(self._folders) - sum(
            len(folders) for case_uuid, folders in self._known.items() if case_uuid in known
        )

    def folder(self, case_uuid: str) -> str:
        """The folder of a case that was looked at."""
        return str(self._known[case_uuid][0])

    @property
    def last_scan(self) -> str:
        """When this machine last looked at all cases (UTC), or nothing."""
        return self._index.last_scan()

    @property
    def is_empty(self) -> bool:
        """Whether the index holds nothing: it is new, or was begun anew."""
        return not self.references()


def _show(hit: Hit) -> None:
    page = f"  page {hit.page}" if hit.page is not None else ""
    say(f"{hit.reference}  {hit.file}  {hit.id}{page}")
    if sys.stdout.isatty():
        say("    ", *(Coloured(piece.text, None, bold=piece.hit) for piece in hit.snippet))
    else:
        say(f"    {hit.snippet_text()}")


def _say_more(found: Found, limit: int, look: _Look, searchable: NotSearchable) -> None:
    if not found.hits:
        say("Nothing was found.", err=True)
    elif found.more:
        say(f"There is more than these {limit}: add a word, or --limit {limit * 5}.", err=True)
    for case_uuid, why in look.hidden.items():
        say(
            f"Hits in {look.references().get(case_uuid, 'a case')} are not shown: {why}.",
            fg="yellow",
            err=True,
        )
    if look.is_empty:
        say("The index of this machine is empty. Run `casebinder scan` first.", fg="yellow", err=True)
    elif look.never_scanned:
        folders = counted(look.never_scanned, "case folder")
        say(
            f"{folders} not searched, because this machine has never scanned them: casebinder scan",
            fg="yellow",
            err=True,
        )
    if look.last_scan:
        at = read_instant(look.last_scan)
        say(
            f"This machine last scanned all cases on {london_text(at)}; what came later may be missing.",
            err=True,
        )
    if words := _not_searched(searchable):
        say(f"Found by name only, because there is no text to search: {words}.", err=True)


def _not_searched(searchable: NotSearchable) -> str:
    parts = (
        (searchable.pictures, "picture"),
        (searchable.scans, "PDF with scanned pages"),
        (searchable.unread, "file that is held or not read yet"),
    )
    plurals = {"PDF with scanned pages": "PDFs with scanned pages"}
    plurals["file that is held or not read yet"] = "files that are held or not read yet"
    return ", ".join(
        f"{number:,} {plurals[thing]}" if number > 1 and thing in plurals else counted(number, thing)
        for number, thing in parts
        if number
    )


def _as_json(look: _Look, found: Found, searchable: NotSearchable) -> dict[str, object]:
    references = look.references()
    return {
        "hits": [
            {
                "case": hit.reference,
                "folder": look.folder(hit.case_uuid),
                "file": hit.file,
                "id": hit.id,
                "page": hit.page,
                "snippet": hit.snippet_text(),
                "matched": hit.matched,
            }
            for hit in found.hits
        ],
        "more": found.more,
        "hidden": [{"case": references.get(key, ""), "reason": why} for key, why in look.hidden.items()],
        "never_scanned": look.never_scanned,
        "last_scan": look.last_scan or None,
        "not_searchable": {
            "pictures": searchable.pictures,
            "scans": searchable.scans,
            "unread": searchable.unread,
        },
    }
