"""Four processes drop, edit, rename, delete, scan and bind, and are killed at random; then everything is counted.

The processes are forked from this one, which has imported everything: so they live from their first moment, and a
kill falls into their work and not into their start.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scripts.torture import accounts
from scripts.torture.ledger import Ledger
from scripts.torture.worker import live

PROCESSES = 4
CASES = ("2026-0042", "2026-0043")
MACHINES = ("north", "south")
PAUSES_SECONDS = (0.05, 0.4, 1.6, 5.0, 20.0)
"""Up to so long between two kills: long enough for a bundle to be issued now and then, short enough to break it."""


@dataclass
class Torture:
    """A scene and the processes that act in it."""

    folder: Path
    seed: int
    longest_pause_seconds: float = PAUSES_SECONDS[-1]
    kills: int = 0
    ended: list[str] = field(default_factory=list)
    running: dict[str, int] = field(default_factory=dict)

    @property
    def scene(self) -> accounts.Scene:
        """What is looked at afterwards."""
        ledgers = tuple(Ledger(self._ledger(name)) for name in self._names())
        return accounts.Scene(self.folder / "share", tuple(self.folder / name for name in MACHINES), ledgers)

    def set_up(self) -> None:
        """A workspace with two cases and two machines whose keys are admitted."""
        root, (north, south) = self.folder / "share", self.scene.states
        scene = self.scene
        self._must(scene.run(north, "init", str(root), "--authority", "Anytown Council"))
        settings = root / "casebinder.toml"
        settings.write_text(settings.read_text() + "\n[intake]\nsettle_seconds = 0\n")
        for reference in CASES:
            self._must(
                scene.run(
                    north, "open", "prosecution-444-1a", reference, "--officer", "AB", "--child", "Zoe X"
                )
            )
        self._must(scene.run(south, "key", "add"))
        waiting = next((root / "keys" / "requests").glob("*.json")).stem
        self._must(scene.run(north, "key", "add", waiting))

    def run(self, kills: int) -> None:
        """Keep all processes alive, and kill one of them at random until that many were killed."""
        dice = random.Random(self.seed)  # noqa: S311 - to be repeated, not to be secret
        pauses = [seconds for seconds in PAUSES_SECONDS if seconds <= self.longest_pause_seconds]
        try:
            while self.kills < kills:
                for name in self._names():
                    self._keep_alive(name, dice)
                time.sleep(dice.uniform(0, dice.choice(pauses)))
                self._kill(dice.choice(self._names()))
        finally:
            for name in self._names():
                self._kill(name)

    def _names(self) -> list[str]:
        return [f"w{number}" for number in range(1, PROCESSES + 1)]

    def _ledger(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    def _keep_alive(self, name: str, dice: random.Random) -> None:
        process = self.running.get(name)
        if process is not None:
            ended, status = os.waitpid(process, os.WNOHANG)
            if not ended:
                return
            said = (self.folder / f"{name}.err").read_text(errors="replace")[-1500:]
            self.ended.append(f"{name} ended by itself with {os.waitstatus_to_exitcode(status)}: {said}")
        seed = dice.getrandbits(32)
        process = os.fork()
        if process == 0:
            self._live(name, seed)
        self.running[name] = process

    def _live(self, name: str, seed: int) -> None:
        """What the forked process does, until it is killed."""
        code = 1
        try:
            os.setsid()
            errors = os.open(self.folder / f"{name}.err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(errors, 1)
            os.dup2(errors, 2)
            machine = MACHINES[self._names().index(name) % len(MACHINES)]
            os.environ["CASEBINDER_STATE"] = str(self.folder / machine)
            live(name, seed, self.folder / "share", self._ledger(name))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _kill(self, name: str) -> None:
        """SIGKILL to the process and everything that it started."""
        process = self.running.get(name)
        if process is None or os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return  # it ended by itself: that is told where it is started again
        try:
            os.killpg(process, signal.SIGKILL)
        except ProcessLookupError:  # it has not yet begun a group of its own
            os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        del self.running[name]
        self.kills += 1

    @staticmethod
    def _must(done: subprocess.CompletedProcess[str]) -> None:
        if done.returncode:
            raise RuntimeError(done.stderr)

    def complaints(self) -> dict[str, list[str]]:
        """What each check has to complain of."""
        scene = self.scene
        checks: list[tuple[str, Callable[[], object]]] = [
            ("a last scan finds nothing left to do", lambda: accounts.settle(scene)),
            ("no command ended unexpectedly", lambda: accounts.failures(scene)),
            ("folders, chain and originals agree", lambda: accounts.on_disk(scene)),
            ("every dropped file is accounted for", lambda: accounts.accounted(scene)),
            ("what was acknowledged is there", lambda: accounts.acknowledged(scene)),
            ("nothing is recorded twice", lambda: accounts.nothing_twice(scene)),
            ("issued/ and the chain agree", lambda: accounts.issued_whole(scene)),
            ("cases and bundles verify on every machine", lambda: accounts.verified(scene)),
            ("each index equals a rebuilt one", lambda: accounts.index_rebuilt(scene, self.folder / "fresh")),
        ]
        found = {words: list(check()) for words, check in checks}  # type: ignore[call-overload]
        found["no process ended by itself"] = self.ended
        return found

    def figures(self) -> dict[str, int]:
        """How much happened."""
        scene = self.scene
        entries = [entry for ledger in scene.ledgers for entry in ledger.entries() if entry.done]
        commands = [entry.details for entry in entries if entry.act == "command"]
        return {
            "kills": self.kills,
            "files dropped or edited": sum(entry.act in ("drop", "edit") for entry in entries),
            "files renamed or deleted": sum(entry.act in ("rename", "delete") for entry in entries),
            "commands that ended": len(commands),
            "bundles issued": sum(bool((each["result"] or {}).get("issued")) for each in commands),
            "events": sum(len(scene.journal(layout).read().events) for layout in scene.cases),
        }


def torture(
    folder: Path, kills: int, seed: int, longest_pause_seconds: float = PAUSES_SECONDS[-1]
) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Set up, kill, count: the figures, and the complaints by check (all empty where nothing was lost)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    it = Torture(folder, seed, longest_pause_seconds)
    it.set_up()
    it.run(kills)
    return it.figures(), it.complaints()
