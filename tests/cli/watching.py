"""A real `casebinder watch` process, and waiting for what it does: for the process, never for time to pass."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from cli.main import main; main()"]
DEADLINE_SECONDS = 120.0


def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait for another process until something holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (found := holds()):
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.05)
    return found


class Watcher:
    """A watcher of a workspace with a machine (`state`) of its own; its log is parsed."""

    def __init__(
        self,
        root: Path,
        state: Path,
        *words: str,
        command: list[str] | None = None,
        notify: str | None = None,
    ) -> None:
        self.log_file = state.with_name(f"{state.name}.log")
        self.log_file.touch()
        self._old = len(self.log_file.read_bytes())
        environment = {**os.environ, "CASEBINDER_STATE": str(state)}
        if notify:
            environment["NOTIFY_SOCKET"] = notify
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [*(command or COMMAND), "--workspace", str(root), "watch", *words],
                stderr=log,
                cwd=ROOT,
                env=environment,
            )

    @property
    def log(self) -> list[dict[str, Any]]:
        lines = self.log_file.read_bytes()[self._old :].decode().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def says(self, event: str, **facts: object) -> dict[str, Any]:
        """Wait until it has logged that event with these facts."""

        def found() -> dict[str, Any] | None:
            assert self.process.poll() is None or event == "stopped", self.log_file.read_text()
            rows = [row for row in self.log if row["event"] == event and facts.items() <= row.items()]
            return rows[0] if rows else None

        row: dict[str, Any] = until(found, f"{event} {facts} in {self.log_file.read_text()}")
        return row

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_SECONDS)

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def page_names(page: Path, name: str) -> Callable[[], bool]:
    """Whether a status page names a file."""
    return lambda: page.is_file() and name in page.read_text(encoding="utf-8")


def descendants(pid: int) -> set[int]:
    """The processes below one, as /proc has them."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found |= {int(child)} | descendants(int(child))
    return found
