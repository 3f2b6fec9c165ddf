"""Proof: reopens a finished bundle and proves every page against the plan.

Order: outside of the file → its structure, page by page with pypdf → its text, page by page with PDFium → what
belongs to the whole file. It goes on after a fault, so that every page at fault is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from pypdfium2 import PdfiumError

from bundles.derived import DerivedPage
from bundles.model import BundlePlan, IndexLink, OutsideRow
from bundles.proof.attached import ManifestUnreadable, manifest_findings, read_manifest
from bundles.proof.bookmarks import bookmark_findings
from bundles.proof.collecting import Collector, Topic
from bundles.proof.content import content_faults
from bundles.proof.geometry import geometry_faults
from bundles.proof.index_text import index_findings
from bundles.proof.labels import label_findings
from bundles.proof.likeness import Likeness
from bundles.proof.links import link_faults, outside_faults, read_links
from bundles.proof.opening import opening_findings, page_strangers, stranger_findings
from bundles.proof.printed import printed_faults
from bundles.proof.reading import PdfFile, Unprovable, listening, surface_faults
from bundles.proof.report import ProofReport
from bundles.proof.subject import PageSource, ProofFacts, page_sources
from bundles.proof.viewer import Viewer
from bundles.proof.words import WordsCheck
from casefiles.hashing import sha256_file


def prove(
    pdf: Path, plan: BundlePlan, derived: Callable[[str], Path], front: Path, facts: ProofFacts
) -> ProofReport:
    """Examines the finished bundle `pdf` and says, check by check, whether it is what `plan` says.

    `derived` gives the derived file for a SHA-256, `front` is the PDF of cover and index as drawn.

    Raises:
        OSError: a file cannot be read.
    """
    proof = _Proof(pdf, plan, derived, front, facts)
    with listening() as said:
        proof.run()
    for words in dict.fromkeys(said):
        proof.out.file(Topic.OPENS, f"the PDF has a fault that a reader must mend: {words}")
    return ProofReport(sha256_file(pdf), proof.pages, proof.out.checks())


@dataclass(frozen=True)
class _Pair:
    """A bundle page and the derived page that it must show."""

    source: PageSource
    page: dict[str, Any]
    derived_page: Mapping[str, Any]
    fact: DerivedPage | None


class _Proof:
    def __init__(
        self, pdf: Path, plan: BundlePlan, derived: Callable[[str], Path], front: Path, facts: ProofFacts
    ) -> None:
        self.out = Collector()
        self.pages = 0
        self._pdf = pdf
        self._plan = plan
        self._derived = derived
        self._front = front
        self._facts = facts
        self._sources = page_sources(plan)
        self._rows: dict[int, list[IndexLink]] = {}
        for row in plan.index_links:
            self._rows.setdefault(row.on_page, []).append(row)
        self._outside: dict[int, list[OutsideRow]] = {}
        for outside in plan.outside_rows:
            self._outside.setdefault(outside.on_page, []).append(outside)

    def run(self) -> None:
        """All checks."""
        self.out.begin(Topic.OPENS)
        for fault in surface_faults(self._pdf):
            self.out.file(Topic.OPENS, fault)
        try:
            with PdfFile(self._pdf, self._plan.first_page) as bundle:
                self.pages = bundle.page_count
                for fault in bundle.faults:
                    self.out.file(Topic.OPENS, fault)
                self._count(bundle)
                self._structure(bundle)
                self._whole(bundle)
        except Unprovable as error:
            self.out.file(Topic.OPENS, str(error))
        try:
            with Viewer(self._pdf, self._plan.first_page) as viewer:
                self._seen(viewer)
        except PdfiumError as error:
            self.out.file(Topic.OPENS, f"PDFium cannot open the file: {error}")

    def _path(self, file: str) -> Path:
        return self._front if file == self._plan.front_sha256 else self._derived(file)

    def _count(self, bundle: PdfFile) -> None:
        self.out.begin(Topic.COUNT)
        if bundle.page_count != self._plan.page_count:
            self.out.file(
                Topic.COUNT, f"the file has {bundle.page_count} pages and the plan {self._plan.page_count}"
            )
        for page in bundle.repeated:
            self.out.page(Topic.COUNT, page, "it is another page once more, not a page of its own")
        planned = range(self._plan.first_page, self._plan.last_page + 1)
        if [source.page for source in self._sources] != list(planned):
            self.out.file(Topic.COUNT, "the plan does not give each page to one document, in order")

    def _structure(self, bundle: PdfFile) -> None:
        self.out.begin(Topic.SIZE, Topic.CONTENT, Topic.PRINTED, Topic.LINKS, Topic.STRANGERS)
        for (file, first), group in groupby(self._sources, key=lambda source: (source.file, source.first)):
            sources = [source for source in group if source.page <= bundle.last]
            if not sources:
                continue  # the page count is at fault, and says so
            path = self._path(file)
            if sha256_file(path) != file:
                self.out.page(
                    Topic.CONTENT, first, f"the derived file of {sources[0].called} is not the one planned"
                )
            try:
                with PdfFile(path) as derived:
                    self._part(bundle, derived, sources, file)
            except Unprovable as error:
                self.out.page(Topic.CONTENT, first, f"its derived file cannot be examined: {error}")
        for page in range(self._plan.first_page + len(self._sources), bundle.last + 1):
            self.out.page(Topic.COUNT, page, "nobody planned it")

    def _part(self, bundle: PdfFile, derived: PdfFile, sources: list[PageSource], file: str) -> None:
        if derived.page_count != sources[0].count:
            self.out.page(
                Topic.COUNT,
                sources[0].page,
                f"the plan gives {sources[0].count} pages to a file that has {derived.page_count}",
            )
        alike = Likeness(bundle, derived)
        facts = self._facts.pages.get(file, ())
        for source in sources:
            if source.source_page > derived.page_count:
                self.out.page(Topic.CONTENT, source.page, "its derived file has no such page")
                continue
            fact = facts[source.source_page - 1] if source.source_page <= len(facts) else None
            try:
                pair = _Pair(source, bundle.page(source.page), derived.page(source.source_page), fact)
                self._page(bundle, derived, pair, alike)
            except Exception as error:  # the file may be hostile: whatever a reader stumbles over is named
                self.out.page(
                    Topic.CONTENT, source.page, f"it cannot be read: {type(error).__name__}: {error}"
                )
            bundle.ease()
            derived.ease()

    def _page(self, bundle: PdfFile, derived: PdfFile, pair: _Pair, alike: Likeness) -> None:
        page, number, called = pair.page, pair.source.page, pair.source.called
        for fault in geometry_faults(bundle, page, derived, pair.derived_page, pair.fact):
            self.out.page(Topic.SIZE, number, fault)
        for fault in content_faults(page, pair.derived_page, bundle, derived, alike):
            self.out.page(Topic.CONTENT, number, f"it is not {called}: {fault}")
        for fault in printed_faults(
            bundle, page, self._plan.stamp(number), self._plan.mark, self._facts.stamp
        ):
            self.out.page(Topic.PRINTED, number, fault)
        seen = read_links(bundle, page, number)
        faults = list(seen.faults)
        source = read_links(derived, pair.derived_page, pair.source.source_page)
        faults.extend(f"in its derived page, {fault}" for fault in source.faults)
        faults.extend(f"in its derived page, {link} leads to {link.file}" for link in source.outside)
        expected = source.within(pair.source.part)
        faults.extend(link_faults(seen.links, expected, pair.source.page_one, self._rows.get(number, [])))
        faults.extend(outside_faults(seen.outside, self._outside.get(number, [])))
        for fault in faults:
            self.out.page(Topic.LINKS, number, fault)
        for fault in page_strangers(page):
            self.out.page(Topic.STRANGERS, number, fault)

    def _whole(self, bundle: PdfFile) -> None:
        checks: tuple[tuple[Topic, Callable[[], None]], ...] = (
            (Topic.BOOKMARKS, lambda: self._bookmarks(bundle)),
            (Topic.LABELS, lambda: self._labels(bundle)),
            (Topic.OPENING, lambda: self._opening(bundle)),
            (Topic.STRANGERS, lambda: self._strangers(bundle)),
            (Topic.MANIFEST, lambda: self._manifest(bundle)),
        )
        for topic, check in checks:
            self.out.begin(topic)
            try:
                check()
            except Exception as error:  # as above: named, and the next check still runs
                self.out.file(topic, f"it cannot be read: {type(error).__name__}: {error}")

    def _bookmarks(self, bundle: PdfFile) -> None:
        for page, fault in bookmark_findings(bundle, self._plan.bookmarks):
            self.out.page(Topic.BOOKMARKS, page, fault)

    def _labels(self, bundle: PdfFile) -> None:
        for page, fault in label_findings(bundle, self._plan.stamps, self._plan.first_page):
            self.out.page(Topic.LABELS, page, fault)

    def _opening(self, bundle: PdfFile) -> None:
        for fault in opening_findings(bundle, self._plan):
            self.out.file(Topic.OPENING, fault)

    def _strangers(self, bundle: PdfFile) -> None:
        for fault in stranger_findings(bundle):
            self.out.file(Topic.STRANGERS, fault)

    def _manifest(self, bundle: PdfFile) -> None:
        try:
            manifest = read_manifest(bundle)
        except ManifestUnreadable as error:
            self.out.file(Topic.MANIFEST, str(error))
            return
        for page, fault in manifest_findings(manifest, self._plan):
            if page is None:
                self.out.file(Topic.MANIFEST, fault)
            else:
                self.out.page(Topic.MANIFEST, page, fault)

    def _seen(self, viewer: Viewer) -> None:
        self.out.begin(Topic.TEXT, Topic.NUMBER, Topic.INDEX)
        if viewer.page_count != self.pages:
            self.out.file(Topic.COUNT, f"PDFium finds {viewer.page_count} pages, pypdf {self.pages}")
        words = WordsCheck(viewer, self._plan, self._facts, self._path, self.out)
        for source in self._sources:
            if source.page > viewer.last:
                continue
            try:
                words.page(source)
            except PdfiumError as error:
                self.out.page(Topic.TEXT, source.page, f"PDFium cannot read it: {error}")
        words.close()
        if viewer.page_count < self._plan.front_pages:
            self.out.file(Topic.INDEX, "the index is not there")
            return
        for page, fault in index_findings(viewer, self._plan):
            self.out.page(Topic.INDEX, page, fault)
