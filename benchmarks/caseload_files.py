"""Makes a large caseload: distinct files of every kind that an officer drops, and the bare work on them.

Two sizes: tiny ones (a few kilobytes, so that a hundred thousand fit on a disk), which show what a file costs whatever
is in it; and ones of everyday size (scans, photos of four megapixels, letters with fonts), which show what is felt.

The bare loop is the measure for a rebuild: hash every file and take its text or page count out with the libraries
that the readers use, in a pool of two processes, with nothing checked, caged or kept.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import io
import os
import zipfile
from concurrent.futures import ProcessPoolExecutor
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import defusedxml.ElementTree
import pypdfium2
from PIL import Image, ImageChops, ImageDraw
from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

SHARES = {"txt": 30, "pdf": 25, "pdf3": 15, "jpg": 15, "eml": 10, "docx": 5}
"""How many of a hundred files are of each kind; `pdf3` has three pages."""

_DOCX = {
    "[Content_Types].xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.'
    'openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.'
    'openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.'
    'openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.'
    'org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
}
_BODY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
    'wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
)
_LINES = 30
_LABEL = "0000-000"
_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
rl_config.useA85 = 0  # as every other program writes a PDF


def make_files(folder: Path, case: int, files: int, *, everyday: bool = False) -> None:
    """`files` distinct files in the two sub-folders of an evidence folder: tiny, or of everyday size."""
    kinds = [kind for kind, count in SHARES.items() for _ in range(count)]
    for name in ("letters", "calls"):
        (folder / name).mkdir(exist_ok=True)
    for number in range(files):
        kind = kinds[(number * 37) % 100]
        place = folder / ("letters" if number % 3 else "calls")
        label = f"{case:04d}-{number:03d}"
        (place / f"{label} note.{kind[:3] if kind != 'docx' else kind}").write_bytes(
            _made(kind, label, everyday=everyday)
        )


def _made(kind: str, label: str, *, everyday: bool) -> bytes:
    lines = _lines(label) * (8 if everyday else 1)
    match kind:
        case "txt":
            return "\n".join(lines).encode()
        case "jpg":
            # a comment of its own makes a picture distinct
            comment = label.encode()
            photo = _photo(2304, 1728) if everyday else _jpeg()
            return b"\xff\xd8\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + photo[2:]
        case "eml":
            return _mail(label, lines)
        case "docx":
            return _docx(lines, _photo(800, 600) if everyday else b"")
    drawn = (_scan() if kind == "pdf3" else _letter()) if everyday else _pdf(3 if kind == "pdf3" else 1)
    return drawn.replace(_LABEL.encode(), label.encode())


def _lines(label: str) -> list[str]:
    return [f"{label}, line {line}: called at {line % 24:02d}.15, no answer." for line in range(_LINES)]


@cache
def _pdf(pages: int) -> bytes:
    """Drawn once and not compressed, so that a label of the same length can be put in."""
    drawn = io.BytesIO()
    canvas = Canvas(drawn, invariant=1, pageCompression=0)
    for page in range(pages):
        for row, line in enumerate(_lines(_LABEL)):
            canvas.drawString(72, 760 - 20 * row, f"{line} Page {page + 1}.")
        canvas.showPage()
    canvas.save()
    return drawn.getvalue()


@cache
def _letter() -> bytes:
    """Two pages of text, packed, with a font of its own; the label stands in the title alone."""
    pdfmetrics.registerFont(TTFont("Body", _FONT))
    drawn = io.BytesIO()
    canvas = Canvas(drawn, invariant=1, pageCompression=1)
    canvas.setTitle(_LABEL)
    for page in range(2):
        canvas.setFont("Body", 11)
        for row, line in enumerate(_lines("A case") + _lines("Again")[:15]):
            canvas.drawString(72, 780 - 16 * row, f"{line} Page {page + 1}.")
        canvas.showPage()
    canvas.save()
    return drawn.getvalue()


@cache
def _scan() -> bytes:
    """Three pages as an office scanner makes them: grey, 150 dpi, no text."""
    drawn = io.BytesIO()
    canvas = Canvas(drawn, invariant=1, pageCompression=1)
    canvas.setTitle(_LABEL)
    for page in range(3):
        picture = Image.effect_noise((1240, 1754), 12).point(lambda value: min(255, value + 110))
        draw = ImageDraw.Draw(picture)
        for row, line in enumerate(_lines(f"Scan {page}") + _lines("Again")):
            draw.text((100, 100 + 26 * row), line, fill=20)
        saved = io.BytesIO()
        picture.save(saved, "JPEG", quality=60)
        canvas.drawImage(ImageReader(saved), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return drawn.getvalue()


@cache
def _photo(width: int, height: int) -> bytes:
    """A picture with grain, as a telephone saves it."""
    grain = Image.effect_noise((width, height), 24)
    shade = Image.linear_gradient("L").resize((width, height))
    drawn = io.BytesIO()
    Image.merge("RGB", (grain, shade, ImageChops.blend(grain, shade, 0.5))).save(drawn, "JPEG", quality=85)
    return drawn.getvalue()


@cache
def _jpeg() -> bytes:
    drawn = io.BytesIO()
    noise = (hashlib.shake_256(b"a picture").digest(1200) * 16)[: 160 * 120]
    Image.frombytes("L", (160, 120), noise).convert("RGB").save(drawn, "JPEG", quality=80)
    return drawn.getvalue()


def _mail(label: str, lines: list[str]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "office@school.example", "ewo@council.example"
    message["Subject"], message["Message-ID"] = f"Attendance {label}", f"<{label}@school.example>"
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    message.set_content("\n".join(lines))
    return message.as_bytes()


def _docx(lines: list[str], logo: bytes) -> bytes:
    drawn = io.BytesIO()
    text = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    with zipfile.ZipFile(drawn, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**_DOCX, "word/document.xml": _BODY.format(text)}.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 2, 9, 0, 0)), data)
        if logo:
            archive.writestr(zipfile.ZipInfo("word/media/image1.jpeg", (2026, 3, 2, 9, 0, 0)), logo)
    return drawn.getvalue()


def bare_loop(files: list[str], workers: int) -> int:
    """Hash and extract every file; returns the number of characters and pages found, so that nothing is left out."""
    with ProcessPoolExecutor(workers) as pool:
        return sum(pool.map(bare_work, files, chunksize=64))


def bare_work(name: str) -> int:
    """Hash one file and take out its text or what else there is of it."""
    data = Path(name).read_bytes()
    found = len(hashlib.sha256(data).hexdigest())
    match name.rpartition(".")[2]:
        case "txt":
            return found + len(data.decode("utf-8"))
        case "jpg":
            with Image.open(io.BytesIO(data)) as image:
                image.verify()
            return found + 1
        case "eml":
            message = email.message_from_bytes(data, policy=email.policy.default)
            body = message.get_body(("plain",))
            return found + len(body.get_content() if body else "")
        case "docx":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                tree = defusedxml.ElementTree.fromstring(archive.read("word/document.xml"))
            return found + sum(len(text) for text in tree.itertext())
    return found + _pdf_text(data)


def _pdf_text(data: bytes) -> int:
    document = pypdfium2.PdfDocument(data)
    found = len(document)
    for page in document:
        text = page.get_textpage()
        found += len(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return found


def bare_walk(cases: Path) -> int:
    """Names and times of everything in the evidence folders, one after another; the number of files."""
    count = 0
    for case in os.scandir(cases):
        waiting = [os.path.join(case.path, "evidence")]  # noqa: PTH118 - as bare as it gets
        while waiting:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    count += (entry.name, status.st_mtime_ns) is not None
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return count
