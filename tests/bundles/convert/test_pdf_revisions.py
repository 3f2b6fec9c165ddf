"""Earlier versions within a PDF are counted and compared; a linearized file has one version."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from bundles.convert.base import ConversionRequest
from bundles.convert.pdf import convert_pdf
from bundles.convert.pdf_revisions import version_ends
from bundles.derived import Derived
from casefiles.intake.kinds import Kind

MakeRequest = Callable[..., ConversionRequest]


def paper(*pages: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=True)
    for words in pages:
        canvas.drawString(72, 700, words)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def updated(data: bytes, change: Callable[[pypdf.PdfWriter], object]) -> bytes:
    """The same file with a change written after its end, as pypdf writes it."""
    writer = pypdf.PdfWriter(io.BytesIO(data), incremental=True)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    assert out.getvalue().startswith(data[:-8])
    return out.getvalue()


def other_words(writer: pypdf.PdfWriter) -> None:
    content = writer.pages[0].get_contents()
    assert content is not None
    content.set_data(b"BT /F1 12 Tf 72 700 Td (Absent on 12 days) Tj ET")
    writer.pages[0][pypdf.generic.NameObject("/Contents")] = writer._add_object(content)


def one_more(writer: pypdf.PdfWriter) -> None:
    writer.add_blank_page(595, 842)


def about_it(writer: pypdf.PdfWriter) -> None:
    writer.add_metadata({"/Title": "Register"})


def said(tmp_path: Path, request_for: MakeRequest, data: bytes) -> list[tuple[str, str]]:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    made = convert_pdf(request_for(path, Kind.PDF))
    assert isinstance(made, Derived)
    return [(each.code, each.message) for each in made.findings if "earlier" in each.code]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (other_words, "pdf-earlier-version-differs", "one shows something else on page 1"),
        (one_more, "pdf-earlier-version-differs", "one has 2 pages where this has 3"),
        (about_it, "pdf-earlier-versions", "the pages are the same"),
    ],
)
def test_an_update_is_said_and_compared(
    tmp_path: Path,
    request_for: MakeRequest,
    change: Callable[[pypdf.PdfWriter], object],
    code: str,
    words: str,
) -> None:
    ((found, message),) = said(tmp_path, request_for, updated(paper("Absent on 2 days", "two"), change))
    assert found == code
    assert message.startswith("an earlier version of it can be brought back")
    assert words in message


def test_an_older_version_that_differs_is_found_behind_one_that_does_not(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    data = updated(updated(paper("Absent on 2 days"), other_words), about_it)
    ((found, message),) = said(tmp_path, request_for, data)
    assert found == "pdf-earlier-version-differs"
    assert message.startswith("2 earlier versions")


def test_a_file_that_was_saved_once_says_nothing(tmp_path: Path, request_for: MakeRequest) -> None:
    assert said(tmp_path, request_for, paper("one")) == []
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper("one", "two"))) as pdf:
        pdf.save(out, linearize=True)
    assert out.getvalue().count(b"%%EOF") == 2
    assert said(tmp_path, request_for, out.getvalue()) == []


def test_marks_in_the_content_are_no_versions(tmp_path: Path, request_for: MakeRequest) -> None:
    data = paper("one")
    at = data.index(b"stream")
    fake = data[:at].replace(b"%PDF-1.3\n", b"%PDF-1.3\n%startxref\n5\n%%EOF\n", 1) + data[at:]
    assert said(tmp_path, request_for, fake) == []


@given(
    st.lists(st.sampled_from([b"startxref\n9\n%%EOF\n", b"startxref\n99\n%%EOF", b"x" * 30, b"/Linearized "]))
)
def test_any_marks_are_read(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    assert all(0 < end < len(data) for end in version_ends(data))
