"""Verifying a bundle in numbered steps, each saying what was compared with what. Nothing here writes to a case.

1. Digests: the file, its manifest and the derived files kept with it, against the chain's event about the bundle.
2. Events: the case's chain, file by file and link by link.
3. Proofs: the checkpoint printed in the bundle against the Merkle root computed again from the events.
4. Checkpoint signature: its signature and key.
5. Page map: each row of the manifest against the events that it refers to.
6. Pages, level 1: each page against its page in the derived file kept with the bundle.
7. Pages, level 2: each page against a page made again from the preserved original.
8. Pages, level 3: the same for Office files, with the same program in the same version only.

Every step runs whatever the ones before it found, so that each page, file and event at fault is named. It shares
nothing with the code that plans, draws and assembles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bundles.derived import StampBox
from bundles.proof.attached import AttachedManifest, ManifestUnreadable, decode, read_manifest
from bundles.proof.reading import PdfFile, Unprovable, listening, surface_faults
from bundles.rederived import Rederive, nothing_rederived
from bundles.verify_map import BundleClaim, bundle_event, page_map, recorded_pdf
from bundles.verify_pages import PagesVerifier
from bundles.verify_volumes import volume_links
from casefiles.chain import merkle
from casefiles.chain.bodies import EventType
from casefiles.chain.bundle_files import RecordedPdf, recorded_pdfs
from casefiles.chain.checkpoints import line as checkpoint_line
from casefiles.chain.events import ChainEvent
from casefiles.chain.report import Outcome, Report, Step, make_step
from casefiles.chain.verify import Against
from casefiles.chain.verify_checkpoints import (
    FoundCheckpoints,
    check_roots,
    check_signatures,
    keys_in_chain,
    read_checkpoints,
)
from casefiles.chain.verify_events import RawEvents, check_links, read_raw
from casefiles.files.plain import is_plain_file, is_plain_folder, read_plain
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_bytes, sha256_file
from casefiles.layout import CaseLayout
from casefiles.shown import shown_path

KEPT_MANIFEST = "casebinder-manifest.json"
KEPT_DERIVED = "derived"


def kept_manifest(volume: int) -> str:
    """The name of the manifest that is kept beside an issue for one of its volumes."""
    return KEPT_MANIFEST if volume == 1 else f"casebinder-manifest-{volume}.json"


def _not_cached(_evidence_sha256: str, _derived_sha256: str) -> Path | None:
    return None


def _no_place(_profile: str) -> StampBox | None:
    return None


@dataclass(frozen=True)
class Sources:
    """Where verification finds what a bundle was made of.

    `cached` gives the derived file of an original (SHA-256 of both) from this machine's cache, for drafts;
    `rederive` makes derived files again; `stamp` gives a profile's place for the number; `against` is as for a case.
    """

    cached: Callable[[str, str], Path | None] = _not_cached
    rederive: Rederive = nothing_rederived
    stamp: Callable[[str], StampBox | None] = _no_place
    against: Against = field(default_factory=Against)


def verify_bundle(pdf: Path, layout: CaseLayout, sources: Sources | None = None) -> Report:
    """Runs all steps on one bundle of a case, wherever the PDF itself lies.

    Raises:
        Unavailable: the case or its chain cannot be read.
        OSError: the PDF cannot be read.
    """
    return _Verification(pdf, layout, sources or Sources()).run()


def lines(report: Report) -> Iterator[str]:
    """The report as plain lines for a terminal."""
    yield f"Verifying {report.subject}"
    words = {Outcome.PASSED: "ok", Outcome.FAILED: "FAILED", Outcome.NOT_CHECKED: "not done"}
    for step in report.steps:
        yield f"{step.number:2}. {step.title}: {words[step.outcome]} ({step.compared}; {step.looked_at} looked at)"
        for finding in step.findings:
            yield f"      {finding.message}"


class _Verification:
    def __init__(self, pdf: Path, layout: CaseLayout, sources: Sources) -> None:
        self._pdf = pdf
        self._layout = layout
        self._sources = sources
        self._sha256 = sha256_file(pdf)
        self._raw = read_raw(layout)
        self._trouble: list[Finding] = []
        self._claim: BundleClaim = BundleClaim(None, None)
        self._kept: Path | None = None

    def run(self) -> Report:
        with listening() as said:
            bundle = self._opened()
            manifest = self._manifest(bundle)
            event = bundle_event(self._raw.in_order, self._sha256, manifest)
            self._kept = self._kept_folder(event)
            pdf = recorded_pdf(event, self._sha256, manifest) if event else None
            self._claim = BundleClaim(manifest, event, self._kept_manifest(pdf), pdf)
            if bundle is not None:
                bundle.first = self._claim.first_page
            steps = [
                self._digests(bundle),
                *self._chain_steps(),
                page_map(self._claim, self._raw.decoded, bundle),
            ]
            pages = PagesVerifier(bundle, self._claim, self._derived, self._sources.rederive, self._stamp())
            steps += [pages.level_1(), pages.level_2(), pages.level_3()]
            if bundle is not None:
                bundle.close()
        extra = [
            self._finding("bundle-mended", f"The PDF has a fault that a reader must mend: {words}.")
            for words in dict.fromkeys(said)
        ]
        if extra:
            first = steps[0]
            steps[0] = make_step(1, first.title, first.compared, first.looked_at, [*first.findings, *extra])
        return Report(self._pdf.name, tuple(steps))

    def _opened(self) -> PdfFile | None:
        self._trouble += [
            self._finding("bundle-unsound", f"{self._pdf.name}: {fault}.")
            for fault in surface_faults(self._pdf)
        ]
        try:
            bundle = PdfFile(self._pdf)
        except Unprovable as error:
            self._trouble.append(self._finding("bundle-unsound", f"{error}."))
            return None
        self._trouble += [
            self._finding("bundle-unsound", f"{self._pdf.name}: {fault}.") for fault in bundle.faults
        ]
        return bundle

    def _manifest(self, bundle: PdfFile | None) -> AttachedManifest | None:
        if bundle is None:
            return None
        try:
            return read_manifest(bundle)
        except ManifestUnreadable as error:
            self._trouble.append(
                self._finding(
                    "manifest-unreadable", f"The manifest in {self._pdf.name} cannot be used: {error}."
                )
            )
            return None

    def _stamp(self) -> StampBox | None:
        event, manifest = self._claim.event, self._claim.manifest
        profile = event.body["profile"] if event else (manifest.head["profile"] if manifest else "")
        return self._sources.stamp(str(profile))

    def _digests(self, bundle: PdfFile | None) -> Step:
        event, manifest, pdf = self._claim.event, self._claim.manifest, self._claim.pdf
        findings = list(self._trouble)
        looked_at = 1
        if event is None:
            findings.append(
                self._finding(
                    "bundle-unknown", f"No event of this case speaks of a bundle like {self._pdf.name}."
                )
            )
        elif pdf is not None and pdf.sha256 != self._sha256:
            findings.append(
                self._finding(
                    "bundle-altered",
                    f"{self._pdf.name} is not the file that event {event.seq} recorded: its SHA-256 is "
                    f"{self._sha256[:16]}…, recorded is {pdf.sha256[:16]}….",
                )
            )
        if event is not None and pdf is not None and manifest is not None:
            looked_at += 1
            if sha256_bytes(manifest.data) != pdf.manifest_sha256:
                findings.append(
                    self._finding(
                        "manifest-altered",
                        f"The manifest in {self._pdf.name} is not the one that event {event.seq} recorded.",
                    )
                )
        if self._kept is not None and event is not None:
            kept = list(self._kept_files(self._kept, event))
            looked_at += len(kept)
            findings += [finding for finding in kept if finding is not None]
        if bundle is not None:
            folder = self._pdf.parent if self._kept == self._pdf.parent else None
            findings += volume_links(bundle, self._claim, folder, recalled=self._is_recalled())
        return make_step(
            1,
            "Digests",
            "the file, its manifest, the volumes beside it and the files kept with it, with what the chain recorded",
            looked_at,
            findings,
        )

    def _is_recalled(self) -> bool:
        """Whether the bundle shows something that was withdrawn since."""
        events = self._raw.in_order
        gone = {event.body["sha256"] for event in events if event.type is EventType.EVIDENCE_DISPOSED}
        return self._claim.event is not None and any(
            item["evidence"] in gone for item in self._claim.event.body["items"]
        )

    def _kept_files(self, folder: Path, event: ChainEvent) -> Iterator[Finding | None]:
        pdfs = recorded_pdfs(event.body)
        expected = {item["derived"] for item in event.body["items"]} | {pdf.front_sha256 for pdf in pdfs}
        for digest in sorted(expected):
            path = folder / KEPT_DERIVED / f"{digest}.pdf"
            if not is_plain_file(path):
                yield self._finding(
                    "derived-missing",
                    f"{path.name} is missing from the files kept with the bundle.",
                    path.name,
                )
            elif sha256_file(path) != digest:
                yield self._finding(
                    "derived-altered", f"{path.name} is not the file that was bound.", path.name
                )
            else:
                yield None
        for path in sorted((folder / KEPT_DERIVED).glob("*")):
            if path.stem not in expected:
                name = shown_path(Path(path.name))
                yield self._finding(
                    "derived-stray", f"{name} lies among the kept files and was never bound.", name
                )
        for pdf in pdfs:
            manifest = folder / kept_manifest(pdf.volume)
            if not is_plain_file(manifest) or sha256_file(manifest) != pdf.manifest_sha256:
                yield self._finding(
                    "manifest-altered", f"The kept {manifest.name} is missing or was changed.", manifest.name
                )

    def _chain_steps(self) -> Iterator[Step]:
        raw, against = self._raw, self._sources.against
        links = check_links(raw)
        yield make_step(
            2,
            "Events",
            "each event file with its format and the link before it",
            raw.last,
            [*raw.findings, *links],
        )
        found = read_checkpoints(self._layout)
        case = raw.decoded[1].body.get("case", "") if 1 in raw.decoded else ""
        roots = check_roots(found, raw.data, raw.last, str(case))
        yield make_step(
            3,
            "Proofs",
            "the bundle's checkpoint and every other with the Merkle root computed again from the events",
            len(found.signed) + 1,
            [*roots, *self._checkpoint_findings(raw, found)],
            checked=self._claim.event is not None,
        )
        own, findings = keys_in_chain(raw.in_order, against.ring.roots if against.ring else None)
        signatures = check_signatures(found, raw.in_order, against.ring or own)
        yield make_step(
            4,
            "Checkpoint signature",
            "each checkpoint's signature with the keys that the workspace admitted"
            if against.ring
            else "each checkpoint's signature with the keys that the chain itself carries",
            len(found.signed),
            [
                *(against.ring.findings if against.ring else ()),
                *findings,
                *signatures,
                *self._unsigned(found),
            ],
            checked=bool(found.signed),
        )

    def _checkpoint_findings(self, raw: RawEvents, found: FoundCheckpoints) -> Iterator[Finding]:
        event, manifest = self._claim.event, self._claim.manifest
        taken = event.body["checkpoint"] if event else None
        if event is None or taken is None:
            return
        size = int(taken["size"])
        leaves = [merkle.leaf_hash(raw.data[seq]) for seq in range(1, size + 1) if seq in raw.data]
        if len(leaves) != size or merkle.root(leaves).hex() != taken["root"]:
            yield self._finding(
                "bundle-checkpoint",
                f"Events 1 to {size} are not those that the bundle's checkpoint stands for.",
                f"event {size}",
            )
        signed = found.signed.get(size)
        if signed is not None and signed.checkpoint.root != taken["root"]:
            yield self._finding(
                "bundle-checkpoint",
                f"The signed checkpoint over {size} events is not the bundle's.",
                f"event {event.seq}",
            )
        printed = checkpoint_line(size, str(taken["root"]))
        if manifest is not None and manifest.head["checkpoint"] != printed:
            yield self._finding(
                "bundle-checkpoint",
                f"The manifest gives the checkpoint as {manifest.head['checkpoint']}, recorded is {printed}.",
                f"event {event.seq}",
            )

    def _unsigned(self, found: FoundCheckpoints) -> Iterator[Finding]:
        event = self._claim.event
        taken = event.body["checkpoint"] if event else None
        if event is not None and taken is not None and int(taken["size"]) not in found.signed:
            yield self._finding(
                "bundle-checkpoint",
                f"The bundle's checkpoint over {taken['size']} events is not there with its signature.",
                f"event {event.seq}",
            )

    def _kept_folder(self, event: ChainEvent | None) -> Path | None:
        """The folder of the issue: beside the PDF, else the one in `issued` whose manifest the event recorded."""
        issued = sorted(self._layout.issued.glob("*/")) if is_plain_folder(self._layout.issued) else []
        for folder in (self._pdf.parent, *(each for each in issued if not each.name.startswith("."))):
            manifest = folder / KEPT_MANIFEST
            if not is_plain_file(manifest) or event is None:
                continue
            if folder == self._pdf.parent or sha256_file(manifest) == event.body["manifest_sha256"]:
                return folder
        return None

    def _kept_manifest(self, pdf: RecordedPdf | None) -> AttachedManifest | None:
        path = self._kept / kept_manifest(pdf.volume) if self._kept and pdf else None
        if path is None or pdf is None or not is_plain_file(path) or sha256_file(path) != pdf.manifest_sha256:
            return None
        return decode(read_plain(path))

    def _derived(self, evidence_sha256: str, derived_sha256: str) -> Path | None:
        """A derived file with exactly that SHA-256: kept with the bundle, else from the cache."""
        kept = self._kept / KEPT_DERIVED / f"{derived_sha256}.pdf" if self._kept else None
        cached = self._sources.cached(evidence_sha256, derived_sha256)
        for path in (kept, cached):
            if path is not None and is_plain_file(path) and sha256_file(path) == derived_sha256:
                return path
        return None

    def _finding(self, code: str, message: str, subject: str = "") -> Finding:
        return Finding(
            code,
            Severity.ERROR,
            subject or self._pdf.name,
            message,
            "Do not rely on this copy. Keep it, and take the bundle again from whoever issued it.",
        )
