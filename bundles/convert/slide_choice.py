"""Slides and speaker notes that were chosen of a presentation: which pages stay, and where the notes follow.

LibreOffice draws every slide, hidden ones too, where slides are chosen; what was not chosen is taken out of its PDF.
Notes are drawn in our own type after the slide that they belong to, and looked for on their pages word by word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf

from bundles.choices import counted_words
from bundles.convert.base import ConversionRequest, HeldError
from bundles.convert.pages import margin_css, missing_glyphs
from bundles.convert.visible import shown
from bundles.convert.words import folded, texts_of
from bundles.derived import Derived
from bundles.treatment import ranges_of
from casefiles.findings import Finding, Severity
from casefiles.intake.readers.office_contents import Contents

if TYPE_CHECKING:
    from templates.render import Plain

_DRAWING = {
    **dict.fromkeys(("ExportHiddenSlides", "ExportBookmarks", "ReduceImageResolution"), ("boolean", "true")),
    **dict.fromkeys(
        ("ExportFormFields", "ExportNotes", "ExportNotesPages", "UseTaggedPDF"), ("boolean", "false")
    ),
    "MaxImageResolution": ("long", "300"),
    "Quality": ("long", "90"),
}
ALL_SLIDES = ":" + json.dumps(
    {key: {"type": kind, "value": value} for key, (kind, value) in _DRAWING.items()}
)
"""Behind the name of LibreOffice's filter for slides: hidden ones are drawn as well, and all else as the profile in
`office_profile` says, which LibreOffice does not read once it is told anything here."""
_OFFER = "print it as PDF from the program that made it and add that, or record a placeholder"
_WORD = re.compile(r"[^\W_]+")


def wanted_slides(request: ConversionRequest, contents: Contents) -> tuple[int, ...]:
    """The numbers of the slides to draw (1-based, hidden ones counted): those chosen, else those not hidden.

    Raises:
        HeldError: a slide was chosen that is not there, or notes of slides that have none.
    """
    chosen = request.treatment.sheets
    if chosen and chosen[-1] > contents.slides:
        raise HeldError(
            request.finding(
                "chosen-slide-not-there",
                Severity.ERROR,
                f"slide {chosen[-1]} was chosen, and it has {contents.slides}",
                f'On its line in the bundle file write slides within that, such as slides = "1-{contents.slides}", '
                "or leave slides out",
            )
        )
    numbers = chosen or tuple(
        number for number in range(1, contents.slides + 1) if number not in contents.hidden_slides
    )
    if request.treatment.notes and not contents.notes.keys() & set(numbers):
        having = ", ".join(map(str, ranges_of(contents.notes))) if contents.notes else "none"
        raise HeldError(
            request.finding(
                "chosen-notes-not-there",
                Severity.ERROR,
                f"speaker notes were chosen, and none of the slides shown has any; slides with notes: {having}",
                "Take notes out of its line in the bundle file, or choose slides that have notes",
            )
        )
    return numbers


def of_slides(request: ConversionRequest, contents: Contents, numbers: Sequence[int]) -> Contents:
    """What the file holds, as it is to be reported when these slides are drawn: what is drawn is not hidden."""
    visible = iter(contents.shown)
    texts = {
        number: contents.hidden_slides[number] if number in contents.hidden_slides else next(visible, "")
        for number in range(1, contents.slides + 1)
    }
    chosen = set(numbers)
    drawn = request.treatment.notes
    return replace(
        contents,
        shown=[texts[number] for number in numbers],
        hidden_slides={n: text for n, text in contents.hidden_slides.items() if n not in chosen},
        notes={} if drawn else {n: text for n, text in contents.notes.items() if n in chosen},
    )


def arranged(
    request: ConversionRequest, contents: Contents, numbers: Sequence[int], pdf: Path
) -> tuple[Path, list[Finding]]:
    """The PDF of the slides `numbers` alone, each followed by its notes where these were chosen.

    `pdf` has a page for every slide of the file where slides were chosen, else for those that are not hidden.

    Raises:
        HeldError: words of the notes are not on their pages.
        OSError: a scratch file cannot be written.
    """
    chosen = request.treatment.sheets
    notes = {n: contents.notes[n] for n in numbers if n in contents.notes} if request.treatment.notes else {}
    if not chosen and not notes:
        return pdf, []
    drawn = range(1, contents.slides + 1) if chosen else numbers
    sheets, missing = (None, "") if not notes else _drawn_notes(request, notes)
    path = pdf.with_name(f"{pdf.stem}-chosen.pdf")
    with ExitStack() as stack:
        book = stack.enter_context(pikepdf.open(pdf))
        pages = _pages_of_notes(stack.enter_context(pikepdf.open(sheets)), list(notes)) if sheets else {}
        for index, number in reversed(list(enumerate(drawn))):
            if number not in numbers:
                del book.pages[index]
                continue
            for place, page in enumerate(pages.get(number, ()), index + 1):
                book.pages.insert(place, page)
        book.save(path)
    return path, missing_glyphs(request, missing)


def _drawn_notes(request: ConversionRequest, notes: dict[int, str]) -> tuple[Path, str]:
    """A PDF of all notes, each beginning on a page of its own, and the characters that no font here has."""
    from templates.render import html_to_pdf, render_html

    path = request.scratch / "notes.pdf"
    values: list[Plain] = [{"slide": number, "lines": _lines(text)} for number, text in sorted(notes.items())]
    html = render_html("pages/speaker_notes.html.j2", {"notes": values})
    missing = html_to_pdf(html, path, css=[margin_css(request.stamp)])
    page_words = folded("".join(texts_of(path)))
    gone = [
        word
        for text in notes.values()
        for word in _WORD.findall(shown(text, keep="\n"))
        if folded(word) not in page_words and not set(word) & set(missing)
    ]
    if gone:
        message = f"{len(gone)} words of the speaker notes did not reach the pages, such as “{gone[0]}”"
        raise HeldError(request.finding("office-notes-vanished", Severity.ERROR, message, _OFFER))
    return path, missing


def _lines(text: str) -> list[str]:
    return [line for line in shown(text, keep="\n").splitlines() if line.strip()]


def _pages_of_notes(book: pikepdf.Pdf, numbers: Sequence[int]) -> dict[int, list[pikepdf.Page]]:
    """The pages of each slide's notes, told apart by the bookmark that each begins with."""
    with book.open_outline() as outline:
        starts = [book.pages.index(pikepdf.Page(_target(item))) for item in outline.root]
    ends = [*starts[1:], len(book.pages)]
    if len(starts) != len(numbers) or starts != sorted(set(starts)) or starts[0] != 0:
        raise ValueError("the notes do not begin on pages of their own")
    return {
        number: [book.pages[index] for index in range(start, end)]
        for number, (start, end) in zip(sorted(numbers), zip(starts, ends, strict=True), strict=True)
    }


def _target(item: pikepdf.OutlineItem) -> pikepdf.Object:
    destination: Any = item.destination
    if destination is None and item.action is not None:
        destination = item.action.D
    page: pikepdf.Object = destination[0]
    return page


def told(request: ConversionRequest, contents: Contents, derived: Derived) -> Derived:
    """The result with the words for what was chosen: "slides 1–4 of 12, with speaker notes"."""
    if request.treatment.sheets:
        derived = derived.with_choice(
            counted_words("slide", ranges_of(request.treatment.sheets), contents.slides)
        )
    return derived.with_choice("with speaker notes") if request.treatment.notes else derived
