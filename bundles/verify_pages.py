"""Verifying the pages of a bundle: level 1 with the derived files kept, levels 2 and 3 with derived files made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bundles.convert import discover
from bundles.derived import StampBox
from bundles.model import TabKind
from bundles.proof.content import content_faults
from bundles.proof.geometry import geometry_faults
from bundles.proof.likeness import Likeness
from bundles.proof.links import Link, OutsideLink, PageLinks, link_faults, read_links
from bundles.proof.opening import page_strangers, stranger_findings
from bundles.proof.printed import printed_faults
from bundles.proof.reading import PdfFile, Unprovable
from bundles.rederived import NotRederived, Rederive, Wanted
from bundles.treatment import decode
from bundles.verify_map import BundleClaim, Part
from casefiles.chain.report import Step, make_step
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_file

FindDerived = Callable[[str, str], Path | None]


class PagesVerifier:
    """Steps 6 to 8 of one bundle, in this order: a level builds on what the one before found equal."""

    def __init__(
        self,
        bundle: PdfFile | None,
        claim: BundleClaim,
        derived: FindDerived,
        rederive: Rederive,
        stamp: StampBox | None,
    ) -> None:
        self._bundle = bundle
        self._claim = claim
        self._derived = derived
        self._rederive = rederive
        self._stamp = stamp
        self._equal: set[Part] = set()

    def level_1(self) -> Step:
        """Each page with its page in the derived file that was bound, and what is printed over it."""
        findings: list[Finding] = []
        compared = 0
        if self._bundle is not None:
            findings += [_file_finding(fault) for fault in stranger_findings(self._bundle)]
            for part in self._claim.parts:
                path = self._derived(part.evidence, part.derived)
                if path is None:
                    findings.append(self._missing(part))
                    continue
                found = list(self._compared(self._bundle, part, path, whole=True))
                findings += found
                compared += part.last - part.first + 1
                if not found:
                    self._equal.add(part)
            findings += self._beyond(self._bundle)
        return make_step(
            6,
            "Pages, level 1",
            "each page, what is printed on it taken away, with its page in the derived file that was bound",
            compared,
            findings,
            checked=compared > 0,
        )

    def level_2(self) -> Step:
        """Each page with one made again from the original."""
        parts = [part for part in self._evidence_parts() if not _takes_programs(part)]
        return self._again(7, "Pages, level 2", "each page with its page made again from the original", parts)

    def level_3(self) -> Step:
        """The same for what needs an outside program."""
        parts = [part for part in self._evidence_parts() if _takes_programs(part)]
        return self._again(
            8,
            "Pages, level 3",
            "each page of an Office file with its page made again by the same program",
            parts,
        )

    def _evidence_parts(self) -> list[Part]:
        return [part for part in self._claim.parts if not part.is_front]

    def _again(self, number: int, title: str, compared: str, parts: Sequence[Part]) -> Step:
        drawn = [part for part in parts if part.kind == TabKind.EVIDENCE]
        wanted = {
            part: Wanted(part.evidence, part.converter, part.version, part.programs, part.treatment)
            for part in drawn
        }
        made = self._rederive(list(dict.fromkeys(wanted.values()))) if wanted else {}
        findings: list[Finding] = []
        looked_at = 0
        for part in parts:
            answer = self._answer(part, wanted, made)
            if isinstance(answer, NotRederived):
                findings.append(_not_rederived(part, answer))
            elif self._bundle is not None:
                looked_at += part.last - part.first + 1
                if part not in self._equal or sha256_file(answer) != part.derived:
                    findings += self._compared(self._bundle, part, answer, whole=False)
        return make_step(number, title, compared, looked_at, findings, checked=looked_at > 0)

    def _answer(
        self, part: Part, wanted: Mapping[Part, Wanted], made: Mapping[Wanted, Path | NotRederived]
    ) -> Path | NotRederived:
        if part not in wanted:
            return NotRederived(f"it is a {part.kind} in place of a file, made of words and not of its pages")
        return made.get(wanted[part], NotRederived("nothing made it again"))

    def _compared(self, bundle: PdfFile, part: Part, path: Path, *, whole: bool) -> Iterator[Finding]:
        try:
            with PdfFile(path) as derived:
                if part.of_pages and derived.page_count != part.of_pages:
                    bound = "not all pages" if part.of_pages < 0 else f"{part.of_pages} pages"
                    yield _page_finding(
                        part.first, f"{bound} are bound here, its derived file has {derived.page_count}"
                    )
                alike = Likeness(bundle, derived)
                there = part.first + derived.page_count - part.from_page
                for page in range(part.first, min(part.last, there) + 1):
                    yield from self._page(bundle, derived, alike, part, page, whole=whole)
                    bundle.ease()
                    derived.ease()
        except Unprovable as error:
            yield _page_finding(part.first, f"its derived file cannot be examined: {error}")

    def _page(
        self, bundle: PdfFile, derived: PdfFile, alike: Likeness, part: Part, page: int, *, whole: bool
    ) -> Iterator[Finding]:
        if page > bundle.last:
            yield _page_finding(page, "it is missing from the file")
            return
        try:
            mine, theirs = bundle.page(page), derived.page(page - part.first + part.from_page)
            faults = content_faults(mine, theirs, bundle, derived, alike)
            faults = [f"it is not {_called(part, page, whole=whole)}: {fault}" for fault in faults]
            faults += geometry_faults(bundle, mine, derived, theirs, None)
            if whole:
                faults += printed_faults(bundle, mine, str(page), self._claim.mark, self._stamp)
                faults += page_strangers(mine)
                links = read_links(bundle, mine, page)
                expected = read_links(derived, theirs, page - part.first + part.from_page)
                faults += [*links.faults, *self._link_faults(links, expected.within(part.shown), part)]
        except (
            Exception
        ) as error:  # a hostile file: whatever a reader stumbles over is named, and the next page follows
            faults = [f"it cannot be read: {type(error).__name__}: {error}"]
        yield from (_page_finding(page, fault) for fault in faults)

    def _link_faults(self, links: PageLinks, expected: Sequence[Link], part: Part) -> list[str]:
        """Without a plan, a row of the index may lead to the first page of any part, and nowhere else."""
        if not part.is_front:
            faults = [f"{link} leads to {link.file}, out of this file" for link in links.outside]
            return faults + link_faults(links.links, expected, part.first - part.from_page + 1, ())
        firsts = {each.first for each in self._claim.parts if not each.is_front}
        own = {(link.rect, part.first + link.page - 1) for link in expected}
        faults = [
            f"{link} leads to page {link.page}, where no document begins"
            for link in links.links
            if link.page not in firsts and (link.rect, link.page) not in own
        ]
        return faults + self._outside_faults(links.outside)

    def _outside_faults(self, links: Sequence[OutsideLink]) -> list[str]:
        """A row may lead into another volume, to a page at which a document begins there; what the volumes' files are
        called is not recorded, so each name must stand for one volume that its pages fit."""
        pdf, pages = self._claim.pdf, dict[str, set[int]]()
        for link in links:
            pages.setdefault(link.file, set()).add(link.file_page)
        others = [] if pdf is None else [each for each in range(1, pdf.volumes + 1) if each != pdf.volume]
        return [
            f"its links into {name} lead to where no document begins in another volume"
            for name, wanted in pages.items()
            if self._claim.event is not None
            and not any(wanted <= self._claim.outside(each) for each in others)
        ]

    def _beyond(self, bundle: PdfFile) -> Iterator[Finding]:
        last = max((part.last for part in self._claim.parts), default=0)
        for page in range(max(last + 1, bundle.first), bundle.last + 1):
            yield _page_finding(page, "it belongs to no document of the bundle")
        for page in bundle.repeated:
            yield _page_finding(page, "it is another page once more, not a page of its own")

    def _missing(self, part: Part) -> Finding:
        recorded = self._claim.event is not None and not self._claim.mark
        where = "is not kept with the bundle" if recorded else "is not on this machine any more"
        return Finding(
            "page-not-compared",
            Severity.ERROR if recorded else Severity.NOTE,
            _pages(part),
            f"{_pages(part).capitalize()}: not compared, the derived file {part.derived[:8]} {where}.",
            "Put the files of the issue back from a backup." if recorded else "Draft the bundle again.",
        )


def _takes_programs(part: Part) -> bool:
    return bool(part.programs) or part.converter in {each.name for each in discover() if each.programs}


def _called(part: Part, page: int, *, whole: bool) -> str:
    number = page - part.first + 1
    if not part.is_front:
        number = _page_of_whole(part, number)
    if part.is_front:
        return f"page {number} of the cover and index"
    made = f"what was made of original {part.evidence[:8]}" if whole else f"original {part.evidence[:8]}"
    return f"page {number} of {made}"


def _page_of_whole(part: Part, number: int) -> int:
    """The page of the whole document that is page `number` (both 1-based) of those chosen of it."""
    try:
        return decode(part.treatment).page_of_whole(number)
    except ValueError:
        return number


def _pages(part: Part) -> str:
    return f"page {part.first}" if part.first == part.last else f"pages {part.first} to {part.last}"


def _not_rederived(part: Part, answer: NotRederived) -> Finding:
    return Finding(
        "page-not-rederived",
        Severity.ERROR if answer.at_fault else Severity.NOTE,
        _pages(part),
        f"{_pages(part).capitalize()}: not made again: {answer.reason}.",
    )


def _page_finding(page: int, message: str) -> Finding:
    return Finding(
        "page-altered",
        Severity.ERROR,
        f"page {page}",
        f"Page {page}: {message}.",
        "Do not rely on this copy. Keep it, and take the bundle again from whoever issued it.",
    )


def _file_finding(message: str) -> Finding:
    return Finding(
        "bundle-strange",
        Severity.ERROR,
        "bundle",
        f"{message[:1].upper()}{message[1:]}.",
        "Do not rely on this copy. Keep it, and take the bundle again from whoever issued it.",
    )
