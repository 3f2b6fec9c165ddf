"""Two processes publish under the same name, again and again: does exactly one win each time on this share?

Everything that the evidence chain promises about two machines rests on that one property, so it is tried on the real
share with the very function that numbers events. Run as a module, this file is one of the two competitors.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from casefiles.errors import CasebinderError, Unavailable
from casefiles.files.publish import copy_in, publish_file
from casefiles.files.reach import reaching

ROUNDS = 200
COMPETITORS = ("one", "two")
_READY, _WON, _LOST = "ready", "won", "lost"


@dataclass(frozen=True)
class RaceResult:
    """How many rounds had one winner whose bytes stand under the name, and what the others came to.

    `both`: both were told that they won; `nobody`: neither; `foreign`: the bytes there are not the winner's.
    `left_over`: temporary names that stayed. `problem`: why the race ended early, or empty.
    """

    rounds: int
    clean: int
    both: int
    nobody: int
    foreign: int
    left_over: int
    wins: tuple[int, int]
    seconds: float
    problem: str = ""

    @property
    def sound(self) -> bool:
        """Did exactly one win in every round?"""
        wrong = self.both + self.nobody + self.foreign + self.left_over
        return not self.problem and not wrong and self.clean == self.rounds > 0


def race(
    folder: Path,
    environment: Mapping[str, str],
    *,
    rounds: int = ROUNDS,
    competitor: Sequence[str] = (sys.executable, "-P", "-s", "-m", "casefiles.share.race"),
) -> RaceResult:
    """Races two processes in an empty folder of the share; what they publish stays there for the caller to remove.

    `competitor` is the command of one process; folder and name are added to it.

    Raises:
        Unavailable: the share cannot be read.
    """
    started = time.monotonic()
    processes = [
        subprocess.Popen(
            [*competitor, str(folder), who],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=dict(environment), text=True, encoding="utf-8", errors="surrogateescape",
        )
        for who in COMPETITORS
    ]  # fmt: skip
    tally = _Tally(folder)
    try:
        for number in range(rounds):
            if not tally.round(processes, number):
                break
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    return tally.result(time.monotonic() - started)


class _Tally:
    """Counts what the rounds came to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counts = {"clean": 0, "both": 0, "nobody": 0, "foreign": 0}
        self._wins = [0, 0]
        self._problem = ""

    def round(self, processes: Sequence[subprocess.Popen[str]], number: int) -> bool:
        """One round; False where the race cannot go on."""
        answers = [_READY, _READY]
        for words in (f"{number}", "go"):
            # Who is told first alternates, so that neither has the better start throughout.
            order = (0, 1) if number % 2 else (1, 0)
            for which in order:
                if not _tell(processes[which], words):
                    return self._stopped("one of the two processes ended")
            answers = [_hear(process) for process in processes]
            if bad := [answer for answer in answers if answer not in {_READY, _WON, _LOST}]:
                return self._stopped(bad[0].removeprefix("! ") or "one of the two processes ended")
        self._judge(answers, self._folder / f"{number}")
        return True

    def _judge(self, answers: Sequence[str], target: Path) -> None:
        winners = [which for which, answer in enumerate(answers) if answer == _WON]
        for which in winners:
            self._wins[which] += 1
        if len(winners) != 1:
            self._counts["both" if winners else "nobody"] += 1
            return
        with reaching(target):
            held = target.read_bytes() if target.exists() else b""
        ours = held == _bytes_of(COMPETITORS[winners[0]], target.name)
        self._counts["clean" if ours else "foreign"] += 1

    def _stopped(self, problem: str) -> bool:
        self._problem = problem
        return False

    def result(self, seconds: float) -> RaceResult:
        with reaching(self._folder):
            left = sum(not entry.name.isdigit() for entry in self._folder.iterdir())
        return RaceResult(
            rounds=sum(self._counts.values()),
            left_over=0 if self._problem else left,
            wins=(self._wins[0], self._wins[1]),
            seconds=seconds,
            problem=self._problem,
            **self._counts,
        )


def _tell(process: subprocess.Popen[str], words: str) -> bool:
    try:
        assert process.stdin is not None  # noqa: S101 - PIPE was asked for
        process.stdin.write(f"{words}\n")
        process.stdin.flush()
    except BrokenPipeError:
        return False
    return True


def _hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None  # noqa: S101 - PIPE was asked for
    return process.stdout.readline().strip()


def _bytes_of(who: str, number: str) -> bytes:
    return f"published by {who} in round {number}\n".encode()


def compete(folder: Path, who: str, publish: Callable[[Path, Path], bool] = publish_file) -> None:
    """One competitor: for each number that is read, prepares its bytes, says so, and publishes when told to."""
    for line in sys.stdin:
        number = line.strip()
        try:
            part = copy_in(io.BytesIO(_bytes_of(who, number)), folder).path
            print(_READY, flush=True)
            sys.stdin.readline()
            print(_WON if publish(part, folder / number) else _LOST, flush=True)
        except (CasebinderError, OSError) as error:
            said = error.message if isinstance(error, Unavailable) else str(error)
            print(f"! {said}", flush=True)
            return


if __name__ == "__main__":
    compete(Path(sys.argv[1]), sys.argv[2])
