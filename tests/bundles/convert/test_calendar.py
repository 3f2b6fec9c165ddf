"""A calendar file on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from bundles.convert.base import ConversionRequest, HeldError
from bundles.convert.calendar import draw
from bundles.derived import Derived
from casefiles.intake.kinds import Kind

MakeRequest = Callable[..., ConversionRequest]


def drawn(request_for: MakeRequest, tmp_path: Path, *lines: str) -> tuple[str, list[str]]:
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:REQUEST", *lines, "END:VCALENDAR", ""]
    (tmp_path / "m.ics").write_bytes("\r\n".join(whole).encode())
    made = draw(request_for(tmp_path / "m.ics", Kind.CALENDAR))
    assert isinstance(made, Derived)
    document = pypdfium2.PdfDocument(str(made.path))
    text = " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())
    return text, [each.code for each in made.findings]


def test_what_when_where_and_who(tmp_path: Path, request_for: MakeRequest) -> None:
    text, codes = drawn(
        request_for, tmp_path, "BEGIN:VEVENT", "SUMMARY:Meeting <b> – Łukasz", "DTSTART;TZID=Europe/Berlin:20260701T100000",
        "LOCATION:Room 4", "ATTENDEE;CN=Ann;PARTSTAT=DECLINED:mailto:ann@e.example", "X-SECRET:1",
        "ATTACH;ENCODING=BASE64;VALUE=BINARY:SGVsbG8=", "END:VEVENT", "BEGIN:VTODO", "SUMMARY:Ring", "DUE:20260701", "END:VTODO",
    )  # fmt: skip
    for words in (
        "This is an invitation.", "Event: Meeting <b> – Łukasz", "Wednesday 1 July 2026 at 9am (UK time)",
        "as written: 20260701T100000, Europe/Berlin", "Where Room 4", "Ann <ann@e.example> (declined)", "To-do: Ring",
        "Files attached within it: 1; each is a separate item.",
    ):  # fmt: skip
        assert words in text
    assert codes == ["calendar-fields-unshown"]


def test_an_empty_calendar_says_so(tmp_path: Path, request_for: MakeRequest) -> None:
    assert "No entry is in it." in drawn(request_for, tmp_path)[0]


def test_what_cannot_be_read_is_told(tmp_path: Path, request_for: MakeRequest) -> None:
    text, codes = drawn(request_for, tmp_path, "BEGIN:VEVENT", "SUMMARY:M", "DTSTART:tomorrow", "END:VEVENT")
    assert "(cannot be read) as written: tomorrow" in text
    assert codes == ["calendar-parts-unread"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["END:VCALENDAR", "rubbish"], "calendar-damaged"),
        (["BEGIN:VEVENT", "END:VEVENT"] * 1001, "calendar-too-long"),
    ],
)
def test_what_is_held(tmp_path: Path, request_for: MakeRequest, lines: list[str], code: str) -> None:
    with pytest.raises(HeldError) as held:
        drawn(request_for, tmp_path, *lines)
    assert [each.code for each in held.value.findings] == [code]
