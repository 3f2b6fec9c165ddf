"""The watcher reads scanned pages in the background, and stops at once when told to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bundles.treat.page_reading import NOT_READ
from cli.watch import scans as watch_scans
from cli.watch.scans import ScanReader, Stopped
from cli.workspace import find_workspace
from tests.bundles.treat.scans import letter, save_pdf, scribble
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


def page(share: Share) -> str:
    """The case's page as the next look at all cases writes it."""
    share.run("scan")
    return (share.case / "Case status.html").read_text()


def read_all(share: Share, clock: Callable[[], float] = time.time) -> None:
    """One pass of a reader over everything, in this thread."""
    failures: list[BaseException] = []
    ScanReader(find_workspace(str(share.root)), failures.append, clock)._pass()
    assert failures == []


def item(share: Share, name: str) -> dict[str, Any]:
    (case,) = share.json("status", REFERENCE)["cases"]
    (found,) = [line for line in case["items"] if line["name"] == name]
    return dict(found)


def readings_of(share: Share, name: str) -> list[Path]:
    """What is kept of the pages of one file."""
    return sorted((share.state / "cache" / item(share, name)["sha256"]).glob("scan-*/*.json"))


def test_the_page_says_how_far_reading_has_come(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    save_pdf(share.evidence / "letter.pdf", [letter(), scribble()])
    assert "by machine" not in page(share), "nobody has looked yet"
    before = (share.case / "Case status.html").stat()

    def stopped(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr("cli.watch.scan_pass.read_scans", stopped)
        with pytest.raises(Stopped):
            read_all(share)
    assert (share.case / "Case status.html").stat() == before, "only a look at the cases writes pages"
    said = page(share)
    (case,) = share.json("status", REFERENCE)["cases"]
    head = f"{case['scans_waiting']} scanned pages wait to be read by machine."
    assert case["scans_waiting"] >= 2 and head in said
    assert "All 2 pages are scans and wait to be read by machine." in said
    assert head in (share.root / "Cases status.html").read_text()
    assert "to be read by machine" in share.run("status", REFERENCE)
    read_all(share)
    said = page(share)
    assert "to be read by machine" not in said
    assert "Page 2 could not be read by machine" in said or "No typed words were found on page 2" in said
    assert "to be read by machine" not in (share.root / "Cases status.html").read_text()
    assert item(share, "letter.pdf")["scans"]["read"] == [1]
    written = (share.case / "Case status.html").stat()
    page(share)
    assert (share.case / "Case status.html").stat() == written


def test_an_index_made_anew_takes_it_from_what_was_read(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_pdf(share.evidence / "letter.pdf", [letter()])
    share.run("scan")
    read_all(share)
    known = item(share, "letter.pdf")["scans"]
    assert known["read"] == [1]
    for path in (share.state / "index").iterdir():
        path.unlink()
    share.run("scan")

    def never(*_: object) -> None:
        raise AssertionError("read twice")

    monkeypatch.setattr("cli.watch.scan_pass.read_scans", never)
    read_all(share)
    assert item(share, "letter.pdf")["scans"] == known
    assert "page 1" in share.run("search", "telephone", "attendance")


def test_a_reader_at_work_notices_that_the_index_was_made_anew(share: Share) -> None:
    save_pdf(share.evidence / "letter.pdf", [letter()])
    share.run("scan")
    reader = ScanReader(find_workspace(str(share.root)), lambda _error: None)
    reader.wake()
    until(lambda: item(share, "letter.pdf")["scans"]["read"] == [1], "the first time")
    for path in (share.state / "index").iterdir():
        path.unlink()
    share.run("scan")
    reader.wake()
    until(lambda: item(share, "letter.pdf")["scans"]["read"] == [1], "the second time")
    reader.close()


def test_what_failed_is_tried_again_the_next_day(share: Share) -> None:
    save_pdf(share.evidence / "letter.pdf", [letter()])
    share.run("scan")
    read_all(share)
    (kept,) = readings_of(share, "letter.pdf")
    kept.write_text(json.dumps({"reading": replace(NOT_READ, reason="time").as_json()}))
    read_all(share)
    assert "It could not be read by machine this time; it is tried again once a day." in page(share)
    read_all(share, lambda: time.time() + 23 * 3600)
    assert item(share, "letter.pdf")["scans"]["failed"] == [1]
    read_all(share, lambda: time.time() + 25 * 3600)
    assert item(share, "letter.pdf")["scans"]["read"] == [1]
    assert "this time" not in page(share)


def test_a_day_later_a_reader_at_work_looks_at_everything(share: Share) -> None:
    now = [time.time()]
    save_pdf(share.evidence / "letter.pdf", [letter()])
    share.run("scan")
    reader = ScanReader(find_workspace(str(share.root)), lambda _error: None, lambda: now[0])
    reader.wake()
    until(lambda: item(share, "letter.pdf")["scans"]["read"] == [1], "the first time")
    (kept,) = readings_of(share, "letter.pdf")
    kept.write_text(json.dumps({"reading": NOT_READ.as_json()}))
    reader.close()
    later = ScanReader(find_workspace(str(share.root)), lambda _error: None, lambda: now[0])
    later.wake()
    until(lambda: item(share, "letter.pdf")["scans"]["failed"] == [1], "the failure")
    now[0] += 25 * 3600
    later.wake()
    until(lambda: item(share, "letter.pdf")["scans"]["read"] == [1], "the next day")
    later.close()


def test_a_machine_without_the_program_says_nothing_false(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_pdf(share.evidence / "letter.pdf", [letter(), letter()])
    share.run("scan")
    with monkeypatch.context() as patched:
        patched.setattr(watch_scans, "_programs", dict)
        read_all(share)
        said = page(share)
        assert "not read by machine here" in said and "For the IT desk:" in said
        assert "to be read by machine" not in said + (share.root / "Cases status.html").read_text()
        (case,) = share.json("status", REFERENCE)["cases"]
        assert case["scans_waiting"] == 0 and case["scans_without_reader"] >= 2
        assert item(share, "letter.pdf")["scans"]["no_reader"] == [1, 2]
    read_all(share)
    assert "not read by machine here" not in page(share), "it was installed"
    assert item(share, "letter.pdf")["scans"]["read"] == [1, 2]


def test_nothing_is_said_of_what_was_withdrawn(share: Share) -> None:
    save_pdf(share.evidence / "letter.pdf", [scribble()])
    share.run("scan")
    read_all(share)
    found = item(share, "letter.pdf")
    assert found["scans_say"] and f"{found['scans_say'][0]}." in page(share)
    share.run("withdraw", REFERENCE, found["id"], "--reason", "wrong-child", "--by", "R. Manager")
    assert found["scans_say"][0] not in (share.case / "Case status.html").read_text()
    read_all(share)
    assert not (share.state / "cache" / found["sha256"]).exists()
    assert found["scans_say"][0] not in page(share)
