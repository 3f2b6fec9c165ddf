"""What facts about a share mean: each with a good and a bad fixture."""

from dataclasses import replace
from typing import Any

import pytest

from casefiles.errors import ExitCode
from casefiles.share.checkup import Check, State, exit_code
from casefiles.share.cloud_only import CloudLook, CloudOnly
from casefiles.share.mounts import Mount
from casefiles.share.probe import LONGEST_PATH, ShareFacts
from casefiles.share.race import RaceResult
from casefiles.share.verdict import judge_cloud_only, judge_share, unusable

SOUND = RaceResult(200, 200, 0, 0, 0, 0, (110, 90), 0.8)
GOOD = ShareFacts(
    mount=Mount("/srv", "ext4", "/dev/sda1", read_only=False),
    race=SOUND,
    fsync_seconds=0.002,
    fsync_problem="",
    hard_links=True,
    rename_to_new=True,
    flock=True,
    fcntl=True,
    cases_apart=True,
    normal_forms_apart=True,
    names_kept=True,
    names_refused=(),
    names_changed=(),
    longest_name=255,
    longest_name_in_pairs=254,
    longest_path=LONGEST_PATH,
    stamp_ns=1,
    skew=0.01,
    free_bytes=100 << 30,
    free_files=1_000_000,
    modes_kept=True,
    symlinks=True,
    hint=0.0001,
    blocks_counted=True,
    cleared=0,
)


def by_code(**changes: Any) -> dict[str, Check]:
    return {check.code: check for check in judge_share(replace(GOOD, **changes))}


def test_a_good_share_is_well_in_everything() -> None:
    checks = judge_share(GOOD)
    assert {check.state for check in checks} == {State.OK}
    assert len({check.code for check in checks}) == len(checks) == 14
    assert not any(check.todo for check in checks)
    assert exit_code(checks) is ExitCode.DONE
    # No locks: casebinder does not need them, so that is no reason to look.
    assert exit_code(judge_share(replace(GOOD, flock=False))) is ExitCode.DONE


def mount(kind: str, source: str = "x") -> Mount:
    return Mount("/srv", kind, source, read_only=False)


@pytest.mark.parametrize(
    ("code", "changes", "state", "words"),
    [
        ("share-reachable", {"mount": None}, State.OK, "Yes."),
        ("share-reachable", {"mount": mount("cifs")}, State.OK, "network share (cifs)"),
        ("share-reachable", {"mount": mount("fuse.rclone")}, State.LOOK, "cloud service (fuse.rclone)"),
        ("share-reachable", {"mount": mount("fuse.encfs")}, State.NOTE, "through a program"),
        (
            "share-reachable",
            {"mount": mount("tmpfs")},
            State.LOOK,
            "everything is gone when it is switched off",
        ),
        ("share-atomic", {"hard_links": False}, State.OK, "By a rename that does not replace"),
        (
            "share-atomic",
            {"race": replace(SOUND, clean=198, both=2)},
            State.MISSING,
            "2 times two programs both got it",
        ),
        ("share-atomic", {"race": replace(SOUND, clean=199, nobody=1)}, State.MISSING, "nobody got it"),
        ("share-atomic", {"race": replace(SOUND, clean=199, foreign=1)}, State.MISSING, "not the winner’s"),
        (
            "share-atomic",
            {"race": replace(SOUND, left_over=3)},
            State.MISSING,
            "3 times a temporary name stayed",
        ),
        (
            "share-atomic",
            {"race": replace(SOUND, problem="It offers neither.")},
            State.MISSING,
            "It offers neither.",
        ),
        ("share-fsync", {"fsync_problem": "Invalid argument"}, State.MISSING, "(Invalid argument)"),
        ("share-fsync", {"fsync_seconds": 0.8}, State.LOOK, "800.0 ms. That is slow"),
        ("share-clock", {"skew": 90.0}, State.LOOK, "90 seconds ahead of this machine"),
        ("share-clock", {"skew": -7200.0}, State.LOOK, "120 minutes behind this machine"),
        ("share-room", {"free_bytes": 1 << 30}, State.LOOK, "1.0 GB free"),
        ("share-room", {"free_files": 12}, State.LOOK, "only 12 more files"),
        ("share-room", {"free_files": None}, State.OK, "100.0 GB free."),
        ("share-hints", {"hint": None}, State.NOTE, "Not by this share"),
        ("share-hints", {"mount": mount("nfs4")}, State.NOTE, "Only of what this machine writes itself"),
        ("share-cases", {"cases_apart": False}, State.NOTE, "one file here"),
        ("share-accents", {"normal_forms_apart": False}, State.NOTE, "one name here"),
        ("share-accents", {"names_kept": False}, State.LOOK, "in another way than they were given"),
        ("share-odd-names", {"names_refused": ("“:”",)}, State.NOTE, "refused: “:”"),
        (
            "share-odd-names",
            {"names_changed": ("a dot at the end",)},
            State.NOTE,
            "changed: a dot at the end",
        ),
        ("share-lengths", {"longest_name": 143}, State.LOOK, "up to 143 letters"),
        ("share-lengths", {"longest_path": 1500}, State.NOTE, "up to 1,500 bytes"),
        ("share-lengths", {"longest_path": 260}, State.LOOK, "may not fit"),
        ("share-times", {"stamp_ns": 100}, State.OK, "0.1 millionths"),
        ("share-times", {"stamp_ns": 2_000_000_000}, State.NOTE, "In steps of 2 s"),
        ("share-times", {"stamp_ns": 0}, State.NOTE, "Cannot be set here"),
        ("share-modes", {"modes_kept": False}, State.NOTE, "keeps its own"),
        ("share-links", {"symlinks": False}, State.NOTE, "Not offered"),
        ("share-locks", {"fcntl": False}, State.NOTE, "Not granted"),
        ("share-cleared", {"cleared": 2}, State.NOTE, "2 folders of an earlier"),
    ],
)
def test_each_property(code: str, changes: dict[str, Any], state: State, words: str) -> None:
    check = by_code(**changes)[code]
    assert check.state is state
    assert words in check.says
    assert bool(check.todo) == (state in (State.LOOK, State.MISSING))


def test_what_makes_a_share_unusable_ends_with_its_code() -> None:
    assert exit_code(judge_share(replace(GOOD, race=replace(SOUND, both=1)))) is ExitCode.UNAVAILABLE
    assert exit_code([unusable("Gone.", "Connect it.")]) is ExitCode.UNAVAILABLE


def test_files_only_in_the_cloud() -> None:
    none = judge_cloud_only(CloudLook(1200, (), complete=True), b"/srv")
    assert (none.state, none.says) == (State.OK, "None among 1,200 files looked at.")
    some = judge_cloud_only(CloudLook(20, (), complete=False), b"/srv")
    assert "there are more" in some.says
    paths = [
        b"/srv/cases/a/1\x1b[2J.pdf",
        b"/srv/cases/a/2.pdf",
        b"/srv/cases/a/3.pdf",
        b"/srv/cases/a/4.pdf",
    ]
    found = tuple(CloudOnly(path, certain=False) for path in paths)
    hint = judge_cloud_only(CloudLook(20, found, complete=True), b"/srv")
    assert hint.state is State.LOOK
    assert "4 of 20 files" in hint.says
    assert "“cases/a/1\\x1b[2J.pdf”" in hint.says
    assert "and 1 more" in hint.says
    assert "a hint, not proof" in hint.says
    sure = judge_cloud_only(CloudLook(20, (CloudOnly(paths[1], certain=True),), complete=True), b"/srv")
    assert "The share says so itself" in sure.says
