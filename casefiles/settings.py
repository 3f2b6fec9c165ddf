"""`casebinder.toml`: the authority, its courts and officers, and its choices. No secrets stand here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from casefiles.strict_toml import StrictModel, read_strict

Text = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class Authority(StrictModel):
    """The council and its service, as they stand on a cover."""

    name: Text
    service: Text = "Education Welfare Service"
    address: str = ""
    contact: str = ""


class Court(StrictModel):
    """A court that this authority goes to."""

    id: Id
    name: Text
    address: str = ""
    max_mb: int | None = Field(default=None, ge=1, le=100_000)


class School(StrictModel):
    """A school, by the id that case files use."""

    id: Id
    name: Text
    address: str = ""


class Officer(StrictModel):
    """An officer; the initials make exhibit labels."""

    initials: Annotated[str, Field(pattern=r"^[A-Z]{1,6}$")]
    name: Text
    post: str = ""


class IntakeLimits(StrictModel):
    """How long a file must be still before it is taken in, and what reading one may cost."""

    settle_seconds: float = Field(default=2.0, ge=0, le=600, strict=False)
    seconds_per_file: float = Field(default=60.0, ge=1, le=3600, strict=False)
    memory_mb: int = Field(default=2048, ge=128)
    pages_per_file: int = Field(default=5000, ge=1)


class Watch(StrictModel):
    """How often the watcher looks by itself, and whom to ring when the pages are old."""

    contact: str = ""
    every_seconds: float = Field(default=60.0, ge=1, le=900, strict=False)
    thorough_hours: float = Field(default=24.0, ge=0.1, le=168, strict=False)


class Settings(StrictModel):
    """The whole of `casebinder.toml`."""

    version: int = Field(ge=1, le=1)
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    authority: Authority
    profile: Id = "judiciary-2021"
    courts: tuple[Court, ...] = Field(default=(), strict=False)
    schools: tuple[School, ...] = Field(default=(), strict=False)
    officers: tuple[Officer, ...] = Field(default=(), strict=False)
    intake: IntakeLimits = IntakeLimits()
    watch: Watch = Watch()

    def court(self, court_id: str) -> Court | None:
        """The court with that id, or None."""
        return next((court for court in self.courts if court.id == court_id), None)

    def school(self, school_id: str) -> School | None:
        """The school with that id, or None."""
        return next((school for school in self.schools if school.id == school_id), None)


def read_settings(path: Path) -> Settings:
    """Read `casebinder.toml`.

    Raises:
        Unavailable: it cannot be read.
        FileInvalid: it breaks the schema; names line and remedy.
    """
    settings, source = read_strict(path, Settings)
    ids = {"courts": [row.id for row in settings.courts], "schools": [row.id for row in settings.schools]}
    for key, known in ids.items():
        for number, name in enumerate(known):
            if name in known[:number]:
                raise source.problem(
                    (key, number, "id"), f"the id “{name}” is used twice", remedy="Give each its own id."
                )
    return settings
