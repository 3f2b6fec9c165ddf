"""What can still be shown of a case whose chain breaks."""

from __future__ import annotations

from casefiles.status.readable_chain import last_good_status, readable_part
from tests.casefiles.conftest import Bench


def scanned(bench: Bench) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        bench.drop(name, name.encode())
        bench.scan()


def names(bench: Bench) -> list[str] | None:
    with bench.index() as index:
        status = last_good_status(bench.layout, index, reference="2026-0042", title="A title")
    return None if status is None else sorted(line.name for line in status.items)


def test_a_whole_chain_gives_what_the_status_gives(bench: Bench) -> None:
    scanned(bench)
    assert readable_part(bench.layout).events == bench.journal.read().events
    with bench.index() as index:
        assert last_good_status(bench.layout, index, reference="2026-0042", title="A title") == bench.status()


def test_before_the_break_everything_is_known(bench: Bench) -> None:
    scanned(bench)
    last = bench.journal.read().head.seq
    event = bench.layout.events / f"{last:010}.json"
    event.chmod(0o600)
    event.write_bytes(event.read_bytes().replace(b"evidence.received", b"evidence.deceived"))
    assert readable_part(bench.layout).head.seq == last - 1
    assert names(bench) == ["a.txt", "b.txt"]
    (bench.layout.events / f"{last - 1:010}.json").unlink()
    assert names(bench) == ["a.txt"]


def test_without_a_first_event_nothing_is_known(bench: Bench) -> None:
    scanned(bench)
    (bench.layout.events / "0000000001.json").unlink()
    assert names(bench) is None
