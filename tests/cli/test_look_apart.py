"""Looks by other processes say what a look here says; a process that dies says nothing, and nothing is taken for quiet."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from casefiles.intake.quiet import quiet_digest
from cli import look_apart
from cli.look_apart import LooksApart, looking_apart


def forking(patch: pytest.MonkeyPatch, few: int = 0) -> None:
    """Other processes look at however few cases; threads that other tests left behind hold no lock of ours."""
    patch.setattr(look_apart, "FEW", few)
    patch.setattr(threading, "active_count", lambda: 1)


def ended(looks: LooksApart) -> bool:
    """Whether the processes were waited for."""
    for process in looks.apart:
        with pytest.raises(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)
    return True


@pytest.fixture
def cases(tmp_path: Path) -> dict[Path, tuple[Path, ...]]:
    folders: dict[Path, tuple[Path, ...]] = {}
    for number in range(7):
        folder = tmp_path / f"case {number}"
        for name in ("evidence", "_chain/events", "_chain/tmp"):
            (folder / name).mkdir(parents=True)
        (folder / "evidence" / "a.txt").write_text(str(number))
        folders[folder] = (tmp_path / f"seen {number}",)
    (tmp_path / "case 3" / "_chain" / "tmp" / "litter").touch()
    return folders


@pytest.mark.parametrize("few", [0, 100], ids=["apart", "here"])
def test_other_processes_see_what_this_one_sees(
    cases: dict[Path, tuple[Path, ...]], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    forking(monkeypatch, few)
    with looking_apart(cases) as looks:
        assert bool(looks.apart) is (few == 0)
        found = looks.digests()
    assert found == {folder: quiet_digest(folder, own) for folder, own in cases.items()}
    assert [folder.name for folder, digest in found.items() if not digest] == ["case 3"]
    assert ended(looks)


def test_a_process_that_dies_leaves_its_cases_to_be_scanned(
    cases: dict[Path, tuple[Path, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    forking(monkeypatch)
    here = os.getpid()
    real = quiet_digest

    def dies(folder: Path, own: tuple[Path, ...]) -> bytes:
        if os.getpid() != here and folder.name == "case 2":
            os.kill(os.getpid(), signal.SIGKILL)
        return real(folder, own)

    monkeypatch.setattr(look_apart, "quiet_digest", dies)
    with looking_apart(cases) as looks:
        found = looks.digests()
    assert found[next(folder for folder in cases if folder.name == "case 2")] == b""
    assert found.keys() == cases.keys()
    assert any(found.values())


def test_beside_a_second_thread_nothing_is_forked(
    cases: dict[Path, tuple[Path, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_apart, "FEW", 0)
    ends = threading.Event()
    thread = threading.Thread(target=ends.wait)
    thread.start()
    try:
        with looking_apart(cases) as looks:
            assert looks.apart == ()
    finally:
        ends.set()
        thread.join()


def test_an_error_meanwhile_ends_the_processes(
    cases: dict[Path, tuple[Path, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    forking(monkeypatch)
    begun: list[LooksApart] = []
    with pytest.raises(RuntimeError), looking_apart(cases) as looks:
        begun.append(looks)
        raise RuntimeError
    assert begun[0].apart
    assert ended(begun[0])
