from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.chain import canonical

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_09", max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcdefg_", max_size=6), values, max_size=5))
def test_what_is_encoded_reads_back_and_is_the_only_spelling(value: dict[str, canonical.JsonValue]) -> None:
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert canonical.encode(canonical.decode(data)) == data
    pretty = json.dumps(value, indent=1).encode() + b"\n"
    if pretty != data:
        with pytest.raises(ValueError, match=r"canonical|whole"):
            canonical.decode(pretty)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(max_codepoint=0x7F)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("aZ_0~", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("aZ_0~", max_size=3), plain, max_size=4), st.booleans())
def test_the_quick_way_accepts_only_what_the_rfc_says(
    value: dict[str, canonical.JsonValue], tidy: bool
) -> None:
    """Every spelling that Python writes is accepted if it is canonical, and refused if it is not."""
    data = json.dumps(value, separators=(",", ":"), sort_keys=tidy).encode() + b"\n"
    try:
        expected = canonical.encode(value) == data
    except ValueError:
        expected = False  # a number that has no canonical form
    if expected:
        assert canonical.decode(data) == value
    else:
        with pytest.raises(ValueError, match=r"canonical|whole|2\^53|number|integer|exceed|range"):
            canonical.decode(data)


def test_the_bytes_are_those_of_the_rfc() -> None:
    # RFC 8785, section 3.2.2 and 3.2.3: literals, escapes, sorted keys
    value = {"string": '\u20ac$\u000f\nA\'B"\\\\"/', "literals": [None, True, False], "b": 1, "a": 2}
    expected = '{"a":2,"b":1,"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}\n'
    assert canonical.encode(value) == expected.encode()


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1}',
        b'{"a":1}\n\n',
        b' {"a":1}\n',
        b'{"a":1.0}\n',
        b'{"a":1e0}\n',
        b'{"a":NaN}\n',
        b'{"a":1,"a":1}\n',
        b'{"b":1,"a":1}\n',
        b'{"a":"\\u0041"}\n',
        b'{"a":9007199254740992}\n',
        b"[1]\n",
        b"\xff\n",
        b"",
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
        b'{"a":"\\ud800"}\n',
    ],
)
def test_any_other_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        canonical.decode(data)


def test_more_than_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="16 MiB"):
        canonical.decode(b'{"a":"' + b"x" * canonical.MAX_BYTES + b'"}\n')


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-720, 720))
def test_instants_round_trip_to_the_millisecond(naive: datetime, offset_minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    text = canonical.instant_text(moment)
    read = canonical.read_instant(text)
    assert read.utcoffset() == timedelta(0)
    assert timedelta(0) <= moment - read < timedelta(milliseconds=1)
    assert canonical.instant_text(read) == text


def test_instants_without_zone_or_of_no_such_day_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        canonical.instant_text(datetime(2026, 3, 2))
    for text in ("2026-02-30T09:00:00.000Z", "2026-03-02T09:00:00Z", "2026-03-02T09:00:00.000+00:00", "٢026"):
        with pytest.raises(ValueError):
            canonical.read_instant(text)
    assert canonical.instant_text(datetime(2026, 3, 2, 9, tzinfo=UTC)) == "2026-03-02T09:00:00.000Z"
