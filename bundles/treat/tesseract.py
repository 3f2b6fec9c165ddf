"""Tesseract in the same cage as the Office program: no network where the system allows that, limits, killed on time.

It reads one picture at a time and gives two things: hOCR, and a text layer of its own, a PDF page of invisible words
the size of the picture (`textonly_pdf`). No Ghostscript takes part. OCRmyPDF, which drives Tesseract in much the same
way, is not used: to straighten pages it draws the pixels of every page anew, and it does not say how sure
Tesseract is. Here a page is turned by a matrix, and its picture stays bit for bit.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bundles.convert.base import Program
from bundles.convert.office import OfficeLimits, best_walls
from bundles.treat.hocr import ReadPage, parse_hocr
from bundles.treat.reader import LANGUAGE
from casefiles.caged import minimal_environment

FEWEST_LETTERS = 10
"""How many letters a page must show before Tesseract tells which way up it is."""
MIB = 1 << 20


@dataclass(frozen=True)
class TesseractLimits:
    """For reading one picture: wall seconds, and bytes of memory and of one output."""

    seconds: float = 120.0
    memory_bytes: int = 2048 * MIB
    output_bytes: int = 64 * MIB


LIMITS = TesseractLimits()


class NotRead(Exception):
    """Tesseract gave nothing. `reason` is "time" or "failed"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class TextLayer:
    """What was read from a picture, and the PDF of one page with these words, invisible, where they stand."""

    page: ReadPage
    pdf: Path


def read_picture(
    program: Program, picture: Path, dpi: int, work: Path, limits: TesseractLimits = LIMITS
) -> TextLayer:
    """Read a picture (PNG) of that many dots an inch; what Tesseract writes goes into the folder `work`.

    Raises:
        NotRead: it took too long, or failed.
    """
    out = work / picture.stem
    arguments = ["-l", LANGUAGE, "--dpi", str(dpi), "-c", "textonly_pdf=1", "pdf", "hocr"]
    _run(program, [str(picture), str(out), *arguments], work, limits)
    try:
        page = parse_hocr(out.with_suffix(".hocr").read_bytes())
    except (OSError, ValueError) as problem:
        raise NotRead("failed") from problem
    layer = out.with_suffix(".pdf")
    if not layer.is_file():
        raise NotRead("failed")
    return TextLayer(page, layer)


def way_up(program: Program, picture: Path, dpi: int, work: Path, limits: TesseractLimits = LIMITS) -> int:
    """By how many degrees a picture must be turned clockwise to stand upright (0, 90, 180 or 270), as far as can be told.

    Raises:
        NotRead: it took too long.
    """
    out = work / f"{picture.stem}-way-up"
    arguments = ["--psm", "0", "--dpi", str(dpi), "-c", f"min_characters_to_try={FEWEST_LETTERS}"]
    try:
        _run(program, [str(picture), str(out), *arguments], work, limits)
        said = out.with_suffix(".osd").read_text("utf-8", "replace")
    except OSError:
        return 0
    except NotRead as problem:
        if problem.reason == "time":
            raise
        return 0  # it ends with an error where it sees too few letters
    for line in said.splitlines():
        name, _, value = line.partition(":")
        if name == "Rotate" and value.strip() in {"90", "180", "270"}:
            return int(value)
    return 0


def _run(program: Program, arguments: Sequence[str], work: Path, limits: TesseractLimits) -> None:
    walls = best_walls(OfficeLimits(memory_bytes=limits.memory_bytes, output_bytes=limits.output_bytes))
    environment = minimal_environment(work.absolute()) | {"OMP_THREAD_LIMIT": "1"}
    process = subprocess.Popen(
        [*walls.command, "nice", str(program.path), *arguments],
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = process.wait(timeout=limits.seconds)
    except subprocess.TimeoutExpired as problem:
        raise NotRead("time") from problem
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if code != 0:
        raise NotRead("failed")
