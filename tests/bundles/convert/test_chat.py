"""Exported chats as conversations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from bundles.convert import chat as converter
from bundles.convert.base import ConversionRequest, HeldError
from bundles.derived import Derived
from casefiles.intake.kinds import Kind
from tests.casefiles.intake.readers.test_chat_lines import ANDROID, IPHONE

MakeRequest = Callable[..., ConversionRequest]


def drawn(request_for: MakeRequest, folder: Path, text: str) -> tuple[Derived, str]:
    path = folder / "_chat.txt"
    path.write_bytes(text.encode())
    made = converter.draw(request_for(path, Kind.CHAT))
    assert isinstance(made, Derived)
    document = pypdfium2.PdfDocument(str(made.path))
    return made, "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_every_message_stands_under_its_day(tmp_path: Path, request_for: MakeRequest) -> None:
    made, text = drawn(request_for, tmp_path, IPHONE)
    assert text.index("Tuesday 3 February 2026 (written 03/02/2026)") < text.index("Sam is poorly")
    assert text.index("Sam is poorly") < text.rindex("Friday 13 February 2026 (written 13/02/2026)")
    assert text.rindex("Friday 13 February") < text.index("00000012-PHOTO-2026-02-13.jpg")
    assert [each.code for each in made.findings] == ["chat-files-named"]


def test_days_that_nothing_settles_stand_as_written(tmp_path: Path, request_for: MakeRequest) -> None:
    made, text = drawn(request_for, tmp_path, ANDROID)
    assert "March" not in text
    assert "February" not in text
    assert "04/02/2026" in text
    assert [each.code for each in made.findings] == [
        "chat-media-omitted", "chat-deleted-messages", "chat-dates-as-written", "chat-files-named",
    ]  # fmt: skip


def test_markup_and_direction_marks_stay_words(tmp_path: Path, request_for: MakeRequest) -> None:
    made, text = drawn(
        request_for, tmp_path, IPHONE + "[13/02/2026, 20:01:00] AB: <b>x</b> {{ y }} \u202egpj\n"
    )
    assert "<b>x</b> {{ y }} \\u202egpj" in text
    assert [each.code for each in made.findings] == ["chat-files-named", "text-hidden-characters"]


def test_more_messages_than_are_drawn_are_held(
    tmp_path: Path, request_for: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converter, "MAX_MESSAGES", 2)
    with pytest.raises(HeldError, match="3 messages"):
        drawn(request_for, tmp_path, IPHONE)
