"""A person's words for a file lead to one item, or to a question."""

import pytest

from casefiles.errors import UsageError
from casefiles.lookup import find_item

A, B, C = "aa11" * 16, "bb22" * 16, "bb22bb22" + "0" * 56
NAMES = {
    A: ["evidence/letters/letter 1.docx", "evidence/copy of letter 1.docx"],
    B: ["evidence/report.pdf"],
    C: ["evidence/mail.eml › report.pdf"],
}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("aa11aa11", A),
        ("evidence/letters/letter 1.docx", A),
        ("./evidence/letters/letter 1.docx", A),
        ("letters/letter 1.docx", A),
        ("evidence/report.pdf", B),
        ("mail.eml › report.pdf", C),
        ("bb22bb220", C),
    ],
)
def test_found(wanted: str, found: str) -> None:
    assert find_item(NAMES, wanted) == found


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("report.pdf", "more than one file: bb22bb22 evidence/mail.eml"),
        ("bb22bb22", "more than one"),
        ("etter 1.docx", "Did you mean"),
        ("zzz", "no file"),
    ],
)
def test_not_found_or_not_clear(wanted: str, words: str) -> None:
    with pytest.raises(UsageError, match="“") as caught:
        find_item(NAMES, wanted)
    assert words in caught.value.message
    assert caught.value.remedy
