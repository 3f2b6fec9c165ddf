"""What a share offers, tried on real folders and on one that behaves as an old memory stick does."""

import errno
import os
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casefiles.errors import Unavailable
from casefiles.files import disk
from casefiles.share import probe as share_probe
from casefiles.share.mounts import read_mounts
from casefiles.share.probe import PREFIX, Outside, ShareFacts, answers, probe_share

OUTSIDE = Outside(
    token="0a1b",
    now=lambda: datetime.now(UTC),
    environment={"PATH": os.environ["PATH"]},
    mountinfo=read_mounts(),
    rounds=3,
)


def refusing(number: int) -> Callable[..., None]:
    def refuse(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def test_a_disk_of_this_machine_offers_everything_and_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    facts = probe_share(tmp_path, OUTSIDE)
    assert facts.race.sound
    assert (facts.hard_links, facts.rename_to_new, facts.symlinks, facts.modes_kept) == (True,) * 4
    assert (facts.flock, facts.fcntl, facts.fsync_problem) == (True, True, "")
    assert (facts.cases_apart, facts.normal_forms_apart, facts.names_kept) == (True,) * 3
    assert (facts.names_refused, facts.names_changed) == ((), ())
    assert (facts.longest_name, facts.longest_name_in_pairs) == (255, 254)
    assert facts.longest_path >= share_probe.LONGEST_PATH
    assert abs(facts.skew) < 2
    assert facts.free_bytes > 0
    assert facts.hint is not None
    assert facts.blocks_counted
    assert [path.name for path in tmp_path.iterdir()] == ["case"]


def test_what_an_old_memory_stick_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No links, capitals all the same, one form for accents, few letters allowed, times in steps of two seconds."""
    create, set_times = disk.create, disk.set_times

    def plain(path: Path) -> Path:
        name = os.fsencode(path.name)
        if set(name) & set(b':?*<>|"\\\n') or name[3:4] == b"\xe9" or len(name) > 100:
            raise OSError(errno.EINVAL, "Invalid argument")
        return path.with_name(unicodedata.normalize("NFC", path.name).casefold().rstrip(". "))

    monkeypatch.setattr(disk, "create", lambda path, mode: create(plain(path), mode))
    monkeypatch.setattr(disk, "link", refusing(errno.EPERM))
    monkeypatch.setattr(disk, "symlink", refusing(errno.EPERM))
    monkeypatch.setattr(disk, "rename_to_new", refusing(errno.EINVAL))
    monkeypatch.setattr(disk, "set_mode", refusing(errno.EPERM))
    monkeypatch.setattr(
        disk, "set_times", lambda path, ns: set_times(path, ns // 2_000_000_000 * 2_000_000_000)
    )
    lexists = os.path.lexists
    monkeypatch.setattr(os.path, "lexists", lambda path: lexists(plain(Path(path))))
    facts = probe_share(tmp_path, OUTSIDE)
    assert (facts.hard_links, facts.rename_to_new, facts.symlinks, facts.modes_kept) == (False,) * 4
    assert (facts.cases_apart, facts.normal_forms_apart, facts.names_kept) == (False,) * 3
    assert {"“:”", "a line break", "bytes that are not UTF-8"} <= set(facts.names_refused)
    assert facts.names_changed == ("a dot at the end", "a space at the end")
    assert (facts.longest_name, facts.longest_name_in_pairs) == (100, 100)
    assert facts.stamp_ns == 2_000_000_000
    assert list(tmp_path.iterdir()) == []


def test_a_rename_that_replaces_is_not_taken_for_one_that_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "rename_to_new", Path.replace)
    assert not probe_share(tmp_path, OUTSIDE).rename_to_new


def test_a_share_that_refuses_to_flush_is_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "flush", refusing(errno.EIO))
    facts = probe_share(tmp_path, OUTSIDE)
    assert facts.fsync_problem == "Input/output error"


def test_a_wrong_clock_shows_with_its_sign(tmp_path: Path) -> None:
    slow = replace(OUTSIDE, now=lambda: datetime.now(UTC) - timedelta(minutes=7))
    assert 415 < probe_share(tmp_path, slow).skew < 425
    fast = replace(OUTSIDE, now=lambda: datetime.now(UTC) + timedelta(minutes=7))
    assert -425 < probe_share(tmp_path, fast).skew < -415


def test_a_slow_share_is_no_wrong_clock(tmp_path: Path) -> None:
    moments = iter([datetime.now(UTC) - timedelta(seconds=30), datetime.now(UTC) + timedelta(seconds=30)])
    assert probe_share(tmp_path, replace(OUTSIDE, now=lambda: next(moments))).skew == 0


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(errno.ESTALE, "stale"), Unavailable("gone")])
def test_whatever_ends_it_the_folder_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    def interrupted(_folder: Path) -> bool:
        raise stop

    monkeypatch.setattr(share_probe, "_blocks", interrupted)
    with pytest.raises((KeyboardInterrupt, Unavailable)):
        probe_share(tmp_path, OUTSIDE)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next_but_never_somebody_elses(tmp_path: Path) -> None:
    old, young = tmp_path / f"{PREFIX}old", tmp_path / f"{PREFIX}young"
    for folder in (old, young):
        (folder / "race").mkdir(parents=True)
        (folder / "race" / "1").write_text("published")
    outside = tmp_path / "2026-0042 DOE"
    outside.mkdir()
    (tmp_path / f"{PREFIX}link").symlink_to(outside)
    os.utime(old, (1, 1))
    os.utime(outside, (1, 1))
    assert probe_share(tmp_path, OUTSIDE).cleared == 1
    assert {path.name for path in tmp_path.iterdir()} == {young.name, f"{PREFIX}link", outside.name}


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        probe_share(tmp_path / "gone", OUTSIDE)
    with pytest.raises(Unavailable):
        answers(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        answers(tmp_path / "file")
    answers(tmp_path)


def test_without_inotify_there_is_no_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share_probe, "HINT_SECONDS", 0.01)
    monkeypatch.setattr(share_probe, "_IN_CREATE", 0x200)  # IN_DELETE: of a new file nothing is said
    facts: ShareFacts = probe_share(tmp_path, OUTSIDE)
    assert facts.hint is None
