"""The step that gives scanned pages the words that a machine read on them, and sets them upright and straight.

A page whose words are mostly guesses, or that could not be read, stays the picture that it is, and is named. Pages that
have text of their own are not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from bundles.convert.base import ConversionRequest, Program
from bundles.derived import Derived, DerivedPage, StampBox
from bundles.treat.page_reading import NOT_READ, PageReading
from bundles.treat.reader import TESSERACT
from bundles.treat.readings import Readings, scanned_pages
from bundles.treatment import Treatment, ranges_of
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_file
from casefiles.intake.kinds import Kind

DOUBTFUL = 80
"""A page read with less confidence (0 to 100) is named as read with doubt."""
REASONS: Mapping[str, str] = {
    "no-words": "no typed words were found on {pages}: handwriting, a photograph or a drawing",
    "guesses": "{pages} could not be read by machine: handwriting, or too faint",
    "time": "reading {pages} by machine took too long",
    "failed": "{pages} could not be read by machine",
}


def pages_to_read(derived: Derived, treatment: Treatment) -> tuple[int, ...]:
    """The pages (1-based) of a converted file that a machine has to read: scanned ones, of those that are kept."""
    return tuple(page for page in scanned_pages(derived) if treatment.keeps(page))


def apply(request: ConversionRequest, derived: Derived) -> Derived:
    """The derived file with the text layers that `request.readings` holds; the same where a page has not been read yet.

    Raises:
        OSError: a file cannot be read or written.
        pikepdf.PdfError, ValueError: a text layer is damaged.
    """
    if not request.treatment.ocr or request.readings is None:
        return derived
    pages = pages_to_read(derived, request.treatment)
    known = {page: found for page in pages if (found := Readings(request.readings).get(page)) is not None}
    for page in pages:  # one that was read since stays the picture that the treatment says it is
        if not request.treatment.reads(page) and (page not in known or known[page][0].is_read):
            known[page] = NOT_READ, None
    if not pages or len(known) < len(pages):
        return derived
    readings = {page: reading for page, (reading, _layer) in known.items()}
    layers = {page: (reading, layer) for page, (reading, layer) in known.items() if layer is not None}
    program = request.programs[TESSERACT.name]
    findings = (*derived.findings, *_findings(request, readings, program))
    programs = ", ".join(filter(None, (derived.programs, f"{TESSERACT.name} {program.version}")))
    if not layers:
        return replace(derived, findings=findings)
    target = request.output.with_name("read.pdf")
    facts = _draw(derived, layers, target, request.stamp)
    return replace(
        derived, path=target, sha256=sha256_file(target), pages=facts, findings=findings, programs=programs
    )


def _draw(
    derived: Derived, layers: Mapping[int, tuple[PageReading, Path]], target: Path, stamp: StampBox
) -> tuple[DerivedPage, ...]:
    from bundles.treat.text_layer import LayeredFile

    file = LayeredFile(derived.path)
    try:
        placed = {page: file.lay(page - 1, reading, layer) for page, (reading, layer) in layers.items()}
        for page, where in placed.items():
            if where.moved:
                file.move_links(page - 1, where.matrix)
        file.write(target)
        moved = [page for page, where in placed.items() if where.moved]
        reduced = _make_room(target, moved, stamp)
        for page, factor in reduced.items():
            file.move_links(page - 1, file.reduce(page - 1, factor))
        if reduced:
            file.write(target)
    finally:
        file.close()
    return _facts(derived, layers, reduced, target)


def _make_room(drawn: Path, moved: Iterable[int], stamp: StampBox) -> dict[int, float]:
    """Pages that were turned or straightened and now have ink where the number goes, and how much smaller they are drawn."""
    from bundles.convert.normalise import REDUCED_FACTOR, SMALLEST_FACTOR
    from bundles.convert.normalising.viewing import ink_in, opened, page_of

    found = {}
    with opened(drawn) as pdf:
        for number in moved:
            with page_of(pdf, number - 1) as page:
                width, height = page.get_size()
                factor = min(REDUCED_FACTOR, 1 - (stamp.bottom_pt + stamp.height_pt) / height)
                if factor >= SMALLEST_FACTOR and ink_in(page, stamp.on_page(width)):
                    found[number] = factor
    return found


def _facts(
    derived: Derived, layers: Iterable[int], reduced: Iterable[int], target: Path
) -> tuple[DerivedPage, ...]:
    from bundles.convert.normalising.page_text import page_text, text_sha256
    from bundles.convert.normalising.viewing import opened, page_of

    read = set(layers)
    smaller = set(reduced)
    facts = []
    with opened(target) as pdf:
        for number, old in enumerate(derived.pages, 1):
            if number not in read:
                facts.append(old)
                continue
            with page_of(pdf, number - 1) as page:
                text = page_text(page)
                width, height = page.get_size()
            facts.append(
                replace(
                    old,
                    width_pt=round(width, 4),
                    height_pt=round(height, 4),
                    reduced=old.reduced or number in smaller,
                    image_only=not text.strip(),
                    text_sha256=text_sha256(text),
                )
            )
    return tuple(facts)


def _findings(
    request: ConversionRequest, readings: Mapping[int, PageReading], program: Program
) -> list[Finding]:
    found = []
    for reason, words in REASONS.items():
        pages = [page for page, reading in readings.items() if reading.reason == reason]
        if pages:
            found.append(
                request.finding(
                    "scan-not-readable",
                    Severity.NOTE if _is_photo(request, reason) else Severity.WARNING,
                    f"{words.format(pages=pages_words(pages))}; {'it is' if len(pages) == 1 else 'they are'} in the bundle "
                    "as a picture, without words to search or copy",
                    "read it yourself; if the court needs it typed, add a typed copy as a file of its own",
                )
            )
    read = {page: reading for page, reading in readings.items() if reading.is_read}
    if read:
        found.append(
            request.finding(
                "scan-read",
                Severity.NOTE,
                f"{pages_words(read)}: the words under the picture were read by machine (Tesseract {program.version}, English). "
                "They are there to search and copy; the picture is the evidence",
                "",
            )
        )
    doubtful = [page for page, reading in read.items() if reading.confidence < DOUBTFUL]
    if doubtful:
        found.append(
            request.finding(
                "scan-read-with-doubt",
                Severity.WARNING,
                f"{pages_words(doubtful)}: many words are hard to read, and some were read wrongly; a search may miss them",
                "do not copy words from there without a look at the picture; a better scan helps",
            )
        )
    return [*found, *_moved(request, read)]


def _is_photo(request: ConversionRequest, reason: str) -> bool:
    """Whether a page without words is likely what it should be."""
    return reason == "no-words" and request.kind in {Kind.JPEG, Kind.HEIC}


def _moved(request: ConversionRequest, read: Mapping[int, PageReading]) -> list[Finding]:
    turned: dict[int, list[int]] = {}
    for page, reading in read.items():
        if reading.turn:
            turned.setdefault(reading.turn, []).append(page)
    found = [
        request.finding(
            "scan-turned",
            Severity.NOTE,
            f"{pages_words(pages)}: turned {_TURNS[turn]} so that the words stand upright; nothing else of the picture was changed",
            "compare with the original if it matters which way up it lay",
        )
        for turn, pages in sorted(turned.items())
    ]
    leaning = [page for page, reading in read.items() if reading.skew_deg]
    if leaning:
        angles = ", ".join(f"{abs(read[page].skew_deg):.1f}°" for page in leaning)
        found.append(
            request.finding(
                "scan-straightened",
                Severity.NOTE,
                f"{pages_words(leaning)}: straightened by {angles}, and drawn a little smaller so that nothing is cut off; "
                "the picture itself was not changed",
                "",
            )
        )
    return found


_TURNS = {90: "a quarter to the right", 180: "upside down", 270: "a quarter to the left"}


def pages_words(pages: Iterable[int]) -> str:
    """Pages for people: "page 3", "pages 3–5 and 9"."""
    ranges = [str(each) for each in ranges_of(pages)]
    one = len(ranges) == 1 and "–" not in ranges[0]
    listed = ", ".join(ranges[:-1]) + (" and " if len(ranges) > 1 else "") + ranges[-1]
    return f"page {listed}" if one else f"pages {listed}"
