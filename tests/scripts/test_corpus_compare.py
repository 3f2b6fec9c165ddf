"""The comparison behind `make corpus` notices what it is there to notice."""

from __future__ import annotations

import io
import tarfile
from collections import Counter
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from scripts.corpus.compare import Agreement, compare_document, compare_page, words
from scripts.corpus.fetch import MOST_OF_A_KIND, samples
from scripts.corpus.readers import NoText, docx_text, made_by, mail_text, pdf_pages, plain_text

STAMP = words("7 DRAFT D R A F T")


def test_a_stamp_is_no_difference() -> None:
    assert compare_page("Dear Pat", "DRAFT Dear Pat 7", STAMP).agreement is Agreement.SAME


@pytest.mark.parametrize(
    ("bound", "missing", "added"),
    [
        ("absent for 31 sessions 7", ("30",), ("31",)),
        ("absent for sessions 7", ("30",), ()),
        ("absent for 30 sessions not 7", (), ("not",)),
    ],
)
def test_a_changed_lost_or_added_word_is_named(
    bound: str, missing: tuple[str, ...], added: tuple[str, ...]
) -> None:
    found = compare_page("absent for 30 sessions", bound, STAMP)
    assert (found.agreement, found.missing, found.added) == (Agreement.DIFFERENT, missing, added)


def test_a_blank_page_in_place_of_a_full_one_is_different() -> None:
    assert compare_page("Dear Pat", "7", STAMP).agreement is Agreement.DIFFERENT


def test_words_split_elsewhere_are_the_same_letters() -> None:
    assert compare_page("Educa tion Act", "Education A ct 7", STAMP).agreement is Agreement.LETTERS
    assert compare_document("Educa\u00adtion Act", "Educ ation Act").agreement is Agreement.LETTERS


def test_a_document_may_gain_words_but_lose_none() -> None:
    assert compare_document("Subject body", "E-mail Subject body page 7").agreement is Agreement.SAME
    assert compare_document("Subject body", "E-mail Subject page 7").missing == ("body",)


def test_what_the_other_reader_could_not_decode_is_left_out() -> None:
    assert compare_document("good b\ufffdd", "good bad").agreement is Agreement.SAME


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=5), min_size=1), st.data())
def test_no_word_can_vanish_unseen(listed: list[str], data: st.DataObject) -> None:
    lost = data.draw(st.integers(0, len(listed) - 1))
    rest = listed[:lost] + listed[lost + 1 :]
    assert compare_page(" ".join(listed), " ".join(rest), Counter()).agreement is Agreement.DIFFERENT


def test_the_other_readers_read(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for text in ("first page", "second page"):
        canvas.drawString(50, 500, text)
        canvas.showPage()
    canvas.save()
    assert [page.split() for page in pdf_pages(tmp_path / "a.pdf")] == [["first", "page"], ["second", "page"]]
    with pytest.raises(NoText):
        (tmp_path / "b.pdf").write_bytes(b"no PDF")
        pdf_pages(tmp_path / "b.pdf")
    assert made_by("PDF", (tmp_path / "a.pdf").read_bytes()).startswith("ReportLab")


def test_a_word_documents_hidden_text_is_not_expected() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("seen ")
    paragraph.add_run("unseen").font.hidden = True
    document.add_table(1, 1).cell(0, 0).text = "cell"
    out = io.BytesIO()
    document.save(out)
    assert docx_text(out.getvalue()).split() == ["seen", "cell"]
    with pytest.raises(NoText):
        docx_text(b"no docx")


def test_mail_and_text() -> None:
    mail = (
        b"Subject: =?utf-8?q?Zo=C3=AB?=\nContent-Type: text/html\n\n<style>x</style><p>Hello <b>you</b></p>"
    )
    assert mail_text(mail).split() == ["Zoë", "Hello", "you"]
    assert plain_text("£20".encode("cp1252")) == "£20"


def test_samples_are_evenly_taken_and_none_twice(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "project-1.0.tar.gz", "w:gz") as tar:
        for number in range(3 * MOST_OF_A_KIND):
            data = b"%%PDF %d" % (number // 2)
            member = tarfile.TarInfo(f"project-1.0/tests/{number:03}.pdf")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    taken = samples(tmp_path)
    assert len(taken) == len({sample.sha256 for sample in taken}) == MOST_OF_A_KIND
    assert taken[-1].name > "tests-100"
