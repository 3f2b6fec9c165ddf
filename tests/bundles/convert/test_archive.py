"""The page of a zip archive lists what intake takes out, with the same fingerprints."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from bundles.convert.archive import draw
from bundles.convert.base import ConversionRequest, HeldError
from bundles.derived import Derived
from casefiles.hashing import sha256_bytes, sha256_file
from casefiles.intake.facts import read_facts
from casefiles.intake.kinds import Kind, KindOf

MakeRequest = Callable[..., ConversionRequest]


def archive(*members: tuple[str, bytes], comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.comment = comment
        for name, data in members:
            made.writestr(name, data)
    return out.getvalue()


def drawn(request_for: MakeRequest, tmp_path: Path, data: bytes) -> str:
    (tmp_path / "a.zip").write_bytes(data)
    made = draw(request_for(tmp_path / "a.zip", Kind.ZIP))
    assert isinstance(made, Derived)
    document = pypdfium2.PdfDocument(str(made.path))
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def test_the_list_is_what_intake_takes_out(tmp_path: Path, request_for: MakeRequest) -> None:
    data = archive(
        ("note.txt", b"Note"),
        ("sub/żółć.txt", b"two"),
        ("x\u202etxt.exe", b"three"),
        comment=b"From <b>school</b>",
    )
    text = drawn(request_for, tmp_path, data)
    (tmp_path / "scratch").mkdir()
    facts = read_facts(tmp_path / "a.zip", KindOf(Kind.ZIP, "application/zip", "zip"), tmp_path / "scratch")
    assert len(facts.children) == 3
    for child in facts.children:
        assert sha256_file(child.path) in text
    for words in (
        "3 files", "note.txt", "4 bytes", "sub/żółć.txt", "x\\u202etxt.exe", "From <b>school</b>", sha256_bytes(data),
    ):  # fmt: skip
        assert words in text


def test_what_is_not_taken_out_says_why(tmp_path: Path, request_for: MakeRequest) -> None:
    text = drawn(request_for, tmp_path, archive(("zeros", bytes(40 << 20)), ("../up", b"x")))
    assert "Not taken out: it unpacks to far more than it is worth: a zip bomb." in text
    assert "Note: its name points outside the archive." in text
    assert sha256_bytes(b"x") in text


def test_an_empty_archive_says_so(tmp_path: Path, request_for: MakeRequest) -> None:
    assert "This archive holds no files" in drawn(request_for, tmp_path, archive())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (archive(("a", b"x" * 50))[:40], "zip-damaged"),
        (archive(*((str(number), b"") for number in range(1001))), "zip-too-many"),
    ],
    ids=["cut", "of too many files"],  # an archive has the time of its making in it: no name for a test
)
def test_what_cannot_be_listed_is_held(
    tmp_path: Path, request_for: MakeRequest, data: bytes, code: str
) -> None:
    with pytest.raises(HeldError) as held:
        drawn(request_for, tmp_path, data)
    assert [each.code for each in held.value.findings] == [code]
