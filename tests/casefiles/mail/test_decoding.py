"""Dates and texts of messages, whatever they claim."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.mail.decoding import decoded, instant, plain_words

TEN = datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Mon, 1 Jun 2026 11:00:00 +0100", TEN),
        ("Mon, 1 Jun 2026 10:00:00 GMT", TEN),
        ("Mon, 1 Jun 2026 10:00:00 -0000", TEN),
        ("Mon, 1 Jun 2026 10:00:00 -0000 (UTC)", TEN),
        ("Mon, 1 Jun 2026 06:00:00 EDT", TEN),
        ("Mon, 1 Jun 2026 10:00:00 BST", None),
        ("Mon, 1 Jun 2026 10:00:00", None),
        ("1 Jun 2026", None),
        ("Mon, 31 Jun 2026 10:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_an_instant_needs_a_zone_that_the_standard_knows(written: str, meant: datetime | None) -> None:
    assert instant(written) == meant


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    st.integers(-14 * 60, 14 * 60),
)
def test_any_date_that_a_program_writes_comes_back(at: datetime, minutes: int) -> None:
    local = at.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert instant(format_datetime(local)) == local


@given(st.text(max_size=60))
def test_no_date_and_no_header_stops_it(written: str) -> None:
    instant(written)
    plain_words(written)


@given(
    st.binary(max_size=200),
    st.text(max_size=12) | st.sampled_from(["utf-8", "cp1252", "utf-7", "rot13", "zlib", "idna"]),
)
def test_every_byte_becomes_text_in_whatever_set_is_named(data: bytes, named: str) -> None:
    text, _ = decoded(data, named)
    assert isinstance(text, str)
