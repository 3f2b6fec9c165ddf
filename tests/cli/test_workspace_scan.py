"""One pass over all cases: what is skipped, what is not, and what a share that goes away does not do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from casefiles.chain.journal import Journal
from casefiles.errors import Unavailable
from casefiles.files.identity import FolderIdentity, RootIdentity
from casefiles.index.store import Index
from casefiles.layout import CaseLayout
from cli import workspace_scan
from cli.case_work import workshop
from cli.linked_pages import refresh_linked_pages
from cli.workspace import find_workspace, recorder
from cli.workspace_scan import WorkspaceScan, scan_workspace
from tests.cli.share import REFERENCE, Share

ROOT = Path(__file__).resolve().parents[2]
SECOND = "2026-0043"


@pytest.fixture(autouse=True)
def fine_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test need not wait two seconds for a case to count as quiet, nor for the disk's clock to tick once (-1)."""
    defaults = dict(scan_workspace.__kwdefaults__ or {})
    monkeypatch.setattr(scan_workspace, "__kwdefaults__", defaults | {"granularity_ns": -1})


@pytest.fixture
def two(share: Share) -> Share:
    """A share with two cases; the second has one note."""
    share.run("open", "prosecution-444-1a", SECOND, "--officer", "AB")
    (second(share) / "evidence" / "note.txt").write_text("Called. No answer.")
    share.run("scan")
    share.run("scan")
    return share


def second(share: Share) -> Path:
    return next((share.root / "cases").glob(f"{SECOND}*"))


def look(share: Share, **options: Any) -> WorkspaceScan:
    space = find_workspace(str(share.root))
    with workshop(space) as shop:
        return scan_workspace(space, shop, **options)


def quiet(done: WorkspaceScan) -> list[str]:
    return [outcome.folder.name[:9] for outcome in done.outcomes if outcome.quiet]


def events(folder: Path) -> list[str]:
    return [str(event.type) for event in Journal(CaseLayout(folder), recorder()).read().events]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_case_in_which_nothing_changed_is_not_even_read(
    two: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(two.root / "cases")

    def never(_journal: Journal) -> None:
        raise AssertionError("the chain was read")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "read", never)
        assert quiet(look(two)) == [REFERENCE, SECOND]
    assert everything(two.root / "cases") == before
    assert [outcome.quiet for outcome in look(two, thorough=True).outcomes] == [False, False]


def test_only_the_case_in_which_something_changed_is_scanned(two: Share) -> None:
    (second(two) / "evidence" / "new.txt").write_text("new")
    done = look(two)
    assert quiet(done) == [REFERENCE]
    (report,) = [outcome.report for outcome in done.outcomes if outcome.report]
    assert [line.path for line in report.received] == [b"evidence/new.txt"]
    assert quiet(look(two)) == [REFERENCE, SECOND]


def test_the_command_names_what_is_new_and_counts_the_rest(two: Share) -> None:
    (second(two) / "evidence" / "new.txt").write_text("new")
    found = two.json("scan")
    assert [case["case"] for case in found["cases"]] == [SECOND]
    assert found["unchanged"] == 1
    assert [line["file"] for line in found["cases"][0]["received"]] == ["evidence/new.txt"]


def test_a_change_just_before_the_look_is_not_taken_for_quiet(two: Share) -> None:
    (second(two) / "evidence" / "new.txt").write_text("new")
    look(two, granularity_ns=3_600_000_000_000)
    assert quiet(look(two)) == [REFERENCE], "a second write within the share's granularity could hide"


def test_what_changes_during_the_scan_of_others_is_seen_by_the_next(
    two: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = refresh_linked_pages

    def meanwhile(*arguments: Any) -> Any:
        (second(two) / "evidence" / "late.txt").write_text("late")
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(workspace_scan, "refresh_linked_pages", meanwhile)
        look(two, thorough=True)
    done = look(two)
    assert quiet(done) == [REFERENCE]
    assert b"evidence/late.txt" in Journal(CaseLayout(second(two)), recorder()).state().paths


@pytest.mark.parametrize("change", ["event", "stray", "facts", "beside", "page"])
def test_what_is_not_evidence_is_noticed_too(two: Share, change: str) -> None:
    case = second(two)
    match change:
        case "event":
            path = case / "_chain" / "events" / "0000000002.json"
            path.chmod(0o644)
            path.write_bytes(path.read_bytes().replace(b"user", b"User", 1))
        case "stray":
            (case / "_chain" / "events" / "0000000002 (conflicted copy).json").touch()
        case "facts":
            with (case / "case.toml").open("a") as stream:
                stream.write("# a note\n")
        case "beside":
            (case / "letter.pdf").touch()
        case "page":
            (case / "Case status.html").unlink()
    assert quiet(look(two)) == [REFERENCE]
    if change == "page":
        assert (case / "Case status.html").is_file()


def test_a_problem_of_one_case_never_stops_the_others(two: Share) -> None:
    first = two.case / "case.toml"
    good = first.read_text()
    first.write_text(good + "\nofficer = 7\n")
    (second(two) / "evidence" / "new.txt").write_text("new")
    two.run("scan", expect=2)
    assert f"{two.case.name}:" in two.said
    assert "evidence.received" in events(second(two))
    assert b"evidence/new.txt" in Journal(CaseLayout(second(two)), recorder()).state().paths
    assert "case.toml" in (two.case / "Case status.html").read_text()
    first.write_text(good)
    two.run("scan")
    two.run("scan")
    assert quiet(look(two)) == [REFERENCE, SECOND]


def test_an_evidence_folder_that_is_gone_is_that_cases_problem(two: Share) -> None:
    away = (second(two) / "evidence").rename(two.root.parent / "away")
    before = events(second(two))
    two.run("scan", expect=5)
    two.run("scan", expect=5)
    assert "Nothing was recorded as missing" in two.said
    assert events(second(two)) == before
    assert not (second(two) / "evidence").exists()
    away.rename(second(two) / "evidence")
    two.run("scan")
    assert events(second(two)) == before


def test_a_file_is_missing_when_two_scans_miss_it(two: Share) -> None:
    (second(two) / "evidence" / "note.txt").unlink()
    found = two.json("scan")
    assert [finding["code"] for finding in found["cases"][0]["findings"]] == ["file-absent"]
    assert "not in the folder any more" in (second(two) / "Case status.html").read_text()
    found = two.json("scan")
    assert [line["file"] for line in found["cases"][0]["missing"]] == ["evidence/note.txt"]


@pytest.fixture
def other_root(two: Share) -> Iterator[Path]:
    """Another workspace, which is put in the place of the first while that is scanned."""
    other = two.root.with_name("other")
    shutil.copytree(two.root, other)
    settings = other / "casebinder.toml"
    old = find_workspace(str(two.root)).id
    settings.write_text(settings.read_text().replace(old, "0" * 8 + old[8:]))
    for case in (other / "cases").iterdir():
        shutil.rmtree(case / "evidence")
        (case / "evidence").mkdir()
    yield other


@pytest.mark.parametrize(
    ("place", "moment"),
    [
        (workspace_scan, "look_at_places"),
        (workspace_scan, "scan_open_case"),
        (workspace_scan, "refresh_linked_pages"),
        (Index, "fill_search"),
    ],
    ids=["before", "during", "after", "before the pages"],
)
def test_a_share_that_is_swapped_during_a_pass_loses_nothing(
    two: Share, other_root: Path, monkeypatch: pytest.MonkeyPatch, place: Any, moment: str
) -> None:
    (second(two) / "evidence" / "note.txt").unlink()
    two.run("scan")
    before, other_before = everything(two.root), everything(other_root)
    unplugged = two.root.with_name("unplugged")
    real = getattr(place, moment)

    def swap(*arguments: Any, **named: Any) -> Any:
        if not unplugged.exists():
            two.root.rename(unplugged)
            other_root.rename(two.root)
        return real(*arguments, **named)

    monkeypatch.setattr(place, moment, swap)
    with pytest.raises(Unavailable):
        look(two, thorough=True)
    assert everything(two.root) == other_before, "nothing was written into the other share"
    now = everything(unplugged)
    changed = {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
    assert all("_chain" in name or "status" in name for name in changed)
    if moment in ("look_at_places", "scan_open_case"):
        assert changed == set()


def test_identities_tell_another_folder_from_the_same(tmp_path: Path, share: Share) -> None:
    layout = find_workspace(str(share.root)).layout
    root, case = RootIdentity.of(layout), FolderIdentity.of(share.case)
    root.check()
    case.check()
    settings = layout.settings_file.read_text()
    layout.settings_file.write_text(settings + "# a note\n")
    root.check()
    away = share.case.rename(tmp_path / "away")
    with pytest.raises(Unavailable, match="not there"):
        case.check()
    share.case.mkdir()
    with pytest.raises(Unavailable, match="Another folder"):
        case.check()
    share.case.rmdir()
    away.rename(share.case)
    case.check()
    layout.settings_file.write_text(settings.replace(root.id, "0" * 8 + root.id[8:]))
    with pytest.raises(Unavailable, match="Another folder"):
        root.check()
    layout.settings_file.unlink()
    with pytest.raises(Unavailable, match="not there"):
        root.check()


VANISH = """
import os, subprocess, sys
from pathlib import Path
mount, source, when = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", str(mount)], check=True)
subprocess.run(["cp", "-a", f"{source}/.", str(mount)], check=True)
from cli import workspace_scan
from cli.main import run
name = {"before": "look_at_places", "during": "scan_open_case", "after": "refresh_linked_pages"}[when]
real = getattr(workspace_scan, name)
def drop(*arguments, **named):
    subprocess.run(["umount", "-l", str(mount)], check=False)
    return real(*arguments, **named)
assert run(["--workspace", str(mount), "scan"]) == 0
(next((mount / "cases").glob("2026-0043*")) / "evidence" / "note.txt").unlink()
setattr(workspace_scan, name, drop)
code = run(["--workspace", str(mount), "scan"])
print(code, sorted(os.listdir(mount)))
"""


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_a_mounted_share_that_vanishes_is_unavailable_and_nothing_is_made_in_its_place(
    two: Share, tmp_path: Path, when: str
) -> None:
    """A tmpfs in a mount namespace of its own, taken away by `umount -l` in the middle of a pass."""
    mount = tmp_path / "mount"
    mount.mkdir()
    program = ["unshare", "--mount", "--propagation", "private", sys.executable, "-c", VANISH]
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let us make a mount namespace")
    done = subprocess.run(
        [*program, mount, two.root, when],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "CASEBINDER_STATE": str(tmp_path / "mounted state")},
    )
    assert done.stdout.splitlines()[-1:] == ["5 []"], done.stdout + done.stderr
    assert "Nothing was recorded as missing" in done.stderr or "is not there" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(mount.iterdir()) == []


def test_new_files_of_many_cases_are_waited_for_together(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = share.root / "casebinder.toml"
    settings.write_text(settings.read_text().replace("settle_seconds = 0", "settle_seconds = 2"))
    for number in range(5):
        share.run("open", "prosecution-444-1a", f"2026-1{number:03}", "--officer", "AB")
        (next((share.root / "cases").glob(f"2026-1{number:03}*")) / "evidence" / "note.txt").write_text("x")
    clock, waits = [1000.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(workspace_scan, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    done = look(share)
    assert waits == [2.0], "one wait for all six cases"
    assert sorted(len(outcome.report.received) for outcome in done.outcomes if outcome.report) == [1] * 5 + [
        3
    ]
