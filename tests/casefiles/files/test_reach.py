from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from casefiles.errors import Unavailable
from casefiles.files.reach import reaching


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EROFS, "read-only"), (errno.ENOSPC, "full"), (errno.ESTALE, "disconnected"), (errno.EACCES, "you may not"),
        (errno.EIO, "reports an error"), (errno.EDQUOT, "quota"), (errno.ENOENT, "not there"), (errno.EXDEV, "cross-device"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_thing_the_reason_and_what_to_look_at(code: int, words: str) -> None:
    for local in (False, True):
        with pytest.raises(Unavailable, match=words) as caught, reaching(Path("/somewhere/x"), local=local):
            raise OSError(code, os.strerror(code))
        assert "/somewhere/x" in caught.value.message
        assert ("This machine's own" in caught.value.message) is local
        assert ("Check that the share" in caught.value.remedy) is not local
