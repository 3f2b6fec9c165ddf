"""When a file is finished; the clock moves only when the test moves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from casefiles.intake.listing import FileStat, Settled
from watcher.stability import Settling, SettlingMemory, Watched, finished, looks_the_same, observe

STILL = FileStat(size_bytes=10, mtime_ns=1, ctime_ns=1, inode=7)


@dataclass
class Scene:
    """A clock that `wait` moves, and files that change as the clock goes on."""

    files: dict[bytes, Callable[[float], FileStat | None]]
    now: float = 100.0
    waits: list[float] = field(default_factory=list)
    early: float = 0.0

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += max(seconds - self.early, 0.1)
        self.early = 0.0

    def look(self, path: bytes) -> FileStat | None:
        return self.files[path](self.now)

    def settling(self, patience: float = 2.0) -> Settling:
        return Settling(self.clock, self.wait, quiet_seconds=2.0, patience_seconds=patience)


def growing(now: float) -> FileStat:
    return replace(STILL, size_bytes=int(now * 1000))


def test_two_equal_looks_settle_all_files_in_one_wait() -> None:
    scene = Scene({b"a": lambda _now: STILL, b"b": lambda _now: replace(STILL, inode=8)})
    result = scene.settling().settle(scene.files, scene.look)
    assert set(result.settled) == {b"a", b"b"}
    assert not result.growing
    assert not result.gone
    assert scene.waits == [2.0]


def test_nothing_to_look_at_needs_no_wait() -> None:
    scene = Scene({})
    assert not scene.settling().settle([], scene.look).settled
    assert scene.waits == []


def test_a_growing_file_does_not_hold_the_others_up() -> None:
    scene = Scene({b"a": lambda _now: STILL, b"copy": growing})
    result = scene.settling().settle(scene.files, scene.look)
    assert set(result.settled) == {b"a"}
    assert result.growing == {b"copy"}


def test_a_file_of_final_size_whose_time_still_moves_is_growing() -> None:
    scene = Scene({b"copy": lambda now: replace(STILL, mtime_ns=int(now))})
    assert scene.settling().settle(scene.files, scene.look).growing == {b"copy"}


def test_a_replaced_file_starts_anew() -> None:
    scene = Scene({b"a": lambda now: replace(STILL, inode=int(now))})
    assert scene.settling().settle(scene.files, scene.look).growing == {b"a"}


def test_patience_lets_a_copy_finish() -> None:
    scene = Scene({b"copy": lambda now: growing(min(now, 103.0))})
    result = scene.settling(patience=10.0).settle(scene.files, scene.look)
    assert result.settled[b"copy"].size_bytes == 103_000
    assert scene.now >= 105.0


def test_a_file_that_goes_is_gone() -> None:
    scene = Scene({b"a": lambda now: STILL if now < 101 else None, b"b": lambda _now: None})
    result = scene.settling().settle(scene.files, scene.look)
    assert result.gone == {b"a", b"b"}
    assert not result.settled


def test_a_wait_that_returns_early_is_waited_again() -> None:
    scene = Scene({b"a": lambda _now: STILL}, early=1.5)
    result = scene.settling(patience=5.0).settle(scene.files, scene.look)
    assert set(result.settled) == {b"a"}
    assert scene.now >= 102.0
    assert len(scene.waits) == 2


def test_owner_and_links_are_no_sign_of_writing() -> None:
    assert looks_the_same(STILL, replace(STILL, links=2, owner=5, ctime_ns=9))
    assert not looks_the_same(STILL, replace(STILL, size_bytes=11))


stats = st.builds(
    FileStat,
    size_bytes=st.integers(0, 2),
    mtime_ns=st.integers(0, 2),
    ctime_ns=st.just(0),
    inode=st.integers(1, 2),
)


@given(st.lists(st.tuples(st.floats(0.1, 3.0), st.none() | stats), min_size=1, max_size=12))
def test_finished_means_unchanged_for_the_whole_quiet_time(
    looks: list[tuple[float, FileStat | None]],
) -> None:
    now, quiet = 0.0, 2.0
    watched: dict[bytes, Watched] = {}
    seen: list[tuple[float, FileStat | None]] = []
    for step, stat in looks:
        now += step
        seen.append((now, stat))
        watched = observe(watched, {} if stat is None else {b"f": stat}, now)
        start = now
        for when, earlier in reversed(seen):
            if stat is None or earlier is None or not looks_the_same(earlier, stat):
                break
            start = when
        expected = stat is not None and now - start >= quiet
        assert (b"f" in finished(watched, now, quiet)) is expected


@dataclass
class Rounds:
    """A memory and its clock; `look` is one round over one case's files."""

    now: float = 100.0

    def __post_init__(self) -> None:
        self.memory = SettlingMemory(lambda: self.now, quiet_seconds=2.0, patience_seconds=30.0)

    def look(self, at: float, files: dict[bytes, FileStat | None]) -> Settled:
        self.now = at
        return self.memory.settle(files, files.get)


def test_the_memory_never_waits_and_takes_a_file_in_at_a_later_round() -> None:
    rounds = Rounds()
    assert rounds.look(100.0, {b"/a": STILL}) == Settled({}, frozenset(), frozenset(), frozenset({b"/a"}))
    assert rounds.look(101.9, {b"/a": STILL}).waiting == {b"/a"}
    assert rounds.look(102.0, {b"/a": STILL}) == Settled({b"/a": STILL}, frozenset(), frozenset())
    assert rounds.memory.unfinished(0.0) == {}


def test_the_memory_starts_anew_when_a_file_changes_and_names_it_when_it_never_ends() -> None:
    rounds = Rounds()
    for second in range(30):
        assert rounds.look(100.0 + second, {b"/a": growing(second)}).waiting == {b"/a"}
    assert rounds.look(130.0, {b"/a": growing(30)}).growing == {b"/a"}
    assert rounds.look(131.0, {b"/a": growing(30)}).growing == {b"/a"}
    assert rounds.look(132.0, {b"/a": growing(30)}).settled.keys() == {b"/a"}


def test_the_memory_says_when_to_look_again() -> None:
    rounds = Rounds()
    rounds.look(100.0, {b"/a/1": STILL, b"/b/1": STILL})
    rounds.look(101.0, {b"/a/1": replace(STILL, size_bytes=11)})
    assert rounds.memory.unfinished(101.0, [b"/a"]) == {b"/a/1": 103.0, b"/b/1": 102.0}


def test_the_memory_forgets_what_a_round_did_not_meet() -> None:
    rounds = Rounds()
    rounds.look(100.0, {b"/a/1": STILL, b"/a/2": STILL, b"/b/1": STILL})
    rounds.look(101.0, {b"/a/1": None, b"/a/3": STILL})
    assert rounds.memory.unfinished(101.0, [b"/a"]).keys() == {b"/a/3", b"/b/1"}
    assert rounds.memory.unfinished(101.0).keys() == {b"/a/3"}


@given(st.lists(st.tuples(st.floats(0.1, 3.0), st.none() | stats), min_size=1, max_size=12))
def test_the_memory_agrees_with_the_rule(looks: list[tuple[float, FileStat | None]]) -> None:
    rounds = Rounds(0.0)
    watched: dict[bytes, Watched] = {}
    for step, stat in looks:
        now = rounds.now + step
        watched = observe(watched, {} if stat is None else {b"/f": stat}, now)
        done = rounds.look(now, {b"/f": stat}).settled.keys()
        assert done == finished(watched, now, 2.0)
        if done:
            watched = {}  # taken in: should it turn up again, it starts anew
