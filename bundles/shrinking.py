"""Keeping a bundle within the court's megabytes: by stated steps, each only while it is still too large.

Fonts and pictures that stand in several documents are kept once; then pictures are reduced, in the profile's steps;
what is still too large is divided into volumes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bundles.drawing import Drawer, DrawnPdf
from bundles.plan import ResolvedItem
from bundles.profile import MEGABYTE, SizeRule
from casefiles.findings import Finding, Severity

KeptOnce = "fonts and pictures that stand in several documents, kept once"


@dataclass(frozen=True)
class SizeStep:
    """One step that made the bundle smaller: what was done, and the bytes of the PDF before and after.

    `dpi` is the dots an inch that pictures were reduced to, 0 for another step.
    """

    what: str
    dpi: int
    before_bytes: int
    after_bytes: int

    def __str__(self) -> str:
        return f"Made smaller: {self.what}, {megabytes(self.before_bytes)} → {megabytes(self.after_bytes)}"


@dataclass(frozen=True)
class Fitted:
    """The PDFs of a bundle within the court's limit, the items as they are bound now, and the steps taken.

    `findings` name a volume that is too large all the same.
    """

    pdfs: tuple[DrawnPdf, ...]
    items: Sequence[ResolvedItem]
    steps: tuple[SizeStep, ...] = ()
    findings: tuple[Finding, ...] = ()


def fitted(
    drawer: Drawer,
    items: Sequence[ResolvedItem],
    size: SizeRule,
    reduced: Callable[[int], Sequence[ResolvedItem]],
) -> Fitted:
    """The bundle within the court's limit; `reduced` gives the items with pictures of at most so many dots an inch.

    Raises:
        CasebinderError, OSError: as drawing and converting.
    """
    drawn = drawer.whole(items)
    limit = size.max_bytes
    if not limit or drawn.size_bytes <= limit:
        return Fitted((drawn,), items)
    steps: list[SizeStep] = []
    for what, dpi in ((KeptOnce, 0), *((f"pictures to {dpi} dots an inch", dpi) for dpi in size.picture_dpi)):
        before = drawn.size_bytes
        items = reduced(dpi) if dpi else items
        drawn = drawer.whole(items, share=True)
        if drawn.size_bytes < before:
            steps.append(SizeStep(what, dpi, before, drawn.size_bytes))
        if drawn.size_bytes <= limit:
            return Fitted((drawn,), items, tuple(steps))
    pdfs = drawer.volumes(items, limit)
    over = tuple(_too_large(pdf, limit) for pdf in pdfs if pdf.size_bytes > limit)
    return Fitted(pdfs, items, tuple(steps), over)


def megabytes(count: int) -> str:
    """A number of bytes as people read it."""
    return f"{count / MEGABYTE:,.1f} MB"


def _too_large(drawn: DrawnPdf, limit: int) -> Finding:
    plan = drawn.plan
    called = f"Volume {plan.volume} of {plan.volumes}" if plan.volumes > 1 else "The bundle"
    return Finding(
        "volume-too-large",
        Severity.WARNING,
        plan.tabs[0].file,
        f"{called} has {megabytes(drawn.size_bytes)}; the court takes {megabytes(limit)}. Page {plan.tabs[0].pages} "
        f"(“{plan.tabs[0].title}”) is larger by itself, and cannot be made smaller without harm to what it shows.",
        "Send this volume by a link, or ask the court how it wants it.",
    )
