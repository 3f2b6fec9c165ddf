"""A file that went from one case to another: found in the index, proposed on both pages, confirmed by a person.

Nothing is concluded from equal bytes alone. A person confirms it, and both chains record that, each with a
commitment to the other case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from casefiles.chain import drafts
from casefiles.chain.bodies import Decision, EventType
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Chain, Journal
from casefiles.chain.state import CaseState, DecisionMade, PathState, PathStatus
from casefiles.errors import UsageError
from casefiles.findings import Finding, Severity
from casefiles.hashing import hash_prefix
from casefiles.index.links import LinkedMove
from casefiles.index.store import Index
from casefiles.uk_dates import london_text, parse_instant

CODE = "moved-between-cases"


@dataclass(frozen=True)
class OtherCase:
    """The other case of a move, as the decision's reason names it."""

    uuid: str
    reference: str

    @property
    def words(self) -> str:
        """What is kept beside the chain: identifier and reference."""
        return f"{self.uuid} {self.reference}"


def look_across(index: Index) -> frozenset[str]:
    """Find files gone from one case and arrived in another, and keep the pairs in the index.

    Returns the identifiers of the cases on either side of a pair that is new or no longer there: their pages may
    have changed. Call it when all cases of a pass have been scanned.

    Raises:
        Unavailable: the index cannot be used.
    """
    before, now = set(index.linked_moves()), index.gone_and_arrived()
    differing = before.symmetric_difference(now)
    if differing:
        index.put_linked_moves(now)
    return frozenset(case for move in differing for case in (move.from_case, move.to_case))


def move_findings(moves: Sequence[LinkedMove], state: CaseState) -> Iterator[Finding]:
    """What the page of this case says about pairs on which nobody has decided yet."""
    for move in moves:
        command = f"`casebinder decide {move.from_reference} --moved {hash_prefix(move.sha256)} --to {move.to_reference}`"
        remedy = f"If it was moved there on purpose, the courts officer records that for both cases with {command}. "
        if (
            move.from_case == state.case_uuid
            and is_gone(state, move)
            and moved_to(state, move.sha256) is None
        ):
            yield Finding(
                CODE,
                Severity.WARNING,
                move.gone_name,
                f"This file is gone from here, and the same file came to case {move.to_reference} on "
                f"{london_text(parse_instant(move.arrived_at))}.",
                remedy + "If not, put it back.",
            )
        if move.to_case == state.case_uuid and not _came_from(state, move.sha256, move.from_case):
            yield Finding(
                CODE,
                Severity.WARNING,
                move.arrived_name,
                f"The same file was in case {move.from_reference} before, and is gone from there.",
                remedy + "If it is in the wrong case, move it back.",
            )


def is_gone(state: CaseState, move: LinkedMove) -> bool:
    """Whether the chain still knows the path that a pair speaks of, with the same bytes, and not as withdrawn."""
    path = state.paths.get(move.path)
    return path is not None and path.sha256 == move.sha256 and path.status is not PathStatus.DISPOSED


def moved_to(state: CaseState, sha256: str) -> tuple[OtherCase, DecisionMade] | None:
    """The case to which a file of this one was moved, as a person confirmed it since it went missing; or None."""
    made = state.latest_decision(Decision.MOVED_AWAY, sha256)
    if made is None or made.seq < _last_event(state, sha256, EventType.EVIDENCE_MISSING):
        return None
    return _other(made), made


def record_move(away: Journal, here: Journal, sha256: str, is_there: Callable[[bytes], bool]) -> bool:
    """Record in both cases that a file went from `away` to `here`; False where both say so already.

    `is_there` tells whether a raw path of `away` is a file now. The case that received it records first: if the
    second record fails, the proposal stands until the command is run again.

    Raises:
        UsageError: the file is still in the first case, or not in the second.
        Unavailable: a share cannot be written.
    """
    _check(away.state(), here.state(), sha256, is_there)
    left = OtherCase(away.state().case_uuid, away.state().reference)
    reached = OtherCase(here.state().case_uuid, here.state().reference)

    def arrived(chain: Chain) -> Sequence[EventDraft]:
        if _came_from(here.state_of(chain), sha256, left.uuid):
            return []
        return [drafts.decided(here.recorder.random_bytes, Decision.MOVED_HERE, sha256, left.words)]

    def gone(chain: Chain) -> Sequence[EventDraft]:
        state = away.state_of(chain)
        missing = [path for path in _paths(state, sha256) if path.status is PathStatus.PRESENT]
        known = moved_to(state, sha256)
        if not missing and known is not None and known[0].uuid == reached.uuid:
            return []
        decided = drafts.decided(away.recorder.random_bytes, Decision.MOVED_AWAY, sha256, reached.words)
        return [*map(drafts.missing, missing), decided]

    return bool([*here.append(arrived), *away.append(gone)])


def _check(away: CaseState, here: CaseState, sha256: str, is_there: Callable[[bytes], bool]) -> None:
    short = hash_prefix(sha256)
    if away.case_uuid == here.case_uuid:
        raise UsageError(
            "Both are the same case.", remedy="Name with --to the case that the file was moved to."
        )
    still = [path for path in _paths(away, sha256) if path.path is not None and is_there(path.path)]
    if not _paths(away, sha256) or still:
        where = "is still in" if still else "never lay by itself in a folder of"
        raise UsageError(
            f"The file {short} {where} case {away.reference}, so it was not moved away.",
            remedy="If it must not be there, use: "
            f"casebinder withdraw {away.reference} {short} --reason wrong-case --by NAME",
        )
    if not any(path.status is PathStatus.PRESENT for path in _paths(here, sha256)):
        raise UsageError(
            f"Case {here.reference} does not have the file {short}.",
            remedy="Drop it into that case's evidence folder first, or name the right case with --to.",
        )


def _paths(state: CaseState, sha256: str) -> list[PathState]:
    """The paths that hold, or held last, these bytes and were not withdrawn."""
    return [
        path
        for path in (*state.paths.values(), *state.unnamed_paths.values())
        if path.sha256 == sha256 and path.status is not PathStatus.DISPOSED
    ]


def _came_from(state: CaseState, sha256: str, case_uuid: str) -> bool:
    """Whether a person confirmed, since the bytes came here last, that they came from that case."""
    came = (EventType.EVIDENCE_RECEIVED, EventType.EVIDENCE_CHANGED, EventType.EVIDENCE_RESTORED)
    since = _last_event(state, sha256, *came)
    return any(
        made.decision == Decision.MOVED_HERE
        and made.sha256 == sha256
        and made.seq > since
        and _other(made).uuid == case_uuid
        for made in state.decisions
    )


def _last_event(state: CaseState, sha256: str, *types: EventType) -> int:
    """The number of the last event of these types about an item; 0 for none."""
    events = (event for event in reversed(state.events) if event.type in types)
    return next((event.seq for event in events if event.body["sha256"] == sha256), 0)


def _other(made: DecisionMade) -> OtherCase:
    uuid, _space, reference = (made.reason or "").partition(" ")
    return OtherCase(uuid, reference)
