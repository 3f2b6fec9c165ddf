from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from casefiles.errors import Unavailable
from casefiles.files import disk, scratch


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_and_files_are_private(tmp_path: Path) -> None:
    scratch.make_scratch_folder(tmp_path / "a" / "b")
    scratch.write_scratch(tmp_path / "a" / "b" / "f", b"one")
    scratch.write_scratch(tmp_path / "a" / "b" / "f", b"two")
    assert (mode_of(tmp_path / "a" / "b"), mode_of(tmp_path / "a" / "b" / "f")) == (0o700, 0o600)
    assert (tmp_path / "a" / "b" / "f").read_bytes() == b"two"


def test_every_new_folder_is_another_and_goes_with_what_is_in_it(tmp_path: Path) -> None:
    kept = scratch.new_scratch_folder(tmp_path, "work-")
    with scratch.scratch_folder(tmp_path, "work-") as folder:
        assert folder != kept
        scratch.write_scratch(folder / "f", b"")
    assert list(tmp_path.iterdir()) == [kept]


def test_a_new_file_replaces_none(tmp_path: Path) -> None:
    scratch.write_scratch(tmp_path / "f", b"one")
    with pytest.raises(FileExistsError), scratch.new_scratch_file(tmp_path / "f"):
        pass
    assert (tmp_path / "f").read_bytes() == b"one"


def test_bytes_are_changed_in_place_and_nothing_else(tmp_path: Path) -> None:
    scratch.write_scratch(tmp_path / "f", b"0123456789")
    scratch.change_in_place(tmp_path / "f", 3, b"abc")
    assert (tmp_path / "f").read_bytes() == b"012abc6789"


def test_what_cannot_be_removed_is_left_and_the_rest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch.make_scratch_folder(tmp_path / "w")
    for name in "abc":
        scratch.write_scratch(tmp_path / "w" / name, b"")
    real = os.unlink

    def refuse(name: str, **more: int) -> None:
        if name == "b":
            raise OSError(errno.EIO, "torn")
        real(name, **more)

    monkeypatch.setattr(os, "unlink", refuse)
    scratch.remove_scratch(tmp_path / "w")
    assert [path.name for path in (tmp_path / "w").iterdir()] == ["b"]
    scratch.remove_scratch_file(tmp_path / "not there")


def test_a_full_disk_is_told_with_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk, "make_folders", full)
    with pytest.raises(Unavailable, match="the disk is full") as caught:
        scratch.make_scratch_folder(tmp_path / "w")
    assert "Nothing is wrong with the share" in caught.value.remedy
    scratch.write_scratch(tmp_path / "f", b"0123")
    monkeypatch.setattr(disk, "write", full)
    with pytest.raises(OSError, match=str(tmp_path / "f")):
        scratch.change_in_place(tmp_path / "f", 0, b"9")
