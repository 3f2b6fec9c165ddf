"""Times and lengths as people in the UK read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bundles.convert.event_rows import duration_words, when_words
from casefiles.mail.calendar import When


@pytest.mark.parametrize(
    ("when", "last", "words"),
    [
        (
            When("", instant=datetime(2026, 7, 1, 23, 30, tzinfo=UTC)),
            False,
            "Thursday 2 July 2026 at 12.30am (UK time)",
        ),
        (
            When("", clock=datetime(2026, 1, 5, 9)),
            False,
            "Monday 5 January 2026 at 9am (no time zone is named)",
        ),
        (When("", day=date(2026, 1, 5)), False, "Monday 5 January 2026, the whole day"),
        (When("", day=date(2026, 1, 6)), True, "Monday 5 January 2026, the whole day"),
        (When("", day=date.min), True, "Monday 1 January 1, the whole day"),
        (When(""), False, "(cannot be read)"),
    ],
)
def test_when(when: When, last: bool, words: str) -> None:
    assert when_words(when, last=last) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=90), "1 hour and 30 minutes"),
        (timedelta(days=2, hours=1, minutes=5), "2 days, 1 hour and 5 minutes"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(), "no time"),
        (timedelta(minutes=-15), "minus 15 minutes"),
    ],
)
def test_lengths(length: timedelta, words: str) -> None:
    assert duration_words(length) == words
