"""The three statements about keys that lie in the workspace, and their bytes.

A request (a machine asks), an admission (a known key lets it in; the first one lets itself in) and a
retirement. Each is one canonical JSON file; the signature covers the statement without the signature and
without the label, which is for people only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from casefiles.chain import canonical
from casefiles.chain.bodies import INSTANT, SHA256, SIGNATURE, matching, one_of, plain_text, record, whole
from casefiles.chain.canonical import JsonValue
from casefiles.chain.publickeys import fingerprint_of, short, signature_holds

VERSION = 1


class RetireReason(StrEnum):
    """Why a key is not used any more."""

    REPLACED = "replaced"
    LOST = "lost"
    LEFT = "left"
    COMPROMISED = "compromised"


_LABEL = plain_text(64)
_REQUEST = record(
    {
        "v": whole(VERSION, VERSION),
        "kind": matching("request", "a request"),
        "fingerprint": SHA256,
        "public_key": SHA256,
        "label": _LABEL,
        "requested_at": INSTANT,
        "signature": SIGNATURE,
    }
)
_ADMISSION = record(
    {
        "v": whole(VERSION, VERSION),
        "kind": matching("admission", "an admission"),
        "fingerprint": SHA256,
        "public_key": SHA256,
        "label": _LABEL,
        "admitted_at": INSTANT,
        "admitted_by": SHA256,
        "countersignature": SIGNATURE,
    }
)
_RETIREMENT = record(
    {
        "v": whole(VERSION, VERSION),
        "kind": matching("retirement", "a retirement"),
        "fingerprint": SHA256,
        "reason_code": one_of(RetireReason),
        "retired_at": INSTANT,
        "retired_by": SHA256,
        "signature": SIGNATURE,
    }
)


@dataclass(frozen=True)
class KeyRequest:
    """A machine's wish to be admitted, signed with its own key. `label` is not signed."""

    public_key: bytes
    label: str
    requested_at: str
    signature: bytes

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the raw public key."""
        return fingerprint_of(self.public_key)

    @property
    def file_name(self) -> str:
        """Its name in `keys/requests/`."""
        return f"{short(self.fingerprint)}.json"

    @property
    def holds(self) -> bool:
        """Did the key that asks sign this itself?"""
        statement = request_statement(self.public_key, self.requested_at)
        return signature_holds(self.public_key, statement, self.signature)

    def encode(self) -> bytes:
        """The bytes of the file.

        Raises:
            ValueError: a field is not of the agreed form.
        """
        value = _request_value(self.public_key, self.requested_at)
        return _finish(_REQUEST, {**value, "label": self.label, "signature": self.signature.hex()})


@dataclass(frozen=True)
class KeyRecord:
    """A key that the authority has let in; `admitted_by` is the fingerprint of the key that countersigned.

    The first key of a workspace (the root) is admitted by itself. `label` is not signed.
    """

    public_key: bytes
    label: str
    admitted_at: str
    admitted_by: str
    countersignature: bytes

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the raw public key."""
        return fingerprint_of(self.public_key)

    @property
    def is_root(self) -> bool:
        """Did it admit itself?"""
        return self.admitted_by == self.fingerprint

    @property
    def file_name(self) -> str:
        """Its name in `keys/`."""
        return f"{short(self.fingerprint)}.json"

    def countersigned_by(self, public_key: bytes) -> bool:
        """Does the countersignature hold under that key, and is it the key that the record names?"""
        statement = admission_statement(self.public_key, self.admitted_at, self.admitted_by)
        named = fingerprint_of(public_key) == self.admitted_by
        return named and signature_holds(public_key, statement, self.countersignature)

    def event_body(self) -> dict[str, JsonValue]:
        """The body of the `key.added` event that makes a case check without the workspace."""
        return {
            "fingerprint": self.fingerprint,
            "public_key": self.public_key.hex(),
            "admitted_at": self.admitted_at,
            "admitted_by": self.admitted_by,
            "countersignature": self.countersignature.hex(),
        }

    def encode(self) -> bytes:
        """The bytes of the file.

        Raises:
            ValueError: a field is not of the agreed form.
        """
        value = _admission_value(self.public_key, self.admitted_at, self.admitted_by)
        return _finish(
            _ADMISSION, {**value, "label": self.label, "countersignature": self.countersignature.hex()}
        )


@dataclass(frozen=True)
class Retirement:
    """That a key is not to be trusted for anything signed after `retired_at` (UTC)."""

    fingerprint: str
    reason: RetireReason
    retired_at: str
    retired_by: str
    signature: bytes

    @property
    def file_name(self) -> str:
        """Its name in `keys/`."""
        return f"{short(self.fingerprint)}.retired.json"

    def signed_by(self, public_key: bytes) -> bool:
        """Does the signature hold under that key, and is it the key that the record names?"""
        statement = retirement_statement(self.fingerprint, self.reason, self.retired_at, self.retired_by)
        named = fingerprint_of(public_key) == self.retired_by
        return named and signature_holds(public_key, statement, self.signature)

    def encode(self) -> bytes:
        """The bytes of the file.

        Raises:
            ValueError: a field is not of the agreed form.
        """
        value = _retirement_value(self.fingerprint, self.reason, self.retired_at, self.retired_by)
        return _finish(_RETIREMENT, {**value, "signature": self.signature.hex()})


def request_statement(public_key: bytes, requested_at: str) -> bytes:
    """The bytes that a request's signature covers."""
    return canonical.encode(_request_value(public_key, requested_at))


def admission_statement(public_key: bytes, admitted_at: str, admitted_by: str) -> bytes:
    """The bytes that a countersignature covers."""
    return canonical.encode(_admission_value(public_key, admitted_at, admitted_by))


def retirement_statement(fingerprint: str, reason: RetireReason, retired_at: str, retired_by: str) -> bytes:
    """The bytes that a retirement's signature covers."""
    return canonical.encode(_retirement_value(fingerprint, reason, retired_at, retired_by))


def decode_request(data: bytes) -> KeyRequest:
    """Reads a request file. Whether its signature holds is `KeyRequest.holds`.

    Raises:
        ValueError: not of the agreed form.
    """
    value = canonical.decode(data)
    _REQUEST(value)
    return KeyRequest(
        _public_key(value), value["label"], value["requested_at"], bytes.fromhex(value["signature"])
    )


def decode_record(data: bytes) -> KeyRecord:
    """Reads an admission file. Whether it is to be believed is for `keyring` to say.

    Raises:
        ValueError: not of the agreed form.
    """
    value = canonical.decode(data)
    _ADMISSION(value)
    return KeyRecord(
        _public_key(value),
        value["label"],
        value["admitted_at"],
        value["admitted_by"],
        bytes.fromhex(value["countersignature"]),
    )


def decode_retirement(data: bytes) -> Retirement:
    """Reads a retirement file. Whether it is to be believed is for `keyring` to say.

    Raises:
        ValueError: not of the agreed form.
    """
    value = canonical.decode(data)
    _RETIREMENT(value)
    return Retirement(
        value["fingerprint"],
        RetireReason(value["reason_code"]),
        value["retired_at"],
        value["retired_by"],
        bytes.fromhex(value["signature"]),
    )


def record_of_event(body: object) -> KeyRecord:
    """The key record that a `key.added` body carries (without its label).

    Raises:
        ValueError: the fingerprint is not that of the public key.
        TypeError, KeyError: not such a body.
    """
    value = dict(body)  # type: ignore[call-overload]
    return KeyRecord(
        _public_key(value),
        "key",
        value["admitted_at"],
        value["admitted_by"],
        bytes.fromhex(value["countersignature"]),
    )


def _request_value(public_key: bytes, requested_at: str) -> dict[str, JsonValue]:
    return {
        "v": VERSION,
        "kind": "request",
        "fingerprint": fingerprint_of(public_key),
        "public_key": public_key.hex(),
        "requested_at": requested_at,
    }


def _admission_value(public_key: bytes, admitted_at: str, admitted_by: str) -> dict[str, JsonValue]:
    return {
        "v": VERSION,
        "kind": "admission",
        "fingerprint": fingerprint_of(public_key),
        "public_key": public_key.hex(),
        "admitted_at": admitted_at,
        "admitted_by": admitted_by,
    }


def _retirement_value(
    fingerprint: str, reason: RetireReason, retired_at: str, retired_by: str
) -> dict[str, JsonValue]:
    return {
        "v": VERSION,
        "kind": "retirement",
        "fingerprint": fingerprint,
        "reason_code": reason.value,
        "retired_at": retired_at,
        "retired_by": retired_by,
    }


def _finish(check: object, value: dict[str, JsonValue]) -> bytes:
    check(value)  # type: ignore[operator]
    return canonical.encode(value)


def _public_key(value: dict[str, str]) -> bytes:
    public_key = bytes.fromhex(value["public_key"])
    if fingerprint_of(public_key) != value["fingerprint"]:
        raise ValueError("“fingerprint” is not the SHA-256 of “public_key”")
    return public_key
