"""The facts of a case: people, charges and hearings, any number of each. Values only; see `case_schema` for the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from casefiles.confidential import Guarded


class Role(StrEnum):
    """What a person is in the case."""

    CHILD = "child"
    DEFENDANT = "defendant"
    PARENT = "parent"
    WITNESS = "witness"
    OFFICER = "officer"
    OTHER = "other"


@dataclass(frozen=True)
class Person:
    """A child, a defendant, a parent who is not charged, a witness or another adult."""

    id: str
    role: Role
    name: str
    born: date | None
    school: str
    post: str
    upn: Guarded | None
    address: Guarded | None
    telephone: Guarded | None
    email: Guarded | None
    parent_of: tuple[str, ...]


@dataclass(frozen=True)
class Charge:
    """One offence alleged: defendant × child × section × period (both days inclusive)."""

    defendant: str
    child: str
    section: str
    first_day: date
    last_day: date
    knowledge: tuple[str, ...]


@dataclass(frozen=True)
class Hearing:
    """A listed hearing; `at` is local time, Europe/London."""

    id: str
    court: str
    kind: str
    at: datetime


@dataclass(frozen=True)
class Case:
    """Everything that `case.toml` says."""

    reference: str
    kind: str
    opened: date
    officer: str
    evidence: tuple[str, ...]
    people: tuple[Person, ...]
    charges: tuple[Charge, ...]
    hearings: tuple[Hearing, ...]

    def person(self, person_id: str) -> Person:
        """The person with that id.

        Raises:
            KeyError: nobody has it.
        """
        for person in self.people:
            if person.id == person_id:
                return person
        raise KeyError(person_id)

    def with_role(self, role: Role) -> tuple[Person, ...]:
        """Everyone with that role, in the file's order."""
        return tuple(person for person in self.people if person.role is role)

    def hearing(self, hearing_id: str) -> Hearing | None:
        """The hearing with that id, or None."""
        return next((hearing for hearing in self.hearings if hearing.id == hearing_id), None)
