"""Dates as people in England write them in file names, and how we print them.

Day before month always; a year of two digits is 20xx; a name that could be read in two ways has no date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH_NAMES = {name: number for number, name in enumerate(_MONTHS, 1)}
_MONTH_NAMES |= {name[:3]: number for number, name in enumerate(_MONTHS, 1)} | {"sept": 9}
_MONTH = "|".join(sorted(_MONTH_NAMES, key=len, reverse=True))
_SEPARATED = r"(?P<sep>[-._/ ])"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d)(?P<y>(?:19|20)\d\d){_SEPARATED}(?P<m>\d\d?)(?P=sep)(?P<d>\d\d?)(?!\d)",
        rf"(?<!\d)(?P<d>\d\d?){_SEPARATED}(?P<m>\d\d?)(?P=sep)(?P<y>(?:19|20)\d\d|\d\d)(?!\d)",
        rf"(?<!\d)(?P<d>\d\d?)(?:st|nd|rd|th)?[-._, ]*(?P<mn>{_MONTH})[-._, ]*(?P<y>(?:19|20)\d\d|\d\d)(?!\d)",
        rf"(?<![a-z])(?P<mn>{_MONTH})[-._ ]+(?P<d>\d\d?)(?:st|nd|rd|th)?[-._, ]+(?P<y>(?:19|20)\d\d)(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
    )
)


@dataclass(frozen=True)
class FoundDate:
    """A date read from a text, and where it stood (0-based, end exclusive)."""

    value: date
    start: int
    end: int


def find_date(text: str) -> FoundDate | None:
    """The date in a file name, or None where there is none, or two different ones."""
    found: dict[date, FoundDate] = {}
    taken: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            if (value := _value(match)) is not None:
                taken.append(match.span())
                found.setdefault(value, FoundDate(value, match.start(), match.end()))
    if len(found) != 1:
        return None
    only = next(iter(found.values()))
    # “5 January to 13 February 2026” is a period, not a date.
    return None if re.search(r"\b(?:to|until|till|and)\s*$", text[: only.start], re.IGNORECASE) else only


def _value(match: re.Match[str]) -> date | None:
    groups = match.groupdict()
    year = int(groups["y"])
    month = int(groups["m"]) if groups.get("m") else _MONTH_NAMES[groups["mn"].lower()]
    try:
        return date(year if year >= 100 else 2000 + year, month, int(groups["d"]))
    except ValueError:
        return None


def title_of(file_name: str) -> tuple[str, date | None]:
    """A title and a date for a file name: the ending and the date taken off, separators made spaces.

    A name in which no word of three letters would be left keeps everything but its ending; one of nothing but
    separators is its own title.
    """
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", file_name) or file_name
    found = find_date(stem)
    rest = stem if found is None else f"{stem[: found.start]} {stem[found.end :]}"
    title = _tidy(rest)
    if not re.search(r"[^\W\d_]{3}", title) or (
        found and re.fullmatch(r"(?:IMG|DSC|PXL|VID|SCAN)[\s\d]*", title)
    ):
        title = _tidy(stem) or file_name.strip()
    if not re.match(r"s\d", title):  # “s566 certificate” is how a section is written
        title = title[:1].upper() + title[1:]
    return title, found.value if found else None


def _tidy(text: str) -> str:
    text = re.sub(r"[_\s]+", " ", text)
    if " " not in text.strip():
        text = re.sub(r"(?<=[^\W\d])-(?=\w)|(?<=\w)-(?=[^\W\d])", " ", text)
    text = re.sub(r"\(\s*\)|\[\s*\]", " ", text)
    text = re.sub(r"\s+(?:of|dated|on)\s*$", "", text.strip(" -–,.;"), flags=re.IGNORECASE)
    return re.sub(r" {2,}", " ", text).strip(" -–,.;")


def long_date(value: date) -> str:
    """`19 January 2026`."""
    return f"{value.day} {_MONTHS[value.month - 1].title()} {value.year}"


def short_date(value: date) -> str:
    """`19.01.2026`."""
    return f"{value:%d.%m.%Y}"


def clock_time(value: datetime) -> str:
    """`10am` or `2.14pm`, as GOV.UK writes it."""
    hour = value.hour % 12 or 12
    minutes = f".{value.minute:02d}" if value.minute else ""
    if value.minute == 0 and value.hour in (0, 12):
        return "midday" if value.hour else "midnight"
    return f"{hour}{minutes}{'am' if value.hour < 12 else 'pm'}"


def london(instant: datetime) -> datetime:
    """An aware instant as Europe/London shows it.

    Raises:
        ValueError: the instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(LONDON)


def london_text(instant: datetime) -> str:
    """`12 March 2026, 2.14pm`."""
    local = london(instant)
    return f"{long_date(local.date())}, {clock_time(local)}"


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant in UTC, as events carry it.

    Raises:
        ValueError: it is none.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"not an instant: {text}")
    return instant.astimezone(UTC)
