"""Documents and slides other than docx: a settled copy goes through LibreOffice, its words are looked for on the pages.

What is hidden in a file is reported by the rules of `casefiles.intake.readers.office_contents`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bundles.convert import failed
from bundles.convert.base import ConversionRequest, ConversionResult, Converter, Held, HeldError
from bundles.convert.office import IMPRESS_PDF, SOFFICE, WRITER_PDF, to_pdf
from bundles.convert.office_settle import settle
from bundles.convert.slide_choice import ALL_SLIDES, arranged, of_slides, told, wanted_slides
from bundles.convert.unseen import unseen_findings
from bundles.convert.words import WordCodes, compare, folded, texts_of
from casefiles.errors import CasebinderError
from casefiles.files.scratch import remove_scratch_file
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.office_contents import Contents, Refused, rows


class Filters(NamedTuple):
    """LibreOffice's names for reading a kind and for drawing it."""

    read: str
    draw: str


FILTERS = {
    Kind.DOC: Filters("MS Word 97", WRITER_PDF),
    Kind.ODT: Filters("writer8", WRITER_PDF),
    Kind.RTF: Filters("Rich Text Format", WRITER_PDF),
    Kind.PPTX: Filters("Impress MS PowerPoint 2007 XML", IMPRESS_PDF),
    Kind.PPT: Filters("MS PowerPoint 97", IMPRESS_PDF),
    Kind.ODP: Filters("impress8", IMPRESS_PDF),
}
VERSION = "2"
_OFFER = "print it as PDF from the program that made it and add that, or record a placeholder"
_DAMAGE_REMEDY = "ask the sender for the file again or for a PDF, or record a placeholder"
_CODES = WordCodes(
    ("office-text-vanished", Severity.ERROR), ("office-words-missing", Severity.WARNING), _OFFER
)
_WORD = re.compile(r"[^\W_]{2,}")


def draw_many(kind: Kind, requests: Sequence[ConversionRequest]) -> list[ConversionResult]:
    """Files of one kind in one start of LibreOffice; each that fails is held by itself.

    Raises:
        OSError: a scratch folder cannot be written.
    """
    results: dict[int, ConversionResult] = {}
    copies: dict[int, tuple[Path, Contents]] = {}
    for number, request in enumerate(requests):
        copy = request.scratch / f"{number:04d}.{kind.value}"
        try:
            copies[number] = (copy, settle(request.original, copy, kind, FactsLimits()))
        except Refused as refusal:
            found = request.finding(refusal.code, Severity.ERROR, refusal.message, _DAMAGE_REMEDY)
            results[number] = Held((found,))
        except (CasebinderError, OSError, MemoryError):
            raise
        except Exception as problem:  # one file of a batch must not take the others with it
            results[number] = failed(request, problem)
    filters = FILTERS[kind]
    for options in ("", ALL_SLIDES):
        group = {
            number: copies[number] for number in copies if _drawing_options(kind, requests[number]) == options
        }
        if not group:
            continue
        first = requests[min(group)]
        sources = [copy for copy, _ in group.values()]
        program = first.programs[SOFFICE.name]
        pdfs = to_pdf(program, sources, filters.read, first.scratch, export_filter=filters.draw + options)
        for number, (copy, contents) in group.items():
            results[number] = _finish(kind, requests[number], contents, pdfs.get(copy))
            remove_scratch_file(copy)
    return [results[number] for number in range(len(requests))]


def _drawing_options(kind: Kind, request: ConversionRequest) -> str:
    return ALL_SLIDES if request.treatment.sheets and FILTERS[kind].draw == IMPRESS_PDF else ""


def _draw(kind: Kind, request: ConversionRequest) -> ConversionResult:
    return draw_many(kind, [request])[0]


def _finish(kind: Kind, request: ConversionRequest, contents: Contents, pdf: Path | None) -> ConversionResult:
    from bundles.convert.normalise import normalise

    if pdf is None:
        message = "LibreOffice could not make pages of it"
        return Held((request.finding("office-not-converted", Severity.ERROR, message, _OFFER),))
    try:
        numbers = wanted_slides(request, contents) if contents.slides else ()
        expected = contents.slides if _drawing_options(kind, request) else len(numbers)
        _require_slides(request, len(texts_of(pdf)), expected)
        arrangement, found = arranged(request, contents, numbers, pdf) if numbers else (pdf, [])
        shown = of_slides(request, contents, numbers) if numbers else contents
        findings = [*_compare(request, shown, texts_of(arrangement)), *found]
        drawn = normalise(arrangement, request.output, request.stamp)
        findings += unseen_findings(request, request.output)
    except HeldError as problem:
        return Held(problem.findings)
    except (CasebinderError, MemoryError):
        raise
    except Exception as problem:  # one file of a batch must not take the others with it
        return failed(request, problem)
    derived = drawn.with_findings(findings).derived(request.output, kind.value, VERSION)
    return told(request, contents, derived) if contents.slides else derived


def _require_slides(request: ConversionRequest, pages: int, slides: int) -> None:
    """Nothing, where every slide has its page.

    Raises:
        HeldError: slides are missing.
    """
    if slides and pages != slides:
        message = f"LibreOffice made {pages} pages of {slides} slides"
        raise HeldError(request.finding("office-slides-lost", Severity.ERROR, message, _OFFER))


def _compare(request: ConversionRequest, contents: Contents, pages: Sequence[str]) -> list[Finding]:
    """Every word is on the pages; then what the pages do not show.

    Raises:
        HeldError: too many words are missing.
    """
    words = [word for text in contents.shown for word in _WORD.findall(text)]
    found = compare(request, words, "".join(pages), _CODES)
    drawn = folded("".join(pages))
    for row in rows(contents):
        message = row.message
        if row.code == "office-tracked-changes" and contents.deleted:
            gone = [
                word for text in contents.deleted for word in _WORD.findall(text) if folded(word) not in drawn
            ]
            message += (
                "; the pages do not show all that was deleted"
                if gone
                else "; the pages show them as marked changes"
            )
        found.append(request.finding(row.code, row.severity, message, row.remedy))
    return found


CONVERTER = tuple(
    Converter(
        name=kind.value,
        version=VERSION,
        kinds=frozenset({kind}),
        convert=partial(_draw, kind),
        programs=(SOFFICE,),
        convert_many=partial(draw_many, kind),
    )
    for kind in FILTERS
)
