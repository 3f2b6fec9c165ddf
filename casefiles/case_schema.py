"""`case.toml`: its schema, what must hold between its parts, and reading it into a `Case`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from casefiles.case import Case, Charge, Hearing, Person, Role
from casefiles.confidential import Guarded
from casefiles.errors import FileInvalid
from casefiles.layout import WHOLE_CASE, evidence_path
from casefiles.strict_toml import SourceText, StrictModel, parse_strict, read_strict

Text = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class GuardedEntry(StrictModel):
    """A confidential value and whom to keep it from."""

    value: Text
    confidential: bool = False
    keep_from: tuple[str, ...] = Field(default=(), strict=False)


GuardedText = str | GuardedEntry


class PersonEntry(StrictModel):
    """One `[[people]]`."""

    id: Id
    role: Literal["child", "defendant", "parent", "witness", "officer", "other"]
    name: Text
    born: date | None = None
    school: str = ""
    post: str = ""
    upn: GuardedText | None = None
    address: GuardedText | None = None
    telephone: GuardedText | None = None
    email: GuardedText | None = None
    parent_of: tuple[str, ...] = Field(default=(), strict=False)


class ChargeEntry(StrictModel):
    """One `[[charges]]`: one for each defendant and child."""

    defendant: Id
    child: Id
    section: Literal["443", "444(1)", "444(1A)"]
    from_: date = Field(alias="from")
    to: date
    knowledge: tuple[str, ...] = Field(default=(), strict=False)


class HearingEntry(StrictModel):
    """One `[[hearings]]`."""

    id: Id
    court: Id
    kind: Text
    at: datetime


class CaseFile(StrictModel):
    """The whole of `case.toml`."""

    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9./_-]*$", max_length=60)]
    kind: Id
    opened: date
    officer: Annotated[str, Field(pattern=r"^[A-Z]{1,6}$")]
    evidence: tuple[Text, ...] = Field(default=("evidence",), strict=False, min_length=1)
    people: tuple[PersonEntry, ...] = Field(default=(), strict=False)
    charges: tuple[ChargeEntry, ...] = Field(default=(), strict=False)
    hearings: tuple[HearingEntry, ...] = Field(default=(), strict=False)


def read_case(path: Path) -> Case:
    """Read `case.toml`.

    Raises:
        Unavailable: it cannot be read.
        FileInvalid: it breaks the schema or contradicts itself; names line and remedy.
    """
    return _checked(*read_strict(path, CaseFile))


def parse_case(data: bytes, file: str = "case.toml") -> Case:
    """The same for bytes already read.

    Raises:
        FileInvalid: as `read_case`.
    """
    return _checked(*parse_strict(data, file, CaseFile))


def _checked(entry: CaseFile, source: SourceText) -> Case:
    for problem in _contradictions(entry, source):
        raise problem
    return _case(entry)


def _contradictions(entry: CaseFile, source: SourceText) -> Iterator[FileInvalid]:
    yield from _folder_problems(entry, source)
    yield from _people_problems(entry, source)
    yield from _charge_problems(entry, source)
    seen: set[str] = set()
    for number, hearing in enumerate(entry.hearings):
        if hearing.id in seen:
            yield _twice(source, ("hearings", number, "id"), hearing.id)
        seen.add(hearing.id)
        if hearing.at.tzinfo is not None:
            yield source.problem(
                ("hearings", number, "at"),
                "a hearing's time carries a time zone",
                remedy="Write local time without one: 2026-06-18T10:00:00.",
            )


def _folder_problems(entry: CaseFile, source: SourceText) -> Iterator[FileInvalid]:
    for number, folder in enumerate(entry.evidence):
        try:
            whole = not evidence_path(folder)
        except (ValueError, UnicodeEncodeError):
            yield source.problem(
                ("evidence", number),
                f"“{folder}” cannot be an evidence folder",
                remedy="Name a folder inside the case folder, such as evidence.",
            )
            continue
        if whole and len(entry.evidence) > 1:
            yield source.problem(
                ("evidence", number),
                f"“{folder}” is the whole case folder, and other folders are named beside it",
                remedy=f'Write evidence = ["{WHOLE_CASE}"] alone, or name the folders only.',
            )


def _people_problems(entry: CaseFile, source: SourceText) -> Iterator[FileInvalid]:
    roles = {person.id: person.role for person in entry.people}
    seen: set[str] = set()
    for number, person in enumerate(entry.people):
        if person.id in seen:
            yield _twice(source, ("people", number, "id"), person.id)
        seen.add(person.id)
        for child in person.parent_of:
            if roles.get(child) != "child":
                yield _unknown(source, ("people", number, "parent_of"), child, "a child")
        for key in ("upn", "address", "telephone", "email"):
            value = getattr(person, key)
            if isinstance(value, GuardedEntry):
                for reader in value.keep_from:
                    if reader not in roles:
                        yield _unknown(source, ("people", number, key), reader, "a person")
                if value.keep_from and not value.confidential:
                    yield source.problem(
                        ("people", number, key),
                        "keep_from is given but confidential is not true",
                        remedy="Add confidential = true.",
                    )


def _charge_problems(entry: CaseFile, source: SourceText) -> Iterator[FileInvalid]:
    roles = {person.id: person.role for person in entry.people}
    seen: set[tuple[object, ...]] = set()
    for number, charge in enumerate(entry.charges):
        if roles.get(charge.defendant) != "defendant":
            yield _unknown(source, ("charges", number, "defendant"), charge.defendant, "a defendant")
        if roles.get(charge.child) != "child":
            yield _unknown(source, ("charges", number, "child"), charge.child, "a child")
        if charge.to < charge.from_:
            yield source.problem(
                ("charges", number, "to"), "the period ends before it begins", remedy="Check the two dates."
            )
        whole = (charge.defendant, charge.child, charge.section, charge.from_, charge.to)
        if whole in seen:
            yield source.problem(
                ("charges", number), "the same charge stands here twice", remedy="Remove one of the two."
            )
        seen.add(whole)


def _twice(source: SourceText, location: tuple[str | int, ...], name: str) -> FileInvalid:
    return source.problem(location, f"the id “{name}” is used twice", remedy="Give each its own id.")


def _unknown(source: SourceText, location: tuple[str | int, ...], name: str, what: str) -> FileInvalid:
    return source.problem(
        location,
        f"“{name}” is not {what} of this case",
        remedy=f"Use the id of {what} under [[people]], or add one.",
    )


def _guarded(entry: GuardedText | None) -> Guarded | None:
    if entry is None:
        return None
    if isinstance(entry, str):
        return Guarded(entry)
    return Guarded(entry.value, entry.confidential, entry.keep_from)


def _case(entry: CaseFile) -> Case:
    return Case(
        reference=entry.reference,
        kind=entry.kind,
        opened=entry.opened,
        officer=entry.officer,
        evidence=entry.evidence,
        people=tuple(_person(person) for person in entry.people),
        charges=tuple(
            Charge(row.defendant, row.child, row.section, row.from_, row.to, row.knowledge)
            for row in entry.charges
        ),
        hearings=tuple(Hearing(row.id, row.court, row.kind, row.at) for row in entry.hearings),
    )


def _person(entry: PersonEntry) -> Person:
    return Person(
        id=entry.id,
        role=Role(entry.role),
        name=entry.name,
        born=entry.born,
        school=entry.school,
        post=entry.post,
        upn=_guarded(entry.upn),
        address=_guarded(entry.address),
        telephone=_guarded(entry.telephone),
        email=_guarded(entry.email),
        parent_of=entry.parent_of,
    )
