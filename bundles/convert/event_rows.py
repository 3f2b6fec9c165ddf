"""A calendar entry as the rows of a table: when in UK time and as written, where, who."""

from __future__ import annotations

from datetime import datetime, timedelta

from bundles.convert.visible import shown
from casefiles.mail.calendar import Event, Person, When
from casefiles.uk_dates import clock_time, london, long_date
from templates.render import Plain

MAX_PEOPLE = 500
_ANSWERS = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "accepted for now",
    "NEEDS-ACTION": "no answer yet",
    "DELEGATED": "sent somebody else",
}
_NAMES = {
    "DESCRIPTION": "Words", "COMMENT": "Comment", "CATEGORIES": "Categories", "URL": "Address", "CONTACT": "Contact",
    "CLASS": "Class", "PRIORITY": "Priority", "STATUS": "Status", "TRANSP": "Shown as",
    "RRULE": "Repeats by the rule", "RDATE": "Repeats on", "EXDATE": "But not on", "RECURRENCE-ID": "In place of the one on",
}  # fmt: skip


def event_rows(event: Event) -> dict[str, Plain]:
    """What the template `pages/event.html.j2` needs of one entry."""
    rows: list[dict[str, Plain]] = []

    def row(name: str, words: str, note: str = "") -> None:
        if words:
            lines = [shown(line, keep="\t") for line in words.replace("\r\n", "\n").split("\n")]
            rows.append({"name": name, "lines": lines, "note": shown(note, keep="")})

    for name, when in (("Begins", event.start), ("Ends", event.end)):
        if when is not None:
            row(name, when_words(when, last=name == "Ends"), f"as written: {when.written}")
    if event.duration is not None:
        row("Lasts", duration_words(event.duration))
    row("Where", event.location)
    if event.organiser is not None:
        row("Organiser", _person(event.organiser))
    row("Invited", "\n".join(_person(each) for each in event.people[:MAX_PEOPLE]))
    if len(event.people) > MAX_PEOPLE:
        row("", f"and {len(event.people) - MAX_PEOPLE:,} more")
    for name, words in (*event.repeats, *event.texts):
        row(_NAMES[name], words)
    row("Linked files", "\n".join(event.links))
    row("Reminders", str(event.alarms) if event.alarms else "")
    return {"kind": event.kind, "title": shown(event.summary, keep="") or "(no title)", "rows": rows}


def when_words(when: When, *, last: bool = False) -> str:
    """A time as people in the UK read it. Whole days end on the day before the one that is written.

    Source: RFC 5545 §3.6.1 (the end of an event is not part of it).
    """
    if when.instant is not None:
        try:
            return f"{_clock(london(when.instant))} (UK time)"
        except OverflowError:
            return "(cannot be read)"
    if when.clock is not None:
        return f"{_clock(when.clock)} (no time zone is named)"
    if when.day is not None:
        day = when.day - timedelta(days=1) if last and when.day.toordinal() > 1 else when.day
        return f"{day:%A} {long_date(day)}, the whole day"
    return "(cannot be read)"


def duration_words(length: timedelta) -> str:
    """A length of time: "1 day, 2 hours and 30 minutes"."""
    if length < timedelta():
        return f"minus {duration_words(-length)}"
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    parts = (
        ("day", minutes // 1440),
        ("hour", minutes // 60 % 24),
        ("minute", minutes % 60),
        ("second", seconds),
    )
    said = [f"{count} {name}{'' if count == 1 else 's'}" for name, count in parts if count]
    return " and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else "".join(said) or "no time"


def _clock(value: datetime) -> str:
    return f"{value:%A} {long_date(value.date())} at {clock_time(value)}"


def _person(person: Person) -> str:
    known = (
        f"{person.name} <{person.address}>"
        if person.name and person.address
        else person.name or person.address
    )
    answer = _ANSWERS.get(person.answer, person.answer.lower())
    return f"{known} ({answer})" if answer else known
