"""What can still be read of a chain that breaks: the events before the break, for showing what was known.

Nothing is decided or recorded on it.
"""

from __future__ import annotations

from contextlib import suppress

from casefiles.chain import names
from casefiles.chain.events import ChainEvent
from casefiles.chain.folder import list_events, read_event
from casefiles.chain.linked import NO_HEAD, Chain, Head, link_problem
from casefiles.chain.replay import Replayer
from casefiles.index.store import Index
from casefiles.layout import CaseLayout
from casefiles.status.case import status_of_chain
from casefiles.status.view import CaseStatus


def readable_part(layout: CaseLayout) -> Chain:
    """The events that are in order and linked, up to the first that is not; none where the first one is not.

    Raises:
        Unavailable: the events folder is not there or cannot be read.
    """
    head, found = NO_HEAD, list[ChainEvent]()
    for seq in range(1, list_events(layout).count + 1):
        try:
            event = read_event(layout, seq)
        except ValueError:
            break
        if link_problem(event, seq, head):
            break
        head = Head(seq, event.sha256)
        found.append(event)
    return Chain(tuple(found))


def last_good_status(layout: CaseLayout, index: Index, *, reference: str, title: str) -> CaseStatus | None:
    """The status of a case by the events before its chain breaks; None where there are none.

    Raises:
        Unavailable: the share or the index cannot be read.
    """
    chain = readable_part(layout)
    if not chain.events:
        return None
    replayer = Replayer()
    for event in chain.events:
        name = None
        with suppress(ValueError):  # a damaged name: the item is shown without it
            name = names.read_name(layout, event.id)
        replayer.apply(event, name)
    return status_of_chain(chain, replayer.state(), index, reference=reference, title=title)
