"""The events folder as it lies on the share: listing, reading one file, telling whether one has changed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from casefiles.chain import events
from casefiles.chain.canonical import MAX_BYTES
from casefiles.chain.events import ChainEvent
from casefiles.files.plain import NotPlain, read_plain
from casefiles.files.reach import reaching
from casefiles.layout import CaseLayout
from casefiles.shown import display_name

Signature = tuple[int, int, int]
_EVENT_NAME = re.compile(r"[0-9]{10}\.json", re.ASCII)


@dataclass(frozen=True)
class Listing:
    """What lies in the events folder: the numbers found, in order, and every other name, escaped for display."""

    numbers: tuple[int, ...]
    strays: tuple[str, ...]

    @property
    def count(self) -> int:
        """The highest number; 0 for none."""
        return self.numbers[-1] if self.numbers else 0


def list_events(layout: CaseLayout) -> Listing:
    """Lists the events folder once.

    Raises:
        Unavailable: it is not there or cannot be read.
    """
    numbers: list[int] = []
    strays: list[str] = []
    with reaching(layout.events), os.scandir(layout.events) as entries:
        for entry in entries:
            if _EVENT_NAME.fullmatch(entry.name) and int(entry.name[:10]) > 0:
                numbers.append(int(entry.name[:10]))
            else:
                strays.append(display_name(os.fsencode(entry.name)))
    return Listing(tuple(sorted(numbers)), tuple(sorted(strays)))


def read_bytes(layout: CaseLayout, seq: int) -> bytes:
    """The bytes of event file `seq`, symbolic links not followed.

    Raises:
        ValueError: there is no such file, it is no plain file, or it is longer than an event may be.
        Unavailable: the share cannot be read.
    """
    path = layout.events / events.file_name(seq)
    with reaching(path):
        try:
            return read_plain(path, MAX_BYTES + 1)
        except NotPlain as error:
            raise ValueError(str(error.strerror).removeprefix("it ")) from error
        except FileNotFoundError as error:
            if not layout.events.is_dir():
                raise
            raise ValueError("is missing") from error


def read_event(layout: CaseLayout, seq: int) -> ChainEvent:
    """Event `seq` as its file has it; whether it links is for the caller to see.

    Raises:
        ValueError: there is no such file, or it is not an event in canonical form.
        Unavailable: the share cannot be read.
    """
    return events.decode(read_bytes(layout, seq))


def signature_of(layout: CaseLayout, seq: int) -> Signature | None:
    """Size, time of change and inode of event file `seq`; None where there is none.

    Raises:
        Unavailable: the events folder is not there or cannot be read.
    """
    path = layout.events / events.file_name(seq)
    with reaching(path):
        try:
            found = path.lstat()
        except FileNotFoundError:
            if not layout.events.is_dir():
                raise
            return None
    return found.st_size, found.st_mtime_ns, found.st_ino
