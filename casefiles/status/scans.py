"""How far reading the scanned pages of a file has come, for people: plain values and their words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from casefiles.scanned import TO_BE_TRIED_AGAIN, Outcome, ScannedPages

TYPED_COPY = "ask for a typed copy if the court needs it"


@dataclass(frozen=True)
class ScanLine:
    """The scanned pages (1-based) of a file by what came of them; all empty where it has none, or nobody looked.

    `waiting` are still to be read, `no_reader` are not read because no program for it is there. `guesses` are
    handwriting or too faint, `no_words` show no typed words. `failed` are tried again once a day.
    """

    read: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    no_reader: tuple[int, ...] = ()
    guesses: tuple[int, ...] = ()
    no_words: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()


NO_SCANS = ScanLine()


def scan_line(scans: ScannedPages | None) -> ScanLine:
    """The line of a file of which the index knows this."""
    if scans is None:
        return NO_SCANS
    return ScanLine(
        read=scans.such([Outcome.READ]),
        waiting=scans.such([Outcome.WAITING]),
        no_reader=scans.such([Outcome.NO_READER]),
        guesses=scans.such([Outcome.GUESSES]),
        no_words=scans.such([Outcome.NO_WORDS]),
        failed=scans.such(TO_BE_TRIED_AGAIN),
    )


def scan_words(line: ScanLine, pages: int | None, *, photo: bool) -> tuple[str, ...]:
    """What is to be said of a file of so many pages, a sentence each without its full stop; nothing where all is read.

    `photo` says that the file is a camera's, of which nobody expects words.
    """
    said = []
    if line.waiting:
        said.append(_being_read(len(line.waiting), pages))
    one = pages == 1
    if line.guesses and photo:
        said.append(f"its words, if it has any, could not be read by machine; {TYPED_COPY}")
    elif line.guesses:
        named = "it" if one else page_words(line.guesses)
        said.append(f"{named} could not be read by machine: handwriting or too faint; {TYPED_COPY}")
    if line.no_words and not photo:
        named = "it" if one else page_words(line.no_words)
        said.append(
            f"no typed words were found on {named}: handwriting, a drawing or a photograph; {TYPED_COPY}"
        )
    if line.failed:
        named = "it" if one else page_words(line.failed)
        them = "it is" if len(line.failed) == 1 else "they are"
        said.append(f"{named} could not be read by machine this time; {them} tried again once a day")
    return tuple(each[0].upper() + each[1:] for each in said)


def _being_read(waiting: int, pages: int | None) -> str:
    if pages == 1:
        return "a scan; it waits to be read by machine"
    if waiting == pages:
        return f"all {pages} pages are scans and wait to be read by machine"
    of = f" of {pages:,}" if pages else ""
    return f"{waiting:,}{of} pages {'is a scan and waits' if waiting == 1 else 'are scans and wait'} to be read by machine"


def being_read_words(pages: int) -> str:
    """That so many pages are being read; empty for none."""
    if not pages:
        return ""
    return f"{pages:,} scanned {'page waits' if pages == 1 else 'pages wait'} to be read by machine"


def no_reader_words(pages: int) -> str:
    """That so many pages are not read for want of a program; empty for none. Between backticks stands a command."""
    if not pages:
        return ""
    what = "1 scanned page is" if pages == 1 else f"{pages:,} scanned pages are"
    return f"{what} not read by machine here, because the program for it is missing. For the IT desk: `casebinder doctor` names it"


def page_words(pages: Iterable[int]) -> str:
    """Pages for people: "page 3", "pages 3–5 and 9"."""
    ranges: list[list[int]] = []
    for page in sorted(set(pages)):
        if ranges and page == ranges[-1][1] + 1:
            ranges[-1][1] = page
        else:
            ranges.append([page, page])
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in ranges]
    return f"{'page' if _is_one(ranges) else 'pages'} {_listed(shown)}"


def _is_one(ranges: Sequence[Sequence[int]]) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _listed(shown: Sequence[str]) -> str:
    return ", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1]
