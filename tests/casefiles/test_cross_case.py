"""Pairs of a file gone here and arrived there, from the index alone."""

from pathlib import Path

import pytest

from casefiles.chain.journal import open_case
from casefiles.cross_case import look_across
from casefiles.intake.scan import scan_case
from casefiles.layout import CaseLayout
from tests.casefiles.conftest import Bench, recorder


@pytest.fixture
def other(bench: Bench, tmp_path: Path) -> Bench:
    folder = tmp_path / "2026-0043 ROE"
    (folder / "evidence").mkdir(parents=True)
    (folder / "case.toml").write_bytes(b'reference = "2026-0043"\n')
    layout = CaseLayout(folder)
    later = recorder("two")
    for _minute in range(600):
        later.now()
    journal = open_case(layout, later, kind="prosecution-444-1a", reference="2026-0043")
    return Bench(layout, bench.local, bench.tools, journal)


def test_a_pair_is_found_once_kept_and_dropped_when_it_is_none_any_more(bench: Bench, other: Bench) -> None:
    path = bench.drop("note.txt", b"about the other child")
    bench.scan()
    other.drop("log.txt", b"about the other child")
    other.scan()
    with bench.index() as index:
        assert look_across(index) == frozenset(), "it is in both: nothing moved"
    path.unlink()
    bench.scan()
    cases = {each.journal.state().case_uuid for each in (bench, other)}
    with bench.index() as index:
        assert look_across(index) == cases
        (move,) = index.linked_moves(bench.journal.state().case_uuid)
        assert (move.from_reference, move.to_reference) == ("2026-0042", "2026-0043")
        assert (move.gone_name, move.arrived_name) == ("evidence/note.txt", "evidence/log.txt")
        assert look_across(index) == frozenset()
        dump = "".join(index.dump())
        index.put_linked_moves([])
        assert "".join(index.dump()) == dump, "what this machine saw is not compared"
    bench.drop("note.txt", b"about the other child")
    with bench.index() as index:
        scan_case(bench.journal, bench.names, index, bench.tools)
        look_across(index)
        assert index.linked_moves() == ()
