"""What the cover of a bundle says, chosen for whoever will read it."""

from __future__ import annotations

from datetime import date

from bundles.bundle_file import BundleFile
from bundles.front import FrontView, HearingLine, OffenceLine
from casefiles.case import Case, Charge, Role
from casefiles.settings import Settings
from templates.case_kinds import CaseKind


def check_bundle_names(file: BundleFile, case: Case) -> None:
    """Nothing, if the hearing and the defendant that the bundle file names are in the case.

    Raises:
        FileInvalid: one is not; names the line.
    """
    if file.hearing and case.hearing(file.hearing) is None:
        known = ", ".join(hearing.id for hearing in case.hearings) or "none"
        raise file.source.problem(
            ("hearing",), f"the case has no hearing “{file.hearing}”", remedy=f"case.toml has: {known}."
        )
    defendants = [person.id for person in case.with_role(Role.DEFENDANT)]
    if file.defendant and file.defendant not in defendants:
        raise file.source.problem(
            ("defendant",),
            f"the case has no defendant “{file.defendant}”",
            remedy=f"case.toml has: {', '.join(defendants) or 'none'}. Leave it empty for all of them.",
        )


def cover_view(
    file: BundleFile,
    case: Case,
    kind: CaseKind,
    settings: Settings,
    *,
    version: int,
    draft: bool,
    checkpoint: str,
    prepared_on: date,
) -> FrontView:
    """The cover's facts. It names people, never addresses, numbers or dates of birth.

    Raises:
        FileInvalid: as `check_bundle_names`.
    """
    check_bundle_names(file, case)
    charges = [charge for charge in case.charges if file.defendant in ("", charge.defendant)]
    charged = [charge.child for charge in charges]
    children = [person for person in case.with_role(Role.CHILD) if person.id in charged or not charges]
    officer = next((row for row in settings.officers if row.initials == case.officer), None)
    prepared_by = f"{officer.name}, {officer.post}".rstrip(", ") if officer else case.officer
    return FrontView(
        authority=settings.authority.name,
        department=settings.authority.service,
        case_reference=case.reference,
        bundle_title=file.title,
        version=version,
        draft=draft,
        checkpoint=checkpoint,
        defendants=tuple(
            person.name for person in case.with_role(Role.DEFENDANT) if file.defendant in ("", person.id)
        ),
        children=tuple(person.name for person in children),
        offences=tuple(_offence(charge, case, kind) for charge in charges),
        hearing=_hearing(file, case, settings),
        prepared_by=prepared_by,
        prepared_on=prepared_on,
    )


def _offence(charge: Charge, case: Case, kind: CaseKind) -> OffenceLine:
    people = f"{case.person(charge.defendant).name}, in respect of {case.person(charge.child).name}"
    return OffenceLine(kind.charge_words(charge.section), people, charge.first_day, charge.last_day)


def _hearing(file: BundleFile, case: Case, settings: Settings) -> HearingLine | None:
    hearing = case.hearing(file.hearing)
    if hearing is None:
        return None
    court = settings.court(hearing.court)
    return HearingLine(hearing.kind, court.name if court else hearing.court, hearing.at)
