"""Measures formats: Office files against one bare call of LibreOffice, photos against bare img2pdf, and a thousand mixed
files from drop to a proved bundle.

`python -m benchmarks.formats` prints its part alone.
"""

from __future__ import annotations

import csv
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
from PIL import Image

from benchmarks.measuring import Cost, run
from benchmarks.whole_path import REFERENCE, Machine, document

OFFICE_FILES, PHOTOS, MIXED_FILES = 24, 40, 1000
_SENTENCE = "The school wrote to the parent about absence in the autumn term and heard nothing. "
_CONVERT = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from bundles.convert import discover, find_programs
from bundles.convert.cache import ConversionCache
from bundles.convert.run import RequestMaker, convert_all
from bundles.profile import load_profile
from casefiles.hashing import sha256_file
from casefiles.intake.kinds import detect
work, files = Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]]
programs = find_programs(discover(), os.environ["PATH"], dict(os.environ))
maker = RequestMaker(work / "work", load_profile("judiciary-2021").stamp, programs)
requests = [maker.make(each, sha256_file(each), detect(each).kind, {}) for each in files]
with ThreadPoolExecutor(1) as executor:
    done = convert_all(requests, executor, ConversionCache(work / "cache"))
assert not done.held and done.converted == len(files)
"""
_IMG2PDF = "import sys, img2pdf; [open(f'{p}.pdf', 'wb').write(img2pdf.convert(p)) for p in sys.argv[1:]]"


@dataclass(frozen=True)
class Race:
    """The same files through casebinder and through the bare tool."""

    what: str
    files: int
    ours: Cost
    bare: Cost


def office(folder: Path, count: int = OFFICE_FILES) -> Race:
    """Letters of two pages: converted, checked and brought to the derived shape, against `soffice --convert-to pdf`."""
    files = [_letter(folder / "office" / f"letter {number}.docx", number) for number in range(count)]
    profile = (folder / "bare profile").as_uri()
    bare = run(
        ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir",
         str(folder / "bare office"), *map(str, files)]
    )  # fmt: skip
    return Race("Word letters of two pages", count, _ours(folder / "ours office", files), bare)


def photos(folder: Path, what: str, size: tuple[int, int], count: int = PHOTOS) -> Race:
    """Photos of so many dots, against `img2pdf.convert` file by file, which neither decodes nor makes smaller."""
    files = [_photo(folder / what / f"photo {number}.jpg", number, size) for number in range(count)]
    bare = run([sys.executable, "-c", _IMG2PDF, *map(str, files)])
    return Race(what, count, _ours(folder / f"ours {what}", files), bare)


def races(folder: Path) -> list[Race]:
    """Office files; photos that are bound as they are; photos finer than 300 dots an inch, which are made smaller."""
    return [
        office(folder),
        photos(folder, "photos of 3 million dots, bound bit for bit", (2000, 1500)),
        photos(folder, "photos of 12 million dots, made smaller", (4032, 3024)),
    ]


def mixed(folder: Path, count: int = MIXED_FILES) -> list[tuple[str, Cost]]:
    """So many files of nine kinds: the first scan, then a draft with every page proved."""
    machine = Machine(folder / "mixed")
    machine.folder.mkdir(parents=True)
    machine.open()
    for _ in _mixed_files(machine.evidence, count):
        pass
    return [
        (f"scan of {count:,} mixed files", machine.run("scan", REFERENCE)),
        ("a draft of them all, proved", machine.run("bundle", REFERENCE)),
        ("the same again, all cached", machine.run("bundle", REFERENCE)),
    ]


def table(races: Sequence[Race]) -> str:
    """Files a second of both, and how many times the bare tool's CPU."""
    lines = [
        "| what | files | casebinder | bare tool | CPU ratio | casebinder peak |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {race.what} | {race.files} | {race.files / race.ours.wall_seconds:.2f} a second | "
        f"{race.files / race.bare.wall_seconds:.2f} a second | {race.ours.cpu_seconds / race.bare.cpu_seconds:.2f} | "
        f"{race.ours.peak_mib:.0f} MiB |"
        for race in races
    ]
    return "\n".join(lines)


def _ours(work: Path, files: Sequence[Path]) -> Cost:
    work.mkdir()
    return run([sys.executable, "-c", _CONVERT, str(work), *map(str, files)], dict(os.environ))


def _letter(path: Path, number: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    letter = docx.Document()
    letter.add_heading(f"Letter {number}", 1)
    for paragraph in range(14):
        letter.add_paragraph(f"{number}.{paragraph} " + _SENTENCE * 5)
    letter.save(str(path))
    return path


def _photo(path: Path, number: int, size: tuple[int, int]) -> Path:
    """A picture with as much in it as a photo: noise over a slope, the same for the same number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(number)
    small = Image.frombytes(
        "RGB", (size[0] // 8, size[1] // 8), chance.randbytes(size[0] // 8 * (size[1] // 8) * 3)
    )
    small.resize(size, Image.Resampling.BICUBIC).save(path, "JPEG", quality=82)
    return path


def _mixed_files(evidence: Path, count: int) -> Iterator[Path]:
    """In every ten: two notes, two PDFs, two photos, a letter, an e-mail, a table, a workbook."""
    for number in range(count):
        stem = evidence / f"{number:04}"
        match number % 10:
            case 0 | 1:
                path = stem.with_suffix(".txt")
                path.write_text(f"Note {number}: " + _SENTENCE * 6)
            case 2 | 3:
                path = stem.with_suffix(".pdf")
                document(path, number, pages=5)
            case 4 | 5:
                path = _photo(stem.with_suffix(".jpg"), number, (1600, 1200))
            case 6:
                path = _letter(stem.with_suffix(".docx"), number)
            case 7:
                path = _message(stem.with_suffix(".eml"), number)
            case 8:
                path = stem.with_suffix(".csv")
                with path.open("w", newline="") as out:
                    csv.writer(out).writerows(_sessions(number))
            case _:
                path = stem.with_suffix(".xlsx")
                book = openpyxl.Workbook()
                for row in _sessions(number):
                    book.worksheets[0].append(row)
                book.save(path)
        yield path


def _sessions(number: int) -> Iterator[list[str | int]]:
    yield ["Date", "Session", "Code", "Minutes late"]
    for day in range(1, 29):
        yield [f"{day:02}/01/2026", "AM", "O" if (day + number) % 3 else "/", number % 60]


def _message(path: Path, number: int) -> Path:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", f"Absence {number}"
    message["Date"] = "Mon, 19 Jan 2026 08:12:44 +0000"
    message.set_content(_SENTENCE * 8)
    path.write_bytes(message.as_bytes())
    return path


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="casebinder-bench-") as scratch:
        print(table(races(Path(scratch))))
        for name, cost in mixed(Path(scratch)):
            print(
                f"{name}: {cost.cpu_seconds:.1f} s CPU, {cost.wall_seconds:.1f} s, peak {cost.peak_mib:.0f} MiB"
            )
