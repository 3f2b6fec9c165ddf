"""What we create is never open to more people than its folder; this machine's own state is for its user alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from cli.main import run
from tests.cli.share import REFERENCE, Share, write_pdf

# A umask that hides a lack of care of ours stands beside one that hides nothing.
TOGETHER = (
    (0o000, 0o700),
    (0o000, 0o750),
    (0o000, 0o2770),
    (0o022, 0o770),
    (0o022, 0o775),
    (0o077, 0o2770),
)
SOME_GROUP = 54321


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize(("umask", "mode"), TOGETHER, indirect=["umask"], ids=oct)
def test_nothing_on_the_share_is_wider_than_its_folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    umask: int,
    mode: int,
) -> None:
    share = Share(tmp_path / "share", tmp_path / "machine", capsys)
    monkeypatch.setenv("CASEBINDER_STATE", str(share.state))
    share.root.mkdir()
    if mode & stat.S_ISGID and os.getuid() == 0:
        os.chown(share.root, -1, SOME_GROUP)
    share.root.chmod(mode)
    everything(share)
    walk = Walk(share.root)
    assert walk.wider == []
    if mode & stat.S_ISGID:
        group = share.root.stat().st_gid
        assert [path for path in walk.seen if path.lstat().st_gid != group] == []
        assert [path for path in walk.folders if not path.stat().st_mode & stat.S_ISGID] == []
    assert Walk(share.state).not_private == []


def everything(share: Share) -> None:
    """Every command that writes; what people drop has the widest rights, which must not rub off."""
    assert run(["init", str(share.root), "--authority", "Anytown Council"]) == 0
    settings = share.root / "casebinder.toml"
    settings.write_text(settings.read_text() + "\n[intake]\nsettle_seconds = 0\n")
    people = ["--child", "Zoë Example", "--parent", "Pat Example", "--officer", "AB"]
    share.run("open", "prosecution-444-1a", REFERENCE, *people)
    evidence = share.evidence
    write_pdf(evidence / "statement.pdf", ["A statement"])
    (evidence / "note.txt").write_text("A note")
    (evidence / "wrong.txt").write_text("About another child")
    with pikepdf.open(evidence / "statement.pdf") as pdf:
        pdf.save(evidence / "locked.pdf", encryption=pikepdf.Encryption(user="aB3", owner="cD4"))
    dropped = [path for path in evidence.iterdir() if path.is_file()]
    for path in dropped:
        path.chmod(0o666)
    share.run("scan")
    share.run("placeholder", REFERENCE, "locked.pdf", "--reason", "no password yet")
    share.run("withdraw", REFERENCE, "wrong.txt", "--reason", "wrong-child", "--by", "A. Head")
    share.run("search", "statement")
    share.run("bundle", REFERENCE)
    share.decide_all()
    share.run("bundle", REFERENCE, "--issue")
    share.run("verify", REFERENCE)
    share.run("status")
    share.run("key", "list")
    loose = share.root / "cases" / "found in a cupboard"
    loose.mkdir()
    loose.chmod(stat.S_IMODE(loose.parent.stat().st_mode))
    (loose / "letter.txt").write_text("A letter")
    share.run("adopt", str(loose), "prosecution-444-1a", "2026-0099", "--officer", "AB")
    share.run("scan")
    for path in (*dropped, loose / "letter.txt", settings, share.bundle_file):
        path.chmod(0o600) if path.exists() else None  # people's own, as far as this test goes


class Walk:
    """Everything below a folder, and what is wrong with its rights."""

    def __init__(self, top: Path) -> None:
        self.seen = sorted(top.rglob("*"))
        self.folders = [path for path in self.seen if path.is_dir()]
        self.wider = [self._shown(path) for path in self.seen if self._is_wider(path)]
        self.not_private = [self._shown(path) for path in (top, *self.seen) if _others(path)]

    @staticmethod
    def _is_wider(path: Path) -> bool:
        mine, above = path.lstat().st_mode, path.parent.stat().st_mode
        may = 0o777 if path.is_dir() else 0o666
        return bool(stat.S_IMODE(mine) & 0o077 & may & ~stat.S_IMODE(above))

    @staticmethod
    def _shown(path: Path) -> str:
        return f"{stat.filemode(path.lstat().st_mode)} {path}"


def _others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.lstat().st_mode) & 0o077)


@pytest.mark.parametrize("umask", [0o000], indirect=True)
def test_state_that_was_open_to_others_is_closed_again(
    share: Share, monkeypatch: pytest.MonkeyPatch, umask: int
) -> None:
    """A last failure names people; it must not stay as wide as an older one was."""
    (share.state / "last-failure.txt").write_text("old")
    (share.state / "last-failure.txt").chmod(0o644)

    def breaks(*_words: object, **_more: object) -> None:
        raise RuntimeError("Zoë")

    monkeypatch.setattr("cli.status.find_workspace", breaks)
    share.run("status", expect=1)
    assert "may name people" in share.said
    assert "Zoë" not in share.said
    assert "Zoë" in (share.state / "last-failure.txt").read_text()
    assert Walk(share.state).not_private == []
