"""What the bytes alone say about a PDF."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casefiles.intake.readers.pdf_tail import (
    Ending,
    examine,
    needs_key,
    page_counts,
    page_counts_in,
    references,
    references_in,
)


def saved(**options: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(7):
            pdf.add_blank_page()
        pdf.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def ending_of(folder: Path, data: bytes) -> Ending:
    path = folder / "x.pdf"
    path.write_bytes(data)
    return examine(path)


def test_a_whole_file(tmp_path: Path) -> None:
    assert ending_of(tmp_path, saved()) == Ending(False, False, None)
    assert ending_of(tmp_path, saved(linearize=True)) == Ending(False, False, 7)


def test_a_cut_linearized_file_still_says_how_many_pages_it_had(tmp_path: Path) -> None:
    data = saved(linearize=True)
    assert ending_of(tmp_path, data[: len(data) * 2 // 3]) == Ending(False, True, 7)


@pytest.mark.parametrize(
    ("rest", "unfinished"),
    [
        (b"\n", False),
        (b"\0" * 100, False),
        (b"<!-- portal -->" * 20, False),
        (b"\n9 0 obj\n<< /Type", True),
        (b"\n9 0 obj\n<< /Type" + b" " * 200, True),
        (b"\n9 0 o", True),
        (b"\n12", True),
    ],
)
def test_what_follows_the_end(tmp_path: Path, rest: bytes, unfinished: bool) -> None:
    assert ending_of(tmp_path, saved() + rest).unfinished_update is unfinished


def test_counts_of_pages_are_found_in_plain_and_packed_objects(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(saved())
    assert page_counts(path) == {7}
    packed = b"4 0 5 31 << /Count 40 /Type /Outlines >>  << /Type/Pages /Count 12 >>"
    assert page_counts_in(packed, packed.index(b"<<")) == {12}


@given(st.sets(st.tuples(st.integers(1, 10**7), st.integers(0, 65535)), max_size=20))
def test_every_reference_is_found(wanted: set[tuple[int, int]]) -> None:
    data = b"[" + b" ".join(b"%d %d R" % one for one in sorted(wanted)) + b"]"
    assert references_in(data) == wanted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(min_size=1, max_size=500))
def test_random_bytes_never_break_it(tmp_path: Path, data: bytes) -> None:
    assert isinstance(ending_of(tmp_path, data), Ending)
    path = tmp_path / "x.pdf"
    assert references(path) == references_in(data)
    assert needs_key(path) is False
