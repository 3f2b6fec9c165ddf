"""The lines that the index keeps for each case folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from casefiles.findings import Finding, Severity
from casefiles.index.store import Index, open_index
from casefiles.layout import LocalLayout
from casefiles.status.workspace import CaseSummary
from tests.casefiles.conftest import WORKSPACE

DAY = date(2026, 3, 2)
SUMMARY = CaseSummary(
    b"M\xfcLLER",
    "2026-1",
    "A title",
    1,
    2,
    3,
    ((DAY, "10am, trial"),),
    ((DAY, 4),),
    datetime(2026, 3, 2, tzinfo=UTC),
)
FOUND = Finding("same-reference", Severity.WARNING, "case.toml", "m", "r")
ONE, TWO = b"/share/cases/M\xfcLLER", b"/share/cases/two"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with open_index(LocalLayout(tmp_path), WORKSPACE) as opened:
        yield opened


def test_lines_are_kept_and_forgotten(index: Index) -> None:
    assert index.summaries() == {}
    index.put_summaries({ONE: SUMMARY, TWO: replace(SUMMARY, reference="2")})
    index.put_summaries({TWO: None})
    assert index.summaries() == {ONE: SUMMARY}
    index.put_summaries({ONE: replace(SUMMARY, held=9)})
    assert index.summaries()[ONE].held == 9
    index.put_summaries({})


def test_shared_findings_are_replaced_as_a_whole(index: Index) -> None:
    index.put_shared_findings({ONE: [FOUND], TWO: [FOUND, FOUND]})
    assert index.shared_findings(TWO) == (FOUND, FOUND)
    index.put_shared_findings({ONE: [FOUND]})
    assert index.shared_findings(ONE) == (FOUND,)
    assert index.shared_findings(TWO) == ()


def test_a_line_of_another_version_is_left_out(index: Index) -> None:
    index._replace("summaries", {ONE: '{"folder": "x"}', TWO: "not JSON"})
    assert index.summaries() == {}


def test_what_is_this_machines_own_is_not_compared(index: Index) -> None:
    before = index.dump()
    index.put_summaries({ONE: SUMMARY})
    index.put_shared_findings({ONE: [FOUND]})
    assert index.dump() == before


def test_nothing_is_written_where_nothing_changed(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.put_summaries({ONE: SUMMARY})
    index.put_shared_findings({ONE: [FOUND]})

    def writing() -> None:
        raise AssertionError("written")

    monkeypatch.setattr(index, "_writing", writing)
    index.put_summaries({ONE: SUMMARY, TWO: None})
    index.put_shared_findings({ONE: [FOUND]})
    with pytest.raises(AssertionError, match="written"):
        index.put_summaries({ONE: None})
