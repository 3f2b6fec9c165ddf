"""A calendar file as it would be read out: each entry with what, when, where and who."""

from __future__ import annotations

from bundles.convert.base import ConversionRequest, ConversionResult, Converter, HeldError
from bundles.convert.event_rows import event_rows
from bundles.convert.pages import draw_template
from bundles.convert.visible import shown
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind
from casefiles.mail.calendar import MAX_EVENTS, CalendarFile, read_calendar
from templates.render import Plain

_METHODS = {
    "REQUEST": "This is an invitation.",
    "REPLY": "This is the answer to an invitation.",
    "CANCEL": "This cancels what was arranged.",
    "COUNTER": "This proposes a change.",
    "DECLINECOUNTER": "This declines a change that was proposed.",
    "ADD": "This adds to what was arranged.",
    "REFRESH": "This asks for the newest version.",
}


def draw(request: ConversionRequest) -> ConversionResult:
    """Every entry of a calendar file, in its order; times in UK time and as written.

    Raises:
        HeldError: it is no calendar, or holds more than a thousand entries.
    """
    try:
        calendar = read_calendar(request.original.read_bytes())
    except ValueError as problem:
        raise HeldError(
            _held(request, "calendar-damaged", f"the calendar file cannot be read: {problem}")
        ) from None
    if len(calendar.events) > MAX_EVENTS:
        message = f"the calendar has {len(calendar.events):,} entries; up to {MAX_EVENTS:,} are drawn"
        raise HeldError(_held(request, "calendar-too-long", message))
    drawn = draw_template(request, "pages/calendar.html.j2", _values(calendar))
    return drawn.with_findings(_findings(request, calendar)).derived(
        request.output, CONVERTER.name, CONVERTER.version
    )


def _values(calendar: CalendarFile) -> dict[str, Plain]:
    note = _METHODS.get(calendar.method, "")
    if not calendar.events:
        note = f"{note} No entry is in it.".strip()
    if calendar.files:
        note = f"{note} Files attached within it: {len(calendar.files)}; each is a separate item.".strip()
    only = shown(calendar.events[0].summary, keep="") if len(calendar.events) == 1 else ""
    return {
        "title": shown(calendar.name, keep="") or only or "Calendar file",
        "note": note,
        "events": [event_rows(event) for event in calendar.events],
    }


def _findings(request: ConversionRequest, calendar: CalendarFile) -> list[Finding]:
    found: list[Finding] = []
    unshown = sorted({name for event in calendar.events for name in event.unshown})
    if unshown:
        message = f"fields for programs that are not shown: {shown(', '.join(unshown), keep='')[:300]}"
        found.append(request.finding("calendar-fields-unshown", Severity.NOTE, message))
    if calendar.problems:
        message = (
            f"parts that cannot be read are not shown: {shown('; '.join(calendar.problems), keep='')[:300]}"
        )
        remedy = "compare with the calendar program, and add a PDF of it if they matter"
        found.append(request.finding("calendar-parts-unread", Severity.WARNING, message, remedy))
    if calendar.guessed:
        message = "its character set is not UTF-8 as it should be; it was guessed"
        remedy = "check accented letters and the £ sign"
        found.append(request.finding("calendar-charset-guessed", Severity.NOTE, message, remedy))
    return found


def _held(request: ConversionRequest, code: str, message: str) -> Finding:
    return request.finding(
        code, Severity.ERROR, message, "print it as PDF from the calendar program, or record a placeholder"
    )


CONVERTER = Converter(name="calendar", version="2", kinds=frozenset({Kind.CALENDAR}), convert=draw)
