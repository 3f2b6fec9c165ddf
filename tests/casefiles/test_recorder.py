from __future__ import annotations

import uuid
from datetime import UTC, datetime

from casefiles.recorder import Recorder


def test_a_new_uuid_comes_from_the_given_randomness_alone() -> None:
    recorder = Recorder("officer", "machine", "casebinder", lambda: datetime.now(UTC), lambda n: b"\xff" * n)
    made = uuid.UUID(recorder.new_uuid())
    assert str(made) == recorder.new_uuid() == "ffffffff-ffff-4fff-bfff-ffffffffffff"
    assert made.version == 4
    assert made.variant == uuid.RFC_4122
