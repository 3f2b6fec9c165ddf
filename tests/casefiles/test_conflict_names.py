"""Names of copies are recognised whoever made them; a plain name is never taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.conflict_names import CODE, conflict_copy, conflict_findings, recognise
from casefiles.findings import Severity

COPIES = {
    "report-DESKTOP-AB12CD3.docx": "report.docx",
    "report-HOST123.docx": "report.docx",
    "report-LAPTOP-XYZ-2.docx": "report.docx",
    "letter (Pat's conflicted copy 2026-03-01).docx": "letter.docx",
    "letter (Pat’s conflicted copy 2026-03-01).docx": "letter.docx",
    "letter (Office PC's conflicted copy 2026-03-01 (1)).docx": "letter.docx",
    "letter (conflicted copy 2026-03-01 101112).docx": "letter.docx",
    "letter (Case Conflict 1).docx": "letter.docx",
    "note.sync-conflict-20260301-101112-ABCDEF.txt": "note.txt",
    "note.sync-conflict-20260301-101112-ABCDEF7.txt": "note.txt",
    "note.sync-conflict-20260301-101112.txt": "note.txt",
    "scan (1).pdf": "scan.pdf",
    "scan(2).pdf": "scan.pdf",
    "scan - Copy.pdf": "scan.pdf",
    "scan - Copy (2).pdf": "scan.pdf",
    "Copy of scan.pdf": "scan.pdf",
    "scan copy.pdf": "scan.pdf",
    "scan 2.pdf": "scan.pdf",
    "README (1)": "README",
    "0000000003-DESKTOP-AB12CD3.json": "0000000003.json",
}
PLAIN = (
    "report.docx",
    "letter 19.01.2026.pdf",
    "Statement of A. Bee.pdf",
    "section-444.pdf",
    "page-3.pdf",
    "2026-03-01.pdf",
    "well-known.pdf",
    "photocopy.pdf",
    "(1).pdf",
    ".pdf",
    "",
)
SURE = ("conflicted", "sync-conflict", "Case Conflict")


@pytest.mark.parametrize(("name", "original"), COPIES.items())
def test_a_copy_is_known_by_its_name(name: str, original: str) -> None:
    found = next(recognise(name.encode()))
    assert found.original == original.encode()
    assert found.sure is any(word in name for word in SURE)
    beside = {f"evidence/{each}".encode(): "x" for each in (name, original)}
    copy = conflict_copy(f"evidence/{name}".encode(), beside)
    assert copy is not None
    assert copy[0] == f"evidence/{original}".encode()
    assert conflict_copy(f"evidence/{original}".encode(), beside) is None


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_name_is_none(name: str) -> None:
    assert list(recognise(name.encode())) == []


def test_a_name_that_people_choose_counts_only_beside_its_original() -> None:
    assert conflict_copy(b"evidence/scan (1).pdf", {b"evidence/scan (1).pdf": "x"}) is None
    assert conflict_copy(b"evidence/scan (1).pdf", {b"evidence/other/scan.pdf": "x"}) is None
    name = b"evidence/scan (conflicted copy 2026-03-01 101112).pdf"
    assert conflict_copy(name, {name: "x"}) is not None


@pytest.mark.parametrize(
    ("name", "other", "weight", "words"),
    [
        ("a (conflicted copy 2026-03-01 101112).txt", "1", Severity.NOTE, "the same to the last byte"),
        ("a (conflicted copy 2026-03-01 101112).txt", "2", Severity.WARNING, "two versions"),
        ("a (conflicted copy 2026-03-01 101112).txt", None, Severity.WARNING, "not beside it"),
        ("a-HOST123.txt", "2", Severity.WARNING, "two versions"),
        ("a (1).txt", "2", Severity.NOTE, "two versions"),
    ],
)
def test_what_is_said_depends_on_the_bytes(
    name: str, other: str | None, weight: Severity, words: str
) -> None:
    hashes = {f"evidence/{name}".encode(): "1"} | ({b"evidence/a.txt": other} if other else {})
    (found,) = conflict_findings(hashes)
    assert (found.code, found.severity, found.subject) == (CODE, weight, f"evidence/{name}")
    assert words in found.message
    assert "“a.txt”" in found.message


@given(st.binary(max_size=300))
def test_any_bytes_have_an_answer(name: bytes) -> None:
    for found in recognise(name):
        assert found.original
        assert found.original != name
    list(conflict_findings({b"evidence/" + name: "1", name: "2"}))


@given(st.from_regex(rb"[a-z \-(]{0,200}", fullmatch=True), st.sampled_from([b"-", b" (", b"copy ", b"1"]))
def test_long_names_cost_little(stem: bytes, tail: bytes) -> None:
    list(recognise(stem + tail * 60 + b".pdf"))
