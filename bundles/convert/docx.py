"""Word documents: a settled copy goes through LibreOffice in its cage, and its words are looked for on the pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bundles.convert import failed
from bundles.convert.base import ConversionRequest, ConversionResult, Converter, Held, HeldError
from bundles.convert.docx_package import BadPackage, Settled, settle
from bundles.convert.office import SOFFICE, to_pdf
from bundles.convert.unseen import unseen_findings
from bundles.convert.words import WordCodes, compare, text_of
from casefiles.errors import CasebinderError
from casefiles.files.scratch import remove_scratch_file
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind

FILTER = "MS Word 2007 XML"
_OFFER = "print it as PDF from Word and add that, or record a placeholder"
_DAMAGE_REMEDY = "ask the sender for the file again or for a PDF, or record a placeholder"
_VANISHED = WordCodes(
    ("docx-text-vanished", Severity.ERROR), ("docx-words-missing", Severity.WARNING), _OFFER
)


def draw(request: ConversionRequest) -> ConversionResult:
    """One Word document; see `draw_many`."""
    return draw_many([request])[0]


def draw_many(requests: Sequence[ConversionRequest]) -> list[ConversionResult]:
    """Word documents in one start of LibreOffice; each that fails is held by itself.

    Raises:
        OSError: a scratch folder cannot be written.
    """
    results: dict[int, ConversionResult] = {}
    copies: dict[int, tuple[Path, Settled]] = {}
    for number, request in enumerate(requests):
        copy = request.scratch / f"{number:04d}.docx"
        try:
            copies[number] = (copy, settle(request.original, copy))
        except BadPackage as problem:
            results[number] = Held((_refused(request, problem),))
    if copies:
        first = requests[min(copies)]
        sources = [copy for copy, _ in copies.values()]
        pdfs = to_pdf(first.programs[SOFFICE.name], sources, FILTER, first.scratch)
        for number, (copy, settled) in copies.items():
            results[number] = _finish(requests[number], settled, pdfs.get(copy))
            remove_scratch_file(copy)
    return [results[number] for number in range(len(requests))]


def _finish(request: ConversionRequest, settled: Settled, pdf: Path | None) -> ConversionResult:
    from bundles.convert.normalise import normalise

    if pdf is None:
        message = "LibreOffice could not make pages of it"
        return Held((request.finding("docx-not-converted", Severity.ERROR, message, _OFFER),))
    try:
        missing = compare(request, settled.words, text_of(pdf), _VANISHED)
        findings = [*missing, *_findings(request, settled)]
        drawn = normalise(pdf, request.output, request.stamp)
        findings += unseen_findings(request, request.output)
    except HeldError as problem:
        return Held(problem.findings)
    except (CasebinderError, MemoryError):
        raise
    except Exception as problem:  # one file of a batch must not take the others with it
        return failed(request, problem)
    return drawn.with_findings(findings).derived(request.output, CONVERTER.name, CONVERTER.version)


def _findings(request: ConversionRequest, settled: Settled) -> list[Finding]:
    rows: list[tuple[bool | int, str, Severity, str, str]] = [
        (
            settled.changes,
            "docx-tracked-changes",
            Severity.WARNING,
            f"it holds {settled.changes} tracked changes; the pages show them as marked changes",
            "decide whether the version with the changes shown is the one to serve",
        ),
        (
            settled.comments,
            "docx-comments",
            Severity.WARNING,
            f"it holds {settled.comments} comments, which the pages do not show",
            "if they matter, print it with its comments as PDF and add that",
        ),
        (
            settled.hidden,
            "docx-hidden-text",
            Severity.WARNING,
            "it holds hidden text, which the pages do not show",
            "open the original and decide whether it matters",
        ),
        (
            settled.linked,
            "docx-linked-content",
            Severity.WARNING,
            "it draws content from outside (a linked picture, template or file); nothing was fetched",
            "if something is missing on the pages, ask the sender for a PDF",
        ),
        (settled.macros, "docx-macro", Severity.WARNING, "it holds macros; they were taken out, not run", ""),
        (
            len(settled.frozen_fields),
            "docx-fields-as-saved",
            Severity.NOTE,
            f"fields are shown as they were last saved: {', '.join(settled.frozen_fields)}",
            "",
        ),
    ]
    return [
        request.finding(code, weight, message, remedy) for met, code, weight, message, remedy in rows if met
    ]


def _refused(request: ConversionRequest, problem: BadPackage) -> Finding:
    return request.finding(problem.code, Severity.ERROR, problem.why, _DAMAGE_REMEDY)


CONVERTER = Converter(
    name="docx",
    version="2",
    kinds=frozenset({Kind.DOCX}),
    convert=draw,
    programs=(SOFFICE,),
    convert_many=draw_many,
)
