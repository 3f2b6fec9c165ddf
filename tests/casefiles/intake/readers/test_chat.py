"""Facts of exported chats."""

from __future__ import annotations

from pathlib import Path

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, detect
from tests.casefiles.intake.readers.test_chat_lines import ANDROID, IPHONE


def facts_of(folder: Path, data: bytes) -> FileFacts:
    path = folder / "_chat.txt"
    path.write_bytes(data)
    return read_facts(path, detect(path), folder, subject="_chat.txt")


def test_a_chat_is_read_for_search(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, IPHONE.encode())
    assert (facts.kind, facts.state, facts.findings) == (Kind.CHAT, "readable", ())
    assert "Sam is poorly" in facts.text


def test_media_that_the_export_left_out_are_said(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, ANDROID.encode())
    assert [finding.code for finding in facts.findings] == ["chat-media-omitted"]


def test_a_guessed_character_set_is_said(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, ANDROID.replace("poorly", "£5 short").encode("cp1252"))
    assert "text-charset-guessed" in [finding.code for finding in facts.findings]


def test_a_note_with_times_stays_a_note(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, b"12/01/2026 10.20 Pat Example. Voicemail.\n" * 5)
    assert facts.kind is Kind.TEXT
