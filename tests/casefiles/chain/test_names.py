from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.chain import canonical, names
from casefiles.chain.names import NamedValue, NameEntry
from casefiles.errors import Unavailable

ID = "7c9e6679-7425-4de4-944b-e07fc1f90ae7"
entries = st.dictionaries(
    st.from_regex(r"[a-z]{1,12}", fullmatch=True),
    st.builds(NamedValue, st.binary(min_size=32, max_size=32), st.binary(max_size=200)),
    min_size=1,
    max_size=4,
).map(NameEntry)


@given(entries)
def test_any_bytes_survive(entry: NameEntry) -> None:
    data = names.encode(ID, entry)
    event_id, read = names.decode(data)
    assert event_id == ID
    assert dict(read.values) == dict(entry.values)
    assert names.encode(ID, read) == data
    assert data.isascii()


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100))
def test_a_commitment_is_the_sha256_of_salt_and_bytes(salt: bytes, raw: bytes) -> None:
    assert names.path_id(salt, raw) == hashlib.sha256(salt + raw).hexdigest()


def test_a_salt_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        names.path_id(b"short", b"a")


def test_each_value_has_a_salt_of_its_own() -> None:
    salts = iter([b"a" * 32, b"b" * 32])
    entry = NameEntry.make(lambda _count: next(salts), path=b"evidence/\xff", reason="Żółć")
    assert entry.path == b"evidence/\xff"
    assert entry.text("reason") == "Żółć"
    assert entry.text("path") == "evidence/\\xff"
    assert entry.text("authority") is None
    assert entry.values["path"].salt != entry.values["reason"].salt


def test_a_names_file_can_be_read_by_eye() -> None:
    entry = NameEntry({"path": NamedValue(b"\x00" * 32, b"evidence/a b\xff.pdf")})
    assert names.encode(ID, entry) == (
        b'{"event":"'
        + ID.encode()
        + b'","v":1,"values":{"path":{"data":"evidence/a b%FF.pdf","salt":"'
        + b"0" * 64
        + b'"}}}\n'
    )


@pytest.mark.parametrize(
    "change",
    [
        {"data": "a%62c"},
        {"data": "a%ff"},
        {"data": "a%"},
        {"data": "ü"},
        {"salt": "0" * 63},
        {"more": "x"},
    ],
)
def test_another_spelling_is_refused(change: dict[str, str]) -> None:
    value = json.loads(names.encode(ID, NameEntry({"path": NamedValue(b"\x00" * 32, b"a")})))
    value["values"]["path"].update(change)
    with pytest.raises(ValueError):
        names.decode(canonical.encode(value))


@pytest.mark.parametrize("values", [{}, [], {"Path": {}}, {"a-b": {}}])
def test_values_must_be_named_values(values: Any) -> None:
    with pytest.raises(ValueError):
        names.decode(canonical.encode({"v": 1, "event": ID, "values": values}))


def test_reading_a_names_file(kit: Any) -> None:
    kit.drop("a.pdf", b"a")
    first, event = kit.journal.read().events[0], kit.journal.read().events[-1]
    entry = names.read_name(kit.layout, event.id)
    assert entry is not None
    assert entry.path == b"evidence/a.pdf"
    assert names.read_name(kit.layout, first.id) is None
    (kit.layout.names / f"{event.id}.json").rename(kit.layout.names / f"{first.id}.json")
    with pytest.raises(ValueError, match="speaks of event"):
        names.read_name(kit.layout, first.id)
    for path in kit.layout.names.iterdir():
        path.unlink()
    kit.layout.names.rmdir()
    with pytest.raises(Unavailable):
        names.read_name(kit.layout, event.id)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"evidence/a b.pdf", "evidence/a b.pdf"),
        ("Łukasz Żółć 日本 😀.pdf".encode(), "Łukasz Żółć 日本 😀.pdf"),
        (b"caf\xe9", "caf\\xe9"),
        (b"a\nb\x1b[31m", "a\\x0ab\\x1b[31m"),
        ("a\u202efdp.exe".encode(), "a\\u202efdp.exe"),
        ("a\u200bb\u00a0c\u2028d".encode(), "a\\u200bb\\u00a0c\\u2028d"),
        ("\U000e0041".encode(), "\\U000e0041"),
        (b"a\\x0ab", "a\\\\x0ab"),
        (b"", ""),
    ],
)
def test_a_name_is_shown_escaped(raw: bytes, shown: str) -> None:
    assert names.display_name(raw) == shown


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_different_names_are_shown_differently_and_can_be_printed(one: bytes, other: bytes) -> None:
    assert names.display_name(one).isprintable()
    if one != other:
        assert names.display_name(one) != names.display_name(other)


def test_nfc_and_nfd_twins_stay_two(tmp_path: Path) -> None:
    nfc, nfd = "\u00e9.pdf".encode(), "e\u0301.pdf".encode()
    assert names.path_id(b"s" * 32, nfc) != names.path_id(b"s" * 32, nfd)
