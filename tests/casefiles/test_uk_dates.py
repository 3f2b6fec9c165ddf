"""Dates in file names are read the English way, and never guessed between two."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.uk_dates import (
    clock_time,
    find_date,
    london_text,
    long_date,
    parse_instant,
    short_date,
    title_of,
)

DATES = st.dates(date(1990, 1, 1), date(2089, 12, 31))


@pytest.mark.parametrize(
    ("name", "title", "dated"),
    [
        ("letter 19 January 2026.docx", "Letter", date(2026, 1, 19)),
        ("RE Attendance Zoë 02.02.2026.eml", "RE Attendance Zoë", date(2026, 2, 2)),
        ("3-4-26 call.txt", "Call", date(2026, 4, 3)),
        ("scan0007.pdf", "Scan0007", None),
        ("IMG_20260206_081533.jpg", "IMG 20260206 081533", date(2026, 2, 6)),
        ("31.02.2026 note.pdf", "31.02.2026 note", None),
        ("from 1.2.26 to 3.2.26.txt", "From 1.2.26 to 3.2.26", None),
        ("print 5 January to 13 February 2026.pdf", "Print 5 January to 13 February 2026", None),
        ("MARAC 3rd Feb 2026.pdf", "MARAC", date(2026, 2, 3)),
        ("no ending", "No ending", None),
        (".hidden", "Hidden", None),
        ("...txt", "...txt", None),
        ("-.pdf", "-.pdf", None),
    ],
)
def test_titles_and_dates(name: str, title: str, dated: date | None) -> None:
    assert title_of(name) == (title, dated)


@given(
    DATES, st.sampled_from(["{0.day}.{0.month}.{0.year}", "{0.year}-{0.month:02d}-{0.day:02d}", "{0:%Y%m%d}"])
)
def test_every_written_form_comes_back(value: date, form: str) -> None:
    found = find_date(f"note {form.format(value)} x")
    assert found is not None
    assert found.value == value


@given(DATES)
def test_printed_dates_come_back(value: date) -> None:
    for text in (long_date(value), short_date(value)):
        found = find_date(text)
        assert found is not None
        assert (found.value, found.start, found.end) == (value, 0, len(text))


@given(st.text(max_size=80))
def test_no_name_breaks_it(name: str) -> None:
    title, _ = title_of(name)
    assert title or not name.strip()


def test_summer_time_is_shown_and_instants_need_a_zone() -> None:
    assert london_text(datetime(2026, 6, 18, 9, 0, tzinfo=UTC)) == "18 June 2026, 10am"
    assert london_text(datetime(2026, 1, 5, 13, 5, tzinfo=UTC)) == "5 January 2026, 1.05pm"
    assert clock_time(datetime(2026, 1, 1, 12, 0)) == "midday"
    assert clock_time(datetime(2026, 1, 1, 0, 0)) == "midnight"
    with pytest.raises(ValueError, match="instant"):
        parse_instant("2026-01-01T00:00:00")
