"""What the body of each type of event holds: closed sets of keys, closed types, no free text.

A body carries hashes, numbers, codes and commitments only. Paths, names and reasons are kept beside the
chain (`names.py`), because events are immutable and are handed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from casefiles.chain.canonical import JsonValue, read_instant


class EventType(StrEnum):
    """Everything that can be recorded in a case's chain."""

    CASE_OPENED = "case.opened"
    FACTS_CHANGED = "facts.changed"
    EVIDENCE_RECEIVED = "evidence.received"
    EVIDENCE_CHANGED = "evidence.changed"
    EVIDENCE_MISSING = "evidence.missing"
    EVIDENCE_RESTORED = "evidence.restored"
    EVIDENCE_MOVED = "evidence.moved"
    EVIDENCE_UNLOCKED = "evidence.unlocked"
    EVIDENCE_DISPOSED = "evidence.disposed"
    EXHIBIT_ASSIGNED = "exhibit.assigned"
    DOCUMENT_DRAFTED = "document.drafted"
    DOCUMENT_ISSUED = "document.issued"
    DOCUMENT_RETURNED = "document.returned"
    REDACTION_MADE = "redaction.made"
    BUNDLE_ASSEMBLED = "bundle.assembled"
    BUNDLE_ISSUED = "bundle.issued"
    BUNDLE_SUPPLEMENTED = "bundle.supplemented"
    PACK_MADE = "pack.made"
    DECISION_RECORDED = "decision.recorded"
    CHECKPOINT = "checkpoint"
    CHAIN_RECOVERED = "chain.recovered"
    KEY_ADDED = "key.added"


class Source(StrEnum):
    """How an item of evidence came to us."""

    FOLDER = "folder"
    CONTAINER = "container"
    UNLOCKED = "unlocked"
    RETURNED = "returned"


class DisposalReason(StrEnum):
    """Why bytes were withdrawn from a case."""

    WRONG_CHILD = "wrong-child"
    WRONG_CASE = "wrong-case"
    PRIVILEGED = "privileged"
    UNLAWFUL = "unlawful"
    DUPLICATE = "duplicate"
    RETENTION = "retention"
    OTHER = "other"


class RecoveryReason(StrEnum):
    """Why a chain was taken up again after a loss."""

    RESTORED_FROM_BACKUP = "restored-from-backup"
    SHARE_ROLLED_BACK = "share-rolled-back"
    EVENTS_LOST = "events-lost"
    OTHER = "other"


class Decision(StrEnum):
    """What a person decided about an item: a placeholder in its stead, yes or no to a new version, or that it went
    to another case, or came from one."""

    PLACEHOLDER = "placeholder"
    ACCEPT = "accept"
    REJECT = "reject"
    MOVED_AWAY = "moved-away"
    MOVED_HERE = "moved-here"


Check = Callable[[JsonValue], None]


def matching(pattern: str, what: str) -> Check:
    """A text that matches the whole `pattern`; `what` says in words what that is."""
    compiled = re.compile(pattern, re.ASCII)

    def _check(value: JsonValue) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ValueError(f"is not {what}")

    return _check


def plain_text(longest: int) -> Check:
    """A text of 1 to `longest` characters without control characters."""

    def _check(value: JsonValue) -> None:
        if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.isprintable():
            raise ValueError(f"is not a printable text of 1 to {longest} characters")

    return _check


def whole(least: int, most: int = 2**53 - 1) -> Check:
    """A whole number from `least` to `most`, both included."""

    def _check(value: JsonValue) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"is not a whole number from {least} to {most}")

    return _check


def one_of(codes: type[StrEnum]) -> Check:
    """One of a closed list of codes."""
    known = frozenset(code.value for code in codes)

    def _check(value: JsonValue) -> None:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"is none of {', '.join(sorted(known))}")

    return _check


def or_null(check: Check) -> Check:
    """The same, or null."""

    def _check_or_null(value: JsonValue) -> None:
        if value is not None:
            check(value)

    return _check_or_null


def list_of(check: Check) -> Check:
    """A list, each entry of which passes `check`."""

    def _check_list(value: JsonValue) -> None:
        if not isinstance(value, list | tuple):
            raise ValueError("is not a list")  # noqa: TRY004 - the bytes are wrong, not the caller's type
        for entry in value:
            check(entry)

    return _check_list


def record(fields: Mapping[str, Check], optional: Mapping[str, Check] = MappingProxyType({})) -> Check:
    """An object with exactly these keys, and perhaps some of the optional ones, each value passing its check."""
    known = {**fields, **optional}

    def _check(value: JsonValue) -> None:
        if not isinstance(value, Mapping):
            raise ValueError("is not an object")  # noqa: TRY004 - the bytes are wrong, not the caller's type
        unknown = sorted(str(key) for key in value.keys() - known.keys())
        missing = sorted(fields.keys() - value.keys())
        if unknown or missing:
            raise ValueError(f"has unknown keys {unknown} and lacks {missing}")
        for key, field_check in known.items():
            try:
                if key in value:
                    field_check(value[key])
            except ValueError as error:
                raise ValueError(f"“{key}” {error}") from error

    return _check


def _instant(value: JsonValue) -> None:
    if not isinstance(value, str):
        raise ValueError("is not an instant")  # noqa: TRY004 - the bytes are wrong, not the caller's type
    try:
        read_instant(value)
    except ValueError as error:
        raise ValueError("is not an instant in UTC with milliseconds") from error


def _pages_in_order(check: Check) -> Check:
    def _check_item(value: JsonValue) -> None:
        check(value)
        if value["first"] > value["last"]:  # type: ignore[index,call-overload,operator]
            raise ValueError("ends before it begins")

    return _check_item


def _at_least_two(check: Check) -> Check:
    def _check_list(value: JsonValue) -> None:
        check(value)
        if len(value) < 2:  # type: ignore[arg-type]
            raise ValueError("has fewer than two entries")

    return _check_list


class ItemKind(StrEnum):
    """How a bundle represents an item (as in `bundles.model.TabKind`)."""

    EVIDENCE = "evidence"
    SHEET = "sheet"
    PLACEHOLDER = "placeholder"


class Audience(StrEnum):
    """For whom a pack is made."""

    LEGAL = "legal"
    COURT = "court"
    DEFENCE = "defence"


SHA256 = matching(r"[0-9a-f]{64}", "a SHA-256 in 64 lower-case hexadecimal digits")
SIGNATURE = matching(r"[0-9a-f]{128}", "an Ed25519 signature in 128 lower-case hexadecimal digits")
UUID4 = matching(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "a version 4 UUID")
SLUG = matching(r"[a-z0-9][a-z0-9.-]{0,63}", "a code of a-z, 0-9, “.” and “-”")
LABEL = matching(r"[A-Za-z0-9][A-Za-z0-9./-]{0,15}", "an exhibit label such as AB/1")
SUFFIX = matching(r"[a-z0-9]{0,8}", "a file suffix of at most 8 of a-z and 0-9")
TREATMENT = matching(r"[a-z0-9A-Z,= -]{1,4000}", "a treatment such as pages=3-7")
INSTANT = _instant
COUNT = whole(0)
NUMBER = whole(1)

_CHECKPOINT = record({"size": NUMBER, "root": SHA256})
_BUNDLE: dict[str, Check] = {
    "bundle_id": SHA256,
    "version": NUMBER,
    "profile": SLUG,
    "sha256": SHA256,
    "size": NUMBER,
    "pages": NUMBER,
    "manifest_sha256": SHA256,
    "front_sha256": SHA256,
    "checkpoint": _CHECKPOINT,
    "items": list_of(
        _pages_in_order(
            record(
                {
                    "kind": one_of(ItemKind),
                    "evidence": SHA256,
                    "derived": SHA256,
                    "event": NUMBER,
                    "first": NUMBER,
                    "last": NUMBER,
                },
                {"treatment": TREATMENT, "from": NUMBER},
            )
        )
    ),
}
_VOLUMES: dict[str, Check] = {
    "volumes": _at_least_two(
        list_of(
            _pages_in_order(
                record(
                    {
                        "sha256": SHA256,
                        "size": NUMBER,
                        "manifest_sha256": SHA256,
                        "front_sha256": SHA256,
                        "first": NUMBER,
                        "last": NUMBER,
                    }
                )
            )
        )
    )
}
"""Only where the bundle is divided; `sha256` and the like are then those of the first volume, `pages` those of all."""
_DOCUMENT: dict[str, Check] = {
    "document": SLUG,
    "version": NUMBER,
    "sha256": SHA256,
    "size": NUMBER,
    "template_sha256": SHA256,
    "facts_sha256": SHA256,
}

BODIES: Mapping[EventType, Mapping[str, Check]] = {
    EventType.CASE_OPENED: {"case": UUID4, "kind": SLUG, "reference": plain_text(64)},
    EventType.FACTS_CHANGED: {"sha256": SHA256},
    EventType.EVIDENCE_RECEIVED: {
        "path_id": or_null(SHA256),
        "sha256": SHA256,
        "size": COUNT,
        "mtime": or_null(INSTANT),
        "owner": or_null(COUNT),
        "parent": or_null(SHA256),
        "source": one_of(Source),
        "suffix": SUFFIX,
    },
    EventType.EVIDENCE_CHANGED: {
        "path_id": SHA256,
        "sha256": SHA256,
        "size": COUNT,
        "mtime": or_null(INSTANT),
        "owner": or_null(COUNT),
        "previous": SHA256,
    },
    EventType.EVIDENCE_MISSING: {"path_id": SHA256, "sha256": SHA256},
    EventType.EVIDENCE_RESTORED: {"path_id": SHA256, "sha256": SHA256},
    EventType.EVIDENCE_MOVED: {"path_id": SHA256, "from": SHA256, "sha256": SHA256},
    EventType.EVIDENCE_UNLOCKED: {"sha256": SHA256, "size": COUNT, "parent": SHA256},
    EventType.EVIDENCE_DISPOSED: {
        "sha256": SHA256,
        "size": COUNT,
        "reason_code": one_of(DisposalReason),
        "authority_id": SHA256,
        "paths": list_of(SHA256),
    },
    EventType.EXHIBIT_ASSIGNED: {"sha256": SHA256, "label": LABEL},
    EventType.DOCUMENT_DRAFTED: _DOCUMENT,
    EventType.DOCUMENT_ISSUED: {**_DOCUMENT, "checkpoint": _CHECKPOINT},
    EventType.DOCUMENT_RETURNED: {"document": SLUG, "version": NUMBER, "sha256": SHA256, "size": NUMBER},
    EventType.REDACTION_MADE: {
        "sha256": SHA256,
        "size": NUMBER,
        "parent": SHA256,
        "pages": NUMBER,
        "regions": COUNT,
        "plan_sha256": SHA256,
        "reason_id": or_null(SHA256),
    },
    EventType.BUNDLE_ASSEMBLED: {**_BUNDLE, "checkpoint": or_null(_CHECKPOINT)},
    EventType.BUNDLE_ISSUED: _BUNDLE,
    EventType.BUNDLE_SUPPLEMENTED: {**_BUNDLE, "base_sha256": SHA256},
    EventType.PACK_MADE: {
        "audience": one_of(Audience),
        "bundle_sha256": or_null(SHA256),
        "manifest_sha256": SHA256,
        "files": NUMBER,
        "checkpoint": _CHECKPOINT,
    },
    EventType.DECISION_RECORDED: {
        "decision": one_of(Decision),
        "sha256": SHA256,
        "reason_id": or_null(SHA256),
    },
    EventType.CHECKPOINT: {"size": NUMBER, "root": SHA256, "head": SHA256, "key": SHA256},
    EventType.CHAIN_RECOVERED: {"from_seq": NUMBER, "reason_code": one_of(RecoveryReason)},
    EventType.KEY_ADDED: {
        "fingerprint": SHA256,
        "public_key": SHA256,
        "admitted_at": INSTANT,
        "admitted_by": SHA256,
        "countersignature": SIGNATURE,
    },
}

COMMITMENTS: Mapping[str, str] = {
    "path_id": "path",
    "reason_id": "reason",
    "authority_id": "authority",
    "bundle_id": "bundle",
}
"""Body key → the named value, kept in the names file, that it is a commitment to."""

OPTIONAL: Mapping[EventType, Mapping[str, Check]] = {
    EventType.BUNDLE_ASSEMBLED: _VOLUMES,
    EventType.BUNDLE_ISSUED: _VOLUMES,
}
"""Further keys that a body may have."""

_CHECKS = {type_: record(fields, OPTIONAL.get(type_, {})) for type_, fields in BODIES.items()}


def check_body(type_: EventType, body: JsonValue) -> None:
    """Holds a body against the table of its type.

    Raises:
        ValueError: an unknown or missing key, or a value of the wrong form.
    """
    _CHECKS[type_](body)
