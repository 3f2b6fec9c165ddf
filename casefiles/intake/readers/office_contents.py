"""What one document or presentation holds, seen and unseen, and how each unseen thing is reported.

Rules: tracked changes are drawn as marked changes where LibreOffice draws them; comments, hidden text, hidden slides
and speaker notes are not drawn, and their words are listed; nothing that is linked is fetched; macros are never run;
embedded objects are named, and only their saved picture is drawn; a date that would be filled in anew stays as saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from casefiles.findings import Severity
from casefiles.intake.readers.docx_package import Refused

LISTED_CHARACTERS = 600
LISTED_THINGS = 20
VOLATILE = frozenset({
    "ASK", "AUTHOR", "COMMENTS", "CREATEDATE", "DATABASE", "DATE", "DDE", "DDEAUTO", "DOCPROPERTY", "EDITTIME",
    "FILENAME", "FILESIZE", "FILLIN", "IF", "IMPORT", "INCLUDE", "INCLUDEPICTURE", "INCLUDETEXT", "INFO", "KEYWORDS",
    "LASTSAVEDBY", "LINK", "MERGEFIELD", "NUMCHARS", "NUMWORDS", "PRINTDATE", "RD", "REVNUM", "SAVEDATE", "SUBJECT",
    "TEMPLATE", "TIME", "TITLE", "USERADDRESS", "USERINITIALS", "USERNAME",
})  # fmt: skip
"""Fields of Word that would be computed anew. Source: ECMA-376 part 1, 17.16."""
FETCHING = frozenset(
    {"DDE", "DDEAUTO", "IMPORT", "INCLUDE", "INCLUDEPICTURE", "INCLUDETEXT", "LINK", "DATABASE", "RD"}
)
RECOMPUTED = frozenset(
    {"PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "PAGEREF", "AUTONUM", "LISTNUM", "STYLEREF"}
)
__all__ = ["FETCHING", "RECOMPUTED", "VOLATILE", "Contents", "Refused", "Row", "rows"]


class Row(NamedTuple):
    """One thing to report: a finding without its subject."""

    code: str
    severity: Severity
    message: str
    remedy: str


@dataclass
class Contents:
    """What a parser found. `shown` are the pieces of text that the pages must show, one a slide in a presentation.

    `margins` are headers, footers and the like, `deleted` the words of tracked deletions. `notes` and
    `hidden_slides` name slides by their number, from 1. `fields` are names of fields that are kept as saved;
    `unsaved_dates` counts dates that the file asks to be filled in and of which it has no saved words.
    """

    shown: list[str] = field(default_factory=list)
    margins: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    changes: int = 0
    comments: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    slides: int = 0
    hidden_slides: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    linked: int = 0
    macros: bool = False
    embedded: list[str] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    unsaved_dates: int = 0

    @property
    def searchable(self) -> str:
        """Everything with words, seen and unseen, for search."""
        parts = [
            *self.shown,
            *self.margins,
            *(text for _, text in sorted(self.hidden_slides.items())),
            *(text for _, text in sorted(self.notes.items())),
            *self.comments,
            *self.hidden,
            *self.deleted,
        ]
        return "\n".join(part.strip() for part in parts if part.strip())


def rows(contents: Contents) -> Iterator[Row]:
    """Everything about the file that its pages do not show as it stands there."""
    yield from _of_words(contents)
    yield from _of_slides(contents)
    yield from _of_active_things(contents)


def _of_words(contents: Contents) -> Iterator[Row]:
    if contents.changes or contents.deleted:
        deleted = f"; deleted: {listed(contents.deleted)}" if any(map(str.strip, contents.deleted)) else ""
        count = max(contents.changes, 1)
        yield Row(
            "office-tracked-changes",
            Severity.WARNING,
            f"it holds tracked changes that nobody has accepted or rejected ({count}){deleted}",
            "ask which version is meant, and decide whether the pages with the changes are the ones to serve",
        )
    if contents.comments:
        yield Row(
            "office-comments",
            Severity.WARNING,
            f"it holds comments, which the pages do not show ({len(contents.comments)}): {listed(contents.comments)}",
            "if they matter, print it with its comments as PDF and add that",
        )
    if contents.hidden:
        yield Row(
            "office-hidden-text",
            Severity.WARNING,
            f"it holds hidden text, which the pages do not show: {listed(contents.hidden)}",
            "open the original and decide whether it matters",
        )
    if contents.fields:
        yield Row(
            "office-fields-as-saved",
            Severity.NOTE,
            f"fields are shown as they were last saved: {', '.join(sorted(contents.fields))}",
            "",
        )
    if contents.unsaved_dates:
        yield Row(
            "office-date-not-saved",
            Severity.WARNING,
            f"it asks for the date of the day on which it is opened ({contents.unsaved_dates} times); "
            "no date is shown there, for none was saved",
            "if the date matters, ask the sender for a PDF",
        )


def _of_slides(contents: Contents) -> Iterator[Row]:
    hidden = sorted(contents.hidden_slides)
    if hidden:
        numbers = ", ".join(map(str, hidden))
        words = listed([contents.hidden_slides[number] for number in hidden])
        yield Row(
            "office-hidden-slides",
            Severity.WARNING,
            f"slide{'s' if len(hidden) > 1 else ''} {numbers} of {contents.slides} "
            f"{'are' if len(hidden) > 1 else 'is'} hidden and not drawn: {words}",
            "if it matters, ask for a copy in which it is not hidden",
        )
    if contents.notes:
        said = [f"slide {number}: {text}" for number, text in sorted(contents.notes.items())]
        yield Row(
            "office-speaker-notes",
            Severity.WARNING,
            f"it holds speaker notes, which the pages do not show ({len(said)} slides): {listed(said)}",
            "if they matter, print the notes pages as PDF and add that",
        )


def _of_active_things(contents: Contents) -> Iterator[Row]:
    if contents.linked:
        yield Row(
            "office-linked-content",
            Severity.WARNING,
            f"it draws content from outside itself ({contents.linked} links to a picture, template or file); "
            "nothing was fetched",
            "if something is missing on the pages, ask the sender for a PDF",
        )
    if contents.macros:
        yield Row(
            "office-macro", Severity.WARNING, "it holds macros; they are not run, and not in the pages", ""
        )
    if contents.embedded:
        yield Row(
            "office-embedded",
            Severity.WARNING,
            f"other files are embedded in it, of which the pages show no more than a picture: "
            f"{listed(contents.embedded)}",
            "those that are files became items of their own; open the original for the rest, and file each one that matters",
        )


def listed(texts: Sequence[str]) -> str:
    """Words for a finding: on one line, cut where they are long, and the cut said."""
    cleaned = [" ".join(text.split()) for text in texts]
    kept = [f"“{text}”" for text in cleaned if text]
    line = ", ".join(kept[:LISTED_THINGS])
    cut = len(kept) > LISTED_THINGS or len(line) > LISTED_CHARACTERS
    return (line[:LISTED_CHARACTERS] + " … (not all is listed here)") if cut else line or "no words"
