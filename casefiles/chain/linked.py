"""Events in order and linked: what reading a chain gives, and how a link is checked. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass

from casefiles.chain import merkle
from casefiles.chain.bodies import EventType
from casefiles.chain.events import FIRST_PREV, ChainEvent
from casefiles.errors import VerificationFailed


@dataclass(frozen=True)
class Head:
    """The last event: its number (0 for none) and the SHA-256 of its file."""

    seq: int
    sha256: str


NO_HEAD = Head(0, FIRST_PREV)


class ChainBroken(VerificationFailed):
    """The chain cannot be followed; `seq` is the number of the event at which it breaks."""

    code = "chain-broken"

    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(
            f"The evidence chain breaks at event {seq}: {problem}.",
            remedy="Run “casebinder verify” on the case. Put the event files back from a backup; do not write or renumber any "
            "by hand. If no copy is left and somebody answers for it: casebinder decide CASE --recovered events-lost",
        )
        self.seq = seq


@dataclass(frozen=True)
class Chain:
    """The events as they were read, in order and linked; `events[n - 1]` is event n.

    `strays` are names in the events folder that are no event's (a sync tool's copies, for instance).
    """

    events: tuple[ChainEvent, ...]
    strays: tuple[str, ...] = ()

    @property
    def head(self) -> Head:
        """The last event; `NO_HEAD` where there is none."""
        return Head(self.events[-1].seq, self.events[-1].sha256) if self.events else NO_HEAD

    @property
    def case_uuid(self) -> str:
        """The case's identifier, from its first event."""
        return str(self.events[0].body["case"])

    def leaf_hashes(self, size: int | None = None) -> tuple[bytes, ...]:
        """The Merkle leaf hashes of the first `size` events (default: all)."""
        return tuple(merkle.leaf_hash(event.encoded) for event in self.events[:size])


def link_problem(event: ChainEvent, seq: int, head: Head) -> str:
    """Why `event`, found under number `seq`, does not follow `head`; empty if it does."""
    if event.seq != seq:
        return f"the file with number {seq} says that it is event {event.seq}"
    if event.prev != head.sha256:
        return f"it does not follow event {head.seq} as that is now (event {head.seq} or {seq} was changed)"
    if (event.type is EventType.CASE_OPENED) != (seq == 1):
        return "a chain begins with case.opened, and only there"
    return ""
