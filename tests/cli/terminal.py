"""A real terminal (a pty) of 24 rows and 80 columns, and a real process at it."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from fcntl import ioctl
from pathlib import Path
from types import TracebackType

import pytest

SECONDS = 120.0
_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def two_ends() -> tuple[int, int]:
    """Both ends of a new terminal; the test is skipped where the system has none to give."""
    try:
        return pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminals here: {error}")


class Terminal:
    """What a process prints to a terminal, and what a person types at it."""

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        *,
        rows: int = 24,
        columns: int = 80,
    ) -> None:
        self._handle, theirs = two_ends()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            [*command(), *words],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, env=dict(environment), start_new_session=True,
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - so that Ctrl-C reaches it
        )  # fmt: skip
        os.close(theirs)
        self.raw = b""
        self._read_to = 0

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._handle)

    @property
    def text(self) -> str:
        """Everything that was printed, without what steers the terminal."""
        return _STEERING.sub("", self.raw.decode("utf-8", "backslashreplace")).replace("\r\n", "\n")

    def until(self, words: str) -> str:
        """Wait for words; what was printed since the last wait up to and with them."""
        ends = time.monotonic() + SECONDS
        while (found := self.text.find(words, self._read_to)) < 0:
            if not self._read(ends):
                raise AssertionError(f"“{words}” did not come. The screen: {self.text[self._read_to :]}")
        start, self._read_to = self._read_to, found + len(words)
        return self.text[start : self._read_to]

    def type(self, line: str) -> None:
        """A line and Enter."""
        self.press(f"{line}\n".encode())

    def press(self, keys: bytes) -> None:
        """Bytes as a keyboard gives them."""
        os.write(self._handle, keys)

    def ended(self) -> int:
        """The exit code, once the process has ended."""
        ends = time.monotonic() + SECONDS
        while self._read(ends):
            pass
        return self.process.wait(timeout=max(1.0, ends - time.monotonic()))

    def _read(self, ends: float) -> bool:
        ready, _, _ = select.select([self._handle], [], [], max(0.0, ends - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._handle, 1 << 16)
        except OSError:  # the other side is gone
            return False
        self.raw += data
        return bool(data)


def command() -> list[str]:
    """The `casebinder` command of this Python."""
    return [sys.executable, "-c", "from cli.main import main; main()"]
