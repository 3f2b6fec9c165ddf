"""The facts that the fictional papers share, so that they agree with each other and with `case.toml`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

NOTICE = "Fictional: made for the casebinder demonstration. No real person, school, council or address."
COUNCIL = "Anytown Council"
SERVICE = "Education Welfare Service"
COUNCIL_ADDRESS = "Civic Centre, 1 Market Place, Anytown AN1 0ZZ"
SCHOOL = "Northgate School"
SCHOOL_ADDRESS = "Northgate Lane, Anytown AN1 3CC"
OFFICER = "A. B. Officer"
HEAD = "R. Headteacher"
PERIOD = (date(2026, 1, 5), date(2026, 2, 13))

CODE_MEANINGS = {
    "/": "Present in the morning",
    "\\": "Present in the afternoon",
    "L": "Late, before the register closed",
    "U": "Arrived after the register closed",
    "O": "Absent without authorisation",
    "I": "Illness",
    "M": "Medical or dental appointment",
}
UNAUTHORISED = frozenset("OU")
AUTHORISED = frozenset("IM")


@dataclass(frozen=True)
class Child:
    """A child and the codes of the period, two a school day from Monday 5 January 2026."""

    name: str
    born: date
    year: str
    since: date
    weeks: tuple[str, ...]

    def codes(self) -> list[tuple[date, str, str]]:
        """School day, morning code, afternoon code."""
        rows = []
        for number, week in enumerate(self.weeks):
            monday = PERIOD[0] + timedelta(weeks=number)
            for day, pair in enumerate(week.split()):
                rows.append((monday + timedelta(days=day), pair[0], pair[1]))
        return rows

    def counts(self) -> Counter[str]:
        """How often each code stands."""
        return Counter(code for _, morning, afternoon in self.codes() for code in (morning, afternoon))

    def totals(self) -> tuple[int, int, int, int]:
        """Possible, attended, authorised and unauthorised sessions of attendance."""
        counts = self.counts()
        unauthorised = sum(counts[code] for code in UNAUTHORISED)
        authorised = sum(counts[code] for code in AUTHORISED)
        possible = sum(counts.values())
        return possible, possible - authorised - unauthorised, authorised, unauthorised


ZOE = Child(
    "Zoë Example", date(2014, 5, 17), "Year 7", date(2025, 9, 2),
    (r"/\ /\ OO OO /\ ", r"OO OO /\ L\ II ", r"OO U\ /\ OO /\ ", r"/\ OO OO /\ U\ ", r"OO OO M\ /\ OO ", r"OO /\ OO OO L\ "),
)  # fmt: skip
SAM = Child(
    "Sam Example", date(2016, 11, 30), "Year 4", date(2021, 9, 6),
    (r"/\ /\ OO /\ /\ ", r"OO /\ /\ U\ OO ", r"OO /\ II II /\ ", r"L\ OO OO /\ /\ ", r"OO OO /\ /\ U\ ", r"OO /\ OO /\ L\ "),
)  # fmt: skip


def long_date(day: date) -> str:
    """`19 January 2026`."""
    return f"{day.day} {day:%B %Y}"
