"""Links, pipes, sockets, devices and folders under the names of files: never followed, never waited for, always said.

A command that waits on a pipe would wait for ever: an alarm ends the test then.
"""

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from tests.cli.share import REFERENCE, Share, write_pdf

SECRET = "Only in the secret file 5518"
PATIENCE_SECONDS = 600


@pytest.fixture(autouse=True)
def _nothing_waits() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError("a command waits on something that is no file")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(PATIENCE_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def a_link(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "secret.txt")


def a_folder_link(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def a_relative_link(path: Path, outside: Path) -> None:
    path.symlink_to(os.path.relpath(outside / "secret.txt", path.parent))


def a_dangling_link(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "nothing here")


def a_loop(path: Path, outside: Path) -> None:
    path.symlink_to(path.name)


def a_pipe(path: Path, outside: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path, outside: Path) -> None:
    """Bound under a short name first: a socket's path is limited to 108 bytes."""
    short = outside.parent / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(short))
    short.rename(path)


def a_device(path: Path, outside: Path) -> None:
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))  # /dev/zero: reading it never ends
    except PermissionError:
        pytest.skip("this user may not make devices")


def a_folder(path: Path, outside: Path) -> None:
    path.mkdir()
    (path / "inside.txt").write_text("In a folder with a file's name")


KINDS: dict[str, Callable[[Path, Path], None]] = {
    kind.__name__: kind
    for kind in (
        a_link, a_folder_link, a_relative_link, a_dangling_link, a_loop, a_pipe, a_socket, a_device, a_folder,
    )
}  # fmt: skip
REPORTED = {
    "a_link": "link-not-followed",
    "a_folder_link": "folder-link-not-followed",
    "a_relative_link": "link-not-followed",
    "a_dangling_link": "link-not-followed",
    "a_loop": "link-not-followed",
    "a_pipe": "special-file",
    "a_socket": "special-file",
    "a_device": "special-file",
}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the workspace, with a file that must never get into a case."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_text(SECRET)
    write_pdf(folder / "secret.pdf", [SECRET])
    return folder


def untouched(outside: Path) -> bool:
    return (
        sorted(path.name for path in outside.iterdir()) == ["secret.pdf", "secret.txt"]
        and (outside / "secret.txt").read_text() == SECRET
    )


def leaked(share: Share) -> list[Path]:
    """Every file of the workspace and of the machine that holds the secret."""
    return [
        path
        for top in (share.root, share.state)
        for path in top.rglob("*")
        if path.is_file() and not path.is_symlink() and SECRET.encode() in path.read_bytes()
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_in_the_evidence(share: Share, outside: Path, kind: str) -> None:
    KINDS[kind](share.evidence / "paper.pdf", outside)
    scanned = share.json("scan", REFERENCE)["cases"][0]
    if kind == "a_folder":
        assert scanned["items"] == 4
    else:
        assert scanned["items"] == 3
        assert (REPORTED[kind], "evidence/paper.pdf") in {
            (found["code"], found["subject"]) for found in scanned["findings"]
        }
        assert "evidence/paper.pdf" in (share.case / "Case status.html").read_text()
    share.run("bundle", REFERENCE)
    share.run("verify", REFERENCE, expect=0)
    assert leaked(share) == []
    assert untouched(outside)


@pytest.mark.parametrize("kind", KINDS)
def test_instead_of_a_file_that_was_taken_in(share: Share, outside: Path, kind: str) -> None:
    """What stood there counts as gone; what the link leads to is neither taken in nor removed."""
    share.run("bundle", REFERENCE)
    paper = share.evidence / "call log 19.01.2026.txt"
    shutil.copy(paper, outside.parent / "same bytes.txt")
    paper.unlink()
    KINDS[kind](paper, outside)
    if kind == "a_link":
        paper.unlink()
        paper.symlink_to(outside.parent / "same bytes.txt")
    share.run("verify", REFERENCE, expect=4)
    share.run("scan", REFERENCE)
    share.run("bundle", REFERENCE)
    share.run("withdraw", REFERENCE, "call log 19.01.2026.txt", "--reason", "wrong-child", "--by", "A. Head")
    assert (outside.parent / "same bytes.txt").is_file()
    assert os.path.lexists(paper)
    assert leaked(share) == []
    assert untouched(outside)


# Where it stands (relative to the case folder, `../..` being the workspace), and the exit codes of commands.
OURS: dict[str, dict[str, int]] = {
    "case.toml": {"scan": 2, "status": 0, "bundle": 2, "verify": 2, "placeholder": 0, "withdraw": 2},
    "bundles/bundle.toml": {"scan": 0, "status": 0, "bundle": 2, "verify": 0, "placeholder": 2, "withdraw": 0},
    "bundles/other.toml": {"scan": 0, "status": 0, "bundle": 0, "verify": 0, "placeholder": 2, "withdraw": 0},
    "_chain/events/0000000003.json": {
        "scan": 4, "status": 4, "bundle": 4, "verify": 4, "placeholder": 4, "withdraw": 4,
    },
    "_chain/events/0000000099.json": {
        "scan": 4, "status": 4, "bundle": 4, "verify": 4, "placeholder": 4, "withdraw": 4,
    },
    "_chain/names/NAME": {"scan": 0, "status": 0, "bundle": 0, "verify": 4, "placeholder": 0, "withdraw": 0},
    "_chain/names/CALLLOG": {"scan": 0, "status": 0, "bundle": 0, "verify": 4, "placeholder": 0, "withdraw": 0},
    "_chain/originals/ORIGINAL": {"verify": 4, "status": 0},
    "_chain/checkpoints/CHECKPOINT.txt": {"verify": 4, "scan": 0, "status": 0},
    "_chain/checkpoints/CHECKPOINT.sig": {"verify": 4, "scan": 0, "status": 0},
    "../../casebinder.toml": {
        "scan": 2, "status": 2, "bundle": 2, "verify": 2, "placeholder": 2, "withdraw": 2,
    },
    "../../keys/KEY": {"scan": 0, "status": 0, "bundle": 0, "verify": 4, "placeholder": 0},
    "../../keys/0123456789abcdef.json": {"scan": 0, "status": 0, "bundle": 0, "verify": 4},
}  # fmt: skip
CALL_LOG = "call log 19.01.2026.txt"
COMMANDS: dict[str, tuple[str, ...]] = {
    "scan": ("scan", REFERENCE),
    "status": ("status", REFERENCE),
    "bundle": ("bundle", REFERENCE),
    "verify": ("verify", REFERENCE),
    "placeholder": ("placeholder", REFERENCE, CALL_LOG, "--reason", "kept apart"),
    "withdraw": ("withdraw", REFERENCE, CALL_LOG, "--reason", "wrong-child", "--by", "A"),
}


def place_of(share: Share, place: str) -> Path:
    chain = share.case / "_chain"
    names: dict[str, Callable[[], str]] = {
        "NAME": lambda: min(path.name for path in chain.glob("names/*") if CALL_LOG not in path.read_text()),
        "CALLLOG": lambda: next(path.name for path in chain.glob("names/*") if CALL_LOG in path.read_text()),
        "ORIGINAL": lambda: str(min(chain.glob("originals/*/*")).relative_to(chain / "originals")),
        "CHECKPOINT": lambda: min(chain.glob("checkpoints/*.txt")).stem,
        "KEY": lambda: min((share.root / "keys").glob("*.json")).name,
    }
    for word, found in names.items():
        if word in place:
            place = place.replace(word, found())
    return (share.case / place).resolve()


@pytest.fixture
def issued_share(share: Share) -> Share:
    share.run("bundle", REFERENCE)
    share.decide_all()
    share.run("bundle", REFERENCE, "--issue")
    return share


@pytest.mark.parametrize("place", OURS)
def test_instead_of_a_file_of_ours(issued_share: Share, outside: Path, place: str) -> None:
    """One kind of thing after the other; a link that leads to the very bytes is not followed either."""
    share = issued_share
    path = place_of(share, place)
    there = path.exists()
    if there:
        path.rename(outside / "secret.txt")
    before = (outside / "secret.txt").read_bytes()
    expected = OURS[place]
    for kind in ("a_link", "a_folder_link", "a_socket", "a_device", "a_folder", "a_pipe"):
        KINDS[kind](path, outside)
        left_out = (
            {"withdraw"} if kind in {"a_link", "a_pipe"} else {"withdraw", "bundle", "verify"}
        )  # they take long
        for name in (each for each in expected if each not in left_out):
            code, words = said(share, COMMANDS[name])
            assert (name, code) == (name, expected[name]), (kind, words)
        if kind != "a_pipe":
            shutil.rmtree(path) if kind == "a_folder" else path.unlink()
    if "withdraw" in expected:
        code, words = said(share, COMMANDS["withdraw"])
        assert code == expected["withdraw"], words
    assert (outside / "secret.txt").read_bytes() == before
    assert sorted(each.name for each in outside.iterdir()) == ["secret.pdf", "secret.txt"]


def said(share: Share, words: tuple[str, ...]) -> tuple[int, str]:
    from cli.main import run

    share.capture.readouterr()
    code = run(["--workspace", str(share.root), *words])
    out, err = share.capture.readouterr()
    assert "Traceback" not in err
    assert code != 1, err
    return code, out + err


@pytest.mark.parametrize("kind", KINDS)
def test_instead_of_a_status_page(share: Share, outside: Path, kind: str) -> None:
    share.run("scan")
    for page in (share.case / "Case status.html", share.root / "Cases status.html"):
        page.unlink()
        KINDS[kind](page, outside)
        share.run("scan", expect=5 if kind == "a_folder" else 0)
        if kind == "a_folder":
            assert page.name in share.said
            shutil.rmtree(page)
        assert not page.is_symlink()
        assert untouched(outside)
    if kind != "a_folder":
        assert "call log" in (share.case / "Case status.html").read_text()


@pytest.mark.parametrize(
    "folder",
    ["_chain", "_chain/events", "_chain/names", "_chain/originals", "_chain/tmp", "_chain/checkpoints",
     "bundles", "drafts", "issued", "evidence"],
)  # fmt: skip
def test_a_link_instead_of_a_folder_of_a_case(issued_share: Share, outside: Path, folder: str) -> None:
    """Even one to the very same folder, moved: what we write must end in the case and nowhere else."""
    share = issued_share
    moved = outside / "moved"
    shutil.move(share.case / folder, moved)
    (share.case / folder).symlink_to(moved)
    before = sorted(path.relative_to(moved) for path in moved.rglob("*"))
    for command in ("scan", "bundle", "withdraw", "placeholder"):
        code, words = said(share, COMMANDS[command])
        not_asked = (folder, command) == ("evidence", "placeholder")
        assert (code, "link" in words) == ((0, False) if not_asked else (5, True)), words
    assert sorted(path.relative_to(moved) for path in moved.rglob("*")) == before
    code, words = said(share, COMMANDS["verify"])
    assert code in (4, 5), words


def test_the_workspace_its_cases_and_a_case_may_stand_behind_a_link(share: Share, tmp_path: Path) -> None:
    elsewhere = tmp_path / "last year"
    elsewhere.mkdir()
    case = share.case
    shutil.move(case, elsewhere / case.name)
    case.symlink_to(elsewhere / case.name)
    share.run("bundle", REFERENCE)
    shutil.move(share.root / "cases", elsewhere / "cases")
    (share.root / "cases").symlink_to(elsewhere / "cases")
    share.run("scan")
    assert "3 items" in share.run("scan", REFERENCE)
    shutil.move(share.root, elsewhere / "share")
    share.root.symlink_to(elsewhere / "share")
    share.run("scan", REFERENCE)
    share.run("verify", REFERENCE)


@pytest.mark.parametrize(
    "kind", ["a_link", "a_dangling_link", "a_loop", "a_pipe", "a_socket", "a_device", "a_folder"]
)
def test_a_case_with_something_else_as_case_file_is_still_reported(
    share: Share, outside: Path, kind: str
) -> None:
    share.run("scan")
    (share.case / "case.toml").unlink()
    KINDS[kind](share.case / "case.toml", outside)
    code, words = said(share, ("scan",))
    assert code == 2
    assert "case.toml" in words
    assert share.case.name in words or REFERENCE in words


def test_hard_links(share: Share, outside: Path) -> None:
    """Within the evidence, to another case and to a file outside: taken in, said, and never written through."""
    share.run("open", "prosecution-444-1a", "2026-0043", "--officer", "AB")
    other = share.root / "cases" / "2026-0043" / "evidence"
    paper = share.evidence / "call log 19.01.2026.txt"
    (share.evidence / "same again.txt").hardlink_to(paper)
    (other / "from the other case.txt").hardlink_to(paper)
    (share.evidence / "from outside.txt").hardlink_to(outside / "secret.txt")
    rows = share.json("scan")["cases"]
    linked = {found["subject"] for row in rows for found in row["findings"] if found["code"] == "hard-link"}
    assert linked == {
        "evidence/call log 19.01.2026.txt",
        "evidence/same again.txt",
        "evidence/from the other case.txt",
        "evidence/from outside.txt",
    }
    originals = list(share.root.rglob("_chain/originals/*/*"))
    assert all(path.stat().st_nlink == 1 for path in originals)
    share.run("withdraw", REFERENCE, "from outside.txt", "--reason", "wrong-case", "--by", "A. Head")
    assert untouched(outside)
    assert not (share.evidence / "from outside.txt").exists()
    share.run("verify", REFERENCE)
