"""Measures assembly of cached pages against plain qpdf concatenation, both as whole child processes.

    python -m benchmarks.assembly [--folder FOLDER] [--rounds N] [PAGES …]

Cover and index are drawn before (they cost what they cost while sources convert, see `front` in the table); the child
plans, writes the manifest and assembles.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from benchmarks.corpus import corpus
from benchmarks.measuring import Cost, median, run
from bundles.model import PageRange, TabKind
from bundles.plan import BundleFacts, FrontFacts, ResolvedItem, RowLink, plan_bundle
from bundles.profile import load_profile

PAGES = (500, 2_000, 10_000)
_FACTS = BundleFacts(
    case_reference="2026-0042",
    case_uuid="6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    name="bench",
    title="Prosecution bundle",
    version=1,
    mark="DRAFT",
    made_at="2026-03-22T10:11:12.345Z",
    checkpoint="20:9f3a5e1b7c2d4f60",
)


@dataclass(frozen=True)
class Measured:
    """One size: the medians of both and how large the bundle is."""

    pages: int
    files: int
    size_mib: float
    casebinder: Cost
    qpdf: Cost

    @property
    def ratio(self) -> float:
        """Our CPU time against qpdf's."""
        return self.casebinder.cpu_seconds / self.qpdf.cpu_seconds


def measure(pages: int, folder: Path, rounds: int) -> Measured:
    """Measure one size, the two in turn, each `rounds` times; medians."""
    place = folder / str(pages)
    files = corpus(place, pages)
    _draw_front(place)
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        mine, plain = Path(scratch) / "ours.pdf", Path(scratch) / "qpdf.pdf"
        for _ in range(rounds):
            names = [str(file.derived.path) for file in files]
            theirs.append(
                run(["qpdf", "--empty", "--pages", *names, "--", "--stream-data=preserve", str(plain)])
            )
            plain.unlink()
            ours.append(run([sys.executable, "-m", "benchmarks.assembly", "--child", str(place), str(mine)]))
            size = mine.stat().st_size
            mine.unlink()
    return Measured(pages, len(files), size / 2**20, median(ours), median(theirs))


def table(rows: list[Measured]) -> str:
    """The measurements as a Markdown table."""
    lines = [
        "| pages | files | bundle | casebinder CPU | qpdf CPU | ratio | casebinder peak | qpdf peak | wall |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.pages:,} | {row.files} | {row.size_mib:,.0f} MiB | {row.casebinder.cpu_seconds:.2f} s "
        f"| {row.qpdf.cpu_seconds:.2f} s | {row.ratio:.2f} | {row.casebinder.peak_mib:.0f} MiB "
        f"| {row.qpdf.peak_mib:.0f} MiB | {row.casebinder.wall_seconds:.2f} s |"
        for row in rows
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", type=int, default=list(PAGES))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "casebinder-corpus")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=2, type=Path, default=None, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        _assemble(*given.child)
        return 0
    rows = []
    for pages in given.pages:
        rows.append(measure(pages, given.folder, given.rounds))
        print(table(rows[-1:]) if len(rows) == 1 else table(rows[-1:]).splitlines()[-1], flush=True)
    return 0


def _items(place: Path) -> list[ResolvedItem]:
    return [
        ResolvedItem(
            section="C" if file.scan else "D",
            title=f"Document {number} of the corpus",
            dated=date(2026, 1, 1 + number % 28),
            exhibit=f"AB/{number}",
            kind=TabKind.EVIDENCE,
            file=f"document {number}.pdf",
            evidence_sha256=file.derived.sha256,
            event=number + 1,
            derived=file.derived,
        )
        for number, file in enumerate(corpus(place, 0), start=1)
    ]


def _draw_front(place: Path) -> None:
    """Draw cover and index once, and keep what is known of them."""
    from bundles.front import FrontView, draw_front

    side = place / "front.json"
    if not side.is_file():
        view = FrontView(
            authority="Anytown Council",
            department="Education Welfare Service",
            case_reference=_FACTS.case_reference,
            bundle_title=_FACTS.title,
            version=_FACTS.version,
            draft=True,
            checkpoint=_FACTS.checkpoint,
            defendants=("Pat Example",),
            children=("Zoë Example",),
            offences=(),
            hearing=None,
            prepared_by="A. Officer",
            prepared_on=date(2026, 3, 22),
        )
        front = draw_front(view, load_profile("judiciary-2021"), _items(place), place / "front.pdf")
        side.write_text(json.dumps(asdict(front.facts)), encoding="utf-8")


def _assemble(place: Path, output: Path) -> None:
    from bundles.assemble import assemble
    from bundles.manifest import manifest_of

    row = json.loads((place / "front.json").read_text(encoding="utf-8"))
    front = FrontFacts(
        row["sha256"],
        PageRange(**row["cover_pages"]),
        PageRange(**row["index_pages"]),
        tuple(RowLink(**link) for link in row["rows"]),
    )
    items, profile = _items(place), load_profile("judiciary-2021")
    plan = plan_bundle(_FACTS, profile, items, front)
    paths = {item.derived.sha256: item.derived.path for item in items}
    assemble(plan, place / "front.pdf", paths, manifest_of(plan, "bench"), output, profile=profile)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
