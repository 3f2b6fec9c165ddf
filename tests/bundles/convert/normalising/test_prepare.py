"""Filled fields, comments and stamps are on the page; hidden ones are not; every comment's words are listed."""

from __future__ import annotations

import subprocess
import sys

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from bundles.convert.base import HeldError
from bundles.convert.normalising.annotations import dated_words

FIELD = [50, 700, 350, 725]


def test_filled_values_are_kept_whatever_their_letters(maker, tmp_path, derive, seen):
    maker.acro_form()
    page = maker.page(maker.words("Application form", y=780))
    maker.field(page, "name", FIELD, FT=Name.Tx, V=String("Łukasz Żółć £20"), F=4)
    maker.field(
        page, "lines", [50, 400, 250, 500], FT=Name.Tx, Ff=4096, V=String("line one\rline two £5 ąęć")
    )
    _, path = derive(maker.save(tmp_path / "form.pdf"))
    text = seen(path).text()
    assert "Łukasz Żółć £20" in text
    assert "line one\nline two £5 ąęć" in text
    assert seen(path).dark((50, 700, 350, 725))


def test_a_ticked_box_shows_its_state(maker, tmp_path, derive, seen):
    maker.acro_form().NeedAppearances = False
    page = maker.page(maker.words("Boxes"))
    states = Dictionary(
        Yes=maker.form(b"0 0 20 20 re f", [0, 0, 20, 20]), Off=maker.form(b"", [0, 0, 20, 20])
    )
    for left, state in ((50, Name.Yes), (150, Name.Off)):
        maker.field(
            page,
            f"b{left}",
            [left, 500, left + 20, 520],
            FT=Name.Btn,
            V=state,
            AS=state,
            AP=Dictionary(N=states),
            F=4,
        )
    _, path = derive(maker.save(tmp_path / "boxes.pdf"))
    assert seen(path).dark((52, 502, 68, 518))
    assert not seen(path).dark((140, 490, 180, 530))


@pytest.mark.parametrize(
    ("flags", "shown"), [(0, True), (4, True), (1, True), (2, False), (32, False), (36, False)]
)
def test_what_shows_is_what_shows_on_screen(
    maker, tmp_path, derive, seen, everything, codes_of, flags, shown
):
    page = maker.page(maker.words("visible"))
    look = maker.form(maker.words("STAMPED", x=5, y=10), [0, 0, 200, 40])
    maker.annotate(page, "Stamp", [60, 300, 260, 340], AP=Dictionary(N=look), F=flags)
    drawn, path = derive(maker.save(tmp_path / "flags.pdf"))
    assert ("STAMPED" in seen(path).text()) is shown
    assert (b"STAMPED" in everything(path)) is shown
    assert ("pdf-hidden-annotation" in codes_of(drawn)) is not shown


def test_comments_are_drawn_and_listed_on_a_sheet(maker, tmp_path, derive, seen, codes_of):
    maker.page(maker.words("first page"))
    page = maker.page(maker.words("second page"))
    maker.annotate(
        page, "Highlight", [60, 695, 140, 715], QuadPoints=Array([60, 715, 140, 715, 60, 695, 140, 695]), C=Array([1, 1, 0]),
        Contents=String("Is this right? <b>&amp; ąę 漢字"), T=String("J. Kowalski"), M=String("D:20260714091500Z"),
    )  # fmt: skip
    note = maker.annotate(
        page, "Text", [400, 600, 420, 620], Contents=String("A note\rof two lines"), T=String("Ann")
    )
    maker.annotate(page, "Text", [400, 500, 420, 520], Contents=String("a reply"), IRT=note)
    maker.annotate(page, "Popup", [300, 100, 450, 160], Contents=String("POPUP"))
    maker.annotate(page, "Text", [400, 400, 420, 420], Contents=String("HIDDENNOTE"), F=2)
    drawn, path = derive(maker.save(tmp_path / "comments.pdf"))
    assert "pdf-comments" in codes_of(drawn)
    assert [(e.title, e.page) for e in drawn.outline] == [("Comments in this document", 3)]
    assert len(drawn.pages) == 3
    sheet = seen(path).text(2)
    for words in (
        "Page 2",
        "J. Kowalski, 14 July 2026, 10:15",
        "Is this right? <b>&amp; ąę 漢字",
        "of two lines",
        "a reply",
    ):
        assert words in sheet
    assert "HIDDENNOTE" not in sheet
    assert "POPUP" not in sheet
    assert seen(path).picture(1).getpixel((130, 842 - 700)) < 250, "the highlight is painted"
    assert seen(path).dark((400, 600, 420, 620), 1), "the note's icon is painted"
    assert not seen(path).dark((400, 490, 420, 530), 1), "a reply has no icon of its own"


def test_a_comment_nobody_can_paint_is_named_and_listed(maker, tmp_path, derive, codes_of, seen):
    page = maker.page(maker.words("text"))
    maker.annotate(page, "Stamp", [60, 300, 260, 340], Contents=String("Received 3 May"))
    drawn, path = derive(maker.save(tmp_path / "bare.pdf"))
    assert {"pdf-comment-not-drawn", "pdf-comments"} <= codes_of(drawn)
    assert "Received 3 May" in seen(path).text(1)


def test_annotations_on_a_turned_and_cropped_page(maker, tmp_path, derive, seen):
    page = maker.page(maker.words("text", x=200, y=500))
    page.Rotate = 90
    page.CropBox = Array([100, 200, 500, 800])
    look = maker.form(b"0 0 40 20 re f", [0, 0, 40, 20])
    maker.annotate(page, "Stamp", [120, 300, 160, 320], AP=Dictionary(N=look))
    drawn, path = derive(maker.save(tmp_path / "turned.pdf"))
    assert (drawn.pages[0].width_pt, drawn.pages[0].height_pt) == (600, 400)
    assert seen(path).dark((102, 342, 118, 378))
    assert "pdf-page-as-picture" not in {f.code for f in drawn.findings}


def test_everything_active_is_left_behind_and_named(maker, tmp_path, derive, everything, codes_of):
    page = maker.page(maker.words("text"))
    root = maker.pdf.Root
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert('EVIL')"))
    root.OpenAction = script
    root.AA = Dictionary(WC=Dictionary(S=Name.Launch, F=String("EVIL.exe")))
    page.AA = Dictionary(O=Dictionary(S=Name.URI, URI=String("http://EVIL.example"), Next=script))
    maker.pdf.attachments["EVIL.txt"] = pikepdf.AttachedFileSpec(
        maker.pdf, b"EVIL attachment", filename="EVIL.txt"
    )
    root.Names.JavaScript = Dictionary(Names=Array([String("x"), script]))
    root.Metadata = maker.pdf.make_stream(b"<EVIL/>")
    page.PieceInfo = Dictionary(EVIL=Dictionary(Private=String("EVIL")))
    page.Thumb = maker.pdf.make_stream(b"EVIL")
    page.Metadata = maker.pdf.make_stream(b"EVIL")
    page.StructParents = 3
    maker.pdf.trailer.Info = maker.pdf.make_indirect(Dictionary(Title=String("EVIL")))
    maker.annotate(
        page, "Link", [60, 300, 160, 320], A=Dictionary(S=Name.URI, URI=String("http://EVIL.example"))
    )
    maker.annotate(
        page, "Link", [60, 200, 160, 220], A=Dictionary(S=Name.SubmitForm, F=String("http://EVIL.example"))
    )
    image = maker.pdf.make_stream(
        b"\0" * 12, Type=Name.XObject, Subtype=Name.Image, Width=2, Height=2, ColorSpace=Name.DeviceRGB, BitsPerComponent=8,
        Metadata=maker.pdf.make_stream(b"EVIL"), OPI=Dictionary(F=String("EVIL")),
    )  # fmt: skip
    page.Resources.XObject = Dictionary(
        I=image, R=maker.form(b"", [0, 0, 1, 1], Ref=Dictionary(F=String("EVIL"), Page=0))
    )
    drawn, path = derive(maker.save(tmp_path / "active.pdf"))
    assert {"pdf-active-content-removed", "pdf-attached-files", "pdf-outside-links-removed"} <= codes_of(
        drawn
    )
    words = next(f.message for f in drawn.findings if f.code == "pdf-active-content-removed")
    assert "JavaScript (3)" in words
    assert "starting a program (1)" in words
    assert "sending form data (1)" in words
    assert b"EVIL" not in everything(path)


def test_an_xfa_form_that_only_adobe_reader_shows_is_held(maker, tmp_path, derive):
    maker.acro_form().XFA = maker.pdf.make_stream(b"<xdp/>")
    maker.pdf.Root.NeedsRendering = True
    maker.page(maker.words("Please wait..."))
    with pytest.raises(HeldError) as held:
        derive(maker.save(tmp_path / "xfa.pdf"))
    assert held.value.findings[0].code == "pdf-dynamic-form"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("D:20260714091500Z", "14 July 2026, 10:15"),
        ("D:20260114091500+00'00'", "14 January 2026, 09:15"),
        ("D:20260714003000+02'00'", "13 July 2026, 23:30"),
        ("D:20260714091500", "14 July 2026, 09:15"),
        ("D:20260714", "14 July 2026"),
        ("D:20261399", ""),
        ("yesterday", ""),
        ("D:00010101000000+23'00", ""),
    ],
)
def test_dates_of_comments(moment, words):
    assert dated_words(moment) == words


SCRIPT = """
import sys
from pathlib import Path
from bundles.convert.normalise import normalise
from bundles.derived import StampBox
print(normalise(Path(sys.argv[1]), Path(sys.argv[2]), StampBox(20, 15, 100, 22), subject="x").sha256)
"""


def test_the_same_file_gives_the_same_bytes_in_another_process(maker, tmp_path):
    maker.acro_form()
    page = maker.page(maker.words("Form", y=25, x=500))
    maker.field(page, "name", FIELD, FT=Name.Tx, V=String("Łukasz Żółć £20"), F=4)
    maker.annotate(
        page, "Text", [400, 600, 420, 620], Contents=String("A note"), M=String("D:20260714091500Z")
    )
    source = maker.save(tmp_path / "same.pdf")
    answers = []
    for name, zone, language in (("a", "UTC", "C"), ("b", "Pacific/Auckland", "pl_PL.UTF-8")):
        home = tmp_path / name
        home.mkdir()
        environment = {
            "HOME": str(home),
            "TZ": zone,
            "LANG": language,
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": ":".join(sys.path),
        }
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(source), str(home / "out.pdf")],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        answers.append((done.stdout, (home / "out.pdf").read_bytes()))
    assert answers[0] == answers[1]
