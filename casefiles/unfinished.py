"""A note on this machine that something was begun and nobody has been told that it ended.

When a command fails, or is killed, after its work became visible and before it could say so, the same command finds the
note, finishes the work and says so, instead of refusing because the work is there already. Losing a note costs nothing
but that.
"""

from __future__ import annotations

from casefiles.files.publish import discard, make_folder, write_atomically
from casefiles.hashing import sha256_bytes
from casefiles.layout import LocalLayout


class Unfinished:
    """The note about one piece of work; `what` tells it from all others, and is not kept in readable form."""

    def __init__(self, local: LocalLayout, what: str) -> None:
        self._folder = local.unfinished
        self._file = local.unfinished / sha256_bytes(what.encode("utf-8", "surrogateescape"))[:32]

    @property
    def begun(self) -> bool:
        """Was it begun before, and never ended?"""
        return self._file.exists()

    def begin(self) -> None:
        """Note that it is begun.

        Raises:
            Unavailable: this machine's own folder is missing or cannot be written.
        """
        make_folder(self._folder, mode=0o700, local=True)
        write_atomically(self._file, b"", mode=0o600, local=True)

    def end(self) -> None:
        """Forget it: it is done and said, or was refused. A note that cannot be removed does no harm."""
        discard(self._file)
