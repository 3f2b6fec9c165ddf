"""How a running watcher is told to stop, woken, and how it reports to the one who started it."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from cli.watch import signals as watch_signals
from cli.watch.signals import Doorbell, StopSignals, Supervisor
from watcher.service import StopAsked


def test_a_ring_ends_a_wait_even_if_it_came_before() -> None:
    bell = Doorbell()
    for _ in range(100_000):  # more than a pipe holds
        bell.ring()
    began = time.monotonic()
    bell.wait(60.0)
    assert time.monotonic() - began < 30
    threading.Timer(0.01, bell.ring).start()
    bell.wait(60.0)
    assert time.monotonic() - began < 30
    bell.wait(0.0)
    bell.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_at_the_next_safe_point(number: signal.Signals) -> None:
    bell = Doorbell()
    signals = StopSignals(bell)
    before = signal.getsignal(number)
    with signals.listening():
        with signals.looking():
            os.kill(os.getpid(), number)
            assert signals.asked == number
            with pytest.raises(StopAsked):
                signals.safe_point()
        bell.wait(60.0)  # it was rung
        with pytest.raises(StopAsked), signals.looking():
            raise AssertionError("no new look begins")
    assert signal.getsignal(number) is before
    bell.close()


def test_a_look_without_a_safe_point_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_signals, "OVERDUE_SECONDS", 0.02)
    bell = Doorbell()
    signals = StopSignals(bell)
    with signals.listening(), pytest.raises(StopAsked), signals.looking():
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(60.0)
    bell.close()


def test_between_looks_nothing_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_signals, "OVERDUE_SECONDS", 0.02)
    bell = Doorbell()
    signals = StopSignals(bell)
    with signals.listening():
        os.kill(os.getpid(), signal.SIGTERM)
        bell.wait(60.0)
        threading.Event().wait(0.1)  # the alarm rings here
    bell.close()


def test_a_supervisor_that_is_not_there_or_does_not_listen_disturbs_nothing(tmp_path: Path) -> None:
    Supervisor(None).tell("READY=1")
    Supervisor(str(tmp_path / "nobody")).tell("READY=1")
    address = f"@casebinder-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + address[1:])
        listener.settimeout(60)
        supervisor = Supervisor(address)
        supervisor.tell("READY=1", "STATUS=well")
        assert listener.recv(100) == b"READY=1\nSTATUS=well"
        for _ in range(1000):  # nobody reads: the queue is full, and it does not wait
            supervisor.tell("WATCHDOG=1")
