"""Hints from the real system: which folder, how soon, and what is said when there are none."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from watchdog.observers.inotify_c import InotifyFD

from watcher.hints import HintBox, Hints, NoHints
from watcher.observer import Observer

DEADLINE_SECONDS = 30.0
LOCAL = "36 1 8:1 / / rw - ext4 /dev/root rw\n"


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    folder = tmp_path / "cases"
    for name in ("a", "b"):
        for inside in ("evidence/letters", "_chain/originals/ab", "issued", "drafts"):
            (folder / name / inside).mkdir(parents=True)
    return folder


class Watch:
    """A running observer and its box; `rung` is set at the first hint of a batch."""

    def __init__(self, cases: Path, mounts: str = LOCAL) -> None:
        self.rung = threading.Event()
        self.box = HintBox(time.monotonic, self.rung.set)
        self.observer = Observer(cases, self.box, mounts=lambda: mounts)

    def heard(self, *wanted: Path) -> Hints:
        """Wait for a process (the system), not for time: until these were named."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not set(wanted) <= self.box.waiting().cases:
            assert time.monotonic() < deadline, self.box.waiting()
            self.rung.wait(0.05)
        return self.box.take()


@pytest.fixture
def watch(cases: Path) -> Iterator[Watch]:
    watch = Watch(cases)
    assert watch.observer.start() is None
    yield watch
    watch.observer.stop()


def test_a_file_that_was_written_names_its_case(watch: Watch, cases: Path) -> None:
    (cases / "a" / "evidence" / "letters" / "one.pdf").write_bytes(b"1")
    hints = watch.heard(cases / "a")
    assert hints.cases == {cases / "a"}
    assert hints.first is not None
    assert hints.last is not None
    assert hints.first <= hints.last


def test_moves_deletions_and_new_folders_are_heard(watch: Watch, cases: Path) -> None:
    file = cases / "a" / "evidence" / "one.pdf"
    file.write_bytes(b"1")
    watch.heard(cases / "a")
    file.rename(cases / "b" / "evidence" / "one.pdf")
    watch.heard(cases / "a", cases / "b")
    (cases / "b" / "evidence" / "one.pdf").unlink()
    watch.heard(cases / "b")
    (cases / "c" / "evidence").mkdir(parents=True)
    watch.heard(cases / "c")
    (cases / "c" / "evidence" / "two.pdf").write_bytes(b"2")
    watch.heard(cases / "c")


def test_what_we_write_and_what_is_only_read_makes_no_hint(watch: Watch, cases: Path) -> None:
    case = cases / "a"
    (case / "_chain" / "originals" / "ab" / "abcd.pdf").write_bytes(b"1")
    (case / "_chain" / "new").mkdir()
    (case / "issued" / "trial.pdf").write_bytes(b"1")
    (case / "drafts" / "trial.pdf").write_bytes(b"1")
    part = case / ".casebinder-1.part"
    part.write_text("page")
    part.rename(case / "Case status.html")
    (case / "Case status.html").read_text()
    (cases / "b" / "evidence" / "marker").write_bytes(b"")
    assert watch.heard(cases / "b").cases == {cases / "b"}


def test_folders_that_only_we_write_take_no_watch(cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    whole = InotifyFD.add_callback

    def noting(self: InotifyFD, path: bytes, *rest: object) -> object:
        asked.append(path)
        return whole(self, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(InotifyFD, "add_callback", noting)
    watch = Watch(cases)
    assert watch.observer.start() is None
    watch.observer.stop()
    inside = sorted(os.fsdecode(path)[len(str(cases)) :] for path in asked)
    assert inside == [
        "",
        "/a",
        "/a/evidence",
        "/a/evidence/letters",
        "/b",
        "/b/evidence",
        "/b/evidence/letters",
    ]


@pytest.mark.parametrize("kind", ["cifs", "nfs4", "fuse.sshfs", "fuse.unknown"])
def test_a_share_of_other_machines_is_not_listened_to(cases: Path, kind: str) -> None:
    watch = Watch(cases, f"36 1 0:50 / / rw - {kind} //server/share rw\n")
    assert watch.observer.start() is NoHints.SHARED
    assert watch.observer.trouble() is NoHints.ENDED


def test_a_dead_thread_is_noticed_and_it_starts_again(watch: Watch, cases: Path) -> None:
    running = watch.observer._running
    assert running is not None
    assert watch.observer.trouble() is None
    running.inotify.stop()
    running.inotify.join(DEADLINE_SECONDS)
    assert watch.observer.trouble() is NoHints.ENDED
    assert watch.observer.start() is None
    (cases / "a" / "evidence" / "one.pdf").write_bytes(b"1")
    watch.heard(cases / "a")


def test_no_threads_are_left_after_a_stop(cases: Path) -> None:
    before = set(threading.enumerate())
    watch = Watch(cases)
    assert watch.observer.start() is None
    assert len(set(threading.enumerate()) - before) >= 3
    watch.observer.stop()
    assert set(threading.enumerate()) - before == set()


def test_without_the_folder_it_says_so(tmp_path: Path) -> None:
    assert Watch(tmp_path / "nowhere").observer.start() is NoHints.REFUSED


def test_lost_hints_ask_for_everything(watch: Watch) -> None:
    running = watch.observer._running
    assert running is not None
    overflow = type("Overflow", (), {"is_queue_overflow": True})()
    running.inotify.handle_event(overflow)
    assert watch.box.take().everything


def test_the_systems_limit_is_named_even_if_only_a_subfolder_met_it(
    cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = InotifyFD._add_callback

    def limited(self: InotifyFD, path: bytes, *rest: object) -> object:
        if path.endswith(b"letters"):
            raise OSError(errno.ENOSPC, "inotify watch limit reached")
        return whole(self, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(InotifyFD, "_add_callback", limited)
    watch = Watch(cases)
    assert watch.observer.start() is NoHints.LIMIT
    assert watch.observer._running is None


def test_the_real_limit_of_the_system(cases: Path) -> None:
    """In a user namespace of its own, where the limit can be lowered."""
    script = dedent(
        """
        import sys, time
        from pathlib import Path
        from watcher.hints import HintBox
        from watcher.observer import Observer
        Path("/proc/sys/user/max_inotify_watches").write_text("3")
        print(Observer(Path(sys.argv[1]), HintBox(time.monotonic, lambda: None), mounts=lambda: "").start())
        """
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", sys.executable, "-c", script, str(cases)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    if "unshare" in done.stderr:
        pytest.skip(f"this machine allows no user namespace: {done.stderr}")
    assert done.stdout.strip() == "limit", done.stderr


def test_a_storm_is_one_batch(cases: Path) -> None:
    rung: list[int] = []
    box = HintBox(lambda: 5.0, lambda: rung.append(1))
    for _ in range(10_000):
        box.put(cases / "a")
    assert len(rung) == 1
    assert box.take() == Hints(frozenset({cases / "a"}), first=5.0, last=5.0)
    assert box.waiting() == Hints()


def test_what_was_heard_is_remembered_after_it_was_taken(cases: Path) -> None:
    now = 5.0
    box = HintBox(lambda: now, lambda: None)
    box.put(cases / "a")
    box.take()
    assert box.heard_since(cases / "a", 5.0)
    assert not box.heard_since(cases / "a", 5.1)
    assert not box.heard_since(cases / "b", 0.0)
    box.forget_heard(6.0)
    assert not box.heard_since(cases / "a", 5.0)
