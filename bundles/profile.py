"""What a court asks of a bundle, as data: one TOML file a court in `profiles/`, each rule with its source.

A new court is a new file there. Nothing in Python names a court.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bundles.derived import StampBox
from casefiles.errors import UsageError
from casefiles.strict_toml import StrictModel, read_strict

BUILT_IN = Path(__file__).parent / "profiles"
MAX_FILE_NAME_BYTES = 180
LEAST_DPI, MOST_DPI = 150, 1200
"""No profile may let pictures become coarser than 150 dots an inch: small print and fine handwriting go first."""
MEGABYTE = 1_000_000

_FORBIDDEN_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+')

Text = Annotated[str, Field(min_length=1)]
Points = Annotated[float, Field(gt=0, le=200, strict=False)]


def _words(*allowed: str, needed: str = "") -> AfterValidator:
    """A check that a pattern holds only `{words}` of that list, and the needed one."""

    def check(pattern: str) -> str:
        words = [each for each in Formatter().parse(pattern) if each[1] is not None]
        found = [str(name) for _, name, _, _ in words]
        if bent := [name for _, name, form, how in words if form or how]:
            raise ValueError(f"write {{{bent[0]}}} alone, without “:” or “!”")
        if strange := [name for name in found if name not in allowed]:
            raise ValueError(
                f"{{{strange[0]}}} is not known; use {', '.join(f'{{{word}}}' for word in allowed)}"
            )
        if needed and needed not in found:
            raise ValueError(f"{{{needed}}} is missing")
        return pattern

    return AfterValidator(check)


def _not_yes_or_no(value: object) -> object:
    """Refuses true and false, which would count as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic takes no TypeError
    return value


class Rule(StrictModel):
    """One rule in words, where it stands, and how well we know it."""

    rule: Text
    source: Text
    confidence: Literal["quoted", "third party", "from memory"]


class FormatRule(Rule):
    """What kind of file the court takes."""

    file: Literal["pdf"]
    encrypted: Literal[False]


class StampPlace(StrictModel):
    """The room for the page number: its distance from the lower right corner and its size, in points."""

    right_pt: Points
    bottom_pt: Points
    width_pt: Points
    height_pt: Points


class NumberingRule(Rule):
    """How pages are numbered, and where the number stands."""

    mode: Literal["continuous"]
    first: Literal[1]
    font_size_pt: Annotated[float, Field(ge=8, le=24, strict=False)]
    place: StampPlace


class LabelsRule(Rule):
    """What the viewer's own page box shows."""

    style: Literal["decimal"]


class IndexRule(Rule):
    """What the index must do."""

    hyperlinked: Literal[True]


class BookmarksRule(Rule):
    """The wording of bookmarks; every one carries its page number."""

    front: Annotated[str, _words("title", "page", needed="page")]
    section: Annotated[str, _words("letter", "title", "page", needed="page")]
    tab: Annotated[str, _words("tab", "title", "page", needed="page")]
    tab_dated: Annotated[str, _words("tab", "title", "date", "page", needed="page")]
    within: Annotated[str, _words("title", "page", needed="page")]


class TextRule(Rule):
    """Whether typed pages must carry text."""

    text_layer: bool


class UprightRule(Rule):
    """Whether every page must read from left to right."""

    upright: Literal[True]


class ViewRule(Rule):
    """How the file opens; 1.0 is 100 %."""

    zoom: Annotated[float, Field(gt=0, le=4, strict=False)]


class ImagesRule(Rule):
    """How fine images may be."""

    max_dpi: Annotated[int, Field(gt=0)]


class SizeRule(Rule):
    """How large one file may be, and how coarse pictures may become to keep within that.

    `max_mb` is in megabytes of 1,000,000 bytes, 0 for no limit; `picture_dpi` are the steps, each coarser than the one
    before it and none below `least_dpi`.
    """

    max_mb: Annotated[float, BeforeValidator(_not_yes_or_no), Field(ge=0, le=100_000, strict=False)]
    picture_dpi: Annotated[tuple[int, ...], Field(strict=False)]
    least_dpi: Annotated[int, Field(ge=LEAST_DPI, le=MOST_DPI)]

    @model_validator(mode="after")
    def _steps_fall(self) -> SizeRule:
        if 0 < self.max_mb < 1:
            raise ValueError("max_mb must be 0 for no limit, or 1 at least")
        if list(self.picture_dpi) != sorted(set(self.picture_dpi), reverse=True):
            raise ValueError("picture_dpi must go from fine to coarse")
        if any(not self.least_dpi <= dpi <= MOST_DPI for dpi in self.picture_dpi):
            raise ValueError(f"picture_dpi must lie from least_dpi, {self.least_dpi}, to {MOST_DPI}")
        return self

    @property
    def max_bytes(self) -> int:
        """The limit in bytes; 0 for none."""
        return int(self.max_mb * MEGABYTE)


class DivisionRule(Rule):
    """How the volumes of a divided bundle are called."""

    file: Annotated[
        str,
        _words("name", "volume", "volumes", needed="name"),
        _words("name", "volume", "volumes", needed="volume"),
        Field(max_length=80),
    ]


class LatePagesRule(Rule):
    """Where pages that are added after service go."""

    place: Literal["end"]


class FileNameRule(Rule):
    """How the file is called."""

    pattern: Annotated[str, _words("case", "title", "hearing", needed="title")]


class EmailRule(Rule):
    """The subject line of the message that sends the bundle."""

    subject: Annotated[str, _words("case_number", "case", "hearing", "judge")]


class SectionTitle(StrictModel):
    """The title of one lettered section, unless the caller names another."""

    letter: Annotated[str, Field(pattern=r"^[A-Z]$")]
    title: Text


class Sections(Rule):
    """The lettered sections."""

    list: Annotated[tuple[SectionTitle, ...], Field(strict=False, min_length=1)]


class Profile(StrictModel):
    """A court's rules for a bundle."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Text
    applies: Text
    effective_from: date
    language: Text
    format: FormatRule
    numbering: NumberingRule
    print_copy: Rule
    labels: LabelsRule
    index: IndexRule
    bookmarks: BookmarksRule
    text: TextRule
    upright: UprightRule
    view: ViewRule
    core_bundle: Rule
    volumes: Rule
    images: ImagesRule
    size: SizeRule
    division: DivisionRule
    late_pages: LatePagesRule
    file_name: FileNameRule
    email: EmailRule
    prepared_by: Rule
    sections: Sections

    @property
    def stamp(self) -> StampBox:
        """The room kept for the page number."""
        place = self.numbering.place
        return StampBox(place.right_pt, place.bottom_pt, place.width_pt, place.height_pt)

    @property
    def section_titles(self) -> Mapping[str, str]:
        """Letter to title."""
        return {section.letter: section.title for section in self.sections.list}

    def bundle_file_name(self, case: str, title: str, hearing: date | None) -> str:
        """The name of the bundle's PDF, safe on Windows, at most 180 bytes.

        Characters that a file name cannot hold become a space; the hearing is written `18-06-26`.
        """
        day = "" if hearing is None else f"{hearing:%d-%m-%y}"
        name = self.file_name.pattern.format(case=case, title=title, hearing=day)
        name = " ".join(_FORBIDDEN_IN_NAMES.sub(" ", name).split()).strip(" .")
        room = MAX_FILE_NAME_BYTES - len(".pdf")
        return name.encode()[:room].decode(errors="ignore").rstrip(" .") + ".pdf"

    def volume_file_name(self, name: str, volume: int, volumes: int) -> str:
        """The name of one volume's PDF, at most 180 bytes; `name` is that of the bundle's, with or without “.pdf”."""

        def called(stem: str) -> str:
            words = self.division.file.format(name=stem, volume=volume, volumes=volumes)
            return " ".join(_FORBIDDEN_IN_NAMES.sub(" ", words).split()).strip(" .") + ".pdf"

        stem = name.removesuffix(".pdf")
        too_long = max(0, len(called(stem).encode()) - MAX_FILE_NAME_BYTES)
        kept = stem.encode()[: len(stem.encode()) - too_long].decode(errors="ignore").rstrip(" .")
        return called(kept if too_long else stem)


def profile_names(folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """The names of all profiles, in order: those of `folders` and the built-in ones."""
    return tuple(sorted(_files(folders)))


def load_profile(name: str, folders: Sequence[Path] = ()) -> Profile:
    """The profile of that name; a file in one of `folders` (the first wins) goes before a built-in one.

    Raises:
        UsageError: there is none of that name; names those that there are.
        FileInvalid: its file breaks the schema; names line and remedy.
        Unavailable: its file cannot be read.
    """
    files = _files(folders)
    if name not in files:
        raise UsageError(
            f"there is no bundle profile named “{name}”",
            remedy=f"Use one of these: {', '.join(sorted(files))}.",
        )
    profile, source = read_strict(files[name], Profile)
    if profile.name != name:
        raise source.problem(
            ("name",),
            f"the profile calls itself “{profile.name}”, its file is named {name}.toml",
            remedy=f'Write name = "{name}", or rename the file.',
        )
    return profile


def _files(folders: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in (*folders, BUILT_IN):
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.stem, path)
    return found
