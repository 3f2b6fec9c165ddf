"""An issued bundle in a real case: chain, preserved originals, real conversions, signed checkpoint, kept files."""

from __future__ import annotations

import shutil
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pikepdf
from PIL import Image, ImageDraw

from bundles.convert import discover, find_programs
from bundles.convert.base import Held
from bundles.convert.cache import ConversionCache
from bundles.convert.run import RequestMaker, convert_all
from bundles.model import TabKind
from bundles.rederive import Rederiver
from bundles.verify import Sources
from casefiles.chain import drafts, originals
from casefiles.chain.bodies import EventType
from casefiles.chain.events import EventDraft
from casefiles.chain.names import BUNDLE, NameEntry
from casefiles.chain.signing import take
from casefiles.chain.verify import Against
from casefiles.hashing import sha256_bytes
from casefiles.intake.kinds import detect
from tests.bundles.proof.sample import A4, Bound, Sample, bind, draw_pdf, empty, profile, save, sha, typed
from tests.casefiles.chain.conftest import CaseKit, new_kit


@dataclass(frozen=True)
class Issued:
    """The case, the folder of the issue, and what verification is given."""

    kit: CaseKit
    sample: Sample
    folder: Path
    sources: Sources

    @property
    def pdf(self) -> Path:
        return self.folder / "bundle.pdf"

    def kept(self, page: int) -> Path:
        """The kept derived file that a bundle page comes from."""
        row = next(row for row in self.sample.manifest.rows if row.page == page)
        return self.folder / "derived" / f"{row.derived_sha256}.pdf"


def documents(folder: Path) -> list[tuple[str, str, date | None, Path]]:
    """The files that are dropped: section and tab, title, date, path."""
    letter = draw_pdf(
        folder / "letter.pdf",
        [
            (A4, typed([f"Page {n} of the letter", "A fine of £60 is due.", "Paid 14 March"]))
            for n in (1, 2, 3)
        ],
    )
    mixed = draw_pdf(
        folder / "mixed.pdf", [(A4, typed(["Before the blank page"])), (A4, empty), (A4, typed(["End"]))]
    )
    note = folder / "note.txt"
    note.write_text(
        "Call with the school on 3 March 2026.\nShe was absent for 14 sessions.\n", encoding="utf-8"
    )
    return [
        ("A1", "Penalty notice", date(2026, 1, 19), letter),
        ("A2", "Scan one", None, photo(folder / "scan one.jpg", "one")),
        ("A3", "Scan two", None, photo(folder / "scan two.jpg", "two")),
        ("D1", "Mixed papers", None, mixed),
        ("D2", "Note of a call", date(2026, 3, 3), note),
    ]


def photo(path: Path, words: str) -> Path:
    image = Image.new("RGB", (600, 800), "white")
    ImageDraw.Draw(image).text((80, 300), f"Scan number {words}", fill="black", font_size=40)
    image.save(path, "JPEG", quality=85, dpi=(100, 100))
    return path


def issue(
    root: Path,
    executor: Executor,
    dropped: list[tuple[str, str, date | None, Path]],
    programs_path: str = "",
    mark: str = "",
) -> Issued:
    """Takes the files in, converts, binds, and issues (or, with a mark, drafts) the bundle."""
    kit = new_kit(root / "case")
    programs = find_programs(discover(), programs_path, {"PATH": programs_path, "HOME": str(root)})
    maker = RequestMaker(root / "conversions", profile().stamp, programs)
    requests, events = [], []
    for number, (_, _, _, path) in enumerate(dropped, start=1):
        digest = kit.drop(path.name, path.read_bytes())
        events.append(kit.journal.read().head.seq)
        kit.add(drafts.assigned(digest, f"AB/{number}"))
        kept = originals.find(kit.layout, digest)
        assert kept is not None
        requests.append(maker.make(kept, digest, detect(kept).kind, {"name": path.name}))
    done = convert_all(requests, executor, ConversionCache(root / "cache"))
    bound = []
    for number, ((label, title, dated, path), event, result) in enumerate(
        zip(dropped, events, done.results, strict=True), start=1
    ):
        assert not isinstance(result, Held), result
        bound.append(
            Bound(
                label,
                title,
                dated,
                f"AB/{number}",
                path,
                event,
                result.path,
                result.pages,
                result.converter,
                result.converter_version,
                result.programs,
                result.treatment,
            )
        )
    key, ring = kit.make_key()
    checkpoint = take(kit.journal, ring, key).checkpoint
    sample = bind(
        root, bound, mark=mark, case=checkpoint.case, checkpoint=checkpoint.line(), made_at=checkpoint.at
    )
    folder = kit.layout.issued / "trial v1" if not mark else kit.layout.drafts
    folder.mkdir(parents=True)
    shutil.copy(sample.pdf, folder / "bundle.pdf")
    if not mark:
        keep(sample, folder)
    record(kit, sample, checkpoint.size, checkpoint.root, mark)
    again = RequestMaker(root / "again", profile().stamp, programs)
    sources = Sources(
        cached=lambda _evidence, derived: sample.files.get(derived),
        rederive=Rederiver(kit.layout, again, executor, root / "again"),
        stamp=lambda _name: profile().stamp,
        against=Against(ring=ring),
    )
    return Issued(kit, sample, folder, sources)


def keep(sample: Sample, folder: Path) -> None:
    """What an issue keeps beside the bundle."""
    (folder / "derived").mkdir()
    for digest, path in {**sample.files, sample.plan.front_sha256: sample.front}.items():
        shutil.copy(path, folder / "derived" / f"{digest}.pdf")
    (folder / "casebinder-manifest.json").write_bytes(sample.manifest.encode())


def record(kit: CaseKit, sample: Sample, size: int, root: str, mark: str) -> None:
    """The chain's event about the bundle."""
    name = NameEntry.make(kit.recorder.random_bytes, **{BUNDLE: "trial"})
    body = {
        "bundle_id": name.commitment(BUNDLE),
        "version": 1,
        "profile": sample.plan.profile,
        "sha256": sha(sample.pdf),
        "size": sample.pdf.stat().st_size,
        "pages": sample.plan.page_count,
        "manifest_sha256": sha256_bytes(sample.manifest.encode()),
        "front_sha256": sample.plan.front_sha256,
        "checkpoint": {"size": size, "root": root},
        "items": [
            {
                "kind": TabKind(tab.kind).value,
                "evidence": tab.evidence_sha256,
                "derived": tab.derived_sha256,
                "event": tab.event,
                "first": tab.pages.first,
                "last": tab.pages.last,
                **({"treatment": tab.treatment} if tab.treatment else {}),
            }
            for tab in sample.plan.tabs
        ],
    }
    kit.add(EventDraft(EventType.BUNDLE_ASSEMBLED if mark else EventType.BUNDLE_ISSUED, body, name))


def copy_of(issued: Issued, root: Path) -> Issued:
    """The same case somewhere else, to be attacked there."""
    case = root / issued.kit.layout.folder.name
    shutil.copytree(issued.kit.layout.folder, case)
    layout = type(issued.kit.layout)(case)
    kit = replace(issued.kit, layout=layout)
    rederive = issued.sources.rederive
    assert isinstance(rederive, Rederiver)
    folder = case / issued.folder.relative_to(issued.kit.layout.folder)
    return Issued(
        kit,
        issued.sample,
        folder,
        replace(
            issued.sources,
            rederive=replace(
                rederive,
                layout=layout,
                work=root / "again",
                maker=replace(rederive.maker, work=root / "again"),
            ),
        ),
    )


def forge_derived(issued: Issued, page: int, edit: object) -> tuple[str, str]:
    """Re-makes the kept derived file of a page after `edit(pdf, source_page)`; its old and new SHA-256."""
    old = issued.kept(page)
    row = next(row for row in issued.sample.manifest.rows if row.page == page)
    with pikepdf.open(old) as pdf:
        edit(pdf, pdf.pages[row.source_page - 1].obj)  # type: ignore[operator]
        save(pdf, old.with_name("forged.pdf"))
    new = sha(old.with_name("forged.pdf"))
    old.with_name("forged.pdf").rename(old.with_name(f"{new}.pdf"))
    old.unlink()
    return row.derived_sha256, new
