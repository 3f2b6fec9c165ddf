"""Compound files of ours are read by another program's reader as what was put in."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from olefile import OleFileIO

from casefiles.mail.compound import Folder, write_compound

NAMES = st.text("abcXYZ_#019", min_size=1, max_size=31)


def read_back(data: bytes) -> dict[str, bytes]:
    with OleFileIO(io.BytesIO(data)) as ole:
        return {"/".join(path): ole.openstream(path).read() for path in ole.listdir()}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(NAMES, st.integers(0, 20_000).map(lambda size: b"\xa5" * size), max_size=20),
    st.integers(0, 2),
)
def test_what_goes_in_comes_out(streams: dict[str, bytes], depth: int) -> None:
    unique = {name.upper(): data for name, data in streams.items()}
    folder, prefix = Folder(unique), ""
    for _ in range(depth):
        folder, prefix = Folder({"note": b"x"}, {"inner": folder}), prefix + "inner/"
    found = read_back(write_compound(folder))
    assert {
        name.removeprefix(prefix): data for name, data in found.items() if not name.endswith("note")
    } == unique


def test_a_file_whose_table_outgrows_the_header() -> None:
    large = bytes(range(256)) * (16 << 12)  # 16 MiB: 257 sectors of table, 109 of them in the header
    assert read_back(write_compound(Folder({"large": large, "small": b"s"}))) == {
        "large": large,
        "small": b"s",
    }


def test_same_content_same_bytes() -> None:
    assert write_compound(Folder({"a": b"1", "b": b"2"})) == write_compound(Folder({"b": b"2", "a": b"1"}))


@pytest.mark.parametrize("name", ["", "x" * 32])
def test_a_name_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="called"):
        write_compound(Folder({name: b""}))
