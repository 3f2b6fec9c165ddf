"""Styles that hide text: a document that LibreOffice wrote, and style sheets made and broken."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.intake.kinds import Kind
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.office import look
from casefiles.intake.readers.word_styles import hiding_styles

FILES = Path(__file__).resolve().parents[3] / "files" / "office"
NO_BASE = 0xFFF


def says(properties: bytes) -> bool | None:
    return {b"": None, b"\1": True, b"\0": False}[properties]


def upx(data: bytes) -> bytes:
    return struct.pack("<H", len(data)) + data + bytes(len(data) % 2)


def style(kind: int, base: int, characters: bytes) -> bytes:
    parts = [b"\x05\x00", characters] if kind == 1 else [characters]
    head = struct.pack("<HHHHH", 0, kind | base << 4, len(parts), 0, 0)
    return head + struct.pack("<H", 1) + "Å".encode("utf-16-le") + bytes(2) + b"".join(map(upx, parts))


def sheet(*styles: bytes) -> bytes:
    head = struct.pack("<HH", len(styles), 10)
    return upx(head) + b"".join(struct.pack("<H", len(one)) + one + bytes(len(one) % 2) for one in styles)


def test_text_hidden_by_its_style_or_by_the_style_of_its_style_is_told() -> None:
    found = look(FILES / "contents.doc", Kind.DOC, FactsLimits()).contents
    assert " ".join(" ".join(found.hidden).split()) == "Hidden by style Hidden by parent"
    assert "Hidden by style" not in "".join(found.shown)
    assert "Framewords" in "".join(found.shown)
    assert "Notewords inside" in "".join(found.shown)
    assert "Headword Ashfield" in "".join(found.margins)


@pytest.mark.parametrize("kind", [1, 2])
def test_styles_hide_as_they_say_else_as_their_base_does(kind: int) -> None:
    made = sheet(
        style(kind, NO_BASE, b"\1"), style(kind, 0, b""), style(kind, 1, b"\0"), b"", style(kind, 2, b""),
        style(kind, 6, b""), style(kind, 5, b""),
    )  # fmt: skip
    assert hiding_styles(made, says) == {0, 1}


def test_styles_of_tables_and_lists_are_left_alone() -> None:
    assert hiding_styles(sheet(style(3, NO_BASE, b"\1"), style(4, NO_BASE, b"\1")), says) == frozenset()


@given(cut=st.integers(0, 80), noise=st.binary(max_size=40))
def test_a_broken_style_sheet_breaks_nothing(cut: int, noise: bytes) -> None:
    made = sheet(style(1, NO_BASE, b"\1"), style(2, 0, b""))
    assert hiding_styles(made[:cut] + noise, lambda _: True) <= set(range(0x0FFE))
