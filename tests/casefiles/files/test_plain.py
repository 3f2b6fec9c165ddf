from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from casefiles.errors import Unavailable
from casefiles.files.plain import (
    NotPlain,
    folder_inside,
    is_plain_file,
    is_plain_folder,
    open_plain,
    plain_names,
    read_plain,
)
from casefiles.files.publish import remove_inside
from casefiles.hashing import sha256_bytes, sha256_file
from casefiles.layout import CaseLayout
from casefiles.own_folders import refuse_links


def link_to_a_file(path: Path) -> None:
    (path.parent / "target").write_text("Elsewhere")
    path.symlink_to("target")


def bound_socket(path: Path) -> None:
    here = os.open(".", os.O_RDONLY)
    os.chdir(path.parent)  # a socket's path is limited to 108 bytes
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)


KINDS: dict[str, Callable[[Path], object]] = {
    "it is a link, and links are not followed": link_to_a_file,
    "it is a pipe": os.mkfifo,
    "it is a socket": bound_socket,
    "it is a folder": Path.mkdir,
}


@pytest.mark.parametrize("what", KINDS)
def test_what_is_no_plain_file_is_named_and_never_waited_for(tmp_path: Path, what: str) -> None:
    path = tmp_path / "paper.pdf"
    KINDS[what](path)
    for read in (open_plain, read_plain, sha256_file):
        with pytest.raises(NotPlain) as caught:
            read(path)
        assert (caught.value.strerror, caught.value.filename) == (what, str(path))
    assert not is_plain_file(path)
    assert is_plain_folder(path) == ("folder" in what)


def test_a_device_is_named_and_not_read(tmp_path: Path) -> None:
    with pytest.raises(NotPlain, match="it is a device"):
        read_plain(Path("/dev/zero"))


def test_a_plain_file_is_read_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes(b"A note")
    assert (read_plain(path), read_plain(path, 3), sha256_file(path)) == (
        b"A note",
        b"A n",
        sha256_bytes(b"A note"),
    )
    assert is_plain_file(path)
    assert not is_plain_file(path / "below")
    assert not is_plain_file(tmp_path / "not there")
    with pytest.raises(FileNotFoundError):
        open_plain(tmp_path / "not there")


def test_names_of_a_folder_but_not_of_what_a_link_leads_to(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("b", "a"):
        (folder / name).touch()
    assert plain_names(folder) == ["a", "b"]
    (tmp_path / "link").symlink_to(folder)
    for path, what in ((tmp_path / "link", "link"), (folder / "a", "it is a file")):
        with pytest.raises(NotPlain, match=what):
            plain_names(path)
    with pytest.raises(FileNotFoundError):
        plain_names(tmp_path / "gone")


def test_a_file_is_removed_only_inside_the_folder(tmp_path: Path) -> None:
    case, outside = tmp_path / "case", tmp_path / "outside"
    (case / "evidence").mkdir(parents=True)
    outside.mkdir()
    (outside / "paper").write_text("Not ours")
    (case / "evidence" / "sub").symlink_to(outside)
    (case / "evidence" / "link").symlink_to(outside / "paper")
    (case / "evidence" / "paper").write_text("Ours")
    with pytest.raises(Unavailable, match="sub"):
        remove_inside(case, b"evidence/sub/paper")
    assert remove_inside(case, b"evidence/link")
    assert remove_inside(case, b"evidence/paper")
    assert not remove_inside(case, b"evidence/paper")
    assert not remove_inside(case, b"evidence/gone/paper")
    assert (outside / "paper").read_text() == "Not ours"
    with pytest.raises(OSError), folder_inside(case, [b"evidence", b"sub"]):
        pass


@pytest.mark.parametrize("name", ["bundles", "drafts", "issued", "_chain"])
def test_our_folders_are_never_links(tmp_path: Path, name: str) -> None:
    layout = CaseLayout(tmp_path)
    refuse_links(layout)
    (tmp_path / name).symlink_to(tmp_path.parent)
    with pytest.raises(Unavailable, match=f"“{name}” of .* it is a link"):
        refuse_links(layout)
    (tmp_path / name).unlink()
    (tmp_path / name).write_text("A file")
    with pytest.raises(Unavailable, match="it is a file"):
        refuse_links(layout)
