from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, KindOf
from casefiles.intake.limits import FactsLimits

TEXT = KindOf(Kind.TEXT, "text/plain", "text file")


def facts_of(folder: Path, data: bytes, limits: FactsLimits | None = None) -> FileFacts:
    path = folder / "note.txt"
    path.write_bytes(data)
    return read_facts(path, TEXT, folder, limits)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_stated_charset_needs_no_finding(tmp_path: Path, charset: str) -> None:
    facts = facts_of(tmp_path, "Łukasz Żółć £20".encode(charset))
    assert (facts.state, facts.text, facts.findings) == ("readable", "Łukasz Żółć £20", ())


def test_a_guessed_charset_is_reported(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, "Fine: £60".encode("cp1252"))
    assert facts.text == "Fine: £60"
    assert [one.code for one in facts.findings] == ["text-charset-guessed"]


def test_what_is_no_text_is_held(tmp_path: Path) -> None:
    assert facts_of(tmp_path, b"\0\1\2").findings[0].code == "text-damaged"


def test_the_size_limit_is_named(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, b"x" * 3000, replace(FactsLimits(), text_bytes=2048))
    assert (facts.state, facts.findings[0].code) == ("held", "text-too-large")
    assert "2 KiB" in facts.findings[0].message


def test_the_text_kept_is_capped(tmp_path: Path) -> None:
    assert facts_of(tmp_path, b"x" * 3000, replace(FactsLimits(), text_characters=7)).text == "x" * 7
