"""Measures reading scanned pages against bare Tesseract on the same pictures: pages a CPU second.

`python -m benchmarks.ocr` prints the table by itself. One core each; Tesseract gets the pages as casebinder draws them
(PNG, 300 dots an inch) and writes the same two outputs, a text layer and hOCR.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.measuring import Cost, run

PAGES = 4
DPI = 300
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
TEXT = (
    "the school attendance officer wrote to parent about absence on morning of without leave term pupil letter "
    "meeting council education welfare court notice penalty date record register was were has been and in for"
)
_READ = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from bundles.convert import discover, find_programs
from bundles.convert.cache import ConversionCache
from bundles.convert.run import RequestMaker, convert_all
from bundles.derived import Derived
from bundles.profile import load_profile
from bundles.treatment import Treatment
from casefiles.hashing import sha256_file
from casefiles.intake.kinds import Kind
source, work, path = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
programs = find_programs((), path, {"PATH": path})
maker = RequestMaker(work / "work", load_profile("judiciary-2021").stamp, programs)
request = maker.make(source, sha256_file(source), Kind.PDF, {}, treatment=Treatment(ocr=True))
with ThreadPoolExecutor(1) as executor:
    (result,) = convert_all([request], executor, ConversionCache(work / "cache")).results
assert isinstance(result, Derived) and not any(page.image_only for page in result.pages)
"""


@dataclass(frozen=True)
class Reading:
    """What reading so many pages took."""

    what: str
    pages: int
    cost: Cost

    @property
    def pages_a_cpu_second(self) -> float:
        """Pages for each second of one core."""
        return self.pages / self.cost.cpu_seconds


def page(number: int, lean_deg: float = 0.0) -> Image.Image:
    """A full A4 page of typed words; `lean_deg` clockwise."""
    chance = random.Random(number)
    words = TEXT.split()
    image = Image.new("L", (2480, 3508), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 46)
    for row in range(42):
        line = " ".join(chance.choice(words) for _ in range(11))
        draw.text((260, 280 + 70 * row), line, font=font, fill=0)
    return image.rotate(-lean_deg, resample=Image.Resampling.BICUBIC, fillcolor=255) if lean_deg else image


def measure(folder: Path, pages: int = PAGES) -> list[Reading]:
    """Bare Tesseract, straight pages, and pages that lean."""
    folder.mkdir(exist_ok=True)
    straight = [page(number) for number in range(pages)]
    leaning = [page(number, 1.5) for number in range(pages)]
    listed = folder / "pictures.txt"
    pictures = []
    for number, image in enumerate(straight):
        pictures.append(folder / f"{number}.png")
        image.save(pictures[-1], dpi=(DPI, DPI))
    listed.write_text("".join(f"{picture}\n" for picture in pictures))
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    outputs = ["-l", "eng", "-c", "textonly_pdf=1", "pdf", "hocr"]
    bare = run(["tesseract", str(listed), str(folder / "bare"), *outputs], environment)
    rows = [Reading("bare Tesseract, straight pages", pages, bare)]
    for what, images in (("casebinder, straight pages", straight), ("casebinder, pages that lean", leaning)):
        source = folder / f"{what.rpartition(' ')[2]}.pdf"
        images[0].save(source, "PDF", resolution=DPI, save_all=True, append_images=images[1:])
        work = folder / source.stem
        cost = run([sys.executable, "-c", _READ, str(source), str(work), os.environ["PATH"]], environment)
        rows.append(Reading(what, pages, cost))
    return rows


def table(rows: list[Reading]) -> str:
    """As Markdown."""
    lines = ["| what | pages | CPU | pages a CPU second | against bare |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.pages} | {row.cost.cpu_seconds:.1f} s | {row.pages_a_cpu_second:.2f} | "
        f"{row.cost.cpu_seconds / rows[0].cost.cpu_seconds:.2f} times |"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(table(measure(Path(scratch))))
