"""Broken and hostile files are held with a reason; what is bound has every page with its content."""

from __future__ import annotations

import re
import zlib
from random import Random

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from bundles.convert.base import HeldError
from bundles.convert.normalise import normalise
from bundles.convert.normalising.limits import PdfLimits


def held_code(derive, source):
    with pytest.raises(HeldError) as held:
        derive(source)
    (finding,) = held.value.findings
    assert finding.subject == source.name
    assert finding.remedy
    return finding.code, finding.message


@pytest.fixture
def forty(tmp_path):
    """Forty pages, each with text and a picture of its own, as a program writes them."""
    path = tmp_path / "forty.pdf"
    made = canvas.Canvas(str(path))
    for number in range(40):
        made.drawString(100, 700, f"page number {number}")
        picture = Image.effect_noise((60, 40), 90 + number).convert("RGB")
        made.drawImage(ImageReader(picture), 100, 400, 120, 80)
        made.showPage()
    made.save()
    return path


@pytest.mark.parametrize("part", [0.02, 0.1, 0.25, 0.5, 0.6, 0.75, 0.9, 0.95, 0.97, 0.985, 0.995, 0.9999])
def test_a_file_cut_off_is_whole_or_held(forty, tmp_path, derive, seen, part):
    data = forty.read_bytes()
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(data[: int(len(data) * part)])
    try:
        drawn, path = derive(cut)
    except HeldError as held:
        assert {finding.code for finding in held.findings} <= {"pdf-damaged"}
        return
    assert part > 0.9
    assert [seen(path).text(n).strip() for n in range(40)] == [f"page number {n}" for n in range(40)]
    assert not any(page.blank for page in drawn.pages)
    assert seen(path).dark((100, 400, 220, 480), 39)
    assert {finding.code for finding in drawn.findings} == {"pdf-repaired"}


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9, 0.985, 0.9995])
@pytest.mark.parametrize("linear", [True, False])
def test_a_packed_file_cut_off_is_whole_or_held(forty, tmp_path, derive, seen, part, linear):
    packed = tmp_path / "packed.pdf"
    with pikepdf.open(forty) as pdf:
        pdf.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=linear)
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(packed.read_bytes()[: int(packed.stat().st_size * part)])
    try:
        drawn, path = derive(cut)
    except HeldError as held:
        assert {finding.code for finding in held.findings} == {"pdf-damaged"}
        return
    assert part > 0.9
    assert [seen(path).text(n).strip() for n in range(40)] == [f"page number {n}" for n in range(40)]
    assert all(seen(path).dark((100, 400, 220, 480), n) for n in range(16))
    assert "pdf-repaired" in {finding.code for finding in drawn.findings}


def test_a_page_content_that_breaks_off_is_held(maker, tmp_path, derive):
    page = maker.page()
    packed = zlib.compress(b"0 0 m 100 100 l S " * 500)
    page.Contents = pikepdf.Stream(maker.pdf, packed[: len(packed) // 2])
    page.Contents.Filter = Name.FlateDecode
    assert held_code(derive, maker.save(tmp_path / "half.pdf"))[0] == "pdf-damaged"


def test_a_content_that_lacks_only_its_checksum_is_read(maker, tmp_path, derive, seen):
    page = maker.page()
    page.Contents = pikepdf.Stream(maker.pdf, zlib.compress(maker.words("readable"))[:-4])
    page.Contents.Filter = Name.FlateDecode
    _, path = derive(maker.save(tmp_path / "sum.pdf"))
    assert "readable" in seen(path).text()


def test_a_wrong_page_count_is_held(maker, tmp_path, derive):
    maker.page(maker.words("one"))
    source = maker.save(
        tmp_path / "count.pdf", compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable
    )
    source.write_bytes(source.read_bytes().replace(b"/Count 1", b"/Count 9"))
    assert held_code(derive, source) == ("pdf-damaged", "1 of 9 pages readable")


def test_page_trees_in_circles_are_held(maker, tmp_path, derive):
    maker.page(maker.words("one"))
    source = maker.save(tmp_path / "loop.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.Root.Pages.Kids.append(pdf.Root.Pages)
        pdf.Root.Pages.Count = 2
        pdf.save(source)
    assert held_code(derive, source)[0] == "pdf-damaged"


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7", b"not a PDF at all", b"%PDF-1.7\n" + b"[" * 100_000 + b"]" * 100_000]
)
def test_what_is_no_pdf_is_held(tmp_path, derive, data):
    source = tmp_path / "no.pdf"
    source.write_bytes(data)
    assert held_code(derive, source)[0] == "pdf-damaged"


def test_a_content_bomb_is_held_and_the_limit_named(maker, tmp_path, stamp):
    page = maker.page()
    page.Contents = pikepdf.Stream(maker.pdf, zlib.compress(b" " * 5_000_000))
    page.Contents.Filter = Name.FlateDecode
    source = maker.save(tmp_path / "bomb.pdf")
    with pytest.raises(HeldError) as held:
        normalise(source, tmp_path / "out.pdf", stamp, limits=PdfLimits(content_bytes=1_000_000))
    assert held.value.findings[0].code == "pdf-too-large"
    assert "1,000,000 bytes" in held.value.findings[0].message


def test_too_many_pages_are_held_and_the_limit_named(maker, tmp_path, stamp):
    for _ in range(6):
        maker.page()
    with pytest.raises(HeldError) as held:
        normalise(maker.save(tmp_path / "many.pdf"), tmp_path / "out.pdf", stamp, limits=PdfLimits(pages=5))
    assert held.value.findings[0].message == "has 6 pages; the limit is 5"


@pytest.mark.parametrize("revision", [2, 3, 4, 6])
def test_restrictions_without_a_password_to_open_are_no_obstacle(
    maker, tmp_path, derive, seen, codes_of, revision
):
    page = maker.page(maker.words("restricted words"))
    maker.annotate(page, "Square", [300, 300, 400, 350], C=Array([1, 0, 0]))
    source = tmp_path / "owner.pdf"
    how = pikepdf.Encryption(owner="secret", user="", R=revision, aes=revision >= 4, metadata=revision >= 4)
    maker.save(source, encryption=how)
    drawn, path = derive(source)
    assert "restricted words" in seen(path).text()
    assert "pdf-restricted" in codes_of(drawn)
    with pikepdf.open(path) as pdf:
        assert not pdf.is_encrypted


def test_a_file_that_needs_a_password_is_held(maker, tmp_path, derive):
    maker.page(maker.words("locked"))
    source = maker.save(tmp_path / "user.pdf", encryption=pikepdf.Encryption(owner="o", user="u"))
    assert held_code(derive, source)[0] == "pdf-needs-password"


def test_a_picture_missing_from_a_damaged_file_is_held(forty, tmp_path, derive):
    data = forty.read_bytes()
    start = data.index(b"/Subtype /Image")
    at = data.rindex(b" 0 obj", 0, start)
    number = data.rindex(b"\n", 0, at) + 1
    broken = data[:number] + b"x" * (at - number) + data[at:]
    source = tmp_path / "hole.pdf"
    source.write_bytes(broken[: broken.rindex(b"xref\n")])
    assert held_code(derive, source)[0] == "pdf-damaged"


def test_strange_but_readable_resources(maker, tmp_path, derive, seen):
    page = maker.page(b"q 1 0 0 1 0 0 cm Q /Nothing Do /GS gs " + maker.words("still here"))
    page.Resources.XObject = Array([])
    page.Resources.ExtGState = Dictionary(GS=Array([]))
    page.Resources.Properties = Dictionary()
    _, path = derive(maker.save(tmp_path / "strange.pdf"))
    assert "still here" in seen(path).text()


def test_a_page_that_is_none_is_not_left_out_in_silence(maker, tmp_path, derive):
    for _ in range(3):
        maker.page(maker.words("one"))
    source = maker.save(tmp_path / "none.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    before, kids, after = re.split(rb"(/Kids \[[^]]*\])", source.read_bytes())
    source.write_bytes(before + re.sub(rb" \d+ 0 R( \d+ 0 R \])", rb" /Non\1", kids) + after)
    code, message = held_code(derive, source)
    assert code == "pdf-damaged"
    assert message.startswith("2 ")


def test_two_programs_that_read_a_page_in_two_ways_are_not_believed(maker, tmp_path, derive, monkeypatch):
    from bundles.convert.normalising import prepare

    page = maker.page(maker.words("text"))
    maker.annotate(page, "Square", [300, 300, 400, 350], C=Array([1, 0, 0]))
    source = maker.save(tmp_path / "two.pdf")
    save = pikepdf.Pdf.save

    def lose_the_content(pdf, target, **how):
        if "shown" in str(target):
            del pdf.pages[0].obj["/Contents"]
        save(pdf, target, **how)

    monkeypatch.setattr(prepare.pikepdf.Pdf, "save", lose_the_content)
    assert held_code(derive, source)[0] == "pdf-page-not-shown"


@pytest.mark.parametrize("seed", range(16))
def test_a_file_with_broken_bytes_is_bound_as_viewers_show_it_or_held(
    maker, tmp_path, stamp, seen, seed, fuzz_source
):
    random = Random(seed)
    data = bytearray(fuzz_source.read_bytes())
    for _ in range(random.choice([1, 3, 10])):
        at = random.randrange(len(data))
        data[at : at + random.choice([0, 1, 5])] = random.randbytes(random.choice([1, 1, 4]))
    source = tmp_path / "broken.pdf"
    source.write_bytes(data)
    try:
        drawn = normalise(source, tmp_path / "out.pdf", stamp)
    except HeldError as held:
        assert all(finding.message for finding in held.findings)
        return
    assert len(drawn.pages) >= 4
    for number, page in enumerate(drawn.pages[:4]):
        assert not page.blank or not any(seen(source).picture(number).histogram()[:250])


@pytest.fixture
def fuzz_source(maker, tmp_path):
    """A small file in plain sight: text, a field, a layer that is off, a form and a link."""
    maker.acro_form()
    group = maker.layer("L")
    maker.pdf.Root.OCProperties.D.OFF.append(group)
    for number in range(4):
        page = maker.page(maker.words(f"page {number}") + b"/X Do /OC /L BDC 0 0 m 9 9 l S EMC")
        page.Resources.XObject = Dictionary(X=maker.form(maker.words("in a form", y=500), [0, 0, 595, 842]))
        page.Resources.Properties = Dictionary(L=group)
        maker.field(page, f"f{number}", [50, 400, 350, 425], FT=Name.Tx, V=pikepdf.String("value"), F=4)
        maker.annotate(page, "Link", [60, 300, 160, 320], Dest=Array([page, Name.Fit]))
    return maker.save(
        tmp_path / "sound.pdf", compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable
    )
