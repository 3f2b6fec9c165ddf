"""Makes derived files again from preserved originals, for verification: the same converter in the same version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from bundles.convert import discover
from bundles.convert.base import ConversionRequest, Held
from bundles.convert.cache import ConversionCache
from bundles.convert.run import RequestMaker, convert_all
from bundles.derived import Derived
from bundles.rederived import NotRederived, Wanted
from bundles.treat.reader import TESSERACT
from bundles.treatment import decode
from casefiles.chain import originals
from casefiles.hashing import sha256_file
from casefiles.intake.kinds import detect
from casefiles.layout import CaseLayout


@dataclass(frozen=True)
class Rederiver:
    """`Rederive` by the real converters. `maker` and `work` lie in an empty private folder of this run."""

    layout: CaseLayout
    maker: RequestMaker
    executor: Executor
    work: Path
    disposed: frozenset[str] = frozenset()

    def __call__(self, wanted: Sequence[Wanted]) -> Mapping[Wanted, Path | NotRederived]:
        """Makes all of them, in batches; what cannot be made says why.

        Raises:
            Unavailable: the originals cannot be read.
            CasebinderError: the work cannot go on.
        """
        answers: dict[Wanted, Path | NotRederived] = {}
        requests: dict[Wanted, ConversionRequest] = {}
        for each in wanted:
            prepared = self._prepared(each)
            if isinstance(prepared, NotRederived):
                answers[each] = prepared
            else:
                requests[each] = prepared
        # a cache of its own: what the real cache holds is what is being verified
        done = convert_all(list(requests.values()), self.executor, ConversionCache(self.work / "made again"))
        for each, result in zip(requests, done.results, strict=True):
            if isinstance(result, Held):
                reason = f"its original could not be converted: {result.findings[0].message}"
                answers[each] = NotRederived(reason, at_fault=True)
            elif (result.converter, result.converter_version) != (each.converter, each.version):
                answers[each] = NotRederived(
                    f"it was made by the converter “{each.converter}”, version {each.version}; this program has "
                    f"“{result.converter}”, version {result.converter_version}"
                )
            elif self._has_reader(each) and (unread := _unread_now(each, result)):
                answers[each] = NotRederived(unread)
            elif result.programs != each.programs:
                answers[each] = NotRederived(
                    f"it was made with {each.programs or 'no outside program'}; this machine has "
                    f"{result.programs or 'none'}"
                )
            else:
                answers[each] = result.path
        return answers

    def _has_reader(self, wanted: Wanted) -> bool:
        """Whether this machine has the very program that read the scanned pages then."""
        reader = self.maker.programs.get(TESSERACT.name)
        return reader is not None and f"{TESSERACT.name} {reader.version}" in wanted.programs.split(", ")

    def _prepared(self, wanted: Wanted) -> ConversionRequest | NotRederived:
        try:
            treatment = decode(wanted.treatment)
        except ValueError as error:
            return NotRederived(str(error), at_fault=True)
        original = self._original(wanted)
        if isinstance(original, NotRederived):
            return original
        kind = detect(original).kind
        return self.maker.make(original, wanted.evidence_sha256, kind, {}, treatment=treatment)

    def _original(self, wanted: Wanted) -> Path | NotRederived:
        short = wanted.evidence_sha256[:8]
        if wanted.evidence_sha256 in self.disposed:
            return NotRederived(f"original {short} was withdrawn, as recorded")
        converter = next((each for each in discover() if each.name == wanted.converter), None)
        if converter is None:
            return NotRederived(f"this casebinder has no converter “{wanted.converter}”")
        lacking = [
            need.name
            for need in converter.programs
            if not need.optional and need.name not in self.maker.programs
        ]
        if lacking:
            return NotRederived(f"{', '.join(lacking)} is not on this machine")
        original = originals.find(self.layout, wanted.evidence_sha256)
        if original is None:
            return NotRederived(f"original {short} is not there", at_fault=True)
        if sha256_file(original) != wanted.evidence_sha256:
            return NotRederived(f"original {short} was changed", at_fault=True)
        return original


def _unread_now(wanted: Wanted, made: Derived) -> str:
    """That a page which was read by machine for the bundle could not be read now, in words, or nothing: that says nothing
    about the page."""
    then, now = decode(wanted.treatment), decode(made.treatment)
    if (then.ocr, then.unread) == (now.ocr, now.unread):
        return ""
    return "a page that was read by machine for the bundle could not be read by this machine now; try again later"
