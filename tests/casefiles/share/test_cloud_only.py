"""Files whose bytes are not here, told without opening any."""

import os
from pathlib import Path

import pytest

from casefiles.share.cloud_only import look_for_cloud_only


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as stream:
        stream.truncate(size)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "here.pdf").write_bytes(os.urandom(20_000))
    (tmp_path / "empty.txt").write_bytes(b"")
    sparse(tmp_path / "small.txt", 100)
    return tmp_path


def look(folder: Path, *, blocks: bool = True, attributes: bool = False) -> list[tuple[bytes, bool]]:
    found = look_for_cloud_only([os.fsencode(folder)], blocks_counted=blocks, attributes=attributes).found
    return [(each.path.rpartition(b"/")[2], each.certain) for each in found]


def test_files_that_are_here_are_not_suspected(folder: Path) -> None:
    assert look(folder) == []
    seen = look_for_cloud_only([os.fsencode(folder)], blocks_counted=True, attributes=True)
    assert (seen.files, seen.complete) == (3, True)


def test_a_size_without_room_is_a_hint_where_room_is_counted(folder: Path) -> None:
    sparse(folder / "letters" / "away.pdf", 50_000)
    assert look(folder) == [(b"away.pdf", False)]
    assert look(folder, blocks=False) == []


@pytest.mark.parametrize(
    "name", [b"report.pdf.nextcloud", b"plan.gdoc", b".scan.pdf.icloud", b"caf\xe9.GSHEET"]
)
def test_stand_ins_are_known_by_their_names(folder: Path, name: bytes) -> None:
    (folder / os.fsdecode(name)).write_bytes(b"{}")
    assert look(folder) == [(name, False)]


@pytest.mark.parametrize(
    ("value", "away"),
    [
        (b"\x20\x00\x00\x00", False),
        (b"\x20\x10\x00\x00", True),
        (b"\x20\x00\x40\x00", True),
        (b"\x00\x00\x04\x00", True),
        (b"\x20\x10", False),
    ],
)
def test_the_attributes_of_windows_are_certain(
    folder: Path, monkeypatch: pytest.MonkeyPatch, value: bytes, away: bool
) -> None:
    def getxattr(path: bytes, name: str, *, follow_symlinks: bool) -> bytes:
        assert not follow_symlinks
        if name == "user.smb3.dosattrib" and path.endswith(b"here.pdf"):
            return value
        raise OSError(95, "not supported")

    monkeypatch.setattr(os, "getxattr", getxattr)
    assert look(folder, attributes=True) == ([(b"here.pdf", True)] if away else [])
    assert look(folder, attributes=False) == []


def test_links_and_pipes_are_passed_over(folder: Path) -> None:
    away = sparse(folder / "away.pdf", 50_000)
    outside = folder / "letters" / "link.pdf"
    outside.symlink_to(away)
    (folder / "letters" / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    assert look(folder) == [(b"away.pdf", False)]


def test_it_stops_after_so_many_files_and_says_so(folder: Path) -> None:
    seen = look_for_cloud_only([os.fsencode(folder)], blocks_counted=True, attributes=False, most=2)
    assert (seen.files, seen.complete) == (2, False)


def test_a_folder_that_is_not_there_is_passed_over(tmp_path: Path) -> None:
    seen = look_for_cloud_only([os.fsencode(tmp_path / "gone")], blocks_counted=True, attributes=True)
    assert (seen.files, seen.complete) == (0, True)
