"""Reading small content streams: everything plain is read, everything else refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.proof.operators import MAX_BYTES, Name, NotUnderstood, Operation, read_operations

NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 4))
NAMES = st.text("ABCXYZabcxyz0189.-_", min_size=1, max_size=8).map(lambda text: Name(f"/{text}"))
STRINGS = st.binary(max_size=20)
OPERATORS = st.sampled_from(["q", "Q", "cm", "Tj", "re", "f*", "BDC", "T*"])


def written(value: float | Name | bytes) -> bytes:
    if isinstance(value, bytes):
        return b"<" + value.hex().encode() + b">"
    return value.value.encode() if isinstance(value, Name) else f"{value:.4f}".encode()


@given(st.lists(st.tuples(st.lists(NUMBERS | NAMES | STRINGS, max_size=6), OPERATORS), max_size=8))
def test_what_is_written_is_read(operations: list[tuple[list[float | Name | bytes], str]]) -> None:
    data = b"\n".join(b" ".join([*map(written, operands), word.encode()]) for operands, word in operations)
    assert read_operations(data) == tuple(Operation(word, tuple(operands)) for operands, word in operations)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read_operations(data)
    except NotUnderstood:
        return


@pytest.mark.parametrize(
    ("data", "text"),
    [(rb"(a\(b\)) Tj", b"a(b)"), (rb"(\061\62) Tj", b"12"), (rb"(a\nb) Tj", b"a\nb"), (b"<313> Tj", b"10")],
)
def test_strings(data: bytes, text: bytes) -> None:
    assert read_operations(data) == (Operation("Tj", (text,)),)


@pytest.mark.parametrize(
    "data", [b"1 2", b"(open Tj", b"% comment\nq", b"{ } q", b"1..2 w", b"q " * MAX_BYTES]
)
def test_what_is_not_plain_is_refused(data: bytes) -> None:
    with pytest.raises(NotUnderstood):
        read_operations(data)
