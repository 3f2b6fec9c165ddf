"""Scanned pages from the command line: a draft says what is unread, an issue reads it, search finds it, verify makes it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bundles.treat.scans import letter, save_pdf, scribble
from tests.cli.share import REFERENCE, Share, pages_of

pytestmark = pytest.mark.slow


@pytest.fixture
def scans(share: Share) -> Share:
    save_pdf(share.evidence / "letter from school.pdf", [letter(), scribble()])
    return share


def codes(answer: dict[str, list[dict[str, str]]], file: str) -> set[str]:
    return {row["code"] for row in answer["findings"] if row["subject"] == f"evidence/{file}"}


def test_a_draft_says_what_is_unread_and_an_issue_reads_it(scans: Share) -> None:
    draft = scans.json("bundle", REFERENCE)
    assert "scan-not-read-yet" in codes(draft, "letter from school.pdf")
    assert not any("telephone the attendance" in page for page in pages_of(Path(draft["path"])))
    scans.decide_all()
    issued = scans.json("bundle", REFERENCE, "--issue")
    assert {"scan-read", "scan-not-readable"} <= codes(issued, "letter from school.pdf")
    assert "scan-not-read-yet" not in codes(issued, "letter from school.pdf")
    pages = pages_of(Path(issued["path"]))
    (item,) = [each for each in issued["items"] if each["path"].endswith("school.pdf")]
    assert "telephone the attendance officer" in pages[item["first_page"] - 1]
    assert "page 1" in scans.run("search", "telephone", "attendance")
    said = scans.json("verify", str(issued["path"]))
    assert all(report["passed"] for report in said["reports"]) if "reports" in said else said["passed"]


def test_a_draft_reads_when_asked_and_the_next_takes_it_from_there(
    scans: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scans.json("bundle", REFERENCE, "--read-scans")
    assert "scan-read" in codes(first, "letter from school.pdf")

    def never(*_: object) -> None:
        raise AssertionError("read twice")

    monkeypatch.setattr("bundles.treat.read_scans.read_scanned_page", never)
    again = scans.json("bundle", REFERENCE)
    assert "scan-read" in codes(again, "letter from school.pdf")
    assert again["sha256"] == first["sha256"]


def test_without_the_program_the_bundle_is_made_and_says_so(
    scans: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    import cli.bundle

    real = cli.bundle.find_programs
    monkeypatch.setattr(
        cli.bundle,
        "find_programs",
        lambda *words: {name: each for name, each in real(*words).items() if name != "tesseract"},
    )
    scans.run("bundle", REFERENCE)
    scans.decide_all()
    issued = scans.json("bundle", REFERENCE, "--issue")
    (finding,) = [row for row in issued["findings"] if row["subject"] == "evidence/letter from school.pdf"]
    assert finding["code"] == "scan-no-reader"
    assert "pages 1–2" in finding["message"] and "tesseract-ocr" in finding["remedy"]


def test_nothing_of_a_withdrawn_scan_is_left(scans: Share) -> None:
    drafted = scans.json("bundle", REFERENCE, "--read-scans")
    (item,) = [row for row in drafted["items"] if row["path"].endswith("school.pdf")]
    kept = scans.state / "cache" / item["sha256"]
    assert list(kept.glob("scan-*"))
    assert "page 1" in scans.run("search", "telephone", "attendance")
    scans.run("withdraw", REFERENCE, item["sha256"][:8], "--reason", "wrong-child", "--by", "R. Manager")
    assert not kept.exists()
    assert "school.pdf" not in scans.run("search", "telephone", "attendance")


def test_what_must_not_be_seen_is_looked_for_in_what_was_read(scans: Share) -> None:
    """A scanned letter shows an address as plainly as a typed one does."""
    facts = scans.case / "case.toml"
    secret = 'role = "child"\naddress = { value = "the attendance officer", confidential = true }'
    facts.write_text(facts.read_text().replace('role = "child"', secret, 1))
    draft = scans.json("bundle", REFERENCE)
    assert "confidential-value-shown" not in codes(draft, "letter from school.pdf")
    scans.decide_all()
    scans.run("bundle", REFERENCE, "--issue", expect=3)
    assert "which a reader of this bundle must not see" in scans.said
    assert not list((scans.case / "issued").glob("*"))
