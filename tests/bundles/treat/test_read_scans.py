"""Reading page by page: never twice, resumed where it stopped, and one bad page costs nobody else anything."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bundles.convert.base import Program
from bundles.treat import scan_page
from bundles.treat.page_reading import PageReading
from bundles.treat.read_scans import Scan, read_scans
from bundles.treat.readings import Readings
from bundles.treat.tesseract import TesseractLimits
from casefiles.caged import ChildFailed
from tests.bundles.treat.scans import letter, save_pdf
from tests.cli.watching import until

READ = PageReading(90, 1.5, 12, 91, "", "some words")


def script(path: Path, text: str) -> Program:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return Program(path, "0")


class Instead:
    """An executor that answers for each page what it was told to."""

    def __init__(self, answers: dict[int, object], layer: Path) -> None:
        self.answers, self.layer, self.asked = answers, layer, list[int]()

    def submit(self, _work: Any, _derived: Path, page: int, *_rest: Any) -> Future[Any]:
        self.asked.append(page)
        future: Future[Any] = Future()
        answer = self.answers.get(page, READ)
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result((answer, self.layer))
        return future


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    return Scan(
        tmp_path / "derived.pdf",
        (1, 2, 3),
        Readings(tmp_path / "cache" / "scan-0123456789abcdef"),
        tmp_path / "w",
    )


def test_what_was_read_is_kept_and_not_read_again(scan: Scan, tmp_path: Path) -> None:
    layer = tmp_path / "layer.pdf"
    layer.write_bytes(b"%PDF words")
    stopped = Instead({3: ChildFailed("killed", "told to stop")}, layer)
    with pytest.raises(ChildFailed):
        read_scans([scan], Program(tmp_path, "0"), stopped)  # type: ignore[arg-type]
    left = scan.readings.outstanding(scan.pages)
    assert 3 in left
    again = Instead({}, layer)
    read_scans([scan, scan], Program(tmp_path, "0"), again)  # type: ignore[arg-type]
    assert sorted(again.asked) == list(left)
    found = scan.readings.get(3)
    assert found is not None and found[0] == READ
    assert found[1] is not None and found[1].read_bytes() == b"%PDF words"
    third = Instead({}, layer)
    read_scans([scan], Program(tmp_path, "0"), third)  # type: ignore[arg-type]
    assert third.asked == []
    assert {oct(path.stat().st_mode & 0o777) for path in scan.readings.folder.iterdir()} == {"0o600"}


@pytest.mark.parametrize(("reason", "kept"), [("time", "time"), ("memory", "failed"), ("crashed", "failed")])
def test_a_page_that_breaks_its_child_is_kept_as_unread(
    scan: Scan, tmp_path: Path, reason: Any, kept: str
) -> None:
    layer = tmp_path / "layer.pdf"
    layer.write_bytes(b"%PDF words")
    read_scans([scan], Program(tmp_path, "0"), Instead({2: ChildFailed(reason, "")}, layer))  # type: ignore[arg-type]
    assert scan.readings.outstanding(scan.pages) == ()
    bad, good = scan.readings.get(2), scan.readings.get(1)
    assert bad is not None and (bad[0].reason, bad[1]) == (kept, None)
    assert good is not None and good[0].is_read


def test_what_failed_is_tried_again_later_and_what_has_no_words_never(scan: Scan, tmp_path: Path) -> None:
    layer = tmp_path / "layer.pdf"
    layer.write_bytes(b"%PDF words")
    program = Program(tmp_path, "0")
    first = Instead(
        {1: PageReading(0, 0.0, 0, 0, "no-words", ""), 2: PageReading(0, 0.0, 0, 0, "time", "")}, layer
    )
    read_scans([scan], program, first)  # type: ignore[arg-type]
    assert scan.readings.failed(scan.pages) == (2,)
    tried_at = 1_700_000_000.0
    os.utime(scan.readings.folder / "0002.json", (tried_at, tried_at))
    same_day = Instead({}, layer)
    read_scans([replace(scan, failed_before=tried_at - 1)], program, same_day)  # type: ignore[arg-type]
    assert same_day.asked == []
    assert scan.readings.outstanding(scan.pages) == ()
    next_day = Instead({}, layer)
    read_scans([replace(scan, failed_before=tried_at + 1)], program, next_day)  # type: ignore[arg-type]
    assert next_day.asked == [2]
    found = scan.readings.get(2)
    assert found is not None and found[0] == READ
    assert scan.readings.failed(scan.pages) == ()


def test_a_damaged_reading_counts_as_none(scan: Scan, tmp_path: Path) -> None:
    layer = tmp_path / "layer.pdf"
    layer.write_bytes(b"%PDF words")
    read_scans([scan], Program(tmp_path, "0"), Instead({}, layer))  # type: ignore[arg-type]
    (scan.readings.folder / "0001.pdf").write_bytes(b"%PDF other words")
    (scan.readings.folder / "0002.json").write_text('{"reading": {"turn": "x"}}')
    (scan.readings.folder / "0003.json").write_text("[]")
    assert scan.readings.outstanding(scan.pages) == (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("exit 1", "failed"),
        ("exec sleep 600", "time"),
        ('echo "<html" > "$2.hocr"; echo x > "$2.pdf"', "failed"),
        ('echo "<html/>" > "$2.hocr"', "failed"),
        ("kill -SEGV $$", "failed"),
    ],
)
def test_a_program_that_fails_leaves_the_page_a_picture(text: str, reason: str, tmp_path: Path) -> None:
    source = save_pdf(tmp_path / "scan.pdf", [letter()])
    (tmp_path / "work").mkdir()
    limits = TesseractLimits(seconds=1.0)
    found, layer = scan_page.read_page(
        source, 0, script(tmp_path / "tesseract", text), tmp_path / "work", limits
    )
    assert (found.reason, layer) == (reason, None)


def test_nothing_of_a_slow_program_outlives_its_time(tmp_path: Path) -> None:
    source = save_pdf(tmp_path / "scan.pdf", [letter()])
    (tmp_path / "work").mkdir()
    program = script(tmp_path / "tesseract", f"echo $$ > {tmp_path}/pid; sleep 600 & wait")
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(
            scan_page.read_page, source, 0, program, tmp_path / "work", TesseractLimits(seconds=2.0)
        )
        assert work.result()[0].reason == "time"
    assert (tmp_path / "pid").is_file()
    until(lambda: not _running(str(program.path)), "the end of the program")


def _running(name: str) -> list[Path]:
    numbers = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [entry for entry in numbers if name.encode() in _command(entry)]


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""
