"""What a process of the torture meant to do and what it did: lines of JSON, outside the share, flushed one by one.

A line is written before an act (`means`) and after it (`did`). Whoever is killed in between has meant it only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One line: the act, whether it was done or only meant, and its details."""

    act: str
    done: bool
    details: dict[str, Any]


class Ledger:
    """One process's ledger; its next incarnation goes on in the same file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def means(self, act: str, **details: Any) -> None:
        """The act is about to begin."""
        self._write(act, False, details)

    def did(self, act: str, **details: Any) -> None:
        """The act is done, and whoever asked was told so."""
        self._write(act, True, details)

    def entries(self) -> Iterator[Entry]:
        """Every whole line; one that a kill tore is left out."""
        if not self._path.exists():
            return
        for line in self._path.read_bytes().split(b"\n"):
            try:
                row = json.loads(line)
            except ValueError:
                continue
            yield Entry(row["act"], row["done"], row["details"])

    def _write(self, act: str, done: bool, details: dict[str, Any]) -> None:
        line = json.dumps({"act": act, "done": done, "details": details}).encode()
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, b"\n" + line + b"\n")
        finally:
            os.close(handle)
