from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from casefiles.chain.janitor import clean_up, clean_up_unpublished, restore_empty_folders
from casefiles.chain.journal import Journal
from casefiles.errors import Unavailable

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)


def aged(path: Path, hours: int) -> Path:
    path.write_bytes(b"left behind")
    then = (NOW - timedelta(hours=hours)).timestamp()
    os.utime(path, (then, then))
    return path


def test_only_litter_older_than_a_day_goes(kit: Any) -> None:
    kit.drop("a.pdf", b"a")
    chain = kit.journal.read()
    kept_name = kit.layout.names / f"{chain.events[-1].id}.json"
    os.utime(kept_name, (0, 0))
    orphan = "7c9e6679-7425-4de4-944b-e07fc1f90ae7.json"
    old = [
        aged(kit.layout.chain_tmp / ".casebinder-1-1-0.part", 25),
        aged(kit.layout.names / orphan, 25),
        aged(kit.layout.checkpoints / "0000000002.txt", 25),
    ]
    young = [
        aged(kit.layout.chain_tmp / ".casebinder-2-1-0.part", 23),
        aged(kit.layout.names / orphan.replace("7c", "7d"), 23),
        aged(kit.layout.checkpoints / "0000000001.txt", 23),
    ]
    signed = [aged(kit.layout.checkpoints / f"0000000003{suffix}", 99) for suffix in (".txt", ".sig")]
    removed = clean_up(kit.layout, chain, NOW, heads_agree=True)
    assert removed == ("tmp/.casebinder-1-1-0.part", f"names/{orphan}", "checkpoints/0000000002.txt")
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in [*young, *signed, kept_name])
    assert clean_up(kit.layout, chain, NOW, heads_agree=True) == ()


def test_names_stay_where_events_may_have_been_lost(kit: Any) -> None:
    kit.drop("a.pdf", b"a")
    name = next(kit.layout.names.iterdir())
    os.utime(name, (0, 0))
    kit.event_file(3).unlink()
    chain = type(kit.journal)(kit.layout, kit.recorder).read()
    assert clean_up(kit.layout, chain, NOW, heads_agree=False) == ()
    assert name.exists()


def test_events_and_originals_are_never_touched(kit: Any) -> None:
    kit.drop("a.pdf", b"a")
    before = {path for path in kit.layout.chain.rglob("*") if path.is_file()}
    for path in before:
        os.utime(path, (0, 0))
    assert clean_up(kit.layout, kit.journal.read(), NOW, heads_agree=True) == ()
    assert {path for path in kit.layout.chain.rglob("*") if path.is_file()} == before


def test_unpublished_bundles_go_after_a_day_and_nothing_else(kit: Any) -> None:
    for folder in (kit.layout.bundles, kit.layout.drafts, kit.layout.issued):
        folder.mkdir()
    old = aged(kit.layout.drafts / ".casebinder-1-1-0.part", 25)
    unfinished = kit.layout.issued / ".casebinder-7c9e6679-7425-4de4-944b-e07fc1f90ae7"
    unfinished.mkdir()
    (unfinished / "half.pdf").write_bytes(b"half")
    os.utime(unfinished, (0, 0))
    kept = [
        aged(kit.layout.bundles / ".casebinder-2-1-0.part", 23),
        aged(kit.layout.drafts / "draft.pdf", 999),
        aged(kit.layout.folder / ".hidden by somebody", 999),
    ]
    (kit.layout.issued / ".casebinder-link").symlink_to(kit.layout.drafts)
    removed = clean_up_unpublished(kit.layout, NOW)
    assert removed == (f"drafts/{old.name}", f"issued/{unfinished.name}")
    assert not old.exists()
    assert not unfinished.exists()
    assert all(path.exists() for path in kept)


def test_empty_folders_that_a_copy_left_out_are_made_again(kit: Any) -> None:
    for folder in (kit.layout.chain_tmp, kit.layout.names, kit.layout.originals, kit.layout.checkpoints):
        folder.rmdir()
    restore_empty_folders(kit.layout, kit.journal.read())
    kit.drop("a.pdf", b"a")
    assert len(kit.journal.state().items) == 1


def test_a_folder_that_must_hold_something_is_never_made(kit: Any) -> None:
    kit.drop("a.pdf", b"a")
    kit.layout.names.rename(kit.layout.chain / "names gone")
    restore_empty_folders(kit.layout, kit.journal.read())
    assert not kit.layout.names.exists()
    with pytest.raises(Unavailable):
        Journal(kit.layout, kit.recorder).state()
