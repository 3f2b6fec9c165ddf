from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.caged import ChildFailed, Limits, minimal_environment


@given(st.sampled_from(["time", "memory", "killed", "output", "crashed"]), st.text())
def test_a_failure_travels_between_processes(reason, detail):  # type: ignore[no-untyped-def]
    back = pickle.loads(pickle.dumps(ChildFailed(reason, detail)))
    assert (back.reason, back.detail) == (reason, detail)


def test_an_unknown_reason_is_refused():
    with pytest.raises(ValueError, match="not a reason"):
        ChildFailed("tired", "")


@pytest.mark.parametrize("place", range(4))
def test_a_limit_of_nothing_is_refused(place):
    values = [1, 1, 1, 1]
    values[place] = 0
    with pytest.raises(ValueError, match="greater than nothing"):
        Limits(*values)


def test_the_minimal_environment_is_six_names():
    environment = minimal_environment(Path("/home/of/task"), "/bin")
    assert environment == {
        "PATH": "/bin",
        "HOME": "/home/of/task",
        "TMPDIR": "/home/of/task",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "SOURCE_DATE_EPOCH": "946684800",
    }
