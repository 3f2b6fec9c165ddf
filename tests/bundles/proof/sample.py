"""A small real bundle: derived files drawn here with reportlab and pikepdf, bound by the real assembly."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from bundles.assemble import assemble
from bundles.derived import DerivedPage, StampBox
from bundles.manifest import Manifest, manifest_of
from bundles.model import (
    BundlePlan,
    IndexLink,
    PageRange,
    PlannedBookmark,
    PlannedSection,
    PlannedTab,
    TabKind,
)
from bundles.profile import Profile, load_profile
from bundles.proof import ProofFacts

A4 = (595.0, 842.0)
CHECKPOINT = "20:9f3a61c27be04d15"
CASE = "2b1c9f7e-51aa-4f0e-9a3a-0d5a7c1e2b3c"

Draw = Callable[[canvas.Canvas], None]


def profile() -> Profile:
    return load_profile("judiciary-2021")


def draw_pdf(path: Path, pages: list[tuple[tuple[float, float], Draw]]) -> Path:
    drawing = canvas.Canvas(str(path), invariant=True)
    for size, draw in pages:
        drawing.setPageSize(size)
        draw(drawing)
        drawing.showPage()
    drawing.save()
    return path


def derive(
    source: Path, target: Path, links: list[tuple[int, int]] = (), reduce: tuple[int, ...] = ()
) -> Path:  # type: ignore[assignment]
    """The derived shape: each page one form; `links` go from page to page (1-based)."""
    with pikepdf.open(source) as old, pikepdf.new() as new:
        for number, page in enumerate(old.pages, start=1):
            form = new.copy_foreign(page.as_form_xobject())
            content = b"q 0.96 0 0 0.96 12 33 cm /P Do Q" if number in reduce else b"/P Do"
            new.pages.append(
                pikepdf.Page(
                    new.make_indirect(
                        Dictionary(
                            Type=Name.Page,
                            MediaBox=page.mediabox,
                            Contents=pikepdf.Stream(new, content),
                            Resources=Dictionary(XObject=Dictionary(P=form)),
                        )
                    )
                )
            )
        for start, end in links:
            note = Dictionary(
                Type=Name.Annot,
                Subtype=Name.Link,
                Rect=Array([100, 700, 200, 720]),
                Border=Array([0, 0, 0]),
                Dest=Array([new.pages[end - 1].obj, Name.XYZ, 0, 842, None]),
            )
            new.pages[start - 1].obj.Annots = Array([new.make_indirect(note)])
        new.save(
            target,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            force_version="1.7",
        )
    return target


def facts_of(path: Path, blank: tuple[int, ...] = ()) -> tuple[DerivedPage, ...]:
    found = []
    document = pypdfium2.PdfDocument(path)
    for number, page in enumerate(document, start=1):
        text = page.get_textpage().get_text_range().replace("\r\n", "\n")
        found.append(
            DerivedPage(
                *page.get_size(),
                blank=number in blank,
                reduced=False,
                image_only=not text and number not in blank,
                text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            )
        )
    document.close()
    return tuple(found)


def picture(words: str, size: tuple[int, int] = (400, 560)) -> ImageReader:
    image = Image.new("L", size, 245)
    ImageDraw.Draw(image).text((60, 200), words, fill=10, font_size=40)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    stream.seek(0)
    return ImageReader(stream)


def typed(lines: list[str]) -> Draw:
    def draw(c: canvas.Canvas) -> None:
        c.setFont("Helvetica", 12)
        for at, line in enumerate(lines):
            c.drawString(72, 760 - 20 * at, line)

    return draw


def shown(words: str) -> Draw:
    return lambda c: c.drawImage(picture(words), 40, 60, 500, 700)


def empty(c: canvas.Canvas) -> None:
    c.saveState()
    c.restoreState()


@dataclass(frozen=True)
class Sample:
    """A bundle and all that proof is given."""

    pdf: Path
    plan: BundlePlan
    front: Path
    files: dict[str, Path]
    sources: dict[str, Path]
    facts: ProofFacts
    manifest: Manifest

    def derived(self, digest: str) -> Path:
        return self.files[digest]

    @property
    def stamp(self) -> StampBox:
        return self.facts.stamp


def originals(folder: Path) -> dict[str, Path]:
    """The documents before they are derived, by tab."""
    return {
        "A1": draw_pdf(
            folder / "letter.pdf",
            [
                (A4, typed(["Notice of 19 January 2026", "A fine of £60 is due. See page 3.", "well-"])),
                (A4, typed([f"Line {n}: session {n} of 28 missed" for n in range(1, 30)])),
                (A4, typed(["Signed by A. Officer", "Łódź is not in this font, £120 is."])),
            ],
        ),
        "A2": draw_pdf(folder / "scan one.pdf", [(A4, shown("Scan number one"))]),
        "A3": draw_pdf(folder / "scan two.pdf", [(A4, shown("Scan number two"))]),
        "D1": draw_pdf(
            folder / "mixed.pdf",
            [
                ((842.0, 595.0), typed(["Landscape page"])),
                (A4, empty),
                ((1191.0, 842.0), shown("Plan of the school")),
                (A4, typed(["Last page", "12", "13"])),
            ],
        ),
    }


TITLES = {
    "A1": ("Penalty notice & <letter>", date(2026, 1, 19)),
    "A2": ("Scan of a note", None),
    "A3": ("Scan of another note", date(2026, 2, 2)),
    "D1": ("Mixed papers", date(2026, 3, 12)),
}


def draw_front(path: Path, tabs: list[PlannedTab], checkpoint: str) -> tuple[Path, list[IndexLink]]:
    links: list[IndexLink] = []

    def cover(c: canvas.Canvas) -> None:
        typed(["IN THE MAGISTRATES’ COURT".replace("’", "'"), "Prosecution bundle"])(c)

    def index(c: canvas.Canvas) -> None:
        c.setFont("Helvetica", 11)
        c.drawString(60, 780, "Index")
        for at, tab in enumerate(tabs):
            y = 740 - 24 * at
            c.drawString(60, y, tab.label)
            c.drawString(100, y, tab.title)
            c.drawString(310, y, tab.exhibit)
            if tab.dated:
                c.drawString(380, y, f"{tab.dated:%d.%m.%Y}")
            c.drawString(480, y, str(tab.pages))
            links.append(IndexLink(2, 55, y - 6, 540, y + 14, tab.pages.first))
        c.drawString(60, 60, f"Checkpoint {checkpoint}")

    draw_pdf(path.with_suffix(".drawn.pdf"), [(A4, cover), (A4, index)])
    return derive(path.with_suffix(".drawn.pdf"), path), links


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Bound:
    """One document to bind."""

    label: str
    title: str
    dated: date | None
    exhibit: str
    original: Path
    event: int
    derived: Path
    pages: tuple[DerivedPage, ...]
    converter: str = "pdf"
    version: str = "1"
    programs: str = ""
    treatment: str = ""
    kind: TabKind = TabKind.EVIDENCE


def make_sample(folder: Path, mark: str = "") -> Sample:
    """Draws, derives, plans and assembles."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = []
    for event, (label, source) in enumerate(originals(folder).items(), start=2):
        links = [(1, 3)] if label == "A1" else []
        reduce = (4,) if label == "D1" else ()
        derived = derive(source, folder / f"{label}.derived.pdf", links, reduce)
        facts = facts_of(derived, blank=(2,) if label == "D1" else ())
        documents.append(Bound(label, *TITLES[label], f"AB/{event}", source, event, derived, facts))
    return bind(folder, documents, mark=mark)


def bind(
    folder: Path,
    documents: list[Bound],
    *,
    mark: str = "",
    case: str = CASE,
    checkpoint: str = CHECKPOINT,
    made_at: str = "2026-03-01T10:00:00.000Z",
) -> Sample:
    """Plans and assembles documents, which come in the order of their sections."""
    tabs: dict[str, list[PlannedTab]] = {}
    page = 3
    for each in documents:
        last = page + len(each.pages) - 1
        tab = PlannedTab(
            label=each.label,
            title=each.title,
            dated=each.dated,
            exhibit=each.exhibit,
            kind=each.kind,
            file=each.original.name,
            evidence_sha256=sha(each.original),
            event=each.event,
            converter=each.converter,
            converter_version=each.version,
            programs=each.programs,
            treatment=each.treatment,
            derived_sha256=sha(each.derived),
            pages=PageRange(page, last),
        )
        tabs.setdefault(each.label[0], []).append(tab)
        page = last + 1
    sections = tuple(
        PlannedSection(letter, f"Section {letter}", tuple(held)) for letter, held in tabs.items()
    )
    every = [tab for section in sections for tab in section.tabs]
    front, links = draw_front(folder / "front.pdf", every, checkpoint)
    plan = BundlePlan(
        profile="judiciary-2021",
        case_reference="2026-0042",
        case_uuid=case,
        name="trial",
        title="Prosecution bundle – Łoś",
        version=1,
        language="en-GB",
        mark=mark,
        zoom=1.0,
        made_at=made_at,
        checkpoint=checkpoint,
        cover_pages=PageRange(1, 1),
        index_pages=PageRange(2, 2),
        front_sha256=sha(front),
        front_pages=2,
        sections=sections,
        bookmarks=bookmarks(sections),
        index_links=tuple(links),
        stamps=tuple(str(n) for n in range(1, page)),
    )
    manifest = manifest_of(plan, "0.1.0")
    files = {sha(each.derived): each.derived for each in documents}
    assemble(plan, front, files, manifest, folder / "bundle.pdf", profile=profile())
    sources = {sha(each.original): each.original for each in documents}
    facts = ProofFacts(profile().stamp, {sha(each.derived): each.pages for each in documents})
    return Sample(folder / "bundle.pdf", plan, front, files, sources, facts, manifest)


def bookmarks(sections: tuple[PlannedSection, ...]) -> tuple[PlannedBookmark, ...]:
    found = [PlannedBookmark(1, "Cover – p. 1", 1), PlannedBookmark(1, "Index – p. 2", 2)]
    for section in sections:
        found.append(
            PlannedBookmark(
                1, f"{section.letter}. {section.title} – p. {section.pages.first}", section.pages.first
            )
        )
        for tab in section.tabs:
            found.append(
                PlannedBookmark(2, f"{tab.label} {tab.title} – p. {tab.pages.first}", tab.pages.first)
            )
            if tab.label == "A1":
                found.append(PlannedBookmark(3, f"Signature Łoś 署名 – p. {tab.pages.last}", tab.pages.last))
    return tuple(found)


def edited(sample: Sample, target: Path, edit: Callable[[pikepdf.Pdf], None]) -> Path:
    """The bundle after an attacker with qpdf has been at it."""
    with pikepdf.open(sample.pdf) as pdf:
        edit(pdf)
        save(pdf, target)
    return target


def save(pdf: pikepdf.Pdf, target: Path) -> None:
    pdf.save(
        target,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )


def with_manifest(pdf: pikepdf.Pdf, manifest: Manifest) -> None:
    """Re-makes the attached manifest."""
    pdf.Root.AF[0].EF.F.write(manifest.encode())


def changed(manifest: Manifest, page: int, **values: object) -> Manifest:
    """The manifest with the row of one page changed."""
    return replace(
        manifest,
        rows=tuple(replace(row, **values) if row.page == page else row for row in manifest.rows),  # type: ignore[arg-type]
    )
