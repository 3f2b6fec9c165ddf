"""What verification asks of whoever can make derived files again, and what it is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True)
class Wanted:
    """One derived file to be made again from its preserved original, by the same converter in the same version.

    `programs` and `treatment` as in `bundles.derived.Derived`.
    """

    evidence_sha256: str
    converter: str
    version: str
    programs: str = ""
    treatment: str = ""


@dataclass(frozen=True)
class NotRederived:
    """Why a derived file was not made again; `at_fault` where the reason is itself a failure of verification."""

    reason: str
    at_fault: bool = False


Rederive: TypeAlias = Callable[[Sequence[Wanted]], Mapping[Wanted, Path | NotRederived]]


def nothing_rederived(wanted: Sequence[Wanted]) -> Mapping[Wanted, Path | NotRederived]:
    """The answer where nothing can be converted on this machine."""
    return {each: NotRederived("nothing is converted in this run") for each in wanted}
