from __future__ import annotations

import shutil
import stat
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.chain import drafts, heads, seen
from casefiles.chain.bodies import RecoveryReason
from casefiles.chain.heads import SeenHead, check_against
from casefiles.chain.journal import Journal, open_case
from casefiles.chain.seen import SeenHeads
from casefiles.errors import Unavailable
from casefiles.layout import CaseLayout


@given(
    st.builds(
        SeenHead,
        st.uuids(version=4).map(str),
        st.integers(1, 2**53 - 1),
        st.binary(min_size=32, max_size=32).map(bytes.hex),
        st.just("2026-03-02T09:00:00.000Z"),
    )
)
def test_lines_round_trip(head: SeenHead) -> None:
    line = head.encode()
    assert b"\n" not in line
    assert heads.decode(line) == head


@pytest.mark.parametrize("line", [b"", b"{", b'{"seq":1}', b"[]"])
def test_torn_lines_are_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        heads.decode(line)


@pytest.fixture
def looking(kit: Any) -> Any:
    kit.case = kit.journal.read().case_uuid
    kit.seen = SeenHeads(kit.local, kit.case)
    return kit


def look(kit: Any) -> list[str]:
    return [finding.code for finding in kit.seen.note(kit.journal.read(), kit.recorder.now())]


def test_each_new_head_is_kept_once_and_privately(looking: Any) -> None:
    assert looking.seen.last is None
    assert look(looking) == look(looking) == []
    looking.add(drafts.facts_changed("a" * 64))
    assert look(looking) == []
    assert [head.seq for head in looking.seen.heads] == [2, 3]
    path = seen.seen_file(looking.local, looking.case)
    assert len(path.read_bytes().splitlines()) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    again = SeenHeads(looking.local, looking.case)
    assert again.heads == looking.seen.heads
    assert again.last == looking.seen.heads[-1]


def test_a_torn_last_line_costs_that_line_only(looking: Any) -> None:
    look(looking)
    path = seen.seen_file(looking.local, looking.case)
    with path.open("ab") as stream:
        stream.write(b'{"at":"2026-')
    looking.seen = SeenHeads(looking.local, looking.case)
    assert [head.seq for head in looking.seen.heads] == [2]
    looking.add(drafts.facts_changed("a" * 64))
    look(looking)
    assert [head.seq for head in SeenHeads(looking.local, looking.case).heads] == [2, 3]


def test_lines_of_another_case_are_left_out(looking: Any) -> None:
    look(looking)
    head = looking.seen.heads[0]
    path = seen.seen_file(looking.local, looking.case)
    with path.open("ab") as stream:
        stream.write(replace(head, case="7c9e6679-7425-4de4-944b-e07fc1f90ae7", seq=9).encode() + b"\n")
    assert SeenHeads(looking.local, looking.case).heads == (head,)


def test_a_cut_chain_is_found_and_its_head_not_kept(looking: Any) -> None:
    looking.add(drafts.facts_changed("a" * 64))
    look(looking)
    looking.event_file(3).unlink()
    looking.journal = Journal(looking.layout, looking.recorder)
    assert look(looking) == ["chain-cut"]
    assert [head.seq for head in looking.seen.heads] == [3]


def test_a_rewritten_chain_is_found_even_after_it_has_grown(looking: Any) -> None:
    looking.add(drafts.facts_changed("a" * 64))
    look(looking)
    looking.event_file(3).unlink()
    looking.journal = Journal(looking.layout, looking.recorder)
    looking.add(drafts.facts_changed("b" * 64), drafts.facts_changed("c" * 64))
    assert look(looking) == ["chain-rewritten"]
    assert looking.seen.heads[-1].seq == 3


def test_a_recorded_loss_is_accepted_for_what_was_seen_before_it_only(looking: Any) -> None:
    looking.add(drafts.facts_changed("a" * 64), drafts.facts_changed("b" * 64))
    look(looking)
    looking.event_file(3).unlink()
    looking.event_file(4).unlink()
    looking.journal = Journal(looking.layout, looking.recorder)
    looking.add(drafts.recovered(3, RecoveryReason.SHARE_ROLLED_BACK))
    findings = looking.seen.note(looking.journal.read(), looking.recorder.now())
    assert [finding.severity.value for finding in findings] == ["note"]
    assert [head.seq for head in looking.seen.heads] == [4, 3]
    looking.add(drafts.facts_changed("c" * 64))
    looking.seen.note(looking.journal.read(), looking.recorder.now())
    assert [head.seq for head in looking.seen.heads] == [4, 3, 4]
    looking.event_file(4).unlink()
    looking.journal = Journal(looking.layout, looking.recorder)
    looking.add(drafts.facts_changed("d" * 64))
    findings = looking.seen.check(looking.journal.read())
    assert [finding.severity.value for finding in findings] == ["note", "error"]


def test_a_loss_excuses_nothing_before_it() -> None:
    head = SeenHead("7c9e6679-7425-4de4-944b-e07fc1f90ae7", 2, "a" * 64, "2026-03-02T09:00:00.000Z")
    (finding,) = check_against([head], head.case, {2: "b" * 64}, [(5, 3)])
    assert finding.severity.value == "error"
    (finding,) = check_against([head], head.case, {2: "b" * 64}, [(5, 2)])
    assert finding.severity.value == "note"


def test_a_missing_local_folder_is_unavailable(looking: Any) -> None:
    looking.local.root.rmdir()
    with pytest.raises(Unavailable):
        look(looking)


def test_a_chain_made_anew_in_the_same_folder_is_found(looking: Any) -> None:
    folder = looking.layout.folder
    SeenHeads(looking.local, looking.case, folder).note(looking.journal.read(), looking.recorder.now())
    shutil.rmtree(looking.layout.chain)
    journal = open_case(looking.layout, looking.recorder, kind="eso", reference="2026-0042")
    chain = journal.read()
    assert SeenHeads(looking.local, chain.case_uuid).check(chain) == ()
    again = SeenHeads(looking.local, chain.case_uuid, folder)
    (finding,) = again.note(chain, looking.recorder.now())
    assert (finding.code, finding.severity.value) == ("chain-replaced", "error")
    assert heads.case_at(looking.local, folder) == looking.case
    assert heads.lost_from(again.heads, chain) == 2


def test_a_replaced_chain_that_somebody_answers_for_is_a_note(looking: Any) -> None:
    folder = looking.layout.folder
    SeenHeads(looking.local, looking.case, folder).note(looking.journal.read(), looking.recorder.now())
    shutil.rmtree(looking.layout.chain)
    journal = open_case(looking.layout, looking.recorder, kind="eso", reference="2026-0042")
    journal.append(lambda _chain: [drafts.recovered(2, RecoveryReason.EVENTS_LOST)])
    chain = journal.read()
    (finding,) = SeenHeads(looking.local, chain.case_uuid, folder).note(chain, looking.recorder.now())
    assert finding.severity.value == "note"
    assert heads.case_at(looking.local, folder) == chain.case_uuid
    assert SeenHeads(looking.local, chain.case_uuid, folder).check(chain) == ()


def test_a_case_opened_anew_on_this_machine_takes_its_place(looking: Any) -> None:
    folder = looking.layout.folder
    SeenHeads(looking.local, looking.case, folder).note(looking.journal.read(), looking.recorder.now())
    shutil.rmtree(looking.layout.chain)
    chain = open_case(looking.layout, looking.recorder, kind="eso", reference="2026-0042").read()
    kept = SeenHeads(looking.local, chain.case_uuid, folder)
    kept.take_place(looking.recorder.now())
    assert kept.note(chain, looking.recorder.now()) == ()
    assert SeenHeads(looking.local, chain.case_uuid, folder).check(chain) == ()


def test_a_case_folder_that_was_renamed_is_no_alarm(looking: Any) -> None:
    SeenHeads(looking.local, looking.case, looking.layout.folder).note(
        looking.journal.read(), looking.recorder.now()
    )
    moved = looking.layout.folder.rename(looking.layout.folder.with_name("2026-0042 ROE"))
    chain = Journal(CaseLayout(moved), looking.recorder).read()
    assert SeenHeads(looking.local, looking.case, moved).note(chain, looking.recorder.now()) == ()


def test_the_first_event_contradicted_is_where_a_loss_begins(looking: Any) -> None:
    looking.add(drafts.facts_changed("a" * 64))
    look(looking)
    chain = looking.journal.read()
    assert heads.lost_from(looking.seen.heads, chain) is None
    forged = [replace(looking.seen.heads[0], seq=9), replace(looking.seen.heads[0], sha256="f" * 64)]
    assert heads.lost_from(forged, chain) == 3


class Late:
    """A journal whose first reading is followed, before anything else, by another process's event and its note of it."""

    def __init__(self, kit: Any) -> None:
        self.kit, self.layout, self.late = kit, kit.layout, True

    def read(self) -> Any:
        chain = self.kit.journal.read()
        if self.late:
            self.late = False
            other = Journal(self.kit.layout, self.kit.recorder)
            other.append(lambda _chain: [drafts.facts_changed("c" * 64)])
            SeenHeads(self.kit.local, chain.case_uuid, self.layout.folder).note(
                other.read(), self.kit.recorder.now()
            )
        return chain


def test_what_another_process_of_this_machine_has_just_added_is_not_lost(kit: Any) -> None:
    chain, seen_heads = seen.chain_and_heads(Late(kit), kit.local)  # type: ignore[arg-type]
    assert chain.head.seq == 3
    assert seen_heads.check(chain) == ()
