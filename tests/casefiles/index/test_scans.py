"""What the index knows of scanned pages, and which pages for people wait for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from casefiles.index.store import Index, original_name
from casefiles.scanned import Outcome, ScannedPages
from casefiles.status.scans import ScanLine

Bench = Any  # tests/casefiles/conftest.py
WAITING = ScannedPages.of({2: Outcome.WAITING})
READ = ScannedPages.of({2: Outcome.READ}, "1 5.3 eng")


@pytest.fixture
def original(bench: Bench) -> str:
    bench.drop("note.txt", b"some words")
    bench.scan()
    (item,) = bench.journal.state().items.values()
    return original_name(item.sha256, item.suffix)


def known(index: Index, original: str) -> ScannedPages | None:
    return index.facts([original])[original].scans


def test_a_page_for_people_waits_until_it_says_what_is_new(bench: Bench, original: str) -> None:
    case = bench.journal.state().case_uuid
    with bench.index() as index:
        assert known(index, original) is None
        index.put_scans({original: WAITING})
        assert known(index, original) == WAITING
        assert index.stale_pages() == {case}
        index.page_is_due(case)
        index.put_scans({original: replace(WAITING, reader="1 5.3 eng")})
        assert index.stale_pages() == frozenset(), "nobody is told which program it was"
        index.put_scans({original: READ})
        assert index.stale_pages() == {case}
        index.page_is_due(case)
        index.put_facts([index.facts([original], with_text=True)[original]])
        assert (known(index, original), index.stale_pages()) == (READ, frozenset())


def test_facts_read_anew_know_of_no_scans(bench: Bench, original: str) -> None:
    with bench.index() as index:
        index.put_scans({original: WAITING})
        index.page_is_due(bench.journal.state().case_uuid)
        index.put_facts([replace(index.facts([original], with_text=True)[original], scans=None)])
        assert known(index, original) is None
        assert index.stale_pages(), "the page still says that it is being read"


def test_the_status_says_it(bench: Bench, original: str) -> None:
    with bench.index() as index:
        index.put_scans({original: ScannedPages.of({1: Outcome.WAITING, 2: Outcome.GUESSES})})
    bench.drop("the same.txt", b"some words")
    bench.scan()
    status = bench.status()
    assert [line.scans for line in status.items] == [ScanLine(waiting=(1,), guesses=(2,))] * 2
    assert (status.scans_waiting, status.scans_without_reader) == (1, 0), "one file in two places"
    row = status.as_json()
    assert (row["scans_waiting"], row["items"][0]["scans"]["guesses"]) == (1, [2])


def test_nothing_is_kept_of_what_was_withdrawn(bench: Bench, original: str) -> None:
    (item,) = bench.journal.state().items.values()
    with bench.index() as index:
        index.put_scans({original: WAITING})
        index.forget_items(bench.journal.state().case_uuid, [item.sha256])
        assert index.rows("SELECT * FROM scans") == []
        index.put_scans({original: READ})
        assert index.rows("SELECT * FROM scans") == [], "it was being read while it went"


def test_a_case_that_is_gone_waits_for_no_page(bench: Bench, original: str) -> None:
    with bench.index() as index:
        index.put_scans({original: WAITING})
        index.forget_case(bench.journal.state().case_uuid)
        assert index.stale_pages() == frozenset()
