"""The watcher's loop on a clock that moves only when the test moves it: rounds, trouble, hints, and the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from casefiles.errors import FileInvalid, Unavailable
from casefiles.files.identity import RootIdentity
from casefiles.layout import WorkspaceLayout
from watcher.hints import HintBox, NoHints
from watcher.schedule import Pace
from watcher.service import (
    FAILURES,
    End,
    Happening,
    Outside,
    RoundReport,
    Said,
    Service,
    StopAsked,
)

ROOT = RootIdentity(WorkspaceLayout(Path("/share")), "id", ((1, 2), (1, 3)), (4, 5, 6))
A = Path("/share/cases/a")
Look = Callable[[frozenset[Path] | None, bool], RoundReport]


@dataclass
class FakeObserver:
    """Starts as often as it is allowed to; `ill` is what it says of itself."""

    refuse: list[NoHints | None] = field(default_factory=list)
    ill: NoHints | None = None
    running: bool = False
    starts: int = 0

    def start(self) -> NoHints | None:
        self.starts += 1
        reason = self.refuse.pop(0) if self.refuse else None
        self.running = reason is None
        self.ill = None
        return reason

    def trouble(self) -> NoHints | None:
        return self.ill

    def stop(self) -> None:
        self.running = False


@dataclass
class Scene:
    """A service with everything outside it made by hand; it is told to stop at `end` seconds."""

    end: float = 300.0
    now: float = 1000.0
    takes: float = 0.1
    observer: FakeObserver | None = field(default_factory=FakeObserver)
    looks: list[tuple[float, frozenset[Path] | None, bool]] = field(default_factory=list)
    said: list[tuple[float, Said]] = field(default_factory=list)
    plans: dict[int, Exception | RoundReport | BaseException] = field(default_factory=dict)
    root: Callable[[float], RootIdentity] = lambda _at: ROOT
    at: dict[float, Callable[[], None]] = field(default_factory=dict)
    ahead: deque[tuple[float, Callable[[], None]]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.began = self.now
        self.box = HintBox(lambda: self.now, lambda: None)

    @property
    def elapsed(self) -> float:
        return self.now - self.began

    def look(self, cases: frozenset[Path] | None, thorough: bool) -> RoundReport:
        number = len(self.looks)
        self.looks.append((self.elapsed, cases, thorough))
        self.now += self.takes
        plan = self.plans.get(number, RoundReport(cases=1))
        if isinstance(plan, BaseException):
            raise plan
        return plan

    def wait(self, seconds: float) -> None:
        if self.ahead and self.ahead[0][0] <= self.elapsed + seconds:
            at, happen = self.ahead.popleft()
            self.now = max(self.now, self.began + at)
            happen()
        else:
            self.now += seconds

    def run(self, pace: Pace | None = None) -> End:
        self.ahead = deque(sorted(self.at.items()))
        outside = Outside(
            look=self.look,
            idle=lambda: None,
            root=lambda: self.root(self.elapsed),
            clock=lambda: self.now,
            wait=self.wait,
            stopping=lambda: self.elapsed >= self.end,
            say=lambda said: self.said.append((self.elapsed, said)),
            box=self.box,
            observer=self.observer,
        )
        return Service(outside, lambda: pace or Pace(), ROOT).run()

    def heard(self, *but: Happening) -> list[Happening]:
        return [said.what for _, said in self.said if said.what not in (Happening.ROUND, *but)]

    def facts(self, what: Happening) -> list[dict[str, object]]:
        return [dict(said.facts) for _, said in self.said if said.what is what]


def gone(_at: float) -> RootIdentity:
    raise Unavailable("The share is not there.")


def test_it_looks_thoroughly_first_and_then_every_minute_until_stopped() -> None:
    scene = Scene()
    assert scene.run() is End.STOPPED
    assert [(cases, thorough) for _, cases, thorough in scene.looks] == [(None, True)] + [(None, False)] * 4
    assert [round(at) for at, _, _ in scene.looks] == [0, 60, 120, 180, 240]
    assert scene.heard() == [Happening.STARTED, Happening.HINTS_ON, Happening.STOPPED]
    assert not scene.observer.running  # type: ignore[union-attr]


def test_a_thorough_look_comes_again() -> None:
    scene = Scene()
    scene.run(Pace(thorough=100.0))
    assert [round(at) for at, _, thorough in scene.looks if thorough] == [0, 100, 200]


def test_a_hint_brings_an_early_look_at_its_case_only() -> None:
    scene = Scene(end=50.0)
    scene.at[20.0] = lambda: scene.box.put(A)
    scene.run()
    assert [(round(at, 1), cases) for at, cases, _ in scene.looks] == [(0.0, None), (20.3, frozenset({A}))]


def test_ten_thousand_hints_make_few_looks() -> None:
    scene = Scene(end=30.0)
    for number in range(10_000):
        scene.at[10.0 + number / 1000] = lambda: scene.box.put(A)
    scene.run()
    assert 2 <= len(scene.looks) <= 6
    assert scene.looks[-1][0] > 20.0  # the last hint was followed


def test_unfinished_files_are_looked_at_again_without_any_hint() -> None:
    scene = Scene(end=30.0, plans={0: RoundReport(waiting=1, again={A: 2.0})})
    scene.run()
    assert [(round(at, 1), cases) for at, cases, _ in scene.looks] == [(0.0, None), (2.1, frozenset({A}))]


def test_a_vanished_share_is_said_once_and_tried_again_until_it_returns() -> None:
    scene = Scene(end=400.0)
    scene.root = lambda at: gone(at) if 70 <= at < 200 else ROOT
    scene.run()
    assert scene.heard() == [
        Happening.STARTED,
        Happening.HINTS_ON,
        Happening.AWAY,
        Happening.BACK,
        Happening.HINTS_ON,
        Happening.STOPPED,
    ]
    back = next(look for look in scene.looks if look[0] >= 200)
    assert back[1:] == (None, True)
    assert back[0] <= 200 + 60
    assert scene.facts(Happening.AWAY) == [{"code": "unavailable"}]
    assert all(not 70 <= at < 200 for at, _, _ in scene.looks)
    assert scene.observer is not None
    assert scene.observer.starts == 2


def test_a_share_that_goes_while_it_is_looked_at_is_away_too() -> None:
    scene = Scene(end=100.0, plans={1: Unavailable("gone")})
    scene.run()
    assert Happening.AWAY in scene.heard()
    assert scene.looks[2][1:] == (None, True)
    assert round(scene.looks[2][0] - scene.looks[1][0], 1) == 1.1


def test_settings_with_a_mistake_are_said_once_and_tried_again() -> None:
    scene = Scene(end=100.0)
    scene.plans = {number: FileInvalid("casebinder.toml", 3, "no", remedy="mend it") for number in (1, 2)}
    scene.run()
    assert scene.heard(Happening.HINTS_ON) == [
        Happening.STARTED,
        Happening.BLOCKED,
        Happening.BACK,
        Happening.STOPPED,
    ]


def test_another_workspace_in_the_place_is_never_looked_at() -> None:
    scene = Scene(end=200.0)
    scene.root = lambda at: replace(ROOT, id="other", places=((9, 9), (9, 8))) if at >= 50 else ROOT
    scene.run()
    assert len(scene.looks) == 1
    assert scene.heard()[2:] == [Happening.AWAY, Happening.STOPPED]


def test_a_share_that_was_connected_anew_is_looked_at_thoroughly() -> None:
    scene = Scene(end=100.0)
    scene.root = lambda at: replace(ROOT, places=((9, 2), (9, 3))) if at >= 50 else ROOT
    scene.run()
    assert [thorough for _, _, thorough in scene.looks] == [True, True]
    assert scene.observer is not None
    assert scene.observer.starts == 2


def test_an_unexpected_failure_is_lived_through() -> None:
    scene = Scene(end=100.0, plans={1: ValueError("Pat Example")})
    assert scene.run() is End.STOPPED
    assert scene.facts(Happening.FAILED) == [{"in-a-row": 1}]
    assert len(scene.looks) >= 3


def test_too_many_failures_in_a_row_end_it_and_a_good_round_between_does_not() -> None:
    scene = Scene(end=10_000.0, plans=dict.fromkeys(range(3, 50), ValueError()))
    assert scene.run() is End.GAVE_UP
    assert len(scene.looks) == 3 + FAILURES
    mixed = Scene(end=2_000.0, plans={number: ValueError() for number in range(60) if number % FAILURES})
    assert mixed.run() is End.STOPPED


def test_a_stop_inside_a_look_ends_it() -> None:
    scene = Scene(plans={1: StopAsked()})
    assert scene.run() is End.STOPPED
    assert len(scene.looks) == 2
    assert scene.observer is not None
    assert not scene.observer.running


def test_without_hints_it_looks_at_intervals_and_says_so_once() -> None:
    scene = Scene(observer=None)
    scene.run()
    assert scene.facts(Happening.HINTS_OFF) == [{"reason": "not-asked"}]
    assert len(scene.looks) == 5


@pytest.mark.parametrize("reason", [NoHints.LIMIT, NoHints.REFUSED])
def test_refused_hints_are_said_once_and_asked_for_again(reason: NoHints) -> None:
    scene = Scene(end=1000.0, observer=FakeObserver(refuse=[reason, reason]))
    scene.run()
    assert scene.heard() == [
        Happening.STARTED,
        Happening.HINTS_OFF,
        Happening.HINTS_ON,
        Happening.STOPPED,
    ]
    assert scene.observer is not None
    assert scene.observer.starts == 3


def test_a_dead_observer_is_noticed_and_started_again() -> None:
    observer = FakeObserver()
    scene = Scene(observer=observer)
    scene.at[10.0] = lambda: setattr(observer, "ill", NoHints.ENDED)
    scene.run()
    assert scene.facts(Happening.HINTS_OFF) == [{"reason": "ended"}]
    assert observer.starts == 2
    assert observer.running is False
    assert len(scene.looks) == 5


def test_an_observer_that_lives_and_says_nothing_is_found_out() -> None:
    observer = FakeObserver()
    news = RoundReport(news=frozenset({A}))
    scene = Scene(observer=observer, plans={0: news, 1: news, 2: news}, end=170.0)
    scene.run()
    assert scene.facts(Happening.HINTS_OFF) == [{"reason": "silent"}]


def test_news_that_were_announced_prove_nothing_against_the_observer() -> None:
    scene = Scene(plans={number: RoundReport(news=frozenset({A})) for number in range(1, 20)})
    for second in range(30, 300, 60):
        scene.at[float(second)] = lambda: scene.box.put(A)
    scene.run()
    assert scene.facts(Happening.HINTS_OFF) == []


def test_a_hint_that_comes_a_moment_after_the_look_counts() -> None:
    scene = Scene(plans={number: RoundReport(news=frozenset({A})) for number in range(1, 20)})
    for second in range(60, 300, 60):
        scene.at[second + 1.0] = lambda: scene.box.put(A)
    scene.run()
    assert scene.facts(Happening.HINTS_OFF) == []
