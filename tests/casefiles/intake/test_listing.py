"""The walk: what it takes, what it names and does not follow, and what stops it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from casefiles.case_schema import parse_case
from casefiles.chain.verify_disk import walk_evidence
from casefiles.errors import FileInvalid, Unavailable
from casefiles.intake.listing import Listing, list_evidence, look_at, open_inside
from casefiles.layout import CaseLayout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "case" / "evidence").mkdir(parents=True)
    return tmp_path / "case"


def walk(folder: Path, *names: str) -> Listing:
    return list_evidence(folder, names or ("evidence",), lambda name: "a test" if name == b"skip" else None)


def codes(listing: Listing) -> list[str]:
    return [finding.code for finding in listing.findings]


def write(folder: Path, raw: bytes, data: bytes = b"x") -> bytes:
    path = folder / os.fsdecode(raw)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return raw


NAMES = {
    "control": b"evidence/a\x01b\x7f.txt",
    "newline": b"evidence/two\nlines.txt",
    "rtl": "evidence/evil\u202efdp.exe".encode(),
    "emoji": "evidence/🧾 receipt.pdf".encode(),
    "not utf-8": b"evidence/caf\xe9.pdf",
    "255 bytes": b"evidence/" + b"n" * 251 + b".pdf",
    "deep": b"evidence/" + b"d/" * 200 + b"f.txt",
    "hidden": b"evidence/.hidden/.file",
    "space": b"evidence/ ",
    "quote": b"evidence/'\";$(x)&<b>.txt",
}


@pytest.mark.parametrize("raw", NAMES.values(), ids=NAMES.keys())
def test_names_are_kept_raw(folder: Path, raw: bytes) -> None:
    write(folder, raw)
    listing = walk(folder)
    assert list(listing.files) == [raw]
    assert listing.complete
    with open_inside(folder, raw) as descriptor:
        assert os.read(descriptor, 9) == b"x"


def test_twins_are_two_files_and_are_named(folder: Path) -> None:
    composed, decomposed = (
        unicodedata.normalize(form, "evidence/Zoë.pdf").encode() for form in ("NFC", "NFD")
    )
    assert composed != decomposed
    for raw in (composed, decomposed, b"evidence/Letter.pdf", b"evidence/letter.PDF"):
        write(folder, raw)
    listing = walk(folder)
    assert len(listing.files) == 4
    assert codes(listing) == ["names-alike", "names-alike"]


def test_empty_files_are_listed(folder: Path) -> None:
    write(folder, b"evidence/empty.pdf", b"")
    assert walk(folder).files[b"evidence/empty.pdf"].size_bytes == 0


def test_ignored_files_are_named_with_their_reason_and_folders_are_never_ignored(folder: Path) -> None:
    write(folder, b"evidence/sub/skip")
    write(folder, b"evidence/skip/inside.txt")
    listing = walk(folder)
    assert [(entry.path, entry.reason) for entry in listing.ignored] == [(b"evidence/sub/skip", "a test")]
    assert list(listing.files) == [b"evidence/skip/inside.txt"]


def test_nothing_but_files_is_opened(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    evidence = folder / "evidence"
    (evidence / "link").symlink_to(outside / "secret.txt")
    (evidence / "folder link").symlink_to(outside)
    (evidence / "broken").symlink_to("nowhere")
    os.mkfifo(evidence / "pipe")
    monkeypatch.chdir(evidence)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        listing = walk(folder)
    assert listing.files == {}
    assert listing.complete
    found = {finding.subject: finding.code for finding in listing.findings}
    assert found == {
        "evidence/link": "link-not-followed",
        "evidence/broken": "link-not-followed",
        "evidence/folder link": "folder-link-not-followed",
        "evidence/pipe": "special-file",
        "evidence/socket": "special-file",
    }
    assert all(finding.remedy for finding in listing.findings)


def test_a_hard_link_is_named_and_taken_in(folder: Path) -> None:
    write(folder, b"evidence/a.txt")
    os.link(folder / "evidence/a.txt", folder / "b.txt")
    listing = walk(folder)
    assert list(listing.files) == [b"evidence/a.txt"]
    assert codes(listing) == ["hard-link"]


def test_a_linked_parent_is_refused_on_opening_and_looking(folder: Path, tmp_path: Path) -> None:
    write(folder, b"evidence/sub/a.txt")
    (folder / "evidence/sub").rename(tmp_path / "moved away")
    (folder / "evidence/sub").symlink_to(tmp_path / "moved away")
    assert look_at(folder, b"evidence/sub/a.txt") is None
    with (
        pytest.raises(OSError, match=r"Not a directory|symbolic"),
        open_inside(folder, b"evidence/sub/a.txt"),
    ):
        pass


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "evidence/pipe")
    with pytest.raises(OSError, match="not a regular file"), open_inside(folder, b"evidence/pipe"):
        pass


def test_an_unreadable_folder_makes_the_listing_incomplete(folder: Path) -> None:
    """Runs as an ordinary user, in a process of its own: root may read everything."""
    write(folder, b"evidence/open/a.txt")
    write(folder, b"evidence/closed/b.txt")
    (folder / "evidence/closed").chmod(0)
    folder.chmod(0o755)
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from casefiles.intake.listing import list_evidence\n"
        "os.chdir(sys.argv[1])\n"
        "os.getuid() or os.setuid(65534)\n"
        "listing = list_evidence(Path(), ['evidence'], lambda name: None)\n"
        "print(listing.complete, sorted(listing.files), [f.code for f in listing.findings])\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", program, folder], capture_output=True, text=True, check=True, cwd=_ROOT
        )
    finally:
        (folder / "evidence/closed").chmod(0o700)
    assert done.stdout == "False [b'evidence/open/a.txt'] ['folder-unreadable']\n"


_ROOT = Path(__file__).resolve().parents[3]


def test_several_evidence_folders(folder: Path) -> None:
    write(folder, b"Letters/2026/a.txt")
    write(folder, b"Attendance/b.txt")
    write(folder, b"other/c.txt")
    assert list(walk(folder, "Letters", "./Attendance/", "Letters/2026").files) == [
        b"Attendance/b.txt",
        b"Letters/2026/a.txt",
    ]


def test_a_vanished_evidence_folder_is_unavailable_and_never_empty(folder: Path) -> None:
    write(folder, b"evidence/a.txt")
    (folder / "evidence").rename(folder / "evidence-away")
    with pytest.raises(Unavailable, match="evidence"):
        walk(folder)


def test_a_linked_evidence_folder_is_unavailable(folder: Path, tmp_path: Path) -> None:
    (folder / "evidence").rmdir()
    (tmp_path / "elsewhere").mkdir()
    (folder / "evidence").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable, match="link"):
        walk(folder)


def test_a_vanished_case_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        walk(tmp_path / "gone")


@pytest.mark.parametrize("name", ["..", "evidence/../..", ""])
def test_an_evidence_folder_outside_the_case_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(Unavailable):
        walk(folder, name)


def test_the_whole_case_folder_is_listed_without_what_is_ours(tmp_path: Path) -> None:
    for name in ("a.txt", "sub/b.txt", "sub/case.toml", "sub/_chain/c.txt", "Drafts/d.txt", "drafts 2/e.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("theirs")
    for name in (
        "case.toml",
        "Case status.html",
        "_chain/x",
        "bundles/x",
        "drafts/x",
        "issued/x",
        ".casebinder-1/x",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("ours")
    listing = list_evidence(tmp_path, ["."], lambda _name: None)
    assert [path.decode() for path in listing.files] == [
        "Drafts/d.txt", "a.txt", "drafts 2/e.txt", "sub/_chain/c.txt", "sub/b.txt", "sub/case.toml",
    ]  # fmt: skip
    files, findings = walk_evidence(CaseLayout(tmp_path), ["."], lambda _name: False)
    assert (list(files), findings) == (list(listing.files), []), "verification looks at the same files"


@pytest.mark.parametrize(
    "name", ["_chain", "drafts/x", "..", "/etc", "./issued", "\\\\server", "case.toml", ""]
)
def test_an_evidence_folder_is_never_ours_or_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unavailable):
        list_evidence(tmp_path, [name], lambda _name: None)
    text = f'reference = "1"\nkind = "eso"\nopened = 2026-01-01\nofficer = "AB"\nevidence = [{json.dumps(name)}]\n'
    with pytest.raises(FileInvalid):
        parse_case(text.encode())


def test_the_whole_folder_stands_alone() -> None:
    text = 'reference = "1"\nkind = "eso"\nopened = 2026-01-01\nofficer = "AB"\nevidence = [{}]\n'
    assert parse_case(text.format('"."').encode()).evidence == (".",)
    with pytest.raises(FileInvalid, match="beside it"):
        parse_case(text.format('".", "evidence"').encode())
