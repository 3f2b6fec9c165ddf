"""The watcher as a real process: drops, signals, kills, two machines, a dead listener, a share that goes and returns."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from tests.cli.share import REFERENCE, Share, write_pdf
from tests.cli.watching import COMMAND, ROOT, Watcher, descendants, page_names, until


@pytest.fixture
def share(new_share: Callable[[], Share]) -> Share:
    made = new_share()
    settings = made.root / "casebinder.toml"
    settings.write_text(settings.read_text().replace("settle_seconds = 0\n", "settle_seconds = 0.2\n"))
    return made


def set_pace(share: Share, seconds: float) -> None:
    settings = share.root / "casebinder.toml"
    settings.write_text(settings.read_text() + f"\n[watch]\nevery_seconds = {seconds}\n")


def received(share: Share) -> Counter[str]:
    """How often each file's bytes were received, by SHA-256."""
    events = [json.loads(file.read_bytes()) for file in (share.case / "_chain" / "events").iterdir()]
    return Counter(event["body"]["sha256"] for event in events if event["type"] == "evidence.received")


def unfinished_files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.name.endswith(".part") or path.parent.name == "tmp"]


def test_a_drop_is_on_the_page_and_the_log_names_nobody(share: Share) -> None:
    with Watcher(share.root, share.state) as watcher:
        watcher.says("round", thorough=True)
        watcher.says("hints-on")
        name = "Pat Example GP letter.pdf"
        write_pdf(share.evidence / name, ["Seen by Dr Example"])
        until(page_names(share.case / "Case status.html", name), "the file on the page")
        row = watcher.says("case", case=REFERENCE)
        assert (row["received"], row["events"]) == (1, 1)
        assert [len(digest) for digest in row["ids"]] == [8]
        children = descendants(watcher.process.pid)
        assert children
        assert watcher.stop() == 0
    assert watcher.log[-1]["event"] == "stopped"
    log = watcher.log_file.read_text()
    for private in ("Example", "letter", "EXAMPLE", "Traceback", str(share.root)):
        assert private not in log
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert unfinished_files(share.root) == []
    assert list((share.state / "work").iterdir()) == []


def test_it_polls_where_it_is_told_to(share: Share) -> None:
    set_pace(share, 1)
    with Watcher(share.root, share.state, "--poll") as watcher:
        assert watcher.says("hints-off")["reason"] == "not-asked"
        (share.evidence / "note.txt").write_text("Called. No answer.")
        until(page_names(share.case / "Case status.html", "note.txt"), "the file on the page")
        assert watcher.stop(signal.SIGINT) == 130


def test_a_stop_in_the_middle_of_a_round_and_a_start_lose_nothing(share: Share) -> None:
    for number in range(60):
        write_pdf(share.evidence / f"{number}.pdf", [f"Page {number}"])
    with Watcher(share.root, share.state) as watcher:
        watcher.says("started")
        children = until(lambda: descendants(watcher.process.pid), "the first files being read")
        assert watcher.stop() == 0
    assert watcher.log[-1]["event"] == "stopped"
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert unfinished_files(share.root) == []
    assert list((share.state / "work").iterdir()) == []
    with Watcher(share.root, share.state) as watcher:
        watcher.says("started")
        until(page_names(share.case / "Case status.html", "59.pdf"), "the page")
        until(lambda: len(received(share)) == 60, "every file received")
        assert watcher.stop() == 0
    assert set(received(share).values()) == {1}
    share.run("verify", REFERENCE)


def test_killed_at_any_moment_and_started_again_it_loses_nothing(share: Share) -> None:
    total = 0
    for kill in range(6):
        for _ in range(8):
            (share.evidence / f"note {total}.txt").write_text(f"Note {total}. " + "No answer. " * 50)
            total += 1
        with Watcher(share.root, share.state) as watcher:
            known = sum(received(share).values())
            # each time at another place: before anything, at the first events, later
            until(lambda: sum(received(share).values()) >= known + kill or watcher.log[-1:], "some work")  # noqa: B023
            watcher.process.kill()
            watcher.process.wait()
    with Watcher(share.root, share.state) as watcher:
        until(lambda: len(received(share)) == total, "every file received")
        until(page_names(share.case / "Case status.html", f"note {total - 1}.txt"), "the page")
        assert watcher.stop() == 0
    assert set(received(share).values()) == {1}
    share.run("verify", REFERENCE)


def test_two_machines_watch_and_each_file_is_received_once(share: Share, tmp_path: Path) -> None:
    set_pace(share, 1)
    with (
        Watcher(share.root, share.state) as here,
        Watcher(share.root, tmp_path / "other machine") as there,
    ):
        here.says("round", thorough=True)
        there.says("round", thorough=True)
        for number in range(30):
            (share.evidence / f"note {number}.txt").write_text(f"Note {number}")
        until(lambda: len(received(share)) == 30, "thirty files received")
        (share.evidence / "note 3.txt").rename(share.evidence / "moved.txt")
        until(page_names(share.case / "Case status.html", "moved.txt"), "the move on the page")
        assert (here.stop(), there.stop()) == (0, 0)
    assert set(received(share).values()) == {1}
    assert {row["event"] for row in [*here.log, *there.log]}.isdisjoint({"case-problem", "round-failed"})
    share.run("verify", REFERENCE)


def test_a_second_watcher_on_one_machine_is_refused(share: Share) -> None:
    with Watcher(share.root, share.state) as watcher:
        watcher.says("started")
        share.run("watch", "--log", expect=2)
        assert "is watching this workspace already" in share.said
        assert watcher.stop() == 0


def test_a_thread_that_dies_is_noticed_and_the_watcher_goes_on(share: Share) -> None:
    set_pace(share, 1)
    dying = dedent(
        """
        from watcher import observer

        def handle_event(self, event):
            raise RuntimeError("Pat Example")

        observer._SparingInotify.handle_event = handle_event
        from cli.main import main
        main()
        """
    )
    with Watcher(share.root, share.state, command=[sys.executable, "-c", dying]) as watcher:
        watcher.says("hints-on")
        watcher.says("round", thorough=True)
        (share.evidence / "note.txt").write_text("Called. No answer.")
        assert watcher.says("thread-failed")["type"] == "RuntimeError"
        watcher.says("hints-off", reason="ended", level="warning")
        until(page_names(share.case / "Case status.html", "note.txt"), "the file on the page")
        assert watcher.stop() == 0
    assert "Example" not in watcher.log_file.read_text()


def test_a_mistake_in_the_settings_stops_no_service(share: Share) -> None:
    set_pace(share, 1)
    settings = share.root / "casebinder.toml"
    good = settings.read_text()
    with Watcher(share.root, share.state) as watcher:
        watcher.says("round", thorough=True)
        settings.write_text(good + "\nrubbish = [\n")
        assert watcher.says("cannot-look")["code"] == "file-invalid"
        settings.write_text(good)
        watcher.says("available-again")
        assert watcher.stop() == 0


def test_a_case_that_cannot_be_scanned_is_said_once_and_stops_no_other(share: Share) -> None:
    set_pace(share, 1)
    share.run("open", "prosecution-444-1a", "2026-0043", "--officer", "AB")
    other = next(share.root.glob("cases/2026-0043*"))
    case_file = other / "case.toml"
    good = case_file.read_text()
    case_file.write_text("reference = 'Pat Example'\nrubbish = [")
    with Watcher(share.root, share.state) as watcher:
        (share.evidence / "note.txt").write_text("Called. No answer.")
        until(page_names(share.case / "Case status.html", "note.txt"), "the other case's page")
        watcher.says("case-problem", code="file-invalid")
        case_file.write_text(good)
        watcher.says("case-well-again", case="2026-0043")
        assert watcher.stop() == 0
    assert [row["event"] for row in watcher.log].count("case-problem") == 1
    assert "Example" not in watcher.log_file.read_text()


def test_an_index_that_is_deleted_while_it_watches_is_made_again(share: Share) -> None:
    with Watcher(share.root, share.state) as watcher:
        (share.evidence / "one.txt").write_text("One")
        until(page_names(share.case / "Case status.html", "one.txt"), "the first file")
        shutil.rmtree(share.state / "index")
        (share.evidence / "two.txt").write_text("Two")
        until(page_names(share.case / "Case status.html", "two.txt"), "the second file")
        assert watcher.stop() == 0
    assert set(received(share).values()) == {1}
    assert "two.txt" in share.run("status", REFERENCE)


def test_the_supervisor_hears_of_start_life_and_end(share: Share, tmp_path: Path) -> None:
    address = os.path.relpath(tmp_path / "n", ROOT)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(60)
        with Watcher(share.root, share.state, notify=address) as watcher:
            heard = [listener.recv(4096).decode()]
            while not any(message.startswith("STATUS=1 case") for message in heard):
                heard.append(listener.recv(4096).decode())
            assert watcher.stop() == 0
        assert heard[0] == "READY=1"
        assert "WATCHDOG=1" in heard
        while heard[-1] != "STOPPING=1":
            heard.append(listener.recv(4096).decode())


VANISH = """
set -eu
mkdir -p "$1/real" "$1/share"
mount -t tmpfs none "$1/real"
cp -a "$2/." "$1/real/"
mount --bind "$1/real" "$1/share"
"$3" - "$1" "$4" <<'PY'
{python}
PY
"""

PYTHON = """
import signal, subprocess, sys
from pathlib import Path
from tests.cli.watching import Watcher, page_names, until

base, evidence = Path(sys.argv[1]), sys.argv[2]
share, real = base / "share", base / "real"
page = "Case status.html"
with Watcher(share, base / "machine") as watcher:
    watcher.says("round", thorough=True)
    (share / evidence / "one.txt").write_text("One")
    until(page_names((share / evidence).parent / page, "one.txt"), "the first file")
    subprocess.run(["umount", "--lazy", share], check=True)
    watcher.says("unavailable")
    assert list(share.iterdir()) == [], "something was written where the share was mounted"
    (real / evidence / "two.txt").write_text("Two")
    subprocess.run(["mount", "--bind", real, share], check=True)
    watcher.says("available-again")
    until(page_names((share / evidence).parent / page, "two.txt"), "the second file")
    # the listener was started again, too
    (share / evidence / "three.txt").write_text("Three")
    until(page_names((share / evidence).parent / page, "three.txt"), "the third file")
    assert watcher.stop() == 0
rows = [row for row in watcher.log if row["event"] in ("unavailable", "available-again", "hints-on")]
assert [row["event"] for row in rows] == ["hints-on", "unavailable", "available-again", "hints-on"], rows
events = b"".join(file.read_bytes() for file in ((share / evidence).parent / "_chain/events").iterdir())
assert events.count(b"evidence.received") == 3, events
assert b"evidence.missing" not in events
"""


def test_a_share_that_goes_and_returns(share: Share, tmp_path: Path) -> None:
    """A tmpfs, mounted and taken away in a mount namespace of its own."""
    set_pace(share, 1)
    base = tmp_path / "mounted"
    base.mkdir()
    done = subprocess.run(
        [
            *(
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "bash",
                "-c",
                VANISH.format(python=PYTHON),
                "-",
            ),
            *(str(base), str(share.root), sys.executable, str(share.evidence.relative_to(share.root))),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    if "unshare: " in done.stderr:
        pytest.skip(f"this machine allows no namespaces: {done.stderr}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_on_a_terminal_it_draws_one_line_and_says_what_a_person_must_know(share: Share) -> None:
    typescript = share.state.with_name("typescript")
    environment = {**os.environ, "CASEBINDER_STATE": str(share.state), "TERM": "xterm", "COLUMNS": "120"}
    words = " ".join(f"'{word}'" for word in [*COMMAND, "--workspace", str(share.root), "watch"])
    with subprocess.Popen(
        ["script", "--quiet", "--return", "--flush", "--command", f"exec {words}", str(typescript)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as terminal:
        until(lambda: typescript.is_file() and "last look" in typescript.read_text(), "the line")
        (share.evidence / "note.txt").write_text("Called. No answer.")
        until(lambda: "1 received" in typescript.read_text(), "what was received")
        (child,) = [
            pid for pid in descendants(terminal.pid) if b"watch" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        os.kill(child, signal.SIGINT)
        assert terminal.wait(60) == 130
    text = typescript.read_text()
    assert "1 case" in text
    assert "share is there" in text
    assert "Nothing half-done is left behind" in text
    assert '"event"' not in text
