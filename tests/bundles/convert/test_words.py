"""Words that vanish are missed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bundles.convert.base import ConversionRequest, HeldError
from bundles.convert.words import WordCodes, compare
from casefiles.findings import Severity
from casefiles.intake.kinds import Kind

CODES = WordCodes(("x-vanished", Severity.ERROR), ("x-missing", Severity.WARNING), "ask")


@pytest.fixture
def request_(tmp_path: Path, request_for: Callable[..., ConversionRequest]) -> ConversionRequest:
    path = tmp_path / "a.rtf"
    path.write_bytes(b"{\\rtf1}")
    return request_for(path, Kind.RTF)


def test_hyphens_line_ends_case_and_ligatures_do_not_matter(request_: ConversionRequest) -> None:
    assert compare(request_, ["Attendance", "office"], "ATTEN-\ndance o\ufb03ce", CODES) == []


def test_a_few_missing_words_are_a_warning(request_: ConversionRequest) -> None:
    words = [f"word{number}" for number in range(100)]
    (found,) = compare(request_, [*words, "gone"], " ".join(words), CODES)
    assert (found.code, found.severity) == ("x-missing", Severity.WARNING)
    assert "1 of 101 different words" in found.message
    assert "“gone”" in found.message


def test_many_missing_words_hold_the_file(request_: ConversionRequest) -> None:
    with pytest.raises(HeldError) as held:
        compare(request_, ["only"], "nothing of it", CODES)
    assert held.value.findings[0].code == "x-vanished"
