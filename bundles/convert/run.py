"""Convert many originals, in parallel, through any `concurrent.futures.Executor`, each at most once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path

from bundles import treat
from bundles.convert import choose, convert, discover, failed, guarded, require_programs
from bundles.convert.base import (
    ConversionRequest,
    ConversionResult,
    Converter,
    Held,
    HeldError,
    Program,
)
from bundles.convert.cache import ConversionCache, cache_key
from bundles.convert.pages import CHARACTERS_NOT_DRAWN
from bundles.derived import Derived, StampBox
from bundles.model import TabKind
from bundles.treat import ocr
from bundles.treat.read_scans import PageDone, Scan, read_scans
from bundles.treat.reader import TESSERACT
from bundles.treat.readings import Readings
from bundles.treatment import NOTHING, Treatment, ranges_of
from casefiles.caged import ChildFailed
from casefiles.errors import CasebinderError, Unavailable
from casefiles.files.scratch import make_scratch_folder, remove_scratch_file, second_name
from casefiles.findings import Severity
from casefiles.hashing import hash_prefix, sha256_bytes
from casefiles.intake.kinds import Kind

BATCH = 12
REASONS: Mapping[str, str] = {
    "time": "it took longer than the time allowed for one file",
    "memory": "it needs more memory than is allowed for one file",
    "output": "it grows into more pages than are allowed for one file",
    "killed": "the process that was converting it was stopped",
    "crashed": "the process that was converting it broke down",
}

Progress = Callable[[int, int, str], None]
"""Called as `progress(done, total, file)` after each file, in the caller's thread."""


@dataclass(frozen=True)
class Conversions:
    """`results[i]` answers request i. `converted` and `cached` count files, `held` those without pages."""

    results: tuple[ConversionResult, ...]
    converted: int
    cached: int
    held: int


@dataclass(frozen=True)
class RequestMaker:
    """Makes requests with an output and an empty scratch folder each, below one working folder of the caller's."""

    work: Path
    stamp: StampBox
    programs: Mapping[str, Program] = field(default_factory=dict)

    def make(
        self,
        original: Path,
        sha256: str,
        kind: Kind,
        details: Mapping[str, str],
        form: TabKind = TabKind.EVIDENCE,
        treatment: Treatment = NOTHING,
        sheet_names: tuple[str, ...] = (),
    ) -> ConversionRequest:
        """A request for one original; folders are made when it is converted."""
        asked = [sorted(details.items()), treatment.encode(), sheet_names]
        printed = sha256_bytes(json.dumps(asked).encode())
        place = self.work / f"{form.value}-{sha256}-{hash_prefix(printed)}"
        return ConversionRequest(
            original, sha256, kind, place / "pages.pdf", place / "scratch", self.stamp, dict(details), form,
            self.programs, treatment, sheet_names=sheet_names,
        )  # fmt: skip


@dataclass(frozen=True)
class _Job:
    """One conversion to be made, for every request that shares its key."""

    converter: Converter
    request: ConversionRequest
    asked_by: tuple[int, ...]


def convert_all(
    requests: Sequence[ConversionRequest],
    executor: Executor,
    cache: ConversionCache,
    on_progress: Progress = lambda _done, _total, _file: None,
    *,
    batch: int = BATCH,
    on_page_read: PageDone = lambda _done, _total: None,
    failed_before: float = 0.0,
) -> Conversions:
    """Derived files for all requests, in their order; what is in the cache is taken from there.

    Two requests with the same original and parameters are converted once. Files of a converter that takes many
    at a time go in batches; a batch that fails is tried again file by file, so that only the culprit is held.
    Scanned pages of those whose treatment asks for it are read first, page by page; `on_page_read` counts them,
    and those that failed before `failed_before` (seconds since 1970) are tried again.

    Raises:
        ProgramMissing: an outside program that a file needs is not there (before anything is converted).
        CasebinderError: the work cannot go on.
        BrokenExecutor: the executor lost its processes.
        OSError: the cache cannot be read or written.
    """
    converters = discover()
    requests = _with_readings(requests, executor, cache, batch, on_page_read, failed_before)
    jobs = _jobs(requests, converters)
    for job in jobs:
        require_programs(job.converter, job.request)
    results: dict[int, ConversionResult] = {}
    counts = {"converted": 0, "cached": 0, "held": 0}

    def settle(job: _Job, result: ConversionResult, how: str) -> None:
        counts["held" if isinstance(result, Held) else how] += 1
        for number in job.asked_by:
            results[number] = _named(result, requests[number])
        on_progress(len(results), len(requests), job.request.subject)

    waiting: list[_Job] = []
    for job in jobs:
        kept = _held_fast(cache.get(job.request, job.converter), job.request)
        if kept is None or _may_be_better_now(kept):
            waiting.append(job)
        else:
            settle(job, kept, "cached")
    for job, result in _run(waiting, executor, batch):
        if isinstance(result, Derived):
            cache.put(job.request, job.converter, result)
        settle(job, result, "converted")
    return Conversions(tuple(results[number] for number in range(len(requests))), **counts)


def convert_batch(batch: Sequence[tuple[ConversionRequest, str]]) -> tuple[ConversionResult, ...]:
    """In the executor's process: convert requests that share one converter, named beside each.

    Raises:
        CasebinderError: the work cannot go on.
    """
    converter = next(each for each in discover() if each.name == batch[0][1])
    requests = [request for request, _ in batch]
    for request in requests:
        make_scratch_folder(request.output.parent)
        make_scratch_folder(request.scratch)
    if converter.convert_many is not None and len(requests) > 1:
        results = converter.convert_many(requests)
    else:
        results = [convert(request, converter) for request in requests]
    return tuple(
        _treated(request, converter, result) for request, result in zip(requests, results, strict=True)
    )


def _treated(request: ConversionRequest, converter: Converter, result: ConversionResult) -> ConversionResult:
    if isinstance(result, Held):
        return result
    used = (need.name for need in converter.programs if need.name in request.programs)
    made = replace(result, programs=", ".join(f"{name} {request.programs[name].version}" for name in used))
    return (
        guarded(request, lambda: treat.apply(request, made)) if converter.form is TabKind.EVIDENCE else made
    )


def _with_readings(
    requests: Sequence[ConversionRequest],
    executor: Executor,
    cache: ConversionCache,
    batch: int,
    on_page_read: PageDone,
    failed_before: float,
) -> list[ConversionRequest]:
    """The same requests; those that ask for machine reading know where it is kept, and it is complete."""
    reader = next(
        (each.programs[TESSERACT.name] for each in requests if TESSERACT.name in each.programs), None
    )
    asked = [request for request in requests if request.treatment.ocr and reader is not None]
    plain = (
        convert_all([unread(request) for request in asked], executor, cache, batch=batch) if asked else None
    )
    if reader is None or plain is None:
        return list(requests)
    scans: dict[int, Scan] = {}
    for request, result in zip(asked, plain.results, strict=True):
        if isinstance(result, Derived) and (pages := ocr.pages_to_read(result, request.treatment)):
            readings = cache.readings(request.sha256, result, reader)
            asked_for = tuple(page for page in pages if request.treatment.reads(page))
            work = request.output.parent / "scans"
            scans[id(request)] = Scan(result.path, asked_for, readings, work, failed_before)
    try:
        read_scans(list(scans.values()), reader, executor, on_page_read)
    except (OSError, Unavailable) as error:  # what is read cannot be kept: it is kept for this run alone
        cache.tell_once(error)
        scans = {
            key: replace(scan, readings=Readings(scan.work.with_name("readings")))
            for key, scan in scans.items()
        }
        read_scans(list(scans.values()), reader, executor, on_page_read)
    return [_as_read(request, scans.get(id(request))) for request in requests]


def _as_read(request: ConversionRequest, scan: Scan | None) -> ConversionRequest:
    """The request with where its readings are; pages that could not be read are named in its treatment, so that the same
    pages are made again by it, and others once they can be read."""
    if scan is None:
        return request
    given = (page for each in request.treatment.unread for page in range(each.first, each.last + 1))
    unread = ranges_of((*given, *scan.readings.failed(scan.pages)))
    return replace(
        request, readings=scan.readings.folder, treatment=replace(request.treatment, unread=unread)
    )


def unread(request: ConversionRequest) -> ConversionRequest:
    """The request for the converted file that is looked at to see what must be read."""
    place = request.output.parent / "unread"
    treatment = Treatment(sheets=request.treatment.sheets, notes=request.treatment.notes)
    return replace(request, treatment=treatment, output=place / "pages.pdf", scratch=place / "scratch")


def _held_fast(kept: Derived | None, request: ConversionRequest) -> Derived | None:
    """The kept file under a name of this run's own: another process may empty the cache while it is bound."""
    if kept is None:
        return None
    make_scratch_folder(request.output.parent)
    remove_scratch_file(request.output)
    return replace(kept, path=request.output) if second_name(kept.path, request.output) else None


def _may_be_better_now(kept: Derived) -> bool:
    """Made for want of a font: by now it may be installed."""
    return any(finding.code == CHARACTERS_NOT_DRAWN for finding in kept.findings)


def _jobs(requests: Sequence[ConversionRequest], converters: Sequence[Converter]) -> list[_Job]:
    jobs: dict[str, _Job] = {}
    for number, request in enumerate(requests):
        converter = choose(request.kind, request.form, converters)
        key = cache_key(request, converter)
        if key in jobs:
            jobs[key] = replace(jobs[key], asked_by=(*jobs[key].asked_by, number))
        else:
            jobs[key] = _Job(converter, request, (number,))
    return list(jobs.values())


def _batches(jobs: Sequence[_Job], size: int) -> Iterator[tuple[_Job, ...]]:
    """Batches of converters that like them first (they take longest), then the others one by one."""
    many: dict[str, list[_Job]] = {}
    for job in jobs:
        if job.converter.convert_many is not None:
            many.setdefault(job.converter.name, []).append(job)
    for group in many.values():
        for start in range(0, len(group), size):
            yield tuple(group[start : start + size])
    for job in jobs:
        if job.converter.convert_many is None:
            yield (job,)


def _run(jobs: Sequence[_Job], executor: Executor, size: int) -> Iterator[tuple[_Job, ConversionResult]]:
    queue = list(_batches(jobs, size))
    while queue:
        again: list[tuple[_Job, ...]] = []
        futures = {_submit(executor, batch): batch for batch in queue}
        for future in as_completed(futures):
            batch = futures[future]
            problem = future.exception()
            if problem is None:
                yield from zip(batch, future.result(), strict=True)
            elif _stops_the_work(problem):
                raise problem
            elif len(batch) > 1:
                again.extend((job,) for job in batch)
            else:
                yield batch[0], _held(batch[0].request, problem)
        queue = again


def _submit(executor: Executor, batch: Sequence[_Job]) -> Future[tuple[ConversionResult, ...]]:
    return executor.submit(convert_batch, [(job.request, job.converter.name) for job in batch])


def _stops_the_work(problem: BaseException) -> bool:
    if isinstance(problem, ChildFailed):
        return False
    return isinstance(problem, CasebinderError | BrokenExecutor) or not isinstance(problem, Exception)


def _held(request: ConversionRequest, problem: BaseException) -> Held:
    if isinstance(problem, HeldError):
        return Held(problem.findings)
    if not isinstance(problem, ChildFailed):
        return failed(request, problem if isinstance(problem, Exception) else RuntimeError(str(problem)))
    return Held(
        (
            request.finding(
                f"conversion-{problem.reason}",
                Severity.ERROR,
                f"could not be made into pages: {REASONS[problem.reason]}",
                "ask the sender for a PDF or a smaller file; or record a placeholder for it",
            ),
        )
    )


def _named(result: ConversionResult, request: ConversionRequest) -> ConversionResult:
    """The same result, its findings about this request's file: one original may have several names."""
    return replace(result, findings=tuple(replace(each, subject=request.subject) for each in result.findings))
