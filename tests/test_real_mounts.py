"""The real commands on real mounts that fill up, turn read-only and vanish; skipped where no mount can be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.share import write_pdf
from tests.mounts import (
    CannotMount,
    Mounts,
    Ran,
    mount_exfat,
    mount_ext4,
    mount_ntfs,
    mount_overlay,
    mount_smb,
    mount_tmpfs,
    mounts,
)

REFERENCE = "2026-0042"


@dataclass
class Mounted:
    """A workspace on a mount of its own, its machine's state outside it."""

    inside: Mounts
    place: Path
    share: Path
    state: Path

    @property
    def case(self) -> Path:
        return self.share / "cases" / f"{REFERENCE} EXAMPLE"

    def run(self, *words: str) -> Ran:
        ran = self.inside.casebinder(self.share, self.state, *words)
        assert "Traceback" not in ran.err
        assert "unexpected" not in ran.err
        return ran

    def done(self, *words: str) -> Ran:
        ran = self.run(*words)
        assert ran.code == 0, ran.out + ran.err
        return ran

    def drop(self, source: Path, name: str) -> None:
        self.inside.sh(f"cp '{source}' '{self.case}/evidence/{name}'")

    def begin(self) -> None:
        """A workspace with an open case, nothing in it."""
        self.done("init", str(self.share), "--authority", "Anytown Council")
        settings = self.share / "casebinder.toml"
        self.inside.sh(f"printf '\\n[intake]\\nsettle_seconds = 0\\n' >> '{settings}'")
        self.done("open", "prosecution-444-1a", REFERENCE, "--child", "Zoë Example", "--parent", "Pat Example",
                  "--officer", "AB")  # fmt: skip


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Mounts]:
    try:
        with mounts(tmp_path) as made:
            yield made
    except CannotMount as problem:
        pytest.skip(str(problem))


@pytest.fixture
def mounted(inside: Mounts, tmp_path: Path) -> Mounted:
    """A workspace on 3 MB of memory, with one open case and one paper taken in."""
    place = tmp_path / "mount"
    try:
        mount_tmpfs(inside, place, 3)
    except CannotMount as problem:
        pytest.skip(str(problem))
    made = Mounted(inside, place, place / "share", tmp_path / "machine")
    made.begin()
    write_pdf(tmp_path / "first.pdf", ["The first paper"])
    made.drop(tmp_path / "first.pdf", "first.pdf")
    made.done("scan", REFERENCE)
    return made


def test_a_share_that_fills_up_says_so_and_goes_on_when_there_is_room(
    mounted: Mounted, tmp_path: Path
) -> None:
    for number in range(2):
        large = tmp_path / f"large {number}.bin"
        large.write_bytes(bytes([number, 0, 255, 7]) * 200_000)  # the original would be a second copy
        mounted.drop(large, large.name)
    full = mounted.run("scan", REFERENCE)
    assert (full.code, "the disk is full" in full.err, "What to do" in full.err) == (5, True, True), full.err
    assert "missing" not in full.out
    mounted.inside.sh(f"mount -o remount,size=32m '{mounted.place}'")
    assert mounted.done("scan", REFERENCE).out.count("received") == 2
    mounted.done("verify", REFERENCE)
    left = mounted.inside.sh(f"ls -A '{mounted.case}/_chain/tmp'").out
    assert left == ""
    mounted.inside.sh(
        f"mount -o remount,size=$(($(du -sm '{mounted.place}' | cut -f1) + 1))m '{mounted.place}'"
    )
    mounted.inside.sh(f"dd if=/dev/zero of='{mounted.place}/filler' bs=64k 2>/dev/null || true")
    bundle = mounted.run("bundle", REFERENCE)
    assert (bundle.code, "the disk is full" in bundle.err) == (5, True), bundle.err
    mounted.inside.sh(f"rm '{mounted.place}/filler'; mount -o remount,size=64m '{mounted.place}'")
    mounted.done("bundle", REFERENCE)
    mounted.inside.sh(f"sed -i s/undecided/serve/ '{mounted.case}/bundles/bundle.toml'")
    mounted.done("bundle", REFERENCE, "--issue")
    mounted.done("verify", REFERENCE)


def test_a_share_that_turns_read_only_can_still_be_read(mounted: Mounted, tmp_path: Path) -> None:
    second = tmp_path / "second.txt"
    second.write_text("The second paper")
    mounted.drop(second, second.name)
    mounted.inside.sh(f"mount -o remount,ro '{mounted.place}'")
    refused = mounted.run("scan", REFERENCE)
    assert (refused.code, "read-only" in refused.err) == (5, True), refused.err
    assert str(mounted.share) in refused.err
    assert "first.pdf" in mounted.done("status", REFERENCE).out
    assert "first.pdf" in mounted.done("search", "first").out
    verified = mounted.run("verify", REFERENCE)
    assert (verified.code, "second.txt" in verified.err) == (4, True), verified.err
    mounted.inside.sh(f"mount -o remount,rw '{mounted.place}'")
    assert "second.txt" in mounted.done("scan", REFERENCE).out
    mounted.done("verify", REFERENCE)


def test_a_share_that_vanishes_is_unavailable_and_nothing_is_made_in_its_place(mounted: Mounted) -> None:
    away = mounted.place.with_name("away")
    away.mkdir()
    before = mounted.inside.sh(f"ls '{mounted.case}/_chain/events'").out
    mounted.inside.sh(f"mount --move '{mounted.place}' '{away}'")
    for words in (
        ("scan",),
        ("scan", REFERENCE),
        ("bundle", REFERENCE),
        ("verify", REFERENCE),
        ("status", REFERENCE),
    ):
        gone = mounted.run(*words)
        assert gone.code == 5, (words, gone.err)
        assert "What to do" in gone.err
    assert mounted.inside.sh(f"ls -A '{mounted.place}'").out == ""
    mounted.inside.sh(f"mount --move '{away}' '{mounted.place}'")
    again = mounted.done("scan", REFERENCE)
    assert "missing" not in again.out + again.err
    assert mounted.inside.sh(f"ls '{mounted.case}/_chain/events'").out == before
    mounted.done("verify", REFERENCE)


def test_evidence_that_is_a_mount_of_its_own_and_goes_is_not_missing(
    mounted: Mounted, tmp_path: Path
) -> None:
    """What a folder shows when only the mount below it went: it is there, and empty."""
    evidence = mounted.case / "evidence"
    empty = tmp_path / "empty"
    empty.mkdir()
    mounted.inside.sh(f"mount --bind '{empty}' '{evidence}'")
    mounted.run("scan", REFERENCE)
    events = mounted.inside.sh(f"cat '{mounted.case}'/_chain/events/*").out
    assert "evidence.missing" not in events
    mounted.inside.sh(f"umount '{evidence}'")
    mounted.done("scan", REFERENCE)
    assert "evidence.missing" not in mounted.inside.sh(f"cat '{mounted.case}'/_chain/events/*").out
    mounted.done("verify", REFERENCE)


@pytest.mark.parametrize("kind", [mount_ext4, mount_overlay, mount_ntfs])
def test_from_drop_to_issue_on_other_file_systems(
    inside: Mounts, tmp_path: Path, kind: Callable[[Mounts, Path], None]
) -> None:
    place = tmp_path / "mount"
    try:
        kind(inside, place)
    except CannotMount as problem:
        pytest.skip(str(problem))
    made = Mounted(inside, place, place / "share", tmp_path / "machine")
    made.begin()
    write_pdf(tmp_path / "first.pdf", ["The first paper"])
    made.drop(tmp_path / "first.pdf", "first.pdf")
    made.done("bundle", REFERENCE)
    inside.sh(f"sed -i s/undecided/serve/ '{made.case}/bundles/bundle.toml'")
    made.done("bundle", REFERENCE, "--issue")
    made.done("verify", REFERENCE)


@pytest.mark.parametrize("kind", [mount_exfat, mount_smb])
def test_a_share_that_cannot_number_events_safely_is_refused_in_words(
    tmp_path: Path, kind: Callable[[Mounts, Path], None]
) -> None:
    """exFAT, and a real SMB server: clients that offer neither hard links nor a rename that does not replace."""
    place = tmp_path / "mount"
    try:
        with mounts(tmp_path, network=kind is mount_smb) as inside:
            kind(inside, place)
            share = place / "127.0.0.1" / "share" / "workspace" if kind is mount_smb else place / "workspace"
            made = Mounted(inside, place, share, tmp_path / "machine")
            refused = made.run("init", str(share), "--authority", "Anytown Council")
            assert refused.code == 5, refused.err
            assert "neither hard links nor a rename that does not replace" in refused.err
            assert "casebinder doctor" in refused.err
    except CannotMount as problem:
        pytest.skip(str(problem))
