"""Exported chats: every word is in a message, days are never guessed, and what is no chat is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.intake.readers.chat_lines import looks_like_chat, read_chat

IPHONE = (
    "[03/02/2026, 09:14:22] Pat Example: \u200eMessages are end-to-end encrypted.\n"
    "[03/02/2026, 09:15:01] Pat Example: Sam is poorly\nand will not be in\n"
    "\u200e[13/02/2026, 8:00:00\u202fPM] AB: \u200e<attached: 00000012-PHOTO-2026-02-13.jpg>\n"
)
ANDROID = (
    "03/02/2026, 09:14 - Messages and calls are end-to-end encrypted.\n"
    "03/02/2026, 09:15 - Pat: Sam is poorly: really\n"
    "04/02/2026, 09:16 - AB: IMG-20260204-WA0001.jpg (file attached)\nsee this\n"
    "04/02/2026, 09:17 - Pat: <Media omitted>\n04/02/2026, 09:18 - Pat: This message was deleted\n"
)


def test_a_chat_from_an_iphone() -> None:
    chat = read_chat(IPHONE)
    assert [(each.sender, each.time) for each in chat.messages] == [
        ("Pat Example", "09:14:22"), ("Pat Example", "09:15:01"), ("AB", "8:00:00 PM"),
    ]  # fmt: skip
    assert chat.messages[1].words == "Sam is poorly\nand will not be in"
    assert chat.messages[2].attached == ("00000012-PHOTO-2026-02-13.jpg",)
    assert chat.day_first is True
    assert [each.on for each in chat.messages] == [date(2026, 2, 3), date(2026, 2, 3), date(2026, 2, 13)]


def test_a_chat_from_android_whose_order_of_day_and_month_nothing_settles() -> None:
    chat = read_chat(ANDROID)
    assert [each.sender for each in chat.messages] == ["", "Pat", "AB", "Pat", "Pat"]
    assert chat.messages[1].words == "Sam is poorly: really"
    assert chat.messages[2].attached == ("IMG-20260204-WA0001.jpg",)
    assert (chat.day_first, chat.omitted, chat.deleted) == (None, 1, 1)
    assert all(each.on is None for each in chat.messages)


def test_a_chat_from_an_american_phone() -> None:
    chat = read_chat("2/3/26, 9:14 AM - Pat: one\n2/13/26, 9:15 AM - Pat: two\n2/14/26, 9:15 AM - Pat: three")
    assert chat.day_first is False
    assert chat.messages[0].on == date(2026, 2, 3)


def test_an_impossible_day_stands_as_written() -> None:
    chat = read_chat("31/02/2026, 09:14 - Pat: one\n")
    assert (chat.messages[0].on, chat.messages[0].day) == (None, "31/02/2026")


@pytest.mark.parametrize("text", [IPHONE, ANDROID])
def test_what_looks_like_a_chat(text: str) -> None:
    assert looks_like_chat(text)
    assert looks_like_chat(text.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "text",
    ["", "A note\n" + IPHONE, "03/02/2026, 09:14 - rang, no answer\n03/02/2026, 10:14 - rang again",
     "12/01/2026 10.20 Pat Example. Voicemail.\n" * 5],
)  # fmt: skip
def test_what_is_no_chat(text: str) -> None:
    assert not looks_like_chat(text)


@given(
    st.lists(
        st.sampled_from([*IPHONE.splitlines(), *ANDROID.splitlines(), "", "more words", "x: y"]), max_size=30
    )
)
def test_no_word_is_lost_whatever_the_order(lines: list[str]) -> None:
    text = "\n".join(lines)
    chat = read_chat(text)
    kept = " ".join([chat.before, *(f"{m.day} {m.time} {m.sender} {m.words}" for m in chat.messages)])
    for word in text.replace("[", " ").replace("]", " ").replace("\u202f", " ").split():
        assert word.strip("\u200e:,-") in kept


@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(text: str) -> None:
    looks_like_chat(text)
    read_chat(text)
    read_chat(IPHONE + text)
