"""A child that spins, one that eats memory and one that is killed: each ends as a finding, through the real commands.

The reading or converting of one file is replaced by a task that does just that, in the same caged children.
"""

import itertools
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest

from casefiles.caged import CagedExecutor, ChildFailed, Limits
from casefiles.hashing import sha256_file
from tests.cli.share import REFERENCE, Share, pages_of

MEMORY = 1 << 30
TASKS: dict[str, tuple[Any, ...]] = {
    "time": (deque, itertools.count(), 0),
    "memory": (bytearray, 2 * MEMORY),
    "killed": (signal.raise_signal, signal.SIGKILL),
    "crashed": (os._exit, 3),
}


def hostile(is_victim: Callable[[str], bool], reason: str) -> type[CagedExecutor]:
    """A pool in which work on a victim does the task of that name instead."""

    class Hostile(CagedExecutor):
        def submit_limited(self, limits: Limits, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            if is_victim(repr(args)):
                tight = replace(limits, seconds=1, memory_bytes=MEMORY)
                return super().submit_limited(tight, *TASKS[reason])
            return super().submit_limited(limits, fn, *args, **kwargs)

    return Hostile


@pytest.mark.parametrize("reason", TASKS)
def test_while_reading_it_is_held_and_named_and_the_rest_is_read(
    share: Share, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    digest = sha256_file(share.evidence / "statements" / "AB s9 signed.pdf")
    with monkeypatch.context() as patch:
        patch.setattr("cli.case_work.CagedExecutor", hostile(lambda text: digest in text, reason))
        scanned = share.json("scan", REFERENCE)["cases"][0]
        assert (scanned["items"], len(scanned["received"])) == (3, 3)
        status = share.json("status", REFERENCE)["cases"][0]
        found = [each for each in status["findings"] if each["severity"] == "error"]
        assert len(found) == 1
        assert digest[:8] in found[0]["subject"] or "AB s9 signed.pdf" in found[0]["subject"]
    share.run("verify", REFERENCE)


@pytest.mark.parametrize("reason", TASKS)
def test_while_converting_a_placeholder_stands_for_it_and_no_issue_is_made(
    share: Share, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    share.run("scan", REFERENCE)
    digest = sha256_file(share.evidence / "statements" / "AB s9 signed.pdf")
    pool = hostile(lambda text: digest in text and "EVIDENCE" in text, reason)
    with monkeypatch.context() as patch:
        patch.setattr("cli.case_work.CagedExecutor", pool)
        draft = share.json("bundle", REFERENCE)
        assert [item["kind"] for item in draft["items"]].count("placeholder") == 1
        assert [each["code"] for each in draft["findings"] if each["code"].startswith("conversion-")] == [
            f"conversion-{reason}"
        ]
        assert "PLACEHOLDER" in pages_of(draft["path"])[2]
        share.decide_all()
        share.run("bundle", REFERENCE, "--issue", expect=3)
        assert "AB s9 signed.pdf" in share.said
    issued = share.json("bundle", REFERENCE, "--issue")
    assert "placeholder" not in [item["kind"] for item in issued["items"]]


def test_where_not_even_a_placeholder_can_be_drawn_nothing_is_put_in_place(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    share.run("scan", REFERENCE)
    with monkeypatch.context() as patch:
        patch.setattr("cli.case_work.CagedExecutor", hostile(lambda _text: True, "killed"))
        share.run("bundle", REFERENCE, expect=5)
        assert "run the command again" in share.said
        assert list((share.case / "drafts").iterdir()) == []
    share.run("bundle", REFERENCE)


def test_the_tasks_fail_as_they_should() -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": "/"}
    with (
        hostile(lambda _text: True, "killed")(
            1, Limits(5, MEMORY, 1 << 20), sys.executable, environment
        ) as pool,
        pytest.raises(ChildFailed) as caught,
    ):
        pool.submit(len, "").result()
    assert caught.value.reason == "killed"
