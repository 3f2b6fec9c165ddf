"""One event of the chain: its fields, its canonical bytes, and strict reading of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from casefiles.chain import canonical
from casefiles.chain.bodies import (
    INSTANT,
    SHA256,
    UUID4,
    EventType,
    check_body,
    or_null,
    plain_text,
    record,
    whole,
)
from casefiles.chain.canonical import JsonValue
from casefiles.chain.names import NameEntry
from casefiles.hashing import sha256_bytes

__all__ = [
    "FIRST_PREV",
    "VERSION",
    "Actor",
    "ChainEvent",
    "Clock",
    "EventDraft",
    "EventType",
    "decode",
    "file_name",
]

VERSION = 1
FIRST_PREV = "0" * 64
_SEQ_DIGITS = 10
_MOST_EVENTS = 10**_SEQ_DIGITS - 1


@dataclass(frozen=True)
class Actor:
    """Who recorded the event, as their machine says: account, host and program with its version."""

    user: str
    host: str
    app: str


@dataclass(frozen=True)
class Clock:
    """How far the writing machine's clock was ahead of the share's, in milliseconds; None: not known."""

    skew_ms: int | None


@dataclass(frozen=True)
class EventDraft:
    """An event that is decided on and has no number yet; `name` is what is kept beside the chain."""

    type: EventType
    body: Mapping[str, Any]
    name: NameEntry | None = None


def _no_body(_value: JsonValue) -> None:
    """The body is held against the table of its own type."""


_TEXT = plain_text(200)
_ENVELOPE = record(
    {
        "v": whole(VERSION, VERSION),
        "seq": whole(1, _MOST_EVENTS),
        "prev": SHA256,
        "id": UUID4,
        "type": plain_text(64),
        "at": INSTANT,
        "actor": record({"user": _TEXT, "host": _TEXT, "app": _TEXT}),
        "clock": record({"skew_ms": or_null(whole(-(2**53) + 1))}),
        "body": _no_body,
    }
)


@dataclass(frozen=True)
class ChainEvent:
    """One published event. `seq` counts from 1; `prev` is the SHA-256 of the event file before; `at` is UTC."""

    v: int
    seq: int
    prev: str
    id: str
    type: EventType
    at: str
    actor: Actor
    clock: Clock
    body: Mapping[str, Any]

    @cached_property
    def encoded(self) -> bytes:
        """The bytes of the event file."""
        value: dict[str, JsonValue] = {
            "v": self.v,
            "seq": self.seq,
            "prev": self.prev,
            "id": self.id,
            "type": self.type.value,
            "at": self.at,
            "actor": {"user": self.actor.user, "host": self.actor.host, "app": self.actor.app},
            "clock": {"skew_ms": self.clock.skew_ms},
            "body": _plain(self.body),
        }
        _ENVELOPE(value)
        check_body(self.type, value["body"])
        return canonical.encode(value)

    def encode(self) -> bytes:
        """The bytes of the event file: canonical JSON and one line feed.

        Raises:
            ValueError: a field does not follow the event's tables.
        """
        return self.encoded

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the event file's bytes: what the next event's `prev` is."""
        return sha256_bytes(self.encoded)


def decode(data: bytes) -> ChainEvent:
    """Reads the bytes of an event file; anything but the one canonical form is refused.

    Raises:
        ValueError: says which field is wrong.
    """
    value = canonical.decode(data)
    _ENVELOPE(value)
    try:
        type_ = EventType(str(value["type"]))
    except ValueError as error:
        raise ValueError(f"“type” is none that we know: {value['type']}") from error
    check_body(type_, value["body"])
    actor, clock = value["actor"], value["clock"]
    event = ChainEvent(
        v=VERSION,
        seq=value["seq"],
        prev=value["prev"],
        id=value["id"],
        type=type_,
        at=value["at"],
        actor=Actor(**actor),
        clock=Clock(**clock),
        body=_frozen(value["body"]),
    )
    event.__dict__["encoded"] = data  # canonical.decode has just compared them
    return event


def file_name(seq: int) -> str:
    """The file name of event `seq` (counted from 1): ten digits and `.json`.

    Raises:
        ValueError: outside 1 to 9999999999.
    """
    if not 1 <= seq <= _MOST_EVENTS:
        raise ValueError(f"not the number of an event: {seq}")
    return f"{seq:0{_SEQ_DIGITS}d}.json"


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(entry) for key, entry in value.items()})
    if isinstance(value, list | tuple):
        return tuple(_frozen(entry) for entry in value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
