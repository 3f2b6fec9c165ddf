"""What a row of the index must show, letter by letter."""

from __future__ import annotations

import pytest

from bundles.proof.index_text import _holds_title, bare


@pytest.mark.parametrize(
    ("title", "row", "shown"),
    [
        ("Letter 3", "D3 Letter 3 12", True),
        ("Letter 3", "D3 Letter 4 12", False),
        ("WhatsApp 😷 Sam", "D3 WhatsApp  Sam 12", True),
        ("WhatsApp 😷 Sam", "D3 WhatsApp 😷 Sam 12", True),
        ("WhatsApp 😷 Sam", "D3 WhatsApp  Sa 12", False),
        ("😷", "D3  12", False),
        ("co-operation", "D3 co\ufffeoperation", True),
    ],
)
def test_a_title_is_there_but_for_pictures_that_no_reader_reads(title: str, row: str, shown: bool) -> None:
    assert _holds_title(bare(row), bare(title)) is shown
