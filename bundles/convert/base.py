"""What every converter module offers, what it is asked, and what it answers.

A converter module defines `CONVERTER`; `bundles.convert.discover` finds it. Values here are plain and can be
pickled: a conversion usually happens in another process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from bundles.derived import Derived, DerivedPage, OutlineEntry, StampBox
from bundles.model import TabKind
from bundles.treatment import NOTHING, Treatment
from casefiles.findings import Finding, Severity
from casefiles.hashing import hash_prefix
from casefiles.intake.kinds import Kind


@dataclass(frozen=True)
class Program:
    """An outside program: where it stands and the version that it reports."""

    path: Path
    version: str


@dataclass(frozen=True)
class NeededProgram:
    """An outside program that a converter runs: how it is asked for its version, and the line that installs it.

    `optional`: the converter does without where it is not there, and says what is lacking.
    """

    name: str
    version_argument: str
    remedy: str
    optional: bool = False


@dataclass(frozen=True)
class ConversionRequest:
    """One original to be made into one PDF of the derived shape.

    `output` is the PDF to write; `scratch` an empty folder for anything else. `form` says whether the item's own
    pages, a sheet in its place or a placeholder is wanted. `details` are words for people (`name`, `received`,
    `supplied_how`, `reason`, …): a converter names those that it prints in `Converter.details`. `programs` are the
    outside programs found by the caller, by name. `treatment` is what is done beyond converting: a converter reads `sheets` and
    `notes`, the rest is `bundles.treat`. `readings` is the folder of what was read from its scanned pages
    (`bundles.treat.readings`), once that is complete. `sheet_names` are sheets of a workbook chosen by name; its converter
    answers their numbers in the treatment of the result, so that they are known without the names.
    """

    original: Path
    sha256: str
    kind: Kind
    output: Path
    scratch: Path
    stamp: StampBox
    details: Mapping[str, str] = field(default_factory=dict)
    form: TabKind = TabKind.EVIDENCE
    programs: Mapping[str, Program] = field(default_factory=dict)
    treatment: Treatment = NOTHING
    readings: Path | None = None
    sheet_names: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """How findings name the file: its name where we were told it, else the start of its SHA-256."""
        return self.details.get("name", "") or hash_prefix(self.sha256)

    def finding(self, code: str, severity: Severity, message: str, remedy: str = "") -> Finding:
        """A finding about this file."""
        return Finding(code, severity, self.subject, message, remedy)


@dataclass(frozen=True)
class Drawn:
    """A PDF of the derived shape that was just written: what `normalise` answers. `own_pages` as in `Derived`."""

    sha256: str
    pages: tuple[DerivedPage, ...]
    outline: tuple[OutlineEntry, ...] = ()
    findings: tuple[Finding, ...] = ()
    own_pages: int = 0

    def with_findings(self, findings: Sequence[Finding]) -> Drawn:
        """The same with more findings, the new ones first."""
        return replace(self, findings=(*findings, *self.findings))

    def derived(self, path: Path, converter: str, version: str) -> Derived:
        """As the result of a converter."""
        return Derived(
            path,
            self.sha256,
            converter,
            version,
            self.pages,
            self.outline,
            self.findings,
            own_pages=self.own_pages,
        )


@dataclass(frozen=True)
class Held:
    """The file cannot be shown as pages: why, for a person. Never empty."""

    findings: tuple[Finding, ...]

    def __post_init__(self) -> None:
        if not self.findings:
            raise ValueError("a held file needs a finding that says why")


class HeldError(Exception):
    """Inside a converter: this file cannot be shown. `bundles.convert` turns it into `Held`."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings

    def __reduce__(self) -> tuple[type[HeldError], tuple[Finding, ...]]:
        return HeldError, self.findings


ConversionResult: TypeAlias = Derived | Held


@dataclass(frozen=True)
class Converter:
    """One way to make pages: raise `version` whenever the same original could give other bytes.

    `details` are the keys of `ConversionRequest.details` that reach the page, `programs` the outside programs
    that it runs: both are part of the cache's key. `convert_many`, where offered, answers a batch in order.
    `form` is what it makes: evidence pages, sheets or placeholders.
    """

    name: str
    version: str
    kinds: frozenset[Kind]
    convert: Callable[[ConversionRequest], ConversionResult]
    details: frozenset[str] = frozenset()
    programs: tuple[NeededProgram, ...] = ()
    convert_many: Callable[[Sequence[ConversionRequest]], Sequence[ConversionResult]] | None = None
    form: TabKind = TabKind.EVIDENCE
