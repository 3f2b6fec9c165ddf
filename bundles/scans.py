"""Scanned pages of a bundle's items: read before an issue; a draft takes what has been read already, and says what has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bundles.convert.base import ConversionRequest, ConversionResult, Held, Program
from bundles.convert.run import Conversions, convert_all, unread
from bundles.derived import Derived
from bundles.job import Tools
from bundles.model import TabKind
from bundles.treat.ocr import pages_to_read, pages_words
from bundles.treat.reader import TESSERACT
from casefiles.findings import Finding, Severity


def with_scans_read(
    requests: Sequence[ConversionRequest], done: Conversions, tools: Tools, *, first: bool
) -> Conversions:
    """The same conversions; items with scanned pages carry the words on them where those are known.

    With `first` all of them are read now, else only what was read before is used. What stays unread is said in a finding.

    Raises:
        CasebinderError, BrokenExecutor, OSError: as `convert_all`.
    """
    reader = tools.programs.get(TESSERACT.name)
    results = list(done.results)
    whole = _whole(requests, results, tools)
    asked: list[int] = []
    for number, request in enumerate(requests):
        result, unread_file = results[number], whole[number]
        if isinstance(result, Held) or isinstance(unread_file, Held) or request.form is not TabKind.EVIDENCE:
            continue
        pages = pages_to_read(unread_file, request.treatment)
        if not pages:
            continue
        if reader is None:
            results[number] = _with(result, _no_reader(request, pages))
            continue
        waiting = tools.cache.readings(request.sha256, unread_file, reader).outstanding(pages)
        if waiting and not first:
            results[number] = _with(result, _outstanding(request, pages, waiting))
        else:
            asked.append(number)

    def report(read: int, total: int) -> None:
        tools.progress("Reading scans", read, total)

    again = convert_all(
        [_to_be_read(requests[number]) for number in asked],
        tools.executor,
        tools.cache,
        on_page_read=report,
        failed_before=tools.failed_before if first else 0.0,
    )
    for number, result in zip(asked, again.results, strict=True):
        results[number] = result
        converted = whole[number]
        if reader is not None and isinstance(converted, Derived):
            _keep(requests[number], converted, reader, tools)
    return replace(done, results=tuple(results))


def _whole(
    requests: Sequence[ConversionRequest], results: Sequence[ConversionResult], tools: Tools
) -> list[ConversionResult]:
    """Each file as converted, before pages were left out or anything else was done to it: that is what is read."""
    treated = [
        number
        for number, (request, result) in enumerate(zip(requests, results, strict=True))
        if isinstance(result, Derived) and result.treatment and request.form is TabKind.EVIDENCE
    ]
    whole = list(results)
    again = convert_all([unread(requests[number]) for number in treated], tools.executor, tools.cache)
    for number, result in zip(treated, again.results, strict=True):
        whole[number] = result
    return whole


def _keep(request: ConversionRequest, converted: Derived, reader: Program, tools: Tools) -> None:
    readings = tools.cache.readings(request.sha256, converted, reader)
    found = {page: readings.get(page) for page in pages_to_read(converted, request.treatment)}
    tools.keep_readings(request.sha256, {page: each[0] for page, each in found.items() if each is not None})


def _to_be_read(request: ConversionRequest) -> ConversionRequest:
    place = request.output.parent / "read"
    treatment = replace(request.treatment, ocr=True)
    return replace(request, treatment=treatment, output=place / "pages.pdf", scratch=place / "scratch")


def _with(result: Derived, finding: Finding) -> Derived:
    return replace(result, findings=(*result.findings, finding))


def _no_reader(request: ConversionRequest, pages: Sequence[int]) -> Finding:
    return request.finding(
        "scan-no-reader",
        Severity.WARNING,
        f"{pages_words(pages)} {_are(pages)} scanned, and this machine has no program to read {_them(pages)}: the words there "
        "cannot be searched or copied, as courts ask of typed pages",
        f"install it, then make the bundle again: {TESSERACT.remedy}",
    )


def _outstanding(request: ConversionRequest, pages: Sequence[int], waiting: Sequence[int]) -> Finding:
    return request.finding(
        "scan-not-read-yet",
        Severity.NOTE,
        f"{pages_words(pages)} {_are(pages)} scanned, and {len(waiting)} of {len(pages)} not read yet: this draft shows "
        f"{_them(pages)} as {'a picture' if len(pages) == 1 else 'pictures'} without words",
        "“casebinder watch” reads them in the background; --read-scans reads them now, and --issue always does",
    )


def _are(pages: Sequence[int]) -> str:
    return "is" if len(pages) == 1 else "are"


def _them(pages: Sequence[int]) -> str:
    return "it" if len(pages) == 1 else "them"
