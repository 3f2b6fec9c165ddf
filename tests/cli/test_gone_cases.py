"""A case whose folder is gone is missed aloud; a share that is gone is never an empty caseload."""

import os
from pathlib import Path

import pytest

from cli import workspace_scan
from tests.cli.share import REFERENCE, Share

SECOND = "2026-0043"


@pytest.fixture
def two(share: Share) -> Share:
    share.run("open", "prosecution-444-1a", SECOND, "--officer", "AB")
    (second(share) / "evidence" / "note.txt").write_text("Called about the wallaby.")
    share.run("scan")
    return share


def second(share: Share) -> Path:
    return next((share.root / "cases").glob(f"{SECOND}*"))


def page(share: Share) -> str:
    return (share.root / "Cases status.html").read_text(encoding="utf-8")


def test_one_that_is_gone_is_said_until_it_is_back(two: Share, tmp_path: Path) -> None:
    folder = second(two)
    folder.rename(tmp_path / "elsewhere")
    for _ in range(2):
        two.run("scan")
        assert f"The folder of case {SECOND} was here" in two.said
        assert f"The folder of case {SECOND} was here" in page(two)
    (tmp_path / "elsewhere").rename(folder)
    two.run("scan")
    assert "was here when this machine last looked" not in two.said + page(two)
    assert "This machine has not scanned it yet" not in page(two)


def test_one_that_was_renamed_is_not_missed(two: Share) -> None:
    folder = second(two)
    folder.rename(folder.with_name(f"{SECOND} SAMPLE, Max"))
    two.run("scan")
    assert "last looked, and is gone" not in two.said + page(two)


def test_one_that_was_archived_is_forgotten(two: Share, tmp_path: Path) -> None:
    second(two).rename(tmp_path / "archive")
    two.run("scan")
    two.run("scan", "--archived", REFERENCE, expect=2)
    assert f"No case {REFERENCE} is missing" in two.said
    two.run("scan", "--archived", SECOND)
    assert "last looked, and is gone" not in two.said + page(two)
    two.run("search", "wallaby")
    assert "Nothing was found" in two.said
    assert b"wallaby" not in b"".join(p.read_bytes() for p in two.state.rglob("*") if p.is_file())


def test_a_share_without_any_case_is_away_and_no_empty_caseload(two: Share, tmp_path: Path) -> None:
    cases, before = two.root / "cases", page(two)
    cases.rename(tmp_path / "hold")
    cases.mkdir()
    two.run("scan", expect=5)
    assert "but this machine knows 2 cases there" in two.said
    assert page(two) == before
    cases.rmdir()
    (tmp_path / "hold").rename(cases)
    two.run("scan")
    assert "This machine has not scanned it yet" not in page(two)


def test_a_case_of_another_workspace_is_not_read(two: Share, tmp_path: Path) -> None:
    other = tmp_path / "other"
    two.run("init", str(other), "--authority", "Othertown")
    (second(two)).rename(other / "cases" / SECOND)
    two.run("scan", str(other / "cases" / SECOND), expect=2)
    assert "There is no case" in two.said


def test_no_name_is_not_every_case(two: Share) -> None:
    two.run("scan", "", expect=2)
    assert "The name of the case is empty" in two.said


@pytest.mark.parametrize("year", [1902, 2300])
def test_a_file_of_any_date_is_taken_in(two: Share, year: int) -> None:
    path = two.evidence / "odd.txt"
    path.write_text("from another age")
    seconds = (year - 1970) * 31_556_952
    os.utime(path, (seconds, seconds))
    two.run("scan")
    assert "odd.txt" in two.run("status", REFERENCE)
    assert two.json("scan")["unchanged"] >= 0


def test_a_mistake_of_ours_in_one_case_does_not_keep_the_others(
    two: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    (two.evidence / "new.txt").write_text("new")
    (second(two) / "evidence" / "second.txt").write_text("new, too")
    real = workspace_scan.scan_open_case

    def breaks(opened: object, *words: object, **more: object) -> object:
        if REFERENCE in str(opened.layout.folder):  # type: ignore[attr-defined]
            raise ZeroDivisionError("Zoë Example")
        return real(opened, *words, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(workspace_scan, "scan_open_case", breaks)
        two.run("scan", expect=1)
    assert "something unexpected went wrong (ZeroDivisionError)" in two.said
    assert "Zoë" not in two.said.replace("EXAMPLE, Zoë", "")
    assert "second.txt" in two.run("status", SECOND)
