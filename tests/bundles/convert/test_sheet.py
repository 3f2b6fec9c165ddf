"""Sheets and placeholders say what the item is, and fit one page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest

from bundles.convert.base import ConversionRequest
from bundles.convert.sheet import PLACEHOLDER, SHEET
from bundles.derived import Derived
from bundles.model import TabKind
from casefiles.hashing import sha256_file
from casefiles.intake.kinds import Kind

MakeRequest = Callable[..., ConversionRequest]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "Call & <b>message Łukasz.m4a"
    path.write_bytes(b"\0\0\0 ftypM4A " + b"\0" * 1_234_567)
    return path


def text_of(made: object) -> str:
    assert isinstance(made, Derived)
    assert made.outline == ()
    (page,) = pypdf.PdfReader(made.path).pages
    return page.extract_text().replace("\n", " ")


def test_a_sheet_names_file_size_hash_and_how_it_is_supplied(
    recording: Path, request_for: MakeRequest
) -> None:
    request = request_for(
        recording, Kind.OTHER, TabKind.SHEET, kind_words="Audio recording", exhibit="AB/3",
        received="Tuesday 3 March 2026 at 14:05 (UK time)", supplied_how="It is on the memory stick marked AB/3.",
    )  # fmt: skip
    text = text_of(SHEET.convert(request))
    for words in (
        recording.name, "Audio recording", "AB/3", "1.2 MB (1,234,579 bytes)", sha256_file(recording),
        "Tuesday 3 March 2026 at 14:05 (UK time)", "It is on the memory stick marked AB/3.",
    ):  # fmt: skip
        assert words in text


def test_a_sheet_with_nothing_known_but_the_file(recording: Path, request_for: MakeRequest) -> None:
    text = text_of(SHEET.convert(request_for(recording, Kind.OTHER, TabKind.SHEET)))
    assert "File of another kind" in text
    assert "It is supplied as a file, together with the bundle." in text
    assert "Received" not in text


def test_a_placeholder_says_why_and_who_does_what(recording: Path, request_for: MakeRequest) -> None:
    request = request_for(
        recording, Kind.PDF, TabKind.PLACEHOLDER, problem="This PDF cannot be opened without a password.",
        reason="Oak School has been asked for another copy.", decided="recorded by A. Clerk on 5 March 2026",
        action="The courts officer will serve the pages as a supplement.",
    )  # fmt: skip
    text = text_of(PLACEHOLDER.convert(request))
    for key in ("problem", "reason", "decided", "action"):
        assert request.details[key] in text
    assert "No reason has been recorded" not in text


def test_a_placeholder_without_a_reason_says_draft_only(recording: Path, request_for: MakeRequest) -> None:
    text = text_of(PLACEHOLDER.convert(request_for(recording, Kind.PDF, TabKind.PLACEHOLDER)))
    assert "No reason has been recorded yet" in text
    assert "draft only" in text


@pytest.mark.parametrize("converter", [SHEET, PLACEHOLDER])
def test_the_longest_names_fit_one_page(recording: Path, request_for: MakeRequest, converter: object) -> None:
    chosen = SHEET if converter is SHEET else PLACEHOLDER
    long = "x" * 255
    request = request_for(
        recording, Kind.OTHER, chosen.form, name=long, title="Title " * 20, reason="A reason. " * 30,
        action="An action. " * 20, exhibit="AB/3", received="3 March 2026", supplied_how="On a stick.",
    )  # fmt: skip
    assert text_of(chosen.convert(request)).replace(" ", "").count("x" * 255) == 1


@pytest.mark.parametrize("converter", [SHEET, PLACEHOLDER])
def test_the_same_request_gives_the_same_bytes(
    recording: Path, request_for: MakeRequest, converter: object
) -> None:
    chosen = SHEET if converter is SHEET else PLACEHOLDER
    request = request_for(recording, Kind.OTHER, chosen.form, reason="Because.")
    first, second = chosen.convert(request), chosen.convert(request)
    assert isinstance(first, Derived) and isinstance(second, Derived)
    assert first.sha256 == second.sha256 == sha256_file(request.output)
