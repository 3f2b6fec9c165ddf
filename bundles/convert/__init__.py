"""Converters: from one original to one PDF of the derived shape (`bundles.derived`).

A new source type is one new module here that defines `CONVERTER`; nothing else is edited. What has no converter
gets a sheet that names the file.
"""

from __future__ import annotations

import errno
import importlib
import os
import pkgutil
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bundles.convert.base import (
    ConversionRequest,
    ConversionResult,
    Converter,
    Held,
    HeldError,
    NeededProgram,
    Program,
)
from bundles.model import TabKind
from bundles.treat.reader import TESSERACT
from casefiles.errors import CasebinderError, ProgramMissing
from casefiles.files.reach import unavailable
from casefiles.findings import Severity
from casefiles.intake.kinds import Kind

VERSION_SECONDS = 60


_NOT_THE_FILES_FAULT = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.ESTALE}
)
"""A disk's refusals while a file is converted: the work stops, and the file is not held for it."""


def discover() -> tuple[Converter, ...]:
    """Every converter among the modules of this package, by name.

    Raises:
        ValueError: two modules claim the same kind of file or the same name.
    """
    found: dict[str, Converter] = {}
    claimed: dict[tuple[TabKind, Kind], str] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name):
        offered = getattr(importlib.import_module(f"{__name__}.{module.name}"), "CONVERTER", None)
        for converter in offered if isinstance(offered, tuple) else (offered,):
            if not isinstance(converter, Converter):
                continue
            if converter.name in found:
                raise ValueError(f"two converters are called {converter.name}")
            for kind in converter.kinds:
                if (converter.form, kind) in claimed:
                    raise ValueError(f"{converter.name} and {claimed[converter.form, kind]} both draw {kind}")
                claimed[converter.form, kind] = converter.name
            found[converter.name] = converter
    return tuple(found[name] for name in sorted(found))


def choose(kind: Kind, form: TabKind, converters: Iterable[Converter]) -> Converter:
    """The converter for a kind of file, wanted as its own pages, as a sheet or as a placeholder.

    A kind that no converter can draw gets a sheet.

    Raises:
        LookupError: not even a sheet can be made; the package is incomplete.
    """
    known = tuple(converters)
    for wanted in dict.fromkeys((form, TabKind.SHEET)):
        for converter in known:
            if converter.form is wanted and kind in converter.kinds:
                return converter
    raise LookupError(f"no converter and no sheet for {kind}")


def find_programs(
    converters: Iterable[Converter], search_path: str, environment: Mapping[str, str]
) -> dict[str, Program]:
    """Those outside programs of the converters that are installed, with their versions.

    `search_path` has the form of PATH; `environment` is all that a program asked for its version is given.
    """
    needs = {need.name: need for converter in converters for need in converter.programs}
    needs[TESSERACT.name] = TESSERACT
    found: dict[str, Program] = {}
    for need in needs.values():
        where = shutil.which(need.name, path=search_path)
        if where is not None:
            found[need.name] = Program(Path(where), _version(where, need, environment))
    return found


def require_programs(converter: Converter, request: ConversionRequest) -> None:
    """Nothing, if the request brings every program that its converter cannot do without.

    Raises:
        ProgramMissing: one is not there; the remedy is the line to type.
    """
    for need in converter.programs:
        if not need.optional and need.name not in request.programs:
            raise ProgramMissing(
                f"{need.name} is needed to show {request.subject} as pages", remedy=need.remedy
            )


def convert(request: ConversionRequest, converter: Converter) -> ConversionResult:
    """Run one converter. Whatever the file does to it becomes a `Held` with a reason, never a silent gap.

    Raises:
        CasebinderError: the work cannot go on at all (a program or the disk is missing).
    """
    require_programs(converter, request)
    return guarded(request, lambda: converter.convert(request))


def guarded(request: ConversionRequest, work: Callable[[], ConversionResult]) -> ConversionResult:
    """Some work on one file; whatever the file does to it becomes a `Held` with a reason.

    Raises:
        CasebinderError: the work cannot go on at all.
    """
    try:
        return work()
    except HeldError as problem:
        return Held(problem.findings)
    except (CasebinderError, MemoryError):  # the cage knows its own limit
        raise
    except OSError as problem:
        if problem.errno in _NOT_THE_FILES_FAULT:
            place = Path(os.fsdecode(problem.filename)) if problem.filename else request.scratch
            raise unavailable(place, problem, local=place != request.original) from problem
        return failed(request, problem)
    except Exception as problem:  # any failure on hostile input is a finding
        return failed(request, problem)


def failed(request: ConversionRequest, problem: Exception) -> Held:
    """A failure nobody foresaw, as a finding about the file."""
    words = " ".join(str(problem).split())[:200]
    return Held(
        (
            request.finding(
                "conversion-failed",
                Severity.ERROR,
                f"could not be made into pages ({type(problem).__name__}{': ' + words if words else ''})",
                "open the file, save or print it as PDF and add that; or record a placeholder for it",
            ),
        )
    )


def _version(where: str, need: NeededProgram, environment: Mapping[str, str]) -> str:
    answer = subprocess.run(
        [where, need.version_argument],
        env=dict(environment),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=VERSION_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    words = answer.stdout.split()
    return next((word for word in words if word[:1].isdigit()), answer.stdout.strip()[:40] or "unknown")
