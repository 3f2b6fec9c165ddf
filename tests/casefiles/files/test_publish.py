from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.errors import Unavailable
from casefiles.files import disk, folders, publish


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refuse(code: int):  # type: ignore[no-untyped-def]
    def call(*args: object, **kwargs: object) -> None:
        raise OSError(code, os.strerror(code))

    return call


@pytest.fixture
def tmp(tmp_path: Path) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


def test_write_atomically_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    publish.write_atomically(path, b"one")
    publish.write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]


def test_write_atomically_takes_a_name_of_255_bytes(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 127 + "x")
    publish.write_atomically(path, b"long")
    assert path.read_bytes() == b"long"


def test_a_reader_keeps_the_old_file_while_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    publish.write_atomically(path, b"one")
    with path.open("rb") as reader:
        publish.write_atomically(path, b"two")
        assert reader.read() == b"one"


def test_a_failed_replacement_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.toml"
    publish.write_atomically(path, b"one")
    monkeypatch.setattr(disk, "flush", refuse(errno.ENOSPC))
    with pytest.raises(Unavailable, match="the disk is full"):
        publish.write_atomically(path, b"two")
    assert path.read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o700, 0o600), (0o750, 0o640), (0o755, 0o644)])
def test_a_new_file_is_never_wider_than_its_folder(tmp_path: Path, folder_mode: int, file_mode: int) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(folder_mode)
    publish.write_atomically(folder / "written", b"x")
    publish.publish_new(folder, folder / "published", b"x")
    publish.write_atomically(folder / "asked", b"x", mode=0o666)
    publish.append_line(folder / "appended", b"x", mode=0o666)
    for name in ("written", "published", "asked", "appended"):
        assert mode_of(folder / name) & ~file_mode == 0, name
    publish.write_atomically(folder / "private", b"x", mode=0o600)
    assert mode_of(folder / "private") == 0o600


def test_replacing_keeps_a_narrower_mode(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    path.chmod(0o600)
    publish.write_atomically(path, b"two")
    assert mode_of(path) == 0o600


@pytest.mark.parametrize("action", ["write", "publish", "append", "folder", "probe", "copy", "remove"])
def test_a_missing_folder_is_unavailable_and_never_made(tmp_path: Path, tmp: Path, action: str) -> None:
    gone = tmp_path / "share" / "cases"
    with pytest.raises(Unavailable, match="is not there"):
        if action == "write":
            publish.write_atomically(gone / "a", b"x")
        elif action == "publish":
            publish.publish_new(tmp, gone / "a", b"x")
        elif action == "append":
            publish.append_line(gone / "a", b"x")
        elif action == "folder":
            publish.make_folder(gone / "a")
        elif action == "probe":
            publish.probe_clock(gone)
        elif action == "copy":
            publish.copy_in(io.BytesIO(b"x"), gone)
        else:
            publish.remove_folder(gone)
    assert not gone.exists()
    assert not list(tmp.iterdir())


def test_publish_new_takes_a_name_once(tmp_path: Path, tmp: Path) -> None:
    target = tmp_path / "0000000001.json"
    assert publish.publish_new(tmp, target, b"first") is True
    assert publish.publish_new(tmp, target, b"first") is False
    assert publish.publish_new(tmp, target, b"second") is False
    assert target.read_bytes() == b"first"
    assert not list(tmp.iterdir())
    assert target.stat().st_nlink == 1


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS])
def test_without_links_a_rename_that_does_not_replace_is_used(
    tmp_path: Path, tmp: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(disk, "link", refuse(code))
    target = tmp_path / "0000000001.json"
    assert publish.publish_new(tmp, target, b"first") is True
    assert publish.publish_new(tmp, target, b"second") is False
    assert target.read_bytes() == b"first"
    assert not list(tmp.iterdir())


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
def test_without_either_it_refuses_and_writes_nothing(
    tmp_path: Path, tmp: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(disk, "link", refuse(errno.EPERM))
    monkeypatch.setattr(disk, "rename_to_new", refuse(code))
    target = tmp_path / "0000000001.json"
    with pytest.raises(Unavailable, match="neither hard links nor a rename that does not replace") as caught:
        publish.publish_new(tmp, target, b"first")
    assert "doctor" in caught.value.remedy
    assert not target.exists()
    assert not list(tmp.iterdir())


def test_a_link_that_was_made_though_its_answer_was_lost_counts(
    tmp_path: Path, tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def twice(source: Path, target: Path) -> None:
        real(source, target)
        real(source, target)

    monkeypatch.setattr(disk, "link", twice)
    assert publish.publish_new(tmp, tmp_path / "a", b"x") is True


@given(data=st.binary(max_size=5000))
def test_copy_in_hashes_what_it_wrote(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("copy")
    copied = publish.copy_in(io.BytesIO(data), folder, mode=0o444)
    assert copied.path.read_bytes() == data
    assert copied.sha256 == hashlib.sha256(data).hexdigest()
    assert copied.size_bytes == len(data)
    assert mode_of(copied.path) & 0o222 == 0


def test_copy_in_leaves_nothing_when_the_source_fails(tmp: Path) -> None:
    class Torn(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "torn")

    with pytest.raises(Unavailable):
        publish.copy_in(Torn(), tmp)
    assert not list(tmp.iterdir())


def test_publish_folder_appears_whole_and_replaces_nothing(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "inside").mkdir(parents=True)
        (tmp_path / name / "inside" / "file").write_text(name)
    target = tmp_path / "issued"
    assert publish.publish_folder(tmp_path / "one", target) is True
    assert publish.publish_folder(tmp_path / "two", target) is False
    assert (target / "inside" / "file").read_text() == "one"


@pytest.mark.parametrize("taken", [True, False])
def test_publish_folder_without_the_special_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    monkeypatch.setattr(disk, "rename_to_new", refuse(errno.EINVAL))
    monkeypatch.setattr(folders.os.path, "lexists", lambda _path: False)  # somebody was faster after the look
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "file").write_text("new")
    target = tmp_path / "issued"
    if taken:
        target.mkdir()
        (target / "file").write_text("old")
    assert publish.publish_folder(tmp_path / "new", target) is not taken
    assert (target / "file").read_text() == ("old" if taken else "new")


def test_an_empty_folder_is_not_published(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with pytest.raises(ValueError, match="empty"):
        publish.publish_folder(tmp_path / "new", tmp_path / "issued")


def test_append_line_closes_a_torn_line_first(tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    publish.append_line(path, b"one")
    with path.open("ab") as stream:
        stream.write(b"tor")
    publish.append_line(path, b"two")
    assert path.read_bytes() == b"one\ntor\ntwo\n"
    assert mode_of(path) == 0o600


def test_make_folder_is_narrow_when_asked_and_content_with_an_existing_one(tmp_path: Path) -> None:
    publish.make_folder(tmp_path / "keys", mode=0o700)
    publish.make_folder(tmp_path / "keys", mode=0o700)
    assert mode_of(tmp_path / "keys") == 0o700
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        publish.make_folder(tmp_path / "file")


def test_remove_file_says_whether_there_was_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert publish.remove_file(tmp_path / "a") is True
    assert publish.remove_file(tmp_path / "a") is False


def test_a_finished_file_replaces_another_in_one_step(tmp_path: Path) -> None:
    target = tmp_path / "bundle.pdf"
    target.write_bytes(b"old")
    (tmp_path / "new").write_bytes(b"new")
    publish.replace_with(tmp_path / "new", target)
    assert target.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.pdf"]


def test_a_finished_file_that_cannot_replace_is_not_left_behind(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "inside").write_bytes(b"")
    (tmp_path / "new").write_bytes(b"new")
    with pytest.raises(Unavailable):
        publish.replace_with(tmp_path / "new", tmp_path / "target")
    assert not (tmp_path / "new").exists()
