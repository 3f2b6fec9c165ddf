from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from casefiles.intake.facts import Reading
from casefiles.intake.kinds import Kind, KindOf
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.children import ChildWriter


def reading(scratch: Path, depth: int = 0, **limits: int) -> Reading:
    kind = KindOf(Kind.MAIL, "message/rfc822", "e-mail")
    return Reading(scratch / "x", kind, "x.eml", scratch, replace(FactsLimits(), **limits), depth)


def test_names_are_for_show_and_paths_are_ours(tmp_path: Path) -> None:
    writer = ChildWriter(reading(tmp_path))
    for name in (b"../../etc/passwd", b"same.pdf", b"same.pdf", b"", b"\xff\n.pdf"):
        assert writer.add(name, [b"ab", b"c"])
    assert [child.path.name for child in writer.children] == [f"child-000{n}" for n in range(1, 6)]
    assert [child.name for child in writer.children] == [
        b"../../etc/passwd", b"same.pdf", b"same.pdf", b"attachment-4.bin", b"\xff\n.pdf",
    ]  # fmt: skip
    assert {child.path.read_bytes() for child in writer.children} == {b"abc"}
    assert writer.findings() == ()


@pytest.mark.parametrize(
    ("limits", "depth", "kept", "code"),
    [
        ({"child_count": 2}, 0, 2, "children-too-many"),
        ({"child_bytes": 7}, 0, 2, "children-too-large"),
        ({"child_depth": 3}, 3, 0, "children-too-deep"),
    ],
)
def test_limits_are_named(tmp_path: Path, limits: dict[str, int], depth: int, kept: int, code: str) -> None:
    writer = ChildWriter(reading(tmp_path, depth, **limits))
    assert [writer.add(b"a", [b"abc"]) for _ in range(4)] == [True] * kept + [False] * (4 - kept)
    assert [(one.code, one.message.split()[0]) for one in writer.findings()] == [(code, str(4 - kept))]
    assert len(list(tmp_path.iterdir())) == kept == len(writer.children)


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def pieces():  # type: ignore[no-untyped-def]
        yield b"abc"
        raise ValueError("cut")

    writer = ChildWriter(reading(tmp_path))
    with pytest.raises(ValueError, match="cut"):
        writer.add(b"a", pieces())
    assert list(tmp_path.iterdir()) == []
    assert writer.children == []
