from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from casefiles.chain import drafts
from casefiles.chain.bodies import Decision, DisposalReason, EventType, Source
from casefiles.chain.events import EventDraft
from casefiles.chain.names import NameEntry
from casefiles.chain.replay import Replayer, replay
from casefiles.chain.state import CaseState, PathStatus

A, B, C, D = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
PATH, OTHER = b"evidence/a.pdf", b"evidence/b.pdf"


class Story:
    """Records drafts one after the other and tells the state."""

    def __init__(self, kit: Any) -> None:
        self.kit = kit
        self.random = kit.recorder.random_bytes

    def receive(self, path: bytes | None, sha256: str, parent: str | None = None) -> None:
        source = Source.CONTAINER if parent else Source.FOLDER
        self.kit.add(
            drafts.received(
                self.random,
                path=path,
                sha256=sha256,
                size_bytes=5,
                mtime=None,
                owner=7,
                suffix="pdf",
                parent=parent,
                source=source,
            )
        )

    def change(self, path: bytes, sha256: str) -> None:
        known = self.state.paths[path]
        self.kit.add(drafts.changed(known, sha256=sha256, size_bytes=6, mtime=None, owner=7))

    @property
    def state(self) -> CaseState:
        state: CaseState = self.kit.journal.state()
        return state


@pytest.fixture
def story(kit: Any) -> Story:
    return Story(kit)


def test_the_case_itself(story: Story) -> None:
    state = story.state
    assert (state.kind, state.reference, state.seq) == ("prosecution-444-1a", "2026-0042", 2)
    assert state.case_uuid == state.events[0].body["case"]
    assert state.facts_sha256 == state.events[1].body["sha256"]


def test_a_reception(story: Story) -> None:
    story.receive(PATH, A)
    item, path = story.state.items[A], story.state.paths[PATH]
    assert (item.seq, item.size_bytes, item.suffix, item.short_id, item.parent) == (
        3,
        5,
        "pdf",
        "aaaaaaaa",
        None,
    )
    assert item.received_at == story.state.events[2].at
    assert [(r.seq, r.path, r.source) for r in item.receptions] == [(3, PATH, "folder")]
    assert (path.sha256, path.status, path.base_sha256) == (A, PathStatus.PRESENT, A)
    assert [(v.seq, v.sha256) for v in path.history] == [(3, A)]


def test_the_same_bytes_twice_are_one_item_with_two_receptions(story: Story) -> None:
    story.receive(PATH, A)
    story.receive(OTHER, A)
    assert len(story.state.items) == 1
    assert [r.path for r in story.state.items[A].receptions] == [PATH, OTHER]
    assert story.state.items[A].seq == 3


def test_children_of_a_container_have_a_parent_and_no_path(story: Story) -> None:
    story.receive(PATH, A)
    story.receive(None, B, parent=A)
    assert [item.sha256 for item in story.state.children_of(A)] == [B]
    assert story.state.items[B].receptions[0].source == "container"
    assert set(story.state.paths) == {PATH}


def test_an_edited_file_waits_for_a_decision(story: Story) -> None:
    story.receive(PATH, A)
    story.change(PATH, B)
    assert story.state.items[A].awaiting == (B,)
    assert story.state.paths[PATH].base_sha256 == A
    story.change(PATH, C)
    assert story.state.items[A].awaiting == (C,)
    story.kit.add(drafts.decided(story.random, Decision.ACCEPT, C))
    assert story.state.items[A].awaiting == ()
    assert story.state.paths[PATH].base_sha256 == C
    story.change(PATH, D)
    assert story.state.items[C].awaiting == (D,)
    story.kit.add(drafts.decided(story.random, Decision.REJECT, D, "a note was added"))
    assert story.state.items[C].awaiting == ()
    assert story.state.paths[PATH].base_sha256 == C
    assert [(made.decision, made.reason) for made in story.state.decisions] == [
        ("accept", None),
        ("reject", "a note was added"),
    ]


def test_an_edit_taken_back_waits_no_longer(story: Story) -> None:
    story.receive(PATH, A)
    story.change(PATH, B)
    story.change(PATH, A)
    assert story.state.items[A].awaiting == ()
    assert story.state.items[B].awaiting == ()


def test_two_paths_with_the_same_edit_wait_once(story: Story) -> None:
    story.receive(PATH, A)
    story.receive(OTHER, A)
    story.change(PATH, B)
    story.change(OTHER, B)
    assert story.state.items[A].awaiting == (B,)


def test_missing_restored_and_moved(story: Story) -> None:
    story.receive(PATH, A)
    story.kit.add(drafts.missing(story.state.paths[PATH]))
    assert story.state.paths[PATH].status is PathStatus.MISSING
    story.kit.add(drafts.restored(story.state.paths[PATH]))
    assert story.state.paths[PATH].status is PathStatus.PRESENT
    story.kit.add(drafts.moved(story.random, story.state.paths[PATH], OTHER))
    assert set(story.state.paths) == {OTHER}
    moved = story.state.paths[OTHER]
    assert (moved.sha256, moved.size_bytes, moved.status) == (A, 5, PathStatus.PRESENT)
    assert [v.seq for v in moved.history] == [3, 5, 6]
    story.receive(PATH, B)
    assert story.state.paths[PATH].history[0].seq == 7


def test_a_file_that_moves_takes_its_waiting_edit_along(story: Story) -> None:
    story.receive(PATH, A)
    story.change(PATH, B)
    story.kit.add(drafts.moved(story.random, story.state.paths[PATH], OTHER))
    assert story.state.items[A].awaiting == (B,)
    story.kit.add(drafts.decided(story.random, Decision.ACCEPT, B))
    assert story.state.items[A].awaiting == ()
    assert story.state.paths[OTHER].base_sha256 == B


def test_the_opened_copy_of_a_protected_file(story: Story) -> None:
    story.receive(PATH, A)
    story.kit.add(drafts.unlocked(sha256=B, size_bytes=9, parent=A))
    assert story.state.items[A].unlocked_as == B
    opened = story.state.items[B]
    assert (opened.unlocked_from, opened.parent, opened.suffix, opened.size_bytes) == (A, A, "pdf", 9)


def test_a_withdrawal_and_a_new_reception_after_it(story: Story) -> None:
    story.receive(PATH, A)
    path_id = story.state.paths[PATH].path_id
    story.kit.add(
        drafts.disposed(
            story.random,
            sha256=A,
            size_bytes=5,
            reason=DisposalReason.PRIVILEGED,
            authority="Head of Legal",
            path_ids=[path_id],
        )
    )
    disposed = story.state.items[A].disposed
    assert disposed is not None
    assert (disposed.seq, disposed.reason_code, disposed.authority) == (4, "privileged", "Head of Legal")
    assert story.state.paths[PATH].status is PathStatus.DISPOSED
    story.receive(PATH, A)
    assert story.state.items[A].disposed is None
    assert story.state.paths[PATH].status is PathStatus.PRESENT


def test_exhibits_and_placeholders(story: Story) -> None:
    story.receive(PATH, A)
    story.kit.add(drafts.assigned(A, "AB/1"))
    story.kit.add(drafts.decided(story.random, Decision.PLACEHOLDER, A, "needs a password"))
    assert dict(story.state.exhibits) == {A: "AB/1"}
    assert story.state.placeholders[A].reason == "needs a password"
    assert story.state.placeholders[A].user == "officer"


def bundle(story: Story, type_: EventType, name: NameEntry | None, bundle_id: str) -> EventDraft:
    body = {
        "bundle_id": bundle_id,
        "version": 1,
        "profile": "judiciary-2021",
        "sha256": C,
        "size": 1,
        "pages": 1,
        "manifest_sha256": C,
        "front_sha256": C,
        "checkpoint": {"size": 2, "root": D},
        "items": [{"kind": "evidence", "evidence": A, "derived": B, "event": 3, "first": 1, "last": 1}],
    }
    return EventDraft(type_, body, name)


def test_bundles_keep_their_name_when_the_commitment_is_used_again(story: Story) -> None:
    name = NameEntry.make(story.random, bundle="trial")
    first = bundle(story, EventType.BUNDLE_ASSEMBLED, name, name.commitment("bundle"))
    again = bundle(story, EventType.BUNDLE_ISSUED, None, name.commitment("bundle"))
    story.kit.add(first)
    story.kit.add(again)
    assert [(b.type.value, b.name, b.body["pages"]) for b in story.state.bundles] == [
        ("bundle.assembled", "trial", 1),
        ("bundle.issued", "trial", 1),
    ]
    assert [b.seq for b in story.state.issued] == [4]
    assert [e.seq for e in story.state.events_of(EventType.BUNDLE_ISSUED)] == [4]


def test_a_lost_name_costs_the_path_and_nothing_else(story: Story) -> None:
    story.receive(PATH, A)
    story.change(PATH, B)
    state = replay(story.state.events, lambda _event_id: None)
    assert not state.paths
    (path,) = state.unnamed_paths.values()
    assert (path.path, path.sha256) == (None, B)
    assert state.items[A].awaiting == (B,)


def test_a_names_entry_that_does_not_fit_its_event_is_not_believed(story: Story) -> None:
    story.receive(PATH, A)
    other = NameEntry.make(story.random, path=b"evidence/forged.pdf")
    assert not replay(story.state.events, lambda _event_id: other).paths


def test_step_by_step_and_at_once_give_the_same(story: Story) -> None:
    story.receive(PATH, A)
    story.change(PATH, B)
    story.receive(OTHER, C)
    story.kit.add(drafts.assigned(A, "AB/1"))
    chain = story.kit.journal.read()
    steps = Replayer()
    for event in chain.events:
        steps.apply(event, story.kit.journal.name_of(event.id))
        before = steps.state()
        assert before.seq == event.seq
    assert steps.state() == replay(chain.events, story.kit.journal.name_of) == story.state


def test_a_state_does_not_change_under_its_holder(story: Story) -> None:
    story.receive(PATH, A)
    held = story.state
    copy = replace(held)
    story.change(PATH, B)
    assert held == copy
    assert set(held.items) == {A}
    with pytest.raises(TypeError):
        held.items[B] = held.items[A]  # type: ignore[index]


def test_the_state_of_an_older_chain_can_be_asked_for(story: Story) -> None:
    old = story.kit.journal.read()
    story.receive(PATH, A)
    assert set(story.state.items) == {A}
    assert not story.kit.journal.state_of(old).items
    assert set(story.state.items) == {A}
