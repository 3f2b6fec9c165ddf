from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pypdf
import pytest
from reportlab.pdfgen import canvas

from casefiles.errors import Blocked, UsageError
from casefiles.intake.facts import read_facts
from casefiles.intake.kinds import detect
from casefiles.intake.readers.pdf_password import open_with_password

PASSWORD = "Zażółć £20"


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    out = io.BytesIO()
    paper = canvas.Canvas(out)
    for number in range(4):
        paper.drawString(72, 700, f"Confidential page {number + 1} " + "x" * 500)
        paper.showPage()
    paper.save()
    path = tmp_path / "locked.pdf"
    with pikepdf.open(out) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="owner", user=PASSWORD))
    return path


def test_the_opened_copy_is_the_same_without_a_password(locked: Path, tmp_path: Path) -> None:
    before = locked.read_bytes()
    for name in ("one.pdf", "two.pdf"):
        open_with_password(locked, PASSWORD, tmp_path / name)
    copy = tmp_path / "one.pdf"
    facts = read_facts(copy, detect(copy), tmp_path)
    assert (facts.state, facts.pages, facts.findings) == ("readable", 4, ())
    assert not pypdf.PdfReader(copy).is_encrypted
    assert copy.read_bytes() == (tmp_path / "two.pdf").read_bytes()
    assert PASSWORD.encode() not in copy.read_bytes()
    assert locked.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["locked.pdf", "one.pdf", "two.pdf"]


@pytest.mark.parametrize("password", ["", "wrong", "ZAŻÓŁĆ £20"])
def test_a_wrong_password_is_a_usage_error_that_does_not_repeat_it(
    locked: Path, tmp_path: Path, password: str
) -> None:
    with pytest.raises(UsageError) as caught:
        open_with_password(locked, password, tmp_path / "out.pdf")
    assert not password or password not in f"{caught.value.message}{caught.value.remedy}"
    assert caught.value.__cause__ is None
    assert not (tmp_path / "out.pdf").exists()


def test_a_copy_never_hides_a_lost_page(locked: Path, tmp_path: Path) -> None:
    with pikepdf.open(locked, password=PASSWORD) as pdf:
        content = pdf.pages[2].obj.Contents.objgen[0]
    data = locked.read_bytes()
    locked.write_bytes(data.replace(b"\n%d 0 obj" % content, b"\n%d 0 ojb" % content))
    with pytest.raises(Blocked, match="3 of 4 pages readable"):
        open_with_password(locked, PASSWORD, tmp_path / "out.pdf")
    assert not (tmp_path / "out.pdf").exists()


def test_what_is_no_pdf(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(b"%PDF-1.4 rubbish")
    with pytest.raises(UsageError, match="cannot be opened"):
        open_with_password(path, "p", tmp_path / "out.pdf")
