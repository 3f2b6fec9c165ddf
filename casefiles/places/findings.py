"""What is said about things in the wrong place: one sentence of what it is, one of what to do."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime

from casefiles.chain.names import display_name
from casefiles.findings import Finding, Severity
from casefiles.places.entries import Contents, Entry
from casefiles.uk_dates import london, long_date

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
_ADOPT = "Move the files into the evidence folder of the case that they belong to; or the courts officer makes the folder a case: casebinder adopt {folder} KIND REFERENCE"


def counted(number: int, what: str) -> str:
    """`1 file`, `2,000 files`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def amount(contents: Contents) -> str:
    """`More than 12 files in 3 folders, the newest of 3 March 2026`."""
    words = counted(contents.files, "file")
    if contents.folders:
        words += f" in {counted(contents.folders, 'folder')}"
    if contents.more:
        words = f"more than {words}"
    if contents.newest is not None:
        words += f", the newest of {_day(contents.newest)}"
    return words


def _day(at: datetime) -> str:
    return long_date(london(at).date())


def _adopt(shown: str) -> str:
    return _ADOPT.format(folder=shlex.quote(shown.removeprefix("cases/")))


def stray_folder(shown: str, contents: Contents) -> Finding:
    """A folder under `cases/` without a case file."""
    if not contents.files:
        message = "This folder has no case.toml, so it is no case. There are no files in it."
        remedy = "If it is to be a case, the courts officer opens one with `casebinder open`. Otherwise delete the folder."
        return Finding("folder-empty", _NOTE, shown, message, remedy)
    message = f"This folder has no case.toml, so it is no case, and nothing in it has been taken in: {amount(contents)}."
    return Finding("folder-not-a-case", _WARNING, shown, message, _adopt(shown))


def case_gone(shown: str, reference: str) -> Finding:
    """A case that this machine knows, and whose folder is not there."""
    return Finding(
        "case-gone",
        _ERROR,
        shown,
        f"The folder of case {reference} was here when this machine last looked, and is gone.",
        "Put it back, from where it was moved to or from a backup. If it was archived on purpose: "
        f"casebinder scan --archived {reference}",
    )


def former_case(shown: str, reference: str, copies: Sequence[bytes]) -> Finding:
    """A folder under `cases/` with a chain and without a case file."""
    whose = f"the evidence chain says that it is {reference}" if reference else "it has an evidence chain"
    message = (
        f"This was a case ({whose}), but its case.toml was deleted or renamed, so nothing new is taken in."
    )
    if copies:
        names = " or ".join(f"“{display_name(name)}”" for name in copies)
        remedy = f"Rename {names} back to case.toml, if that is what it was."
    else:
        remedy = "Put case.toml back from a backup, or with “Restore previous versions” of the folder."
    return Finding("case-file-gone", _ERROR, shown, message, remedy)


def no_chain(shown: str, known: bool) -> Finding:
    """A case file without a chain; `known` says that this machine has seen a case in that folder before."""
    if known:
        message = "The evidence chain of this case is gone: there is no folder _chain. Nothing was written."
        remedy = (
            "Put the folder _chain back from a backup. Until then, change nothing in the evidence folder."
        )
        return Finding("chain-gone", _ERROR, shown, message, remedy)
    message = "This folder has a case.toml but no evidence chain, so nothing in it has been taken in."
    remedy = "If it was a case before, put the folder _chain back from a backup. If not, the courts officer makes it a case with `casebinder adopt`."
    return Finding("case-not-opened", _ERROR, shown, message, remedy)


def nested_case(shown: str) -> Finding:
    """A case folder that is not directly in `cases/`."""
    message = "This is a case folder inside another folder. Only folders directly in cases are looked at, so nothing in it is taken in."
    return Finding(
        "nested-case", _WARNING, shown, message, "Move the whole folder up, so that it is directly in cases."
    )


def case_outside(shown: str) -> Finding:
    """A case folder in the root."""
    message = "This is a case folder outside the cases folder, so nothing in it is taken in."
    return Finding("case-outside-cases", _WARNING, shown, message, "Move the whole folder into cases.")


def file_in_cases(shown: str) -> Finding:
    """A file directly in `cases/`."""
    message = "It is in no case, so it has not been taken in."
    return Finding(
        "file-in-cases",
        _WARNING,
        shown,
        message,
        "Move it into the evidence folder of the case that it belongs to.",
    )


def file_in_root(shown: str, *, quiet: bool) -> Finding:
    """A file beside `casebinder.toml`; `quiet` for what is hardly evidence."""
    message = "It is in the top folder, in no case, so it has not been taken in."
    remedy = "If it is evidence, move it into the evidence folder of the case that it belongs to."
    return Finding("file-in-root", _NOTE if quiet else _WARNING, shown, message, remedy)


def folder_in_root(shown: str) -> Finding:
    """A folder in the root that is not ours."""
    message = "This folder is beside the cases folder. Nothing in it is taken in."
    return Finding("folder-in-root", _NOTE, shown, message, "Nothing to do, unless evidence was put into it.")


def system_folder(shown: str) -> Finding:
    """What a file server or a sync tool keeps."""
    message = "By its name, this is a folder that a file server or a sync tool keeps for itself. It is not looked into."
    return Finding("system-folder", _NOTE, shown, message, "Nothing to do, unless evidence was put into it.")


def link(shown: str) -> Finding:
    """A link that leads to no case."""
    message = "This is a link to something else. It was not followed."
    return Finding(
        "link-not-followed",
        _WARNING,
        shown,
        message,
        "Delete it. If what it leads to is evidence, put the file itself into a case's evidence folder.",
    )


def unreadable(shown: str) -> Finding:
    """A folder that we may not look into."""
    message = "This folder cannot be read, so it is not known what is in it."
    return Finding(
        "folder-unreadable", _ERROR, shown, message, "Ask whoever looks after the share to give access to it."
    )


def page_taken(shown: str) -> Finding:
    """A file of the page's name that we did not write, where we would say what to do."""
    message = (
        "A file named Case status.html is there already and is not casebinder's, so no page was written."
    )
    return Finding("page-name-taken", _NOTE, shown, message, "Rename that file.")


def page_refused(shown: str) -> Finding:
    """A folder that we may not write a page into."""
    message = "No page that says what to do could be written into this folder: it cannot be written to."
    return Finding(
        "page-not-written", _NOTE, shown, message, "Ask whoever looks after the share to give access to it."
    )


def beside_evidence(shown: str, entry: Entry, contents: Contents | None) -> Finding:
    """A file or folder in a case folder, outside the evidence folders."""
    if entry.link:
        return link(shown)
    remedy = "Move it into the evidence folder, if it is evidence."
    if contents is None:
        return Finding(
            "outside-evidence",
            _WARNING,
            shown,
            "It is beside the evidence folder, so it has not been taken in.",
            remedy,
        )
    inside = amount(contents) if contents.files else "no files"
    message = f"This folder is beside the evidence folder, so nothing in it has been taken in: {inside}."
    return Finding("outside-evidence", _WARNING if contents.files else _NOTE, shown, message, remedy)


def more_beside(number: int) -> Finding:
    """What is said of the rest, where hundreds of files are beside the evidence folder."""
    message = f"{number:,} more files or folders are beside the evidence folder and have not been taken in."
    return Finding(
        "outside-evidence",
        _WARNING,
        "and more",
        message,
        "Move them into the evidence folder, if they are evidence.",
    )


def case_file_copy(shown: str) -> Finding:
    """A second case file in a case folder."""
    message = "This looks like a second case.toml, made by a sync tool or by copying. Only case.toml counts."
    return Finding(
        "case-file-copy",
        _WARNING,
        shown,
        message,
        "Compare the two. Put what is right into case.toml, then delete this one.",
    )


def page_copy(shown: str) -> Finding:
    """A second copy of our page."""
    message = "This looks like a second copy of the status page, made by a sync tool or by copying. It is out of date."
    return Finding("status-page-copy", _NOTE, shown, message, "Delete it.")


def in_chain(shown: str) -> Finding:
    """Something in `_chain` that is no part of it."""
    message = "This is among the files of the evidence chain and is no part of it. It has not been taken in."
    return Finding(
        "chain-foreign",
        _WARNING,
        shown,
        message,
        "Move it out of _chain: into the evidence folder, if it is evidence. Change nothing else in there.",
    )


def in_bundles(shown: str) -> Finding:
    """Something in `bundles` that is not the file of a bundle."""
    message = (
        "The bundles folder is for the lists that say what goes into a bundle. This has not been taken in."
    )
    return Finding(
        "bundles-foreign", _WARNING, shown, message, "Move it into the evidence folder, if it is evidence."
    )


def in_issued(shown: str) -> Finding:
    """A loose file in `issued`."""
    message = "The issued folder holds what casebinder has issued, each in a folder of its own. This was not issued and has not been taken in."
    return Finding(
        "issued-foreign",
        _WARNING,
        shown,
        message,
        "Move it into the evidence folder, if it is evidence, or into drafts.",
    )


def case_copy(shown: str, home: str) -> Finding:
    """A copy of a case that this machine knows in another folder."""
    message = (
        f"This is a copy of the case in “{home}”. It is not scanned: what is put in here is not taken in."
    )
    remedy = f"Move new files into the evidence folder of “{home}”, then delete this copy. If it was meant to become a new case, open that with `casebinder open` and move its files there."
    return Finding("case-copy", _ERROR, shown, message, remedy)


def case_copy_unknown(shown: str, others: Sequence[str]) -> Finding:
    """One of several copies of a case of which this machine knows none."""
    named = ", ".join(f"“{other}”" for other in others)
    message = f"The same case is in {named} as well, and it is not known which of them is the case. None of them is scanned."
    remedy = "Find out in which one people work. Move the others out of cases, or say which is the case with `casebinder decide FOLDER --this-is-the-case`."
    return Finding("case-copy-unknown", _ERROR, shown, message, remedy)


def case_linked(shown: str, home: str) -> Finding:
    """A link to a case that is in `cases/` already."""
    message = f"This is a link to the case in “{home}”, which is scanned there."
    return Finding("case-linked", _NOTE, shown, message, "Nothing to do.")


def same_reference(shown: str, reference: str, others: Sequence[str]) -> Finding:
    """Two cases with one reference."""
    named = ", ".join(f"“{other}”" for other in others)
    message = f"The reference {reference} is used by another case as well, in {named}. Both are scanned."
    remedy = "If it was opened twice, move the files of one into the other's evidence folder. Otherwise give one of them its own reference in case.toml."
    return Finding("same-reference", _WARNING, shown, message, remedy)


def only_here(shown: str, home: str) -> Finding:
    """A file of a copy that the case itself has not."""
    message = f"“{home}” has no file of this name and size."
    return Finding(
        "only-in-copy",
        _WARNING,
        shown,
        message,
        f"Move it into the evidence folder of “{home}”, if it is evidence.",
    )


def case_moved(shown: str) -> Finding:
    """A case folder that this machine saw under another name or in another place."""
    message = (
        "This case's folder was renamed or moved since this machine saw it last. Its evidence chain goes on."
    )
    return Finding("case-moved", _NOTE, shown, message, "")


def more_only_here(number: int, home: str) -> Finding:
    """What is said of the rest, where a copy has hundreds of files that the case has not."""
    message = f"{number:,} more files are in this copy and not, with this name and size, in “{home}”."
    return Finding(
        "only-in-copy",
        _WARNING,
        "and more",
        message,
        f"Move them into the evidence folder of “{home}”, if they are evidence.",
    )


_ON_ROOT_PAGE = {
    "outside-evidence": "Files are beside the evidence folder and have not been taken in.",
    "bundles-foreign": "Something is in the bundles folder that has not been taken in.",
    "issued-foreign": "Something is in the issued folder that was not issued and has not been taken in.",
    "chain-foreign": "Something is among the files of the evidence chain and is no part of it.",
    "case-file-copy": "There is a second case.toml in the case folder.",
    "link-not-followed": "There is a link in the case folder. It was not followed.",
    "nested-case": "There is a case folder inside the case folder. Nothing in it is taken in.",
    "folder-unreadable": "There is a folder in the case folder that cannot be read.",
}


def on_root_page(code: str, shown: str, found: Sequence[Finding]) -> Finding:
    """One sentence on the root page for what a case's own page says in full."""
    first = found[0]
    if code not in _ON_ROOT_PAGE:
        return Finding(code, first.severity, shown, first.message, first.remedy)
    return Finding(
        code,
        first.severity,
        shown,
        _ON_ROOT_PAGE[code],
        "Look at the case's own status page: it says what, and what to do.",
    )
