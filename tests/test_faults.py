"""A file system that refuses: a slice of `python -m scripts.torture.faults`, which runs every call and every kind.

Which faults are run here is fixed by the number of calls, so a failure can be repeated.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from casefiles.files import disk
from scripts.torture.faults import CASES, Case, complaints_about, faults_of, run_clean
from scripts.torture.ground import REFERENCE, Ground, account, prepare, problems
from scripts.torture.shim import CALLS, KINDS, Fault, failing_disk
from tests.cli.share import Share
from tests.cli.volumes import heavy_pdf, limit

SLICE = {"init": 6, "open": 8, "scan": 8, "bundle --issue": 6, "withdraw": 6, "verify": 4}
"""How many faults of each command are run here."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    made = Ground(tmp_path_factory.mktemp("ground"))
    prepare(made)
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_call_that_fails_leaves_everything_whole_and_the_same_command_then_succeeds(
    ground: Ground, case: Case
) -> None:
    clean = run_clean(ground, case)
    faults = list(faults_of(clean.calls))
    wanted = SLICE[case.name]
    chosen = [faults[(2 * number + 1) * len(faults) // (2 * wanted)] for number in range(wanted)]
    complaints = {
        f"call {fault.number} {clean.calls[fault.number - 1]}, {fault.kind.name}, {fault.for_good}": found
        for fault in chosen
        if (found := complaints_about(ground, case, clean, fault))
    }
    assert complaints == {}


IN_VOLUMES = Case(
    "bundle --issue in volumes", ("bundle", REFERENCE, "--issue"), "large", begun=("issued-unrecorded",)
)
SLICE_IN_VOLUMES = 5
"""Besides the calls between the first volume's file and the event, where half an issue could come to lie."""


@pytest.fixture(scope="module")
def large(ground: Ground) -> Ground:
    """The ground with a further stage: a case decided whose bundle has three volumes."""
    ground.put("decided")
    limit(Share(ground.share, ground.state, None), 1)
    heavy_pdf(ground.case.folder / "evidence" / "heavy.pdf", ["Page one", "Page two"])
    heavy_pdf(ground.case.folder / "evidence" / "heavy too.pdf", ["Another"])
    for _ in range(2):
        assert ground.run("bundle", REFERENCE).code == 0
        bundle_file = ground.case.bundles / "bundle.toml"
        bundle_file.write_text(bundle_file.read_text().replace('"undecided"', '"serve"'))
    ground.keep("large")
    return ground


@pytest.mark.slow
def test_an_issue_in_volumes_that_fails_leaves_nothing_half_issued_and_then_succeeds(large: Ground) -> None:
    clean = run_clean(large, IN_VOLUMES)
    assert len(list(large.case.issued.rglob("*volume * of 3.pdf"))) == 3
    faults = list(faults_of(clean.calls))
    volumes = [number for number, (_call, about) in enumerate(clean.calls, 1) if " of 3.pdf" in about]
    issue = [fault for fault in faults if volumes[0] <= fault.number <= len(clean.calls)]
    chosen = [
        each[(2 * number + 1) * len(each) // (2 * SLICE_IN_VOLUMES)]
        for each in (faults, issue)
        for number in range(SLICE_IN_VOLUMES)
    ]
    complaints = {
        f"call {fault.number} {clean.calls[fault.number - 1]}, {fault.kind.name}, {fault.for_good}": found
        for fault in chosen
        if (found := complaints_about(large, IN_VOLUMES, clean, fault))
    }
    assert complaints == {}


@pytest.mark.parametrize("call", ["flush", "flush_folder", "flush_file"])
def test_a_flush_that_fails_is_never_taken_for_success(ground: Ground, call: str) -> None:
    """Every flush of an issue in turn is too slow for here; the first and the last of each sort stand for them."""
    case = next(each for each in CASES if each.name == "bundle --issue")
    ground.put(case.stage)
    with failing_disk() as watched:
        assert ground.run(*case.words).code == 0
    on_share = [
        number
        for number, (name, about) in enumerate(watched.calls, 1)
        if name == call and str(ground.share) in about
    ]
    kind = next(each for each in KINDS if each.name == "EIO")
    for number in {on_share[0], on_share[-1]}:
        ground.put(case.stage)
        with failing_disk(Fault(number, kind, for_good=False)):
            assert ground.run(*case.words).code == 5, watched.calls[number - 1]


def test_an_issue_that_nobody_was_told_of_is_finished_by_the_same_command_and_then_frozen(
    ground: Ground,
) -> None:
    case = next(each for each in CASES if each.name == "bundle --issue")
    clean = run_clean(ground, case)
    last_event = max(
        number
        for number, (name, about) in enumerate(clean.calls, 1)
        if name == "link" and "/events/" in about
    )
    kind = next(each for each in KINDS if each.name == "EIO after it was done")
    ground.put(case.stage)
    with failing_disk(Fault(last_event, kind, for_good=False)):
        assert ground.run(*case.words).code == 5
    assert ground.run(*case.words).code == 0
    assert account(ground) == clean.account
    frozen = ground.run(*case.words)
    assert (frozen.code, "frozen" in frozen.err) == (3, True)


def test_an_issue_begun_before_new_evidence_came_is_made_again_and_not_left_lying(ground: Ground) -> None:
    """Its folder stood in `issued` without an event; what is issued in the end is one bundle, and recorded."""
    case = next(each for each in CASES if each.name == "bundle --issue")
    clean = run_clean(ground, case)
    last = max(number for number, (name, _about) in enumerate(clean.calls, 1) if name == "rename_to_new")
    ground.put(case.stage)
    kind = next(each for each in KINDS if each.name == "ENOSPC")
    with failing_disk(Fault(last + 1, kind, for_good=True)):
        assert ground.run(*case.words).code == 5
    assert problems(ground) == ["issued-unrecorded bundle v1"]
    (ground.case.folder / "evidence" / "later.txt").write_text("A later paper")
    assert ground.run("bundle", REFERENCE).code == 0
    bundle_file = ground.case.bundles / "bundle.toml"
    bundle_file.write_text(bundle_file.read_text().replace('"undecided"', '"serve"'))
    issued = ground.run(*case.words)
    assert issued.code == 0, issued.err
    assert problems(ground) == []
    assert [path.name for path in ground.case.issued.iterdir() if not path.name.startswith(".")] == [
        "bundle v1"
    ]


@pytest.fixture
def emptied(ground: Ground) -> Iterator[Ground]:
    ground.put("decided")
    yield ground


def test_a_cache_that_cannot_be_written_costs_time_and_no_bundle(
    emptied: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = disk.create

    def refuse(path: Path, mode: int) -> int:
        if (emptied.state / "cache") in path.parents:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return real(path, mode)

    for kept in (emptied.state / "cache").rglob("*.json"):
        kept.unlink()
    monkeypatch.setattr(disk, "create", refuse)
    ran = emptied.run("bundle", REFERENCE, "--issue")
    assert ran.code == 0, ran.err
    assert ran.err.count("every run makes them again") == 1
    assert "disk is full" in ran.err
    monkeypatch.undo()
    assert problems(emptied) == []


@pytest.mark.parametrize("folder", ["seen", "index", "work"])
def test_this_machines_own_folder_is_named_and_not_the_share(
    emptied: Ground, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    def refusing(name: str) -> None:
        real = getattr(disk, name)

        def call(path: Path, *more: object) -> object:
            if (emptied.state / folder) in (path, *path.parents):
                raise OSError(errno.EROFS, "Read-only file system", str(path))
            return real(path, *more)

        monkeypatch.setattr(disk, name, call)

    (emptied.case.folder / "evidence" / "new.txt").write_text("new")
    for name in ("create", "open_to_append", "make_folder", "make_folders", "rename"):
        refusing(name)
    ran = emptied.run("scan", REFERENCE)
    assert ran.code == 5, ran.out + ran.err
    assert str(emptied.state) in ran.err
    assert "read-only" in ran.err.lower()
    assert "Check that the share" not in ran.err
    monkeypatch.undo()
    assert emptied.run("scan", REFERENCE).code == 0


def test_an_index_on_a_full_disk_is_answered_in_words(
    emptied: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sqlite3.connect

    def small(*args: object, **more: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*args, **more)  # type: ignore[call-overload]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")  # what SQLite meets when the disk is full
        return connection

    (emptied.case.folder / "evidence" / "new.txt").write_text("word " * 50_000)
    monkeypatch.setattr(sqlite3, "connect", small)
    ran = emptied.run("scan", REFERENCE)
    assert ran.code == 5, ran.out + ran.err
    assert "index" in ran.err
    assert "full" in ran.err
    monkeypatch.undo()
    assert emptied.run("scan", REFERENCE).code == 0
    assert problems(emptied) == []


def test_the_shim_replaces_every_call_of_the_narrow_module() -> None:
    public = {name for name in vars(disk) if not name.startswith("_") and callable(getattr(disk, name))}
    of_others = {"Path", "BinaryIO", "Callable", "stream"}
    assert public - of_others == set(CALLS)
