"""What is ignored, why, and that nothing else is."""

from __future__ import annotations

import pytest

from casefiles.files.publish import PART_PREFIX, PART_SUFFIX
from watcher.filters import IGNORE_LIST, ignored_because


@pytest.mark.parametrize(
    "name",
    [
        b"~$port.docx",
        b".~lock.report.docx#",
        b"upload.tmp",
        b"UPLOAD.TMP",
        b"film.partial",
        b"film.part",
        b"statement.pdf.crdownload",
        b"statement.pdf.filepart",
        b"Thumbs.db",
        b"THUMBS.DB",
        b"ehthumbs.db",
        b".DS_Store",
        b"Desktop.ini",
        b"._letter.pdf",
        b".nfs000000000abc",
        b".fuse_hidden0001",
        b".smbdeleteAAA12",
        f"{PART_PREFIX}12-0{PART_SUFFIX}".encode(),
        f"{PART_PREFIX}12-0".encode(),
    ],
)
def test_is_ignored_with_a_reason(name: bytes) -> None:
    assert ignored_because(name)


@pytest.mark.parametrize(
    "name",
    [
        b"letter.pdf",
        b"~letter.pdf",
        b"$letter.pdf",
        b"tmp",
        b"letter.tmp.pdf",
        b"my thumbs.db",
        b"thumbs.db.pdf",
        b"desktop.ini.txt",
        b".hidden evidence.pdf",
        b"partial.pdf",
        b"counterpart",
        b"\xff\xfe.pdf",
        b"",
    ],
)
def test_is_not_ignored(name: bytes) -> None:
    assert ignored_because(name) is None


def test_patterns_read_as_people_write_them() -> None:
    patterns = {rule.pattern for rule in IGNORE_LIST}
    assert {"~$*", "*.tmp", "thumbs.db", "._*"} <= patterns
    assert len(patterns) == len(IGNORE_LIST)


def test_every_rule_is_lower_case_and_covers_its_own_text() -> None:
    for rule in IGNORE_LIST:
        assert rule.text == rule.text.lower()
        assert rule.matches(rule.text.upper())
        assert rule.reason
