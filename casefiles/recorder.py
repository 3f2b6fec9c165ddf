"""Who writes, with which clock and which randomness: everything that a write takes from outside."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Recorder:
    """The person, machine and program that records, and what the process gives them.

    `now` returns an aware instant in UTC; `random_bytes(n)` returns n unpredictable bytes. The command
    line makes one out of its surroundings; tests make one out of fixed values.
    """

    user: str
    host: str
    app: str
    now: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]

    def new_uuid(self) -> str:
        """A fresh random identifier.

        Source: RFC 4122, section 4.4 (version 4).
        """
        return str(uuid.UUID(bytes=self.random_bytes(16), version=4))
