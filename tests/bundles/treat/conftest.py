"""Derived files made of real PDFs, and requests to treat them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bundles.convert.base import ConversionRequest
from bundles.convert.normalise import normalise
from bundles.convert.run import RequestMaker
from bundles.derived import Derived
from bundles.profile import load_profile
from bundles.treatment import NOTHING, Treatment
from casefiles.hashing import sha256_file
from casefiles.intake.kinds import Kind

Prepared = tuple[ConversionRequest, Derived]


@pytest.fixture
def prepared(tmp_path: Path) -> Callable[..., Prepared]:
    """A PDF as its converter leaves it, and the request that goes on with it."""
    stamp = load_profile("judiciary-2021").stamp

    def make(path: Path, treatment: Treatment = NOTHING, kind: Kind = Kind.PDF, **details: str) -> Prepared:
        maker = RequestMaker(tmp_path / "work", stamp)
        request = maker.make(
            path, sha256_file(path), kind, {"name": path.name, **details}, treatment=treatment
        )
        request.scratch.mkdir(parents=True, exist_ok=True)
        drawn = normalise(path, request.output, stamp)
        return request, drawn.derived(request.output, "pdf", "1")

    return make
