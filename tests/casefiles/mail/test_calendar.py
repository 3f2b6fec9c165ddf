"""Calendar files as calendar programs write them, and as they break."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefiles.mail.calendar import CalendarFile, Person, When, read_calendar


def calendar(*lines: str, method: str = "REQUEST") -> bytes:
    whole = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//x//y//EN",
        f"METHOD:{method}",
        *lines,
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(whole).encode()


def event(*lines: str) -> CalendarFile:
    return read_calendar(calendar("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT"))


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ("DTSTART:20260701T090000Z", When("20260701T090000Z", instant=datetime(2026, 7, 1, 9, tzinfo=UTC))),
        ("DTSTART;TZID=Europe/Berlin:20260701T100000",
         When("20260701T100000, Europe/Berlin", instant=datetime(2026, 7, 1, 8, tzinfo=UTC))),
        ("DTSTART;TZID=GMT Standard Time:20260701T100000",
         When("20260701T100000, GMT Standard Time", instant=datetime(2026, 7, 1, 9, tzinfo=UTC))),
        ("DTSTART:20260701T100000", When("20260701T100000", clock=datetime(2026, 7, 1, 10))),
        ("DTSTART;VALUE=DATE:20260701", When("20260701", day=date(2026, 7, 1))),
    ],
)  # fmt: skip
def test_times(line: str, when: When) -> None:
    assert event(line).events[0].start == when


def test_what_where_who_and_the_rest() -> None:
    found = event(
        "SUMMARY:Meeting – Łukasz", "LOCATION:Room 4\\, School", "DTSTART:20260701T090000Z", "DURATION:PT1H30M",
        "ORGANIZER;CN=Head:mailto:head@e.example", "ATTENDEE;PARTSTAT=DECLINED;CN=Ann:MAILTO:ann@e.example",
        "ATTENDEE:mailto:b@e.example", "DESCRIPTION:Bring\\nthe register", "RRULE:FREQ=WEEKLY;COUNT=3", "X-SECRET:1",
        "ATTACH:https://x.example/a", "ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=a.txt:SGVsbG8=",
        "BEGIN:VALARM", "TRIGGER:-PT15M", "ACTION:DISPLAY", "END:VALARM",
    )  # fmt: skip
    (each,) = found.events
    assert (each.kind, each.summary, each.location) == ("Event", "Meeting – Łukasz", "Room 4, School")
    assert each.organiser == Person("Head", "head@e.example")
    assert each.people == (Person("Ann", "ann@e.example", "DECLINED"), Person("", "b@e.example"))
    assert each.duration == timedelta(minutes=90)
    assert dict(each.texts)["DESCRIPTION"] == "Bring\nthe register"
    assert [name for name, _ in each.repeats] == ["RRULE"]
    assert (each.links, each.alarms, each.unshown) == (("https://x.example/a",), 1, ("X-SECRET",))
    assert found.files == ((b"a.txt", b"Hello"),)
    assert (found.method, found.problems, found.guessed) == ("REQUEST", (), False)


def test_every_calendar_and_every_sort_of_entry() -> None:
    one = calendar("BEGIN:VTODO", "SUMMARY:Ring", "DUE;VALUE=DATE:20260701", "END:VTODO")
    two = calendar("BEGIN:VJOURNAL", "SUMMARY:Note", "END:VJOURNAL", "BEGIN:X-ODD", "END:X-ODD")
    found = read_calendar(one + two)
    assert [(each.kind, each.summary) for each in found.events] == [("To-do", "Ring"), ("Note", "Note")]
    assert found.events[0].end == When("20260701", day=date(2026, 7, 1))
    assert found.problems == ("a part called X-ODD",)


def test_a_field_that_cannot_be_read_is_a_problem_and_the_rest_is_read() -> None:
    found = event("SUMMARY:Meeting", "DTSTART:tomorrow")
    assert found.events[0].summary == "Meeting"
    assert found.events[0].start == When("tomorrow")
    assert found.problems == ("DTSTART: Wrong date format tomorrow",)


def test_words_that_are_not_utf_8_are_guessed() -> None:
    found = read_calendar(calendar("BEGIN:VEVENT", "SUMMARY:£20", "END:VEVENT").decode().encode("cp1252"))
    assert (found.events[0].summary, found.guessed) == ("£20", True)


@pytest.mark.parametrize(
    "data", [b"", b"words", b"BEGIN:VCALENDAR", b"BEGIN:VALARM\r\nEND:VALARM\r\n", b"END:VCALENDAR"]
)
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"calendar|cannot be read"):
        read_calendar(data)


FIELDS = ["SUMMARY", "DTSTART", "DTSTART;TZID=X", "RRULE", "ATTACH;VALUE=BINARY", "ATTENDEE;CN=a", "DURATION", "RDATE",
    "RECURRENCE-ID", "BEGIN", "END", "CATEGORIES", "GEO", "TRIGGER"]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(FIELDS), st.text(max_size=30)), max_size=8))
def test_any_fields_are_read_or_refused(fields: list[tuple[str, str]]) -> None:
    lines = [f"{name}:{value}" for name, value in fields]
    try:
        found = read_calendar(
            "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]).encode()
        )
    except ValueError as refused:
        assert str(refused)
    else:
        assert isinstance(found.events, tuple)
