"""Pages come out upright, in the size and place a viewer shows, with room for the number and nothing lost."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from bundles.convert.normalising.geometry import PageFrame, frame_of

MARK = b"60 742 40 40 re f "  # a square near the upper left corner of an A4 page of 595 x 842


@pytest.mark.parametrize(
    ("turn", "box"),
    [
        (0, (60, 742, 100, 782)),
        (90, (742, 495, 782, 535)),
        (180, (495, 60, 535, 100)),
        (270, (60, 60, 100, 100)),
        (-90, (60, 60, 100, 100)),
        (450, (742, 495, 782, 535)),
        (45, (60, 742, 100, 782)),
    ],
)
def test_turned_pages_are_upright(maker, tmp_path, derive, seen, turn, box):
    maker.page(MARK).Rotate = turn
    drawn, path = derive(maker.save(tmp_path / "turned.pdf"))
    page = drawn.pages[0]
    assert (page.width_pt, page.height_pt) == ((842, 595) if turn in (90, 270, -90, 450) else (595, 842))
    assert seen(path).dark((box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1))
    image = seen(path).picture()
    assert sum(image.histogram()[:128]) == pytest.approx(1600, abs=100), "the square and nothing else"


@pytest.mark.parametrize(
    ("boxes", "size", "box"),
    [
        ({"MediaBox": [-100, -50, 495, 792]}, (595, 842), (160, 792, 200, 832)),
        ({"MediaBox": [595, 842, 0, 0]}, (595, 842), (60, 742, 100, 782)),
        ({"CropBox": [50, 700, 350, 800]}, (300, 100), (10, 42, 50, 82)),
        ({"CropBox": [-100, -100, 700, 900]}, (595, 842), (60, 742, 100, 782)),
        ({"CropBox": [2000, 2000, 2100, 2100]}, (595, 842), (60, 742, 100, 782)),
        ({"MediaBox": [0, 0, 0, 0]}, (612, 792), (60, 742, 100, 782)),
        ({"MediaBox": None}, (612, 792), (60, 742, 100, 782)),
        ({"MediaBox": ["a", 0, 595, 842]}, (595, 842), (60, 742, 100, 782)),
        ({"UserUnit": 2}, (1190, 1684), (120, 1484, 200, 1564)),
        ({"CropBox": [50, 700, 350, 800], "Rotate": 90}, (100, 300), (42, 250, 82, 290)),
    ],
)
def test_boxes_and_units(maker, tmp_path, derive, seen, boxes, size, box):
    page = maker.page(MARK)
    for key, value in boxes.items():
        if isinstance(value, list):
            page["/" + key] = Array([pikepdf.String(n) if isinstance(n, str) else n for n in value])
        elif value is None:
            del page["/" + key]
        else:
            page["/" + key] = value
    drawn, path = derive(maker.save(tmp_path / "boxes.pdf"))
    assert (drawn.pages[0].width_pt, drawn.pages[0].height_pt) == size
    assert seen(path).dark((box[0] + 2, box[1] + 2, box[2] - 2, box[3] - 2))
    image = seen(path).picture()
    area = (box[2] - box[0]) * (box[3] - box[1])
    assert sum(image.histogram()[:128]) == pytest.approx(area, rel=0.1)


def test_what_the_pages_inherit(maker, tmp_path, derive, seen):
    page = maker.page(MARK + maker.words("inherited"))
    tree = maker.pdf.Root.Pages
    tree.MediaBox, tree.Rotate, tree.Resources = page.MediaBox, 90, page.Resources
    del page["/MediaBox"], page["/Resources"]
    drawn, path = derive(maker.save(tmp_path / "inherited.pdf"))
    assert drawn.pages[0].width_pt == 842
    assert "inherited" in seen(path).text()


def test_ink_under_the_number_moves_the_page_up(maker, tmp_path, derive, seen, stamp):
    page = maker.page(maker.words("Page 1 of 2", x=495, y=20))
    page.Contents = maker.pdf.make_stream(MARK + page.Contents.read_bytes())
    maker.page(maker.words("text", y=100))
    drawn, path = derive(maker.save(tmp_path / "footer.pdf"))
    assert [page.reduced for page in drawn.pages] == [True, False]
    box = stamp.on_page(595)
    area = (int(box.x_pt), int(box.y_pt), int(box.x_pt + box.width_pt), int(box.y_pt + box.height_pt))
    assert not seen(path).dark(area)
    assert "Page 1 of 2" in seen(path).text()
    scale, left, bottom = 1 - 37 / 842 if 37 / 842 > 0.04 else 0.96, None, None
    left, bottom = 595 * (1 - scale) / 2 + 60 * scale, 842 * (1 - scale) + 742 * scale
    assert seen(path).dark((int(left) + 2, int(bottom) + 2, int(left) + 36, int(bottom) + 36))
    assert not seen(path).dark((0, int(bottom) - 20, 594, int(bottom) - 2))
    assert drawn.pages[0].text_sha256 == hashlib.sha256(seen(path).text().encode()).hexdigest()


@pytest.mark.parametrize(("grey", "reduced"), [(1.0, False), (0.97, False), (0.9, True), (0.0, True)])
def test_only_what_can_be_seen_counts_as_ink(maker, tmp_path, derive, grey, reduced):
    maker.page(f"{grey} g 480 20 60 10 re f 0 g ".encode() + maker.words("text"))
    drawn, _ = derive(maker.save(tmp_path / "grey.pdf"))
    assert drawn.pages[0].reduced is reduced


def test_blank_and_picture_pages_are_told_apart(maker, tmp_path, derive, codes_of):
    maker.page(b"")
    del maker.page(b"")["/Contents"]
    maker.page(b"1 g 0 0 500 500 re f")
    maker.page(b"100 100 1 1 re f")
    maker.page(maker.words("text"))
    drawn, _ = derive(maker.save(tmp_path / "blank.pdf"))
    assert [page.blank for page in drawn.pages] == [True, True, True, False, False]
    assert [page.image_only for page in drawn.pages] == [False, False, False, True, False]
    assert drawn.pages[0].text_sha256 == hashlib.sha256(b"").hexdigest()


def test_transparency_and_blending_look_the_same(maker, tmp_path, derive, seen, codes_of):
    page = maker.page(
        b"1 0 0 rg 100 500 200 200 re f /G gs 0 1 0 rg 200 400 200 200 re f " + maker.words("over")
    )
    page.Resources.ExtGState = Dictionary(G=Dictionary(ca=0.5, BM=Name.Multiply))
    page.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceRGB, I=True)
    source = maker.save(tmp_path / "blend.pdf")
    drawn, path = derive(source)
    assert not codes_of(drawn)
    for point in ((150, 842 - 650), (250, 842 - 550), (350, 842 - 450)):
        assert seen(path).picture().getpixel(point) == pytest.approx(
            seen(source).picture().getpixel(point), abs=2
        )


def test_shared_fonts_and_pictures_are_kept_once(tmp_path, derive):
    source = tmp_path / "long.pdf"
    made = canvas.Canvas(str(source))
    letterhead = ImageReader(Image.effect_noise((300, 300), 80).convert("RGB"))
    for number in range(200):
        made.drawImage(letterhead, 400, 700, 100, 100)
        for line in range(40):
            made.drawString(60, 680 - 15 * line, f"page {number} line {line} of quite ordinary words")
        made.showPage()
    made.save()
    _, path = derive(source)
    assert path.stat().st_size <= 1.1 * source.stat().st_size


def test_a_content_stream_shared_by_pages_with_other_fonts(maker, tmp_path, derive, seen):
    first, second = maker.page(maker.words("shared")), maker.page()
    second.Contents = first.Contents
    second.CropBox = Array([0, 600, 595, 842])
    _, path = derive(maker.save(tmp_path / "shared.pdf"))
    assert [seen(path).text(n).strip() for n in (0, 1)] == ["shared", "shared"]


def test_content_in_parts(maker, tmp_path, derive, seen):
    page = maker.page()
    parts = [b"BT /F1 14 Tf 60 700", b"Td (in parts)", b"Tj ET"]
    page.Contents = Array([maker.pdf.make_stream(part) for part in parts])
    _, path = derive(maker.save(tmp_path / "parts.pdf"))
    assert "in parts" in seen(path).text()


def test_a_page_that_cannot_be_copied_becomes_a_picture(maker, tmp_path, derive, seen, codes_of, monkeypatch):
    from bundles.convert.normalising import form_pages

    whole = form_pages.DerivedFile.add_page

    def lose_the_content(self, source, page, frame, content, cleaner):
        empty = type(content)(b"", None) if b"second" in content.data else content
        whole(self, source, page, frame, empty, cleaner)

    monkeypatch.setattr(form_pages.DerivedFile, "add_page", lose_the_content)
    maker.page(maker.words("first"))
    maker.page(maker.words("second", size=40)).Rotate = 90
    drawn, path = derive(maker.save(tmp_path / "lost.pdf"))
    assert [f.message for f in drawn.findings if f.code == "pdf-page-as-picture"] == [
        "page 2 could not be copied exactly and is bound as a picture of the page"
    ]
    assert [page.image_only for page in drawn.pages] == [False, True]
    assert not drawn.pages[1].blank
    assert seen(path).dark((690, 400, 720, 540), 1)


def test_the_original_is_not_touched_and_nothing_is_left_behind(maker, tmp_path, derive):
    page = maker.page(maker.words("text"))
    maker.annotate(page, "Square", [300, 300, 400, 350], C=Array([1, 0, 0]))
    source = maker.save(tmp_path / "kept.pdf")
    source.chmod(0o444)
    before = source.read_bytes()
    derive(source)
    assert source.read_bytes() == before
    assert {each.name for each in tmp_path.iterdir()} == {"kept.pdf", "kept-derived.pdf"}


@pytest.mark.slow
def test_a_libreoffice_document_with_links_and_contents(tmp_path, derive, seen):
    html = tmp_path / "letter.html"
    html.write_text(
        "<h1>Zażółć gęślą jaźń</h1><p><a href='#end'>to the end</a> <a href='http://x.example/'>out</a></p>"
        + "<p>words</p>" * 120
        + "<h1 id='end'>The end</h1>",
        encoding="utf-8",
    )
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf:writer_web_pdf_Export",
         "--outdir", str(tmp_path), str(html)], check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    drawn, path = derive(tmp_path / "letter.pdf")
    assert "Zażółć gęślą jaźń" in seen(path).text()
    assert "pdf-outside-links-removed" in {f.code for f in drawn.findings}
    assert "pdf-page-as-picture" not in {f.code for f in drawn.findings}


def test_a_weasyprint_document_with_named_destinations(tmp_path, derive, seen):
    import weasyprint

    source = tmp_path / "w.pdf"
    html = "<h1>One</h1><a href='#two'>go</a><h1 id='two' style='break-before: page'>Two ąę</h1>"
    weasyprint.HTML(string=html).write_pdf(source)
    drawn, path = derive(source)
    assert [(e.title, e.page) for e in drawn.outline] == [("One", 1), ("Two ąę", 2)]
    with pikepdf.open(path) as pdf:
        (link,) = pdf.pages[0].obj.Annots
        assert link.Dest[0].objgen == pdf.pages[1].obj.objgen


coordinate = st.floats(-2000, 2000)


@given(coordinate, coordinate, st.floats(1, 3000), st.floats(1, 3000), st.integers(0, 3), st.floats(0.1, 4))
def test_every_frame_puts_its_crop_box_on_the_whole_page(left, bottom, width, height, turns, unit):
    frame = PageFrame((left, bottom, left + width, bottom + height), turns, unit)
    placed = frame.place_rectangle(frame.crop)
    assert placed == pytest.approx((0, 0, frame.width_pt, frame.height_pt), abs=1e-6)


@given(
    st.lists(st.one_of(st.integers(), st.floats(), st.none(), st.text()), max_size=6),
    st.integers(-10000, 10000),
)
def test_no_box_is_too_strange_for_a_frame(numbers, rotation):
    box = Array([n if isinstance(n, int) and abs(n) < 2**31 else pikepdf.String(str(n)) for n in numbers])
    frame = frame_of(Dictionary(MediaBox=box, Rotate=rotation))
    assert 0 < frame.width_pt <= 14_400.001
    assert 0 < frame.height_pt <= 14_400.001
    assert frame.turns in (0, 1, 2, 3)


def test_findings_name_the_subject(maker, tmp_path, stamp):
    from bundles.convert.normalise import normalise

    maker.page(maker.words("text"))
    maker.pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=pikepdf.String("1"))
    source = maker.save(tmp_path / "a.pdf")
    drawn = normalise(source, Path(tmp_path / "b.pdf"), stamp, subject="the letter of 3 May.pdf")
    assert [f.subject for f in drawn.findings] == ["the letter of 3 May.pdf"]
