"""Ctrl-C is never lost: one that reaches a place that swallows exceptions is raised again at the next step."""

from __future__ import annotations

import _thread
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Unraisable = Callable[["sys.UnraisableHookArgs"], object]

SOON_SECONDS = 0.02


def keep_interrupts() -> None:
    """From now on an interrupt that Python must ignore is raised again instead.

    While compiled code calls back (as pydantic does when it is imported) or an object is taken away, Python prints
    “Exception ignored” and goes on: the person's Ctrl-C would be gone.
    """
    sys.unraisablehook = again_after(sys.unraisablehook)


def again_after(otherwise: Unraisable) -> Unraisable:
    """A hook that raises an ignored interrupt again, and leaves every other exception to `otherwise`."""

    def hook(ignored: sys.UnraisableHookArgs) -> None:
        if issubclass(ignored.exc_type, KeyboardInterrupt):
            # Raised here it would be ignored as well.
            later = threading.Timer(SOON_SECONDS, _thread.interrupt_main)
            later.daemon = True
            later.start()
        else:
            otherwise(ignored)

    return hook
