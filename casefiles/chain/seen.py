"""The last heads that this machine saw, kept off the share: what shows a chain that was cut or rewritten.

One file a case, one line a head. Losing it loses an anchor, so it is not part of the disposable index.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from casefiles.chain.canonical import instant_text
from casefiles.chain.heads import (
    PLACES_FILE,
    SeenHead,
    case_at,
    check_heads,
    decode,
    last_place,
    place_line,
    place_of,
    read_heads,
    read_heads_at,
    seen_file,
)
from casefiles.chain.journal import Journal
from casefiles.chain.linked import Chain
from casefiles.files.publish import append_line, make_folder
from casefiles.findings import Finding, Severity
from casefiles.layout import LocalLayout

__all__ = ["SeenHead", "SeenHeads", "chain_and_heads", "check_heads", "decode", "read_heads", "seen_file"]


def chain_and_heads(journal: Journal, local: LocalLayout) -> tuple[Chain, SeenHeads]:
    """The chain as it is now, and the heads of it that this machine saw.

    Another process of this machine may have added events, and noted their head, since the chain was read: then it is
    read once more, for only what is missing after the note was read has been lost.

    Raises:
        ChainBroken, Unavailable: as `Journal.read`.
    """
    chain = journal.read()
    heads = SeenHeads(local, chain.case_uuid, journal.layout.folder)
    if any(head.seq > chain.head.seq for head in heads.heads):
        chain = journal.read()
    return chain, heads


class SeenHeads:
    """The heads of one case that this machine saw, read once and added to.

    With the case's `folder`, a chain that took the place of another one in that folder is found as well.
    """

    def __init__(self, local: LocalLayout, case_uuid: str, folder: Path | None = None) -> None:
        self._local = local
        self._case = case_uuid
        self._folder = folder
        self._heads = list(
            read_heads_at(local, folder, case_uuid) if folder else read_heads(local, case_uuid)
        )

    @property
    def heads(self) -> tuple[SeenHead, ...]:
        """All heads, in the order seen."""
        return tuple(self._heads)

    @property
    def last(self) -> SeenHead | None:
        """The head seen last, or None."""
        return self._heads[-1] if self._heads else None

    def check(self, chain: Chain) -> tuple[Finding, ...]:
        """As `check_heads`, for all of them."""
        return check_heads(self._heads, chain)

    def note(self, chain: Chain, now: datetime) -> tuple[Finding, ...]:
        """Checks, and keeps the chain's head if it is new and nothing contradicts it; what `check` found.

        Call it after each read and each append.

        Raises:
            Unavailable: the local folder is missing or cannot be written.
        """
        findings = self.check(chain)
        head = chain.head
        if head.seq == 0 or any(finding.severity is Severity.ERROR for finding in findings):
            return findings
        last = self.last
        if last is None or (last.case, last.seq, last.sha256) != (self._case, head.seq, head.sha256):
            entry = SeenHead(self._case, head.seq, head.sha256, instant_text(now))
            make_folder(self._local.seen, mode=0o700, local=True)
            append_line(seen_file(self._local, self._case), entry.encode(), mode=0o600)
            self._heads.append(entry)
        self._note_place(now)
        return findings

    def take_place(self, now: datetime) -> None:
        """Says that this case now belongs in its folder, whatever lay there before: for a case just opened here.

        Raises:
            Unavailable: the local folder is missing or cannot be written.
        """
        self._note_place(now)
        self._heads = [head for head in self._heads if head.case == self._case]

    def _note_place(self, now: datetime) -> None:
        if self._folder is None:
            return
        here = place_of(self._folder)
        if case_at(self._local, self._folder) == self._case and last_place(self._local, self._case) == here:
            return
        make_folder(self._local.seen, mode=0o700, local=True)
        line = place_line(self._case, self._folder, instant_text(now))
        append_line(self._local.seen / PLACES_FILE, line, mode=0o600)
