"""What reaches a running watcher from outside: signals, hints of other threads, and the supervisor that started it."""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from watcher.service import StopAsked

OVERDUE_SECONDS = 3.0
"""A look that reached no safe point so long after a signal is broken off where it is; the chain is built for that."""


class Doorbell:
    """Ends a wait early. Any thread may ring it, and so may a signal handler."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def ring(self) -> None:
        """End the wait that is going on, or the next one."""
        with suppress(BlockingIOError):  # rung often enough already
            os.write(self._write, b"!")

    def wait(self, seconds: float) -> None:
        """Wait so long, or until it rings."""
        select.select([self._read], [], [], seconds)
        with suppress(BlockingIOError):
            while os.read(self._read, 4096):
                pass

    def close(self) -> None:
        """Give the descriptors back."""
        os.close(self._read)
        os.close(self._write)


class StopSignals:
    """SIGTERM and SIGINT ask the watcher to stop at the next safe point."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._looking = False
        self.asked: int | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle the signals for as long as this lasts."""
        handlers = {signal.SIGTERM: self._ask, signal.SIGINT: self._ask, signal.SIGALRM: self._overdue}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """While this lasts, a stop that finds no safe point in time breaks in.

        Raises:
            StopAsked: it did.
        """
        self.safe_point()
        self._looking = True
        try:
            yield
        finally:
            self._looking = False

    def safe_point(self) -> None:
        """Nothing is half-done here.

        Raises:
            StopAsked: the watcher is to stop.
        """
        if self.asked is not None:
            raise StopAsked

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if self.asked is None:
            self.asked = number
            signal.setitimer(signal.ITIMER_REAL, OVERDUE_SECONDS)
            self._doorbell.ring()

    def _overdue(self, _number: int, _frame: FrameType | None) -> None:
        if self._looking:
            self._looking = False  # only once: cleaning up is not to be broken off
            raise StopAsked


class Supervisor:
    """Tells systemd how we are, where it asked to be told (`NOTIFY_SOCKET`, a local socket). Source: sd_notify(3)."""

    def __init__(self, address: str | None) -> None:
        self._address = "\0" + address[1:] if address and address.startswith("@") else address

    def tell(self, *lines: str) -> None:
        """Send a message such as `READY=1`; nothing happens where nobody asked."""
        if not self._address:
            return
        # Whoever asked and does not listen any more will start us afresh.
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender,
        ):
            sender.setblocking(False)
            sender.sendto("\n".join(lines).encode(), self._address)
