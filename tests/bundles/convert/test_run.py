"""Many conversions: in order, once each, through any executor, the culprit alone held."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from PIL import Image

from bundles.convert.base import ConversionRequest, ConversionResult, Held
from bundles.convert.cache import ConversionCache
from bundles.convert.run import RequestMaker, convert_all
from bundles.derived import Derived, StampBox
from bundles.model import TabKind
from casefiles.caged import CagedExecutor, ChildFailed, Limits, minimal_environment
from casefiles.errors import ProgramMissing
from casefiles.findings import Finding
from casefiles.hashing import sha256_file
from casefiles.intake.kinds import Kind

REPOSITORY = Path(__file__).parents[3]
MakeRequest = Callable[..., ConversionRequest]
GIB = 1 << 30


class Inline(Executor):
    """Runs at once, in this thread, and counts what it was given; may fail a task on purpose."""

    def __init__(self, fail: Callable[[Sequence[Any]], Exception | None] = lambda _batch: None) -> None:
        self.batches: list[list[str]] = []
        self._fail = fail

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        batch = [request for request, _ in args[0]]
        self.batches.append([request.subject for request in batch])
        problem = self._fail(batch)
        if problem is not None:
            future.set_exception(problem)
        else:
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:
                future.set_exception(error)
        return future


def environment(tmp_path: Path) -> dict[str, str]:
    return {**minimal_environment(tmp_path), "PYTHONPATH": str(REPOSITORY)}


@pytest.fixture(params=["threads", "processes", "cage"])
def any_executor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Executor]:
    made: dict[str, Callable[[], Executor]] = {
        "threads": lambda: ThreadPoolExecutor(2),
        "processes": lambda: ProcessPoolExecutor(
            2, mp_context=__import__("multiprocessing").get_context("spawn")
        ),
        "cage": lambda: CagedExecutor(2, Limits(120, 4 * GIB, GIB), sys.executable, environment(tmp_path)),
    }
    with made[request.param]() as executor:
        yield executor


@pytest.fixture
def mixed(tmp_path: Path, request_for: MakeRequest) -> list[ConversionRequest]:
    """A photo, a text, a docx, a cut picture, a recording, a placeholder."""
    Image.new("RGB", (300, 200), "red").save(tmp_path / "photo.jpg")
    (tmp_path / "note.txt").write_text("the words of the note", encoding="utf-8")
    document = docx.Document()
    document.add_paragraph("the words of the statement")
    document.save(str(tmp_path / "statement.docx"))
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "photo.jpg").read_bytes()[:300])
    (tmp_path / "call.m4a").write_bytes(b"\0\0\0 ftypM4A ")
    return [
        request_for(tmp_path / "photo.jpg", Kind.JPEG, ready=False),
        request_for(tmp_path / "note.txt", Kind.TEXT, ready=False),
        request_for(tmp_path / "statement.docx", Kind.DOCX, ready=False),
        request_for(tmp_path / "cut.jpg", Kind.JPEG, ready=False),
        request_for(tmp_path / "call.m4a", Kind.OTHER, ready=False),
        request_for(tmp_path / "cut.jpg", Kind.JPEG, TabKind.PLACEHOLDER, ready=False, reason="Asked again."),
    ]


def words(result: ConversionResult) -> str:
    assert isinstance(result, Derived), result
    return " ".join(page.extract_text() for page in pypdf.PdfReader(result.path).pages)


@pytest.mark.slow
def test_through_any_executor_in_order(
    tmp_path: Path, mixed: list[ConversionRequest], any_executor: Executor
) -> None:
    cache = ConversionCache(tmp_path / "cache")
    steps: list[tuple[int, int]] = []
    made = convert_all(mixed, any_executor, cache, lambda done, total, _file: steps.append((done, total)))
    assert isinstance(made.results[0], Derived)
    assert "words of the note" in words(made.results[1])
    assert "words of the statement" in words(made.results[2])
    assert isinstance(made.results[3], Held)
    assert made.results[3].findings[0].subject == "cut.jpg"
    assert "call.m4a" in words(made.results[4])
    assert "Asked again." in words(made.results[5])
    assert (made.converted, made.cached, made.held) == (5, 0, 1)
    assert steps == [(number, 6) for number in range(1, 7)]
    again = convert_all(mixed, any_executor, cache)
    assert (again.converted, again.cached, again.held) == (0, 5, 1)
    assert again.results == made.results


def texts(tmp_path: Path, request_for: MakeRequest, count: int) -> list[ConversionRequest]:
    made = []
    for number in range(count):
        path = tmp_path / f"note{number}.txt"
        path.write_text(f"note number{number}", encoding="utf-8")
        made.append(request_for(path, Kind.TEXT, ready=False))
    return made


def test_the_same_content_is_converted_once_and_keeps_its_names(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    paths = [tmp_path / name for name in ("one.txt", "two.txt", "three.txt")]
    for path in paths:
        path.write_bytes(b"caf\xe9")
    requests = [request_for(path, Kind.TEXT, ready=False) for path in paths]
    executor = Inline()
    made = convert_all(requests, executor, ConversionCache(tmp_path / "cache"))
    assert executor.batches == [["one.txt"]]
    assert (made.converted, made.cached, made.held) == (1, 0, 0)
    assert [result.findings[0].subject for result in made.results] == ["one.txt", "two.txt", "three.txt"]
    assert len({result.path for result in made.results if isinstance(result, Derived)}) == 1


def test_a_cached_finding_names_the_file_of_today(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "one.txt"
    path.write_bytes(b"caf\xe9")
    cache = ConversionCache(tmp_path / "cache")
    convert_all([request_for(path, Kind.TEXT, ready=False)], Inline(), cache)
    renamed = replace(request_for(path, Kind.TEXT, ready=False), details={"name": "renamed.txt"})
    (result,) = convert_all([renamed], Inline(), cache).results
    assert result.findings[0].subject == "renamed.txt"


def test_one_more_file_converts_one_more(tmp_path: Path, request_for: MakeRequest) -> None:
    cache = ConversionCache(tmp_path / "cache")
    requests = texts(tmp_path, request_for, 3)
    convert_all(requests[:2], Inline(), cache)
    executor = Inline()
    made = convert_all(requests, executor, cache)
    assert executor.batches == [["note2.txt"]]
    assert (made.converted, made.cached) == (1, 2)
    assert [f"number{number}" in words(result) for number, result in enumerate(made.results)] == [True] * 3


def test_a_damaged_entry_is_made_again_and_said(tmp_path: Path, request_for: MakeRequest) -> None:
    said: list[Finding] = []
    cache = ConversionCache(tmp_path / "cache", said.append)
    requests = texts(tmp_path, request_for, 1)
    (first,) = convert_all(requests, Inline(), cache).results
    assert isinstance(first, Derived)
    (kept,) = (tmp_path / "cache").glob("*/*.pdf")
    kept.write_bytes(b"%PDF other pages")
    made = convert_all(requests, Inline(), cache)
    assert made.converted == 1
    assert made.results == (first,)
    assert [each.code for each in said] == ["cache-damaged"]


def test_what_another_process_takes_out_of_the_cache_is_still_bound(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    cache = ConversionCache(tmp_path / "cache")
    requests = texts(tmp_path, request_for, 1)
    for how in ("converted", "cached"):
        made = convert_all(requests, Inline(), cache)
        assert getattr(made, how) == 1
        assert cache.remove(requests[0].sha256)
        (result,) = made.results
        assert isinstance(result, Derived)
        assert sha256_file(result.path) == result.sha256
        if how == "converted":
            convert_all(requests, Inline(), cache)


def test_what_wants_a_font_is_tried_again(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "rare.txt"
    path.write_text("\U00030000", encoding="utf-8")
    cache = ConversionCache(tmp_path / "cache")
    for _ in range(2):
        made = convert_all([request_for(path, Kind.TEXT, ready=False)], Inline(), cache)
        assert [each.code for each in made.results[0].findings] == ["characters-not-drawn"]
        assert (made.converted, made.cached) == (1, 0)


def documents(tmp_path: Path, request_for: MakeRequest, count: int) -> list[ConversionRequest]:
    made = []
    for number in range(count):
        path = tmp_path / f"d{number}.docx"
        document = docx.Document()
        document.add_paragraph(f"document number{number}")
        document.save(str(path))
        made.append(request_for(path, Kind.DOCX, ready=False))
    return made


@pytest.mark.slow
def test_documents_go_in_batches_and_a_failed_batch_file_by_file(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    requests = documents(tmp_path, request_for, 5)

    def fail(batch: Sequence[ConversionRequest]) -> Exception | None:
        return ChildFailed("time", "slow") if any("d1" in each.subject for each in batch) else None

    executor = Inline(fail)
    made = convert_all(requests, executor, ConversionCache(tmp_path / "cache"), batch=3)
    names = [each.subject for each in requests]
    assert executor.batches == [names[:3], names[3:], *([name] for name in names[:3])]
    held = made.results[1]
    assert isinstance(held, Held)
    assert [each.code for each in held.findings] == ["conversion-time"]
    for number in (0, 2, 3, 4):
        assert f"number{number}" in words(made.results[number])


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(0.2, 4 * GIB, GIB), "conversion-time"),
        (Limits(60, 256 << 20, GIB), "conversion-memory"),
        (Limits(60, 4 * GIB, 20_000), "conversion-output"),
    ],
)
def test_a_file_that_passes_a_limit_is_held_and_the_limit_named(
    tmp_path: Path, request_for: MakeRequest, limits: Limits, code: str
) -> None:
    Image.new("RGB", (9_000, 9_000), "blue").save(tmp_path / "big.png", compress_level=1)
    request = request_for(tmp_path / "big.png", Kind.PNG, ready=False)
    with CagedExecutor(1, limits, sys.executable, environment(tmp_path)) as cage:
        (result,) = convert_all([request], cage, ConversionCache(tmp_path / "cache")).results
    assert isinstance(result, Held)
    assert [(each.code, each.subject) for each in result.findings] == [(code, "big.png")]


def test_a_missing_program_stops_before_anything_is_converted(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    requests = [*texts(tmp_path, request_for, 1), *documents(tmp_path, request_for, 1)]
    requests[1] = replace(requests[1], programs={})
    executor = Inline()
    with pytest.raises(ProgramMissing):
        convert_all(requests, executor, ConversionCache(tmp_path / "cache"))
    assert executor.batches == []


def test_our_own_errors_stop_the_work(tmp_path: Path, request_for: MakeRequest) -> None:
    executor = Inline(lambda _batch: ProgramMissing("soffice is gone", remedy="apt"))
    with pytest.raises(ProgramMissing):
        convert_all(texts(tmp_path, request_for, 1), executor, ConversionCache(tmp_path / "cache"))


def test_progress_comes_in_the_callers_thread(tmp_path: Path, request_for: MakeRequest) -> None:
    threads: Counter[int] = Counter()
    with ThreadPoolExecutor(2) as executor:
        convert_all(
            texts(tmp_path, request_for, 3),
            executor,
            ConversionCache(tmp_path / "cache"),
            lambda *_: threads.update([threading.get_ident()]),
        )
    assert threads == {threading.get_ident(): 3}


def test_nothing_to_do(tmp_path: Path) -> None:
    made = convert_all([], Inline(), ConversionCache(tmp_path / "cache"))
    assert (made.results, made.converted, made.cached, made.held) == ((), 0, 0, 0)


def test_requests_of_one_maker_never_share_a_place(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    maker = RequestMaker(tmp_path / "work", StampBox(28, 20, 70, 24))
    digest = sha256_file(tmp_path / "a")
    made = [
        maker.make(tmp_path / "a", digest, Kind.OTHER, details, form)
        for form in TabKind
        for details in ({}, {"exhibit": "AB/1"}, {"exhibit": "AB/2"})
    ]
    assert len({each.output for each in made}) == len({each.scratch for each in made}) == len(made)
