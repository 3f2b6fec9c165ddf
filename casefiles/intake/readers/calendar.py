"""Facts of a calendar file: its words for search, files that are attached within it as children."""

from __future__ import annotations

from casefiles.findings import Severity
from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.limits import size_in_words
from casefiles.intake.readers.children import ChildWriter
from casefiles.mail.calendar import MAX_EVENTS, Event, read_calendar
from casefiles.search.page_text import whole


def read(reading: Reading) -> FileFacts:
    """Read every entry, and write the files within as children.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    limit = reading.limits.text_bytes
    if reading.path.stat().st_size > limit:
        return reading.held("calendar-too-long", f"this calendar is larger than {size_in_words(limit)}")
    try:
        calendar = read_calendar(reading.path.read_bytes())
    except ValueError as problem:
        return reading.held("calendar-damaged", f"the calendar file cannot be read: {problem}")
    if len(calendar.events) > MAX_EVENTS:
        what = f"the calendar has {len(calendar.events):,} entries; casebinder draws up to {MAX_EVENTS:,}"
        return reading.held("calendar-too-long", what, "Ask for the entries that matter")
    children = ChildWriter(reading)
    for name, data in calendar.files:
        children.add(name, [data])
    found = list(children.findings())
    if calendar.problems:
        what = f"{len(calendar.problems)} parts of the calendar cannot be read and will not be shown"
        remedy = "Compare with the calendar program, and file a PDF of it if they matter"
        found.append(reading.finding("calendar-parts-unread", Severity.WARNING, what, remedy))
    words = "\n\n".join(_words(event) for event in calendar.events)
    return reading.readable(texts=whole(words), findings=found, children=children.children)


def _words(event: Event) -> str:
    people = [*([event.organiser] if event.organiser else []), *event.people]
    said = [event.summary, event.location, *(words for _name, words in event.texts)]
    return "\n".join([*said, *(f"{each.name} {each.address}".strip() for each in people)])
