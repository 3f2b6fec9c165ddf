"""LibreOffice in a cage: own network namespace and process space where allowed, fresh profile, limits, no macros.

The settings of the profile hold everywhere; the namespaces come on top where the system lets us have them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bundles.convert.base import NeededProgram, Program
from bundles.convert.office_profile import write_profile
from casefiles.caged import minimal_environment
from casefiles.files.scratch import make_scratch_folder, remove_scratch

SOFFICE = NeededProgram(
    name="soffice",
    version_argument="--version",
    remedy="sudo apt-get install --no-install-recommends libreoffice-writer-nogui libreoffice-calc-nogui"
    " libreoffice-impress-nogui fonts-crosextra-carlito fonts-crosextra-caladea",
)
WRITER_PDF = "pdf:writer_pdf_Export"
IMPRESS_PDF = "pdf:impress_pdf_Export"
CALC_XLSX = "xlsx:Calc MS Excel 2007 XML"
"""What LibreOffice makes of a file: the suffix, and its name for the filter that writes it."""
GIB = 1 << 30
PROBE_SECONDS = 20


@dataclass(frozen=True)
class OfficeLimits:
    """For one start of LibreOffice: seconds for the start and for each file, bytes of memory and of one output."""

    start_seconds: float = 40.0
    file_seconds: float = 20.0
    memory_bytes: int = 6 * GIB
    output_bytes: int = GIB


@dataclass(frozen=True)
class Walls:
    """The command that stands before `soffice`, and whether it takes the network away."""

    command: tuple[str, ...]
    no_network: bool


def best_walls(limits: OfficeLimits) -> Walls:
    """The strongest walls that this system grants; asked once a process."""
    return _probe(limits.memory_bytes, limits.output_bytes)


def to_pdf(
    program: Program,
    sources: Sequence[Path],
    import_filter: str,
    work: Path,
    limits: OfficeLimits = OfficeLimits(),
    walls: Walls | None = None,
    export_filter: str = WRITER_PDF,
) -> Mapping[Path, Path]:
    """What `export_filter` makes of the sources, all in one start of LibreOffice; a file that is missing afterwards gets its own start.

    File names must differ in their stems. Nothing is said about why one failed: LibreOffice does not say it.

    Returns:
        For each source that was converted, its PDF (or workbook) below `work`.

    Raises:
        OSError: `work` cannot be written.
    """
    walls = walls or best_walls(limits)
    made = _start(program, sources, (import_filter, export_filter), work / "office", limits, walls)
    missing = [source for source in sources if source not in made]
    if len(sources) > 1:
        for number, source in enumerate(missing):
            alone = work / f"office-{number}"
            made |= _start(program, [source], (import_filter, export_filter), alone, limits, walls)
    return made


def _start(
    program: Program,
    sources: Sequence[Path],
    filters: tuple[str, str],
    work: Path,
    limits: OfficeLimits,
    walls: Walls,
) -> dict[Path, Path]:
    home, out, profile = work / "home", work / "out", work / "profile"
    for folder in (home, out):
        make_scratch_folder(folder)
    write_profile(profile)
    command = [
        *walls.command,
        str(program.path),
        f"-env:UserInstallation={profile.absolute().as_uri()}",
        "--headless",
        "--invisible",
        "--norestore",
        "--nolockcheck",
        "--nodefault",
        "--nofirststartwizard",
        f"--infilter={filters[0]}",
        "--convert-to",
        filters[1],
        "--outdir",
        str(out.absolute()),
        *(str(source.absolute()) for source in sources),
    ]
    _run(command, home, limits.start_seconds + limits.file_seconds * len(sources))
    found = {}
    for source in sources:
        pdf = out / f"{source.stem}.{filters[1].partition(':')[0]}"
        if pdf.is_file() and pdf.stat().st_size:
            found[source] = pdf
    remove_scratch(profile)
    remove_scratch(home)
    return found


def _run(command: Sequence[str], home: Path, seconds: float) -> None:
    """Run to the end, or kill it with everything that it started."""
    process = subprocess.Popen(
        command,
        cwd=home,
        env={**minimal_environment(home.absolute()), "SAL_USE_VCLPLUGIN": "svp"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):  # what is missing afterwards counts as failed
            process.wait(timeout=seconds)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@cache
def _probe(memory_bytes: int, output_bytes: int) -> Walls:
    die_with_us = ("setpriv", "--pdeathsig", "KILL")
    limited = ("prlimit", f"--as={memory_bytes}:", f"--fsize={output_bytes}:", "--core=0")
    alone = ("--pid", "--fork", "--kill-child")
    for command, no_network in (
        ((*die_with_us, *limited, "unshare", "-r", "-n", *alone), True),
        ((*die_with_us, *limited, "unshare", "-n", *alone), True),
        ((*limited, "unshare", "-r", "-n"), True),
        ((*limited, "unshare", "-n"), True),
        ((*die_with_us, *limited), False),
        (limited, False),
    ):
        if _works(command):
            return Walls(command, no_network)
    return Walls((), False)


def _works(command: Sequence[str]) -> bool:
    try:
        answer = subprocess.run(
            [*command, "true"],
            env=minimal_environment(Path("/")),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0
