"""What a stamp stream paints: where and how its text stands; nothing but text is let through."""

from __future__ import annotations

import pytest

from bundles.proof.operators import NotUnderstood
from bundles.proof.painting import draws_only_the_form, painted_text

GOOD = b"/Artifact <</Type /Pagination>> BDC q BT 0 g 0 Tr /CbStamp 12 Tf 1 0 0 1 30 40 Tm (7) Tj ET Q EMC"


def test_where_text_stands() -> None:
    (run,) = painted_text(GOOD)
    assert (run.data, run.font, run.size_pt, run.fill, run.state) == (b"7", "/CbStamp", 12.0, (0, 0, 0), "")
    assert run.matrix == (1, 0, 0, 1, 30, 40)


def test_a_matrix_around_the_text_counts() -> None:
    (run,) = painted_text(b"q 2 0 0 2 10 0 cm BT /F 5 Tf 3 4 Td (x) Tj ET Q")
    assert run.matrix == (2, 0, 0, 2, 16, 8)


def test_the_state_ends_with_its_q() -> None:
    marked, plain = painted_text(b"q /CbMark gs BT /F 5 Tf (D) Tj ET Q BT /F 5 Tf (1) Tj ET")
    assert (marked.state, plain.state) == ("/CbMark", "")


@pytest.mark.parametrize(
    "more",
    [
        b"0 0 1 1 re f", b"/Im Do", b"1 Tr", b"3 Tr", b"0 0 m 1 1 l S", b"W n", b"sh", b"(x) '", b"Q", b"q", b"ET",
        b"/Span BMC EMC", b"/Artifact /OC BDC EMC", b"EMC", b"BT BT ET ET", b"(x) Tj", b"1 0 0 1 0 Tm", b"5 Ts", b"0 Tz",
        b"1 0 0 rg 1", b"/F Tf", b"d0", b"/CS cs",
    ],
)  # fmt: skip
def test_anything_else_is_refused(more: bytes) -> None:
    with pytest.raises(NotUnderstood):
        painted_text(GOOD + b" " + more)


@pytest.mark.parametrize("data", [b"/P Do", b" /P Do\n", b"q 0.96 0 0 0.96 1 2 cm /P Do Q", b"q q /P Do Q Q"])
def test_a_derived_page_draws_its_form(data: bytes) -> None:
    assert draws_only_the_form(data, "/P")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"/Q Do",
        b"q /P Do",
        b"/P Do Q",
        b"/P Do /P Do",
        b"0.9 0 0 0.9 0 0 cm /P Do",
        b"0 0 1 1 re W n /P Do",
    ],
)
def test_a_page_that_draws_otherwise(data: bytes) -> None:
    assert not draws_only_the_form(data, "/P")


@pytest.mark.parametrize("matrix", [b"0 1 -1 0 0 0", b"-1 0 0 1 0 0", b"1 0 0 -1 0 0"])
def test_a_page_drawn_turned(matrix: bytes) -> None:
    with pytest.raises(NotUnderstood):
        draws_only_the_form(b"q " + matrix + b" cm /P Do Q", "/P")
