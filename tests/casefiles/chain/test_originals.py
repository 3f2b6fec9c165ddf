from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.chain import originals
from casefiles.errors import Unavailable, VerificationFailed

DATA = b"%PDF-1.7 the bytes as received"
SHA256 = hashlib.sha256(DATA).hexdigest()


def test_the_bytes_are_kept_read_only_under_their_hash(kit: Any) -> None:
    kept = originals.preserve(kit.layout, io.BytesIO(DATA), "pdf")
    assert kept.path == kit.layout.originals / SHA256[:2] / f"{SHA256}.pdf"
    assert (kept.sha256, kept.size_bytes, kept.known) == (SHA256, len(DATA), False)
    assert kept.path.read_bytes() == DATA
    assert stat.S_IMODE(kept.path.stat().st_mode) & 0o222 == 0
    assert list(kit.layout.chain_tmp.iterdir()) == []
    assert originals.find(kit.layout, SHA256) == kept.path


def test_a_path_is_opened_for_reading_only_and_left_as_it_was(kit: Any, tmp_path: Path) -> None:
    source = tmp_path / "a.pdf"
    source.write_bytes(DATA)
    source.chmod(0o400)
    before = source.stat()
    assert originals.preserve(kit.layout, source, "").path.name == SHA256
    after = source.stat()
    assert (before.st_mtime_ns, before.st_mode, before.st_ino) == (
        after.st_mtime_ns,
        after.st_mode,
        after.st_ino,
    )


def test_the_same_bytes_are_written_once_whatever_their_suffix(kit: Any) -> None:
    first = originals.preserve(kit.layout, io.BytesIO(DATA), "pdf")
    inode = first.path.stat().st_ino
    second = originals.preserve(kit.layout, io.BytesIO(DATA), "bin")
    assert second.known
    assert second.path == first.path
    assert first.path.stat().st_ino == inode
    assert len(list(first.path.parent.iterdir())) == 1
    assert list(kit.layout.chain_tmp.iterdir()) == []


def test_an_original_that_was_changed_is_not_taken_for_granted(kit: Any) -> None:
    kept = originals.preserve(kit.layout, io.BytesIO(DATA), "pdf")
    kept.path.chmod(0o600)
    kept.path.write_bytes(b"other")
    with pytest.raises(VerificationFailed, match=SHA256[:8]):
        originals.preserve(kit.layout, io.BytesIO(DATA), "pdf")


def test_dispose_removes_every_copy_and_says_how_many(kit: Any) -> None:
    originals.preserve(kit.layout, io.BytesIO(DATA), "pdf")
    assert originals.dispose(kit.layout, SHA256) == 1
    assert originals.find(kit.layout, SHA256) is None
    assert originals.dispose(kit.layout, SHA256) == 0


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_links_pipes_and_folders_are_not_read(kit: Any, tmp_path: Path, kind: str) -> None:
    source = tmp_path / "a.pdf"
    if kind == "link":
        source.symlink_to(kit.layout.case_file)
    elif kind == "pipe":
        os.mkfifo(source)
    else:
        source.mkdir()
    with pytest.raises((Unavailable, ValueError)):
        originals.preserve(kit.layout, source, "pdf")
    assert list(kit.layout.chain_tmp.iterdir()) == []


def test_a_share_that_is_gone_is_unavailable_and_nothing_is_made(kit: Any) -> None:
    shutil.rmtree(kit.layout.chain)
    for act in (
        lambda: originals.preserve(kit.layout, io.BytesIO(DATA), "pdf"),
        lambda: originals.find(kit.layout, SHA256),
        lambda: originals.dispose(kit.layout, SHA256),
    ):
        with pytest.raises(Unavailable):
            act()
    assert not kit.layout.chain.exists()


def test_a_missing_originals_folder_is_not_made_again(kit: Any) -> None:
    kit.layout.originals.rmdir()
    with pytest.raises(Unavailable):
        originals.preserve(kit.layout, io.BytesIO(DATA), "pdf")
    assert not kit.layout.originals.exists()


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        (b"a.pdf", "pdf"),
        (b"a.PDF", "pdf"),
        (b"dir.pdf/name", ""),
        (b"a.tar.gz", "gz"),
        (b"report.Zoe Example", ""),
        (b"report.zoe", ""),
        (b"pdf", ""),
        (b".pdf", "pdf"),
        (b"a.\xff", ""),
        (b"", ""),
    ],
)
def test_a_suffix_comes_from_a_closed_list(name: bytes, suffix: str) -> None:
    assert originals.safe_suffix(name) == suffix


@given(st.binary(max_size=40))
def test_a_suffix_never_carries_a_name(name: bytes) -> None:
    assert originals.safe_suffix(name) in {"", *originals._SUFFIXES}


@pytest.mark.parametrize("suffix", ["PDF", "../x", "a.b", "toolongsuffix"])
def test_other_suffixes_are_refused(kit: Any, suffix: str) -> None:
    with pytest.raises(ValueError, match="not a suffix"):
        originals.preserve(kit.layout, io.BytesIO(DATA), suffix)
