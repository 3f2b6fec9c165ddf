"""Reads calendar files and invitations (iCalendar): what, when, where, who.

Source: RFC 5545 (iCalendar); RFC 5546 (invitations).
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar
from icalendar.cal.component import Component
from icalendar.error import BrokenCalendarProperty

from casefiles.mail.charset import decode

MAX_EVENTS = 1_000
_DRAWN = {"VEVENT": "Event", "VTODO": "To-do", "VJOURNAL": "Note", "VFREEBUSY": "Free and busy times"}
_UNREMARKABLE = {"VTIMEZONE", "STANDARD", "DAYLIGHT"}
_TEXTS = ("DESCRIPTION", "COMMENT", "CATEGORIES", "URL", "CONTACT", "CLASS", "PRIORITY", "STATUS", "TRANSP")
_NOT_FOR_PEOPLE = {"UID", "DTSTAMP", "SEQUENCE", "CREATED", "LAST-MODIFIED", "SUMMARY", "DTSTART", "DTEND", "DUE",
    "DURATION", "LOCATION", "ORGANIZER", "ATTENDEE", "ATTACH", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}  # fmt: skip
_REPEATS = ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")


@dataclass(frozen=True)
class When:
    """A date, or an instant in UTC, or a clock time without a zone; and how it was written.

    Exactly one of `day`, `instant` and `clock` is set, or none where it cannot be read.
    """

    written: str
    day: date | None = None
    instant: datetime | None = None
    clock: datetime | None = None


@dataclass(frozen=True)
class Person:
    """Somebody who takes part: name and address as written, and what they answered."""

    name: str
    address: str
    answer: str = ""


@dataclass(frozen=True)
class Event:
    """One entry. `texts` are further words by their name in the file; `repeats` as written.

    `unshown` are names of fields that are not told. `alarms` counts reminders.
    """

    kind: str
    summary: str
    start: When | None
    end: When | None
    duration: timedelta | None
    location: str
    organiser: Person | None
    people: tuple[Person, ...]
    repeats: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]
    links: tuple[str, ...]
    alarms: int
    unshown: tuple[str, ...]


@dataclass(frozen=True)
class CalendarFile:
    """What a calendar file holds. `files` are attached within it, in order; `problems` are what could not be read."""

    name: str
    method: str
    events: tuple[Event, ...]
    files: tuple[tuple[bytes, bytes], ...]
    problems: tuple[str, ...]
    guessed: bool


def read_calendar(data: bytes) -> CalendarFile:
    """Read every entry of a calendar file.

    Raises:
        ValueError: it is no calendar, or too broken to be read.
    """
    text = decode(data)
    try:
        calendars: list[Component] = list(Calendar.from_ical(text.text, multiple=True))
        parts = [part for calendar in calendars for part in calendar.walk()]
        events = tuple(_event(part) for part in parts if part.name in _DRAWN)
        files = tuple(each for part in parts for each in _files(part))
    except (ValueError, RecursionError):
        raise ValueError("it is no calendar file, or a damaged one") from None
    except MemoryError:
        raise
    except Exception as problem:  # the library's own weak spots
        raise ValueError(f"it cannot be read ({type(problem).__name__})") from problem
    if not any(part.name == "VCALENDAR" or part.name in _DRAWN for part in parts):
        raise ValueError("no calendar is in it")
    known = {*_DRAWN, *_UNREMARKABLE, "VCALENDAR", "VALARM"}
    problems = [f"{name}: {message}" for part in parts for name, message in part.errors]
    problems += [f"a part called {part.name}" for part in parts if part.name not in known]
    first = calendars[0]
    name = _text(first, "X-WR-CALNAME") or _text(first, "NAME")
    method = next((found for each in calendars if (found := _text(each, "METHOD"))), "")
    return CalendarFile(name, method.upper(), events, files, tuple(problems), text.guessed)


def _event(part: Component) -> Event:
    end = part.get("DTEND") or part.get("DUE")
    duration = _made(part.get("DURATION"), "dt")
    told = {*_NOT_FOR_PEOPLE, *_TEXTS}
    return Event(
        kind=_DRAWN[str(part.name)],
        summary=_text(part, "SUMMARY"),
        start=_when(part.get("DTSTART")),
        end=_when(end),
        duration=duration if isinstance(duration, timedelta) else None,
        location=_text(part, "LOCATION"),
        organiser=next(iter(_people(part, "ORGANIZER")), None),
        people=tuple(_people(part, "ATTENDEE")),
        repeats=tuple((name, _written(each)) for name in _REPEATS for each in _all(part, name)),
        texts=tuple((name, words) for name in _TEXTS if (words := "\n".join(_words(part, name)))),
        links=tuple(str(each) for each in _all(part, "ATTACH") if not _is_binary(each)),
        alarms=sum(child.name == "VALARM" for child in part.subcomponents),
        unshown=tuple(sorted(name for name in part if name.upper() not in told)),
    )


def _when(value: Any) -> When | None:  # what the library makes of a date
    if value is None:
        return None
    value = value[0] if isinstance(value, list) else value
    found = _made(value, "dt")
    written = _written(value)
    if isinstance(found, datetime):
        if found.tzinfo is None:
            return When(written, clock=found)
        try:
            return When(written, instant=found.astimezone(UTC))
        except OverflowError:
            return When(written)
    return When(written, day=found) if isinstance(found, date) else When(written)


def _made(value: Any, name: str) -> Any:
    """What the library made of a field; None where the field is broken, which the component's errors tell."""
    try:
        return getattr(value, name, None)
    except BrokenCalendarProperty:
        return None


def _written(value: Any) -> str:
    try:
        words = value.to_ical().decode("utf-8", "replace")
    except (AttributeError, ValueError, TypeError, OverflowError):
        words = str(value)
    zone = getattr(value, "params", {}).get("TZID", "")
    return f"{words}, {zone}" if zone else words


def _people(part: Component, name: str) -> Iterator[Person]:
    for each in _all(part, name):
        params = getattr(each, "params", {})
        address = str(each)
        if address.lower().startswith("mailto:"):
            address = address[len("mailto:") :]
        yield Person(str(params.get("CN", "")), address, str(params.get("PARTSTAT", "")).upper())


def _files(part: Component) -> Iterator[tuple[bytes, bytes]]:
    for each in _all(part, "ATTACH"):
        if _is_binary(each):
            params = getattr(each, "params", {})
            name = str(params.get("FILENAME", "") or params.get("X-FILENAME", ""))
            try:
                yield (
                    name.encode("utf-8", "replace"),
                    binascii.a2b_base64(str(each.to_ical().decode("ascii"))),
                )
            except (ValueError, AttributeError):
                continue


def _is_binary(value: Any) -> bool:
    return str(getattr(value, "params", {}).get("VALUE", "")).upper() == "BINARY"


def _all(part: Component, name: str) -> list[Any]:
    value = part.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(part: Component, name: str) -> str:
    return ", ".join(_words(part, name))


def _words(part: Component, name: str) -> Iterator[str]:
    for each in _all(part, name):
        if name == "CATEGORIES" and (listed := _made(each, "cats")) is not None:
            yield ", ".join(str(one) for one in listed)
        elif str(each).strip():
            yield str(each)
