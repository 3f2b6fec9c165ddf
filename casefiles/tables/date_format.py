"""Dates, times and durations as a number format shows them, in English.

Source: ECMA-376 part 1, 18.8.31 (numFmts).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

DATE_PARTS = frozenset({"date", "elapsed", "half"})
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EPOCH = datetime(1899, 12, 30)
_OWN_FORMATS = {"mm-dd-yy": "dd/mm/yyyy", "m/d/yy h:mm": "dd/mm/yyyy hh:mm"}
_SYSTEM = re.compile(r"\[\$-[0-9A-F]*(F800|F400)\]", re.IGNORECASE)


@dataclass(frozen=True)
class Moment:
    """A date with its time of day, and the seconds that a duration format counts.

    `day_zero`: a time of day without a day, which Excel shows as the day before 1 January 1900, "00/01/1900".
    """

    at: datetime
    elapsed_seconds: float
    day_zero: bool = False

    @classmethod
    def of(cls, value: datetime | date | time | timedelta) -> Moment:
        """From what a workbook's cell holds."""
        if isinstance(value, timedelta):
            return cls(_EPOCH + value, value.total_seconds())
        if isinstance(value, time):
            at = datetime.combine(_EPOCH.date(), value)
            return cls(at, (at - _EPOCH).total_seconds(), day_zero=True)
        at = value if isinstance(value, datetime) else datetime.combine(value, time())
        return cls(at, (at - _EPOCH).total_seconds())

    def rounded(self, decimals: int) -> Moment:
        """To so many decimals of a second."""
        seconds = round(self.elapsed_seconds, decimals)
        return Moment(_EPOCH + timedelta(seconds=seconds), seconds, self.day_zero and seconds < 86_400)


def in_britain(code: str) -> str:
    """A number format as Excel takes it on a British computer: the formats that are the computer's own for dates and times.

    Excel keeps the plain short date as number 14 of its built-in formats, which libraries spell as in America.
    """
    system = _SYSTEM.match(code)
    if system:
        return "dd mmmm yyyy" if system[1].upper() == "F800" else "hh:mm:ss"
    return _OWN_FORMATS.get(code, code)


def month_first(tokens: Sequence[tuple[str, str]]) -> bool:
    """Whether a format shows the month in digits before the day, which a British reader takes for the day."""
    parts = [
        text[0].lower()
        for place, (sort, text) in enumerate(tokens)
        if sort == "date"
        and (text[0] in "yY" or len(text) <= 2)
        and not (text[0] in "mM" and _is_minutes(tokens, place))
    ]
    return "d" in parts and parts[0] == "m"


def shown_moment(moment: Moment, tokens: Sequence[tuple[str, str]]) -> str:
    """A moment by the pieces of a format, each its sort and text, as `number_format` takes a format apart."""
    if any(sort in ("date", "elapsed") and text.lstrip("[")[0] in "sS" for sort, text in tokens):
        moment = moment.rounded(_decimals_of_seconds(tokens))  # else 23:59:59.7 would show as the next day
    twelve = any(sort == "half" for sort, _ in tokens)
    out: list[str] = []
    for place, (sort, text) in enumerate(tokens):
        if sort == "date":
            minutes = text[0] in "mM" and len(text) <= 2 and _is_minutes(tokens, place)
            out.append(_part(moment, text.lower(), minutes=minutes, twelve=twelve))
        elif sort == "elapsed":
            out.append(_elapsed(moment.elapsed_seconds, text))
        elif sort == "half":
            word = "AM" if moment.at.hour < 12 else "PM"
            out.append(word if len(text) > 3 else word[0])
        elif sort == "digit" and _after_point(tokens, place):
            number = place - max(n for n in range(place) if tokens[n][1] == ".")
            out.append(f"{moment.at.microsecond:06d}"[number - 1 : number])
        elif sort in ("literal", "other", "digit") and text != "@":
            out.append(text)
    return "".join(out)


def _part(moment: Moment, text: str, *, minutes: bool, twelve: bool) -> str:
    at = moment.at
    size = len(text)
    letter = text[0]
    if (moment.day_zero and letter in "ybd") or (moment.day_zero and letter == "m" and not minutes):
        if letter == "d" and size <= 2:
            return "0".zfill(size)
        at = datetime(1900, 1, 1) if letter != "d" else at
    if letter in "yb":
        return f"{at.year % 100:02d}" if size <= 2 else f"{at.year:04d}"
    if letter == "d":
        return (str(at.day), f"{at.day:02d}", _DAYS[at.weekday()][:3], _DAYS[at.weekday()])[min(size, 4) - 1]
    if letter == "m" and not minutes:
        name = _MONTHS[at.month - 1]
        return (str(at.month), f"{at.month:02d}", name[:3], name, name[:1])[min(size, 5) - 1]
    number = {"m": at.minute, "s": at.second, "h": (at.hour % 12 or 12) if twelve else at.hour}[letter]
    return f"{number:02d}" if size > 1 else str(number)


def _elapsed(seconds: float, text: str) -> str:
    unit = {"h": 3600, "m": 60, "s": 1}[text[1]]
    sign = "-" if seconds < 0 else ""
    return sign + str(int(abs(seconds)) // unit).zfill(len(text) - 2)


def _is_minutes(tokens: Sequence[tuple[str, str]], place: int) -> bool:
    """An `m` after hours or before seconds."""
    before = next((text for sort, text in reversed(tokens[:place]) if sort in ("date", "elapsed")), "")
    after = next((text for sort, text in tokens[place + 1 :] if sort in ("date", "elapsed")), "")
    return before.lower().lstrip("[").startswith("h") or after.lower().lstrip("[").startswith("s")


def _after_point(tokens: Sequence[tuple[str, str]], place: int) -> bool:
    start = place
    while start and tokens[start - 1][0] == "digit":
        start -= 1
    return start > 1 and tokens[start - 1][1] == "." and tokens[start - 2][0] in ("date", "elapsed")


def _decimals_of_seconds(tokens: Sequence[tuple[str, str]]) -> int:
    return sum(sort == "digit" and _after_point(tokens, place) for place, (sort, _) in enumerate(tokens))
