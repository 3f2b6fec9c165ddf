"""How long the proof of a bundle takes: CPU seconds and peak memory, on a corpus made here.

    python benchmarks/proof.py [--pages 2000] [--folder FOLDER]

Half of the pages are typed (about 2,500 characters), half are scans (one grey JPEG of 200 dpi with a text layer).
The corpus and the bundle are made first and are not counted; the proof runs in a process of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pikepdf
import pypdfium2
from pikepdf import Dictionary, Name
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from bundles.assemble import assemble
from bundles.derived import DerivedPage
from bundles.manifest import manifest_of
from bundles.model import (
    BundlePlan,
    IndexLink,
    PageRange,
    PlannedBookmark,
    PlannedSection,
    PlannedTab,
    TabKind,
)
from bundles.profile import load_profile
from bundles.proof import ProofFacts, prove

A4 = (595.0, 842.0)
WORDS = [
    "attendance",
    "school",
    "letter",
    "parent",
    "officer",
    "session",
    "unauthorised",
    "absence",
    "meeting",
    "record",
    "notice",
    "penalty",
]
SCAN_PIXELS = (1654, 2339)


def words(chance: random.Random, count: int) -> str:
    """That many words and numbers."""
    return " ".join(
        chance.choice(WORDS) if chance.random() > 0.1 else str(chance.randrange(999)) for _ in range(count)
    )


def scan(chance: random.Random) -> ImageReader:
    """A grey JPEG with the noise of a real scan, of a few hundred KB."""
    small = Image.frombytes("L", (207, 293), chance.randbytes(207 * 293)).point(lambda gray: 190 + gray // 4)
    stream = io.BytesIO()
    small.resize(SCAN_PIXELS).save(stream, "JPEG", quality=75)
    stream.seek(0)
    return ImageReader(stream)


def draw(path: Path, pages: int, scanned: bool, chance: random.Random) -> None:
    """One document of typed or scanned pages."""
    drawing = canvas.Canvas(str(path), pagesize=A4, pageCompression=1)
    for _ in range(pages):
        if scanned:
            drawing.drawImage(scan(chance), 0, 0, *A4)
        text = drawing.beginText(50, 790)
        text.setTextRenderMode(3 if scanned else 0)
        text.setFont("Helvetica", 9)
        for _ in range(45):
            text.textLine(words(chance, 8))
        drawing.drawText(text)
        drawing.showPage()
    drawing.save()


def derive(source: Path, target: Path) -> None:
    """The derived shape: each page one form."""
    with pikepdf.open(source) as old, pikepdf.new() as new:
        for page in old.pages:
            form = new.copy_foreign(page.as_form_xobject())
            leaf = Dictionary(
                Type=Name.Page,
                MediaBox=page.mediabox,
                Contents=pikepdf.Stream(new, b"/P Do"),
                Resources=Dictionary(XObject=Dictionary(P=form)),
            )
            new.pages.append(pikepdf.Page(new.make_indirect(leaf)))
        new.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, force_version="1.7")


def facts_of(path: Path) -> tuple[DerivedPage, ...]:
    """What a converter records of each page."""
    document = pypdfium2.PdfDocument(path)
    digests = []
    for page in document:
        text = page.get_textpage().get_text_range().replace("\r\n", "\n")
        digests.append(hashlib.sha256(text.encode()).hexdigest())
    document.close()
    return tuple(DerivedPage(*A4, False, False, False, digest) for digest in digests)


def sha(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make(folder: Path, pages: int, documents: int) -> Path:
    """The corpus and its bundle; returns the file that holds what proof needs."""
    chance = random.Random(7)
    tabs: list[PlannedTab] = []
    paths: dict[str, Path] = {}
    facts: dict[str, tuple[DerivedPage, ...]] = {}
    page = 3
    for number in range(documents):
        count = pages // documents + (number < pages % documents)
        source, target = folder / f"{number}.pdf", folder / f"{number}.derived.pdf"
        draw(source, count, number % 2 == 1, chance)
        derive(source, target)
        digest = sha(target)
        paths[digest], facts[digest] = target, facts_of(target)
        tabs.append(
            PlannedTab(
                f"D{number + 1}",
                f"Document {number + 1}",
                None,
                "",
                TabKind.EVIDENCE,
                source.name,
                sha(source),
                number + 2,
                "pdf",
                "1",
                digest,
                PageRange(page, page + count - 1),
            )
        )
        page += count
    front = folder / "front.pdf"
    drawing = canvas.Canvas(str(folder / "front.drawn.pdf"), pagesize=A4)
    drawing.drawString(60, 780, "Cover")
    drawing.showPage()
    drawing.setFont("Helvetica", 6)
    links = []
    for at, tab in enumerate(tabs):
        y = 800 - 12 * at
        drawing.drawString(60, y, f"{tab.label} {tab.title}")
        drawing.drawString(480, y, str(tab.pages))
        links.append(IndexLink(2, 55, y - 3, 540, y + 8, tab.pages.first))
    drawing.drawString(60, 20, "Checkpoint 20:9f3a61c27be04d15")
    drawing.save()
    derive(folder / "front.drawn.pdf", front)
    plan = BundlePlan(
        profile="judiciary-2021", case_reference="BENCH", case_uuid="", name="bench", title="Bundle", version=1,
        language="en-GB", mark="", zoom=1.0, made_at="2026-03-01T10:00:00.000Z",
        checkpoint="20:9f3a61c27be04d15", cover_pages=PageRange(1, 1), index_pages=PageRange(2, 2),
        front_sha256=sha(front), front_pages=2, sections=(PlannedSection("D", "Exhibits", tuple(tabs)),),
        bookmarks=tuple(
            PlannedBookmark(1, f"{tab.label} – p. {tab.pages.first}", tab.pages.first) for tab in tabs
        ),
        index_links=tuple(links), stamps=tuple(str(n) for n in range(1, page)),
    )  # fmt: skip
    profile = load_profile("judiciary-2021")
    bundle = folder / "bundle.pdf"
    assemble(plan, front, paths, manifest_of(plan, "0"), bundle, profile=profile)
    kept = folder / "proof.pickle"
    kept.write_bytes(pickle.dumps((bundle, plan, paths, front, ProofFacts(profile.stamp, facts))))
    return kept


def run(kept: Path) -> dict[str, float | int | bool]:
    """The proof alone: CPU seconds, wall seconds and peak memory of this process."""
    bundle, plan, paths, front, facts = pickle.loads(kept.read_bytes())
    before, started = time.process_time(), time.perf_counter()
    report = prove(bundle, plan, paths.__getitem__, front, facts)
    return {
        "ok": report.ok,
        "pages": report.pages,
        "bundle_mb": round(bundle.stat().st_size / 1e6),
        "cpu_seconds": round(time.process_time() - before, 2),
        "wall_seconds": round(time.perf_counter() - started, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.run:
        print(json.dumps(run(wanted.run)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = wanted.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / "proof.pickle"
        if not kept.exists():
            make(folder, wanted.pages, wanted.documents)
        subprocess.run([sys.executable, __file__, "--run", str(kept)], check=True)


if __name__ == "__main__":
    main()
