from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casefiles.chain import bodies, canonical, events
from casefiles.chain.bodies import BODIES, COMMITMENTS, EventType
from casefiles.chain.events import Actor, ChainEvent, Clock

HEX = "0123456789abcdef"
sha256s = st.text(HEX, min_size=64, max_size=64)
uuids = st.uuids(version=4).map(str)
instants = st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + ".123Z")
counts = st.integers(0, 2**53 - 1)
numbers = st.integers(1, 2**53 - 1)
printable = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=60)
slugs = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}", fullmatch=True)
checkpoint = st.fixed_dictionaries({"size": numbers, "root": sha256s})


def codes(kind: type[StrEnum]) -> st.SearchStrategy[str]:
    return st.sampled_from([code.value for code in kind])


def item(first: int, more: int, rest: dict[str, Any]) -> dict[str, Any]:
    return {**rest, "first": first, "last": first + more}


items = st.builds(
    item,
    st.integers(1, 5000),
    st.integers(0, 500),
    st.fixed_dictionaries(
        {"kind": codes(bodies.ItemKind), "evidence": sha256s, "derived": sha256s, "event": numbers}
    ),
)

BY_KEY: dict[str, st.SearchStrategy[Any]] = {
    "case": uuids,
    "kind": slugs,
    "reference": printable,
    "size": numbers,
    "mtime": st.none() | instants,
    "owner": st.none() | counts,
    "source": codes(bodies.Source),
    "suffix": st.text("abcxyz019", max_size=8),
    "paths": st.lists(sha256s, max_size=3),
    "label": st.from_regex(r"[A-Z]{1,4}/[1-9][0-9]{0,3}", fullmatch=True),
    "document": slugs,
    "version": numbers,
    "pages": numbers,
    "regions": counts,
    "profile": slugs,
    "items": st.lists(items, max_size=3),
    "checkpoint": checkpoint,
    "audience": codes(bodies.Audience),
    "files": numbers,
    "decision": codes(bodies.Decision),
    "from_seq": numbers,
    "admitted_at": instants,
    "countersignature": st.text(HEX, min_size=128, max_size=128),
}
REASONS = {
    EventType.EVIDENCE_DISPOSED: codes(bodies.DisposalReason),
    EventType.CHAIN_RECOVERED: codes(bodies.RecoveryReason),
}


def bodies_of(type_: EventType) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {key: REASONS[type_] if key == "reason_code" else BY_KEY.get(key, sha256s) for key in BODIES[type_]}
    )


def events_of(type_: EventType) -> st.SearchStrategy[ChainEvent]:
    return st.builds(
        ChainEvent,
        v=st.just(1),
        seq=st.integers(1, 9_999_999_999),
        prev=sha256s,
        id=uuids,
        type=st.just(type_),
        at=instants,
        actor=st.builds(Actor, printable, printable, printable),
        clock=st.builds(Clock, st.none() | st.integers(-(2**53) + 1, 2**53 - 1)),
        body=bodies_of(type_),
    )


SAMPLE = ChainEvent(
    v=1,
    seq=2,
    prev="a" * 64,
    id="7c9e6679-7425-4de4-944b-e07fc1f90ae7",
    type=EventType.FACTS_CHANGED,
    at="2026-03-02T09:00:00.000Z",
    actor=Actor("officer", "machine-a", "casebinder 0.1.0"),
    clock=Clock(-3),
    body={"sha256": "b" * 64},
)


@pytest.mark.parametrize("type_", EventType)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_every_type_round_trips(type_: EventType, data: st.DataObject) -> None:
    event = data.draw(events_of(type_))
    encoded = event.encode()
    read = events.decode(encoded)
    assert read.encode() == encoded
    assert json.loads(encoded)["body"] == json.loads(canonical.encode(read_body(read)))
    assert replace(read, body={}) == replace(event, body={})
    assert read.sha256 == hashlib.sha256(encoded).hexdigest()


def read_body(event: ChainEvent) -> dict[str, Any]:
    return dict(json.loads(event.encode())["body"])


def test_the_bytes_of_an_event_are_these() -> None:
    assert SAMPLE.encode() == (
        b'{"actor":{"app":"casebinder 0.1.0","host":"machine-a","user":"officer"},'
        b'"at":"2026-03-02T09:00:00.000Z","body":{"sha256":"' + b"b" * 64 + b'"},"clock":{"skew_ms":-3},'
        b'"id":"7c9e6679-7425-4de4-944b-e07fc1f90ae7","prev":"' + b"a" * 64 + b'","seq":2,'
        b'"type":"facts.changed","v":1}\n'
    )


@pytest.mark.parametrize("type_", EventType)
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_an_unknown_or_missing_key_is_refused_both_ways(type_: EventType, data: st.DataObject) -> None:
    event = data.draw(events_of(type_))
    key = data.draw(st.sampled_from(sorted(BODIES[type_])))
    without = {name: value for name, value in event.body.items() if name != key}
    for body in ({**event.body, "note": "MARAC"}, without):
        with pytest.raises(ValueError, match=r"unknown keys|lacks"):
            replace(event, body=body).encode()
        raw = json.loads(event.encode())
        raw["body"] = json.loads(json.dumps(body))
        with pytest.raises(ValueError, match=r"unknown keys|lacks"):
            events.decode(canonical.encode(raw))


@pytest.mark.parametrize("type_", EventType)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    data=st.data(), text=st.sampled_from(["MARAC - refuge 12 High St.pdf", "evidence/a b.pdf", "Zoë Example"])
)
def test_no_body_takes_a_name_or_a_path(type_: EventType, data: st.DataObject, text: str) -> None:
    event = data.draw(events_of(type_))
    for key in BODIES[type_]:
        if (type_, key) == (EventType.CASE_OPENED, "reference"):
            continue
        with pytest.raises(ValueError, match=f"“{key}”"):
            replace(event, body={**event.body, key: text}).encode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v", 2),
        ("seq", 0),
        ("seq", True),
        ("seq", "2"),
        ("prev", "A" * 64),
        ("prev", "a" * 63),
        ("id", "7c9e6679-7425-1de4-944b-e07fc1f90ae7"),
        ("type", "evidence.lost"),
        ("at", "2026-03-02T09:00:00Z"),
        ("at", "2026-02-30T09:00:00.000Z"),
        ("actor", {"user": "a", "host": "b"}),
        ("actor", {"user": "a\nb", "host": "b", "app": "c"}),
        ("actor", {"user": "", "host": "b", "app": "c"}),
        ("clock", {"skew_ms": 1.5}),
        ("clock", None),
        ("body", []),
        ("body", None),
    ],
)
def test_a_wrong_envelope_is_refused(field: str, value: object) -> None:
    raw = json.loads(SAMPLE.encode())
    raw[field] = value
    data = json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    with pytest.raises(ValueError):
        events.decode(data)


def test_a_body_that_was_read_cannot_be_changed() -> None:
    read = events.decode(SAMPLE.encode())
    with pytest.raises(TypeError):
        read.body["sha256"] = "c" * 64  # type: ignore[index]


def test_pages_of_an_item_are_in_order() -> None:
    check = BODIES[EventType.BUNDLE_ISSUED]["items"]
    row = {"kind": "sheet", "evidence": "a" * 64, "derived": "b" * 64, "event": 3, "first": 5, "last": 4}
    with pytest.raises(ValueError, match="ends before it begins"):
        check([row])


def test_file_names_have_ten_digits() -> None:
    assert events.file_name(1) == "0000000001.json"
    for seq in (0, 10**10):
        with pytest.raises(ValueError, match="number of an event"):
            events.file_name(seq)


def test_the_specification_names_every_type_key_and_code() -> None:
    text = Path(__file__).parents[3].joinpath("docs", "chain-format.md").read_text("utf-8")
    for type_, fields in BODIES.items():
        assert text.count(f"\n| `{type_}` |") == 1, type_
        section = text.split(f"\n| `{type_}` |", 1)[1].split("\n", 1)[0]
        for key in fields:
            assert f"`{key}`" in section, (type_, key)
    every: Mapping[str, str] = COMMITMENTS
    for key, name in every.items():
        assert f"`{key}`" in text
        assert f"`{name}`" in text
    for kind in (
        bodies.Source,
        bodies.DisposalReason,
        bodies.RecoveryReason,
        bodies.Decision,
        bodies.ItemKind,
    ):
        for code in kind:
            assert f"`{code}`" in text, code
    assert "admissible" not in text
