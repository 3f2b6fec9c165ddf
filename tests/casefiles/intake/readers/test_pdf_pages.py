"""The promise: a damaged PDF never loses a page, or the content of one, in silence.

Real files of several programs are cut, holed and zeroed at many points. Whatever is called readable must show,
page for page, the same picture as the whole file.
"""

from __future__ import annotations

import hashlib
import io
import random
import re
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import img2pdf
import pikepdf
import pypdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, KindOf
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.pdf import open_pdf
from casefiles.intake.readers.pdf_pages import NoPages, PageTruth, examine
from casefiles.intake.readers.pdf_streams import TooMuch

PAGES = 6
PDF = KindOf(Kind.PDF, "application/pdf", "PDF")
LIMITS = FactsLimits()


def picture(number: int, kind: str) -> bytes:
    noise = random.Random(number).randbytes(60 * 45 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (60, 45), noise).save(out, kind, quality=60)
    return out.getvalue()


def drawn() -> bytes:
    out = io.BytesIO()
    paper = canvas.Canvas(out, pageCompression=1, invariant=1)
    for number in range(PAGES):
        paper.drawString(72, 700, f"Page {number + 1}")
        for line in range(12):
            paper.drawString(72, 680 - line * 20, f"line {line} of page {number + 1} " + "x" * (line % 7))
        paper.drawImage(ImageReader(io.BytesIO(picture(number, ("JPEG", "PNG")[number % 2]))), 300, 100)
        paper.showPage()
    paper.save()
    return out.getvalue()


def saved(**options: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn())) as pdf:
        pdf.save(out, static_id=True, **options)  # type: ignore[arg-type]
    return out.getvalue()


def by_qpdf(*options: str) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as source:
        source.write(drawn())
        source.flush()
        command = ["qpdf", "--static-id", *options, source.name, "-"]
        return subprocess.run(command, capture_output=True, check=True).stdout


def by_pypdf() -> bytes:
    out = io.BytesIO()
    pypdf.PdfWriter(clone_from=io.BytesIO(drawn())).write(out)
    return out.getvalue()


def updated() -> bytes:
    """Three more pages added by an incremental update."""
    out = io.BytesIO()
    writer = pypdf.PdfWriter(io.BytesIO(drawn()), incremental=True)
    writer.append(io.BytesIO(drawn()), pages=(0, 3))
    writer.write(out)
    return out.getvalue()


def scanned() -> bytes:
    return bytes(img2pdf.convert([picture(number, "JPEG") for number in range(PAGES)], nodate=True))


OWNER_ONLY = pikepdf.Encryption(owner="owner", user="")
MAKERS: dict[str, Callable[[], bytes]] = {
    "reportlab": drawn,
    "object streams": lambda: saved(object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "linearized": lambda: saved(linearize=True),
    "linearized with object streams": lambda: by_qpdf("--linearize", "--object-streams=generate"),
    "pypdf": by_pypdf,
    "incremental update": updated,
    "img2pdf": scanned,
    "owner password": lambda: saved(encryption=OWNER_ONLY),
}


def facts_of(folder: Path, data: bytes, limits: FactsLimits = LIMITS) -> FileFacts:
    path = folder / "x.pdf"
    path.write_bytes(data)
    return read_facts(path, PDF, folder, limits)


def truth_of(folder: Path, data: bytes, limits: FactsLimits = LIMITS) -> PageTruth:
    path = folder / "x.pdf"
    path.write_bytes(data)
    with open_pdf(path) as pdf:
        return examine(pdf, lambda: open_pdf(path), path, limits)


def pictures_of(data: bytes) -> list[str]:
    """What each page shows, after qpdf has written the file anew (as a converter will)."""
    mended = io.BytesIO()
    with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
        pdf.save(mended)
    document = pypdfium2.PdfDocument(mended.getvalue())
    try:
        return [
            hashlib.sha256(document[index].render(scale=0.4).to_pil().tobytes()).hexdigest()
            for index in range(len(document))
        ]
    finally:
        document.close()


@pytest.mark.parametrize("maker", MAKERS)
def test_a_whole_file_is_readable_without_a_word(tmp_path: Path, maker: str) -> None:
    facts = facts_of(tmp_path, MAKERS[maker]())
    assert facts.state == "readable"
    assert facts.pages == PAGES + (3 if maker == "incremental update" else 0)
    assert {one.code for one in facts.findings} <= {"pdf-restricted"}


def cuts(size: int) -> Iterator[int]:
    yield from (size * step // 30 for step in range(1, 30))
    yield from range(max(0, size - 1200), size, 61)
    yield from range(max(0, size - 30), size, 3)


@pytest.mark.parametrize("maker", MAKERS)
def test_a_cut_file_is_whole_or_held(tmp_path: Path, maker: str) -> None:
    data = MAKERS[maker]()
    whole = pictures_of(data)
    # Before its first end mark an updated file is nothing but a cut file without an update.
    first_version = data.index(b"%%EOF") + 6 if maker == "incremental update" else 0
    states = set()
    for cut in cuts(len(data)):
        facts = facts_of(tmp_path, data[:cut])
        states.add(facts.state)
        if cut <= first_version and facts.state == "readable":
            assert pictures_of(data[:cut]) == whole[:PAGES], cut
        elif facts.state == "readable":
            assert facts.pages == len(whole), cut
            assert pictures_of(data[:cut]) == whole, cut
        else:
            assert facts.findings[0].code == "pdf-damaged", cut
            assert "readable" in facts.findings[0].message or "no page" in facts.findings[0].message
    assert "held" in states


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("damage", ["zeroes to the end", "zeroes", "gap"])
def test_a_badly_copied_file_is_whole_or_held(tmp_path: Path, maker: str, damage: str) -> None:
    data = MAKERS[maker]()
    whole = pictures_of(data)
    for step in range(1, 24):
        at = len(data) * step // 24
        after = {
            "zeroes to the end": bytes(len(data) - at),
            "zeroes": bytes(512) + data[at + 512 :],
            "gap": data[at + 512 :],
        }[damage]
        broken = data[:at] + after
        facts = facts_of(tmp_path, broken)
        if facts.state == "readable":
            assert facts.pages == len(whole), at
            # A JPEG has no checksum: zeroes within one may still decode, to another picture.
            assert pictures_of(broken) == whole or (maker, damage) == ("img2pdf", "zeroes"), at


def test_the_message_says_how_many_of_how_many(tmp_path: Path) -> None:
    data = by_pypdf()
    contents = [m.start() for m in re.finditer(rb"\nendstream", data)]
    facts = facts_of(tmp_path, data[: contents[len(contents) // 2]])
    readable = int(facts.findings[0].message.split()[1])
    assert 0 < readable < PAGES
    assert facts.findings[0].message.startswith(f"Held: {readable} of {PAGES} pages readable")
    assert facts.findings[0].remedy


def test_a_cut_update_leaves_the_number_of_pages_open(tmp_path: Path) -> None:
    data = updated()
    first_version = data.index(b"%%EOF") + 6
    facts = facts_of(tmp_path, data[: first_version + 800])
    assert "the file does not say of how many" in facts.findings[0].message
    assert facts_of(tmp_path, data[:first_version]).pages == PAGES  # that is a whole file


def test_only_the_last_lines_are_missing(tmp_path: Path) -> None:
    data = drawn()
    facts = facts_of(tmp_path, data[: data.rindex(b"startxref")])
    assert (facts.state, facts.pages) == ("readable", PAGES)
    assert [one.code for one in facts.findings] == ["pdf-repaired"]
    assert "line 3 of page 6" in facts.text


def test_junk_after_the_end_is_no_damage(tmp_path: Path) -> None:
    for junk in (b"\n\n\0\0\0", b"<!-- served by the portal -->" * 10):
        assert facts_of(tmp_path, drawn() + junk).state == "readable"


def one_page(change: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn())) as pdf:
        change(pdf)
        pdf.save(out)
    return out.getvalue()


def lose_content(pdf: pikepdf.Pdf) -> None:
    pdf.pages[2].obj.Contents = pdf.make_indirect(Dictionary(Odd=True))


def cut_content(pdf: pikepdf.Pdf) -> None:
    packed = zlib.compress(pdf.pages[2].obj.Contents.read_bytes())
    pdf.pages[2].obj.Contents.write(packed[: len(packed) // 2], filter=Name.FlateDecode)


def cut_picture(pdf: pikepdf.Pdf) -> None:
    one = next(iter(pdf.pages[2].get_images().values()))
    raw = one.read_raw_bytes()
    one.write(raw[: len(raw) // 2], filter=one.Filter)


def short_picture(pdf: pikepdf.Pdf) -> None:
    one = next(iter(pdf.pages[3].get_images().values()))
    one.write(zlib.compress(one.read_bytes()[: 60 * 3 * 20]), filter=Name.FlateDecode)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lose_content, "5 of 6 pages readable (page 3"),
        (cut_content, "5 of 6 pages readable (page 3: its content is damaged"),
        (cut_picture, "5 of 6 pages readable (page 3"),
        (short_picture, "5 of 6 pages readable (page 4: something that it draws is damaged: a picture has"),
    ],
)
def test_a_file_that_was_saved_after_it_was_damaged(
    tmp_path: Path, change: Callable[[pikepdf.Pdf], None], message: str
) -> None:
    facts = facts_of(tmp_path, one_page(change))
    assert facts.state == "held"
    assert message in facts.findings[0].message


def test_a_reference_to_nothing_is_seen(tmp_path: Path) -> None:
    data = drawn()
    contents = re.search(rb"/Contents (\d+) 0 R", data)
    assert contents is not None
    lost = data.replace(contents[0], b"/Contents 97 0 R".ljust(len(contents[0])), 1)
    assert "5 of 6 pages readable (page 1" in facts_of(tmp_path, lost).findings[0].message


def test_a_missing_font_in_a_sound_file_is_reported_only(tmp_path: Path) -> None:
    data = drawn()
    font = data.index(b"2 0 obj")
    facts = facts_of(tmp_path, data.replace(b"%010d 00000 n" % font, b"0000000000 00001 f"))
    assert facts.state == "readable"
    assert [one.code for one in facts.findings] == ["pdf-parts-missing"]


def test_more_pages_counted_than_there_are(tmp_path: Path) -> None:
    data = drawn().replace(b"/Count 6", b"/Count 9")
    assert "6 of 9 pages readable" in facts_of(tmp_path, data).findings[0].message


def tree(pdf: pikepdf.Pdf, branches: int, leaves: int) -> None:
    nodes = []
    for _ in range(branches):
        node = pdf.make_indirect(Dictionary(Type=Name.Pages, Parent=pdf.Root.Pages, Count=leaves))
        page = Dictionary(Type=Name.Page, MediaBox=[0, 0, 9, 9], Parent=node)
        node.Kids = Array([pdf.make_indirect(page) for _ in range(leaves)])
        nodes.append(node)
    pdf.Root.Pages.Kids, pdf.Root.Pages.Count = Array(nodes), branches * leaves


def made(change: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        change(pdf)
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def test_a_hundred_thousand_pages(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, made(lambda pdf: tree(pdf, 100, 1000)))
    assert facts.findings[0].code == "pdf-too-large"
    assert "it has 100,000 pages or more; casebinder reads up to 5,000" in facts.findings[0].message


def test_a_page_tree_of_branches_is_read_in_order(tmp_path: Path) -> None:
    assert truth_of(tmp_path, made(lambda pdf: tree(pdf, 5, 7))) == PageTruth([None] * 35, 35, False)


def test_a_page_tree_that_leads_back_to_itself(tmp_path: Path) -> None:
    data = b"".join(
        (
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
            b"3 0 obj<</Type/Pages/Kids[2 0 R 3 0 R]/Count 1/Parent 2 0 R>>endobj\n",
            b"trailer<</Root 1 0 R/Size 4>>\nstartxref\n0\n%%EOF\n",
        )
    )
    facts = facts_of(tmp_path, data)
    assert (facts.state, facts.findings[0].code) == ("held", "pdf-damaged")


def test_a_sound_table_and_a_loop(tmp_path: Path) -> None:
    data = drawn()
    assert b" 10 0 R" in data
    assert b"/Pages 17 0 R" in data
    with pytest.raises(NoPages, match="leads back to itself"):
        truth_of(tmp_path, data.replace(b" 10 0 R 12 0 R", b" 17 0 R 12 0 R"))


@pytest.mark.parametrize("where", [b"/ProcSet", b"/MediaBox", b"/Kids"])
def test_a_hundred_thousand_nested_arrays(tmp_path: Path, where: bytes) -> None:
    nest = b"[" * 100_000 + b"]" * 100_000
    facts = facts_of(tmp_path, drawn().replace(where, b"/X " + nest + b" " + where))
    assert (facts.state, facts.findings[0].code) == ("held", "pdf-too-large")
    assert "nested more than 300 deep" in facts.findings[0].message


def test_deep_nesting_is_named(tmp_path: Path) -> None:
    def nest(pdf: pikepdf.Pdf) -> None:
        tree(pdf, 1, 1)
        deep = pdf.make_indirect(Dictionary())
        for _ in range(200):
            deep = pdf.make_indirect(Dictionary(Deeper=deep))
        pdf.pages[0].obj.Resources = Dictionary(Font=Dictionary(F=deep))

    with pytest.raises(TooMuch, match="nested more than 100 deep"):
        truth_of(tmp_path, made(nest))


def test_a_circle_of_forms_ends(tmp_path: Path) -> None:
    def circle(pdf: pikepdf.Pdf) -> None:
        tree(pdf, 1, 1)
        form = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form)
        form.Resources = Dictionary(XObject=Dictionary(A=form))
        pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(A=form))

    assert truth_of(tmp_path, made(circle)).problems == [None]


def test_resources_may_have_names_that_mean_something_elsewhere(tmp_path: Path) -> None:
    def name_it_p(pdf: pikepdf.Pdf) -> None:
        tree(pdf, 1, 1)
        form = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form)
        form.write(b"x\x9cbroken", filter=Name.FlateDecode)
        pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(P=form))

    assert truth_of(tmp_path, made(name_it_p)).readable == 0


def test_a_bomb_is_stopped_piece_by_piece(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()

    def bomb(pdf: pikepdf.Pdf) -> None:
        tree(pdf, 1, 1)
        pdf.pages[0].obj.Contents = pdf.make_stream(b"")
        pdf.pages[0].obj.Contents.write(packed, filter=Name.FlateDecode)

    facts = facts_of(tmp_path, made(bomb))
    assert facts.findings[0].code == "pdf-too-large"
    assert "more than 256 MiB" in facts.findings[0].message


def test_too_many_objects_are_named(tmp_path: Path) -> None:
    with pytest.raises(TooMuch, match="more than 10 objects"):
        truth_of(tmp_path, drawn(), replace(LIMITS, objects=10))


@pytest.mark.slow
def test_a_libreoffice_file_cut_anywhere_is_whole_or_held(tmp_path: Path) -> None:
    source = tmp_path / "t.html"
    text = "Attendance in the autumn term was below what the school expects. " * 40
    source.write_text("".join(f"<h1>Section {n}</h1><p>{text}</p>" for n in range(8)))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf:writer_web_pdf_Export", "--outdir"]
    subprocess.run([*command, str(tmp_path), str(source)], check=True, capture_output=True)
    data = (tmp_path / "t.pdf").read_bytes()
    whole = pictures_of(data)
    for cut in cuts(len(data)):
        facts = facts_of(tmp_path, data[:cut])
        if facts.state == "readable":
            assert pictures_of(data[:cut]) == whole, cut
