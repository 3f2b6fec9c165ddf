"""Each page as PDFium reads it: its words are its source's, its number is where it must be, and it is not blank."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bundles.derived import DerivedPage
from bundles.model import BundlePlan
from bundles.proof.collecting import Collector, Topic
from bundles.proof.subject import PageSource, ProofFacts
from bundles.proof.viewer import Room, SeenNumber, SeenPage, Viewer, text_digest
from bundles.proof.wording import first_difference, has_digest, same_words, without_printed

ROOM_TOLERANCE_PT = 1.0
PALEST = 110
INK = 235
FADED = 60


class WordsCheck:
    """Looks at page after page; opens a derived file only where the recorded digest cannot decide."""

    def __init__(
        self, viewer: Viewer, plan: BundlePlan, facts: ProofFacts, path: Callable[[str], Path], out: Collector
    ) -> None:
        self._viewer = viewer
        self._plan = plan
        self._facts = facts
        self._path = path
        self._out = out
        self._open: tuple[str, Viewer] | None = None

    def close(self) -> None:
        """Closes the derived file that was opened last."""
        if self._open is not None:
            self._open[1].__exit__()
            self._open = None

    def page(self, source: PageSource) -> None:
        """Checks one page.

        Raises:
            pypdfium2.PdfiumError: PDFium cannot read it.
        """
        number = self._plan.stamp(source.page)
        printed = [self._plan.mark, number] if self._plan.mark else [number]
        seen = self._viewer.see(source.page, number)
        pages = self._facts.pages.get(source.file, ())
        fact = pages[source.source_page - 1] if source.source_page <= len(pages) else None
        self._words(source, seen, printed, fact)
        self._number(source.page, seen, number)
        self._blank(source, seen, printed, fact)

    def _words(
        self, source: PageSource, seen: SeenPage, printed: list[str], fact: DerivedPage | None
    ) -> None:
        if fact is not None and has_digest(seen.text, printed, fact.text_sha256):
            return
        known = self._source(source).text(source.source_page)
        if fact is not None and text_digest(known) != fact.text_sha256:
            self._out.page(
                Topic.TEXT, source.page, "its derived page's text is not the one that was recorded"
            )
        if not same_words(seen.text, printed, known):
            at = first_difference(seen.text, known)
            self._out.page(
                Topic.TEXT,
                source.page,
                f"its text is not that of {source.called} and the number: they part at character {at}",
            )

    def _number(self, page: int, seen: SeenPage, number: str) -> None:
        room = self._room(page)
        found = seen.number
        if found is None or not _inside(found.room, room):
            found = self._viewer.number_in(page, room, number) or found
        if found is None:
            self._out.page(Topic.NUMBER, page, f"PDFium finds no “{number}” where the number must be")
            return
        for fault in _number_faults(found, room):
            self._out.page(Topic.NUMBER, page, fault)

    def _blank(
        self, source: PageSource, seen: SeenPage, printed: list[str], fact: DerivedPage | None
    ) -> None:
        """Is the page blank where its source is not?

        A page with its words is not; one whose content is, byte for byte, that of a page known to show something
        is not either. What neither decides is drawn small and looked at.
        """
        if any(rest.strip() for rest in without_printed(seen.text, printed)):
            return
        if fact is not None and (fact.blank or fact.image_only):
            return
        if lost_ink(self._source(source).picture(source.source_page), self._viewer.picture(source.page)):
            self._out.page(Topic.TEXT, source.page, f"it does not show what {source.called} shows")

    def _room(self, page: int) -> Room:
        box = self._facts.stamp.on_page(self._viewer.width_pt(page))
        return (
            box.x_pt - ROOM_TOLERANCE_PT,
            box.y_pt - ROOM_TOLERANCE_PT,
            box.x_pt + box.width_pt + ROOM_TOLERANCE_PT,
            box.y_pt + box.height_pt + ROOM_TOLERANCE_PT,
        )

    def _source(self, source: PageSource) -> Viewer:
        if self._open is None or self._open[0] != source.file:
            self.close()
            self._open = (source.file, Viewer(self._path(source.file)))
        return self._open[1]


def lost_ink(before: bytes, after: bytes) -> bool:
    """Whether ink of one picture (a byte a pixel, 255 white) is missing in another of the same size."""
    return len(before) != len(after) or any(
        was < INK and now - was > FADED for was, now in zip(before, after, strict=True)
    )


def _number_faults(found: SeenNumber, room: Room) -> list[str]:
    faults = []
    if not _inside(found.room, room):
        faults.append(
            f"its number is seen at {found.room[0]:.0f}, {found.room[1]:.0f} pt, outside of its place"
        )
    if not found.filled or not found.opaque or found.gray > PALEST:
        faults.append("its number is there but cannot be seen")
    if not found.upright:
        faults.append("its number is not upright")
    return faults


def _inside(inner: Room, outer: Room) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]
