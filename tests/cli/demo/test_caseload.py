"""The demonstration's files are what the demonstration says they are."""

from __future__ import annotations

import hashlib
import uuid
import zipfile
from email import policy
from email.parser import BytesParser
from importlib.resources import files
from pathlib import Path

import pikepdf
import pypdf
import pytest
from PIL import Image

from casefiles.case_schema import read_case
from casefiles.settings import read_settings
from cli.demo.caseload import EVIDENCE, LOCKED_WITH, lay_out, workspace_toml

NOTICE = "Fictional: made for the casebinder demonstration"


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return lay_out(tmp_path).evidence


def test_every_packaged_file_is_used_and_none_is_missing() -> None:
    packaged = {entry.name for entry in (files("cli.demo") / "files").iterdir()}
    assert packaged == {resource for _, resource in EVIDENCE}


def test_the_two_files_of_facts_are_valid_and_fit_together(tmp_path: Path) -> None:
    paths = lay_out(tmp_path)
    case, settings = read_case(paths.case_file), read_settings(paths.workspace_file)
    assert {(charge.defendant, charge.child) for charge in case.charges} == {
        (parent, child) for parent in ("pat", "kit") for child in ("zoe", "sam")
    }
    assert len(case.hearings) == 2
    assert all(settings.court(hearing.court) for hearing in case.hearings)
    assert all(settings.school(person.school) for person in case.people if person.school)
    assert case.officer in {officer.initials for officer in settings.officers}


def test_a_demonstration_may_have_its_own_workspace_id(tmp_path: Path) -> None:
    wanted = str(uuid.UUID(int=7, version=4))
    (tmp_path / "casebinder.toml").write_bytes(workspace_toml(wanted))
    assert read_settings(tmp_path / "casebinder.toml").id == wanted


def test_exactly_one_file_is_a_duplicate(evidence: Path) -> None:
    digests = [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in evidence.rglob("*") if path.is_file()
    ]
    assert len(digests) == len(EVIDENCE)
    assert len(set(digests)) == len(EVIDENCE) - 1


def test_the_locked_letter_opens_with_its_password_only(evidence: Path) -> None:
    letter = evidence / "Letter from surgery.pdf"
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(letter)
    with pikepdf.open(letter, password=LOCKED_WITH) as pdf:
        assert len(pdf.pages) == 1


def test_the_damaged_scan_says_five_pages_and_has_lost_some(evidence: Path) -> None:
    data = (evidence / "scan0007.pdf").read_bytes()
    assert b"/Count 5" in data
    assert b"startxref" not in data
    assert data.count(b"/Type /Page /") == 3
    assert data.count(b"/Subtype /Image") == 3
    assert data.count(b"endstream") == 5  # drawing and image of two pages, the drawing of the third


def test_the_register_is_stored_upright_and_shown_turned(evidence: Path) -> None:
    (path,) = evidence.glob("school/Register*")
    for page in pypdf.PdfReader(path).pages:
        assert page.rotation == 90
        assert page.mediabox.height > page.mediabox.width


def test_the_policy_has_bookmarks_and_links_of_its_own(evidence: Path) -> None:
    reader = pypdf.PdfReader(evidence / "school/Attendance policy 2025-26.pdf")
    assert len(reader.pages) == 12
    assert len(reader.outline) == 20  # ten sections, each followed by the list of its parts
    assert all("/Annots" in page for page in reader.pages[2:-1])


def test_the_form_keeps_its_values_in_fields_without_appearances(evidence: Path) -> None:
    reader = pypdf.PdfReader(evidence / "school/Pupil information form.pdf")
    fields = reader.get_form_text_fields()
    assert "Łukasz Żółć £20" in fields.values()
    assert "Łukasz" not in reader.pages[0].extract_text()


def test_the_photo_lies_on_its_side_and_says_where_it_was_taken(evidence: Path) -> None:
    with Image.open(evidence / "IMG_20260206_081533.jpg") as photo:
        assert photo.getexif()[0x0112] == 6
        assert photo.getexif().get_ifd(0x8825)[1] == "N"
        assert photo.width > photo.height


def test_the_email_carries_a_pdf_and_a_photo(evidence: Path) -> None:
    data = (evidence / "school/RE Attendance Zoë 02.02.2026.eml").read_bytes()
    message = BytesParser(policy=policy.default).parsebytes(data)
    attached = {part.get_filename(): part.get_content()[:3] for part in message.iter_attachments()}
    assert attached == {"Attendance summary Zoë.pdf": b"%PD", "planner.jpg": b"\xff\xd8\xff"}


def test_the_call_log_is_in_a_windows_code_page(evidence: Path) -> None:
    data = (evidence / "call log.txt").read_bytes()
    assert "£42" in data.decode("cp1252")
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")


def test_every_paper_that_holds_text_says_that_it_is_fictional(evidence: Path) -> None:
    for path in evidence.rglob("*"):
        if path.suffix in {".txt", ".eml"}:
            assert NOTICE[:9] in path.read_bytes().decode("latin-1"), path
        elif path.suffix == ".docx":
            with zipfile.ZipFile(path) as docx:
                assert any(
                    NOTICE in docx.read(name).decode() for name in docx.namelist() if "footer" in name
                ), path
        elif path.suffix == ".pdf" and path.name not in {"scan0007.pdf"}:
            reader = pypdf.PdfReader(path, password=LOCKED_WITH if "surgery" in path.name else None)
            for page in reader.pages:
                assert NOTICE in " ".join(page.extract_text().split()), path
