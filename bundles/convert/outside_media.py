"""ffprobe and ffmpeg in a cage: one local file, demuxers that open no other, no network, limits; what they answer is data."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bundles.convert.base import NeededProgram, Program
from bundles.convert.office import OfficeLimits, best_walls
from casefiles.caged import minimal_environment
from casefiles.files.scratch import make_scratch_folder, new_scratch_file, remove_scratch_file

REMEDY = "sudo apt-get install --no-install-recommends ffmpeg"
FFMPEG = NeededProgram("ffmpeg", "-version", REMEDY, optional=True)
FFPROBE = NeededProgram("ffprobe", "-version", REMEDY, optional=True)
MIB = 1 << 20
LIMITS = OfficeLimits(memory_bytes=2048 * MIB, output_bytes=64 * MIB)
"""For each run: its address space, and the largest file that it may write."""
DEMUXERS = (
    "aac", "ac3", "aiff", "amr", "amrnb", "amrwb", "asf", "au", "avi", "caf", "dhav", "flac", "flv", "h264", "hevc",
    "matroska", "mov", "mp3", "mpeg", "mpegts", "mpegvideo", "ogg", "rm", "w64", "wav",
)  # fmt: skip
"""Readers of files that hold their own sound and pictures: no playlist, no list of files, no stream from elsewhere."""


@dataclass(frozen=True)
class MediaPrograms:
    """Both programs, and a folder of this conversion's own for what they write."""

    ffprobe: Program
    ffmpeg: Program
    work: Path

    def probe(self, source: Path, seconds: float, *wanted: str) -> bytes | None:
        """What ffprobe says of a file; None where it fails or takes longer than `seconds` (of wall time)."""
        return self._run([str(self.ffprobe.path), "-v", "error", *wanted, *_input(source)], seconds)

    def make(self, source: Path, seconds: float, before: Sequence[str], after: Sequence[str]) -> bytes | None:
        """What ffmpeg writes to its standard output; `before` and `after` are options around the input."""
        command = [str(self.ffmpeg.path), "-nostdin", "-v", "error", "-threads", "1"]
        return self._run([*command, *before, *_input(source), *after], seconds)

    def _run(self, command: Sequence[str], seconds: float) -> bytes | None:
        home, answer = self.work / "home", self.work / "answer"
        make_scratch_folder(home)
        remove_scratch_file(answer)
        with new_scratch_file(answer) as out:
            code = _run([*best_walls(LIMITS).command, *command], home, out.fileno(), seconds)
        return answer.read_bytes() if code == 0 else None


def programs_of(found: Mapping[str, Program], work: Path) -> MediaPrograms | None:
    """Both programs, or None where one is not installed."""
    if FFMPEG.name not in found or FFPROBE.name not in found:
        return None
    make_scratch_folder(work)
    return MediaPrograms(found[FFPROBE.name], found[FFMPEG.name], work)


def _input(source: Path) -> list[str]:
    allowed = ["-protocol_whitelist", "file", "-format_whitelist", ",".join(DEMUXERS)]
    return [*allowed, "-i", f"file:{source.absolute()}"]


def _run(command: Sequence[str], home: Path, out: int, seconds: float) -> int | None:
    """Run to the end, or kill it with everything that it started; the exit code, None where it was killed."""
    process = subprocess.Popen(
        command,
        cwd=home,
        env=minimal_environment(home.absolute()),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
