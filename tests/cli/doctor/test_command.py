"""`casebinder doctor` through the command line: on this machine, on mounts that are full, read-only or in memory."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from casefiles.share import probe as share_probe
from casefiles.share import race as share_race
from cli.doctor import command as doctor
from cli.doctor import facts as machine_facts
from cli.doctor.facts import admitted, index_facts, key_facts, watcher_runs
from cli.local_state import local_layout
from cli.main import run
from cli.workspace import find_workspace
from tests.cli.share import REFERENCE, Share
from tests.cli.terminal import command

CAN_MOUNT = (
    shutil.which("unshare") is not None
    and subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0
)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rounds: the race has tests of its own."""
    outside = share_probe.Outside
    monkeypatch.setattr(doctor, "Outside", lambda **values: outside(**values, rounds=3))


def checks(share: Share, expect: int) -> dict[str, Any]:
    answer = json.loads(share.run("doctor", "--json", expect=expect))
    assert answer["exit_code"] == expect
    return {check["code"]: check for check in answer["checks"]}


@pytest.mark.usefixtures("quick")
def test_all_is_well_after_a_scan_and_nothing_is_left_behind(share: Share) -> None:
    share.run("scan")
    share.root.joinpath("Cases status.html").touch()
    before = sorted(share.root.rglob("*"))
    found = checks(share, 0)
    assert sorted(share.root.rglob("*")) == before
    assert found["share-atomic"]["state"] == "ok"
    assert found["workspace-cases"]["says"] == "1 case, all readable."
    assert found["machine-key"]["state"] == "ok"
    assert found["machine-index"]["says"].startswith("Sound")
    assert found["machine-program"]["says"].startswith("Version")
    assert found["share-cloud-only"]["says"] == "None among 3 files looked at."
    told = share.run("doctor")
    assert "Nothing needs doing." in told
    assert str(share.root) in told


@pytest.mark.usefixtures("quick")
def test_what_is_wrong_is_named_with_what_to_type(share: Share) -> None:
    share.run("scan")
    (share.case / "case.toml").write_text("reference = 7")
    (share.state / "index" / "old.db.damaged").write_bytes(b"text of evidence")
    share.state.chmod(0o755)
    with (share.evidence / "away.pdf").open("wb") as stream:
        stream.truncate(1 << 20)
    (share.root / "Cases status.html").touch()
    os.utime(share.root / "Cases status.html", (1_700_000_000, 1_700_000_000))
    found = checks(share, 3)
    assert found["workspace-cases"]["says"] == f"1 of 1 case cannot be read: “{share.case.name}”."
    assert found["workspace-cases"]["line"] == "casebinder scan"
    assert found["machine-set-aside"]["line"].startswith("rm ")
    assert found["machine-state"]["line"] == f"chmod 700 {share.state}"
    assert found["workspace-scan"]["says"].startswith("About 14 November 2023")
    assert "away.pdf" in found["share-cloud-only"]["says"]
    told = share.run("doctor", expect=3)
    assert "What to do" in told
    assert f"      chmod 700 {share.state}\n" in told


@pytest.mark.usefixtures("quick")
def test_findings_have_the_shape_of_all_findings(share: Share) -> None:
    (share.root / "casebinder.toml").write_text("nonsense")
    answer = json.loads(share.run("doctor", "--json", expect=3))
    finding = next(each for each in answer["findings"] if each["code"] == "workspace-settings")
    assert set(finding) == {"code", "severity", "subject", "message", "remedy", "source"}
    assert finding["severity"] == "warning"


def test_without_a_workspace_the_machine_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEBINDER_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("CASEBINDER_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert run(["doctor", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["workspace"] is None
    assert {check["area"] for check in answer["checks"]} == {"workspace", "programs", "machine"}
    assert not (tmp_path / "state").exists()


def test_a_workspace_that_is_gone_is_said_and_the_machine_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEBINDER_STATE", str(tmp_path / "state"))
    assert run(["--workspace", str(tmp_path / "gone"), "doctor"]) == 5
    told = " ".join(capsys.readouterr().out.split())
    assert "holds no casebinder.toml" in told
    assert "LibreOffice" in told


def test_a_share_that_hangs_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEBINDER_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(doctor, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(doctor, "_reached", lambda _named: time.sleep(5))
    assert run(["doctor"]) == 5
    assert "does not answer" in capsys.readouterr().out


@pytest.mark.usefixtures("quick")
def test_without_the_office_program_the_line_to_type(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_facts, "find_programs", lambda *_: {})
    found = checks(share, 6)
    assert "apt-get install" in found["machine-program"]["line"]
    assert found["machine-program"]["state"] == "missing"


def in_a_mount(share: Share, options: str, after: str = "true") -> tuple[int, dict[str, Any]]:
    """What doctor says of the workspace on a fresh tmpfs with these options, in a mount namespace of its own."""
    script = (
        'set -e; mount -t tmpfs -o size=60m tmpfs "$2"; cp -a "$1"/. "$2"/; '
        f'{after}; mount -o remount,{options} "$2"; shift 2; exec "$@"'
    )
    place = share.root.parent / "mounted"
    place.mkdir()
    words = [*command(), "--workspace", str(place), "doctor", "--json"]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(share.root), str(place), *words],
        capture_output=True, check=False, cwd=share.root.parent,
        env={**os.environ, "CASEBINDER_STATE": str(share.state)},
    )  # fmt: skip
    answer = json.loads(done.stdout)
    return done.returncode, {check["code"]: check for check in answer["checks"]}


@pytest.mark.skipif(not CAN_MOUNT, reason="this system lets us mount nothing")
def test_on_a_real_mount_in_memory(share: Share) -> None:
    code, found = in_a_mount(share, "rw")
    assert code == 3
    assert "in this machine’s memory (tmpfs)" in found["share-reachable"]["says"]
    assert found["share-atomic"]["says"].startswith(
        "By hard links. Two programs wanted the same number 200 times"
    )
    assert found["share-room"]["state"] == "look"


@pytest.mark.skipif(not CAN_MOUNT, reason="this system lets us mount nothing")
def test_on_a_real_mount_that_is_read_only(share: Share) -> None:
    code, found = in_a_mount(share, "ro")
    assert code == 5
    assert found["share-reachable"]["state"] == "missing"
    assert "read-only" in found["share-reachable"]["says"]
    assert found["workspace-cases"]["state"] == "ok"


@pytest.mark.skipif(not CAN_MOUNT, reason="this system lets us mount nothing")
def test_on_a_real_mount_that_is_full(share: Share) -> None:
    code, found = in_a_mount(share, "rw", 'dd if=/dev/zero of="$2/full" bs=1M 2>/dev/null || true')
    assert code == 5
    assert "full" in found["share-reachable"]["says"] or "No space" in found["share-atomic"]["says"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stopped_half_way_it_leaves_nothing_on_the_share(share: Share, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [*command(), "--workspace", str(share.root), "doctor"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=share.root.parent,
    )  # fmt: skip
    cases = share.root / "cases"
    while not list(cases.glob(".casebinder-doctor-*/race/1?")):  # in the middle of the race
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(number)
    assert process.wait(timeout=60) == 130
    assert [path.name for path in cases.iterdir()] == [share.case.name]


def test_a_scan_beside_it_sees_nothing_of_it(share: Share) -> None:
    probe = share.root / "cases" / ".casebinder-doctor-0a1b"
    (probe / "race").mkdir(parents=True)
    (probe / "race" / "1").write_text("published")
    share.run("scan")
    assert ".casebinder" not in share.said + share.run("status")


def test_what_the_key_comes_to(share: Share) -> None:
    local = local_layout()
    space = find_workspace(str(share.root))
    from casefiles.chain.keyring import read_ring

    ring = read_ring(space.layout)
    key = key_facts(local)
    assert (key.there, key.locked, key.problem) == (True, False, "")
    assert admitted(ring, key, "any name") is True
    file = next(local.keys.glob("*.pem"))
    file.chmod(0o644)
    assert "Other people" in key_facts(local).problem
    file.chmod(0o600)
    file.write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    locked = key_facts(local)
    assert (locked.there, locked.locked, locked.fingerprint) == (True, True, "")
    assert admitted(ring, locked, space.recorder.host) is True
    assert admitted(ring, locked, "another machine") is None
    file.unlink()
    assert not key_facts(local).there


def test_the_index_is_only_looked_at(share: Share) -> None:
    share.run("scan", REFERENCE)
    local, identity = local_layout(), find_workspace(str(share.root)).id
    sound = index_facts(local, identity)
    assert (sound.there, sound.problem) == (True, "")
    sound.path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    broken = index_facts(local, identity)
    assert broken.problem
    assert sound.path.stat().st_size == 5016
    assert not index_facts(local, "another").there


def test_whether_a_watcher_runs_is_read_from_the_list_of_locks(share: Share) -> None:
    local, identity = local_layout(), find_workspace(str(share.root)).id
    folder = local.root / "watch" / identity
    assert not watcher_runs(local, identity)
    folder.mkdir(parents=True)
    assert not watcher_runs(local, identity)
    holder = subprocess.Popen(
        [
            sys.executable, "-c",
            "import fcntl, os, sys; h = os.open(sys.argv[1], os.O_RDONLY); fcntl.flock(h, fcntl.LOCK_EX);"
            " print('held', flush=True); sys.stdin.read()",
            str(folder),
        ],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert watcher_runs(local, identity)
    finally:
        holder.communicate()
    assert not watcher_runs(local, identity)


def test_the_race_is_long_enough() -> None:
    assert share_race.ROUNDS >= 200
