"""What the watcher does next: never too often, never too late, whatever happens."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from watcher.hints import Hints
from watcher.schedule import Look, Pace, Past, Wait, next_step

A, B = Path("/share/cases/a"), Path("/share/cases/b")
PACE = Pace()
RUNNING = Past(ended=100.0, took=0.1, full=99.9, thorough=50.0)


def hints(first: float, last: float, *cases: Path, everything: bool = False) -> Hints:
    return Hints(frozenset(cases), everything, first, last)


def test_the_first_look_is_thorough_and_at_once() -> None:
    assert next_step(Past(), Hints(), PACE, 7.0) == Look(None, thorough=True)


def test_a_full_look_comes_after_every_seconds_and_a_thorough_one_after_its_hours() -> None:
    assert next_step(RUNNING, Hints(), PACE, 159.8) == Wait(159.9 - 159.8)
    assert next_step(RUNNING, Hints(), PACE, 159.9) == Look(None)
    late = replace(RUNNING, thorough=-PACE.thorough + 50.0, full=120.0, ended=120.1)
    assert next_step(late, Hints(), PACE, 125.0) == Look(None, thorough=True)


def test_a_hint_is_followed_when_it_is_calm() -> None:
    assert next_step(RUNNING, hints(110.0, 110.0, A), PACE, 110.1) == Wait(110.0 + PACE.calm - 110.1)
    assert next_step(RUNNING, hints(110.0, 110.0, A), PACE, 110.3) == Look(frozenset({A}))


def test_hints_that_never_end_are_followed_all_the_same() -> None:
    assert isinstance(next_step(RUNNING, hints(110.0, 112.9, A, B), PACE, 112.9), Wait)
    assert next_step(RUNNING, hints(110.0, 113.0, A, B), PACE, 113.0) == Look(frozenset({A, B}))


def test_lost_hints_mean_everything() -> None:
    assert next_step(RUNNING, hints(110.0, 110.0, A, everything=True), PACE, 111.0) == Look(None)


def test_unfinished_files_are_looked_at_when_they_may_be_finished() -> None:
    past = replace(RUNNING, again={A: 103.0, B: 150.0})
    assert next_step(past, Hints(), PACE, 102.0) == Wait(1.0)
    assert next_step(past, Hints(), PACE, 103.0) == Look(frozenset({A}))
    assert next_step(past, hints(101.0, 101.0, B), PACE, 103.0) == Look(frozenset({A, B}))


def test_the_watcher_rests_as_long_as_it_worked_but_not_for_ever() -> None:
    busy = replace(RUNNING, took=4.0)
    assert next_step(busy, hints(99.0, 99.0, A), PACE, 103.9) == Wait(104.0 - 103.9)
    assert next_step(busy, hints(99.0, 99.0, A), PACE, 104.0) == Look(frozenset({A}))
    busier = replace(RUNNING, took=400.0, full=0.0)
    assert next_step(busier, Hints(), PACE, 110.0) == Look(None)


def test_trouble_is_tried_again_after_growing_waits_and_then_thoroughly() -> None:
    waits = []
    for troubles in range(1, 9):
        past = replace(RUNNING, troubles=troubles)
        step = next_step(past, hints(100.0, 100.0, A), replace(PACE, longest_wait=1e9), 100.0)
        assert isinstance(step, Wait)
        waits.append(step.seconds)
        assert next_step(past, Hints(), PACE, 100.0 + step.seconds) == Look(None, thorough=True)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


events = st.lists(
    st.tuples(
        st.floats(0.0, 5.0),  # how long after the last event
        st.sampled_from(["hint a", "hint b", "lost"]),
    ),
    max_size=60,
)
rounds = st.lists(
    st.tuples(
        st.floats(0.0, 30.0),  # how long the round takes
        st.sampled_from(["good", "good", "good", "trouble"]),
        st.dictionaries(st.sampled_from([A, B]), st.floats(0.0, 20.0)),
    ),
    min_size=1,
    max_size=30,
)


@given(events, rounds)
def test_it_never_spins_and_never_starves(
    happen: list[tuple[float, str]], work: list[tuple[float, str, dict[Path, float]]]
) -> None:
    pace = Pace(every=60.0, thorough=1000.0)
    times, at = [], 0.0
    for gap, what in happen:
        at += gap
        times.append((at, what))
    now, past, box, taken = 0.0, Past(), Hints(), 0
    steps = 0
    done: list[tuple[float, float, Look, str]] = []
    while len(done) < len(work):
        steps += 1
        assert steps < 100_000, "it spins"
        while taken < len(times) and times[taken][0] <= now:
            when, what = times[taken]
            case = {"hint a": {A}, "hint b": {B}, "lost": set()}[what]
            box = Hints(box.cases | case, box.everything or what == "lost", box.first or when, when)
            taken += 1
        step = next_step(past, box, pace, now)
        if isinstance(step, Wait):
            assert 0 < step.seconds <= pace.longest_wait
            soonest = times[taken][0] if taken < len(times) else now + step.seconds
            now = min(now + step.seconds, max(soonest, now + 1e-6))
            continue
        took, outcome, again = work[len(done)]
        began, box, now = now, Hints(), now + took
        done.append((began, now, step, outcome))
        if outcome == "trouble":
            past = replace(past, ended=now, took=0.0, troubles=past.troubles + 1, again={})
        else:
            past = Past(
                ended=now,
                took=took,
                full=began if step.cases is None else past.full,
                thorough=began if step.thorough else past.thorough,
                again={case: now + seconds for case, seconds in again.items()},
            )
    for (_, ended, _, outcome), (began, _, step, _) in itertools.pairwise(done):
        assert began - ended >= pace.rest - 1e-6
        if outcome == "trouble":
            assert step == Look(None, thorough=True)
            assert began - ended <= pace.longest_retry + 1e-6
    fulls = [(began, ended) for began, ended, step, _ in done if step.cases is None]
    assert fulls[0][0] == 0.0
    for (began, _), (following, _) in itertools.pairwise(fulls):
        # one round that was under way when it was due, and the rest after it
        assert following - began <= pace.every + 30.0 + pace.longest_rest + 1e-3
