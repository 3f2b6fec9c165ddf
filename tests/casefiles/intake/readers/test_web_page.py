"""Facts of web pages: words for search, and a plain word about what is not shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, detect


def facts_of(folder: Path, data: bytes) -> FileFacts:
    path = folder / "page.html"
    path.write_bytes(data)
    return read_facts(path, detect(path), folder, subject="page.html")


def test_a_page_is_read_for_search(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, "<!doctype html><title>Attendance</title><p>Zoë was <b>late</b>".encode())
    assert (facts.kind, facts.state, facts.findings) == (Kind.HTML, "readable", ())
    assert facts.text.split() == ["Attendance", "Zoë", "was", "late"]


@pytest.mark.parametrize(
    "inside", ["<img src=x>", "<iframe src=http://example.com></iframe>", "<video src=x></video>"]
)
def test_what_is_not_shown_is_said(tmp_path: Path, inside: str) -> None:
    facts = facts_of(tmp_path, f"<html><body><p>Words{inside}".encode())
    assert [finding.code for finding in facts.findings] == ["html-words-only"]


def test_a_guessed_character_set_is_said(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, "<html><body>£20".encode("cp1252"))
    assert [finding.code for finding in facts.findings] == ["text-charset-guessed"]


def test_a_page_that_is_too_large_is_held_by_name(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, b"<html><body>" + b"x " * (5 << 20))
    assert (facts.state, facts.findings[0].code) == ("held", "html-too-large")
    assert "8 MiB" in facts.findings[0].message
