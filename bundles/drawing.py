"""Drawing a bundle from resolved items into the working folder: one PDF, or one a volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bundles.assemble import assemble
from bundles.front import Front, FrontView, draw_front
from bundles.job import BundleJob, Tools
from bundles.manifest import Manifest, manifest_of
from bundles.model import BundlePlan
from bundles.plan import BundleFacts, ResolvedItem, in_order, plan_bundle
from bundles.volume_front import draw_volume_fronts
from bundles.volume_plan import plan_volumes
from bundles.volumes import VolumeSpans, divide
from bundles.weighing import weigh
from casefiles.findings import Finding

MOST_DIVISIONS = 6
"""Weights are estimates: where a volume comes out too large, the next division leaves that much more room."""
FRONT_SPARE_BYTES = 30_000


@dataclass(frozen=True)
class DrawnPdf:
    """One PDF in the working folder, not yet proved; `findings` name what its cover and index cannot show."""

    pdf: Path
    front: Path
    plan: BundlePlan
    manifest: Manifest
    findings: tuple[Finding, ...]

    @property
    def size_bytes(self) -> int:
        """How large the PDF is."""
        return self.pdf.stat().st_size


@dataclass
class Drawer:
    """Draws one bundle, as often as needed: the cover and index of an undivided one are drawn once."""

    job: BundleJob
    tools: Tools
    view: FrontView
    about: BundleFacts
    _front: Front | None = field(default=None, init=False)

    def whole(self, items: Sequence[ResolvedItem], *, share: bool = False) -> DrawnPdf:
        """All of it as one PDF.

        Raises:
            CasebinderError, OSError: as drawing, planning and assembly.
        """
        if self._front is None:
            self.tools.progress("Drawing cover and index", 0, 1)
            output = self.tools.work / "front.pdf"
            self._front = draw_front(self.view, self.job.profile, items, output, section_titles=self._titles)
        plan = plan_bundle(self.about, self.job.profile, items, self._front.facts, self._titles)
        return self._bound(plan, self._front, items, "bundle.pdf", share=share)

    def volumes(self, items: Sequence[ResolvedItem], limit_bytes: int) -> tuple[DrawnPdf, ...]:
        """All of it in volumes of at most `limit_bytes`, unless a single page is larger.

        Raises:
            CasebinderError, OSError: as drawing, planning and assembly.
        """
        weights = [weigh(item.derived.path) for item in in_order(items)]
        front = self._front.path.stat().st_size if self._front else 0
        room = limit_bytes
        drawn: tuple[DrawnPdf, ...] = ()
        for _ in range(MOST_DIVISIONS):
            spans = divide(weights, room, front + FRONT_SPARE_BYTES)
            drawn = self._divided(items, spans) if len(spans) > 1 else (self.whole(items, share=True),)
            over = max((pdf.size_bytes - limit_bytes for pdf in drawn if not is_one_page(pdf)), default=0)
            if over <= 0:
                break
            room -= over + FRONT_SPARE_BYTES
        return drawn

    @property
    def _titles(self) -> Mapping[str, str]:
        return {section.letter: section.title for section in self.job.kind.sections}

    def _divided(self, items: Sequence[ResolvedItem], spans: Sequence[VolumeSpans]) -> tuple[DrawnPdf, ...]:
        self.tools.progress("Drawing cover and index", 0, len(spans))
        fronts = draw_volume_fronts(
            self.view,
            self.job.profile,
            items,
            spans,
            lambda number: self.tools.work / f"front-{number}.pdf",
            section_titles=self._titles,
        )
        facts = [front.facts for front in fronts.fronts]
        names = self.job.pdf_names(len(spans))
        plans = plan_volumes(self.about, self.job.profile, items, fronts.layout, facts, names)
        return tuple(
            self._bound(plan, front, items, f"volume-{plan.volume}.pdf", share=True)
            for plan, front in zip(plans, fronts.fronts, strict=True)
        )

    def _bound(
        self, plan: BundlePlan, front: Front, items: Sequence[ResolvedItem], name: str, *, share: bool
    ) -> DrawnPdf:
        manifest = manifest_of(plan, self.tools.app_version)
        paths = {item.derived.sha256: item.derived.path for item in items}
        pdf = self.tools.work / name
        self.tools.progress("Assembling", 0, plan.page_count)
        assemble(plan, front.path, paths, manifest, pdf, profile=self.job.profile, share=share)
        return DrawnPdf(pdf, front.path, plan, manifest, front.findings)


def is_one_page(drawn: DrawnPdf) -> bool:
    """Whether a volume has a single page behind its cover and index, and so cannot be divided any further."""
    return drawn.plan.page_count == drawn.plan.front_pages + 1
