"""Slides and speaker notes that were chosen: hidden slides too, each slide's notes right after it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from bundles.convert.base import ConversionRequest, Held
from bundles.convert.office_documents import draw_many
from bundles.convert.slide_choice import of_slides, wanted_slides
from bundles.derived import Derived
from bundles.treatment import NOTHING, Treatment
from casefiles.intake.kinds import Kind
from casefiles.intake.readers.office_contents import Contents

MakeRequest = Callable[..., ConversionRequest]
FILES = Path(__file__).resolve().parents[2] / "files" / "office"
KINDS = (Kind.PPTX, Kind.PPT, Kind.ODP)


def presentation(folder: Path, kind: Kind) -> Path:
    """Three slides, the second hidden, notes behind the first."""
    path = folder / f"talk.{kind.value}"
    if kind is Kind.PPT:
        path.write_bytes(gzip.decompress((FILES / "hidden.ppt.gz").read_bytes()))
    else:
        path.write_bytes((FILES / f"hidden.{kind.value}").read_bytes())
    return path


def pages_of(made: object) -> list[str]:
    assert isinstance(made, Derived), made
    return [page.extract_text() for page in pypdf.PdfReader(made.path).pages]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_slides_chosen_in_one_batch_with_others(tmp_path: Path, request_for: MakeRequest, kind: Kind) -> None:
    path = presentation(tmp_path, kind)
    asked = (NOTHING, Treatment(sheets=(2,)), Treatment(sheets=(1, 2), notes=True), Treatment(notes=True))
    requests = []
    for number, treatment in enumerate(asked):
        request = replace(request_for(path, kind, number=str(number)), treatment=treatment)
        requests.append(request)
    plain, hidden, noted, visible = draw_many(kind, requests)
    assert len(pages_of(plain)) == 2
    (only,) = pages_of(hidden)
    assert "Hiddenslide" in only
    first, notes, second = pages_of(noted)
    assert "Firstslide" in first
    assert "Speaker notes of slide 1" in notes
    assert "Speakernotes of slide one" in notes
    assert "Hiddenslide" in second
    first, notes, third = pages_of(visible)
    assert "Speakernotes of slide one" in notes
    assert "Thirdslide" in third
    results = [each for each in (plain, hidden, noted, visible) if isinstance(each, Derived)]
    assert [each.choice for each in results] == [
        "", "slide 2 of 3", "slides 1–2 of 3, with speaker notes", "with speaker notes",
    ]  # fmt: skip
    codes = [{finding.code for finding in each.findings} for each in results]
    assert ["office-hidden-slides" in each for each in codes] == [True, False, False, True]
    assert ["office-speaker-notes" in each for each in codes] == [True, False, False, False]
    assert not any("pdf-comments" in each for each in codes), "comments become no annotations"


@pytest.mark.slow
def test_slides_alone_look_as_they_do_without_a_choice(tmp_path: Path, request_for: MakeRequest) -> None:
    path = presentation(tmp_path, Kind.PPTX)
    plain, chosen = draw_many(
        Kind.PPTX,
        [
            request_for(path, Kind.PPTX),
            replace(request_for(path, Kind.PPTX, number="1"), treatment=Treatment(sheets=(1, 3))),
        ],
    )
    assert isinstance(plain, Derived)
    assert isinstance(chosen, Derived)
    assert plain.pages == chosen.pages
    assert pages_of(plain) == pages_of(chosen)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("treatment", "code", "words"),
    [
        (Treatment(sheets=(1, 4)), "chosen-slide-not-there", "slide 4 was chosen, and it has 3"),
        (Treatment(sheets=(3,), notes=True), "chosen-notes-not-there", "slides with notes: 1"),
    ],
)
def test_what_is_not_there(
    tmp_path: Path, request_for: MakeRequest, treatment: Treatment, code: str, words: str
) -> None:
    request = replace(request_for(presentation(tmp_path, Kind.PPTX), Kind.PPTX), treatment=treatment)
    (made,) = draw_many(Kind.PPTX, [request])
    assert isinstance(made, Held)
    (finding,) = made.findings
    assert finding.code == code
    assert words in finding.message


def test_long_notes_take_pages_and_every_word_is_on_them(tmp_path: Path, request_for: MakeRequest) -> None:
    import pikepdf

    from bundles.convert.slide_choice import arranged

    contents = Contents(shown=["one", "two", "three"], slides=3)
    long = "\n".join(f"Łukasz said “sentence {number}” & <left> on the {number}th" for number in range(150))
    contents.notes.update({1: "Short.", 2: long, 3: "Last words"})
    pdf = tmp_path / "slides.pdf"
    with pikepdf.new() as book:
        for _ in range(3):
            book.add_blank_page(page_size=(720, 540))
        book.save(pdf)
    request = replace(request_for(pdf, Kind.PPTX), treatment=Treatment(notes=True))
    numbers = wanted_slides(request, contents)
    made, findings = arranged(request, contents, numbers, pdf)
    pages = [page.extract_text() for page in pypdf.PdfReader(made).pages]
    assert findings == []
    headed = [index for index, text in enumerate(pages) if "Speaker notes of slide" in text]
    blank = [index for index, text in enumerate(pages) if not text.strip()]
    assert [index + 1 for index in blank] == headed, "each slide's notes right after it"
    assert headed[2] - headed[1] > 3
    assert "Last words" in pages[-1]
    assert all(f"sentence {number}”" in " ".join(pages) for number in range(150))
    assert "<left>" in pages[headed[1]]


def test_what_is_drawn_by_choice_is_not_reported_as_hidden(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "x.pptx"
    path.write_bytes(b"x")
    contents = Contents(shown=["a", "c"], slides=4)
    contents.hidden_slides.update({2: "b", 4: "d"})
    contents.notes.update({1: "n1", 4: "n4"})
    request = replace(request_for(path, Kind.PPTX), treatment=Treatment(sheets=(1, 2)))
    seen = of_slides(request, contents, wanted_slides(request, contents))
    assert seen.shown == ["a", "b"]
    assert seen.hidden_slides == {4: "d"}
    assert seen.notes == {1: "n1"}, "notes of slides that are left out are no secret of the pages"
    plain = request_for(path, Kind.PPTX)
    assert wanted_slides(plain, contents) == (1, 3)
    assert of_slides(plain, contents, (1, 3)).shown == ["a", "c"]
