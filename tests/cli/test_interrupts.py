"""A Ctrl-C that falls into a place that swallows exceptions still ends the command."""

import subprocess
import sys

SWALLOWED = """
import signal, sys, threading
from cli.interrupts import keep_interrupts
if "kept" in sys.argv:
    keep_interrupts()

class Taken:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
        str(self)

try:
    Taken()
    threading.Event().wait(5 if "kept" in sys.argv else 0)
    print("went on")
except KeyboardInterrupt:
    print("interrupted")
"""
BROKEN = """
from cli.interrupts import keep_interrupts
keep_interrupts()

class Taken:
    def __del__(self):
        raise ValueError("told")

Taken()
"""


def python(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)


def test_an_interrupt_that_python_ignores_is_raised_again() -> None:
    assert python(SWALLOWED).stdout == "went on\n"  # what Python does by itself
    kept = python(SWALLOWED, "kept")
    assert kept.stdout == "interrupted\n"
    assert kept.stderr == ""


def test_another_ignored_exception_is_still_told() -> None:
    assert "ValueError: told" in python(BROKEN).stderr
