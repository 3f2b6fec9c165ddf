"""Paths, reasons and names, kept beside the chain with their salts, and the commitments that the chain holds.

An event carries SHA-256(salt ‖ bytes) only. Who has the names file can show what was meant; who has not
cannot guess it. Names files are never handed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from casefiles.chain import canonical
from casefiles.chain.bodies import UUID4, matching, record, whole
from casefiles.chain.canonical import JsonValue
from casefiles.files.plain import NotPlain, read_plain
from casefiles.files.reach import reaching
from casefiles.hashing import sha256_bytes
from casefiles.layout import CaseLayout
from casefiles.shown import display_name, utf8

__all__ = [
    "AUTHORITY",
    "BUNDLE",
    "PATH",
    "REASON",
    "NameEntry",
    "NamedValue",
    "decode",
    "display_name",
    "encode",
    "file_name",
    "path_id",
    "read_name",
]

VERSION = 1
SALT_BYTES = 32
PATH = "path"
REASON = "reason"
AUTHORITY = "authority"
BUNDLE = "bundle"

_NAME = re.compile(r"[a-z]{1,20}", re.ASCII)
_VALUE = record(
    {
        "salt": matching(r"[0-9a-f]{64}", "a salt of 64 hexadecimal digits"),
        "data": matching(r"(?:[A-Za-z0-9_.~ /-]|%[0-9A-F]{2})*", "percent-encoded bytes"),
    }
)


def _no_check(_value: JsonValue) -> None:
    """Checked entry by entry."""


_ENTRY = record({"v": whole(VERSION, VERSION), "event": UUID4, "values": _no_check})


@dataclass(frozen=True)
class NamedValue:
    """Some bytes (a raw path; a text in UTF-8) and the 32-byte salt of their commitment."""

    salt: bytes
    data: bytes

    @property
    def commitment(self) -> str:
        """SHA-256(salt ‖ bytes)."""
        return path_id(self.salt, self.data)


@dataclass(frozen=True)
class NameEntry:
    """What one event keeps beside the chain: named values, each under its own salt."""

    values: Mapping[str, NamedValue]

    @classmethod
    def make(cls, random_bytes: Callable[[int], bytes], **values: bytes | str) -> NameEntry:
        """Salts each value: `NameEntry.make(recorder.random_bytes, path=b"evidence/a.pdf", reason="…")`.

        Text is kept as UTF-8; text that the file system gave with undecodable bytes goes in as bytes.
        """
        return cls(
            {
                name: NamedValue(random_bytes(SALT_BYTES), utf8(value) if isinstance(value, str) else value)
                for name, value in values.items()
            }
        )

    def commitment(self, name: str) -> str:
        """The commitment to the value of that name.

        Raises:
            KeyError: there is none.
        """
        return self.values[name].commitment

    @property
    def path(self) -> bytes | None:
        """The raw path relative to the case folder, or None."""
        return self._data(PATH)

    def text(self, name: str) -> str | None:
        """A value as text (undecodable bytes escaped), or None where there is none of that name."""
        data = self._data(name)
        return None if data is None else data.decode("utf-8", "backslashreplace")

    def _data(self, name: str) -> bytes | None:
        value = self.values.get(name)
        return None if value is None else value.data


def path_id(salt: bytes, raw_path: bytes) -> str:
    """The commitment to some bytes: SHA-256(salt ‖ bytes), in 64 hexadecimal digits.

    Raises:
        ValueError: the salt is not 32 bytes long.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return sha256_bytes(salt + raw_path)


def encode(event_id: str, entry: NameEntry) -> bytes:
    """The bytes of a names file: canonical JSON, each value percent-encoded so that any bytes survive.

    Raises:
        ValueError: a name or salt is not of the agreed form.
    """
    value: dict[str, JsonValue] = {
        "v": VERSION,
        "event": event_id,
        "values": {
            name: {"salt": held.salt.hex(), "data": quote_from_bytes(held.data, safe=" /")}
            for name, held in entry.values.items()
        },
    }
    _check(value)
    return canonical.encode(value)


def decode(data: bytes) -> tuple[str, NameEntry]:
    """Reads the bytes of a names file: the event's id and its entry.

    Raises:
        ValueError: not of the agreed form.
    """
    value = canonical.decode(data)
    _check(value)
    values: dict[str, NamedValue] = {}
    for name, held in value["values"].items():
        raw = unquote_to_bytes(held["data"])
        if quote_from_bytes(raw, safe=" /") != held["data"]:
            raise ValueError(f"“{name}” is not percent-encoded the one agreed way")
        values[name] = NamedValue(bytes.fromhex(held["salt"]), raw)
    return str(value["event"]), NameEntry(MappingProxyType(values))


def read_name(layout: CaseLayout, event_id: str) -> NameEntry | None:
    """What event `event_id` keeps beside the chain; None where there is no names file.

    Raises:
        Unavailable: the names folder cannot be read.
        ValueError: the file is damaged or belongs to another event.
    """
    path = layout.names / file_name(event_id)
    with reaching(path):
        try:
            data = read_plain(path)
        except NotPlain as error:
            raise ValueError(f"names file {event_id} cannot be read: {error.strerror}") from error
        except FileNotFoundError:
            if not layout.names.is_dir():
                raise
            return None
    found_id, entry = decode(data)
    if found_id != event_id:
        raise ValueError(f"names file {event_id} speaks of event {found_id}")
    return entry


def file_name(event_id: str) -> str:
    """The name of an event's names file."""
    return f"{event_id}.json"


def _check(value: Mapping[str, Any]) -> None:
    _ENTRY(value)
    values = value["values"]
    if not isinstance(values, Mapping) or not values:
        raise ValueError("“values” is not an object with at least one value")
    for name, held in values.items():
        if not _NAME.fullmatch(name):
            raise ValueError("a value's name is not of a-z")
        _VALUE(held)
