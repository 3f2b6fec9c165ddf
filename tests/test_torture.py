"""A short slice of `make torture`: four processes are killed at random, then everything is counted."""

from pathlib import Path

from scripts.torture.kills import torture

KILLS = 8


def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_recorded_twice(tmp_path: Path) -> None:
    figures, complaints = torture(tmp_path / "torture", KILLS, seed=7, longest_pause_seconds=5.0)
    assert figures["kills"] >= KILLS
    assert figures["files dropped or edited"] > 0
    assert {check: found for check, found in complaints.items() if found} == {}
