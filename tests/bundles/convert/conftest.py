"""Real files and a request maker for the converter tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bundles.convert import discover, find_programs
from bundles.convert.base import ConversionRequest, Program
from bundles.convert.run import RequestMaker
from bundles.derived import StampBox
from bundles.model import TabKind
from casefiles.caged import minimal_environment
from casefiles.hashing import sha256_file
from casefiles.intake.kinds import Kind

STAMP = StampBox(right_pt=28, bottom_pt=20, width_pt=70, height_pt=24)
MakeRequest = Callable[..., ConversionRequest]


@pytest.fixture(scope="session")
def stamp() -> StampBox:
    """The room kept for the number."""
    return STAMP


@pytest.fixture(scope="session")
def programs() -> dict[str, Program]:
    return find_programs(discover(), os.defpath + ":/usr/local/bin", minimal_environment(Path("/tmp")))


@pytest.fixture
def request_for(tmp_path: Path, programs: dict[str, Program]) -> MakeRequest:
    """Makes a request for a file, its folders ready."""

    def make(
        path: Path, kind: Kind, form: TabKind = TabKind.EVIDENCE, *, ready: bool = True, **details: str
    ) -> ConversionRequest:
        maker = RequestMaker(tmp_path / "work", STAMP, programs)
        made = maker.make(path, sha256_file(path), kind, {"name": path.name, **details}, form)
        if ready:
            made.scratch.mkdir(parents=True, exist_ok=True)
        return made

    return make
