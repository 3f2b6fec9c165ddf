"""The watcher reads scanned pages in the background, and stops at once when told to."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cli.watch import scans as watch_scans
from cli.watch.scans import ScanReader
from cli.workspace import find_workspace
from tests.bundles.treat.scans import letter, save_pdf
from tests.cli.share import REFERENCE, Share
from tests.cli.watching import Watcher, until

pytestmark = pytest.mark.slow


def readings(share: Share) -> list[Path]:
    return sorted((share.state / "cache").rglob("scan-*/*.json"))


def test_what_is_dropped_is_read_and_found(share: Share) -> None:
    with Watcher(share.root, share.state, "--poll") as watcher:
        watcher.says("round", all=True)
        save_pdf(share.evidence / "letter from school.pdf", [letter(turn=180)])
        until(lambda: "page 1" in share.run("search", "telephone", "attendance"), "the words of the scan")
        assert watcher.stop() == 0
    assert not [row for row in watcher.log if row["event"] == "thread-failed"]
    assert list((share.state / "work").iterdir()) == []
    draft = share.json("bundle", REFERENCE)
    assert "scan-read" in {row["code"] for row in draft["findings"]}


def test_a_stop_in_the_middle_keeps_what_was_read(share: Share) -> None:
    save_pdf(share.evidence / "long.pdf", [letter() for _ in range(12)])
    share.run("scan")
    failures: list[BaseException] = []
    reader = ScanReader(find_workspace(str(share.root)), failures.append)
    reader.wake()
    until(lambda: len(readings(share)) >= 2, "two pages")
    began = time.monotonic()
    reader.close()
    assert time.monotonic() - began < 10
    first = {path: path.stat().st_mtime_ns for path in readings(share)}
    assert 2 <= len(first) < 12
    again = ScanReader(find_workspace(str(share.root)), failures.append)
    again.wake()
    until(
        lambda: (
            "page 12" in share.run("search", "telephone", "attendance", "--json")
            or len(readings(share)) == 13
        ),
        "all",
    )
    again.close()
    assert failures == []
    assert {path: path.stat().st_mtime_ns for path in readings(share) if path in first} == first


def test_without_the_program_nothing_is_tried(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_scans, "_programs", dict)
    save_pdf(share.evidence / "letter.pdf", [letter()])
    share.run("scan")
    reader = ScanReader(find_workspace(str(share.root)), lambda _error: None)
    reader.wake()
    reader.close()
    assert readings(share) == []


def test_a_mistake_is_told_and_the_rounds_go_on(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise LookupError("never meant to happen")

    monkeypatch.setattr(watch_scans, "_programs", broken)
    failures: list[BaseException] = []
    reader = ScanReader(find_workspace(str(share.root)), failures.append)
    reader.wake()
    until(lambda: failures, "the failure")
    reader.close()
    assert isinstance(failures[0], LookupError)
