"""Plans against a model: whatever happens in the folder, the chain ends up saying what is there."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from casefiles.chain import drafts
from casefiles.chain.bodies import DisposalReason
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import NO_HEAD, Head, make_event
from casefiles.chain.replay import CaseState, PathStatus, Replayer
from casefiles.hashing import sha256_bytes
from casefiles.intake.scan_plan import (
    Change,
    FoundChild,
    Observation,
    ScanPlan,
    SeenFile,
    child_drafts,
    claimed_time,
    drafts_of,
    duplicates_in,
    plan_children,
    plan_scan,
)
from casefiles.recorder import Recorder


class Case:
    """A chain in memory."""

    def __init__(self) -> None:
        numbers = itertools.count(1)
        self.recorder = Recorder(
            "u",
            "h",
            "a",
            lambda: claimed_time(1_770_000_000_000_000_000) or 0,
            lambda n: next(numbers).to_bytes(n, "big"),
        )  # type: ignore[arg-type]
        self.replayer = Replayer()
        self.head = NO_HEAD
        uuid = self.recorder.new_uuid()
        from casefiles.chain.events import EventType

        self.add([EventDraft(EventType.CASE_OPENED, {"case": uuid, "kind": "k", "reference": "r"})])

    def add(self, wanted: Sequence[EventDraft]) -> None:
        for draft in wanted:
            event = make_event(self.recorder, self.head, self.recorder.new_uuid(), draft, None)
            self.head = Head(event.seq, event.sha256)
            self.replayer.apply(event, draft.name)

    @property
    def state(self) -> CaseState:
        return self.replayer.state()

    def see(self, files: dict[bytes, bytes], **changed: object) -> ScanPlan:
        """A scan that another one preceded, which saw the same."""
        known = {"absent_before": frozenset(self.state.paths)}
        plan = plan_scan(observation(files, **(known | changed)), self.state)
        self.add(drafts_of(plan, self.recorder.random_bytes))
        return plan


def seen_file(data: bytes) -> SeenFile:
    return SeenFile(sha256_bytes(data), len(data), 1_700_000_000_000_000_000, 1000)


def observation(files: dict[bytes, bytes], **changed: object) -> Observation:
    values: dict[str, object] = {
        "files": {path: seen_file(data) for path, data in files.items()},
        "listed": frozenset(files),
        "conclusive": True,
        "facts_sha256": None,
    }
    return Observation(**(values | changed))  # type: ignore[arg-type]


def shape(plan: ScanPlan) -> list[tuple[str, bytes]]:
    return [(str(step.change), step.path) for step in plan.steps]


paths = st.sampled_from([b"e/a", b"e/b", b"e/sub/a", b"e/\xff", b"e/sub/c"])
contents = st.sampled_from([b"1", b"2", b"3"])
folders = st.lists(st.dictionaries(paths, contents), min_size=1, max_size=6)


@given(folders)
@settings(max_examples=300, deadline=None)
def test_after_a_scan_the_chain_says_what_is_there_and_the_same_scan_records_nothing(
    history: list[dict[bytes, bytes]],
) -> None:
    case = Case()
    ever: set[str] = set()
    for files in history:
        case.see(files)
        state = case.state
        present = {
            path: known.sha256 for path, known in state.paths.items() if known.status is PathStatus.PRESENT
        }
        assert present == {path: sha256_bytes(data) for path, data in files.items()}
        ever |= set(present.values())
        assert set(state.items) == ever, "nothing that was received is ever forgotten"
        assert plan_scan(observation(files), state).steps == ()


@given(folders)
def test_an_inconclusive_scan_never_records_a_loss(history: list[dict[bytes, bytes]]) -> None:
    case = Case()
    for files in history:
        plan = case.see(files, conclusive=False)
        assert not plan.paths(Change.MISSING)
        assert not plan.paths(Change.MOVED)


@given(folders, st.dictionaries(paths, contents))
def test_a_plan_names_each_path_once(history: list[dict[bytes, bytes]], last: dict[bytes, bytes]) -> None:
    case = Case()
    for files in history:
        case.see(files)
    steps = plan_scan(observation(last), case.state).steps
    touched = [step.path for step in steps] + [
        step.known.path for step in steps if step.change is Change.MOVED and step.known
    ]
    assert len(touched) == len(set(touched))


def test_first_arrival_then_edit_then_loss_then_return() -> None:
    case = Case()
    assert shape(case.see({b"e/a": b"1"})) == [("received", b"e/a")]
    assert shape(case.see({b"e/a": b"2"})) == [("changed", b"e/a")]
    assert case.state.items[sha256_bytes(b"1")].awaiting == (sha256_bytes(b"2"),)
    assert shape(case.see({})) == [("missing", b"e/a")]
    assert shape(case.see({b"e/a": b"2"})) == [("restored", b"e/a")]
    assert shape(case.see({})) == [("missing", b"e/a")]
    assert shape(case.see({b"e/a": b"3"})) == [("changed", b"e/a")]


def test_a_loss_is_recorded_by_the_second_scan_that_misses_the_file() -> None:
    case = Case()
    case.see({b"e/a": b"1", b"e/b": b"2"})
    plan = case.see({}, absent_before=frozenset({b"e/b"}))
    assert shape(plan) == [("missing", b"e/b")]
    assert plan.absent == (b"e/a",)
    plan = case.see({}, absent_before=frozenset({b"e/a"}))
    assert (shape(plan), plan.absent) == ([("missing", b"e/a")], ())


def test_a_move_needs_no_second_scan() -> None:
    case = Case()
    case.see({b"e/a": b"1"})
    plan = case.see({b"e/b": b"1"}, absent_before=frozenset())
    assert (shape(plan), plan.absent) == ([("moved", b"e/b")], ())


@given(folders)
def test_every_path_that_is_gone_is_moved_missing_or_absent(history: list[dict[bytes, bytes]]) -> None:
    case = Case()
    before: dict[bytes, bytes] = {}
    for files in history:
        plan = case.see(files, absent_before=frozenset())
        moved = {step.known.path for step in plan.steps if step.change is Change.MOVED and step.known}
        assert set(plan.absent) | moved >= before.keys() - files.keys()
        assert not plan.paths(Change.MISSING)
        before = files


def test_a_renamed_file_is_moved_and_keeps_its_item() -> None:
    case = Case()
    case.see({b"e/a": b"1"})
    assert shape(case.see({b"e/b": b"1"})) == [("moved", b"e/b")]
    assert set(case.state.paths) == {b"e/b"}
    assert len(case.state.items) == 1


def test_a_moved_folder_pairs_equal_names() -> None:
    case = Case()
    case.see({b"e/old/x": b"1", b"e/old/y": b"1"})
    plan = case.see({b"e/new/y": b"1", b"e/new/x": b"1"})
    pairs = {(step.known.path, step.path) for step in plan.steps if step.known}
    assert pairs == {(b"e/old/x", b"e/new/x"), (b"e/old/y", b"e/new/y")}


def test_a_copy_is_a_duplicate_and_no_move() -> None:
    case = Case()
    case.see({b"e/a": b"1"})
    plan = plan_scan(observation({b"e/a": b"1", b"e/b": b"1", b"e/c": b"2", b"e/d": b"2"}), case.state)
    assert shape(plan) == [("received", b"e/b"), ("received", b"e/c"), ("received", b"e/d")]
    assert duplicates_in(plan, case.state) == (b"e/b", b"e/d")


def test_two_files_that_change_names_are_two_changes() -> None:
    case = Case()
    case.see({b"e/a": b"1", b"e/b": b"2"})
    assert shape(case.see({b"e/a": b"2", b"e/b": b"1"})) == [("changed", b"e/a"), ("changed", b"e/b")]


def test_moved_onto_a_missing_path_hides_no_loss() -> None:
    case = Case()
    case.see({b"e/a": b"1", b"e/b": b"2"})
    case.see({b"e/b": b"2"})
    assert shape(case.see({b"e/a": b"2"})) == [("changed", b"e/a"), ("missing", b"e/b")]
    assert case.state.items[sha256_bytes(b"1")].awaiting == (sha256_bytes(b"2"),)


def test_a_listed_file_that_could_not_be_hashed_is_not_missing() -> None:
    case = Case()
    case.see({b"e/a": b"1"})
    assert shape(case.see({}, listed=frozenset({b"e/a"}))) == []


def test_changed_facts_are_recorded_once() -> None:
    case = Case()
    assert shape(case.see({}, facts_sha256="ab" * 32)) == [("facts", b"case.toml")]
    assert shape(case.see({}, facts_sha256="ab" * 32)) == []
    assert shape(case.see({}, facts_sha256=None)) == []


def withdraw(case: Case, data: bytes) -> None:
    sha256 = sha256_bytes(data)
    ids = [known.path_id for known in case.state.paths.values() if known.sha256 == sha256]
    case.add(
        [
            drafts.disposed(
                case.recorder.random_bytes,
                sha256=sha256,
                size_bytes=len(data),
                reason=DisposalReason.WRONG_CHILD,
                authority="A. Officer",
                path_ids=ids,
            )
        ]
    )


def test_withdrawn_bytes_are_refused_under_any_name_and_others_may_take_the_place() -> None:
    case = Case()
    case.see({b"e/a": b"1"})
    withdraw(case, b"1")
    plan = case.see({b"e/a": b"1", b"e/again": b"1"})
    assert shape(plan) == []
    assert plan.withdrawn_again == (b"e/a", b"e/again")
    assert shape(case.see({b"e/a": b"2"})) == [("received", b"e/a")]


def test_what_withdrawn_bytes_were_put_over_is_gone() -> None:
    case = Case()
    case.see({b"e/a": b"1", b"e/b": b"2"})
    withdraw(case, b"1")
    plan = case.see({b"e/b": b"1"}, absent_before=frozenset())
    assert plan.withdrawn_again == plan.absent == (b"e/b",)
    assert shape(case.see({b"e/b": b"1"})) == [("missing", b"e/b")]
    assert shape(case.see({b"e/b": b"2"})) == [("restored", b"e/b")]


def test_children_are_recorded_once_a_parent() -> None:
    case = Case()
    case.see({b"e/mail": b"1", b"e/other": b"2"})
    mail, other = sha256_bytes(b"1"), sha256_bytes(b"2")
    children = [FoundChild(mail, sha256_bytes(b"c"), 1, "txt")] * 2 + [
        FoundChild(other, sha256_bytes(b"c"), 1, "")
    ]
    planned = plan_children(children, case.state)
    assert [(child.parent, child.sha256) for child in planned] == [
        (mail, sha256_bytes(b"c")),
        (other, sha256_bytes(b"c")),
    ]
    case.add(child_drafts(planned, case.recorder.random_bytes))
    assert plan_children(children, case.state) == ()
    assert case.state.items[sha256_bytes(b"c")].parent == mail


def test_children_of_strangers_and_withdrawn_children_are_not_recorded() -> None:
    case = Case()
    case.see({b"e/mail": b"1", b"e/c": b"c"})
    withdraw(case, b"c")
    mail = sha256_bytes(b"1")
    assert (
        plan_children(
            [FoundChild(mail, sha256_bytes(b"c"), 1, ""), FoundChild("0" * 64, mail, 1, "")], case.state
        )
        == ()
    )


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_modification_time_has_an_answer(mtime_ns: int) -> None:
    claimed = claimed_time(mtime_ns)
    assert claimed is not None
    assert claimed.tzinfo is not None


def test_a_time_outside_the_calendar_is_none() -> None:
    assert claimed_time(10**21) is None
