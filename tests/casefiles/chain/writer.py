"""A process that takes files in, one after the other, and says so: run by the tests of several writers.

Arguments: case folder, host, how many files. Prints a line for each event that it was told is recorded.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from casefiles.chain import drafts, originals
from casefiles.chain.events import EventDraft
from casefiles.chain.journal import Chain, Journal
from casefiles.layout import CaseLayout
from casefiles.recorder import Recorder


def main() -> None:
    layout = CaseLayout(Path(sys.argv[1]))
    recorder = Recorder("officer", sys.argv[2], "casebinder test", lambda: datetime.now(UTC), os.urandom)
    journal = Journal(layout, recorder)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[3])):
        data = b"file %d" % number
        sha256 = hashlib.sha256(data).hexdigest()
        originals.preserve(layout, io.BytesIO(data), "pdf")

        def decide(chain: Chain, sha256: str = sha256, number: int = number) -> Sequence[EventDraft]:
            if sha256 in journal.state_of(chain).items:
                return []
            return [
                drafts.received(
                    os.urandom,
                    path=b"evidence/%d.pdf" % number,
                    sha256=sha256,
                    size_bytes=9,
                    mtime=None,
                    owner=None,
                    suffix="pdf",
                )
            ]

        for event in journal.append(decide):
            print(event.seq, event.sha256, flush=True)
        print("done", number, flush=True)


main()
