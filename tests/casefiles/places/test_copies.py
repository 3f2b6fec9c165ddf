"""Which of several folders with the same chain is the case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from casefiles.chain.heads import last_place, last_places, place_line, place_of
from casefiles.layout import LocalLayout
from casefiles.places.copies import copy_problem, judge

CASE, OTHER = "6f6f5a7c-0000-4000-8000-000000000001", "6f6f5a7c-0000-4000-8000-000000000002"


def folder(path: Path, case: str = CASE) -> Path:
    events = path / "_chain" / "events"
    events.mkdir(parents=True)
    (events / "0000000001.json").write_text(f'{{"body": {{"case": "{case}", "reference": "2026-1"}}}}')
    return path


@pytest.fixture
def local(tmp_path: Path) -> LocalLayout:
    (tmp_path / "machine" / "seen").mkdir(parents=True)
    return LocalLayout(tmp_path / "machine")


def seen(local: LocalLayout, case: str, path: Path) -> None:
    with (local.seen / "places.jsonl").open("ab") as stream:
        stream.write(place_line(case, path, "2026-03-02T09:00:00.000Z") + b"\n")


def test_the_last_place_counts(local: LocalLayout, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert last_place(local, CASE) is None
    for path in (one, two, one):
        seen(local, CASE, path)
        assert last_place(local, CASE) == place_of(path)
    seen(local, OTHER, two)
    assert last_places(local) == {CASE: place_of(one), OTHER: place_of(two)}


def test_one_folder_is_the_case_wherever_it_is(local: LocalLayout, tmp_path: Path) -> None:
    here = folder(tmp_path / "here")
    assert copy_problem(local, here, CASE, [here]) is None
    seen(local, CASE, tmp_path / "there")
    assert copy_problem(local, here, CASE, [here]) is None
    assert judge({CASE: [here]}, last_places(local), {here: "here"}).moved == (here,)


def test_a_copy_and_a_case_that_nobody_knows(local: LocalLayout, tmp_path: Path) -> None:
    one, two, three = folder(tmp_path / "one"), folder(tmp_path / "two"), folder(tmp_path / "three", OTHER)
    everything = [one, two, three]
    for path in (one, two):
        problem = copy_problem(local, path, CASE, everything)
        assert problem is not None
        assert problem.code == "case-copy-unknown"
    seen(local, CASE, one)
    problem = copy_problem(local, two, CASE, everything)
    assert problem is not None
    assert problem.code == "case-copy"
    assert copy_problem(local, one, CASE, everything) is None
    assert copy_problem(local, three, OTHER, everything) is None


def test_the_usual_case_costs_no_look_at_the_others(local: LocalLayout, tmp_path: Path) -> None:
    def others() -> Iterator[Path]:
        raise AssertionError("looked")
        yield

    seen(local, CASE, tmp_path)
    assert copy_problem(local, tmp_path, CASE, others()) is None
    with pytest.raises(AssertionError, match="looked"):
        copy_problem(local, tmp_path / "elsewhere", CASE, others())
