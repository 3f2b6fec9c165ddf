"""Reading the scans of a case: first what there is to read, so that its page can say so, then page by page.

What came of it is noted in the index; the next round writes the page. A file that was finished with the same Tesseract is
not looked at again, but for pages that failed: those are tried again once a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bundles.convert.base import Program
from bundles.convert.cache import ConversionCache
from bundles.convert.run import RequestMaker, convert_all
from bundles.derived import Derived
from bundles.treat.ocr import pages_to_read
from bundles.treat.page_reading import PageReading
from bundles.treat.read_scans import Scan, read_scans
from bundles.treat.reader import LANGUAGE, VERSION
from bundles.treat.readings import Readings
from bundles.treatment import NOTHING
from casefiles.caged import CagedExecutor, ChildFailed
from casefiles.chain import originals
from casefiles.chain.replay import EvidenceItem
from casefiles.index.store import Index, StoredFacts, original_name
from casefiles.intake.kinds import Kind
from casefiles.scanned import TO_BE_TRIED_AGAIN, UNSETTLED, Outcome, ScannedPages
from cli.read_texts import keep_readings, outcome_of
from cli.workspace import OpenCase

PICTURES = frozenset({Kind.JPEG, Kind.PNG, Kind.TIFF, Kind.GIF, Kind.BMP, Kind.WEBP, Kind.HEIC, Kind.AVIF})
NO_READER = "none"
"""Stands in the index for the program where there is none to read with."""


@dataclass(frozen=True)
class _Pages:
    """The scanned pages of an item's converted file, and where what is read of them is kept."""

    converted: Path
    pages: tuple[int, ...]
    readings: Readings | None


@dataclass(frozen=True)
class ScanPass:
    """What reading takes, for one pass. Without a `reader` it finds out only what there would be to read.

    `check` is called before each file and each page; it may do something short, or raise whatever is to end the pass.
    Pages that failed before `failed_before` (seconds since 1970) are tried again.
    Not `trusting`, it looks at files again that the index calls finished: what is made of them may be made otherwise now.
    """

    reader: Program | None
    maker: RequestMaker
    executor: CagedExecutor
    cache: ConversionCache
    index: Index
    work: Path
    check: Callable[[], None]
    failed_before: float = 0.0
    trusting: bool = True

    def case(self, opened: OpenCase) -> None:
        """Read the scans of one case."""
        for item in self.survey(opened):
            self._read(opened, item)

    def survey(self, opened: OpenCase) -> list[EvidenceItem]:
        """Find out which pages of a case are to be read, and note it; the items that have any, in order of arrival.

        What was read before is taken into the index again.
        """
        left = []
        for item, facts in self._to_look_at(opened):
            self.check()
            found = self._pages(opened, item, facts)
            self._keep(opened, item, found, facts.scans)
            if found is not None and found.readings and self._outstanding(found):
                left.append(item)
        return left

    def _read(self, opened: OpenCase, item: EvidenceItem) -> None:
        original = original_name(item.sha256, item.suffix)
        facts = self.index.facts([original]).get(original)
        found = self._pages(opened, item, facts) if facts is not None else None
        if facts is None or found is None or found.readings is None or self.reader is None:
            return
        for page in self._outstanding(found):
            self.check()
            scan = Scan(found.converted, (page,), found.readings, self.work / "scans", self.failed_before)
            try:
                read_scans([scan], self.reader, self.executor)
            except ChildFailed:
                self.check()
                raise
        self._keep(opened, item, found, facts.scans)

    def _pages(self, opened: OpenCase, item: EvidenceItem, facts: StoredFacts) -> _Pages | None:
        original = originals.find(opened.layout, item.sha256)
        if original is None:
            return None
        request = self.maker.make(original, item.sha256, Kind(facts.kind), {"name": item.short_id})
        (result,) = convert_all([request], self.executor, self.cache).results
        if not isinstance(result, Derived):
            return None
        readings = self.cache.readings(item.sha256, result, self.reader) if self.reader else None
        return _Pages(result.path, pages_to_read(result, NOTHING), readings)

    def _outstanding(self, found: _Pages) -> tuple[int, ...]:
        return found.readings.outstanding(found.pages, self.failed_before) if found.readings else ()

    def _keep(
        self, opened: OpenCase, item: EvidenceItem, found: _Pages | None, before: ScannedPages | None
    ) -> None:
        """Note what is known of an item's scanned pages now, unless it was withdrawn meanwhile."""
        read = _read_already(found)
        scans = self._scans(found, read, before)
        journal = opened.journal
        state = journal.state_of(journal.read())
        now = state.items.get(item.sha256)
        if now is None or now.disposed is not None:
            self.cache.remove(item.sha256)
        else:
            keep_readings(self.index, state, item.sha256, read, scans)

    def _scans(
        self, found: _Pages | None, read: Mapping[int, PageReading], before: ScannedPages | None
    ) -> ScannedPages:
        """What came of each page; one that another Tesseract read, or read in vain, counts until it is read again."""
        pages = found.pages if found else ()
        stays = set(Outcome) - UNSETTLED - (TO_BE_TRIED_AGAIN if self.reader is None else set())
        known = {page: outcome for page, outcome in (before.pages if before else ()) if outcome in stays}
        default = Outcome.WAITING if self.reader else Outcome.NO_READER
        outcomes = {
            page: outcome_of(read[page]) if page in read else known.get(page, default) for page in pages
        }
        complete = self.reader is None or len(read) == len(pages)
        return ScannedPages.of(outcomes, self._reader_name if complete else "")

    @property
    def _reader_name(self) -> str:
        return f"{VERSION} {self.reader.version} {LANGUAGE}" if self.reader is not None else NO_READER

    def _to_look_at(self, opened: OpenCase) -> Iterator[tuple[EvidenceItem, StoredFacts]]:
        """Items that may have pages without words of their own and are not finished, in the order of their arrival."""
        items = [item for item in opened.journal.state().items.values() if item.disposed is None]
        names = {item.sha256: original_name(item.sha256, item.suffix) for item in items}
        known = self.index.facts(list(names.values()))
        open_ones = [name for name, facts in known.items() if self._is_open(facts)]
        facts = self.index.facts(open_ones, with_text=True)
        for item in sorted(items, key=lambda each: each.seq):
            found = facts.get(names[item.sha256])
            if found is not None and (found.scans is not None or _may_be_scanned(found)):
                yield item, found

    def _is_open(self, facts: StoredFacts) -> bool:
        if facts.state == "held" or (facts.kind not in PICTURES and facts.kind != Kind.PDF):
            return False
        scans = facts.scans
        if scans is None or not self.trusting or scans.reader != self._reader_name:
            return True
        return self.reader is not None and bool(scans.such(UNSETTLED | TO_BE_TRIED_AGAIN))


def _read_already(found: _Pages | None) -> dict[int, PageReading]:
    if found is None or found.readings is None:
        return {}
    kept = {page: found.readings.get(page) for page in found.pages}
    return {page: each[0] for page, each in kept.items() if each is not None}


def _may_be_scanned(facts: StoredFacts) -> bool:
    texts: Sequence[int | None] = [each.page for each in facts.texts if each.text.strip()]
    if facts.kind in PICTURES:
        return not texts
    return facts.pages is not None and len(set(texts)) < facts.pages
