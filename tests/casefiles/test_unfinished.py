from __future__ import annotations

from pathlib import Path

import pytest

from casefiles.errors import Unavailable
from casefiles.layout import LocalLayout
from casefiles.unfinished import Unfinished


def test_what_was_begun_is_known_until_it_ends_and_names_nobody(tmp_path: Path) -> None:
    local = LocalLayout(tmp_path)
    work = Unfinished(local, "open 2026-0042 EXAMPLE")
    assert not work.begun
    work.begin()
    assert Unfinished(local, "open 2026-0042 EXAMPLE").begun
    assert not Unfinished(local, "open 2026-0043 EXAMPLE").begun
    assert not any("EXAMPLE" in str(path) for path in tmp_path.rglob("*"))
    work.end()
    work.end()
    assert not work.begun


def test_without_a_place_to_note_it_nothing_is_begun(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="This machine's own"):
        Unfinished(LocalLayout(tmp_path / "gone"), "x").begin()
