"""Facts of calendar files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, detect
from casefiles.intake.limits import FactsLimits

EVENT = "BEGIN:VEVENT\r\nSUMMARY:Meeting – Łukasz\r\nATTENDEE;CN=Ann:mailto:ann@e.example\r\n%sEND:VEVENT\r\n"


def facts_of(folder: Path, words: str, limits: FactsLimits | None = None) -> FileFacts:
    path = folder / "m.ics"
    path.write_bytes(f"BEGIN:VCALENDAR\r\n{words}END:VCALENDAR\r\n".encode())
    scratch = folder / "scratch"
    scratch.mkdir()
    kind = detect(path)
    assert kind.kind is Kind.CALENDAR
    return read_facts(path, kind, scratch, limits)


def test_words_people_and_files_within(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, EVENT % "ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=a.txt:SGVsbG8=\r\n")
    assert (facts.state, facts.findings) == ("readable", ())
    assert "Meeting – Łukasz" in facts.text
    assert "Ann ann@e.example" in facts.text
    assert [(each.name, each.path.read_bytes()) for each in facts.children] == [(b"a.txt", b"Hello")]


def test_fields_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, EVENT % "DTSTART:tomorrow\r\n")
    assert (facts.state, [each.code for each in facts.findings]) == ("readable", ["calendar-parts-unread"])


@pytest.mark.parametrize(
    ("words", "limits", "code"),
    [
        ("END:VCALENDAR\r\nrubbish\r\n", FactsLimits(), "calendar-damaged"),
        ("BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 1001, FactsLimits(), "calendar-too-long"),
        ("BEGIN:VEVENT\r\nEND:VEVENT\r\n", replace(FactsLimits(), text_bytes=10), "calendar-too-long"),
    ],
)
def test_what_is_held(tmp_path: Path, words: str, limits: FactsLimits, code: str) -> None:
    facts = facts_of(tmp_path, words, limits)
    assert (facts.state, [each.code for each in facts.findings]) == ("held", [code])
