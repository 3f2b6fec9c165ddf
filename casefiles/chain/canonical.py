"""Canonical JSON: one value, one sequence of bytes, so that a digest of it means something.

Source: RFC 8785 (JSON Canonicalization Scheme). Our values hold no fractions; keys are ASCII.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import rfc8785

JsonValue = None | bool | int | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]

INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)
MAX_BYTES = 16 << 20

_LONG_NUMBER = re.compile(rb"[:,\[]-?[0-9]{16}")
_PLAIN_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def encode(value: JsonValue) -> bytes:
    """The canonical bytes of `value`, closed by one line feed.

    Raises:
        ValueError: a number outside ±(2^53 - 1), or text that has no UTF-8 form.
    """
    return rfc8785.dumps(value) + b"\n"


def _is_canonical(value: dict[str, Any], data: bytes) -> bool:
    """Whether `data` is canonical for certain; False where it takes `encode` to tell.

    Python's own encoder writes ASCII text and objects as RFC 8785 does, many times faster: events of a whole
    caseload go through here. Numbers of up to 15 digits are the same in both; fractions never come this far.
    """
    if not data.isascii() or b"\\" in data or b"\x7f" in data or _LONG_NUMBER.search(data):
        return False
    return _PLAIN_ENCODER.encode(value).encode("ascii") + b"\n" == data


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number)


def decode(data: bytes) -> dict[str, Any]:
    """Reads one canonical object and refuses every other spelling of it.

    Raises:
        ValueError: not JSON, not an object, longer than 16 MiB, or not in canonical form.
    """
    if len(data) > MAX_BYTES:
        raise ValueError("longer than 16 MiB")
    try:
        value = _decoder().decode(data.decode("utf-8"))
        same = isinstance(value, dict) and (_is_canonical(value, data) or encode(value) == data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError("not JSON") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - the bytes are wrong, not the caller's type
    if not same:
        raise ValueError("not in canonical form (RFC 8785 and one line feed)")
    return value


def instant_text(moment: datetime) -> str:
    """An instant as it is written: UTC, milliseconds (cut off, not rounded), `2026-03-02T09:00:00.000Z`.

    Raises:
        ValueError: the instant carries no time zone.
    """
    if moment.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z".rjust(24, "0")


def read_instant(text: str) -> datetime:
    """The inverse of `instant_text`.

    Raises:
        ValueError: not of that form, or no such day or time.
    """
    if not INSTANT.fullmatch(text):
        raise ValueError(f"not an instant in UTC with milliseconds: {text}")
    return datetime.fromisoformat(text)


def _refuse_number(text: str) -> Any:
    raise ValueError(f"a number that is not whole: {text}")
