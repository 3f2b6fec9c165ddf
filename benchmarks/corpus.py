"""A corpus of derived files for measuring: the same number of pages gives the same bytes on every machine.

Three files in five are scans (a grey JPEG of A4 at 150 dpi, 200 to 300 kB a page, under an invisible text layer), the others typed
documents with an embedded font. Each file has 20 to 60 pages, its own bookmarks and a link between two of its pages.
"""

from __future__ import annotations

import io
import json
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name

from bundles.derived import Derived, DerivedPage, OutlineEntry
from casefiles.hashing import sha256_file

WIDTH_PT, HEIGHT_PT = 595, 842
SCAN_PIXELS = (1240, 1754)
SIDE_FILE = "corpus.json"
_WORDS = (
    "attendance", "letter", "parent", "school", "meeting", "officer", "statement",
    "penalty", "notice", "term", "record", "visit", "plan",
)  # fmt: skip


@dataclass(frozen=True)
class CorpusFile:
    """One derived file of the corpus and whether it is a scan."""

    derived: Derived
    scan: bool


def corpus(folder: Path, pages: int) -> tuple[CorpusFile, ...]:
    """The corpus of that many pages in `folder`; made there unless it is there already."""
    side = folder / SIDE_FILE
    if not side.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        rows = [
            {"file": file.derived.path.name, "scan": file.scan, "derived": file.derived.as_json()}
            for file in _make(folder, pages)
        ]
        side.write_text(json.dumps(rows), encoding="utf-8")
    return tuple(
        CorpusFile(Derived.from_json(folder / row["file"], row["derived"]), row["scan"])
        for row in json.loads(side.read_text(encoding="utf-8"))
    )


def _make(folder: Path, pages: int) -> Iterator[CorpusFile]:
    scans = [_scan(random.Random(seed)) for seed in range(6)]
    left, number = pages, 0
    while left:
        count = min(left, 20 + number * 17 % 41)
        scan = number % 5 in {0, 2, 4}
        source = _scanned(scans, number, count) if scan else _typed(number, count)
        yield CorpusFile(_derived(source, folder / f"{number:04d}.pdf", count, number), scan)
        left -= count
        number += 1


def _lines(dice: random.Random, count: int) -> list[str]:
    return [" ".join(dice.choices(_WORDS, k=11)).capitalize() for _ in range(count)]


def _scan(dice: random.Random) -> bytes:
    """A page as a scanner gives it: text on paper that is not quite white."""
    from PIL import Image, ImageDraw

    width, height = SCAN_PIXELS
    paper = Image.frombytes("L", (width // 2, height // 2), dice.randbytes(width // 2 * (height // 2)))
    image = paper.resize(SCAN_PIXELS).point(lambda value: 215 + value // 8)
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(_lines(dice, 48)):
        pen.text((120, 120 + row * 31), line, fill=30, font_size=22)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=32, dpi=(150, 150))
    return stream.getvalue()


def _scanned(scans: list[bytes], number: int, count: int) -> bytes:
    stream = io.BytesIO()
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        for index in range(count):
            image = pikepdf.Stream(pdf, _unlike(scans[(number + index) % len(scans)], number, index))
            image.Type, image.Subtype, image.Filter = Name.XObject, Name.Image, Name.DCTDecode
            image.Width, image.Height = SCAN_PIXELS
            image.ColorSpace, image.BitsPerComponent = Name.DeviceGray, 8
            lines = _lines(random.Random(number * 1000 + index), 48)
            text = "\n".join(f"1 0 0 1 58 {778 - 15 * row} Tm ({line}) Tj" for row, line in enumerate(lines))
            content = f"q {WIDTH_PT} 0 0 {HEIGHT_PT} 0 0 cm /Im Do Q BT 3 Tr /F 10 Tf\n{text}\nET"
            pdf.add_blank_page(page_size=(WIDTH_PT, HEIGHT_PT))
            page = pdf.pages[-1].obj
            page.Contents = pikepdf.Stream(pdf, zlib.compress(content.encode()), Filter=Name.FlateDecode)
            page.Resources = Dictionary(XObject=Dictionary(Im=image), Font=Dictionary(F=font))
        pdf.save(stream, static_id=True)
    return stream.getvalue()


def _unlike(jpeg: bytes, number: int, index: int) -> bytes:
    """The same picture with a comment of its own, so that no two pages have equal bytes."""
    comment = f"file {number} page {index}".encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def _typed(number: int, count: int) -> bytes:
    from reportlab import rl_config
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    rl_config.invariant = 1
    if "Vera" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(WIDTH_PT, HEIGHT_PT), invariant=1)
    for index in range(count):
        canvas.setFont("Vera", 10)
        for row, line in enumerate(_lines(random.Random(number * 1000 + index), 44)):
            canvas.drawString(58, 770 - 16 * row, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _derived(source: bytes, path: Path, count: int, number: int) -> Derived:
    with pikepdf.open(io.BytesIO(source)) as pdf, pikepdf.new() as made:
        for page in pdf.pages:
            form = made.copy_foreign(pdf.make_indirect(page.as_form_xobject()))
            sheet = Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, WIDTH_PT, HEIGHT_PT]),
                Contents=pikepdf.Stream(made, b"/P Do"),
                Resources=Dictionary(XObject=Dictionary(P=form)),
            )
            made.pages.append(pikepdf.Page(made.make_indirect(sheet)))
        link = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array([58, 760, 200, 780]),
            Border=Array([0, 0, 0]),
            Dest=Array([made.pages[-1].obj, Name.XYZ, 0, HEIGHT_PT, None]),
        )
        made.pages[0].obj.Annots = Array([made.make_indirect(link)])
        made.save(path, static_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    outline = (OutlineEntry(1, f"Document {number}", 1), OutlineEntry(2, "Last page", count))
    facts = DerivedPage(float(WIDTH_PT), float(HEIGHT_PT), False, False, False, "0" * 64)
    return Derived(path, sha256_file(path), "pdf", "1", (facts,) * count, outline, ())
