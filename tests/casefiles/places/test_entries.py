"""Looking at folders from outside."""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from casefiles.places.entries import (
    MOST_ENTRIES,
    chain_identity,
    contents_of,
    entries_of,
    is_case_file_copy,
    is_page_copy,
    look_at_case_file,
    only_in,
)
from watcher.filters import ignored_because


def write(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_entries_are_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    write(tmp_path / "file")
    (tmp_path / "to-file").symlink_to("file")
    (tmp_path / "to-folder").symlink_to("folder")
    (tmp_path / "to-nothing").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe")
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff", os.O_CREAT | os.O_WRONLY))
    found = {
        each.name: (each.folder, each.file, each.link, each.link_to_folder) for each in entries_of(tmp_path)
    }
    assert found == {
        b"file": (False, True, False, False),
        b"folder": (True, False, False, False),
        b"pipe": (False, False, False, False),
        b"to-file": (False, False, True, False),
        b"to-folder": (False, False, True, True),
        b"to-nothing": (False, False, True, False),
        b"\xff": (False, True, False, False),
    }


def test_contents_count_what_waits(tmp_path: Path) -> None:
    newest = datetime(2026, 3, 3, 12, tzinfo=UTC)
    for name, day in (("a.pdf", 1), ("sub/b.pdf", 3), ("sub/deep/c.pdf", 2)):
        at = newest.replace(day=day).timestamp()
        os.utime(write(tmp_path / name), (at, at))
    write(tmp_path / "Case status.html")
    write(tmp_path / "Thumbs.db")
    write(tmp_path / "2026" / "DOE" / "case.toml")
    (tmp_path / "away").symlink_to("/")
    os.utime(tmp_path / "2026" / "DOE" / "case.toml", (0, 0))
    os.utime(tmp_path / "away", (0, 0), follow_symlinks=False)
    found = contents_of(tmp_path, ignored_because)
    assert (found.files, found.folders, found.newest, found.more) == (5, 4, newest, False)
    assert found.cases == (b"2026/DOE",)


def test_counting_stops(tmp_path: Path) -> None:
    for number in range(MOST_ENTRIES + 1):
        (tmp_path / str(number)).touch()
    found = contents_of(tmp_path, ignored_because)
    assert (found.files, found.more) == (MOST_ENTRIES, True)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        contents_of(tmp_path / "gone", ignored_because)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)


@given(
    reference=NAMES,
    evidence=st.none() | st.lists(NAMES, min_size=1, max_size=3),
    comment=st.sampled_from(["", "# evidence = 5\n", '# reference = "no"\n', "\n\n"]),
    table=st.booleans(),
)
def test_a_look_at_the_case_file_says_what_reading_it_says(
    tmp_path_factory: pytest.TempPathFactory,
    reference: str,
    evidence: list[str] | None,
    comment: str,
    table: bool,
) -> None:
    document = tomlkit.document()
    document["reference"] = reference
    if evidence is not None:
        document["evidence"] = evidence
    text = (
        comment
        + tomlkit.dumps(document)
        + ('[other]\nreference = "wrong"\nevidence = ["wrong"]\n' if table else "")
    )
    read = tomllib.loads(text)
    folder = tmp_path_factory.mktemp("case")
    write(folder / "case.toml", text.encode())
    found = look_at_case_file(folder)
    assert found.reference == read["reference"]
    assert found.evidence == tuple(read.get("evidence", ["evidence"]))


@pytest.mark.parametrize(
    ("text", "reference", "evidence"),
    [
        (b"reference = '2026-1'\n", "2026-1", ("evidence",)),
        (b'\xef\xbb\xbfreference = "2026-1"\n', "2026-1", ("evidence",)),
        (b'reference = "a\\u0041"\n', "aA", ("evidence",)),
        (b'reference = "x"\nevidence = [\n  "a",  # one\n  "b",\n]\n', "x", ("a", "b")),
        (b'reference = "x"\r\nevidence = ["a", "b"]\r\n', "x", ("a", "b")),
        (b'reference = "x"\n' + b" " * 60_000 + b'\nevidence = ["a"]\n', "x", ("a",)),
        (b'reference = "x"\nevidence = "a"\n', "x", ("evidence",)),
        (b"reference = [", "", ("evidence",)),
        (b"\xff\xfe", "", ("evidence",)),
    ],
)
def test_unusual_case_files(tmp_path: Path, text: bytes, reference: str, evidence: tuple[str, ...]) -> None:
    write(tmp_path / "case.toml", text)
    found = look_at_case_file(tmp_path)
    assert (found.reference, found.evidence) == (reference, evidence)


def test_a_case_file_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "case.toml")
    assert look_at_case_file(tmp_path).reference == ""


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (b"case.toml", False),
        (b"case (1).toml", True),
        (b"case-DESKTOP-1234.toml", True),
        (b"case (conflicted copy 2026-03-02).toml", True),
        (b"Copy of case.toml", True),
        (b"case.toml.bak", True),
        (b"CASE.TOML", True),
        (b"casework.toml", False),
        (b"case.pdf", False),
        (b"trial.toml", False),
    ],
)
def test_copies_of_the_case_file_are_known_by_name(name: bytes, wanted: bool) -> None:
    assert is_case_file_copy(name) is wanted


def test_copies_of_the_page_are_known_by_name() -> None:
    assert is_page_copy(b"Case status (1).html")
    assert not is_page_copy(b"Case status.html")
    assert not is_page_copy(b"Case statuses.pdf")


def test_identity_needs_a_first_event(tmp_path: Path) -> None:
    assert chain_identity(tmp_path) is None
    event = tmp_path / "_chain" / "events" / "0000000001.json"
    write(event, b'{"body": {"case": "6f6f5a7c-0000-4000-8000-000000000001", "reference": "2026-1"}}')
    assert chain_identity(tmp_path) == ("6f6f5a7c-0000-4000-8000-000000000001", "2026-1")
    for broken in (b"{", b"[]", b'{"body": {"case": "../..", "reference": "x"}}', b"[" * 50_000):
        write(event, broken)
        assert chain_identity(tmp_path) is None


def test_files_that_only_a_copy_has(tmp_path: Path) -> None:
    home, copy = tmp_path / "home", tmp_path / "copy"
    for folder in (home, copy):
        write(folder / "evidence" / "same.pdf", b"12345")
        write(folder / "case.toml", folder.name.encode())
        write(folder / "_chain" / folder.name, b"x")
    write(home / "evidence" / "longer.pdf", b"123")
    write(copy / "evidence" / "longer.pdf", b"1234")
    write(copy / "evidence" / "new" / "letter.pdf")
    write(copy / "evidence" / "Thumbs.db")
    write(copy / "beside.pdf")
    assert only_in(copy, home, ignored_because) == (
        b"beside.pdf",
        b"evidence/longer.pdf",
        b"evidence/new/letter.pdf",
    )
    assert only_in(home, home, ignored_because) == ()
